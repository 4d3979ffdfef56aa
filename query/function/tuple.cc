// Tuples and maps.
#include "query/function/array_cells.h"
#include "query/function/branch.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/like_pattern.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

BoundFunction bind_tuple(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("tuple", arguments, 1, ~size_t{0});
  std::vector<DataTypePtr> types;
  for (const FunctionArgument& argument : arguments) types.push_back(argument.type);
  return {tuple_type(std::move(types)),
          [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            return std::make_shared<TupleColumn>(
                std::vector<ColumnPtr>(columns.begin(), columns.end()), row_count);
          }};
}

// Index of the element that argument 1 names or numbers; nothing when there is none.
std::optional<size_t> tuple_index(const DataType& tuple, FunctionArguments arguments) {
  constexpr std::string_view kName = "tupleElement";
  if (is_string_like(*arguments[1].type)) {
    const std::string name = constant_string(kName, arguments, 1);
    const auto& names = tuple.tuple_names();
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return i;
    }
    return std::nullopt;
  }
  const int64_t number = constant_integer(kName, arguments, 1);
  const auto count = static_cast<int64_t>(tuple.arguments().size());
  if (number > 0 && number <= count) return static_cast<size_t>(number - 1);
  if (number < 0 && -number <= count) return static_cast<size_t>(count + number);
  return std::nullopt;
}

ColumnPtr tuple_cells(const ColumnPtr& column, size_t index) {
  const ColumnPtr& cells = static_cast<const TupleColumn&>(flat_cells(*column)).element(index);
  if (!is_constant(*column)) return cells;
  return std::make_shared<ConstantColumn>(cells, column->size());
}

// tupleElement(tuple, name or number[, default]); of an array of tuples, an array.
BoundFunction bind_tuple_element(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "tupleElement";
  check_argument_count(kName, arguments, 2, 3);
  const bool is_array = arguments[0].type->id() == TypeId::Array;
  const DataTypePtr& tuple = is_array ? arguments[0].type->argument(0) : arguments[0].type;
  if (tuple->id() != TypeId::Tuple) throw_illegal_type(kName, arguments, 0);
  const std::optional<size_t> index = tuple_index(*tuple, arguments);
  if (!index) {
    if (arguments.size() > 2) {
      return {arguments[2].type,
              [](std::span<const ColumnPtr> columns, size_t) { return columns[2]; }};
    }
    throw Error(ErrorCode::BadArguments, "There is no such element in " + tuple->name());
  }
  const DataTypePtr element = tuple->argument(*index);
  if (!is_array) {
    return {element, [index = *index](std::span<const ColumnPtr> columns, size_t) {
              return tuple_cells(columns[0], index);
            }};
  }
  return {array_type(element),
          [index = *index](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
            const ColumnPtr column = flat(columns[0]);
            const auto& array = static_cast<const ArrayColumn&>(*column);
            return std::make_shared<ArrayColumn>(
                tuple_cells(array.elements(), index),
                Buffer<uint32_t>(array.offsets().begin(), array.offsets().end()));
          }};
}

// --- maps

const DataType& map_of(std::string_view name, FunctionArguments arguments, size_t index) {
  if (arguments[index].type->id() != TypeId::Map) throw_illegal_type(name, arguments, index);
  return *arguments[index].type;
}

BoundFunction bind_map(const FunctionContext& context, FunctionArguments arguments) {
  if (arguments.size() % 2 != 0) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function map needs an even number of arguments, passed " +
                    std::to_string(arguments.size()));
  }
  if (arguments.empty()) {
    const DataTypePtr nothing = simple_type(TypeId::Nothing);
    const DataTypePtr type = map_type(nothing, nothing);
    return {type, [type](std::span<const ColumnPtr>, size_t row_count) {
              return make_constant_column(*type, Value(ValueList{}), row_count);
            }};
  }
  std::vector<DataTypePtr> key_types;
  std::vector<DataTypePtr> value_types;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    key_types.push_back(arguments[i].type);
    value_types.push_back(arguments[i + 1].type);
  }
  const BranchTypes keys = unify_branches(context, key_types);
  const BranchTypes values = unify_branches(context, value_types);
  const DataTypePtr type = map_type(keys.type, values.type);
  return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const size_t size = columns.size() / 2;
            MutableColumnPtr key_cells = make_column(*keys.type);
            MutableColumnPtr value_cells = make_column(*values.type);
            std::vector<ColumnPtr> cast_keys;
            std::vector<ColumnPtr> cast_values;
            for (size_t i = 0; i < size; ++i) {
              cast_keys.push_back(keys.casts[i](columns[2 * i]));
              cast_values.push_back(values.casts[i](columns[2 * i + 1]));
            }
            for (size_t row = 0; row < row_count; ++row) {
              for (size_t i = 0; i < size; ++i) {
                key_cells->append(*cast_keys[i], row, 1);
                value_cells->append(*cast_values[i], row, 1);
              }
            }
            Buffer<uint32_t> offsets(row_count + 1);
            for (size_t row = 0; row <= row_count; ++row) {
              offsets[row] = static_cast<uint32_t>(row * size);
            }
            std::vector<ColumnPtr> pair;
            pair.push_back(std::move(key_cells));
            pair.push_back(std::move(value_cells));
            return std::make_shared<ArrayColumn>(
                std::make_shared<TupleColumn>(std::move(pair), row_count * size),
                std::move(offsets));
          }};
}

