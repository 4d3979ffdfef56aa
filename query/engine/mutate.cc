#include "query/engine/mutate.h"

#include <algorithm>
#include <set>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/column_defaults.h"
#include "query/engine/expression_columns.h"
#include "query/engine/mutation_log.h"
#include "query/engine/partition_value.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_engine.h"
#include "query/operator/scan.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/number_column.h"
#include "storage/table/mutation.h"

namespace freshet {

namespace {

// One DELETE or UPDATE, however it was written.
struct MutationCommand {
  std::string text;                     // for system.mutations
  std::vector<Assignment> assignments;  // none: DELETE
  std::optional<Partition> partition;
  ExpressionPtr where;
};

[[noreturn]] void throw_no_mutations(std::string_view engine, const TableDefinition& table) {
  throw Error(ErrorCode::NotImplemented, "Table engine " + std::string(engine) +
                                             " doesn't support mutations: " + display_name(table));
}

// The table that holds the rows: a materialized view's are its target's.
TableDefinitionPtr find_stored(const Snapshot& snapshot, const TableName& name) {
  TableDefinitionPtr table = require_table(snapshot, name).definition;
  if (table->kind == TableKind::MaterializedView) {
    const TableVersion* target = snapshot.find(table->target);
    if (target == nullptr) {
      throw Error(ErrorCode::UnknownTable, "The target table of materialized view " +
                                               display_name(*table) + " does not exist");
    }
    table = target->definition;
  }
  if (table->kind == TableKind::View) throw_no_mutations("View", *table);
  if (table->engine == kNullEngine) throw_no_mutations(kNullEngine, *table);
  return table;
}

// ---- The query that finds the rows

ExpressionPtr column_name_of(const TableDefinition& table, const std::string& column) {
  // With its table, so that no alias in the statement stands before it.
  return make_expression(Identifier{{table.database, table.name, column}}, {});
}

ExpressionPtr string_literal(std::string text) {
  Literal literal;
  literal.value = std::move(text);
  return make_expression(std::move(literal), {});
}

// Whether a row is in the partition; null: every row is.
ExpressionPtr partition_condition(DdlScope& scope, const TableDefinition& table,
                                  const Partition& partition) {
  if (partition.all) return nullptr;
  if (partition.part) {
    throw Error(ErrorCode::NotImplemented, "Rows of one part cannot be named: " + partition.id);
  }
  const ExpressionPtr key =
      table.partition_by.empty() ? nullptr : parse_expression_text(table.partition_by);
  const auto* key_call = key ? as<FunctionCall>(key) : nullptr;
  const bool is_tuple = key_call != nullptr && key_call->name == "tuple";
  if (!key || (is_tuple && key_call->arguments.empty())) {
    const auto* value = partition.value ? as<FunctionCall>(partition.value) : nullptr;
    const bool is_empty_tuple =
        value != nullptr && value->name == "tuple" && value->arguments.empty();
    if (is_empty_tuple || partition.id == "all") return nullptr;
    throw Error(ErrorCode::BadArguments,
                "Table " + display_name(table) +
                    " has no partition key, so there is no such "
                    "partition: " +
                    (partition.value ? to_sql(*partition.value) : partition.id));
  }
  if (!partition.value) {
    return make_call("equals",
                     {make_call("toString", {key}, {}),
                      string_literal(partition_of_id(scope, table, partition.id))},
                     {});
  }
  ExpressionPtr value = partition.value;
  if (const auto* call = as<FunctionCall>(value);
      call != nullptr && call->name == "tuple" && call->arguments.size() == 1 && !is_tuple) {
    value = call->arguments[0];
  }
  return make_call("equals", {key, value}, {});
}

QueryPtr make_row_query(DdlScope& scope, const TableDefinition& table,
                        const MutationCommand& command) {
  Select select;
  if (command.assignments.empty()) {
    Literal one;
    one.value = true;
    select.list.push_back(make_expression(std::move(one), {}));
  }
  const Schema stored = table.stored_schema();
  for (ColumnIndex column = 0; column < stored.size() && !command.assignments.empty(); ++column) {
    const auto assigned =
        std::ranges::find(command.assignments, stored[column].name, &Assignment::column);
    select.list.push_back(assigned != command.assignments.end()
                              ? assigned->value
                              : column_name_of(table, stored[column].name));
  }
  TableName name;
  name.database = table.database;
  name.table = table.name;
  select.from.emplace().source = std::move(name);
  select.where = command.where;
  if (command.partition) {
    if (const ExpressionPtr condition = partition_condition(scope, table, *command.partition)) {
      select.where = make_call("and", {condition, command.where}, {});
    }
  }
  return make_query(std::move(select), {});
}

// Adds the place of each row as a last column. Only scans know it, so nothing may stand between the
// scan and the result but conditions and projections.
void add_position(PlanNode& node) {
  const DataTypePtr type = simple_type(TypeId::UInt64);
  const std::string name = "_position";
  if (auto* scan = as<ScanNode>(node)) {
    scan->row_position = true;
    scan->row_limit.reset();
  } else if (as<FilterNode>(node) != nullptr) {
    add_position(*node.children[0]);
  } else if (auto* project = as<ProjectNode>(node)) {
    PlanNode& child = *node.children[0];
    add_position(child);
    project->expressions.push_back(column_expression(child.schema.size() - 1, type, name));
  } else if (auto* values = as<ValuesNode>(node);
             values != nullptr && values->chunk.row_count == 0) {
    values->chunk.columns.push_back(make_column(*type));
  } else {
    throw Error(
        ErrorCode::UnexpectedExpression,
        "DELETE and UPDATE take conditions and values that are computed row by row, without "
        "arrayJoin");
  }
  node.schema.add(name, type);
}

// ---- What UPDATE may change, and what changes with it

bool is_key_column(const TableDefinition& table, const std::string& column) {
  const auto reads = [&](const std::string& expression) {
    return reads_column(expression, column);
  };
  if (reads(table.partition_by) || std::ranges::any_of(table.order_by, reads) ||
      std::ranges::find(table.unique_key, column) != table.unique_key.end()) {
    return true;
  }
  // The version or the sign decides which row of a key stays.
  const bool has_deciding_columns = table.merge_mode == MergeMode::Replacing ||
                                    table.merge_mode == MergeMode::Collapsing ||
                                    table.merge_mode == MergeMode::VersionedCollapsing;
  return has_deciding_columns &&
         std::ranges::find(table.engine_arguments, column) != table.engine_arguments.end();
}

void check_assignments(const TableDefinition& table, const std::vector<Assignment>& assignments) {
  std::set<std::string> assigned;
  for (const Assignment& assignment : assignments) {
    const std::string& name = assignment.column;
    const auto column = std::ranges::find(table.columns, name, &ColumnDefinition::name);
    if (column == table.columns.end() || column->default_kind == DefaultKind::Alias ||
        column->default_kind == DefaultKind::Ephemeral) {
      throw Error(ErrorCode::NoSuchColumnInTable, "There is no column `" + name + "` in table");
    }
    if (column->default_kind == DefaultKind::Materialized) {
      throw Error(ErrorCode::CannotUpdateColumn,
                  "Cannot UPDATE materialized column `" + name + "`");
    }
    if (is_key_column(table, name)) {
      throw Error(ErrorCode::CannotUpdateColumn, "Cannot UPDATE key column `" + name + "`");
    }
    if (!assigned.insert(name).second) {
      throw Error(ErrorCode::MultipleAssignmentsToColumn,
                  "Multiple assignments in the single statement to column `" + name + "`");
    }
  }
}

// MATERIALIZED columns that read what an UPDATE assigns, computed anew in the new rows.
class DependentColumns {
 public:
  DependentColumns(const TableDefinition& table, const std::vector<Assignment>& assignments,
                   const BindContext& bind)
      : functions_(bind.functions), defaults_(bind_column_defaults(table.columns, bind)) {
    std::vector<bool> changes(defaults_.schema.size(), false);
    std::vector<bool> is_ephemeral(defaults_.schema.size(), false);
    for (ColumnIndex column = 0; column < changes.size(); ++column) {
      const ColumnDefinition& definition = *defaults_.definitions[column];
      is_ephemeral[column] = definition.default_kind == DefaultKind::Ephemeral;
      changes[column] =
          std::ranges::find(assignments, definition.name, &Assignment::column) != assignments.end();
    }
    for (const ColumnDefault& item : defaults_.in_order) {
      if (defaults_.definitions[item.column]->default_kind != DefaultKind::Materialized) continue;
      const std::vector<ColumnIndex> reads = columns_of(*item.expression);
      const auto is = [&](const std::vector<bool>& what) {
        return std::ranges::any_of(reads, [&](ColumnIndex column) { return what[column]; });
      };
      // What an INSERT gave to an EPHEMERAL column is gone: such a cell stays as it was computed.
      if (!is(changes) || is(is_ephemeral)) continue;
      const std::string& name = defaults_.definitions[item.column]->name;
      if (is_key_column(table, name)) {
        throw Error(ErrorCode::CannotUpdateColumn,
                    "The UPDATE affects MATERIALIZED column `" + name +
                        "`, which is a key column. Cannot UPDATE it");
      }
      changes[item.column] = true;
      dependent_.push_back(item);
    }
  }

