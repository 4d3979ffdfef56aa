// Arrays as numbers: counts, sums, extremes, running sums.
#include <algorithm>
#include <unordered_map>

#include "query/function/arithmetic_types.h"
#include "query/function/array_cells.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

// Arguments of functions that take a lambda or not: what counts is the first array, which holds
// the lambda's results when there is a lambda.
void check_optional_lambda(std::string_view name, FunctionArguments arguments) {
  const bool is_lambda = !arguments.empty() && arguments[0].is_lambda;
  check_argument_count(name, arguments, is_lambda ? 2 : 1, is_lambda ? ~size_t{0} : 1);
  for (size_t i = 0; i < arguments.size(); ++i) element_of(name, arguments, i);
}

// --- truth of elements

// compute(truth, begin, end) of every row, on the elements as 0 or 1.
template <class T, class Compute>
BoundFunction bind_truth(std::string_view name, TypeId type, FunctionArguments arguments,
                         Compute compute) {
  check_optional_lambda(name, arguments);
  const DataTypePtr bare = without_nullable(element_of(name, arguments, 0));
  if (!is_integer(*bare) && !is_float(*bare) && bare->id() != TypeId::Nothing) {
    throw_illegal_type(name, arguments, 0);
  }
  return {simple_type(type), [compute](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            const Buffer<uint8_t> truth = element_truth(*lists.elements());
            return make_numbers<T>(row_count, [&](size_t row) {
              return compute(truth.data() + lists.begin(row), lists.size(row));
            });
          }};
}

BoundFunction bind_array_count(const FunctionContext&, FunctionArguments arguments) {
  return bind_truth<uint32_t>("arrayCount", TypeId::UInt32, arguments,
                              [](const uint8_t* truth, size_t size) {
                                return std::count(truth, truth + size, uint8_t{1});
                              });
}

BoundFunction bind_exists(const FunctionContext&, FunctionArguments arguments) {
  return bind_truth<uint8_t>("arrayExists", TypeId::UInt8, arguments,
                             [](const uint8_t* truth, size_t size) {
                               return std::find(truth, truth + size, uint8_t{1}) != truth + size;
                             });
}

BoundFunction bind_all(const FunctionContext&, FunctionArguments arguments) {
  return bind_truth<uint8_t>("arrayAll", TypeId::UInt8, arguments,
                             [](const uint8_t* truth, size_t size) {
                               return std::find(truth, truth + size, uint8_t{0}) == truth + size;
                             });
}

BoundFunction bind_first_index(const FunctionContext&, FunctionArguments arguments) {
  return bind_truth<uint32_t>("arrayFirstIndex", TypeId::UInt32, arguments,
                              [](const uint8_t* truth, size_t size) -> std::ptrdiff_t {
                                const uint8_t* found = std::find(truth, truth + size, uint8_t{1});
                                return found == truth + size ? 0 : found - truth + 1;
                              });
}

BoundFunction bind_last_index(const FunctionContext&, FunctionArguments arguments) {
  return bind_truth<uint32_t>("arrayLastIndex", TypeId::UInt32, arguments,
                              [](const uint8_t* truth, size_t size) {
                                while (size > 0 && truth[size - 1] == 0) --size;
                                return size;
                              });
}

// --- sums

// The widest type of the element's family.
DataTypePtr widest_type(std::string_view name, FunctionArguments arguments) {
  const DataTypePtr& element = element_of(name, arguments, 0);
  if (element->id() == TypeId::Decimal) return decimal_type(38, element->scale());
  if (is_float(*element)) return simple_type(TypeId::Float64);
  if (element->id() == TypeId::Nothing) return simple_type(TypeId::UInt64);
  if (!is_integer(*element)) throw_illegal_type(name, arguments, 0);
  return simple_type(is_unsigned_integer(*element) ? TypeId::UInt64 : TypeId::Int64);
}