BoundFunction bind_map_from_arrays(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "mapFromArrays";
  check_argument_count(kName, arguments, 2, 2);
  const DataTypePtr key = element_of(kName, arguments, 0);
  const DataTypePtr value = element_of(kName, arguments, 1);
  return {
      map_type(key, value), [](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
        const ColumnPtr key_column = flat(columns[0]);
        const ColumnPtr value_column = flat(columns[1]);
        const auto& keys = static_cast<const ArrayColumn&>(*key_column);
        const auto& values = static_cast<const ArrayColumn&>(*value_column);
        if (!std::equal(keys.offsets().begin(), keys.offsets().end(), values.offsets().begin())) {
          throw Error(ErrorCode::BadArguments, "The arrays of mapFromArrays must be of one length");
        }
        std::vector<ColumnPtr> pair = {keys.elements(), values.elements()};
        return std::make_shared<ArrayColumn>(
            std::make_shared<TupleColumn>(std::move(pair), keys.elements()->size()),
            Buffer<uint32_t>(keys.offsets().begin(), keys.offsets().end()));
      }};
}

// mapKeys (0) and mapValues (1).
BoundFunction bind_map_part(std::string_view name, size_t part, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  const DataTypePtr element = map_of(name, arguments, 0).argument(part);
  return {array_type(element), [part](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
            const ColumnPtr column = flat(columns[0]);
            const auto& map = static_cast<const ArrayColumn&>(*column);
            const auto& pairs = static_cast<const TupleColumn&>(*map.elements());
            return std::make_shared<ArrayColumn>(
                pairs.element(part), Buffer<uint32_t>(map.offsets().begin(), map.offsets().end()));
          }};
}

BoundFunction bind_map_keys(const FunctionContext&, FunctionArguments arguments) {
  return bind_map_part("mapKeys", 0, arguments);
}

BoundFunction bind_map_values(const FunctionContext&, FunctionArguments arguments) {
  return bind_map_part("mapValues", 1, arguments);
}

BoundFunction bind_map_contains(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("mapContains", arguments, 2, 2);
  map_of("mapContains", arguments, 0);
  return find_function("has")->bind(context, arguments);
}

BoundFunction bind_map_contains_value(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "mapContainsValue";
  check_argument_count(kName, arguments, 2, 2);
  const DataTypePtr value = map_of(kName, arguments, 0).argument(1);
  const FunctionArgument pair[] = {{array_type(value), nullptr, false}, arguments[1]};
  BoundFunction values = bind_map_values(context, arguments.subspan(0, 1));
  BoundFunction has = find_function("has")->bind(context, FunctionArguments(pair));
  return {has.type, [values = std::move(values.kernel), has = std::move(has.kernel)](
                        std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr both[] = {values(columns.subspan(0, 1), row_count), columns[1]};
            return has(both, row_count);
          }};
}

BoundFunction bind_map_contains_key_like(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "mapContainsKeyLike";
  check_argument_count(kName, arguments, 2, 2);
  const DataType& map = map_of(kName, arguments, 0);
  if (!is_string_like(*map.argument(0))) throw_illegal_type(kName, arguments, 0);
  auto pattern = std::make_shared<LikePattern>(constant_string(kName, arguments, 1), false);
  return {simple_type(TypeId::UInt8),
          [pattern](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells maps(*columns[0]);
            const StringCells keys(*static_cast<const TupleColumn&>(*maps.elements()).element(0));
            return make_numbers<uint8_t>(row_count, [&](size_t row) {
              for (uint32_t i = maps.begin(row); i < maps.end(row); ++i) {
                if (pattern->matches(keys[i])) return true;
              }
              return false;
            });
          }};
}

// The first map's pairs whose keys the second one has not, then the second one's.
BoundFunction bind_map_update(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "mapUpdate";
  check_argument_count(kName, arguments, 2, 2);
  map_of(kName, arguments, 0);
  map_of(kName, arguments, 1);
  const BranchTypes maps = unify_branches(context, {arguments[0].type, arguments[1].type});
  return {maps.type, [maps](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr first = maps.casts[0](columns[0]);
            const ColumnPtr second = maps.casts[1](columns[1]);
            const ListCells old_maps(*first);
            const ListCells new_maps(*second);
            const auto old_count = static_cast<RowIndex>(old_maps.elements()->size());
            const ColumnPtr pairs = join_cells(old_maps.elements(), new_maps.elements());
            const Column& keys = *static_cast<const TupleColumn&>(*pairs).element(0);
            return choose_elements(pairs, row_count, [&](size_t row, Buffer<RowIndex>& chosen) {
              for (uint32_t i = old_maps.begin(row); i < old_maps.end(row); ++i) {
                bool is_replaced = false;
                for (uint32_t j = new_maps.begin(row); j < new_maps.end(row); ++j) {
                  is_replaced |= compare_cells(keys, i, keys, old_count + j) == 0;
                }
                if (!is_replaced) chosen.push_back(i);
              }
              for (uint32_t j = new_maps.begin(row); j < new_maps.end(row); ++j) {
                chosen.push_back(old_count + j);
              }
            });
          }};
}

