// Arrays made of the elements of arrays: slices, orders, sets, and what lambdas choose.
#include <algorithm>
#include <unordered_map>

#include "query/function/array_cells.h"
#include "query/function/branch.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

using Chosen = Buffer<RowIndex>;

// f(array) -> array of some of its elements: choose(lists, row, chosen).
template <class Choose>
BoundFunction bind_choice(std::string_view name, FunctionArguments arguments, Choose choose) {
  check_argument_count(name, arguments, 1, 1);
  element_of(name, arguments, 0);
  return {arguments[0].type, [choose](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            return choose_elements(lists.elements(), row_count,
                                   [&](size_t row, Chosen& chosen) { choose(lists, row, chosen); });
          }};
}

void append_range(uint32_t begin, uint32_t end, Chosen& chosen) {
  for (uint32_t i = begin; i < end; ++i) chosen.push_back(i);
}

BoundFunction bind_reverse(const FunctionContext&, FunctionArguments arguments) {
  return bind_choice("arrayReverse", arguments,
                     [](const ListCells& lists, size_t row, Chosen& chosen) {
                       for (uint32_t i = lists.end(row); i > lists.begin(row); --i) {
                         chosen.push_back(i - 1);
                       }
                     });
}

BoundFunction bind_pop_back(const FunctionContext&, FunctionArguments arguments) {
  return bind_choice("arrayPopBack", arguments,
                     [](const ListCells& lists, size_t row, Chosen& chosen) {
                       if (lists.size(row) == 0) return;
                       append_range(lists.begin(row), lists.end(row) - 1, chosen);
                     });
}

BoundFunction bind_pop_front(const FunctionContext&, FunctionArguments arguments) {
  return bind_choice("arrayPopFront", arguments,
                     [](const ListCells& lists, size_t row, Chosen& chosen) {
                       append_range(lists.begin(row) + 1, lists.end(row), chosen);
                     });
}

BoundFunction bind_compact(const FunctionContext&, FunctionArguments arguments) {
  return bind_choice(
      "arrayCompact", arguments, [](const ListCells& lists, size_t row, Chosen& chosen) {
        const Column& elements = *lists.elements();
        for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
          const bool repeats =
              i > lists.begin(row) && compare_cells(elements, i - 1, elements, i) == 0;
          if (!repeats) chosen.push_back(i);
        }
      });
}

// Elements in order; equal ones stay as they were.
void append_sorted(const Column& keys, uint32_t begin, uint32_t end, bool descending,
                   Chosen& chosen) {
  const size_t first = chosen.size();
  append_range(begin, end, chosen);
  // NULLs stay at the end in either direction.
  const auto is_null = [&](RowIndex row) {
    return keys.kind() == PhysicalKind::Nullable &&
           static_cast<const NullableColumn&>(keys).nulls()[row] != 0;
  };
  std::stable_sort(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end(),
                   [&](RowIndex a, RowIndex b) {
                     if (is_null(a) || is_null(b)) return !is_null(a) && is_null(b);
                     const int order = compare_cells(keys, a, keys, b);
                     return descending ? order > 0 : order < 0;
                   });
}

// arraySort([keys lambda, ]array, ...).
BoundFunction bind_sort(std::string_view name, bool descending, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, ~size_t{0});
  const bool by_keys = arguments[0].is_lambda;
  if (!by_keys) check_argument_count(name, arguments, 1, 1);
  const size_t array = by_keys ? 1 : 0;
  element_of(name, arguments, array);
  return {arguments[array].type,
          [array, descending](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[array]);
            const ListCells keys(*columns[0]);
            return choose_elements(lists.elements(), row_count, [&](size_t row, Chosen& chosen) {
              append_sorted(*keys.elements(), lists.begin(row), lists.end(row), descending, chosen);
            });
          }};
}

BoundFunction bind_sort_ascending(const FunctionContext&, FunctionArguments arguments) {
  return bind_sort("arraySort", false, arguments);
}

BoundFunction bind_sort_descending(const FunctionContext&, FunctionArguments arguments) {
  return bind_sort("arrayReverseSort", true, arguments);
}

// --- parts

