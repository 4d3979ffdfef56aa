#include "query/engine/table_rollups.h"

#include <algorithm>
#include <string>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/expression_columns.h"
#include "query/engine/table_engine.h"
#include "query/plan/name_scope.h"
#include "query/plan/rollup_shape.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// ClickHouse's other kind: a copy of the rows, or a list of their places, in another order.
void refuse_order(const Query& query) {
  const auto* select = std::get_if<Select>(&query.body);
  if (select == nullptr || (select->order_by.empty() && !select->order_by_all)) return;
  if (select->group_by) {
    throw Error(ErrorCode::IllegalProjection,
                "When aggregation is used in projection, ORDER BY cannot be specified");
  }
  throw Error(ErrorCode::NotImplemented,
              "Only projections with GROUP BY are supported, not: " + to_sql(query));
}

// All but the id.
RollupDefinition define_rollup(const ProjectionDefinition& projection,
                               const FunctionContext& functions,
                               const TableDefinition& definition) {
  if (definition.engine == kNullEngine) {
    throw Error(ErrorCode::BadArguments,
                "Engine " + definition.engine + " doesn't support projections: " + projection.name);
  }
  refuse_order(*projection.query);
  BindContext context;
  context.functions = &functions;
  const RollupShape shape = bind_rollup(*projection.query, definition, context);
  RollupDefinition rollup;
  rollup.name = projection.name;
  rollup.select = to_sql(*projection.query);
  rollup.columns = shape.columns();
  rollup.key_count = shape.keys.size();
  const Schema stored = definition.file_schema();
  for (const ColumnIndex input : shape.inputs()) rollup.inputs.push_back(stored[input].name);
  return rollup;
}

[[noreturn]] void throw_missing(const std::vector<RollupDefinition>& rollups,
                                const std::string& name) {
  std::vector<std::string> names;
  for (const RollupDefinition& rollup : rollups) names.push_back(rollup.name);
  throw Error(ErrorCode::NoSuchProjectionInTable, "There is no projection " + name + " in table" +
                                                      maybe_you_meant(similar_names(name, names)));
}

void add_rollup(const AlterCommand& command, const FunctionContext& functions,
                std::vector<ProjectionDefinition>& projections, TableDefinition& definition) {
  std::vector<RollupDefinition>& rollups = definition.rollups;
  const std::string& name = command.projection.name;
  if (std::ranges::find(rollups, name, &RollupDefinition::name) != rollups.end()) {
    if (command.if_not_exists) return;
    throw Error(ErrorCode::IllegalProjection,
                "Cannot add projection " + name + ": projection with this name already exists");
  }
  RollupDefinition added = define_rollup(command.projection, functions, definition);
  added.id = definition.next_column_id++;
  auto place = command.first ? rollups.begin() : rollups.end();
  if (!command.after.empty()) {
    place = std::ranges::find(rollups, command.after, &RollupDefinition::name);
    if (place != rollups.end()) ++place;  // as ClickHouse, which takes any name here
  }
  projections.insert(projections.begin() + (place - rollups.begin()), command.projection);
  rollups.insert(place, std::move(added));
}

bool is_same(const RollupDefinition& made, const RollupDefinition& kept) {
  RollupDefinition compared = made;
  compared.id = kept.id;
  return compared == kept;
}

const ColumnDefinition* find_stored(const TableDefinition& table, const std::string& stored_name) {
  for (const ColumnDefinition& column : table.columns) {
    if (column.is_stored() && column.stored_name() == stored_name) return &column;
  }
  return nullptr;
}

