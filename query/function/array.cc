// Arrays: making them, elements, search.
#include <algorithm>
#include <numeric>

#include "query/function/array_cells.h"
#include "query/function/branch.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

// array(a, b, ...): all as their common type.
BoundFunction bind_array(const FunctionContext& context, FunctionArguments arguments) {
  if (arguments.empty()) {
    const DataTypePtr type = array_type(simple_type(TypeId::Nothing));
    return {type, [type](std::span<const ColumnPtr>, size_t row_count) {
              return make_constant_column(*type, Value(ValueList{}), row_count);
            }};
  }
  std::vector<size_t> all(arguments.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const BranchTypes branches = unify_branches(context, arguments, all);
  return {array_type(branches.type),
          [branches](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const size_t width = columns.size();
            MutableColumnPtr elements = make_column(*branches.type);
            std::vector<ColumnPtr> cells;
            for (size_t i = 0; i < width; ++i) cells.push_back(branches.casts[i](columns[i]));
            for (size_t row = 0; row < row_count; ++row) {
              for (const ColumnPtr& cell : cells) elements->append(*cell, row, 1);
            }
            Buffer<uint32_t> offsets(row_count + 1);
            for (size_t row = 0; row <= row_count; ++row) {
              offsets[row] = static_cast<uint32_t>(row * width);
            }
            return std::make_shared<ArrayColumn>(std::move(elements), std::move(offsets));
          }};
}

// Where the element of a 1-based position is, from the end when negative; `none` outside.
size_t place_of(const ListCells& lists, size_t row, int64_t position, size_t none) {
  const auto size = static_cast<int64_t>(lists.size(row));
  if (position > 0 && position <= size) return lists.begin(row) + static_cast<size_t>(position) - 1;
  if (position < 0 && -position <= size) return lists.end(row) - static_cast<size_t>(-position);
  return none;
}

BoundFunction bind_map_element(const FunctionContext& context, FunctionArguments arguments) {
  const DataTypePtr& key = arguments[0].type->argument(0);
  const DataTypePtr& value = arguments[0].type->argument(1);
  const ColumnCast cast = make_cast(context, arguments[1].type, key).cast;
  return {value, [cast, value](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells maps(*columns[0]);
            const auto& pairs = static_cast<const TupleColumn&>(*maps.elements());
            const ColumnPtr wanted = cast(columns[1]);
            const size_t mask = row_mask(*wanted);
            const Column& keys = flat_cells(*wanted);
            // One more value stands for keys that are not there.
            const ColumnPtr values = join_cells(pairs.element(1), make_default_column(*value, 1));
            const auto none = static_cast<RowIndex>(values->size() - 1);
            Buffer<RowIndex> chosen(row_count, none);
            for (size_t row = 0; row < row_count; ++row) {
              for (uint32_t i = maps.begin(row); i < maps.end(row); ++i) {
                if (compare_cells(*pairs.element(0), i, keys, row & mask) != 0) continue;
                chosen[row] = i;
                break;
              }
            }
            return values->select(chosen);
          }};
}

BoundFunction bind_array_element(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "arrayElement";
  check_argument_count(kName, arguments, 2, 2);
  if (arguments[0].type->id() == TypeId::Map) return bind_map_element(context, arguments);
  const DataTypePtr element = element_of(kName, arguments, 0);
  check_integer(kName, arguments, 1);
  return {element, [element](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            const IntegerCells positions(*columns[1]);
            const size_t none = lists.elements()->size();
            Buffer<RowIndex> chosen(row_count);
            bool all_found = true;
            for (size_t row = 0; row < row_count; ++row) {
              const size_t place = place_of(lists, row, positions[row], none);
              chosen[row] = static_cast<RowIndex>(place);
              all_found &= place != none;
            }
            if (all_found) return lists.elements()->select(chosen);
            return join_cells(lists.elements(), make_default_column(*element, 1))->select(chosen);
          }};
}

// --- search

// The array's elements and the value in their common type.
struct ElementSearch {
  ColumnCast cast_array;
  ColumnCast cast_value;
};

ElementSearch bind_search(std::string_view name, const FunctionContext& context,
                          FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  const DataTypePtr& element = element_of(name, arguments, 0);
  const DataTypePtr type = require_common_type({element, arguments[1].type});
  return {make_cast(context, arguments[0].type, array_type(type)).cast,
          make_cast(context, arguments[1].type, type).cast};
}

// compute(lists, row, is_equal(index)) of every row.
template <class T, class Compute>
BoundFunction bind_element_search(std::string_view name, TypeId type,
                                  const FunctionContext& context, FunctionArguments arguments,
                                  Compute compute) {
  return {simple_type(type), [search = bind_search(name, context, arguments), compute](
                                 std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = search.cast_array(columns[0]);
            const ColumnPtr value = search.cast_value(columns[1]);
            const ListCells lists(*array);
            const Column& elements = *lists.elements();
            const Column& values = flat_cells(*value);
            const size_t mask = row_mask(*value);
            return make_numbers<T>(row_count, [&](size_t row) {
              return compute(lists, row, [&](uint32_t index) {
                return compare_cells(elements, index, values, row & mask) == 0;
              });
            });
          }};
}

// Whether a Map has the key.
BoundFunction bind_has_key(const FunctionContext& context, FunctionArguments arguments) {
  const ColumnCast cast =
      make_cast(context, arguments[1].type, arguments[0].type->argument(0)).cast;
  return {simple_type(TypeId::UInt8), [cast](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells maps(*columns[0]);
            const auto& pairs = static_cast<const TupleColumn&>(*maps.elements());
            const ColumnPtr wanted = cast(columns[1]);
            const Column& keys = flat_cells(*wanted);
            const size_t mask = row_mask(*wanted);
            return make_numbers<uint8_t>(row_count, [&](size_t row) {
              for (uint32_t i = maps.begin(row); i < maps.end(row); ++i) {
                if (compare_cells(*pairs.element(0), i, keys, row & mask) == 0) return true;
              }
              return false;
            });
          }};
}

BoundFunction bind_has(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("has", arguments, 2, 2);
  if (arguments[0].type->id() == TypeId::Map) return bind_has_key(context, arguments);
  return bind_element_search<uint8_t>("has", TypeId::UInt8, context, arguments,
                                      [](const ListCells& lists, size_t row, auto is_equal) {
                                        for (uint32_t i = lists.begin(row); i < lists.end(row);
                                             ++i) {
                                          if (is_equal(i)) return true;
                                        }
                                        return false;
                                      });
}

BoundFunction bind_index_of(const FunctionContext& context, FunctionArguments arguments) {
  return bind_element_search<uint64_t>(
      "indexOf", TypeId::UInt64, context, arguments,
      [](const ListCells& lists, size_t row, auto is_equal) -> uint64_t {
        for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
          if (is_equal(i)) return i - lists.begin(row) + 1;
        }
        return 0;
      });
}