// arraySlice(array, offset[, length]), as substring counts.
BoundFunction bind_slice(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arraySlice", arguments, 2, 3);
  element_of("arraySlice", arguments, 0);
  for (size_t i = 1; i < arguments.size(); ++i) check_integer("arraySlice", arguments, i);
  return {arguments[0].type, [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            const IntegerCells offsets(*columns[1]);
            std::optional<IntegerCells> lengths;
            if (columns.size() > 2) lengths.emplace(*columns[2]);
            return choose_elements(lists.elements(), row_count, [&](size_t row, Chosen& chosen) {
              const auto size = static_cast<int64_t>(lists.size(row));
              const int64_t offset = offsets[row];
              if (offset == 0) return;
              int64_t begin = offset > 0 ? offset - 1 : size + offset;
              int64_t end = size;
              if (lengths) {
                const int64_t length = (*lengths)[row];
                end = length < 0 ? size + length : begin > size - length ? size : begin + length;
              }
              begin = std::max<int64_t>(begin, 0);
              if (begin >= end) return;
              append_range(lists.begin(row) + static_cast<uint32_t>(begin),
                           lists.begin(row) + static_cast<uint32_t>(end), chosen);
            });
          }};
}

// arrayResize(array, size[, filler]): a negative size keeps, and fills, the front.
BoundFunction bind_resize(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "arrayResize";
  constexpr int64_t kSizeMax = 1 << 30;
  check_argument_count(kName, arguments, 2, 3);
  const DataTypePtr& own = element_of(kName, arguments, 0);
  check_integer(kName, arguments, 1);
  const bool has_filler = arguments.size() > 2;
  const DataTypePtr element = has_filler ? require_common_type({own, arguments[2].type}) : own;
  const ColumnCast cast = make_cast(context, arguments[0].type, array_type(element)).cast;
  const ColumnCast cast_filler =
      make_cast(context, has_filler ? arguments[2].type : element, element).cast;
  return {array_type(element), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = cast(columns[0]);
            const ListCells lists(*array);
            const IntegerCells sizes(*columns[1]);
            const ColumnPtr filler =
                has_filler ? cast_filler(columns[2]) : make_default_column(*element, row_count);
            const size_t own_count = lists.elements()->size();
            const ColumnPtr all = join_cells(lists.elements(), flat(filler));
            return choose_elements(all, row_count, [&](size_t row, Chosen& chosen) {
              const int64_t size = sizes[row];
              if (size > kSizeMax || size < -kSizeMax) {
                throw Error(ErrorCode::TooLargeArraySize,
                            "Size of an array out of range: " + std::to_string(size));
              }
              const auto wanted = static_cast<size_t>(size < 0 ? -size : size);
              const size_t kept = std::min(wanted, lists.size(row));
              const auto fill = static_cast<RowIndex>(own_count + row);
              if (size < 0) chosen.insert(chosen.end(), wanted - kept, fill);
              const uint32_t begin =
                  size < 0 ? lists.end(row) - static_cast<uint32_t>(kept) : lists.begin(row);
              append_range(begin, begin + static_cast<uint32_t>(kept), chosen);
              if (size >= 0) chosen.insert(chosen.end(), wanted - kept, fill);
            });
          }};
}

template <bool kFront>
BoundFunction bind_push(std::string_view name, const FunctionContext& context,
                        FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  const DataTypePtr element =
      require_common_type({element_of(name, arguments, 0), arguments[1].type});
  const ColumnCast cast_array = make_cast(context, arguments[0].type, array_type(element)).cast;
  const ColumnCast cast_value = make_cast(context, arguments[1].type, element).cast;
  return {array_type(element), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = cast_array(columns[0]);
            const ListCells lists(*array);
            const size_t own_count = lists.elements()->size();
            const ColumnPtr all = join_cells(lists.elements(), flat(cast_value(columns[1])));
            return choose_elements(all, row_count, [&](size_t row, Chosen& chosen) {
              const auto pushed = static_cast<RowIndex>(own_count + row);
              if (kFront) chosen.push_back(pushed);
              append_range(lists.begin(row), lists.end(row), chosen);
              if (!kFront) chosen.push_back(pushed);
            });
          }};
}

BoundFunction bind_push_back(const FunctionContext& context, FunctionArguments arguments) {
  return bind_push<false>("arrayPushBack", context, arguments);
}

BoundFunction bind_push_front(const FunctionContext& context, FunctionArguments arguments) {
  return bind_push<true>("arrayPushFront", context, arguments);
}

// All arrays cast to their common type, with the elements of all in one column.
struct JoinedArrays {
  std::vector<ColumnPtr> arrays;
  std::vector<size_t> first_elements;  // where each array's elements start in `elements`
  ColumnPtr elements;

