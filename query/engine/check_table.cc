// CHECK TABLE: reads every block of every segment and says which segments are damaged.

#include "query/engine/catalog_names.h"
#include "query/engine/maintenance.h"
#include "query/engine/part_facts.h"
#include "query/engine/partition_value.h"
#include "query/engine/system_rows.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// What is wrong with the segment; empty: nothing.
std::string find_damage(const SegmentReader& reader, const QueryContext& context) {
  try {
    reader.verify_file();
    // What is stored right can still be decoded wrong.
    for (ColumnIndex column = 0; column < reader.schema().size(); ++column) {
      for (size_t block = 0; block < reader.block_count(); ++block) {
        if (context.cancelled) throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled");
        const ColumnPtr cells = reader.read_column(column, block);
        if (cells->size() == reader.block_rows(block)) continue;
        return "Column " + reader.schema()[column].name + ", block " + std::to_string(block) +
               " has " + std::to_string(cells->size()) + " rows, not " +
               std::to_string(reader.block_rows(block));
      }
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::QueryWasCancelled) throw;
    return error.message();
  }
  return {};
}

}  // namespace

std::pair<Schema, Chunk> run_check_table(EngineServices& services, QueryContext& context,
                                         const CheckTable& check) {
  const TableName name = with_database(check.name, context.database);
  const TableVersion* version = &require_table(*context.snapshot, name);
  if (version->definition->kind == TableKind::View) {
    throw Error(ErrorCode::NotImplemented,
                "A view has no rows to check: " + display_name(*version->definition));
  }
  if (version->definition->kind == TableKind::MaterializedView) {
    version = context.snapshot->find(version->definition->target);
    if (version == nullptr) throw Error(ErrorCode::UnknownTable, "The view has no target table");
  }
  std::optional<std::string> partition;
  if (check.partition) {
    QueryReport report;
    DdlScope scope{services, context, report};
    partition = partition_name(scope, *version->definition, *check.partition);
  }
  Schema schema;
  schema.add("part_path", simple_type(TypeId::String));
  schema.add("is_passed", simple_type(TypeId::UInt8));
  schema.add("message", simple_type(TypeId::String));
  const ColumnIndex columns[] = {0, 1, 2};
  SystemRows rows(schema, columns);
  bool all_passed = true;
  for (const auto& segment : version->segments) {
    if (partition && segment->partition != *partition) continue;
    const std::string damage = find_damage(*segment->reader, context);
    all_passed = all_passed && damage.empty();
    rows.add()
        .set("part_path", part_name(segment->partition, segment->id, segment->level))
        .set("is_passed", damage.empty())
        .set("message", damage);
  }
  if (!context.settings.flag("check_query_single_value_result")) return {schema, rows.take()};
  Schema single;
  single.add("result", simple_type(TypeId::UInt8));
  const ColumnIndex result[] = {0};
  SystemRows one(single, result);
  one.add().set("result", all_passed);
  return {single, one.take()};
}

}  // namespace freshet
