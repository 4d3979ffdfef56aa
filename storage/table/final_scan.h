// FinalScan: the rows that a table would have if all its rows were merged now (SELECT .. FINAL).
//
//   segment 0    [a b c d] [e f g h]      a, b, c: in one input only, so they stay as they are
//   segment 1    [d x]                    d: in two, the RowMerger says what becomes of both
//   memtable     y d'                     sorted first, and merged within itself
//
// Every input is merged within itself: segments were when they were written. So rows whose key is
// in one input only need no merging, and where blocks of an input share no keys with blocks of
// others, their keys are not even read. The rest is cut into steps by ranges of keys, which workers
// take one by one.
//
// Equal keys are merged across partitions, in the order of the partitions' texts and then of
// commits; not when `across_partitions` is off, or equal keys are always in one partition.
//
// Path:      query/operator/final_scan -> FinalScan -> RowMerger, storage/table/scan
// Threads:   read_step() from any thread, several at once.
// Units:     memory is about the keys of a step's blocks, and what is merged of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/column/chunk_function.h"
#include "storage/column/row_order.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_store.h"

namespace freshet {

struct FinalScanOptions {
  std::vector<ColumnIndex> columns;  // of the table, that the query reads
  // Conditions on columns of the sort key only: they hold for all rows of a key or for none.
  ColumnFilter key_filter;
  BlockPruner key_pruner;  // null: none
  // Rows of a memtable chunk that pass such conditions, ascending; null: all do.
  std::function<std::vector<RowIndex>(const Chunk&)> key_rows;
  bool across_partitions = true;
};

// Rows of one block, or memtable chunk, that stay.
struct FinalPiece {
  ScanTask task;
  size_t block = 0;
  std::vector<RowIndex> rows;  // ascending; none of them is deleted
  bool all = false;            // all that are not deleted, rather than `rows`
};

class FinalScan {
 public:
  // `version` and `merger` outlive the scan.
  FinalScan(const TableVersion& version, const ChunkFunctionCompiler& compiler,
            const RowMerger& merger, FinalScanOptions options);
  ~FinalScan();

  // The table, with merged rows of the memtable as further chunks: what pieces refer to.
  const TableVersion& version() const { return version_; }
  size_t step_count() const;
  // Every row that stays is in one piece of one step. In chunks of merged rows, columns that are
  // neither read nor needed for merging are null.
  std::vector<FinalPiece> read_step(size_t step) const;

 private:
  struct Input;
  struct Step;
  struct StepBlock;
  struct Tied;
  class StepMerge;
  // Least and greatest cell of the first key column in a block.
  struct Bounds {
    Value min;
    Value max;
    size_t input;
    size_t block;
  };

  void choose_columns(const ChunkFunctionCompiler& compiler);
  void add_segment_inputs();
  void add_memtable_inputs(const ChunkFunctionCompiler& compiler);
  void add_sorted_input(std::vector<uint64_t> positions, const std::string& partition);
  bool combines() const;
  bool merges_across_partitions(const ChunkFunctionCompiler& compiler) const;

  // Inputs [begin, end) share no keys with others.
  void plan_steps(size_t begin, size_t end);
  void add_free_steps(size_t input, const std::vector<size_t>& blocks);
  void add_region(const std::map<size_t, std::vector<size_t>>& region);
  // Nothing when they are not known, or cells are NULL or NaN.
  std::optional<std::pair<Value, Value>> first_column_bounds(const Input& input,
                                                             size_t block) const;

  Chunk compute_key(const Chunk& rows) const;
  // Of these rows of a segment's block; of all, if `places` is empty.
  Chunk read_key(const Input& input, size_t block, const std::vector<RowIndex>& places) const;
  std::shared_ptr<const Chunk> first_key(const Input& input, size_t block) const;
  uint64_t position(const Input& input, size_t block, size_t row) const;
  void add_pieces(const Input& input, size_t block, std::vector<RowIndex> rows,
                  std::vector<FinalPiece>& pieces) const;
  // What becomes of rows of equal keys that stand side by side, in order of age. Of modes that
  // choose rows, the indexes of those that stay; of modes that combine them, rows in the table's
  // layout.
  std::vector<RowIndex> choose_tied(std::span<const uint64_t> positions) const;
  Chunk combine_tied(std::span<const uint64_t> positions) const;
  Chunk merge_tied(std::span<const uint64_t> positions) const;

  TableVersion version_;
  const RowMerger& merger_;
  FinalScanOptions options_;
  std::vector<ChunkFunction> key_functions_;
  Schema key_schema_;
  std::vector<SortColumn> key_order_;
  std::vector<ColumnIndex> key_inputs_;     // columns that the sort key is computed from
  std::vector<ColumnIndex> merge_columns_;  // columns that merging reads, ascending
  TableDefinition merge_definition_;        // of those, and of each row's index
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<Step> steps_;
};

}  // namespace freshet
