// NumberColumn<T>: fixed-width cells side by side.
#pragma once

#include <span>
#include <utility>

#include "storage/base/buffer.h"
#include "storage/base/check.h"
#include "storage/column/column.h"

namespace freshet {

template <class T>
struct KindOf;
#define FRESHET_KIND_OF(T, K)                                  \
  template <>                                                  \
  struct KindOf<T> {                                           \
    static constexpr PhysicalKind value = PhysicalKind::K;     \
  }
FRESHET_KIND_OF(uint8_t, U8);
FRESHET_KIND_OF(uint16_t, U16);
FRESHET_KIND_OF(uint32_t, U32);
FRESHET_KIND_OF(uint64_t, U64);
FRESHET_KIND_OF(int8_t, I8);
FRESHET_KIND_OF(int16_t, I16);
FRESHET_KIND_OF(int32_t, I32);
FRESHET_KIND_OF(int64_t, I64);
FRESHET_KIND_OF(Int128, I128);
FRESHET_KIND_OF(UInt128, U128);
FRESHET_KIND_OF(float, F32);
FRESHET_KIND_OF(double, F64);
#undef FRESHET_KIND_OF

template <class T>
class NumberColumn final : public Column {
 public:
  static constexpr PhysicalKind kKind = KindOf<T>::value;

  NumberColumn() : Column(kKind, ColumnForm::Flat) {}
  explicit NumberColumn(Buffer<T> values)
      : Column(kKind, ColumnForm::Flat), values_(std::move(values)) {}

  std::span<const T> values() const { return values_; }
  // For the owner, while it fills the column.
  Buffer<T>& mutable_values() { return values_; }

  size_t size() const override { return values_.size(); }
  size_t memory_bytes() const override { return values_.capacity() * sizeof(T); }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  Buffer<T> values_;
};

extern template class NumberColumn<uint8_t>;
extern template class NumberColumn<uint16_t>;
extern template class NumberColumn<uint32_t>;
extern template class NumberColumn<uint64_t>;
extern template class NumberColumn<int8_t>;
extern template class NumberColumn<int16_t>;
extern template class NumberColumn<int32_t>;
extern template class NumberColumn<int64_t>;
extern template class NumberColumn<Int128>;
extern template class NumberColumn<UInt128>;
extern template class NumberColumn<float>;
extern template class NumberColumn<double>;

// The values of a flat number column. Requires: `column` is a flat NumberColumn<T>.
template <class T>
std::span<const T> values_of(const Column& column) {
  CHECK(column.form() == ColumnForm::Flat && column.kind() == KindOf<T>::value);
  return static_cast<const NumberColumn<T>&>(column).values();
}

template <class T>
ColumnPtr make_number_column(Buffer<T> values) {
  return std::make_shared<NumberColumn<T>>(std::move(values));
}

inline bool is_number_kind(PhysicalKind kind) { return kind <= PhysicalKind::F64; }

// Calls `function.template operator()<T>()` with the cell type of a number kind and returns what it
// returns. Requires: is_number_kind(kind).
template <class Function>
decltype(auto) dispatch_number(PhysicalKind kind, Function&& function) {
  switch (kind) {
    case PhysicalKind::U8:
      return function.template operator()<uint8_t>();
    case PhysicalKind::U16:
      return function.template operator()<uint16_t>();
    case PhysicalKind::U32:
      return function.template operator()<uint32_t>();
    case PhysicalKind::U64:
      return function.template operator()<uint64_t>();
    case PhysicalKind::I8:
      return function.template operator()<int8_t>();
    case PhysicalKind::I16:
      return function.template operator()<int16_t>();
    case PhysicalKind::I32:
      return function.template operator()<int32_t>();
    case PhysicalKind::I64:
      return function.template operator()<int64_t>();
    case PhysicalKind::I128:
      return function.template operator()<Int128>();
    case PhysicalKind::U128:
      return function.template operator()<UInt128>();
    case PhysicalKind::F32:
      return function.template operator()<float>();
    default:
      CHECK(kind == PhysicalKind::F64);
      return function.template operator()<double>();
  }
}

}  // namespace freshet