// The elements of argument 0 cast to a number type of kind T, for each of the kinds that sums have.
template <class Function>
ColumnPtr dispatch_wide(PhysicalKind kind, Function&& function) {
  switch (kind) {
    case PhysicalKind::U64:
      return function.template operator()<uint64_t>();
    case PhysicalKind::I64:
      return function.template operator()<int64_t>();
    case PhysicalKind::I128:
      return function.template operator()<Int128>();
    default:
      return function.template operator()<double>();
  }
}

// Wrapping, as ClickHouse's sums are.
template <class T>
T add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using Bits = std::conditional_t<sizeof(T) == 16, UInt128, uint64_t>;
    return static_cast<T>(static_cast<Bits>(a) + static_cast<Bits>(b));
  }
}

BoundFunction bind_sum(const FunctionContext& context, FunctionArguments arguments) {
  check_optional_lambda("arraySum", arguments);
  const DataTypePtr type = widest_type("arraySum", arguments);
  const ColumnCast cast = make_cast(context, arguments[0].type, array_type(type)).cast;
  return {type, [cast, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = cast(columns[0]);
            const ListCells lists(*array);
            return dispatch_wide(kind, [&]<class T>() {
              const std::span<const T> values = values_of<T>(*lists.elements());
              return make_numbers<T>(row_count, [&](size_t row) {
                T sum{};
                for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                  sum = add(sum, values[i]);
                }
                return sum;
              });
            });
          }};
}

// compute(values, size) -> double of every row, on the elements as doubles.
template <class Compute>
BoundFunction bind_double(std::string_view name, const FunctionContext& context,
                          FunctionArguments arguments, Compute compute) {
  check_optional_lambda(name, arguments);
  widest_type(name, arguments);
  const DataTypePtr type = simple_type(TypeId::Float64);
  const ColumnCast cast = make_cast(context, arguments[0].type, array_type(type)).cast;
  return {type, [cast, compute](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = cast(columns[0]);
            const ListCells lists(*array);
            const double* values = values_of<double>(*lists.elements()).data();
            return make_numbers<double>(row_count, [&](size_t row) {
              return compute(values + lists.begin(row), lists.size(row));
            });
          }};
}

BoundFunction bind_average(const FunctionContext& context, FunctionArguments arguments) {
  return bind_double("arrayAvg", context, arguments, [](const double* values, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; ++i) sum += values[i];
    return size == 0 ? 0 : sum / static_cast<double>(size);
  });
}

BoundFunction bind_product(const FunctionContext& context, FunctionArguments arguments) {
  return bind_double("arrayProduct", context, arguments, [](const double* values, size_t size) {
    double product = 1;
    for (size_t i = 0; i < size; ++i) product *= values[i];
    return product;
  });
}

// One number per element: compute(previous result, value, is first).
template <class Compute>
BoundFunction bind_running(const DataTypePtr& type, const DataTypePtr& result_type,
                           const FunctionContext& context, FunctionArguments arguments,
                           Compute compute) {
  const ColumnCast cast = make_cast(context, arguments[0].type, array_type(type)).cast;
  const ColumnCast cast_result = make_cast(context, type, result_type).cast;
  return {
      array_type(result_type),
      [=, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
        const ColumnPtr array = flat(cast(columns[0]));
        const ListCells lists(*array);
        const auto offsets = static_cast<const ArrayColumn&>(*array).offsets();
        const ColumnPtr results = dispatch_wide(kind, [&]<class T>() {
          const std::span<const T> values = values_of<T>(*lists.elements());
          Buffer<T> out(values.size());
          for (size_t row = 0; row < row_count; ++row) {
            for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
              const bool first = i == lists.begin(row);
              out[i] =
                  compute(first ? T{} : out[i - 1], first ? values[i] : values[i - 1], values[i]);
            }
          }
          return make_number_column<T>(std::move(out));
        });
        return std::make_shared<ArrayColumn>(cast_result(results),
                                             Buffer<uint32_t>(offsets.begin(), offsets.end()));
      }};
}

BoundFunction bind_running_sum(const FunctionContext& context, FunctionArguments arguments) {
  check_optional_lambda("arrayCumSum", arguments);
  const DataTypePtr type = widest_type("arrayCumSum", arguments);
  return bind_running(type, type, context, arguments,
                      [](auto sum, auto, auto value) { return add(sum, value); });
}

