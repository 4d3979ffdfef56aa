// TableKeys: a table's compiled partition and sort keys.
//
// Path:      storage/table/segment_build, storage/table/segment_merge -> TableKeys
// Threads:   immutable, any thread.
// Errors:    compiling throws as the expression's query would.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/column/chunk_function.h"
#include "storage/column/row_order.h"
#include "storage/segment/skip_index.h"
#include "storage/table/table_definition.h"

namespace freshet {

// The partition of a table without a partition key.
inline constexpr const char* kSinglePartition = "all";

class TableKeys {
 public:
  TableKeys(const TableDefinition& definition, const ChunkFunctionCompiler& compiler);

  // Throws what an expression of the keys throws for a row: such rows could never be stored.
  void require_computable(const Chunk& chunk) const;

  struct PartitionRows {
    std::string partition;
    std::vector<RowIndex> rows;  // ascending
  };
  // Every row of `chunk` in exactly one partition; in order of first appearance.
  std::vector<PartitionRows> split_by_partition(const Chunk& chunk) const;

  // The sort key's columns for each row; no columns when the table has no sort key.
  Chunk compute_sort_key(const Chunk& chunk) const;
  const Schema& sort_key_schema() const { return sort_key_schema_; }
  // What INDEX clauses ask for, to be kept in segments of the table's stored schema.
  const std::vector<SkipIndexSpec>& skip_indexes() const { return skip_indexes_; }
  // Columns that the partition key reads.
  std::span<const ColumnIndex> partition_columns() const {
    return partition_.empty() ? std::span<const ColumnIndex>() : partition_[0].inputs;
  }
  // Over the columns of compute_sort_key(); empty when there is no sort key.
  std::span<const SortColumn> sort_order() const { return sort_order_; }

 private:
  std::vector<ChunkFunction> partition_;  // one, or none
  std::vector<ChunkFunction> sort_key_;
  Schema sort_key_schema_;
  std::vector<SortColumn> sort_order_;
  std::vector<SkipIndexSpec> skip_indexes_;
  std::vector<ChunkFunction> computed_;  // keys that are not columns
};

}  // namespace freshet
