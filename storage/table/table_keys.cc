#include "storage/table/table_keys.h"

#include <unordered_map>
#include <utility>

#include "storage/column/row_hash.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

bool is_empty_key(const std::string& expression) {
  return expression.empty() || expression == "tuple()";
}

}  // namespace

TableKeys::TableKeys(const TableDefinition& definition, const ChunkFunctionCompiler& compiler) {
  const Schema schema = definition.stored_schema();
  if (!is_empty_key(definition.partition_by)) {
    partition_.push_back(compiler.compile(schema, definition.partition_by));
  }
  for (const std::string& expression : definition.order_by) {
    if (is_empty_key(expression)) continue;
    sort_key_.push_back(compiler.compile(schema, expression));
    sort_order_.push_back({.column = sort_key_schema_.size()});
    sort_key_schema_.add(expression, sort_key_.back().type);
  }
  const auto is_column = [&](const std::string& expression) {
    return schema.find(expression).has_value();
  };
  if (!partition_.empty() && !is_column(definition.partition_by)) {
    computed_.push_back(partition_[0]);
  }
  for (size_t key = 0; key < sort_key_.size(); ++key) {
    if (!is_column(sort_key_schema_[key].name)) computed_.push_back(sort_key_[key]);
  }
  for (const ChunkFunctionCompiler::Index& index : compiler.indexes(definition.create_sql)) {
    std::optional<SkipIndexSpec> spec = parse_skip_index(index);
    if (!spec) continue;
    spec->function = compiler.compile(schema, index.expression);
    spec->value_type = spec->function.type;
    spec->columns = definition.stored_names();
    if (is_indexable(spec->kind, *spec->value_type)) skip_indexes_.push_back(std::move(*spec));
  }
}

void TableKeys::require_computable(const Chunk& chunk) const {
  for (const ChunkFunction& function : computed_) function.compute(chunk);
}

std::vector<TableKeys::PartitionRows> TableKeys::split_by_partition(const Chunk& chunk) const {
  std::vector<PartitionRows> partitions;
  if (chunk.row_count == 0) return partitions;
  if (partition_.empty()) {
    partitions.push_back({kSinglePartition, {}});
    for (size_t row = 0; row < chunk.row_count; ++row) {
      partitions[0].rows.push_back(static_cast<RowIndex>(row));
    }
    return partitions;
  }
  const ColumnPtr cells = flat(partition_[0].compute(chunk));
  Buffer<uint64_t> hashes;
  hash_rows(std::span(&cells, 1), chunk.row_count, hashes);
  std::unordered_multimap<uint64_t, size_t> by_hash;
  // Rows mostly come in runs of one partition.
  size_t current = 0;
  for (size_t row = 0; row < chunk.row_count; ++row) {
    const auto holds_row = [&](size_t partition) {
      return compare_cells(*cells, partitions[partition].rows[0], *cells, row) == 0;
    };
    const bool same = row > 0 && hashes[row] == hashes[row - 1] && holds_row(current);
    if (!same) {
      bool found = false;
      const auto [begin, end] = by_hash.equal_range(hashes[row]);
      for (auto candidate = begin; candidate != end && !found; ++candidate) {
        found = holds_row(candidate->second);
        if (found) current = candidate->second;
      }
      if (!found) {
        current = partitions.size();
        by_hash.emplace(hashes[row], current);
        partitions.push_back({value_text(*partition_[0].type, value_at(*cells, row)), {}});
      }
    }
    partitions[current].rows.push_back(static_cast<RowIndex>(row));
  }
  return partitions;
}

Chunk TableKeys::compute_sort_key(const Chunk& chunk) const {
  Chunk key;
  key.row_count = chunk.row_count;
  for (const ChunkFunction& function : sort_key_) key.columns.push_back(function.compute(chunk));
  return key;
}

}  // namespace freshet
