#include "query/operator/join_filter.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <type_traits>

#include "storage/base/hash.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

template <class T>
inline constexpr bool kIsPlaced = std::is_integral_v<T> && sizeof(T) <= sizeof(uint64_t);

// Integers as unsigned ones in the same order.
template <class T>
uint64_t place(T value) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSign;
  } else {
    return uint64_t{value};
  }
}

bool is_null(std::span<const uint8_t> nulls, size_t row) { return !nulls.empty() && nulls[row]; }

// The cells without their NULLs, and where those are. `column` must be flat and outlive the result.
struct PlainCells {
  explicit PlainCells(const ColumnPtr& column) : cells(column.get()) {
    if (column->kind() != PhysicalKind::Nullable) return;
    const auto& nullable = static_cast<const NullableColumn&>(*column);
    cells = nullable.nested().get();
    nulls = nullable.nulls();
  }
  const Column* cells;
  std::span<const uint8_t> nulls;
};

// Four bits of one word for each key: a look-up is one access to memory.
uint64_t bloom_bits(uint64_t hash) {
  return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 6 & 63) |
         uint64_t{1} << (hash >> 12 & 63) | uint64_t{1} << (hash >> 18 & 63);
}

}  // namespace

template <class Give>
bool JoinFilter::hash_cells(const Column& cells, std::span<const uint8_t> nulls, const Give& give) {
  if (cells.kind() == PhysicalKind::String) {
    const auto& strings = static_cast<const StringColumn&>(cells);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!is_null(nulls, i)) give(i, hash_bytes(strings.at(i)));
    }
    return true;
  }
  if (!is_number_kind(cells.kind())) return false;
  return dispatch_number(cells.kind(), [&]<class T>() {
    // Equal numbers with a fraction may have different bytes.
    if constexpr (std::is_floating_point_v<T>) {
      return false;
    } else {
      const std::span<const T> values = values_of<T>(cells);
      for (size_t i = 0; i < values.size(); ++i) {
        if (is_null(nulls, i)) continue;
        if constexpr (kIsPlaced<T>) {
          give(i, hash_u64(place(values[i])));
        } else {
          const auto wide = static_cast<UInt128>(values[i]);
          give(i, hash_combine(hash_u64(static_cast<uint64_t>(wide)),
                               static_cast<uint64_t>(wide >> 64)));
        }
      }
      return true;
    }
  });
}

void JoinFilter::learn(const ColumnPtr& column) {
  // More keys would take a filter that is slow to ask.
  constexpr size_t kKeysMax = size_t{1} << 22;
  if (column->size() > kKeysMax) return;
  const ColumnPtr held = flat(column);
  const PlainCells plain(held);
  kind_ = plain.cells->kind();
  if (is_number_kind(kind_)) {
    dispatch_number(kind_, [&]<class T>() {
      if constexpr (kIsPlaced<T>) learn_integers(values_of<T>(*plain.cells), plain.nulls);
    });
    if (is_known()) return;
  }
  std::vector<uint64_t> hashes;
  hashes.reserve(column->size());
  if (hash_cells(*plain.cells, plain.nulls,
                 [&](size_t, uint64_t hash) { hashes.push_back(hash); })) {
    make_bloom(hashes);
  }
}

template <class T>
void JoinFilter::learn_integers(std::span<const T> cells, std::span<const uint8_t> nulls) {
  constexpr uint64_t kBitsMin = 1024 * 1024;
  constexpr uint64_t kBitsPerKey = 64;
  constexpr size_t kSortedMax = 4096;
  uint64_t least = std::numeric_limits<uint64_t>::max();
  uint64_t greatest = 0;
  size_t count = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (is_null(nulls, i)) continue;
    const uint64_t value = place(cells[i]);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
    ++count;
  }
  if (count == 0) {
    form_ = Form::Empty;
    return;
  }
  has_places_ = true;
  least_ = least;
  greatest_ = greatest;
  if (greatest - least < std::max<uint64_t>(kBitsMin, count * kBitsPerKey)) {
    form_ = Form::Bits;
    words_.assign((greatest - least) / 64 + 1, 0);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (is_null(nulls, i)) continue;
      const uint64_t position = place(cells[i]) - least;
      words_[position / 64] |= uint64_t{1} << (position % 64);
    }
    return;
  }
  if (count > kSortedMax) return;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!is_null(nulls, i)) sorted_.push_back(place(cells[i]));
  }
  std::ranges::sort(sorted_);
}

