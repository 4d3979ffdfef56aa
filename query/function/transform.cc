// transform(x, from, to[, default]) and clamp(x, low, high): values in the place of others.
#include <unordered_map>

#include "query/function/array_cells.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

// Places of the elements of a constant array, by their values; of equal ones the first.
class ElementPlaces {
 public:
  explicit ElementPlaces(ColumnPtr cells) : cells_(std::move(cells)) {
    const Buffer<uint64_t> hashes = hash(cells_);
    for (size_t i = 0; i < cells_->size(); ++i) {
      // A NULL, of an element that x cannot be, is found by nothing.
      if (static_cast<const NullableColumn&>(*cells_).nulls()[i] != 0) continue;
      if (!find(*cells_, i, hashes[i])) places_.emplace(hashes[i], static_cast<RowIndex>(i));
    }
  }

  std::optional<RowIndex> find(const Column& cells, size_t row, uint64_t hash) const {
    const auto [begin, end] = places_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (compare_cells(*cells_, at->second, cells, row) == 0) return at->second;
    }
    return std::nullopt;
  }

  static Buffer<uint64_t> hash(const ColumnPtr& cells) {
    Buffer<uint64_t> hashes;
    hash_rows(std::span(&cells, 1), cells->size(), hashes);
    return hashes;
  }

 private:
  ColumnPtr cells_;  // Nullable
  std::unordered_multimap<uint64_t, RowIndex> places_;
};

// The elements of the constant array argument `index`.
ColumnPtr constant_elements(std::string_view name, FunctionArguments arguments, size_t index) {
  element_of(name, arguments, index);
  if (!arguments[index].constant) {
    throw Error(ErrorCode::IllegalColumn,
                "Argument " + std::to_string(index + 1) + " of transform must be constant");
  }
  return flat(static_cast<const ArrayColumn&>(flat_cells(*arguments[index].constant)).elements());
}

BoundFunction bind_transform(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "transform";
  check_argument_count(kName, arguments, 3, 4);
  const ColumnPtr from = constant_elements(kName, arguments, 1);
  const ColumnPtr to = constant_elements(kName, arguments, 2);
  if (from->size() != to->size()) {
    throw Error(ErrorCode::BadArguments,
                "The arrays of transform must be of one length: " + std::to_string(from->size()) +
                    " and " + std::to_string(to->size()));
  }
  const FunctionArgument& otherwise = arguments.back();
  const bool has_default = arguments.size() == 4;
  const FunctionArgument& rest = has_default ? otherwise : arguments[0];
  const DataTypePtr& to_type = element_of(kName, arguments, 2);
  const DataTypePtr type = require_common_type({to_type, rest.type});

  // What x cannot be is looked for in vain.
  const DataTypePtr key_type = nullable_type(without_nullable(arguments[0].type));
  CastOptions exactly;
  exactly.accurate = true;
  exactly.on_failure = CastFailure::Null;
  const DataTypePtr& from_type = element_of(kName, arguments, 1);
  const auto places = std::make_shared<const ElementPlaces>(
      flat(make_cast(context, from_type, key_type, exactly).cast(from)));
  const ColumnPtr results = flat(make_cast(context, to_type, type).cast(to));
  const ColumnCast cast_key = make_cast(context, arguments[0].type, key_type).cast;
  const ColumnCast cast_rest = make_cast(context, rest.type, type).cast;
  return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr keys = flat(cast_key(flat(columns[0])));
            const Buffer<uint64_t> hashes = ElementPlaces::hash(keys);
            const ColumnPtr others = flat(cast_rest(columns[has_default ? 3 : 0]));
            const ColumnPtr all = join_cells(results, others);
            Buffer<RowIndex> chosen(row_count);
            for (size_t row = 0; row < row_count; ++row) {
              const auto found = places->find(*keys, row, hashes[row]);
              chosen[row] = found ? *found : static_cast<RowIndex>(results->size() + row);
            }
            return all->select(chosen);
          }};
}

// least(greatest(x, low), high).
BoundFunction bind_clamp(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("clamp", arguments, 3, 3);
  const ResolvedFunction raise = resolve_function("greatest", context, arguments.subspan(0, 2));
  const FunctionArgument both[] = {{raise.type, nullptr, false}, arguments[2]};
  const ResolvedFunction lower = resolve_function("least", context, both);
  return {lower.type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr raised = evaluate(raise, columns.subspan(0, 2), row_count);
            const ColumnPtr pair[] = {raised, columns[2]};
            return flat(evaluate(lower, pair, row_count));
          }};
}

const FunctionEntry kTransformFunctions[] = {
    {.name = "transform",
     .bind = bind_transform,
     .syntax = "transform(x, from, to[, default])",
     .description =
         "The element of `to` at the place that x has in `from`; else the default, or x.",
     .example =
         "SELECT transform(2, [1, 2], ['one', 'two'], 'many'), transform(3, [1, 2], [10, 20])",
     .example_result = "two\t3",
     .category = "Conditional",
     .nulls = NullPolicy::Handle},
    {.name = "clamp",
     .bind = bind_clamp,
     .syntax = "clamp(x, low, high)",
     .description = "x, but at least low and at most high.",
     .example = "SELECT clamp(12, 0, 10)",
     .example_result = "10",
     .category = "Conditional"},
};

}  // namespace

std::span<const FunctionEntry> transform_functions() { return kTransformFunctions; }

}  // namespace freshet
