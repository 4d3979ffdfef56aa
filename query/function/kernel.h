// What bind functions and kernels are made of: checks of arguments, views of cells, results.
//
// Kernels see columns that are Flat or Constant. A view reads both alike: cell `row` is at
// `row & mask`, and the mask of a Constant is 0. Loops worth vectorising split the two instead.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "query/function/function.h"
#include "storage/base/error.h"
#include "storage/base/short_bytes.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

// --- checks of arguments, for bind functions

// Throws TooFewArgumentsForFunction, TooManyArgumentsForFunction or, when min == max,
// NumberOfArgumentsDoesntMatch.
void check_argument_count(std::string_view function, FunctionArguments arguments, size_t min,
                          size_t max);
[[noreturn]] void throw_illegal_type(std::string_view function, FunctionArguments arguments,
                                     size_t index);
[[noreturn]] void throw_illegal_types(std::string_view function, FunctionArguments arguments);
// The types' common type, or NoCommonType.
DataTypePtr require_common_type(const std::vector<DataTypePtr>& types);

void check_string(std::string_view function, FunctionArguments arguments, size_t index);
void check_integer(std::string_view function, FunctionArguments arguments, size_t index);
void check_number(std::string_view function, FunctionArguments arguments, size_t index);

// The constant of an argument; throws IllegalColumn when it is not constant, IllegalTypeOfArgument
// when it is of another type.
std::string constant_string(std::string_view function, FunctionArguments arguments, size_t index);
int64_t constant_integer(std::string_view function, FunctionArguments arguments, size_t index);

// --- kinds

// Like dispatch_number, for the kinds that SQL's integers and floats have: no 128-bit ones.
template <class Function>
decltype(auto) dispatch_native(PhysicalKind kind, Function&& function) {
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
    case PhysicalKind::F32:
      return function.template operator()<float>();
    default:
      CHECK(kind == PhysicalKind::F64);
      return function.template operator()<double>();
  }
}

// The kinds that store a Decimal.
template <class Function>
decltype(auto) dispatch_decimal(PhysicalKind kind, Function&& function) {
  if (kind == PhysicalKind::I32) return function.template operator()<int32_t>();
  if (kind == PhysicalKind::I64) return function.template operator()<int64_t>();
  CHECK(kind == PhysicalKind::I128);
  return function.template operator()<Int128>();
}

// --- views of cells, for kernels

// The one cell of a Constant, else the column itself.
inline const Column& flat_cells(const Column& column) {
  return column.form() == ColumnForm::Constant ? *static_cast<const ConstantColumn&>(column).cell()
                                               : column;
}
inline bool is_constant(const Column& column) { return column.form() == ColumnForm::Constant; }
inline size_t row_mask(const Column& column) { return is_constant(column) ? 0 : ~size_t{0}; }

// Cells of a number column of kind T.
template <class T>
class NumberCells {
 public:
  explicit NumberCells(const Column& column)
      : values_(values_of<T>(flat_cells(column)).data()), mask_(row_mask(column)) {}
  T operator[](size_t row) const { return values_[row & mask_]; }

 private:
  const T* values_;
  size_t mask_;
};

// Integers and Bool of any width, as int64_t (a UInt64 keeps its bits).
class IntegerCells {
 public:
  explicit IntegerCells(const Column& column);
  int64_t operator[](size_t row) const { return values_[row & mask_]; }

 private:
  ColumnPtr converted_;
  const int64_t* values_;
  size_t mask_;
};

// Cells of a String or FixedString column; FixedString cells have all their bytes.
class StringCells {
 public:
  explicit StringCells(const Column& column);
  std::string_view operator[](size_t row) const {
    row &= mask_;
    if (offsets_ != nullptr) {
      return {bytes_ + offsets_[row], offsets_[row + 1] - offsets_[row]};
    }
    return {bytes_ + row * cell_bytes_, cell_bytes_};
  }

 private:
  const uint32_t* offsets_ = nullptr;  // null: FixedString
  const char* bytes_ = nullptr;
  size_t cell_bytes_ = 0;
  size_t mask_;
};

// --- results

// Number cells computed from the row index.
template <class T, class Compute>
ColumnPtr make_numbers(size_t row_count, Compute&& compute) {
  Buffer<T> out(row_count);
  for (size_t i = 0; i < row_count; ++i) out[i] = static_cast<T>(compute(i));
  return make_number_column<T>(std::move(out));
}

// `cell` without the zero bytes that pad a FixedString.
std::string_view unpadded(std::string_view cell);

// String cells, each appended by write(row, bytes).
template <class Write>
ColumnPtr make_strings(size_t row_count, size_t bytes_guess, Write&& write) {
  auto out = std::make_shared<StringColumn>();
  out->reserve(row_count, bytes_guess);
  for (size_t i = 0; i < row_count; ++i) {
    write(i, out->mutable_bytes());
    out->close_cell();
  }
  return out;
}

// The column as cells of T: itself when it is of that kind, else converted as static_cast does.
// Keeps the form. Requires: a number column, Flat or Constant.
template <class T>
ColumnPtr as_numbers(const ColumnPtr& column);

// `result` as a Nullable column, Flat or Constant, in which the rows of `nulls` are NULL besides
// those that are already; `nulls` empty: no more. NULL rows get the default cell.
ColumnPtr make_nullable(const ColumnPtr& result, Buffer<uint8_t> nulls);
// ORs the NULL flags of `column` into `nulls`, which is empty while there was no NULL yet.
void merge_nulls(const NullableColumn& column, Buffer<uint8_t>& nulls);
// `cells`, flat, with the default in the rows of `nulls`.
ColumnPtr clear_rows(const ColumnPtr& cells, std::span<const uint8_t> nulls);
// `row_count` NULLs of a Nullable type.
ColumnPtr null_column(const DataType& type, size_t row_count);
// Whether Nullable(type) is a type.
bool fits_in_nullable(const DataType& type);

// Bytes of all cells, to guess the size of a result.
size_t string_bytes(const Column& column, size_t row_count);

}  // namespace freshet