  JoinedArrays(const BranchTypes& types, std::span<const ColumnPtr> columns) {
    MutableColumnPtr joined;
    for (size_t i = 0; i < columns.size(); ++i) {
      arrays.push_back(types.casts[i](columns[i]));
      const ListCells lists(*arrays.back());
      if (!joined) joined = lists.elements()->make_empty();
      first_elements.push_back(joined->size());
      joined->append(*lists.elements(), 0, lists.elements()->size());
    }
    elements = std::move(joined);
  }
};

BranchTypes unify_arrays(std::string_view name, const FunctionContext& context,
                         FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, ~size_t{0});
  std::vector<DataTypePtr> types;
  for (size_t i = 0; i < arguments.size(); ++i) {
    element_of(name, arguments, i);
    types.push_back(arguments[i].type);
  }
  return unify_branches(context, types);
}

BoundFunction bind_concat(const FunctionContext& context, FunctionArguments arguments) {
  const BranchTypes types = unify_arrays("arrayConcat", context, arguments);
  return {types.type, [types](std::span<const ColumnPtr> columns, size_t row_count) {
            const JoinedArrays joined(types, columns);
            return choose_elements(joined.elements, row_count, [&](size_t row, Chosen& chosen) {
              for (size_t i = 0; i < columns.size(); ++i) {
                const ListCells lists(*joined.arrays[i]);
                const auto first = static_cast<uint32_t>(joined.first_elements[i]);
                append_range(first + lists.begin(row), first + lists.end(row), chosen);
              }
            });
          }};
}

// --- sets

// Finds elements that equal one seen before in the same row.
class SeenElements {
 public:
  explicit SeenElements(const ColumnPtr& elements) : elements_(*elements) {
    hash_rows(std::span(&elements, 1), elements->size(), hashes_);
  }

  void clear() { seen_.clear(); }
  // The index of an equal element added before, else adds this one and gives nothing.
  std::optional<RowIndex> find_or_add(RowIndex index) {
    const auto found = find(index);
    if (!found) seen_.emplace(hashes_[index], index);
    return found;
  }
  std::optional<RowIndex> find(RowIndex index) const {
    const auto [begin, end] = seen_.equal_range(hashes_[index]);
    for (auto i = begin; i != end; ++i) {
      if (compare_cells(elements_, i->second, elements_, index) == 0) return i->second;
    }
    return std::nullopt;
  }

 private:
  const Column& elements_;
  Buffer<uint64_t> hashes_;
  std::unordered_multimap<uint64_t, RowIndex> seen_;
};

bool is_null_element(const Column& elements, RowIndex index) {
  return elements.kind() == PhysicalKind::Nullable &&
         static_cast<const NullableColumn&>(elements).nulls()[index] != 0;
}

BoundFunction bind_distinct(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayDistinct", arguments, 1, 1);
  const DataTypePtr element = element_of("arrayDistinct", arguments, 0);
  return {array_type(without_nullable(element)),
          [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells lists(*columns[0]);
            const ColumnPtr& elements = lists.elements();
            SeenElements seen(elements);
            const ColumnPtr cells = elements->kind() == PhysicalKind::Nullable
                                        ? static_cast<const NullableColumn&>(*elements).nested()
                                        : elements;
            return choose_elements(cells, row_count, [&](size_t row, Chosen& chosen) {
              seen.clear();
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                if (is_null_element(*elements, i)) continue;
                if (!seen.find_or_add(i)) chosen.push_back(i);
              }
            });
          }};
}

BoundFunction bind_enumerate_uniq(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayEnumerateUniq", arguments, 1, 1);
  element_of("arrayEnumerateUniq", arguments, 0);
  return {array_type(simple_type(TypeId::UInt32)),
          [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const ListCells lists(*columns[0]);
            SeenElements seen(lists.elements());
            Buffer<uint32_t> numbers;
            Buffer<uint32_t> offsets(1, 0);
            for (size_t row = 0; row < row_count; ++row) {
              seen.clear();
              std::unordered_map<RowIndex, uint32_t> counts;
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                numbers.push_back(++counts[seen.find_or_add(i).value_or(i)]);
              }
              offsets.push_back(static_cast<uint32_t>(numbers.size()));
            }
            return std::make_shared<ArrayColumn>(make_number_column<uint32_t>(std::move(numbers)),
                                                 std::move(offsets));
          }};
}

