#include "query/function/kernel.h"

#include "query/function/number_conversion.h"

namespace freshet {

void check_argument_count(std::string_view function, FunctionArguments arguments, size_t min,
                          size_t max) {
  const size_t count = arguments.size();
  if (count >= min && count <= max) return;
  const std::string name = "function " + std::string(function);
  if (min == max) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Number of arguments for " + name + " doesn't match: it should be " +
                    std::to_string(min) + ", passed " + std::to_string(count));
  }
  if (count < min) {
    throw Error(ErrorCode::TooFewArgumentsForFunction,
                "Number of arguments for " + name + " should be at least " + std::to_string(min) +
                    ", passed " + std::to_string(count));
  }
  throw Error(ErrorCode::TooManyArgumentsForFunction,
              "Number of arguments for " + name + " should be at most " + std::to_string(max) +
                  ", passed " + std::to_string(count));
}

void throw_illegal_type(std::string_view function, FunctionArguments arguments, size_t index) {
  throw Error(ErrorCode::IllegalTypeOfArgument,
              "Illegal type of argument " + std::to_string(index + 1) + " of function " +
                  std::string(function) + ": " + arguments[index].type->name());
}

void throw_illegal_types(std::string_view function, FunctionArguments arguments) {
  std::string message = "Illegal types of arguments of function " + std::string(function) + ": ";
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) message += ", ";
    message += arguments[i].type->name();
  }
  throw Error(ErrorCode::IllegalTypeOfArgument, std::move(message));
}

DataTypePtr require_common_type(const std::vector<DataTypePtr>& types) {
  std::optional<DataTypePtr> found = common_type(types);
  if (found) return *found;
  std::string message = "There is no supertype for types ";
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) message += ", ";
    message += types[i]->name();
  }
  throw Error(ErrorCode::NoCommonType, std::move(message));
}

void check_string(std::string_view function, FunctionArguments arguments, size_t index) {
  if (!is_string_like(*arguments[index].type)) throw_illegal_type(function, arguments, index);
}

void check_integer(std::string_view function, FunctionArguments arguments, size_t index) {
  if (!is_integer(*arguments[index].type)) throw_illegal_type(function, arguments, index);
}

void check_number(std::string_view function, FunctionArguments arguments, size_t index) {
  if (!is_number(*arguments[index].type)) throw_illegal_type(function, arguments, index);
}

namespace {

const Column& constant_of(std::string_view function, FunctionArguments arguments, size_t index) {
  if (!arguments[index].constant) {
    throw Error(ErrorCode::IllegalColumn, "Argument " + std::to_string(index + 1) +
                                              " of function " + std::string(function) +
                                              " must be constant");
  }
  return flat_cells(*arguments[index].constant);
}

}  // namespace

std::string constant_string(std::string_view function, FunctionArguments arguments, size_t index) {
  check_string(function, arguments, index);
  return std::string(StringCells(constant_of(function, arguments, index))[0]);
}

int64_t constant_integer(std::string_view function, FunctionArguments arguments, size_t index) {
  check_integer(function, arguments, index);
  return IntegerCells(constant_of(function, arguments, index))[0];
}

IntegerCells::IntegerCells(const Column& column) : mask_(row_mask(column)) {
  const Column& cells = flat_cells(column);
  if (cells.kind() == PhysicalKind::I64) {
    values_ = values_of<int64_t>(cells).data();
    return;
  }
  Buffer<int64_t> converted(cells.size());
  convert_cells<int64_t>(cells, 0, cells.size(), converted.data());
  values_ = converted.data();
  converted_ = make_number_column<int64_t>(std::move(converted));
}

StringCells::StringCells(const Column& column) : mask_(row_mask(column)) {
  const Column& cells = flat_cells(column);
  if (cells.kind() == PhysicalKind::FixedString) {
    const auto& fixed = static_cast<const FixedStringColumn&>(cells);
    bytes_ = fixed.bytes().data();
    cell_bytes_ = fixed.cell_bytes();
    return;
  }
  CHECK(cells.kind() == PhysicalKind::String);
  const auto& strings = static_cast<const StringColumn&>(cells);
  offsets_ = strings.offsets().data();
  bytes_ = strings.bytes().data();
}

std::string_view unpadded(std::string_view cell) {
  while (!cell.empty() && cell.back() == '\0') cell.remove_suffix(1);
  return cell;
}

