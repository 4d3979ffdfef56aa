// KeyIndex finds rows of one segment by the hash of their key. KeySlots does so for rows that come
// one by one.
//
//   KeyIndex    top bits of the hash -> bucket -> a few (low 32 bits of the hash, row), side by
//   side KeySlots    open addressing: (hash, number)
//
// Both give candidates: whoever asks compares the keys themselves.
//
// KeyIndexCache keeps the indexes of one table's segments, built when first asked for, as long as
// there is memory: then those that were not used for longest go.
//
// Path:      storage/table/unique_keys
// Threads:   a KeyIndex is immutable; KeySlots one at a time; the cache and its memory any.
// Units:     a KeyIndex takes 8 to 9 bytes for each row.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "storage/base/buffer.h"
#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"
#include "storage/base/strong_id.h"

namespace freshet {

class KeyIndex {
 public:
  // Of each row's key.
  explicit KeyIndex(std::span<const uint64_t> hashes);

  template <class Function>
  void for_each_candidate(uint64_t hash, Function&& function) const {
    const size_t bucket = bucket_of(hash);
    for (uint32_t at = begins_[bucket]; at < begins_[bucket + 1]; ++at) {
      if (slots_[at].tag == static_cast<uint32_t>(hash)) function(slots_[at].row);
    }
  }
  uint64_t memory_bytes() const { return compute_bytes(slots_.size()); }
  static uint64_t compute_bytes(uint64_t row_count);

 private:
  struct Slot {
    uint32_t tag;
    uint32_t row;
  };
  size_t bucket_of(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }

  int shift_;
  Buffer<uint32_t> begins_;  // of each bucket, and the end
  Buffer<Slot> slots_;
};

class KeySlots {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};

  // The place of a number with this hash that `accepts(number)`; kNone when there is none. Places
  // hold until the next add().
  template <class Accepts>
  uint64_t find(uint64_t hash, Accepts&& accepts) const {
    if (slots_.empty()) return kNone;
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      if (slots_[at].number == kNone) return kNone;
      if (slots_[at].hash == hash && accepts(slots_[at].number)) return at;
    }
  }
  uint64_t number(uint64_t place) const { return slots_[static_cast<size_t>(place)].number; }
  void set_number(uint64_t place, uint64_t number) {
    slots_[static_cast<size_t>(place)].number = number;
  }
  // Requires: number is not kNone.
  void add(uint64_t hash, uint64_t number);
  template <class Function>
  void for_each(Function&& function) const {
    for (const Slot& slot : slots_) {
      if (slot.number != kNone) function(slot.hash, slot.number);
    }
  }
  void reserve(size_t count);
  size_t size() const { return size_; }
  uint64_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint64_t number = kNone;
  };
  size_t mask() const { return slots_.size() - 1; }

  std::vector<Slot> slots_;  // a power of two, at most half of them used
  size_t size_ = 0;
};

// What key indexes of all tables may take: a part of the process's budget.
class KeyIndexMemory {
 public:
  explicit KeyIndexMemory(MemoryBudget& budget);
  bool try_take(uint64_t bytes);
  void give_back(uint64_t bytes);
  uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* const budget_;
  const uint64_t bytes_max_;  // 0: no limit
  std::atomic<uint64_t> bytes_{0};
};

class KeyIndexCache {
 public:
  explicit KeyIndexCache(std::shared_ptr<KeyIndexMemory> memory) : memory_(std::move(memory)) {}
  KeyIndexCache(const KeyIndexCache&) = delete;
  KeyIndexCache& operator=(const KeyIndexCache&) = delete;
  ~KeyIndexCache() { clear(); }

  using Build = std::function<std::shared_ptr<const KeyIndex>()>;
  // Null when there is no memory for it.
  std::shared_ptr<const KeyIndex> get(SegmentId segment, uint64_t row_count, const Build& build)
      EXCLUDES(mutex_);
  // Null when it is not there.
  std::shared_ptr<const KeyIndex> find(SegmentId segment) EXCLUDES(mutex_);
  void forget(SegmentId segment) EXCLUDES(mutex_);
  void clear() EXCLUDES(mutex_);

 private:
  struct Entry {
    std::shared_ptr<const KeyIndex> index;
    uint64_t last_use = 0;
  };
  bool make_room(uint64_t bytes) REQUIRES(mutex_);
  void drop(std::map<SegmentId, Entry>::iterator entry) REQUIRES(mutex_);

  const std::shared_ptr<KeyIndexMemory> memory_;
  Mutex mutex_;
  std::map<SegmentId, Entry> entries_ GUARDED_BY(mutex_);
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
