#include "query/operator/join_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/hash.h"
#include "storage/column/nested_column.h"

namespace freshet {

// Keys of many rows, in the form that GroupKey chose.
struct JoinTable::Keys {
  Buffer<uint64_t> narrow;
  Buffer<UInt128> wide;
  Buffer<char> bytes;
  Buffer<uint32_t> offsets;
  Buffer<uint64_t> hashes;

  void make(const GroupKey& key, std::span<const ColumnPtr> columns, size_t row_count) {
    if (key.form() == KeyForm::Packed64) {
      key.pack(columns, row_count, narrow);
    } else if (key.form() == KeyForm::Packed128) {
      key.pack(columns, row_count, wide);
    } else {
      key.serialize(columns, row_count, bytes, offsets);
    }
  }
  void hash(KeyForm form, size_t row_count) {
    hashes.resize(row_count);
    if (form == KeyForm::Packed64) {
      for (size_t i = 0; i < row_count; ++i) hashes[i] = hash_u64(narrow[i]);
    } else if (form == KeyForm::Packed128) {
      for (size_t i = 0; i < row_count; ++i) {
        hashes[i] = hash_combine(hash_u64(static_cast<uint64_t>(wide[i])),
                                 static_cast<uint64_t>(wide[i] >> 64));
      }
    } else {
      for (size_t i = 0; i < row_count; ++i) hashes[i] = hash_bytes(text(i));
    }
  }
  std::string_view text(size_t row) const {
    return {bytes.data() + offsets[row], offsets[row + 1] - offsets[row]};
  }
  bool equal(KeyForm form, size_t row, const Keys& other, size_t other_row) const {
    if (form == KeyForm::Packed64) return narrow[row] == other.narrow[other_row];
    if (form == KeyForm::Packed128) return wide[row] == other.wide[other_row];
    return text(row) == other.text(other_row);
  }
};

JoinTable::JoinTable(std::vector<DataTypePtr> key_types, std::vector<bool> null_safe)
    : key_(std::move(key_types)),
      null_safe_(std::move(null_safe)),
      keys_(std::make_unique<Keys>()) {}

JoinTable::~JoinTable() = default;

void JoinTable::find_usable(std::span<const ColumnPtr> keys, size_t row_count,
                            Buffer<uint8_t>& usable) const {
  for (size_t k = 0; k < keys.size(); ++k) {
    if (null_safe_[k] || keys[k]->kind() != PhysicalKind::Nullable) continue;
    const ColumnPtr cells = flat(keys[k]);
    const std::span<const uint8_t> nulls = static_cast<const NullableColumn&>(*cells).nulls();
    if (usable.empty()) usable.assign(row_count, 1);
    for (size_t i = 0; i < row_count; ++i) {
      usable[i] = static_cast<uint8_t>(usable[i] & (nulls[i] ^ 1));
    }
  }
}

void JoinTable::build(std::span<const ColumnPtr> keys, size_t row_count) {
  if (row_count >= kNoRow) {
    throw Error(ErrorCode::TooManyRowsOrBytes,
                "The smaller side of a JOIN has too many rows: " + std::to_string(row_count));
  }
  keys_->make(key_, keys, row_count);
  Buffer<uint8_t> usable;
  find_usable(keys, row_count, usable);
  next_.assign(row_count, kNoRow);
  measure_range(usable, row_count);
  if (is_dense_) {
    // From the last row to the first, so that chains run in the order of the rows, here and below.
    for (size_t i = row_count; i-- > 0;) {
      if (!usable.empty() && usable[i] == 0) continue;
      RowIndex& first = slots_[keys_->narrow[i] - least_key_];
      next_[i] = first;
      first = static_cast<RowIndex>(i);
    }
    return;
  }
  keys_->hash(key_.form(), row_count);
  size_t capacity = 16;
  while (capacity < row_count * 2) capacity *= 2;
  slots_.assign(capacity, kNoRow);
  const size_t mask = capacity - 1;
  for (size_t i = row_count; i-- > 0;) {
    if (!usable.empty() && usable[i] == 0) continue;
    // A slot heads the chain of one key; other keys of the same hash bits take the next free slot.
    size_t slot = keys_->hashes[i] & mask;
    while (slots_[slot] != kNoRow && !keys_->equal(key_.form(), slots_[slot], *keys_, i)) {
      slot = (slot + 1) & mask;
    }
    next_[i] = slots_[slot];
    slots_[slot] = static_cast<RowIndex>(i);
  }
}

void JoinTable::measure_range(const Buffer<uint8_t>& usable, size_t row_count) {
  constexpr uint64_t kSlotsMin = 64 * 1024;
  constexpr uint64_t kSlotsPerRow = 4;
  is_dense_ = false;
  if (key_.form() != KeyForm::Packed64) return;
  uint64_t least = std::numeric_limits<uint64_t>::max();
  uint64_t greatest = 0;
  for (size_t i = 0; i < row_count; ++i) {
    if (!usable.empty() && usable[i] == 0) continue;
    least = std::min(least, keys_->narrow[i]);
    greatest = std::max(greatest, keys_->narrow[i]);
  }
  if (least > greatest || greatest - least >= std::max(kSlotsMin, row_count * kSlotsPerRow)) return;
  is_dense_ = true;
  least_key_ = least;
  slots_.assign(greatest - least + 1, kNoRow);
}

void JoinTable::find(std::span<const ColumnPtr> keys, size_t row_count,
                     std::vector<RowIndex>& first) const {
  constexpr size_t kPrefetchDistance = 16;
  Keys probe;
  probe.make(key_, keys, row_count);
  Buffer<uint8_t> usable;
  find_usable(keys, row_count, usable);
  if (is_dense_) {
    first.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) {
      const uint64_t slot = probe.narrow[i] - least_key_;
      first[i] = slot < slots_.size() ? slots_[slot] : kNoRow;
    }
    for (size_t i = 0; i < usable.size(); ++i) {
      if (usable[i] == 0) first[i] = kNoRow;
    }
    return;
  }
  probe.hash(key_.form(), row_count);
  first.assign(row_count, kNoRow);
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < row_count; ++i) {
    if (i + kPrefetchDistance < row_count) {
      __builtin_prefetch(&slots_[probe.hashes[i + kPrefetchDistance] & mask]);
    }
    if (!usable.empty() && usable[i] == 0) continue;
    size_t slot = probe.hashes[i] & mask;
    while (slots_[slot] != kNoRow) {
      if (keys_->equal(key_.form(), slots_[slot], probe, i)) {
        first[i] = slots_[slot];
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
}

void JoinTable::hash_keys(std::span<const ColumnPtr> keys, size_t row_count,
                          Buffer<uint64_t>& hashes) const {
  Keys made;
  made.make(key_, keys, row_count);
  made.hash(key_.form(), row_count);
  hashes = std::move(made.hashes);
}

uint64_t JoinTable::estimate_bytes(size_t row_count, uint64_t key_bytes) const {
  // Up to four slots a row, its hash and its successor.
  constexpr uint64_t kRowBytes = 4 * sizeof(RowIndex) + sizeof(uint64_t) + sizeof(RowIndex);
  return row_count * kRowBytes + key_bytes;
}

uint64_t JoinTable::memory_bytes() const {
  return (slots_.capacity() + next_.capacity()) * sizeof(RowIndex) +
         keys_->narrow.capacity() * sizeof(uint64_t) + keys_->wide.capacity() * sizeof(UInt128) +
         keys_->bytes.capacity() + keys_->offsets.capacity() * sizeof(uint32_t) +
         keys_->hashes.capacity() * sizeof(uint64_t);
}

}  // namespace freshet
