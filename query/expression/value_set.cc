#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "query/expression/expression.h"
#include "storage/base/check.h"
#include "storage/base/hash.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// The bits of a number, such that equal numbers have equal bits.
template <class T>
uint64_t key_of(T value) {
  static_assert(sizeof(T) <= 8);
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<uint32_t>(value == 0.0f ? 0.0f : value);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<uint64_t>(value == 0.0 ? 0.0 : value);
  } else {
    return static_cast<uint64_t>(static_cast<std::make_unsigned_t<T>>(value));
  }
}

// Distinct 64-bit keys. Up to kScanMax are compared one after the other, which vectorises; more go
// to a bitmap of their range when that is small, else to an open-addressing table at most half
// full, in which 0 marks a free slot.
class KeySet {
 public:
  static constexpr size_t kScanMax = 8;

  void build(std::vector<uint64_t> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    keys_ = std::move(keys);
    if (keys_.size() <= kScanMax) return;
    const uint64_t range = keys_.back() - keys_.front();
    if (range < std::max(kDenseRangeMin, keys_.size() * kDenseRangePerKey)) {
      dense_.assign(range / 64 + 1, 0);
      for (const uint64_t key : keys_) {
        dense_[(key - keys_.front()) / 64] |= uint64_t{1} << ((key - keys_.front()) % 64);
      }
      return;
    }
    slots_.assign(std::bit_ceil(keys_.size() * 2), 0);
    mask_ = slots_.size() - 1;
    for (const uint64_t key : keys_) {
      if (key == 0) {
        has_zero_ = true;
        continue;
      }
      size_t slot = hash_u64(key) & mask_;
      while (slots_[slot] != 0) slot = (slot + 1) & mask_;
      slots_[slot] = key;
    }
  }

  size_t size() const { return keys_.size(); }

  template <class T>
  void probe(std::span<const T> values, Buffer<uint8_t>& out) const {
    if (!dense_.empty()) {
      const uint64_t first = keys_.front();
      const uint64_t range = keys_.back() - first;
      for (size_t i = 0; i < values.size(); ++i) {
        const uint64_t place = key_of(values[i]) - first;
        out[i] = place <= range ? dense_[place / 64] >> (place % 64) & 1 : 0;
      }
      return;
    }
    if (slots_.empty()) {
      std::fill(out.begin(), out.end(), uint8_t{0});
      for (const uint64_t key : keys_) {
        for (size_t i = 0; i < values.size(); ++i) {
          out[i] = static_cast<uint8_t>(out[i] | (key_of(values[i]) == key ? 1 : 0));
        }
      }
      return;
    }
    for (size_t i = 0; i < values.size(); ++i) out[i] = contains(key_of(values[i])) ? 1 : 0;
  }

 private:
  // Keys that lie close together have a bit each.
  static constexpr uint64_t kDenseRangeMin = 64 * 1024;
  static constexpr uint64_t kDenseRangePerKey = 128;

  bool contains(uint64_t key) const {
    if (key == 0) return has_zero_;
    size_t slot = hash_u64(key) & mask_;
    while (slots_[slot] != 0 && slots_[slot] != key) slot = (slot + 1) & mask_;
    return slots_[slot] == key;
  }

  std::vector<uint64_t> keys_;
  std::vector<uint64_t> slots_;
  std::vector<uint64_t> dense_;  // from the least key on; empty: keys are in slots_
  size_t mask_ = 0;
  bool has_zero_ = false;
};

// Rows of a string column, found by hash: slots hold row + 1, 0 is free.
class StringSet {
 public:
  // Gives the rows of the distinct strings.
  std::vector<RowIndex> build(const StringColumn& strings) {
    std::vector<RowIndex> distinct;
    slots_.assign(std::bit_ceil(strings.size() * 2 + 1), Slot{});
    mask_ = slots_.size() - 1;
    for (RowIndex row = 0; row < strings.size(); ++row) {
      const auto text = strings.at(row);
      const uint64_t hash = hash_bytes(text);
      const size_t slot = find(hash, text, strings);
      if (slots_[slot].row != 0) continue;
      slots_[slot] = {static_cast<uint32_t>(hash >> 32), row + 1};
      distinct.push_back(row);
    }
    return distinct;
  }

  void probe(const StringColumn& strings, const StringColumn& values, Buffer<uint8_t>& out) const {
    for (size_t i = 0; i < values.size(); ++i) {
      const auto text = values.at(i);
      out[i] = slots_[find(hash_bytes(text), text, strings)].row != 0 ? 1 : 0;
    }
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t row = 0;
  };