// A rollup is not what it was: which column made the difference.
[[noreturn]] void throw_broken(const TableDefinition& old, const TableDefinition& altered,
                               const RollupDefinition& rollup) {
  const std::string breaks = "Cannot apply ALTER because it breaks projection " + rollup.name;
  for (const std::string& input : rollup.inputs) {
    const ColumnDefinition* column = find_stored(old, input);
    if (column == nullptr || find_stored(altered, input) != nullptr) continue;
    const auto now = std::ranges::find(altered.columns, column->name, &ColumnDefinition::name);
    if (now != altered.columns.end() && now->type->name() != column->type->name()) {
      throw Error(ErrorCode::CannotConvertType, breaks + ": Conversion of column `" + column->name +
                                                    "` from " + column->type->name() + " to " +
                                                    now->type->name() + " is not supported");
    }
    throw Error(ErrorCode::AlterOfColumnIsForbidden,
                breaks + ": it is made of column `" + column->name + "`");
  }
  // An ALIAS means something else.
  throw Error(ErrorCode::AlterOfColumnIsForbidden,
              breaks + ": it would not be the same any more: " + rollup.select);
}

// What says which cells the column has in rows that were written without it.
std::string default_text(const TableDefinition& table, const ColumnDefinition& column) {
  std::string text = column.stored_name() + " " + column.type->name() + " ";
  if (column.default_expression.empty()) return text;
  text += column.default_expression + " (";
  const ExpressionPtr expression = parse_expression_text(column.default_expression);
  for (const std::string& name : columns_in(expression)) {
    const auto read = std::ranges::find(table.columns, name, &ColumnDefinition::name);
    if (read != table.columns.end()) text += default_text(table, *read);
  }
  return text + ")";
}

// Whether the rows that are there give the rollup the same groups as before.
bool has_same_cells(const TableDefinition& old, const TableDefinition& altered,
                    const RollupDefinition& rollup) {
  return std::ranges::all_of(rollup.inputs, [&](const std::string& input) {
    const ColumnDefinition* before = find_stored(old, input);
    const ColumnDefinition* after = find_stored(altered, input);
    return before != nullptr && after != nullptr &&
           default_text(old, *before) == default_text(altered, *after);
  });
}

}  // namespace

void set_rollups(const std::vector<ProjectionDefinition>& projections,
                 const FunctionContext& functions, TableDefinition& definition) {
  std::vector<ProjectionDefinition> added;
  for (const ProjectionDefinition& projection : projections) {
    AlterCommand command;
    command.kind = AlterKind::AddProjection;
    command.projection = projection;
    add_rollup(command, functions, added, definition);
  }
}

bool alter_rollups(const AlterCommand& command, const FunctionContext& functions,
                   std::vector<ProjectionDefinition>& projections, TableDefinition& definition) {
  if (command.kind == AlterKind::AddProjection) {
    add_rollup(command, functions, projections, definition);
    return true;
  }
  const bool is_of_rollup = command.kind == AlterKind::DropProjection ||
                            command.kind == AlterKind::ClearProjection ||
                            command.kind == AlterKind::MaterializeProjection;
  if (!is_of_rollup) return false;
  std::vector<RollupDefinition>& rollups = definition.rollups;
  const auto rollup = std::ranges::find(rollups, command.name, &RollupDefinition::name);
  if (rollup == rollups.end()) {
    if (command.if_exists) return true;
    throw_missing(rollups, command.name);
  }
  if (command.kind == AlterKind::DropProjection) {
    projections.erase(projections.begin() + (rollup - rollups.begin()));
    rollups.erase(rollup);
  } else if (command.kind == AlterKind::ClearProjection) {
    if (command.partition) {
      throw Error(ErrorCode::NotImplemented,
                  "CLEAR PROJECTION IN PARTITION is not supported: " + command.name);
    }
    rollup->id = definition.next_column_id++;
  }
  return true;
}

void check_rollups(const TableDefinition& old, const FunctionContext& functions,
                   const std::vector<ProjectionDefinition>& projections,
                   TableDefinition& definition) {
  for (size_t i = 0; i < projections.size(); ++i) {
    RollupDefinition& kept = definition.rollups[i];
    RollupDefinition made;
    try {
      made = define_rollup(projections[i], functions, definition);
    } catch (const Error& error) {
      throw Error(error.code(), "Cannot apply ALTER because it breaks projection " + kept.name +
                                    ": " + error.message());
    }
    if (!is_same(made, kept)) throw_broken(old, definition, kept);
    if (!has_same_cells(old, definition, kept)) kept.id = definition.next_column_id++;
  }
}

}  // namespace freshet