// Distinct elements that are in all of the arrays, or in any.
BoundFunction bind_set_operation(std::string_view name, bool in_all, const FunctionContext& context,
                                 FunctionArguments arguments) {
  const BranchTypes types = unify_arrays(name, context, arguments);
  // What is in all arrays is NULL only where all of them may have NULLs.
  const bool drops_nullable =
      in_all && !std::ranges::all_of(arguments, [](const FunctionArgument& argument) {
        return without_low_cardinality(argument.type)->argument(0)->is_nullable();
      });
  const DataTypePtr type =
      drops_nullable ? array_type(without_nullable(types.type->argument(0))) : types.type;
  return {
      type, [types, in_all, drops_nullable](std::span<const ColumnPtr> columns, size_t row_count) {
        const JoinedArrays joined(types, columns);
        SeenElements seen(joined.elements);
        const ColumnPtr cells = drops_nullable && joined.elements->kind() == PhysicalKind::Nullable
                                    ? static_cast<const NullableColumn&>(*joined.elements).nested()
                                    : joined.elements;
        return choose_elements(cells, row_count, [&](size_t row, Chosen& chosen) {
          seen.clear();
          std::unordered_map<RowIndex, size_t> array_counts;
          std::vector<RowIndex> order;
          for (size_t i = 0; i < columns.size(); ++i) {
            const ListCells lists(*joined.arrays[i]);
            const auto first = static_cast<uint32_t>(joined.first_elements[i]);
            for (uint32_t e = lists.begin(row); e < lists.end(row); ++e) {
              const RowIndex element = first + e;
              const RowIndex original = seen.find_or_add(element).value_or(element);
              size_t& count = array_counts[original];
              if (original == element) order.push_back(element);
              // In each array so far: counted once per array.
              if (count == i) ++count;
            }
          }
          for (const RowIndex element : order) {
            if (!in_all || array_counts[element] == columns.size()) chosen.push_back(element);
          }
        });
      }};
}

BoundFunction bind_intersect(const FunctionContext& context, FunctionArguments arguments) {
  return bind_set_operation("arrayIntersect", true, context, arguments);
}

// --- lambdas

// Arrays over which a lambda ran: its results come first.
void check_lambda(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, ~size_t{0});
  if (!arguments[0].is_lambda) throw_illegal_type(name, arguments, 0);
  for (size_t i = 1; i < arguments.size(); ++i) element_of(name, arguments, i);
}

BoundFunction bind_map(const FunctionContext&, FunctionArguments arguments) {
  check_lambda("arrayMap", arguments);
  return {arguments[0].type, [](std::span<const ColumnPtr> columns, size_t) { return columns[0]; }};
}

BoundFunction bind_filter(const FunctionContext&, FunctionArguments arguments) {
  check_lambda("arrayFilter", arguments);
  return {arguments[1].type, [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells flags(*columns[0]);
            const ListCells lists(*columns[1]);
            const Buffer<uint8_t> kept = element_truth(*flags.elements());
            return choose_elements(lists.elements(), row_count, [&](size_t row, Chosen& chosen) {
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                if (kept[i] != 0) chosen.push_back(i);
              }
            });
          }};
}

// The first or last element for which the lambda is true, else the default.
template <bool kLast>
BoundFunction bind_pick(std::string_view name, FunctionArguments arguments) {
  check_lambda(name, arguments);
  const DataTypePtr element = arguments[1].type->argument(0);
  return {element, [element](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells flags(*columns[0]);
            const ListCells lists(*columns[1]);
            const Buffer<uint8_t> kept = element_truth(*flags.elements());
            const ColumnPtr all = join_cells(lists.elements(), make_default_column(*element, 1));
            Chosen chosen(row_count, static_cast<RowIndex>(all->size() - 1));
            for (size_t row = 0; row < row_count; ++row) {
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                if (kept[i] == 0) continue;
                chosen[row] = i;
                if (!kLast) break;
              }
            }
            return all->select(chosen);
          }};
}

BoundFunction bind_first(const FunctionContext&, FunctionArguments arguments) {
  return bind_pick<false>("arrayFirst", arguments);
}

BoundFunction bind_last(const FunctionContext&, FunctionArguments arguments) {
  return bind_pick<true>("arrayLast", arguments);
}

