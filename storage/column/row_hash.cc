#include "storage/column/row_hash.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "storage/base/hash.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

constexpr uint64_t kNullHash = 0x6E5A1D3C9B7F2480;

// Equal numbers have equal bits here: one zero, one NaN.
template <class T>
uint64_t hash_number(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    auto wide = static_cast<double>(value);
    if (wide == 0) wide = 0;
    if (std::isnan(wide)) wide = std::numeric_limits<double>::quiet_NaN();
    uint64_t bits;
    std::memcpy(&bits, &wide, sizeof(bits));
    return hash_u64(bits);
  } else if constexpr (sizeof(T) == 16) {
    const auto bits = static_cast<UInt128>(value);
    return hash_combine(hash_u64(static_cast<uint64_t>(bits)), static_cast<uint64_t>(bits >> 64));
  } else {
    return hash_u64(static_cast<uint64_t>(value));
  }
}

void hash_column(const Column& column, size_t row_count, uint64_t* out);

template <class Strings>
void hash_strings(const Strings& column, size_t row_count, uint64_t* out) {
  for (size_t i = 0; i < row_count; ++i) out[i] = hash_bytes(column.at(i));
}

void hash_lists(const ArrayColumn& array, size_t row_count, uint64_t* out) {
  const std::span<const uint32_t> offsets = array.offsets();
  Buffer<uint64_t> elements(array.elements()->size());
  hash_column(*array.elements(), elements.size(), elements.data());
  for (size_t i = 0; i < row_count; ++i) {
    uint64_t hash = hash_u64(offsets[i + 1] - offsets[i]);
    for (uint32_t j = offsets[i]; j < offsets[i + 1]; ++j) hash = hash_combine(hash, elements[j]);
    out[i] = hash;
  }
}

void hash_tuples(const TupleColumn& tuple, size_t row_count, uint64_t* out) {
  hash_column(*tuple.element(0), row_count, out);
  Buffer<uint64_t> next(row_count);
  for (size_t e = 1; e < tuple.element_count(); ++e) {
    hash_column(*tuple.element(e), row_count, next.data());
    for (size_t i = 0; i < row_count; ++i) out[i] = hash_combine(out[i], next[i]);
  }
}

void hash_coded(const DictionaryColumn& coded, size_t row_count, uint64_t* out) {
  const Dictionary& dictionary = *coded.dictionary();
  const std::span<const uint32_t> codes = coded.codes();
  std::span<const uint64_t> hashes = dictionary.hashes;
  Buffer<uint64_t> computed;
  if (hashes.empty()) {
    if (dictionary.entries->size() > row_count) {
      hash_column(*dictionary.entries->select(codes), row_count, out);
      return;
    }
    computed.resize(dictionary.entries->size());
    hash_column(*dictionary.entries, computed.size(), computed.data());
    hashes = computed;
  }
  for (size_t i = 0; i < row_count; ++i) out[i] = hashes[codes[i]];
}

void hash_flat_column(const Column& column, size_t row_count, uint64_t* out) {
  switch (column.kind()) {
    case PhysicalKind::String:
      return hash_strings(static_cast<const StringColumn&>(column), row_count, out);
    case PhysicalKind::FixedString:
      return hash_strings(static_cast<const FixedStringColumn&>(column), row_count, out);
    case PhysicalKind::Array:
      return hash_lists(static_cast<const ArrayColumn&>(column), row_count, out);
    case PhysicalKind::Tuple:
      return hash_tuples(static_cast<const TupleColumn&>(column), row_count, out);
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      hash_column(*nullable.nested(), row_count, out);
      const std::span<const uint8_t> nulls = nullable.nulls();
      for (size_t i = 0; i < row_count; ++i) out[i] = nulls[i] != 0 ? kNullHash : out[i];
      return;
    }
    default:
      dispatch_number(column.kind(), [&]<class T>() {
        const std::span<const T> values = values_of<T>(column);
        for (size_t i = 0; i < row_count; ++i) out[i] = hash_number(values[i]);
      });
  }
}

void hash_column(const Column& column, size_t row_count, uint64_t* out) {
  switch (column.form()) {
    case ColumnForm::Flat:
      return hash_flat_column(column, row_count, out);
    case ColumnForm::Constant: {
      if (row_count == 0) return;
      hash_flat_column(*static_cast<const ConstantColumn&>(column).cell(), 1, out);
      std::fill(out + 1, out + row_count, out[0]);
      return;
    }
    case ColumnForm::Dictionary:
      return hash_coded(static_cast<const DictionaryColumn&>(column), row_count, out);
  }
}

uint64_t hash_flat_cell(const Column& column, size_t row) {
  switch (column.kind()) {
    case PhysicalKind::String:
      return hash_bytes(static_cast<const StringColumn&>(column).at(row));
    case PhysicalKind::FixedString:
      return hash_bytes(static_cast<const FixedStringColumn&>(column).at(row));
    case PhysicalKind::Array:
    case PhysicalKind::Tuple: {
      uint64_t hash;
      hash_flat_column(*column.slice(row, 1), 1, &hash);
      return hash;
    }
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      return nullable.nulls()[row] != 0 ? kNullHash : hash_flat_cell(*nullable.nested(), row);
    }
    default:
      return dispatch_number(column.kind(),
                             [&]<class T>() { return hash_number(values_of<T>(column)[row]); });
  }
}

}  // namespace

uint64_t hash_cell(const Column& column, size_t row) {
  switch (column.form()) {
    case ColumnForm::Flat:
      break;
    case ColumnForm::Constant:
      return hash_flat_cell(*static_cast<const ConstantColumn&>(column).cell(), 0);
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(column);
      const Dictionary& dictionary = *coded.dictionary();
      const uint32_t code = coded.codes()[row];
      return dictionary.hashes.empty() ? hash_flat_cell(*dictionary.entries, code)
                                       : dictionary.hashes[code];
    }
  }
  return hash_flat_cell(column, row);
}

void hash_rows(std::span<const ColumnPtr> columns, size_t row_count, Buffer<uint64_t>& hashes) {
  hashes.resize(row_count);
  if (columns.empty()) {
    std::fill(hashes.begin(), hashes.end(), 0);
    return;
  }
  hash_column(*columns[0], row_count, hashes.data());
  if (columns.size() == 1) return;
  Buffer<uint64_t> next(row_count);
  for (const ColumnPtr& column : columns.subspan(1)) {
    hash_column(*column, row_count, next.data());
    for (size_t i = 0; i < row_count; ++i) hashes[i] = hash_combine(hashes[i], next[i]);
  }
}

}  // namespace freshet
