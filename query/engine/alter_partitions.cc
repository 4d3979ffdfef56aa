#include "query/engine/alter_partitions.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/engine/catalog_names.h"
#include "query/engine/partition_value.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_engine.h"
#include "query/expression/value_conversion.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/text.h"
#include "storage/table/table_keys.h"

namespace freshet {

namespace {

// The segment that a part's name `<partition>_<segment>_<level>` names.
SegmentId segment_of_part(const std::string& name) {
  const size_t level = name.rfind('_');
  const size_t id = level == std::string::npos || level == 0 ? level : name.rfind('_', level - 1);
  uint64_t number = 0;
  if (id != std::string::npos && level != id) {
    const char* const begin = name.data() + id + 1;
    const auto read = std::from_chars(begin, name.data() + level, number);
    if (read.ec == std::errc() && read.ptr == name.data() + level) return SegmentId(number);
  }
  throw Error(ErrorCode::BadDataPartName, "Unexpected part name: " + name);
}

class PartitionReader {
 public:
  PartitionReader(DdlScope& scope, const TableDefinition& table)
      : scope_(scope),
        table_(table),
        runner_(scope.context, scope.services.executor, scope.services.system_tables) {}

  // The partition's text, as segments have it.
  std::string text(const ExpressionPtr& value) {
    const size_t wanted = key_fields();
    const std::vector<ExpressionPtr> fields = key_expressions(value);
    if (fields.size() != wanted) {
      throw Error(ErrorCode::InvalidPartitionValue,
                  "Wrong number of fields in the partition expression: " +
                      std::to_string(fields.size()) + ", must be: " + std::to_string(wanted));
    }
    if (wanted == 0) return kSinglePartition;
    const DataTypePtr type = key_type();
    if (!is_tuple_key()) return value_text(*type, convert(fields[0], type));
    ValueList list;
    for (size_t i = 0; i < fields.size(); ++i)
      list.push_back(convert(fields[i], type->argument(i)));
    return value_text(*type, Value(std::move(list)));
  }

 private:
  size_t key_fields() const {
    if (table_.partition_by.empty()) return 0;
    return key_expressions(parse_expression_text(table_.partition_by)).size();
  }

  bool is_tuple_key() const {
    const ExpressionPtr key = parse_expression_text(table_.partition_by);
    const auto* call = as<FunctionCall>(key);
    return call != nullptr && call->name == "tuple";
  }

  BindContext bind() {
    BindContext context = runner_.bind_context();
    context.run_subquery = nullptr;
    return context;
  }

  DataTypePtr key_type() {
    return bind_expression(table_.stored_schema(), *parse_expression_text(table_.partition_by),
                           bind())
        ->type;
  }

  Value convert(const ExpressionPtr& field, const DataTypePtr& type) {
    const BoundExpressionPtr bound = bind_expression(Schema(), *field, bind());
    std::optional<Value> value;
    if (bound->kind == BoundExpression::Kind::Constant) {
      try {
        value = convert_exactly(bound->value, bound->type, type, scope_.context.functions);
      } catch (const Error&) {
        // Text that is no such value.
      }
    }
    if (value) return *value;
    throw Error(ErrorCode::TypeMismatch,
                "Cannot convert " + to_sql(*field) + " to type " + type->name());
  }

