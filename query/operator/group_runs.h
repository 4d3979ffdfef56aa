// GroupRuns: groups that left a hash table, slot after slot, by partition.
//
// A hash table that outgrows the cache costs a miss to memory for every row. So it is emptied
// before that: its slots are put at the end of the runs of their partitions, which are written and
// read in order, and it begins anew. The same key may then stand in a run several times; when all
// rows are in, each partition is made into a hash table of its own, which fits the cache again.
//
//   hash table: a=3 b=1 c=2   ->   runs of partition 0: .. a=3 c=2     of partition 1: .. b=1
//
// As in DuckDB's partitioned aggregation (Kuiper, Boncz, Mühleisen: Robust External Hash
// Aggregation in the Solid State Age, ICDE 2024).
//
// Path:      query/operator/aggregate_table, inline_aggregate_table
// Threads:   one at a time; different partitions may be taken at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "storage/base/buffer.h"

namespace freshet {

template <class Slot>
class GroupRun {
 public:
  // The slot stays where it is put.
  Slot& append(const Slot& slot) {
    if (blocks_.empty() || blocks_.back().size() == blocks_.back().capacity()) add_block();
    blocks_.back().push_back(slot);
    ++size_;
    return blocks_.back().back();
  }
  size_t size() const { return size_; }
  uint64_t memory_bytes() const { return reserved_ * sizeof(Slot); }
  std::span<Buffer<Slot>> blocks() { return blocks_; }
  std::span<const Buffer<Slot>> blocks() const { return blocks_; }

 private:
  static constexpr size_t kBlockBytesMin = 4 * 1024;
  static constexpr size_t kBlockBytesMax = 256 * 1024;

  void add_block() {
    const size_t bytes = std::clamp(reserved_ * sizeof(Slot), kBlockBytesMin, kBlockBytesMax);
    blocks_.emplace_back().reserve(bytes / sizeof(Slot));
    reserved_ += blocks_.back().capacity();
  }

  std::vector<Buffer<Slot>> blocks_;
  size_t size_ = 0;
  size_t reserved_ = 0;
};

// Groups that the table of a partition begins with room for: keys are expected to stand in its runs
// a few times each.
template <class Slot>
size_t groups_expected(std::span<GroupRun<Slot>* const> runs) {
  constexpr size_t kEqualKeys = 4;
  size_t count = 0;
  for (const GroupRun<Slot>* run : runs) count += run->size();
  return count / kEqualKeys;
}

}  // namespace freshet
