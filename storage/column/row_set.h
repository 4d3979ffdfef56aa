// RowSet: some rows of a segment, as a bitmap for each block that has any. RowBitmap: one of these.
//
//   rows 3, 5 and 40,000 of a segment     block 0: {3, 5}   block 1: none   block 2: {7232}
//
// Copies share the bitmaps, so that adding a row to a set that others read costs one bitmap and one
// pointer for each block.
//
// Path:      mutations make them -> snapshots share them -> scans leave these rows out
// Threads:   a RowSet that nobody changes: any; RowSetBuilder: one.
// Layout:    docs/formats/commit_record.md, row set
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/strong_id.h"

namespace freshet {

class RowBitmap {
 public:
  size_t count() const { return count_; }
  // Requires: row < kBlockRows, here and below.
  bool contains(size_t row) const { return (words_[row / 64] >> (row % 64) & 1) != 0; }
  // False when it was in already.
  bool add(size_t row);
  void add_all(const RowBitmap& other);
  // A bit for each row, from the low one up.
  std::span<const uint64_t> words() const { return words_; }
  // Rows of [0, row_count) that are not in, ascending, put at the end of `rows`.
  void append_others(size_t row_count, std::vector<RowIndex>& rows) const;

  template <class Function>
  void for_each(Function&& function) const {
    for (size_t word = 0; word < words_.size(); ++word) {
      for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        function(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  std::array<uint64_t, kBlockRows / 64> words_{};
  uint32_t count_ = 0;
};

using RowBitmapPtr = std::shared_ptr<const RowBitmap>;

class RowSet {
 public:
  uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool contains(uint64_t row) const;
  // The rows of one block, counted from its first; null when none of them is in.
  const RowBitmap* block(size_t block) const {
    return block < blocks_.size() ? blocks_[block].get() : nullptr;
  }
  uint64_t memory_bytes() const;

  // Ascending.
  template <class Function>
  void for_each(Function&& function) const {
    for (size_t block = 0; block < blocks_.size(); ++block) {
      if (blocks_[block] == nullptr) continue;
      blocks_[block]->for_each([&](size_t row) { function(block * kBlockRows + row); });
    }
  }

 private:
  friend class RowSetBuilder;
  std::vector<RowBitmapPtr> blocks_;
  uint64_t count_ = 0;
};

// Makes a RowSet of another one and more rows.
class RowSetBuilder {
 public:
  RowSetBuilder() = default;
  explicit RowSetBuilder(RowSet base) : base_(std::move(base)) {}

  // False when it was in already.
  bool add(uint64_t row);
  void add_all(const RowSet& rows);
  uint64_t count() const { return base_.count_; }
  // The builder is empty afterwards.
  RowSet take();

 private:
  RowBitmap& own_block(size_t block);

  RowSet base_;
  std::vector<RowBitmap*> owned_;  // by block: bitmaps of base_ that nobody else has yet
};

// Ascending numbers as runs: their count, then for each how many numbers were left out since the
// run before, and its length; all varints.
void put_row_runs(std::span<const uint64_t> rows, ByteWriter& writer);
std::vector<uint64_t> get_row_runs(ByteReader& reader);
void put_row_set(const RowSet& rows, ByteWriter& writer);
RowSet get_row_set(ByteReader& reader);

}  // namespace freshet