// --- lambdas over keys and values

void check_map_lambda(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  if (!arguments[0].is_lambda) throw_illegal_type(name, arguments, 0);
  map_of(name, arguments, 1);
}

BoundFunction bind_map_filter(const FunctionContext&, FunctionArguments arguments) {
  check_map_lambda("mapFilter", arguments);
  return {arguments[1].type, [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ListCells flags(*columns[0]);
            const ListCells maps(*columns[1]);
            const Buffer<uint8_t> kept = element_truth(*flags.elements());
            return choose_elements(maps.elements(), row_count,
                                   [&](size_t row, Buffer<RowIndex>& chosen) {
                                     for (uint32_t i = maps.begin(row); i < maps.end(row); ++i) {
                                       if (kept[i] != 0) chosen.push_back(i);
                                     }
                                   });
          }};
}

BoundFunction bind_map_apply(const FunctionContext&, FunctionArguments arguments) {
  check_map_lambda("mapApply", arguments);
  const DataTypePtr& pair = arguments[0].type->argument(0);
  if (pair->id() != TypeId::Tuple || pair->arguments().size() != 2) {
    throw_illegal_type("mapApply", arguments, 0);
  }
  return {map_type(pair->argument(0), pair->argument(1)),
          [](std::span<const ColumnPtr> columns, size_t) { return columns[0]; }};
}

#define ENTRY(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT, CATEGORY)       \
  {                                                                               \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,   \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = CATEGORY, \
    .nulls = NullPolicy::Handle                                                   \
  }

constexpr FunctionEntry kTupleFunctions[] = {
    ENTRY("tuple", bind_tuple, "tuple(x, ...)", "The arguments as one value.", "tuple(1, 'a')",
          "(1,'a')", "Tuples"),
    ENTRY("tupleElement", bind_tuple_element, "tupleElement(tuple, n or name[, default])",
          "An element of a tuple by its place, from 1, or its name.", "(1, 'a').2", "a", "Tuples"),
    ENTRY("map", bind_map, "map(key, value, ...)", "A map of keys and values.",
          "map('a', 1, 'b', 2)", "{'a':1,'b':2}", "Maps"),
    ENTRY("mapFromArrays", bind_map_from_arrays, "mapFromArrays(keys, values)",
          "A map of an array of keys and one of values.", "mapFromArrays(['a', 'b'], [1, 2])",
          "{'a':1,'b':2}", "Maps"),
    ENTRY("mapKeys", bind_map_keys, "mapKeys(map)", "The keys as an array.", "mapKeys(map('a', 1))",
          "['a']", "Maps"),
    ENTRY("mapValues", bind_map_values, "mapValues(map)", "The values as an array.",
          "mapValues(map('a', 1))", "[1]", "Maps"),
    ENTRY("mapContains", bind_map_contains, "mapContains(map, key)", "1 when the map has the key.",
          "mapContains(map('a', 1), 'a')", "1", "Maps"),
    function_alias("mapContainsKey", "mapContains"),
    ENTRY("mapContainsValue", bind_map_contains_value, "mapContainsValue(map, value)",
          "1 when the map has the value.", "mapContainsValue(map('a', 1), 2)", "0", "Maps"),
    ENTRY("mapContainsKeyLike", bind_map_contains_key_like, "mapContainsKeyLike(map, pattern)",
          "1 when the map has a key that is like the pattern.",
          "mapContainsKeyLike(map('apple', 1), 'a%')", "1", "Maps"),
    ENTRY("mapUpdate", bind_map_update, "mapUpdate(map, other)",
          "The map with the other's pairs put in.", "mapUpdate(map('a', 1), map('a', 2, 'b', 3))",
          "{'a':2,'b':3}", "Maps"),
    ENTRY("mapFilter", bind_map_filter, "mapFilter((k, v) -> condition, map)",
          "The pairs for which the lambda is true.",
          "mapFilter((k, v) -> v > 1, map('a', 1, 'b', 2))", "{'b':2}", "Maps"),
    ENTRY("mapApply", bind_map_apply, "mapApply((k, v) -> (k, f), map)",
          "What the lambda makes of each pair.", "mapApply((k, v) -> (k, v + 1), map('a', 1))",
          "{'a':2}", "Maps"),
};
#undef ENTRY

}  // namespace

std::span<const FunctionEntry> tuple_functions() { return kTupleFunctions; }

}  // namespace freshet