// A new array starts before (or after) each element for which the lambda is true.
template <bool kAfter>
BoundFunction bind_split(std::string_view name, FunctionArguments arguments) {
  check_lambda(name, arguments);
  return {array_type(arguments[1].type),
          [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const ListCells flags(*columns[0]);
            const ListCells lists(*columns[1]);
            const Buffer<uint8_t> cuts = element_truth(*flags.elements());
            Chosen chosen;
            Buffer<uint32_t> inner(1, 0);
            Buffer<uint32_t> outer(1, 0);
            for (size_t row = 0; row < row_count; ++row) {
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                const bool starts = i > lists.begin(row) && cuts[kAfter ? i - 1 : i] != 0;
                if (starts) inner.push_back(static_cast<uint32_t>(chosen.size()));
                chosen.push_back(i);
              }
              if (lists.size(row) > 0) inner.push_back(static_cast<uint32_t>(chosen.size()));
              outer.push_back(static_cast<uint32_t>(inner.size() - 1));
            }
            auto parts =
                std::make_shared<ArrayColumn>(lists.elements()->select(chosen), std::move(inner));
            return std::make_shared<ArrayColumn>(std::move(parts), std::move(outer));
          }};
}

BoundFunction bind_split_before(const FunctionContext&, FunctionArguments arguments) {
  return bind_split<false>("arraySplit", arguments);
}

BoundFunction bind_split_after(const FunctionContext&, FunctionArguments arguments) {
  return bind_split<true>("arrayReverseSplit", arguments);
}

// --- nesting

BoundFunction bind_flatten(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayFlatten", arguments, 1, 1);
  DataTypePtr element = element_of("arrayFlatten", arguments, 0);
  size_t levels = 0;
  for (; element->id() == TypeId::Array; ++levels) element = element->argument(0);
  return {array_type(element), [levels](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
            ColumnPtr column = flat(columns[0]);
            for (size_t level = 0; level < levels; ++level) {
              const auto& outer = static_cast<const ArrayColumn&>(*column);
              const auto& inner = static_cast<const ArrayColumn&>(*outer.elements());
              Buffer<uint32_t> offsets(outer.offsets().size());
              for (size_t i = 0; i < offsets.size(); ++i) {
                offsets[i] = inner.offsets()[outer.offsets()[i]];
              }
              column = std::make_shared<ArrayColumn>(inner.elements(), std::move(offsets));
            }
            return column;
          }};
}

BoundFunction bind_zip(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("arrayZip", arguments, 1, ~size_t{0});
  std::vector<DataTypePtr> types;
  for (size_t i = 0; i < arguments.size(); ++i)
    types.push_back(element_of("arrayZip", arguments, i));
  return {
      array_type(tuple_type(types)), [](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
        std::vector<ColumnPtr> elements;
        Buffer<uint32_t> offsets;
        for (const ColumnPtr& column : columns) {
          const ColumnPtr cells = flat(column);
          const auto& array = static_cast<const ArrayColumn&>(*cells);
          if (offsets.empty()) {
            offsets.assign(array.offsets().begin(), array.offsets().end());
          } else if (!std::equal(offsets.begin(), offsets.end(), array.offsets().begin())) {
            throw Error(ErrorCode::BadArguments, "The arrays of arrayZip must be of one length");
          }
          elements.push_back(array.elements());
        }
        const size_t size = offsets.back();
        return std::make_shared<ArrayColumn>(
            std::make_shared<TupleColumn>(std::move(elements), size), std::move(offsets));
      }};
}

