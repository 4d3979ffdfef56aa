#include "query/engine/table_elements.h"

#include <algorithm>
#include <array>
#include <set>

#include "query/engine/column_defaults.h"
#include "query/engine/run_aggregation.h"
#include "query/engine/setting_text.h"
#include "query/engine/table_engine.h"
#include "query/engine/table_indexes.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr std::array<std::string_view, 12> kCodecs = {"NONE",  "LZ4",         "LZ4HC",   "ZSTD",
                                                      "Delta", "DoubleDelta", "Gorilla", "FPC",
                                                      "T64",   "GCD",         "ALP",     "Default"};
constexpr std::string_view kEncryptionPrefix = "AES_";

DefaultKind default_kind(ColumnDefaultKind kind) {
  switch (kind) {
    case ColumnDefaultKind::None:
      return DefaultKind::None;
    case ColumnDefaultKind::Default:
      return DefaultKind::Default;
    case ColumnDefaultKind::Materialized:
      return DefaultKind::Materialized;
    case ColumnDefaultKind::Alias:
      return DefaultKind::Alias;
    case ColumnDefaultKind::Ephemeral:
      return DefaultKind::Ephemeral;
  }
  return DefaultKind::None;
}

ColumnDefaultKind declared_kind(DefaultKind kind) {
  switch (kind) {
    case DefaultKind::None:
      return ColumnDefaultKind::None;
    case DefaultKind::Default:
      return ColumnDefaultKind::Default;
    case DefaultKind::Materialized:
      return ColumnDefaultKind::Materialized;
    case DefaultKind::Alias:
      return ColumnDefaultKind::Alias;
    case DefaultKind::Ephemeral:
      return ColumnDefaultKind::Ephemeral;
  }
  return ColumnDefaultKind::None;
}

void check_storable(const DataTypePtr& type, const std::string& column) {
  if (type->id() == TypeId::Nothing || type->id() == TypeId::Interval) {
    throw Error(ErrorCode::IllegalColumn,
                "Column " + column + " has a type that cannot be used in tables: " + type->name());
  }
  if (type->id() == TypeId::AggregateFunction) {
    aggregate_of_state_type(*type);  // throws for unknown functions
    return;
  }
  if (type->is_simple_aggregate()) check_simple_aggregate(type);
  for (const DataTypePtr& argument : type->arguments()) check_storable(argument, column);
}

std::string codec_text(const std::vector<ExpressionPtr>& codecs) {
  std::string text;
  for (const ExpressionPtr& codec : codecs) {
    const auto* call = as<FunctionCall>(codec);
    if (call != nullptr && call->name.starts_with(kEncryptionPrefix)) {
      throw Error(ErrorCode::NotImplemented,
                  "Codec " + call->name + " is not supported: segments are not encrypted");
    }
    if (call == nullptr || std::ranges::find(kCodecs, call->name) == kCodecs.end()) {
      throw Error(ErrorCode::UnknownCodec,
                  "Unknown codec family: " + (call == nullptr ? to_sql(*codec) : call->name));
    }
    std::string written = to_sql(*codec);
    if (call->arguments.empty() && written.ends_with("()")) written.resize(written.size() - 2);
    text += (text.empty() ? "" : ", ") + written;
  }
  return text;
}

// `n Nested(a T, b U)` is the columns `n.a Array(T)` and `n.b Array(U)`.
std::vector<ColumnDefinition> define_nested(const ColumnDeclaration& declaration) {
  const std::string_view kNested = "Nested(";
  const DataTypePtr tuple = parse_data_type("Tuple(" + declaration.type.substr(kNested.size()));
  std::vector<ColumnDefinition> columns;
  for (size_t i = 0; i < tuple->tuple_names().size(); ++i) {
    ColumnDefinition column;
    column.name = declaration.name + "." + tuple->tuple_names()[i];
    column.type = array_type(tuple->argument(i));
    column.comment = declaration.comment;
    columns.push_back(std::move(column));
  }
  return columns;
}