  DdlScope& scope_;
  const TableDefinition& table_;
  SelectRunner runner_;
};

// Rows of a materialized view are those of its target.
TableDefinitionPtr table_with_rows(DdlScope& scope, const TableDefinition& named) {
  const TableId id = named.kind == TableKind::MaterializedView ? named.target : named.id;
  const TableVersion* version = scope.snapshot().find(id);
  const std::string engine = named.kind == TableKind::View ? "View"
                             : version == nullptr          ? "MaterializedView"
                                                           : version->definition->engine;
  const bool has_partitions =
      named.kind != TableKind::View && version != nullptr && find_engine(engine).has_keys;
  if (!has_partitions) {
    throw Error(ErrorCode::NotImplemented,
                "Table engine " + engine + " doesn't support partitioning");
  }
  return version->definition;
}

void require_same_layout(const TableDefinition& a, const TableDefinition& b) {
  if (!(a.stored_schema() == b.stored_schema())) {
    throw Error(ErrorCode::IncompatibleColumns, "Tables have different structure");
  }
  if (a.partition_by != b.partition_by) {
    throw Error(ErrorCode::BadArguments, "Tables have different partition key");
  }
  if (a.order_by != b.order_by || a.merge_mode != b.merge_mode) {
    throw Error(ErrorCode::BadArguments, "Tables have different ordering");
  }
}

struct Pick {
  TableStore::PartTest test;
  std::string text;  // for messages
};

Pick pick_of(DdlScope& scope, const TableDefinition& table, const Partition& partition) {
  if (partition.all) {
    return {[](const std::string&, SegmentId) { return true; }, "ALL"};
  }
  if (partition.part) {
    const SegmentId wanted = segment_of_part(partition.id);
    return {[wanted, part = partition.id](const std::string& found, SegmentId segment) {
              // The level goes up with merges of the part alone.
              return segment == wanted &&
                     part.starts_with(found + "_" + std::to_string(segment.value) + "_");
            },
            partition.id};
  }
  PartitionReader reader(scope, table);
  const std::string text =
      partition.value ? reader.text(partition.value) : partition_of_id(scope, table, partition.id);
  return {[text](const std::string& found, SegmentId) { return found == text; }, text};
}

void require_part(const TableVersion& version, const Partition& partition, const Pick& pick) {
  if (!partition.part) return;
  for (const auto& segment : version.segments) {
    if (pick.test(segment->partition, segment->id)) return;
  }
  throw Error(ErrorCode::NoSuchDataPart, "No part " + partition.id + " in committed state");
}

TableDefinitionPtr other_table(DdlScope& scope, const AlterCommand& command) {
  const TableName name = with_database(*command.other_table, scope.database());
  return table_with_rows(scope, *require_table(scope.snapshot(), name).definition);
}

void attach(DdlScope& scope, const TableDefinition& table, const AlterCommand& command,
            const Pick& pick) {
  TableStore& store = scope.services.store;
  if (command.other_table) {
    const TableDefinitionPtr from = other_table(scope, command);
    require_same_layout(*from, table);
    store.copy_partitions(from->id, table.id, pick.test, /*replace=*/false);
    return;
  }
  if (store.attach_partitions(table.id, pick.test) == 0 && command.partition->part) {
    throw Error(ErrorCode::BadDataPartName,
                "Detached part \"" + command.partition->id + "\" not found");
  }
}

void drop_detached(DdlScope& scope, const TableDefinition& table, const AlterCommand& command,
                   const Pick& pick) {
  if (scope.services.store.drop_detached(table.id, pick.test) > 0 || !command.partition->part)
    return;
  throw Error(ErrorCode::BadDataPartName,
              "Detached part \"" + command.partition->id + "\" not found");
}

void replace(DdlScope& scope, const TableDefinition& table, const AlterCommand& command,
             const Pick& pick) {
  const TableDefinitionPtr from = other_table(scope, command);
  require_same_layout(*from, table);
  if (from->id == table.id) return;
  if (scope.services.store.copy_partitions(from->id, table.id, pick.test, /*replace=*/true) > 0) {
    return;
  }
  throw Error(ErrorCode::BadArguments,
              "Source table " + display_name(*from) + " has no parts in partition " + pick.text +
                  ": refusing `REPLACE PARTITION` because it would silently drop the destination "
                  "partition's data");
}

void move(DdlScope& scope, const TableDefinition& table, const AlterCommand& command,
          const Pick& pick) {
  const TableDefinitionPtr to = other_table(scope, command);
  require_same_layout(table, *to);
  if (to->id == table.id) return;
  scope.services.store.move_partitions(table.id, to->id, pick.test);
}

}  // namespace

bool is_partition_command(const AlterCommand& command) {
  switch (command.kind) {
    case AlterKind::DropPartition:
    case AlterKind::DetachPartition:
    case AlterKind::AttachPartition:
    case AlterKind::ReplacePartition:
    case AlterKind::MovePartition:
    case AlterKind::DropDetachedPartition:
      return true;
    default:
      return false;
  }
}

void alter_partition(DdlScope& scope, const TableDefinition& named, const AlterCommand& command) {
  const TableDefinitionPtr table = table_with_rows(scope, named);
  TableStore& store = scope.services.store;
  const Pick pick = pick_of(scope, *table, *command.partition);
  switch (command.kind) {
    case AlterKind::DropPartition:
      require_part(*scope.snapshot().find(table->id), *command.partition, pick);
      store.drop_partitions(table->id, pick.test);
      break;
    case AlterKind::DetachPartition:
      require_part(*scope.snapshot().find(table->id), *command.partition, pick);
      store.detach_partitions(table->id, pick.test);
      break;
    case AlterKind::AttachPartition:
      attach(scope, *table, command, pick);
      break;
    case AlterKind::ReplacePartition:
      replace(scope, *table, command, pick);
      break;
    case AlterKind::DropDetachedPartition:
      drop_detached(scope, *table, command, pick);
      break;
    default:
      move(scope, *table, command, pick);
      break;
  }
}

}  // namespace freshet