void JoinFilter::make_bloom(std::span<const uint64_t> hashes) {
  if (hashes.empty()) {
    form_ = Form::Empty;
    return;
  }
  constexpr size_t kKeysPerWord = 4;  // about one in a hundred other keys is let through
  form_ = Form::Bloom;
  words_.assign(std::bit_ceil(hashes.size() / kKeysPerWord + 1), 0);
  for (const uint64_t hash : hashes) add_to_bloom(hash);
}

void JoinFilter::add_to_bloom(uint64_t hash) {
  words_[hash >> 24 & (words_.size() - 1)] |= bloom_bits(hash);
}

bool JoinFilter::bloom_contains(uint64_t hash) const {
  const uint64_t bits = bloom_bits(hash);
  return (words_[hash >> 24 & (words_.size() - 1)] & bits) == bits;
}

std::optional<uint64_t> JoinFilter::place_of(const Value& bound) const {
  const bool is_signed = kind_ >= PhysicalKind::I8 && kind_ <= PhysicalKind::I64;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (const auto* number = std::get_if<uint64_t>(&bound.cell)) {
    if (!is_signed) return *number;
    if (*number <= kMax) return place(static_cast<int64_t>(*number));
  } else if (const auto* number = std::get_if<int64_t>(&bound.cell)) {
    if (is_signed) return place(*number);
    if (*number >= 0) return static_cast<uint64_t>(*number);
  }
  return std::nullopt;
}

bool JoinFilter::may_contain(const Value& min, const Value& max) const {
  if (form_ == Form::Empty) return false;
  if (!has_places_) return true;
  const std::optional<uint64_t> first = place_of(min);
  const std::optional<uint64_t> last = place_of(max);
  if (!first || !last) return true;
  if (*last < least_ || *first > greatest_) return false;
  if (!sorted_.empty()) {
    const auto key = std::ranges::lower_bound(sorted_, *first);
    return key != sorted_.end() && *key <= *last;
  }
  if (form_ != Form::Bits) return true;
  // Bits [from, to], word by word.
  const uint64_t from = std::max(*first, least_) - least_;
  const uint64_t to = std::min(*last, greatest_) - least_;
  for (uint64_t word = from / 64; word <= to / 64; ++word) {
    uint64_t bits = words_[word];
    if (word == from / 64) bits &= ~uint64_t{0} << (from % 64);
    if (word == to / 64) bits &= ~uint64_t{0} >> (63 - to % 64);
    if (bits != 0) return true;
  }
  return false;
}

void JoinFilter::select(const ColumnPtr& column, std::vector<RowIndex>& rows) const {
  rows.clear();
  if (form_ == Form::Empty) return;
  const ColumnPtr held = flat(column);
  const PlainCells plain(held);
  CHECK(plain.cells->kind() == kind_);
  if (form_ == Form::Bits) {
    rows.resize(column->size());
    size_t count = 0;
    dispatch_number(kind_, [&]<class T>() {
      if constexpr (kIsPlaced<T>) {
        const std::span<const T> cells = values_of<T>(*plain.cells);
        const uint64_t width = greatest_ - least_;
        for (size_t i = 0; i < cells.size(); ++i) {
          const uint64_t position = place(cells[i]) - least_;
          rows[count] = static_cast<RowIndex>(i);
          const bool is_there = position <= width && has_bit(position);
          count += is_there && !is_null(plain.nulls, i) ? 1 : 0;
        }
      }
    });
    rows.resize(count);
    return;
  }
  hash_cells(*plain.cells, plain.nulls, [&](size_t row, uint64_t hash) {
    if (bloom_contains(hash)) rows.push_back(static_cast<RowIndex>(row));
  });
}

}  // namespace freshet