BoundFunction bind_count_equal(const FunctionContext& context, FunctionArguments arguments) {
  return bind_element_search<uint64_t>("countEqual", TypeId::UInt64, context, arguments,
                                       [](const ListCells& lists, size_t row, auto is_equal) {
                                         uint64_t count = 0;
                                         for (uint32_t i = lists.begin(row); i < lists.end(row);
                                              ++i) {
                                           count += is_equal(i);
                                         }
                                         return count;
                                       });
}

enum class SetTest : uint8_t { Any, All, Substring };

struct TwoLists {
  const ListCells& a;
  const ListCells& b;
  size_t row;

  bool same(uint32_t i, uint32_t j) const {
    return compare_cells(*a.elements(), i, *b.elements(), j) == 0;
  }
  bool a_has(uint32_t j) const {
    for (uint32_t i = a.begin(row); i < a.end(row); ++i) {
      if (same(i, j)) return true;
    }
    return false;
  }
  bool holds(SetTest test) const {
    if (test == SetTest::Substring) return has_run();
    for (uint32_t j = b.begin(row); j < b.end(row); ++j) {
      if (a_has(j) == (test == SetTest::Any)) return test == SetTest::Any;
    }
    return test == SetTest::All;
  }
  bool has_run() const {
    const size_t size = b.size(row);
    for (uint32_t i = a.begin(row); i + size <= a.end(row); ++i) {
      uint32_t matched = 0;
      while (matched < size && same(i + matched, b.begin(row) + matched)) ++matched;
      if (matched == size) return true;
    }
    return false;
  }
};

BoundFunction bind_set_test(std::string_view name, SetTest test, const FunctionContext& context,
                            FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  element_of(name, arguments, 0);
  element_of(name, arguments, 1);
  const BranchTypes arrays = unify_branches(context, {arguments[0].type, arguments[1].type});
  return {simple_type(TypeId::UInt8),
          [test, arrays](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr first = arrays.casts[0](columns[0]);
            const ColumnPtr second = arrays.casts[1](columns[1]);
            const ListCells a(*first);
            const ListCells b(*second);
            return make_numbers<uint8_t>(row_count, [&](size_t row) {
              return TwoLists{a, b, row}.holds(test);
            });
          }};
}

BoundFunction bind_has_any(const FunctionContext& context, FunctionArguments arguments) {
  return bind_set_test("hasAny", SetTest::Any, context, arguments);
}

BoundFunction bind_has_all(const FunctionContext& context, FunctionArguments arguments) {
  return bind_set_test("hasAll", SetTest::All, context, arguments);
}

BoundFunction bind_has_substr(const FunctionContext& context, FunctionArguments arguments) {
  return bind_set_test("hasSubstr", SetTest::Substring, context, arguments);
}

// --- made from numbers

// Elements of one row's range; more than this is a mistake.
constexpr uint64_t kRangeElementsMax = 500'000'000;

struct Range {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;

  uint64_t size() const {
    if (step > 0 && end > start) {
      const uint64_t span = static_cast<uint64_t>(end) - static_cast<uint64_t>(start);
      return (span - 1) / static_cast<uint64_t>(step) + 1;
    }
    if (step < 0 && end < start) {
      const uint64_t span = static_cast<uint64_t>(start) - static_cast<uint64_t>(end);
      return (span - 1) / (0 - static_cast<uint64_t>(step)) + 1;
    }
    return 0;
  }
};

