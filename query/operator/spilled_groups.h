// Groups on disk: where GROUP BY puts a table that has outgrown the query's memory, and how its
// parts become whole groups again.
//
//   worker 0   table full -> 64 partitions by the key's hash -> blocks of file 0 ┐ partition by
//   worker 1   table full -> ...                             -> blocks of file 1 ┘ partition:
//                                                               read, merge into one table, give
//
// A partition whose groups are still too many for the memory goes to disk again, by other bits of
// the hash, and its parts are merged one by one.
//
// Path:      query/operator/aggregate -> GroupSpill => SpilledGroupMerge -> groups
// Owns:      a spill its file. Keys and layouts outlive both.
// Threads:   write() by one thread; afterwards everything is const and for any.
// Errors:    MemoryLimitExceeded when what cannot be parted any more is too large: one group whose
//            state alone is.
// Layout:    docs/formats/temporary_file.md
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "query/operator/aggregate_table.h"
#include "query/operator/execution_context.h"
#include "query/operator/temporary_files.h"

namespace freshet {

class GroupSpill {
 public:
  // `level` 0 partitions as tables do, higher ones each by other bits of the hash.
  GroupSpill(TemporaryData& data, const StateLayout& layout, unsigned level);

  // Writes all groups of the table, which may be destroyed then. `bytes` is what it takes in
  // memory; it sizes the blocks.
  void write(const ExecutionContext& context, AggregateTable& table, uint64_t bytes);
  size_t partition_count() const { return blocks_.size(); }
  std::span<const TemporaryBlock> blocks(size_t partition) const { return blocks_[partition]; }
  unsigned level() const { return level_; }

  // Adds the groups of a block to `table`. Gives the bytes by which their states have grown.
  int64_t read(const TemporaryBlock& block, AggregateTable& table) const;

 private:
  void write_block(size_t partition, std::span<const ColumnPtr> keys, std::span<char* const> rows);
  // Keys and rows of any partitions.
  void write_mixed(const std::vector<ColumnPtr>& keys, std::span<char* const> rows);

  const StateLayout& layout_;
  const unsigned level_;
  std::unique_ptr<TemporaryFile> file_;
  std::vector<std::vector<TemporaryBlock>> blocks_;  // by partition
  std::string raw_;
};

// Whole groups again, partition by partition. One worker's.
class SpilledGroupMerge {
 public:
  SpilledGroupMerge(const GroupKey& key, const StateLayout& layout) : key_(key), layout_(layout) {}

  // Requires: next() has said that the partition before is done. `spills` outlive the merge.
  void start(std::vector<const GroupSpill*> spills, size_t partition);
  // Some groups of the partition, good until the next call. False: it has no more.
  bool next(const ExecutionContext& context, std::vector<ColumnPtr>& keys,
            std::vector<char*>& rows);

 private:
  // A partition, or a part of one, that is not in the table yet.
  struct Part {
    std::vector<const GroupSpill*> spills;
    size_t partition;
    std::shared_ptr<const GroupSpill> owner;  // of a spill made here
  };
  // Fills the table, or puts the part's parts on the list.
  void merge(const ExecutionContext& context, const Part& part);
  uint64_t table_bytes() const;
  bool fits(const ExecutionContext& context, bool can_part);
  void drop_table();

  const GroupKey& key_;
  const StateLayout& layout_;
  std::vector<Part> parts_;
  std::unique_ptr<AggregateTable> table_;
  int64_t state_bytes_ = 0;
  size_t cursor_ = 0;
  std::optional<MemoryReservation> memory_;
};

}  // namespace freshet