  size_t find(uint64_t hash, std::string_view text, const StringColumn& strings) const {
    const auto tag = static_cast<uint32_t>(hash >> 32);
    size_t slot = hash & mask_;
    while (slots_[slot].row != 0 &&
           (slots_[slot].tag != tag || strings.at(slots_[slot].row - 1) != text)) {
      slot = (slot + 1) & mask_;
    }
    return slot;
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

// Cells of any other kind, found by hash.
class CellSet {
 public:
  std::vector<RowIndex> build(const Column& cells) {
    std::vector<RowIndex> distinct;
    for (RowIndex row = 0; row < cells.size(); ++row) {
      if (contains(cells, cells, row)) continue;
      rows_.emplace(hash_cell(cells, row), row);
      distinct.push_back(row);
    }
    return distinct;
  }

  bool contains(const Column& cells, const Column& values, size_t row) const {
    const auto [begin, end] = rows_.equal_range(hash_cell(values, row));
    return std::any_of(begin, end, [&](const auto& entry) {
      return compare_cells(cells, entry.second, values, row) == 0;
    });
  }

 private:
  std::unordered_multimap<uint64_t, RowIndex> rows_;
};

bool has_null(const Column& column, size_t row) {
  if (column.kind() == PhysicalKind::Nullable) {
    return static_cast<const NullableColumn&>(column).nulls()[row] != 0;
  }
  if (column.kind() != PhysicalKind::Tuple) return false;
  const auto& tuple = static_cast<const TupleColumn&>(column);
  for (size_t i = 0; i < tuple.element_count(); ++i) {
    if (has_null(*tuple.element(i), row)) return true;
  }
  return false;
}

// Without the rows that hold a NULL, and without a Nullable wrapper that says there are none.
ColumnPtr without_nulls(const ColumnPtr& column) {
  std::vector<RowIndex> rows;
  for (RowIndex row = 0; row < column->size(); ++row) {
    if (!has_null(*column, row)) rows.push_back(row);
  }
  const ColumnPtr& cells = column->kind() == PhysicalKind::Nullable
                               ? static_cast<const NullableColumn&>(*column).nested()
                               : column;
  return rows.size() == column->size() ? cells : cells->select(rows);
}

bool fits_key(PhysicalKind kind) {
  return is_number_kind(kind) && kind != PhysicalKind::I128 && kind != PhysicalKind::U128;
}

template <class T>
std::vector<uint64_t> keys_of(const Column& column) {
  std::vector<uint64_t> keys;
  keys.reserve(column.size());
  for (const T value : values_of<T>(column)) keys.push_back(key_of(value));
  return keys;
}

// Calls `function` with the cell type of a number kind of at most 8 bytes.
template <class Function>
void dispatch_key_kind(PhysicalKind kind, Function&& function) {
  dispatch_number(kind, [&]<class T>() {
    if constexpr (sizeof(T) <= 8) function.template operator()<T>();
  });
}

}  // namespace

struct ValueSet::State {
  ColumnPtr cells;  // distinct, flat
  KeySet keys;
  StringSet strings;
  CellSet others;
};

ValueSet::ValueSet(DataTypePtr type, const ColumnPtr& column) : type_(std::move(type)) {
  auto state = std::make_unique<State>();
  const ColumnPtr cells = without_nulls(flat(column));
  std::vector<RowIndex> distinct;
  if (fits_key(cells->kind())) {
    dispatch_key_kind(cells->kind(), [&]<class T>() { state->keys.build(keys_of<T>(*cells)); });
    state->cells = cells;
    if (state->keys.size() != cells->size()) {
      // Keys are the values' bits; which rows they came from matters only for values().
      std::unordered_set<uint64_t> seen;
      dispatch_key_kind(cells->kind(), [&]<class T>() {
        const auto values = values_of<T>(*cells);
        for (RowIndex row = 0; row < values.size(); ++row) {
          if (seen.insert(key_of(values[row])).second) distinct.push_back(row);
        }
      });
      state->cells = cells->select(distinct);
    }
  } else if (cells->kind() == PhysicalKind::String) {
    const auto rows = StringSet{}.build(static_cast<const StringColumn&>(*cells));
    state->cells = rows.size() == cells->size() ? cells : cells->select(rows);
    state->strings.build(static_cast<const StringColumn&>(*state->cells));
  } else {
    const auto rows = CellSet{}.build(*cells);
    state->cells = rows.size() == cells->size() ? cells : cells->select(rows);
    state->others.build(*state->cells);
  }
  state_ = std::move(state);
}

ValueSet::~ValueSet() = default;

size_t ValueSet::size() const { return state_->cells->size(); }

std::vector<Value> ValueSet::values() const {
  std::vector<Value> values;
  values.reserve(size());
  for (size_t row = 0; row < size(); ++row) values.push_back(value_at(*state_->cells, row));
  return values;
}

void ValueSet::probe(const Column& column, Buffer<uint8_t>& out) const {
  DCHECK(column.form() == ColumnForm::Flat);
  out.resize(column.size());
  if (fits_key(column.kind())) {
    dispatch_key_kind(column.kind(),
                      [&]<class T>() { state_->keys.probe<T>(values_of<T>(column), out); });
  } else if (column.kind() == PhysicalKind::String) {
    state_->strings.probe(static_cast<const StringColumn&>(*state_->cells),
                          static_cast<const StringColumn&>(column), out);
  } else {
    for (size_t i = 0; i < column.size(); ++i) {
      out[i] = state_->others.contains(*state_->cells, column, i) && !has_null(column, i) ? 1 : 0;
    }
  }
}

}  // namespace freshet