  // `rows` are laid out as the stored schema.
  Chunk compute(Chunk rows) const {
    if (dependent_.empty()) return rows;
    // The expressions count EPHEMERAL columns, too.
    Chunk all;
    all.row_count = rows.row_count;
    std::vector<ColumnIndex> place(defaults_.schema.size());
    ColumnIndex stored = 0;
    for (ColumnIndex column = 0; column < defaults_.schema.size(); ++column) {
      const bool is_stored = defaults_.definitions[column]->default_kind != DefaultKind::Ephemeral;
      place[column] = stored;
      all.columns.push_back(is_stored ? rows.columns[stored++] : nullptr);
    }
    for (const ColumnDefault& item : dependent_) {
      const DataTypePtr& type = defaults_.schema[item.column].type;
      all.columns[item.column] = flat(evaluate_as(*item.expression, type, all, *functions_));
      rows.columns[place[item.column]] = all.columns[item.column];
    }
    return rows;
  }

 private:
  const FunctionContext* functions_;
  ColumnDefaults defaults_;
  std::vector<ColumnDefault> dependent_;
};

// ---- Running it

// Gives how many rows were deleted or updated.
uint64_t run_command(DdlScope& scope, TableId id, const MutationCommand& command) {
  // Rows are taken as they lie, and all of them.
  scope.context.settings.set("final", "0");
  scope.context.settings.set("max_result_rows", "0");
  const std::unique_ptr<Mutation> mutation = scope.services.store.begin_mutation(id);
  // Subqueries see what the mutation sees, itself excepted.
  scope.context.snapshot = mutation->snapshot();
  const TableDefinition& table = *mutation->table().definition;
  check_assignments(table, command.assignments);
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  const DependentColumns dependent(table, command.assignments, runner.bind_context());

  LogicalPlan plan = runner.plan(*make_row_query(scope, table, command));
  add_position(*plan.root);
  check_plan(*plan.root);
  const Schema stored = table.stored_schema();
  const auto take = [&](Chunk chunk) {
    if (chunk.row_count == 0) return;
    const ColumnPtr positions = flat(chunk.columns.back());
    for (const uint64_t position : values_of<uint64_t>(*positions)) {
      mutation->remove(static_cast<size_t>(position >> 32), position & 0xFFFF'FFFF);
    }
    if (command.assignments.empty()) return;
    Chunk rows{.columns = {}, .row_count = chunk.row_count};
    for (ColumnIndex column = 0; column < stored.size(); ++column) {
      rows.columns.push_back(flat(cast_column(scope.context.functions, chunk.columns[column],
                                              plan.schema()[column].type, stored[column].type)));
    }
    mutation->append(dependent.compute(std::move(rows)));
  };
  runner.run(plan, take, [] { return true; });
  const uint64_t count = mutation->removed_count();
  if (count == 0) return 0;
  scope.report.lsn = mutation->commit().lsn;
  scope.report.rows_written += command.assignments.empty() ? 0 : count;
  return count;
}

void run_logged(DdlScope& scope, TableId id, const MutationCommand& command) {
  const TableVersion* version = scope.snapshot().find(id);
  const auto now_s = [&] {
    return static_cast<uint64_t>(scope.services.clock.wall_ns()) / 1'000'000'000;
  };
  MutationLog::Entry entry;
  entry.database = version->definition->database;
  entry.table = version->definition->name;
  entry.command = command.text;
  entry.create_time_s = now_s();
  MutationLog& log = scope.services.mutations;
  const uint64_t number = log.begin(std::move(entry));
  try {
    log.finish(number, run_command(scope, id, command));
  } catch (const std::exception& failure) {
    log.fail(number, failure.what(), now_s());
    throw;
  }
}

// The command's part of `ALTER TABLE t <command>`, in brackets as ClickHouse shows it.
std::string alter_text(const MutationCommand& command) {
  AlterCommand part;
  part.kind = command.assignments.empty() ? AlterKind::Delete : AlterKind::Update;
  part.assignments = command.assignments;
  part.partition = command.partition;
  part.expression = command.where;
  Alter alter;
  alter.name.table = "t";
  alter.commands.push_back(std::move(part));
  Statement statement;
  statement.body = std::move(alter);
  const std::string text = to_sql(statement);
  return '(' + text.substr(text.find(" t ") + 3) + ')';
}

MutationCommand make_command(std::vector<Assignment> assignments,
                             std::optional<Partition> partition, ExpressionPtr where) {
  MutationCommand command;
  command.assignments = std::move(assignments);
  command.partition = std::move(partition);
  command.where = std::move(where);
  command.text = alter_text(command);
  return command;
}

void run_commands(DdlScope& scope, const TableName& written,
                  const std::vector<MutationCommand>& commands) {
  // Held to the end, so that the table is neither dropped nor truncated on the way.
  ReaderLock lock(scope.services.catalog_lock);
  scope.context.snapshot = scope.services.store.snapshot();
  const TableDefinitionPtr table =
      find_stored(scope.snapshot(), with_database(written, scope.database()));
  for (const MutationCommand& command : commands) check_assignments(*table, command.assignments);
  for (const MutationCommand& command : commands) run_logged(scope, table->id, command);
}

}  // namespace

bool is_mutation(const Alter& alter) {
  const auto count = std::ranges::count_if(alter.commands, [](const AlterCommand& command) {
    return command.kind == AlterKind::Delete || command.kind == AlterKind::Update;
  });
  if (count == 0) return false;
  if (static_cast<size_t>(count) == alter.commands.size()) return true;
  throw Error(
      ErrorCode::NotImplemented,
      "DELETE and UPDATE cannot stand in one ALTER with other changes: " + alter.name.table);
}

void run_delete(DdlScope& scope, const Delete& statement) {
  const TableName name = with_database(statement.name, scope.database());
  if (require_table(scope.snapshot(), name).definition->kind != TableKind::Table) {
    throw Error(ErrorCode::BadArguments, "DELETE query is not supported for table " +
                                             display_name(name.database, name.table));
  }
  run_commands(scope, name, {make_command({}, statement.partition, statement.where)});
}

void run_update(DdlScope& scope, const Update& statement) {
  run_commands(scope, statement.name,
               {make_command(statement.assignments, std::nullopt, statement.where)});
}

void run_alter_mutations(DdlScope& scope, const Alter& alter) {
  std::vector<MutationCommand> commands;
  for (const AlterCommand& command : alter.commands) {
    commands.push_back(make_command(command.assignments, command.partition, command.expression));
  }
  run_commands(scope, alter.name, commands);
}

}  // namespace freshet