BoundFunction bind_difference(const FunctionContext& context, FunctionArguments arguments) {
  check_optional_lambda("arrayDifference", arguments);
  DataTypePtr type = widest_type("arrayDifference", arguments);
  const DataTypePtr& element = element_of("arrayDifference", arguments, 0);
  const bool is_native = is_integer(*element) || is_float(*element);
  if (type->id() == TypeId::UInt64) type = simple_type(TypeId::Int64);
  const DataTypePtr result_type = is_native ? difference_type(*element, *element) : type;
  return bind_running(type, result_type, context, arguments,
                      [](auto, auto previous, auto value) { return value - previous; });
}

// --- extremes

BoundFunction bind_extreme(std::string_view name, bool greatest, FunctionArguments arguments) {
  check_optional_lambda(name, arguments);
  const DataTypePtr element = element_of(name, arguments, 0);
  return {element, [element, greatest](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            const Column& elements = *lists.elements();
            const ColumnPtr all = join_cells(lists.elements(), make_default_column(*element, 1));
            const auto none = static_cast<RowIndex>(all->size() - 1);
            std::span<const uint8_t> nulls;
            if (element->is_nullable())
              nulls = static_cast<const NullableColumn&>(elements).nulls();
            Buffer<RowIndex> chosen(row_count, none);
            for (size_t row = 0; row < row_count; ++row) {
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                if (!nulls.empty() && nulls[i] != 0) continue;
                if (chosen[row] == none) {
                  chosen[row] = i;
                  continue;
                }
                const int order = compare_cells(elements, i, elements, chosen[row]);
                if (greatest ? order > 0 : order < 0) chosen[row] = i;
              }
            }
            return all->select(chosen);
          }};
}

BoundFunction bind_min(const FunctionContext&, FunctionArguments arguments) {
  return bind_extreme("arrayMin", false, arguments);
}

BoundFunction bind_max(const FunctionContext&, FunctionArguments arguments) {
  return bind_extreme("arrayMax", true, arguments);
}

// --- numbers of elements

BoundFunction bind_uniq(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayUniq", arguments, 1, ~size_t{0});
  for (size_t i = 0; i < arguments.size(); ++i) element_of("arrayUniq", arguments, i);
  return {simple_type(TypeId::UInt32), [](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> arrays;
            std::vector<ListCells> lists;
            std::vector<Buffer<uint64_t>> hashes(columns.size());
            for (size_t i = 0; i < columns.size(); ++i) {
              lists.emplace_back(*columns[i]);
              hash_rows(std::span(&lists[i].elements(), 1), lists[i].elements()->size(), hashes[i]);
            }
            return make_numbers<uint32_t>(row_count, [&](size_t row) {
              std::unordered_multimap<uint64_t, uint32_t> seen;
              const size_t size = lists[0].size(row);
              for (uint32_t place = 0; place < size; ++place) {
                uint64_t hash = 0;
                for (size_t i = 0; i < lists.size(); ++i) {
                  if (lists[i].size(row) != size) {
                    throw Error(ErrorCode::BadArguments,
                                "The arrays of arrayUniq must be of one "
                                "length");
                  }
                  hash = hash * 31 + hashes[i][lists[i].begin(row) + place];
                }
                const auto [begin, end] = seen.equal_range(hash);
                const bool known = std::any_of(begin, end, [&](const auto& other) {
                  return std::all_of(lists.begin(), lists.end(), [&](const ListCells& list) {
                    return compare_cells(*list.elements(), list.begin(row) + place,
                                         *list.elements(), list.begin(row) + other.second) == 0;
                  });
                });
                if (!known) seen.emplace(hash, place);
              }
              return seen.size();
            });
          }};
}

