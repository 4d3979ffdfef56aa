// DistinctSet: the values that one group has seen, small when there are few of them.
//
//   0 or 1 value    kept in place
//   2 .. n values   open addressing in a table of a power of two, at most half full
//
// Keys are 64-bit (integers as they are, hashes) or 128-bit (hashes of strings). Zero marks a free
// slot, so a zero key is remembered apart.
//
// Owns:      its table.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "storage/base/allocation_count.h"
#include "storage/base/hash.h"

namespace freshet {

struct Key128 {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const Key128&) const = default;
};

inline uint64_t slot_hash(uint64_t key) { return hash_u64(key); }
inline uint64_t slot_hash(const Key128& key) { return key.low; }  // a hash already

template <class Key>
class DistinctSet {
 public:
  DistinctSet() : single_{} {}
  DistinctSet(const DistinctSet&) = delete;
  DistinctSet& operator=(const DistinctSet&) = delete;
  ~DistinctSet() {
    if (capacity_log2_ != 0) free_zeroed(slots_);
  }

  // True: the key is new.
  bool insert(const Key& key) {
    if (key == Key{}) {
      const bool is_new = !has_zero_;
      has_zero_ = true;
      return is_new;
    }
    if (capacity_log2_ == 0) {
      if (count_ == 0) {
        single_ = key;
        count_ = 1;
        return true;
      }
      if (single_ == key) return false;
      grow();
    }
    Key* slot = find_slot(key);
    if (*slot == key) return false;
    *slot = key;
    ++count_;
    if (count_ * 2 > capacity()) grow();
    return true;
  }

  // Asks the memory for the slot of a key that will be inserted soon.
  void prefetch(const Key& key) const {
    if (capacity_log2_ != 0) __builtin_prefetch(&slots_[slot_hash(key) >> (64 - capacity_log2_)]);
  }

  uint64_t size() const { return count_ + (has_zero_ ? 1 : 0); }

  template <class Visit>
  void for_each(const Visit& visit) const {
    if (has_zero_) visit(Key{});
    if (capacity_log2_ == 0) {
      if (count_ != 0) visit(single_);
      return;
    }
    for (uint64_t i = 0; i < capacity(); ++i) {
      if (!(slots_[i] == Key{})) visit(slots_[i]);
    }
  }

  void merge(const DistinctSet& other) {
    reserve(other.size());
    other.for_each([this](const Key& key) { insert(key); });
  }

  // Room for `count` keys without growing on the way.
  void reserve(uint64_t count) {
    while (count > 1 && count * 2 > capacity()) grow();
  }

 private:
  uint64_t capacity() const { return capacity_log2_ == 0 ? 0 : uint64_t{1} << capacity_log2_; }

  Key* find_slot(const Key& key) const {
    const uint64_t mask = capacity() - 1;
    uint64_t index = slot_hash(key) >> (64 - capacity_log2_);
    while (!(slots_[index] == Key{}) && !(slots_[index] == key)) index = (index + 1) & mask;
    return &slots_[index];
  }

  void grow() {
    const uint64_t old_capacity = capacity();
    const Key held = capacity_log2_ == 0 ? single_ : Key{};
    Key* old_slots = capacity_log2_ == 0 ? nullptr : slots_;
    // Small tables grow fast: most groups stay small, and those that do not grow much larger.
    capacity_log2_ = static_cast<uint8_t>(capacity_log2_ == 0   ? 3
                                          : capacity_log2_ < 16 ? capacity_log2_ + 2
                                                                : capacity_log2_ + 1);
    slots_ = static_cast<Key*>(allocate_zeroed(capacity(), sizeof(Key)));
    if (old_slots == nullptr) {
      if (!(held == Key{})) *find_slot(held) = held;
      return;
    }
    for (uint64_t i = 0; i < old_capacity; ++i) {
      if (!(old_slots[i] == Key{})) *find_slot(old_slots[i]) = old_slots[i];
    }
    free_zeroed(old_slots);
  }

  union {
    Key single_;
    Key* slots_;
  };
  uint64_t count_ = 0;
  uint8_t capacity_log2_ = 0;
  bool has_zero_ = false;
};

}  // namespace freshet