Schema stored_schema(const std::vector<ColumnDefinition>& columns) {
  TableDefinition definition;
  definition.columns = columns;
  return definition.stored_schema();
}

// Columns without a type take that of their expression, which may read any column that has one.
void infer_types(std::vector<ColumnDefinition>& columns, const BindContext& context) {
  for (;;) {
    Schema known;
    std::vector<ColumnDefinition*> open;
    for (ColumnDefinition& column : columns) {
      if (column.type == nullptr) {
        open.push_back(&column);
      } else {
        known.add(column.name, column.type);
      }
    }
    if (open.empty()) return;
    std::optional<Error> failure;
    for (ColumnDefinition* column : open) {
      try {
        const auto bound =
            bind_expression(known, *parse_expression_text(column->default_expression), context);
        column->type = bound->type;
        break;
      } catch (const Error& error) {
        if (!failure) failure = error;
      }
    }
    const bool stuck = std::ranges::all_of(open, [](const auto* c) { return c->type == nullptr; });
    if (stuck) throw *failure;
  }
}

// ALIAS columns may read all stored columns and aliases before them.
void check_aliases(const std::vector<ColumnDefinition>& columns, const BindContext& context) {
  Schema readable = stored_schema(columns);
  for (const ColumnDefinition& column : columns) {
    if (column.default_kind != DefaultKind::Alias) continue;
    const auto bound =
        bind_expression(readable, *parse_expression_text(column.default_expression), context);
    check_castable(*bound, column.type, *context.functions);
    readable.add(column.name, column.type);
  }
}

void check_defaults(const std::vector<ColumnDefinition>& columns, const BindContext& context) {
  const ColumnDefaults defaults = bind_column_defaults(columns, context);
  for (const ColumnDefault& each : defaults.in_order) {
    check_castable(*each.expression, defaults.schema[each.column].type, *context.functions);
  }
  check_aliases(columns, context);
}

ColumnDefinition define_column(const ColumnDeclaration& declaration) {
  ColumnDefinition column;
  column.name = declaration.name;
  column.default_kind = default_kind(declaration.default_kind);
  if (declaration.default_expression) {
    column.default_expression = to_sql(*with_alias(declaration.default_expression, ""));
  }
  column.comment = declaration.comment;
  column.codec = codec_text(declaration.codecs);
  if (declaration.ttl) column.ttl = to_sql(*declaration.ttl);
  if (!declaration.type.empty()) {
    column.type = parse_data_type(declaration.type);
  }
  return column;
}

// "Sorting key" expressions must differ from row to row but not from run to run.
BoundExpressionPtr bind_key(const Schema& schema, const ExpressionPtr& expression,
                            const std::string& what, const BindContext& context) {
  BoundExpressionPtr bound = bind_expression(schema, *expression, context);
  if (!is_deterministic(*bound)) {
    throw Error(ErrorCode::BadArguments, what + " must be deterministic: " + to_sql(*expression));
  }
  if (columns_of(*bound).empty()) {
    throw Error(ErrorCode::IllegalColumn,
                what + " cannot contain constants: " + to_sql(*expression));
  }
  const DataType& type = *without_nullable(bound->type);
  if (type.id() == TypeId::AggregateFunction) {
    throw Error(ErrorCode::IllegalColumn,
                what + " cannot contain aggregate states: " + to_sql(*expression));
  }
  return bound;
}

std::vector<std::string> key_texts(const Schema& schema, const ExpressionPtr& key,
                                   const std::string& what, const BindContext& context) {
  std::vector<std::string> texts;
  for (const ExpressionPtr& expression : key_expressions(key)) {
    bind_key(schema, expression, what, context);
    texts.push_back(to_sql(*with_alias(expression, "")));
  }
  return texts;
}

void apply_partition(const ExpressionPtr& partition, const Schema& schema,
                     const BindContext& context, TableDefinition& definition) {
  if (!partition) return;
  const std::vector<ExpressionPtr> parts = key_expressions(partition);
  if (parts.empty()) return;
  for (const ExpressionPtr& part : parts) {
    const auto bound = bind_key(schema, part, "Partition key", context);
    if (is_float(*without_nullable(bound->type))) {
      throw Error(ErrorCode::BadArguments,
                  "Floating point partition key is not supported: " + to_sql(*part));
    }
  }
  definition.partition_by = to_sql(*with_alias(partition, ""));
}

