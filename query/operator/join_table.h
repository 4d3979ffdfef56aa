// JoinTable: rows of the build side of a hash join, found by key.
//
// Rows of one key are chained in their order: slot of the hash -> first row -> next row -> ...
// Keys that lie close together, as surrogate keys do, are numbers of slots themselves.
//
// Path:      query/operator/join builds once, then all workers probe
// Threads:   build by one thread; probing is const.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/operator/group_key.h"
#include "storage/column/chunk.h"

namespace freshet {

// No row: the end of a chain.
inline constexpr RowIndex kNoRow = ~RowIndex{0};

class JoinTable {
 public:
  // `null_safe[i]`: NULL equals NULL in key i; otherwise rows with a NULL there match nothing.
  JoinTable(std::vector<DataTypePtr> key_types, std::vector<bool> null_safe);
  ~JoinTable();

  // All rows of the build side at once.
  void build(std::span<const ColumnPtr> keys, size_t row_count);
  // first[i] = the first build row whose key equals that of probe row i, or kNoRow.
  void find(std::span<const ColumnPtr> keys, size_t row_count, std::vector<RowIndex>& first) const;
  // The next row with the same key, or kNoRow.
  RowIndex next(RowIndex row) const { return next_[row]; }
  // The first row of every key, in no order, and kNoRow in between.
  std::span<const RowIndex> first_rows() const { return slots_; }
  uint64_t memory_bytes() const;
  // About what build() needs for so many rows, of which the key columns take `key_bytes`.
  uint64_t estimate_bytes(size_t row_count, uint64_t key_bytes) const;
  // Hashes by which rows of equal keys may be parted from others.
  void hash_keys(std::span<const ColumnPtr> keys, size_t row_count, Buffer<uint64_t>& hashes) const;

 private:
  struct Keys;
  // Decides whether the keys lie close together.
  void measure_range(const Buffer<uint8_t>& usable, size_t row_count);
  // usable[i] = 0: a key cell of row i is NULL and matches nothing. Empty: all are usable.
  void find_usable(std::span<const ColumnPtr> keys, size_t row_count,
                   Buffer<uint8_t>& usable) const;

  GroupKey key_;
  std::vector<bool> null_safe_;
  std::unique_ptr<Keys> keys_;
  // First row of a key's chain. As many as a power of two, by hash, or by how much the packed key
  // is above the least.
  std::vector<RowIndex> slots_;
  bool is_dense_ = false;
  uint64_t least_key_ = 0;
  std::vector<RowIndex> next_;
};

}  // namespace freshet
