#include "query/engine/partition_value.h"

#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/select_runner.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/text.h"
#include "storage/table/table_keys.h"

namespace freshet {

namespace {

DataTypePtr key_type(const TableDefinition& table, SelectRunner& runner) {
  return bind_expression(table.stored_schema(), *parse_expression_text(table.partition_by),
                         runner.bind_context())
      ->type;
}

}  // namespace

std::string partition_of_id(DdlScope& scope, const TableDefinition& table, const std::string& id) {
  if (table.partition_by.empty() || id.size() != 8) return id;
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  if (without_nullable(key_type(table, runner))->id() != TypeId::Date) return id;
  return id.substr(0, 4) + "-" + id.substr(4, 2) + "-" + id.substr(6, 2);
}

std::string partition_name(DdlScope& scope, const TableDefinition& table,
                           const Partition& partition) {
  if (partition.all) {
    throw Error(ErrorCode::SupportIsDisabled, "PARTITION ALL is not supported here");
  }
  if (partition.part) {
    throw Error(ErrorCode::NotImplemented, "PART is not supported: " + partition.id);
  }
  if (!partition.id.empty()) return partition_of_id(scope, table, partition.id);
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  const std::string text = to_sql(*partition.value);
  if (table.partition_by.empty() || table.partition_by == "tuple()") {
    if (text == "tuple()" || text == "()") return kSinglePartition;
    throw Error(ErrorCode::InvalidPartitionValue,
                "Table " + display_name(table) + " has no partition key, but got " + text);
  }
  const DataTypePtr type = key_type(table, runner);
  try {
    LogicalPlan plan = runner.plan(*parse_query_text("SELECT " + text));
    const DataTypePtr given = plan.schema()[0].type;
    const Chunk row = runner.collect(std::move(plan), std::nullopt);
    const ColumnPtr cell = cast_column(scope.context.functions, flat(row.columns[0]), given, type);
    return value_text(*type, value_at(*cell, 0));
  } catch (const Error& error) {
    throw Error(ErrorCode::InvalidPartitionValue,
                "Cannot use " + text + " as a value of the partition key " + table.partition_by +
                    " of type " + type->name() + ": " + error.message());
  }
}

}  // namespace freshet