void apply_primary_key(const std::vector<std::string>& primary, TableDefinition& definition) {
  const auto& order = definition.order_by;
  if (primary.size() > order.size()) {
    throw Error(ErrorCode::BadArguments,
                "Primary key must be a prefix of the sorting key, but its length: " +
                    std::to_string(primary.size()) +
                    " is greater than the sorting key length: " + std::to_string(order.size()));
  }
  for (size_t i = 0; i < primary.size(); ++i) {
    if (primary[i] == order[i]) continue;
    throw Error(ErrorCode::BadArguments,
                "Primary key must be a prefix of the sorting key, but the column in the position " +
                    std::to_string(i) + " is " + order[i] + ", not " + primary[i]);
  }
  definition.primary_key = primary;
}

// The cells themselves are compared, so a key is made of columns, not of expressions.
void apply_unique_key(const ExpressionPtr& key, const Schema& schema, TableDefinition& definition) {
  if (!key) return;
  if (definition.merge_mode != MergeMode::Plain) {
    throw Error(ErrorCode::BadArguments,
                "UNIQUE KEY is not for engines that merge rows: " + definition.engine);
  }
  for (const ExpressionPtr& part : key_expressions(key)) {
    const auto* identifier = as<Identifier>(part);
    std::string name;
    for (size_t i = 0; identifier != nullptr && i < identifier->parts.size(); ++i) {
      name += (i == 0 ? "" : ".") + identifier->parts[i];
    }
    const auto column = schema.find(name);
    if (!column) {
      throw Error(ErrorCode::BadArguments,
                  "UNIQUE KEY takes names of stored columns: " + to_sql(*part));
    }
    if (schema[*column].type->id() == TypeId::AggregateFunction ||
        std::ranges::find(definition.unique_key, name) != definition.unique_key.end()) {
      throw Error(ErrorCode::BadArguments,
                  "UNIQUE KEY takes columns of comparable types, each once: " + name);
    }
    definition.unique_key.push_back(std::move(name));
  }
  if (definition.unique_key.empty()) {
    throw Error(ErrorCode::BadArguments, "UNIQUE KEY needs a column: " + to_sql(*key));
  }
}

void refuse_keys(const StorageClause& storage, const EngineEntry& engine) {
  if (!storage.partition_by && !storage.primary_key && !storage.order_by && !storage.sample_by &&
      !storage.unique_key && storage.ttl.empty()) {
    return;
  }
  throw Error(
      ErrorCode::BadArguments,
      "PARTITION BY, PRIMARY KEY, ORDER BY, SAMPLE BY, UNIQUE KEY and TTL are not for engine " +
          std::string(engine.name));
}

}  // namespace

std::vector<ColumnDefinition> define_columns(const std::vector<ColumnDeclaration>& declarations,
                                             const BindContext& context) {
  std::vector<ColumnDefinition> columns;
  for (const ColumnDeclaration& declaration : declarations) {
    for (ColumnDefinition& column : define_declared(declaration)) {
      columns.push_back(std::move(column));
    }
  }
  std::set<std::string> names;
  for (const ColumnDefinition& column : columns) {
    if (column.type == nullptr && column.default_expression.empty()) {
      throw Error(ErrorCode::IncorrectQuery, "Column has neither type nor default: " + column.name);
    }
    if (names.insert(column.name).second) continue;
    throw Error(ErrorCode::IllegalColumn,
                "Cannot add column " + column.name + ": column with this name already exists");
  }
  infer_types(columns, context);
  check_columns(columns, context);
  return columns;
}

std::vector<ColumnDefinition> define_declared(const ColumnDeclaration& declaration) {
  if (declaration.type.starts_with("Nested(")) return define_nested(declaration);
  std::vector<ColumnDefinition> columns;
  columns.push_back(define_column(declaration));
  return columns;
}