BoundFunction bind_enumerate(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayEnumerate", arguments, 1, 1);
  element_of("arrayEnumerate", arguments, 0);
  return {array_type(simple_type(TypeId::UInt32)),
          [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const ListCells lists(*columns[0]);
            Buffer<uint32_t> numbers;
            Buffer<uint32_t> offsets(1, 0);
            for (size_t row = 0; row < row_count; ++row) {
              for (uint32_t i = 0; i < lists.size(row); ++i) numbers.push_back(i + 1);
              offsets.push_back(static_cast<uint32_t>(numbers.size()));
            }
            return std::make_shared<ArrayColumn>(make_number_column<uint32_t>(std::move(numbers)),
                                                 std::move(offsets));
          }};
}

#define ARRAY(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                 \
  {                                                                               \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,   \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Arrays", \
    .nulls = NullPolicy::Handle                                                   \
  }

constexpr FunctionEntry kArrayNumberFunctions[] = {
    ARRAY("arrayCount", bind_array_count, "arrayCount([x -> condition, ]array, ...)",
          "How many elements are true, or the lambda is true for.",
          "arrayCount(x -> x > 1, [1, 2, 3])", "2"),
    ARRAY("arrayExists", bind_exists, "arrayExists([x -> condition, ]array, ...)",
          "1 when any element is true, or the lambda is true for it.",
          "arrayExists(x -> x = 2, [1, 2, 3])", "1"),
    ARRAY("arrayAll", bind_all, "arrayAll([x -> condition, ]array, ...)",
          "1 when all elements are true, or the lambda is true for them.",
          "arrayAll(x -> x > 1, [1, 2, 3])", "0"),
    ARRAY("arrayFirstIndex", bind_first_index, "arrayFirstIndex(x -> condition, array, ...)",
          "The place of the first element that the lambda is true for, from 1; 0 when none is.",
          "arrayFirstIndex(x -> x > 1, [1, 2, 3])", "2"),
    ARRAY("arrayLastIndex", bind_last_index, "arrayLastIndex(x -> condition, array, ...)",
          "The place of the last element that the lambda is true for, from 1; 0 when none is.",
          "arrayLastIndex(x -> x > 1, [1, 2, 3])", "3"),
    ARRAY("arraySum", bind_sum, "arraySum([x -> f, ]array, ...)",
          "The sum of the elements, or of what the lambda makes of them.",
          "arraySum([1, 2, 3]), arraySum(x -> x * x, [1, 2, 3])", "6\t14"),
    ARRAY("arrayAvg", bind_average, "arrayAvg([x -> f, ]array, ...)",
          "The mean of the elements, or of what the lambda makes of them.", "arrayAvg([1, 2])",
          "1.5"),
    ARRAY("arrayProduct", bind_product, "arrayProduct([x -> f, ]array, ...)",
          "The product of the elements, or of what the lambda makes of them.",
          "arrayProduct([2, 3])", "6"),
    ARRAY("arrayMin", bind_min, "arrayMin([x -> f, ]array, ...)",
          "The least element, or the least of what the lambda makes of them.",
          "arrayMin([3, 1, 2])", "1"),
    ARRAY("arrayMax", bind_max, "arrayMax([x -> f, ]array, ...)",
          "The greatest element, or the greatest of what the lambda makes of them.",
          "arrayMax([3, 1, 2])", "3"),
    ARRAY("arrayCumSum", bind_running_sum, "arrayCumSum([x -> f, ]array, ...)",
          "For each element the sum up to it.", "arrayCumSum([1, 2, 3])", "[1,3,6]"),
    ARRAY("arrayDifference", bind_difference, "arrayDifference([x -> f, ]array, ...)",
          "For each element what it is more than the one before.", "arrayDifference([1, 3, 6])",
          "[0,2,3]"),
    ARRAY("arrayUniq", bind_uniq, "arrayUniq(array, ...)",
          "How many different elements, or tuples of elements of several arrays, there are.",
          "arrayUniq([1, 2, 1])", "2"),
    ARRAY("arrayEnumerate", bind_enumerate, "arrayEnumerate(array)",
          "The places of the elements, from 1.", "arrayEnumerate([5, 6])", "[1,2]"),
};
#undef ARRAY

}  // namespace

std::span<const FunctionEntry> array_number_functions() { return kArrayNumberFunctions; }

}  // namespace freshet
