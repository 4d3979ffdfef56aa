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
// Threads:   one at a time; different partitions may be read and cleared at once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "query/operator/aggregate_table.h"
#include "storage/base/buffer.h"

namespace freshet {

template <class Slot>
class GroupRuns {
 public:
  // Whether there are no partitions yet.
  bool empty() const { return cursors_.empty(); }
  void open() {
    cursors_.resize(kPartitionCount);
    runs_.resize(kPartitionCount);
  }

  // The slot stays where it is put.
  Slot& append(size_t partition, const Slot& slot) {
    Cursor& cursor = cursors_[partition];
    if (cursor.next == cursor.end) [[unlikely]]
      add_block(partition);
    // There are more runs than the processor sees streams in: the line after this one is asked for
    // by hand.
    __builtin_prefetch(reinterpret_cast<const char*>(cursor.next) + kBufferAlignment, 1);
    Slot* at = cursor.next++;
    *at = slot;
    return *at;
  }

  size_t size(size_t partition) const {
    return runs_[partition].reserved -
           static_cast<size_t>(cursors_[partition].end - cursors_[partition].next);
  }
  uint64_t size() const {
    uint64_t count = 0;
    for (size_t partition = 0; partition < runs_.size(); ++partition) count += size(partition);
    return count;
  }
  uint64_t memory_bytes() const {
    uint64_t slots = 0;
    for (const Run& run : runs_) slots += run.reserved;
    return slots * sizeof(Slot);
  }

  // Calls `read` with the slots of one block after the other.
  template <class Read>
  void for_each_block(size_t partition, const Read& read) {
    std::vector<Buffer<Slot>>& blocks = runs_[partition].blocks;
    for (Buffer<Slot>& block : blocks) {
      const bool last = &block == &blocks.back();
      const Slot* end = last ? cursors_[partition].next : block.data() + block.size();
      read(std::span<Slot>(block.data(), static_cast<size_t>(end - block.data())));
    }
  }
  template <class Read>
  void for_each_block(const Read& read) {
    for (size_t partition = 0; partition < runs_.size(); ++partition) {
      for_each_block(partition, read);
    }
  }
  void clear(size_t partition) {
    runs_[partition] = {};
    cursors_[partition] = {};
  }

 private:
  static constexpr size_t kBlockBytesMin = 4 * 1024;
  static constexpr size_t kBlockBytesMax = 256 * 1024;

  // Where a run goes on. Apart from the rest, so that those of all partitions stay in the cache.
  struct Cursor {
    Slot* next = nullptr;
    Slot* end = nullptr;
  };
  struct Run {
    std::vector<Buffer<Slot>> blocks;
    size_t reserved = 0;  // slots of all blocks
  };

  void add_block(size_t partition) {
    Run& run = runs_[partition];
    const size_t bytes = std::clamp(run.reserved * sizeof(Slot), kBlockBytesMin, kBlockBytesMax);
    Buffer<Slot>& block = run.blocks.emplace_back(bytes / sizeof(Slot));
    run.reserved += block.size();
    cursors_[partition] = {block.data(), block.data() + block.size()};
  }

  std::vector<Cursor> cursors_;
  std::vector<Run> runs_;
};

// Guesses how many groups the slots of a partition are. Keys of all partitions are alike, being
// chosen by a hash: what one has shown is good for the others.
// Threads: any number at once.
class GroupCountEstimate {
 public:
  size_t groups_of(size_t slots) const {
    const uint64_t seen = slots_seen_.load(std::memory_order_relaxed);
    // At first: keys are expected to stand in the runs a few times each.
    if (seen == 0) return slots / 4;
    const double share = static_cast<double>(groups_seen_.load(std::memory_order_relaxed)) /
                         static_cast<double>(seen);
    constexpr double kMargin = 1.1;
    return static_cast<size_t>(static_cast<double>(slots) * std::min(1.0, share * kMargin));
  }
  void learn(size_t slots, size_t groups) {
    groups_seen_.fetch_add(groups, std::memory_order_relaxed);
    slots_seen_.fetch_add(slots, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> slots_seen_{0};
  std::atomic<uint64_t> groups_seen_{0};
};

}  // namespace freshet