void check_columns(const std::vector<ColumnDefinition>& columns, const BindContext& context) {
  for (const ColumnDefinition& column : columns) check_storable(column.type, column.name);
  check_defaults(columns, context);
  if (stored_schema(columns).size() == 0) {
    throw Error(ErrorCode::EmptyListOfColumnsQueried, "A table needs at least one stored column");
  }
}

std::vector<ColumnDefinition> define_columns(const Schema& schema) {
  std::vector<ColumnDefinition> columns;
  std::set<std::string> names;
  for (const NamedType& each : schema.columns()) {
    check_storable(each.type, each.name);
    if (!names.insert(each.name).second) {
      throw Error(ErrorCode::IllegalColumn,
                  "The query gives two columns of one name: " + each.name);
    }
    ColumnDefinition column;
    column.name = each.name;
    column.type = each.type;
    columns.push_back(std::move(column));
  }
  return columns;
}

ColumnDeclaration declare_column(const ColumnDefinition& column) {
  ColumnDeclaration declaration;
  declaration.name = column.name;
  declaration.type = column.type->name();
  declaration.default_kind = declared_kind(column.default_kind);
  if (!column.default_expression.empty()) {
    declaration.default_expression = parse_expression_text(column.default_expression);
  }
  declaration.comment = column.comment;
  if (!column.codec.empty()) {
    const ExpressionPtr codecs = parse_expression_text("tuple(" + column.codec + ")");
    for (const ExpressionPtr& codec : as<FunctionCall>(codecs)->arguments) {
      const auto* name = as<Identifier>(codec);
      if (name == nullptr) {
        declaration.codecs.push_back(codec);
        continue;
      }
      FunctionCall call;
      call.name = name->parts[0];
      call.operator_syntax = true;
      declaration.codecs.push_back(make_expression(std::move(call), codec->range));
    }
  }
  if (!column.ttl.empty()) declaration.ttl = parse_expression_text(column.ttl);
  return declaration;
}

void apply_storage(const StorageClause& storage, const BindContext& context,
                   TableDefinition& definition) {
  Engine engine;
  engine.name = kDefaultEngine;
  if (storage.engine) engine = *storage.engine;
  const EngineEntry& entry = find_engine(engine.name);
  if (!entry.has_keys) refuse_keys(storage, entry);

  const Schema schema = definition.stored_schema();
  const ExpressionPtr& order = storage.order_by ? storage.order_by : storage.primary_key;
  if (order) definition.order_by = key_texts(schema, order, "Sorting key", context);
  if (storage.primary_key) {
    apply_primary_key(key_texts(schema, storage.primary_key, "Primary key", context), definition);
  }
  apply_partition(storage.partition_by, schema, context, definition);
  if (storage.sample_by) bind_key(schema, storage.sample_by, "Sampling key", context);
  set_ttl(storage.ttl, definition);
  for (const SettingChange& change : storage.settings) {
    definition.settings[change.name] = setting_text(change);
  }
  apply_engine(engine, definition);
  apply_unique_key(storage.unique_key, schema, definition);
  check_ttl(definition, context);
}

void check_elements(const TableElements& elements, const std::vector<ColumnDefinition>& columns,
                    const BindContext& context) {
  if (!elements.constraints.empty()) {
    throw Error(ErrorCode::NotImplemented,
                "CONSTRAINT is not supported: " + elements.constraints[0].name);
  }
  const Schema schema = stored_schema(columns);
  check_indexes(elements.indexes, schema, context);
}

std::vector<ExpressionPtr> key_expressions(const ExpressionPtr& key) {
  const auto* call = as<FunctionCall>(key);
  if (call != nullptr && call->name == "tuple") return call->arguments;
  return {key};
}

std::string key_text(const std::vector<std::string>& expressions) {
  std::string text;
  for (const std::string& expression : expressions) text += (text.empty() ? "" : ", ") + expression;
  return text;
}

}  // namespace freshet
