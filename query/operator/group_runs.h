// GroupRuns: groups that left a hash table, slot after slot, by partition.
//
// A hash table that outgrows the cache costs a miss to memory for every row. So it is emptied
// before that: its slots are put at the end of the runs of their partitions, which are written and
// read in order, and it begins anew. The same key may then stand in a run several times; when all
// rows are in, the groups of each partition are merged through an index that fits the cache again.
//
//   hash table: a=3 b=1 c=2   ->   runs of partition 0: .. a=3 c=2     of partition 1: .. b=1
//
//   runs of partition 0: c=1 | a=3 c=2   ->   merged: c=3 a=3     index: hash of c -> 0, of a -> 1
//
// As in DuckDB's partitioned aggregation (Kuiper, Boncz, Mühleisen: Robust External Hash
// Aggregation in the Solid State Age, ICDE 2024).
//
// Path:      query/operator/aggregate_table, inline_aggregate_table
// Threads:   one at a time; different partitions may be read and cleared at once.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "query/operator/aggregate_table.h"
#include "storage/base/buffer.h"
#include "storage/base/check.h"

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
    return static_cast<size_t>(static_cast<double>(slots) * std::min(1.0, share));
  }
  void learn(size_t slots, size_t groups) {
    groups_seen_.fetch_add(groups, std::memory_order_relaxed);
    slots_seen_.fetch_add(slots, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> slots_seen_{0};
  std::atomic<uint64_t> groups_seen_{0};
};

// The groups of one partition, each once, one after the other in the order in which they came.
// They are found by an index of 32 bits for each place: some bits of the hash, and 1 + the
// position of the group, 0: none. Open addressing with linear probing, at most half full.
template <class Slot>
class MergedGroups {
 public:
  std::span<Slot> slots() { return groups_; }
  size_t size() const { return groups_.size(); }
  uint64_t memory_bytes() const { return groups_.capacity() * sizeof(Slot); }

  // Takes all slots of the partition out of the runs. `Form` has
  //   hash_of(slot)
  //   equal(a, b)        whether two slots are of one group
  //   merge(into, from)  adds the states of a slot to those of another one of the group
  //   forget(slot)       the slot's states are elsewhere now
  template <class Form>
  void take(std::span<GroupRuns<Slot>* const> runs, size_t partition, GroupCountEstimate& estimate,
            const Form& form) {
    size_t slot_count = 0;
    for (const auto* from : runs) slot_count += from->size(partition);
    position_bits_ = static_cast<unsigned>(std::bit_width(slot_count));
    CHECK(position_bits_ < 32);
    const size_t expected = estimate.groups_of(slot_count);
    groups_.reserve(expected + expected / 8);
    index_.assign(std::bit_ceil(std::max(kIndexMin, expected * 2)), 0);
    for (auto* from : runs) {
      from->for_each_block(partition, [&](std::span<Slot> block) {
        for (size_t i = 0; i < block.size(); ++i) {
          if (i + kPrefetchDistance < block.size()) {
            __builtin_prefetch(&index_[form.hash_of(block[i + kPrefetchDistance]) & mask()]);
          }
          take_one(block[i], form);
          form.forget(block[i]);
        }
      });
      from->clear(partition);
    }
    index_ = {};
    estimate.learn(slot_count, groups_.size());
  }

 private:
  static constexpr size_t kIndexMin = 256;

  size_t mask() const { return index_.size() - 1; }
  // What stands at the place of the group that is put next.
  uint32_t entry_of(uint64_t hash, size_t position) const {
    return tag_of(hash) | static_cast<uint32_t>(position + 1);
  }
  // Neither those that choose the place nor those that choose the partition.
  uint32_t tag_of(uint64_t hash) const {
    return static_cast<uint32_t>(hash >> 24) << position_bits_;
  }

  template <class Form>
  void take_one(Slot& slot, const Form& form) {
    const uint64_t hash = form.hash_of(slot);
    const uint32_t tag = tag_of(hash);
    const uint32_t position_mask = (uint32_t{1} << position_bits_) - 1;
    size_t place = hash & mask();
    for (; index_[place] != 0; place = (place + 1) & mask()) {
      const uint32_t entry = index_[place];
      if (((entry ^ tag) & ~position_mask) != 0) continue;
      Slot& group = groups_[(entry & position_mask) - 1];
      if (!form.equal(group, slot)) continue;
      form.merge(group, slot);
      return;
    }
    index_[place] = entry_of(hash, groups_.size());
    groups_.push_back(slot);
    if (groups_.size() * 2 > index_.size()) grow(form);
  }

  template <class Form>
  void grow(const Form& form) {
    index_.assign(index_.size() * 2, 0);
    for (size_t position = 0; position < groups_.size(); ++position) {
      const uint64_t hash = form.hash_of(groups_[position]);
      size_t place = hash & mask();
      while (index_[place] != 0) place = (place + 1) & mask();
      index_[place] = entry_of(hash, position);
    }
  }

  Buffer<Slot> groups_;
  std::vector<uint32_t> index_;  // while slots are taken
  unsigned position_bits_ = 0;   // the lower bits of an entry
};

}  // namespace freshet