#define ARRAY(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                 \
  {                                                                               \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,   \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Arrays", \
    .nulls = NullPolicy::Handle                                                   \
  }

constexpr FunctionEntry kArrayTransformFunctions[] = {
    ARRAY("arrayReverse", bind_reverse, "arrayReverse(array)", "The elements back to front.",
          "arrayReverse([1, 2, 3])", "[3,2,1]"),
    ARRAY("arrayPopBack", bind_pop_back, "arrayPopBack(array)", "All elements but the last.",
          "arrayPopBack([1, 2, 3])", "[1,2]"),
    ARRAY("arrayPopFront", bind_pop_front, "arrayPopFront(array)", "All elements but the first.",
          "arrayPopFront([1, 2, 3])", "[2,3]"),
    ARRAY("arrayPushBack", bind_push_back, "arrayPushBack(array, x)",
          "The array with x at its end.", "arrayPushBack([1, 2], 3)", "[1,2,3]"),
    ARRAY("arrayPushFront", bind_push_front, "arrayPushFront(array, x)",
          "The array with x at its front.", "arrayPushFront([1, 2], 3)", "[3,1,2]"),
    ARRAY("arrayCompact", bind_compact, "arrayCompact(array)", "Runs of equal elements as one.",
          "arrayCompact([1, 1, 2, 2, 1])", "[1,2,1]"),
    ARRAY("arraySort", bind_sort_ascending, "arraySort([x -> key, ]array)",
          "The elements in ascending order, or in the order of a key.",
          "arraySort([3, 1, 2]), arraySort(x -> -x, [3, 1, 2])", "[1,2,3]\t[3,2,1]"),
    ARRAY("arrayReverseSort", bind_sort_descending, "arrayReverseSort([x -> key, ]array)",
          "The elements in descending order, or against the order of a key.",
          "arrayReverseSort([3, 1, 2])", "[3,2,1]"),
    ARRAY("arraySlice", bind_slice, "arraySlice(array, offset[, length])",
          "Elements from an offset on, which counts from 1, or from the end when negative.",
          "arraySlice([1, 2, 3, 4], 2, 2), arraySlice([1, 2, 3, 4], -2)", "[2,3]\t[3,4]"),
    ARRAY("arrayResize", bind_resize, "arrayResize(array, size[, filler])",
          "The array cut or filled up to a size; at its front when negative.",
          "arrayResize([1], 3, 9), arrayResize([1, 2, 3], -2)", "[1,9,9]\t[2,3]"),
    ARRAY("arrayConcat", bind_concat, "arrayConcat(array, ...)",
          "The elements of all arrays in a row.", "arrayConcat([1], [2, 3])", "[1,2,3]"),
    ARRAY("arrayDistinct", bind_distinct, "arrayDistinct(array)",
          "Each element once; NULLs are left out.", "arrayDistinct([1, 2, 1])", "[1,2]"),
    ARRAY("arrayEnumerateUniq", bind_enumerate_uniq, "arrayEnumerateUniq(array)",
          "For each element how often it has come up so far.", "arrayEnumerateUniq([5, 6, 5])",
          "[1,1,2]"),
    ARRAY("arrayIntersect", bind_intersect, "arrayIntersect(array, ...)",
          "Elements that are in all of the arrays.", "arraySort(arrayIntersect([1, 2, 3], [3, 2]))",
          "[2,3]"),
    ARRAY("arrayMap", bind_map, "arrayMap(x -> f, array, ...)",
          "What the lambda makes of each element.", "arrayMap(x -> x + 1, [1, 2])", "[2,3]"),
    ARRAY("arrayFilter", bind_filter, "arrayFilter(x -> condition, array, ...)",
          "Elements for which the lambda is true.", "arrayFilter(x -> x > 1, [1, 2, 3])", "[2,3]"),
    ARRAY("arrayFirst", bind_first, "arrayFirst(x -> condition, array, ...)",
          "The first element for which the lambda is true, else the default.",
          "arrayFirst(x -> x > 1, [1, 2, 3])", "2"),
    ARRAY("arrayLast", bind_last, "arrayLast(x -> condition, array, ...)",
          "The last element for which the lambda is true, else the default.",
          "arrayLast(x -> x < 3, [1, 2, 3])", "2"),
    ARRAY("arraySplit", bind_split_before, "arraySplit(x -> condition, array, ...)",
          "The array in parts, cut before each element for which the lambda is true.",
          "arraySplit(x -> x = 2, [1, 2, 3])", "[[1],[2,3]]"),
    ARRAY("arrayReverseSplit", bind_split_after, "arrayReverseSplit(x -> condition, array, ...)",
          "The array in parts, cut after each element for which the lambda is true.",
          "arrayReverseSplit(x -> x = 2, [1, 2, 3])", "[[1,2],[3]]"),
    ARRAY("arrayFlatten", bind_flatten, "arrayFlatten(array)", "An array of arrays as one array.",
          "arrayFlatten([[1], [2, 3]])", "[1,2,3]"),
    function_alias("flatten", "arrayFlatten"),
    ARRAY("arrayZip", bind_zip, "arrayZip(array, ...)",
          "Tuples of the elements that have the same place.", "arrayZip([1, 2], ['a', 'b'])",
          "[(1,'a'),(2,'b')]"),
};
#undef ARRAY

}  // namespace

std::span<const FunctionEntry> array_transform_functions() { return kArrayTransformFunctions; }

}  // namespace freshet
