#include "query/engine/table_engine.h"

#include <algorithm>
#include <string>

#include "query/plan/name_scope.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr EngineEntry kEngines[] = {
    {"MergeTree", MergeMode::Plain, true, "ENGINE = MergeTree [PARTITION BY expr] ORDER BY expr",
     "Keeps all rows, sorted by the key."},
    {"ReplacingMergeTree", MergeMode::Replacing, true,
     "ENGINE = ReplacingMergeTree([version [, is_deleted]]) ORDER BY expr",
     "Merging keeps the newest row of each key."},
    {"SummingMergeTree", MergeMode::Summing, true,
     "ENGINE = SummingMergeTree([columns]) ORDER BY expr",
     "Merging adds up the numbers of rows with equal keys."},
    {"AggregatingMergeTree", MergeMode::Aggregating, true,
     "ENGINE = AggregatingMergeTree() ORDER BY expr",
     "Merging combines the aggregate states of rows with equal keys."},
    {"CollapsingMergeTree", MergeMode::Collapsing, true,
     "ENGINE = CollapsingMergeTree(sign) ORDER BY expr",
     "Merging removes pairs of rows with equal keys and opposite signs."},
    {"VersionedCollapsingMergeTree", MergeMode::VersionedCollapsing, true,
     "ENGINE = VersionedCollapsingMergeTree(sign, version) ORDER BY expr",
     "Merging removes pairs of rows with equal keys and versions and opposite signs."},
    {"Memory", MergeMode::Plain, false, "ENGINE = Memory",
     "Accepted for compatibility: rows are kept on disk, as in a MergeTree without a key."},
    {"Log", MergeMode::Plain, false, "ENGINE = Log", "A MergeTree without a key."},
    {"TinyLog", MergeMode::Plain, false, "ENGINE = TinyLog", "A MergeTree without a key."},
    {"StripeLog", MergeMode::Plain, false, "ENGINE = StripeLog", "A MergeTree without a key."},
    {"Null", MergeMode::Plain, false, "ENGINE = Null",
     "Keeps no rows; materialized views see what is inserted."},
};

// ClickHouse's other engines: known, so that the error says what is missing.
constexpr std::string_view kEnginesOfClickHouse[] = {
    "Buffer",
    "CoalescingMergeTree",
    "Dictionary",
    "Distributed",
    "EmbeddedRocksDB",
    "File",
    "GenerateRandom",
    "GraphiteMergeTree",
    "HDFS",
    "Iceberg",
    "JDBC",
    "Join",
    "Kafka",
    "KeeperMap",
    "Merge",
    "MongoDB",
    "MySQL",
    "NATS",
    "ODBC",
    "PostgreSQL",
    "RabbitMQ",
    "Redis",
    "ReplicatedAggregatingMergeTree",
    "ReplicatedCollapsingMergeTree",
    "ReplicatedMergeTree",
    "ReplicatedReplacingMergeTree",
    "ReplicatedSummingMergeTree",
    "ReplicatedVersionedCollapsingMergeTree",
    "S3",
    "S3Queue",
    "Set",
    "SharedMergeTree",
    "SQLite",
    "URL",
};

const ColumnDefinition* find_column(const TableDefinition& definition, std::string_view name) {
  const auto found = std::ranges::find(definition.columns, name, &ColumnDefinition::name);
  const bool stored = found != definition.columns.end() &&
                      found->default_kind != DefaultKind::Alias &&
                      found->default_kind != DefaultKind::Ephemeral;
  return stored ? &*found : nullptr;
}

void check_argument_count(const Engine& engine, size_t min, size_t max, std::string_view wanted) {
  const size_t count = engine.arguments.size();
  if (count >= min && count <= max) return;
  throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
              "Table engine " + engine.name + " takes " + std::string(wanted) +
                  ", given: " + std::to_string(count));
}

// The column that an argument names; `role` is "Version column".
const ColumnDefinition& column_argument(const TableDefinition& definition,
                                        const ExpressionPtr& argument, std::string_view role) {
  const auto* identifier = as<Identifier>(argument);
  if (identifier == nullptr) {
    throw Error(ErrorCode::BadArguments,
                std::string(role) + " must be the name of a column, not " + to_sql(*argument));
  }
  std::string name;
  for (const std::string& part : identifier->parts) name += (name.empty() ? "" : ".") + part;
  const ColumnDefinition* column = find_column(definition, name);
  if (column == nullptr) {
    throw Error(ErrorCode::NoSuchColumnInTable,
                std::string(role) + " " + name + " does not exist in table declaration");
  }
  return *column;
}