// range([start, ]end[, step]).
BoundFunction bind_range(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("range", arguments, 1, 3);
  std::vector<DataTypePtr> types;
  for (size_t i = 0; i < arguments.size(); ++i) {
    check_integer("range", arguments, i);
    types.push_back(arguments[i].type);
  }
  const DataTypePtr element = require_common_type(types);
  return {
      array_type(element),
      [kind = element->kind()](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
        std::vector<IntegerCells> cells;
        for (const ColumnPtr& column : columns) cells.emplace_back(*column);
        Buffer<int64_t> elements;
        Buffer<uint32_t> offsets(1, 0);
        for (size_t row = 0; row < row_count; ++row) {
          Range range;
          if (cells.size() > 1) range.start = cells[0][row];
          range.end = cells[cells.size() > 1 ? 1 : 0][row];
          if (cells.size() > 2) range.step = cells[2][row];
          if (range.step == 0) {
            throw Error(ErrorCode::ArgumentOutOfBound, "The step of range must not be 0");
          }
          const uint64_t size = range.size();
          if (size + elements.size() > kRangeElementsMax) {
            throw Error(ErrorCode::ArgumentOutOfBound,
                        "A range is too long: " + std::to_string(size));
          }
          for (uint64_t i = 0; i < size; ++i) {
            elements.push_back(range.start + static_cast<int64_t>(i) * range.step);
          }
          offsets.push_back(static_cast<uint32_t>(elements.size()));
        }
        const ColumnPtr numbers = make_number_column<int64_t>(std::move(elements));
        return std::make_shared<ArrayColumn>(
            dispatch_native(kind, [&]<class T>() { return as_numbers<T>(numbers); }),
            std::move(offsets));
      }};
}

BoundFunction bind_array_with_constant(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "arrayWithConstant";
  check_argument_count(kName, arguments, 2, 2);
  check_integer(kName, arguments, 0);
  return {array_type(arguments[1].type), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells counts(*columns[0]);
            return choose_elements(flat(columns[1]), row_count, [&](size_t row, auto& chosen) {
              const int64_t count = counts[row];
              if (count < 0 || static_cast<uint64_t>(count) > kRangeElementsMax) {
                throw Error(ErrorCode::TooLargeArraySize,
                            "Size of an array out of range: " + std::to_string(count));
              }
              chosen.insert(chosen.end(), static_cast<size_t>(count), static_cast<RowIndex>(row));
            });
          }};
}

#define ARRAY(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                 \
  {                                                                               \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,   \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Arrays", \
    .nulls = NullPolicy::Handle                                                   \
  }

constexpr FunctionEntry kArrayFunctions[] = {
    ARRAY("array", bind_array, "array(x, ...)", "An array of the arguments.", "[1, 2, 300]",
          "[1,2,300]"),
    {.name = "arrayElement",
     .bind = bind_array_element,
     .syntax = "arrayElement(array, n)",
     .description = "The n-th element, from the end when negative; the value of a map's key.",
     .example = "SELECT [7, 8, 9][2], [7, 8, 9][-1], map('a', 1)['a']",
     .example_result = "8\t9\t1",
     .category = "Arrays"},
    ARRAY("has", bind_has, "has(array, x)", "1 when the array has the element, the map the key.",
          "has([1, 2], 2), has([1, 2], 3)", "1\t0"),
    ARRAY("indexOf", bind_index_of, "indexOf(array, x)",
          "The place of the first such element, from 1; 0 when there is none.",
          "indexOf([5, 6, 6], 6)", "2"),
    ARRAY("countEqual", bind_count_equal, "countEqual(array, x)", "How many elements equal x.",
          "countEqual([5, 6, 6], 6)", "2"),
    ARRAY("hasAny", bind_has_any, "hasAny(array, other)",
          "1 when the arrays have an element in common.", "hasAny([1, 2], [2, 3])", "1"),
    ARRAY("hasAll", bind_has_all, "hasAll(array, other)",
          "1 when the array has all elements of the other.", "hasAll([1, 2], [2, 3])", "0"),
    ARRAY("hasSubstr", bind_has_substr, "hasSubstr(array, other)",
          "1 when the other's elements are in the array, in a row.", "hasSubstr([1, 2, 3], [2, 3])",
          "1"),
    ARRAY("range", bind_range, "range([start, ]end[, step])",
          "Numbers from start, 0 when not said, up to end, which is left out.",
          "range(3), range(5, 0, -2)", "[0,1,2]\t[5,3,1]"),
    ARRAY("arrayWithConstant", bind_array_with_constant, "arrayWithConstant(n, x)",
          "An array of x, n times.", "arrayWithConstant(3, 'a')", "['a','a','a']"),
};
#undef ARRAY

}  // namespace

std::span<const FunctionEntry> array_functions() { return kArrayFunctions; }

}  // namespace freshet
