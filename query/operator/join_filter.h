// JoinFilter: what a join's build side says of one of its keys, for the scan that makes the probe
// side's rows. Rows that cannot find a partner are dropped there, before other columns are read.
//
//   build keys 3 5 9:  probe block [10 .. 80]: skipped      probe cells 3 4 9 9: rows 0 2 3 are
//   left
//
// Integers that lie close together are a bitmap, which is exact; other numbers and strings are a
// Bloom filter. Keys of other kinds are not judged.
//
// Path:      query/operator/join learns -> query/operator/probe_filter asks
// Threads:   learn by one thread, before any other call; the others are const.
#pragma once

#include <optional>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/column.h"
#include "storage/column/value.h"

namespace freshet {

class JoinFilter {
 public:
  // `cells` are the key's in all build rows; NULLs find no partner.
  void learn(const ColumnPtr& cells);
  // False: every row may have a partner, as far as is known here.
  bool is_known() const { return form_ != Form::Unknown; }
  // Whether a row whose cell is within [min, max] may have a partner. The bounds are integers,
  // maybe of a narrower type than the key; others are not judged.
  bool may_contain(const Value& min, const Value& max) const;
  // Those of the cells that may have a partner, ascending. `cells` are of the key's type.
  // Requires: is_known().
  void select(const ColumnPtr& cells, std::vector<RowIndex>& rows) const;
  uint64_t memory_bytes() const {
    return words_.capacity() * sizeof(uint64_t) + sorted_.capacity() * sizeof(uint64_t);
  }

 private:
  enum class Form : uint8_t {
    Unknown,
    Empty,  // no row has a partner
    Bits,   // bit i: the key `least_` + i is there
    Bloom,
  };

  template <class T>
  void learn_integers(std::span<const T> cells, std::span<const uint8_t> nulls);
  void make_bloom(std::span<const uint64_t> hashes);
  void add_to_bloom(uint64_t hash);
  bool bloom_contains(uint64_t hash) const;
  bool has_bit(uint64_t position) const {
    return (words_[position / 64] >> (position % 64) & 1) != 0;
  }
  // Calls `give` with the hash of each cell that is not NULL. False: cells of this kind have none.
  template <class Give>
  static bool hash_cells(const Column& cells, std::span<const uint8_t> nulls, const Give& give);
  // A bound as the key's integers are ordered; none when it cannot be compared with them.
  std::optional<uint64_t> place_of(const Value& bound) const;

  Form form_ = Form::Unknown;
  PhysicalKind kind_ = PhysicalKind::U8;
  bool has_places_ = false;  // the key is an integer, and the two below are known
  uint64_t least_ = 0;
  uint64_t greatest_ = 0;
  Buffer<uint64_t> words_;
  std::vector<uint64_t> sorted_;  // places of the distinct keys, when they are few
};

}  // namespace freshet