void check_version(const ColumnDefinition& column, const std::string& engine) {
  const DataType& type = *column.type;
  if (is_integer(type) || is_date_or_time(type)) return;
  throw Error(ErrorCode::BadTypeOfField,
              "The column " + column.name + " cannot be used as a version column for storage " +
                  engine + " because it is of type " + type.name() +
                  " (must be of an integer type or of type Date/DateTime/DateTime64)");
}

void check_type(const ColumnDefinition& column, TypeId wanted, std::string_view role,
                const std::string& engine) {
  if (column.type->id() == wanted) return;
  throw Error(ErrorCode::BadTypeOfField,
              std::string(role) + " (" + column.name + ") for storage " + engine +
                  " must have type " + simple_type(wanted)->name() +
                  ". Provided column of type " + column.type->name());
}

void apply_replacing(const Engine& engine, TableDefinition& definition) {
  check_argument_count(engine, 0, 2, "a version column and an is_deleted column, both optional");
  if (engine.arguments.empty()) return;
  const auto& version = column_argument(definition, engine.arguments[0], "Version column");
  check_version(version, engine.name);
  definition.engine_arguments.push_back(version.name);
  if (engine.arguments.size() < 2) return;
  const auto& deleted = column_argument(definition, engine.arguments[1], "is_deleted column");
  check_type(deleted, TypeId::UInt8, "is_deleted column", engine.name);
  definition.engine_arguments.push_back(deleted.name);
}

void apply_summing(const Engine& engine, TableDefinition& definition) {
  check_argument_count(engine, 0, 1, "columns to sum, in parentheses when there are several");
  if (engine.arguments.empty()) return;
  std::vector<ExpressionPtr> columns{engine.arguments[0]};
  const auto* call = as<FunctionCall>(columns[0]);
  if (call != nullptr && call->name == "tuple") columns = std::vector(call->arguments);
  for (const ExpressionPtr& argument : columns) {
    const auto& column = column_argument(definition, argument, "Column to sum");
    if (std::ranges::find(definition.order_by, column.name) != definition.order_by.end()) {
      throw Error(ErrorCode::BadArguments,
                  "A column can be in the sorting key or be summed, not both: " + column.name);
    }
    definition.engine_arguments.push_back(column.name);
  }
}

void apply_collapsing(const Engine& engine, TableDefinition& definition) {
  const bool versioned = definition.merge_mode == MergeMode::VersionedCollapsing;
  const size_t count = versioned ? 2 : 1;
  check_argument_count(engine, count, count, versioned ? "sign column, version" : "sign column");
  const auto& sign = column_argument(definition, engine.arguments[0], "Sign column");
  check_type(sign, TypeId::Int8, "Sign column", engine.name);
  definition.engine_arguments.push_back(sign.name);
  if (!versioned) return;
  const auto& version = column_argument(definition, engine.arguments[1], "Version column");
  check_version(version, engine.name);
  definition.engine_arguments.push_back(version.name);
  // Equal versions must meet when rows are merged.
  if (std::ranges::find(definition.order_by, version.name) == definition.order_by.end()) {
    if (definition.primary_key.empty()) definition.primary_key = definition.order_by;
    definition.order_by.push_back(version.name);
  }
}

}  // namespace

std::span<const EngineEntry> all_engines() { return kEngines; }

const EngineEntry& find_engine(std::string_view name) {
  const auto found = std::ranges::find(kEngines, name, &EngineEntry::name);
  if (found != std::end(kEngines)) return *found;
  const std::string text(name);
  if (std::ranges::find(kEnginesOfClickHouse, name) != std::end(kEnginesOfClickHouse)) {
    throw Error(ErrorCode::NotImplemented, "Table engine is not supported: " + text);
  }
  std::vector<std::string> names;
  for (const EngineEntry& engine : kEngines) names.emplace_back(engine.name);
  throw Error(ErrorCode::UnknownStorage,
              "Unknown table engine " + text + maybe_you_meant(similar_names(name, names)));
}

void apply_engine(const Engine& engine, TableDefinition& definition) {
  const EngineEntry& entry = find_engine(engine.name);
  definition.engine = entry.name;
  definition.merge_mode = entry.merge_mode;
  definition.engine_arguments.clear();
  switch (entry.merge_mode) {
    case MergeMode::Plain:
    case MergeMode::Aggregating:
      check_argument_count(engine, 0, 0, "no parameters");
      break;
    case MergeMode::Replacing:
      apply_replacing(engine, definition);
      break;
    case MergeMode::Summing:
      apply_summing(engine, definition);
      break;
    case MergeMode::Collapsing:
    case MergeMode::VersionedCollapsing:
      apply_collapsing(engine, definition);
      break;
  }
}

}  // namespace freshet