template <class T>
ColumnPtr as_numbers(const ColumnPtr& column) {
  if (column->kind() == KindOf<T>::value) return column;
  const Column& cells = flat_cells(*column);
  Buffer<T> out(cells.size());
  convert_cells<T>(cells, 0, cells.size(), out.data());
  ColumnPtr converted = make_number_column<T>(std::move(out));
  if (!is_constant(*column)) return converted;
  return std::make_shared<ConstantColumn>(std::move(converted), column->size());
}

template ColumnPtr as_numbers<uint8_t>(const ColumnPtr&);
template ColumnPtr as_numbers<uint16_t>(const ColumnPtr&);
template ColumnPtr as_numbers<uint32_t>(const ColumnPtr&);
template ColumnPtr as_numbers<uint64_t>(const ColumnPtr&);
template ColumnPtr as_numbers<int8_t>(const ColumnPtr&);
template ColumnPtr as_numbers<int16_t>(const ColumnPtr&);
template ColumnPtr as_numbers<int32_t>(const ColumnPtr&);
template ColumnPtr as_numbers<int64_t>(const ColumnPtr&);
template ColumnPtr as_numbers<Int128>(const ColumnPtr&);
template ColumnPtr as_numbers<UInt128>(const ColumnPtr&);
template ColumnPtr as_numbers<float>(const ColumnPtr&);
template ColumnPtr as_numbers<double>(const ColumnPtr&);

bool fits_in_nullable(const DataType& type) {
  return type.kind() != PhysicalKind::Array && type.kind() != PhysicalKind::Tuple &&
         type.id() != TypeId::AggregateFunction;
}

void merge_nulls(const NullableColumn& column, Buffer<uint8_t>& nulls) {
  if (!column.has_nulls()) return;
  const std::span<const uint8_t> flags = column.nulls();
  if (nulls.empty()) {
    nulls.assign(flags.begin(), flags.end());
    return;
  }
  for (size_t i = 0; i < flags.size(); ++i) nulls[i] |= flags[i];
}

ColumnPtr clear_rows(const ColumnPtr& cells, std::span<const uint8_t> nulls) {
  if (is_number_kind(cells->kind())) {
    return dispatch_number(cells->kind(), [&]<class T>() {
      const std::span<const T> values = values_of<T>(*cells);
      return make_numbers<T>(values.size(),
                             [&](size_t i) { return nulls[i] != 0 ? T{} : values[i]; });
    });
  }
  if (cells->kind() == PhysicalKind::String) {
    const StringCells strings(*cells);
    return make_strings(cells->size(), string_bytes(*cells, 0), [&](size_t i, Buffer<char>& out) {
      if (nulls[i] == 0) append_bytes(out, strings[i]);
    });
  }
  MutableColumnPtr out = cells->make_empty();
  for (size_t i = 0; i < nulls.size(); ++i) {
    if (nulls[i] != 0) {
      out->append_default(1);
    } else {
      out->append(*cells, i, 1);
    }
  }
  return out;
}

ColumnPtr make_nullable(const ColumnPtr& result, Buffer<uint8_t> nulls) {
  if (is_constant(*result) && nulls.empty()) {
    const ColumnPtr& cell = static_cast<const ConstantColumn&>(*result).cell();
    return std::make_shared<ConstantColumn>(make_nullable(cell, {}), result->size());
  }
  ColumnPtr cells = flat(result);
  if (cells->kind() == PhysicalKind::Nullable) {
    if (nulls.empty()) return cells;
    merge_nulls(static_cast<const NullableColumn&>(*cells), nulls);
    cells = static_cast<const NullableColumn&>(*cells).nested();
  }
  if (nulls.empty()) {
    nulls.assign(cells->size(), 0);
  } else {
    cells = clear_rows(cells, nulls);
  }
  return std::make_shared<NullableColumn>(std::move(cells), std::move(nulls));
}

ColumnPtr null_column(const DataType& type, size_t row_count) {
  return make_constant_column(type, Value(), row_count);
}

size_t string_bytes(const Column& column, size_t row_count) {
  const Column& cells = flat_cells(column);
  if (cells.kind() == PhysicalKind::String) {
    const size_t bytes = static_cast<const StringColumn&>(cells).bytes().size();
    return is_constant(column) ? bytes * row_count : bytes;
  }
  if (cells.kind() == PhysicalKind::FixedString) {
    return static_cast<const FixedStringColumn&>(cells).cell_bytes() * row_count;
  }
  return row_count * 8;
}

}  // namespace freshet
