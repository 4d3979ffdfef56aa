#include "storage/table/key_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace freshet {

namespace {

// Rows of a bucket on average: a cache line of slots.
constexpr uint64_t kBucketRows = 8;
// The part of the memory budget that key indexes may take.
constexpr uint64_t kBudgetShare = 4;

int bucket_bits(uint64_t row_count) {
  return std::max(1, static_cast<int>(std::bit_width(row_count / kBucketRows)));
}

}  // namespace

KeyIndex::KeyIndex(std::span<const uint64_t> hashes)
    : shift_(64 - bucket_bits(hashes.size())),
      begins_((size_t{1} << bucket_bits(hashes.size())) + 1, 0),
      slots_(hashes.size()) {
  for (const uint64_t hash : hashes) ++begins_[bucket_of(hash) + 1];
  for (size_t bucket = 1; bucket < begins_.size(); ++bucket) begins_[bucket] += begins_[bucket - 1];
  Buffer<uint32_t> next(begins_.begin(), begins_.end() - 1);
  for (size_t row = 0; row < hashes.size(); ++row) {
    slots_[next[bucket_of(hashes[row])]++] = {static_cast<uint32_t>(hashes[row]),
                                              static_cast<uint32_t>(row)};
  }
}

uint64_t KeyIndex::compute_bytes(uint64_t row_count) {
  return row_count * sizeof(Slot) +
         ((uint64_t{1} << bucket_bits(row_count)) + 1) * sizeof(uint32_t);
}

void KeySlots::add(uint64_t hash, uint64_t number) {
  reserve(size_ + 1);
  size_t at = hash & mask();
  while (slots_[at].number != kNone) at = (at + 1) & mask();
  slots_[at] = {hash, number};
  ++size_;
}

void KeySlots::reserve(size_t count) {
  constexpr size_t kSlotsMin = 64;
  if (2 * count <= slots_.size()) return;
  std::vector<Slot> old(std::max(kSlotsMin, std::bit_ceil(2 * count)));
  old.swap(slots_);
  size_ = 0;
  for (const Slot& slot : old) {
    if (slot.number != kNone) add(slot.hash, slot.number);
  }
}

KeyIndexMemory::KeyIndexMemory(MemoryBudget& budget)
    : budget_(&budget), bytes_max_(budget.bytes_max() / kBudgetShare) {}

bool KeyIndexMemory::try_take(uint64_t bytes) {
  const uint64_t before = bytes_.fetch_add(bytes);
  if ((bytes_max_ == 0 || before + bytes <= bytes_max_) && budget_->try_grow(bytes)) return true;
  bytes_.fetch_sub(bytes);
  return false;
}

void KeyIndexMemory::give_back(uint64_t bytes) {
  bytes_.fetch_sub(bytes);
  budget_->shrink(bytes);
}

std::shared_ptr<const KeyIndex> KeyIndexCache::get(SegmentId segment, uint64_t row_count,
                                                   const Build& build) {
  if (std::shared_ptr<const KeyIndex> known = find(segment)) return known;
  {
    MutexLock lock(mutex_);
    if (!make_room(KeyIndex::compute_bytes(row_count))) return nullptr;
  }
  std::shared_ptr<const KeyIndex> index;
  try {
    index = build();
  } catch (...) {
    memory_->give_back(KeyIndex::compute_bytes(row_count));
    throw;
  }
  MutexLock lock(mutex_);
  const auto [entry, added] = entries_.emplace(segment, Entry{index, ++uses_});
  // Another thread may have been faster.
  if (!added) memory_->give_back(index->memory_bytes());
  return entry->second.index;
}

std::shared_ptr<const KeyIndex> KeyIndexCache::find(SegmentId segment) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(segment);
  if (found == entries_.end()) return nullptr;
  found->second.last_use = ++uses_;
  return found->second.index;
}

bool KeyIndexCache::make_room(uint64_t bytes) {
  while (!memory_->try_take(bytes)) {
    const auto oldest = std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; });
    if (oldest == entries_.end()) return false;
    drop(oldest);
  }
  return true;
}

void KeyIndexCache::drop(std::map<SegmentId, Entry>::iterator entry) {
  memory_->give_back(entry->second.index->memory_bytes());
  entries_.erase(entry);
}

void KeyIndexCache::forget(SegmentId segment) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(segment);
  if (found != entries_.end()) drop(found);
}

void KeyIndexCache::clear() {
  MutexLock lock(mutex_);
  while (!entries_.empty()) drop(entries_.begin());
}

}  // namespace freshet
