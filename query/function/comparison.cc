#include "query/function/comparison.h"

#include <cmath>
#include <limits>

#include "query/function/arithmetic_types.h"
#include "query/function/cast.h"
#include "query/function/cell_cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "storage/column/decimal.h"

namespace freshet {

namespace {

bool is_plain_number(const DataType& type) { return is_integer(type) || is_float(type); }

// Types whose cells compare as the numbers that they are stored as, when the types are equal.
bool compares_as_stored(const DataType& type) {
  return is_number_kind(type.kind()) && type.id() != TypeId::Nothing;
}

BoundFunction make_bound(Kernel kernel) { return {simple_type(TypeId::UInt8), std::move(kernel)}; }

BoundFunction compare_stored(Comparison comparison, PhysicalKind kind) {
  return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
    return compare_numbers(comparison, kind, *columns[0], *columns[1], row_count);
  });
}

BoundFunction compare_constantly(bool result) {
  return make_bound([=](std::span<const ColumnPtr>, size_t row_count) -> ColumnPtr {
    return std::make_shared<ConstantColumn>(make_number_column<uint8_t>(Buffer<uint8_t>(1, result)),
                                            row_count);
  });
}

// The left column with a cell of its own type.
BoundFunction compare_with_cell(Comparison comparison, ColumnPtr cell, bool cell_is_left) {
  if (cell_is_left) comparison = swapped(comparison);
  return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
    const Column& cells = *columns[cell_is_left ? 1 : 0];
    const ConstantColumn constant(cell, row_count);
    if (is_number_kind(cell->kind())) {
      return compare_numbers(comparison, cell->kind(), cells, constant, row_count);
    }
    if (cell->kind() == PhysicalKind::String || cell->kind() == PhysicalKind::FixedString) {
      return compare_strings(comparison, cells, constant, row_count);
    }
    return compare_any(comparison, cells, constant, row_count);
  });
}

// Casts both sides, then compares them as cells of `type`.
BoundFunction compare_as(Comparison comparison, const FunctionContext& context,
                         FunctionArguments arguments, const DataTypePtr& type) {
  const ColumnCast left = make_cast(context, arguments[0].type, type).cast;
  const ColumnCast right = make_cast(context, arguments[1].type, type).cast;
  return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
    const ColumnPtr a = left(columns[0]);
    const ColumnPtr b = right(columns[1]);
    if (compares_as_stored(*type)) {
      return compare_numbers(comparison, type->kind(), *a, *b, row_count);
    }
    if (is_string_like(*type)) return compare_strings(comparison, *a, *b, row_count);
    return compare_any(comparison, *a, *b, row_count);
  });
}

// --- numbers

// The kind in which two integers, or two floats, or a float and a narrow integer compare exactly.
// Nothing for 64-bit integers with floats.
std::optional<PhysicalKind> common_kind(const DataType& a, const DataType& b) {
  if (a.kind() == b.kind()) return a.kind();
  const auto wide_integer = [](const DataType& type) {
    return !is_float(type) && cell_bytes(type) == 8;
  };
  if (is_float(a) || is_float(b)) {
    if (wide_integer(a) || wide_integer(b)) return std::nullopt;
    return PhysicalKind::F64;
  }
  const bool signed_a = is_signed_number(a);
  const bool signed_b = is_signed_number(b);
  if (signed_a == signed_b) return cell_bytes(a) > cell_bytes(b) ? a.kind() : b.kind();
  const size_t unsigned_bytes = cell_bytes(signed_a ? b : a);
  if (unsigned_bytes == 8) return PhysicalKind::I128;
  const size_t bytes = std::max(unsigned_bytes * 2, cell_bytes(signed_a ? a : b));
  return native_type(true, false, bytes)->kind();
}

// Where a number constant stands to the cells that a column's type can have.
enum class Place : uint8_t { Below, Above, Between, Cell };

struct PlacedConstant {
  Place place;
  ColumnPtr cell;  // Place::Cell: as a cell of the type
};

template <class To, class From>
PlacedConstant place_number(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    if (std::isnan(value)) return {Place::Between, nullptr};
  }
  const auto exact = static_cast<long double>(value);
  if constexpr (!std::is_floating_point_v<To>) {
    if (exact < static_cast<long double>(std::numeric_limits<To>::min())) return {Place::Below, {}};
    if (exact > static_cast<long double>(std::numeric_limits<To>::max())) return {Place::Above, {}};
  }
  const auto converted = static_cast<To>(value);
  if (static_cast<long double>(converted) != exact) return {Place::Between, nullptr};
  return {Place::Cell, make_number_column<To>(Buffer<To>(1, converted))};
}

PlacedConstant place_constant(const Column& constant, PhysicalKind kind) {
  const Column& cell = flat_cells(constant);
  return dispatch_native(cell.kind(), [&]<class From>() {
    const From value = values_of<From>(cell)[0];
    return dispatch_native(kind, [&]<class To>() { return place_number<To>(value); });
  });
}

// A column of numbers with a constant of another type; nothing when both must be converted.
std::optional<BoundFunction> try_compare_with_constant(Comparison comparison,
                                                       FunctionArguments arguments) {
  const bool left = arguments[0].constant != nullptr;
  if (left == (arguments[1].constant != nullptr)) return std::nullopt;
  const DataType& type = *arguments[left ? 1 : 0].type;
  const PlacedConstant placed = place_constant(*arguments[left ? 0 : 1].constant, type.kind());
  // As if the column stood on the left.
  const Comparison order = left ? swapped(comparison) : comparison;
  const bool is_less = order == Comparison::Less || order == Comparison::LessOrEquals;
  switch (placed.place) {
    case Place::Cell:
      return compare_with_cell(comparison, placed.cell, left);
    case Place::Between:
      if (is_equality(order)) return compare_constantly(order == Comparison::NotEquals);
      return std::nullopt;
    default:
      if (is_equality(order)) return compare_constantly(order == Comparison::NotEquals);
      return compare_constantly(is_less == (placed.place == Place::Above));
  }
}

BoundFunction compare_plain_numbers(Comparison comparison, FunctionArguments arguments) {
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  if (a.kind() == b.kind()) return compare_stored(comparison, a.kind());
  if (auto bound = try_compare_with_constant(comparison, arguments)) return *bound;
  if (const auto kind = common_kind(a, b)) return compare_stored(comparison, *kind);
  return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
    return compare_mixed_numbers(comparison, columns[0], columns[1], row_count);
  });
}

BoundFunction compare_decimals(Comparison comparison, const FunctionContext& context,
                               FunctionArguments arguments) {
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  if (is_float(a) || is_float(b)) {
    return compare_as(comparison, context, arguments, simple_type(TypeId::Float64));
  }
  if (a.scale() == b.scale() && a.kind() == b.kind()) return compare_stored(comparison, a.kind());
  return compare_as(comparison, context, arguments,
                    decimal_type(kDecimalPrecisionMax, std::max(a.scale(), b.scale())));
}

// A Date with a DateTime: the moments at which the days begin, also past what a DateTime holds.
BoundFunction compare_day_with_time(Comparison comparison, const FunctionContext& context,
                                    FunctionArguments arguments) {
  const bool day_is_left = arguments[0].type->id() == TypeId::Date;
  const DataType& time = *arguments[day_is_left ? 1 : 0].type;
  BoundFunction bound = compare_stored(comparison, PhysicalKind::I64);
  bound.kernel = [=, zone = zone_of(context, time), kernel = std::move(bound.kernel)](
                     std::span<const ColumnPtr> columns, size_t row_count) {
    const NumberCells<uint16_t> days(*columns[day_is_left ? 0 : 1]);
    const NumberCells<uint32_t> times(*columns[day_is_left ? 1 : 0]);
    const ColumnPtr begins =
        make_numbers<int64_t>(row_count, [&](size_t i) { return stored_midnight(*zone, days[i]); });
    const ColumnPtr moments =
        make_numbers<int64_t>(row_count, [&](size_t i) { return int64_t{times[i]}; });
    const ColumnPtr pair[] = {day_is_left ? begins : moments, day_is_left ? moments : begins};
    return kernel(pair, row_count);
  };
  return bound;
}

// --- other types with text

[[noreturn]] void throw_mismatch(std::string_view text, const DataType& type) {
  throw Error(ErrorCode::TypeMismatch,
              "Cannot convert to " + type.name() + " the string '" + std::string(text) + "'");
}

// A column of another type with a constant string, which is read as a cell of that type.
BoundFunction compare_with_text(Comparison comparison, std::string_view function,
                                const FunctionContext& context, FunctionArguments arguments,
                                bool text_is_left) {
  const std::string text = constant_string(function, arguments, text_is_left ? 0 : 1);
  const DataTypePtr& type = arguments[text_is_left ? 1 : 0].type;
  if (ColumnPtr cell = parse_cell(context, text, type)) {
    return compare_with_cell(comparison, std::move(cell), text_is_left);
  }
  if (is_enum(*type) && is_equality(comparison)) {
    return compare_constantly(comparison == Comparison::NotEquals);
  }
  if (is_number(*type)) {
    // A number that the type cannot have: 300 for a UInt8.
    const DataTypePtr wide = simple_type(TypeId::Float64);
    if (ColumnPtr number = parse_cell(context, text, wide)) {
      FunctionArgument pair[] = {arguments[0], arguments[1]};
      pair[text_is_left ? 0 : 1] = {wide, number, false};
      BoundFunction bound = bind_comparison(comparison, function, context, pair);
      bound.kernel = [=, kernel = std::move(bound.kernel)](std::span<const ColumnPtr> columns,
                                                           size_t row_count) {
        ColumnPtr both[] = {columns[0], columns[1]};
        both[text_is_left ? 0 : 1] = std::make_shared<ConstantColumn>(number, row_count);
        return kernel(both, row_count);
      };
      return bound;
    }
  }
  throw_mismatch(text, *type);
}

// --- tuples

// Compares tuples from element `index` on: equality of all, or order by the first that differs.
struct TupleComparison {
  Comparison comparison;
  std::vector<ResolvedFunction> equals;  // of each element
  std::vector<ResolvedFunction> orders;  // strict; of the last element, `comparison` itself
  ResolvedFunction conjunction;
  ResolvedFunction disjunction;
  ResolvedFunction negation;

  ColumnPtr run(std::span<const ColumnPtr> columns, size_t row_count, size_t index) const {
    const ColumnPtr pair[] = {element(columns[0], index), element(columns[1], index)};
    const bool last = index + 1 == equals.size();
    if (is_equality(comparison)) {
      const ColumnPtr here = evaluate(equals[index], pair, row_count);
      if (last) return here;
      const ColumnPtr both[] = {here, run(columns, row_count, index + 1)};
      return evaluate(conjunction, both, row_count);
    }
    const ColumnPtr order = evaluate(orders[index], pair, row_count);
    if (last) return order;
    const ColumnPtr rest[] = {evaluate(equals[index], pair, row_count),
                              run(columns, row_count, index + 1)};
    const ColumnPtr either[] = {order, evaluate(conjunction, rest, row_count)};
    return evaluate(disjunction, either, row_count);
  }

  static ColumnPtr element(const ColumnPtr& tuple, size_t index) {
    const auto& cells = static_cast<const TupleColumn&>(flat_cells(*tuple));
    if (!is_constant(*tuple)) return cells.element(index);
    return std::make_shared<ConstantColumn>(cells.element(index), tuple->size());
  }
};

std::string_view strict_name(Comparison comparison) {
  const bool less = comparison == Comparison::Less || comparison == Comparison::LessOrEquals;
  return less ? "less" : "greater";
}

BoundFunction compare_tuples(Comparison comparison, std::string_view function,
                             const FunctionContext& context, FunctionArguments arguments) {
  const auto& left = arguments[0].type->arguments();
  const auto& right = arguments[1].type->arguments();
  if (left.size() != right.size() || left.empty()) throw_illegal_types(function, arguments);
  TupleComparison tuples;
  tuples.comparison = comparison == Comparison::NotEquals ? Comparison::Equals : comparison;
  bool nullable = false;
  for (size_t i = 0; i < left.size(); ++i) {
    FunctionArgument pair[] = {{left[i], nullptr, false}, {right[i], nullptr, false}};
    for (size_t side = 0; side < 2; ++side) {
      if (!arguments[side].constant) continue;
      const auto& cells = static_cast<const TupleColumn&>(flat_cells(*arguments[side].constant));
      pair[side].constant = cells.element(i);
    }
    const bool last = i + 1 == left.size();
    tuples.equals.push_back(resolve_function("equals", context, pair));
    if (!is_equality(comparison)) {
      const std::string_view order = last ? function : strict_name(comparison);
      tuples.orders.push_back(resolve_function(order, context, pair));
    }
    nullable |= tuples.equals.back().type->is_nullable();
  }
  const DataTypePtr type =
      nullable ? nullable_type(simple_type(TypeId::UInt8)) : simple_type(TypeId::UInt8);
  const FunctionArgument truths[] = {{type, nullptr, false}, {type, nullptr, false}};
  tuples.conjunction = resolve_function("and", context, truths);
  tuples.disjunction = resolve_function("or", context, truths);
  tuples.negation = resolve_function("not", context, std::span(truths, 1));
  const bool negate = comparison == Comparison::NotEquals;
  return {type, [tuples, negate, nullable](std::span<const ColumnPtr> columns, size_t row_count) {
            ColumnPtr result = tuples.run(columns, row_count, 0);
            if (negate) result = evaluate(tuples.negation, std::span(&result, 1), row_count);
            result = flat(result);
            return nullable ? make_nullable(result, {}) : result;
          }};
}

}  // namespace

BoundFunction bind_comparison(Comparison comparison, std::string_view function,
                              const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count(function, arguments, 2, 2);
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  if (a.id() == TypeId::Tuple && b.id() == TypeId::Tuple) {
    return compare_tuples(comparison, function, context, arguments);
  }
  if (is_string_like(a) && is_string_like(b)) {
    return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
      return compare_strings(comparison, *columns[0], *columns[1], row_count);
    });
  }
  if (is_string_like(b) && arguments[1].constant) {
    return compare_with_text(comparison, function, context, arguments, false);
  }
  if (is_string_like(a) && arguments[0].constant) {
    return compare_with_text(comparison, function, context, arguments, true);
  }
  if (compares_as_stored(a) && (a == b || (a.id() == b.id() && a.id() == TypeId::DateTime))) {
    return compare_stored(comparison, a.kind());
  }
  const auto number_like = [](const DataType& type, const DataType& other) {
    return is_plain_number(type) ||
           (is_plain_number(other) &&
            (is_enum(type) || type.id() == TypeId::DateTime || type.id() == TypeId::Ipv4));
  };
  if (number_like(a, b) && number_like(b, a)) return compare_plain_numbers(comparison, arguments);
  const bool is_decimal = a.id() == TypeId::Decimal || b.id() == TypeId::Decimal;
  if (is_decimal && is_number(a) && is_number(b)) {
    return compare_decimals(comparison, context, arguments);
  }
  if ((a.id() == TypeId::Date && b.id() == TypeId::DateTime) ||
      (a.id() == TypeId::DateTime && b.id() == TypeId::Date)) {
    return compare_day_with_time(comparison, context, arguments);
  }
  const bool number_with_other = is_number(a) != is_number(b);
  const bool tuple_with_other = (a.id() == TypeId::Tuple) != (b.id() == TypeId::Tuple);
  if (number_with_other || tuple_with_other) throw_illegal_types(function, arguments);
  return compare_as(comparison, context, arguments,
                    require_common_type({arguments[0].type, arguments[1].type}));
}

namespace {

// NULL as a value: equal to NULL, different from everything else.
BoundFunction bind_distinct(bool distinct, std::string_view name, const FunctionContext& context,
                            FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  const ResolvedFunction equals = resolve_function("equals", context, arguments);
  return make_bound([=](std::span<const ColumnPtr> columns, size_t row_count) {
    const ColumnPtr equal = flat(evaluate(equals, columns, row_count));
    const auto is_null = [&](size_t side, size_t row) {
      if (columns[side]->kind() != PhysicalKind::Nullable) return false;
      const auto& cells = static_cast<const NullableColumn&>(flat_cells(*columns[side]));
      return cells.nulls()[row & row_mask(*columns[side])] != 0;
    };
    const Column* values = equal.get();
    if (equal->kind() == PhysicalKind::Nullable) {
      values = static_cast<const NullableColumn&>(*equal).nested().get();
    }
    const std::span<const uint8_t> same = values_of<uint8_t>(*values);
    return make_numbers<uint8_t>(row_count, [&](size_t i) {
      const bool null_a = is_null(0, i);
      const bool null_b = is_null(1, i);
      const bool alike = null_a || null_b ? null_a == null_b : same[i] != 0;
      return alike != distinct;
    });
  });
}

BoundFunction bind_is_distinct_from(const FunctionContext& context, FunctionArguments arguments) {
  return bind_distinct(true, "isDistinctFrom", context, arguments);
}

BoundFunction bind_is_not_distinct_from(const FunctionContext& context,
                                        FunctionArguments arguments) {
  return bind_distinct(false, "isNotDistinctFrom", context, arguments);
}

#define BIND(name, comparison)                                                \
  [](const FunctionContext& context, FunctionArguments arguments) {           \
    return bind_comparison(Comparison::comparison, name, context, arguments); \
  }

const FunctionEntry kComparisonFunctions[] = {
    {.name = "equals",
     .bind = BIND("equals", Equals),
     .syntax = "equals(a, b)",
     .description = "1 when both are equal; a string constant is read as the other side's type.",
     .example = "SELECT 1 = 1.0, toDate('2024-01-01') = '2024-01-01'",
     .example_result = "1\t1",
     .category = "Comparison"},
    {.name = "notEquals",
     .bind = BIND("notEquals", NotEquals),
     .syntax = "notEquals(a, b)",
     .description = "1 when both differ.",
     .example = "SELECT 1 != 2",
     .example_result = "1",
     .category = "Comparison"},
    {.name = "less",
     .bind = BIND("less", Less),
     .syntax = "less(a, b)",
     .description = "1 when a is less than b.",
     .example = "SELECT -1 < toUInt64(1), 'a' < 'b', (1, 2) < (1, 3)",
     .example_result = "1\t1\t1",
     .category = "Comparison"},
    {.name = "lessOrEquals",
     .bind = BIND("lessOrEquals", LessOrEquals),
     .syntax = "lessOrEquals(a, b)",
     .description = "1 when a is less than or equal to b.",
     .example = "SELECT 1 <= 1",
     .example_result = "1",
     .category = "Comparison"},
    {.name = "greater",
     .bind = BIND("greater", Greater),
     .syntax = "greater(a, b)",
     .description = "1 when a is greater than b.",
     .example = "SELECT 2 > 1",
     .example_result = "1",
     .category = "Comparison"},
    {.name = "greaterOrEquals",
     .bind = BIND("greaterOrEquals", GreaterOrEquals),
     .syntax = "greaterOrEquals(a, b)",
     .description = "1 when a is greater than or equal to b.",
     .example = "SELECT 2 >= 3",
     .example_result = "0",
     .category = "Comparison"},
    {.name = "isNotDistinctFrom",
     .bind = bind_is_not_distinct_from,
     .syntax = "isNotDistinctFrom(a, b)",
     .description = "1 when both are equal or both are NULL.",
     .example = "SELECT isNotDistinctFrom(NULL, NULL), isNotDistinctFrom(1, NULL)",
     .example_result = "1\t0",
     .category = "Comparison",
     .nulls = NullPolicy::Handle},
    {.name = "isDistinctFrom",
     .bind = bind_is_distinct_from,
     .syntax = "isDistinctFrom(a, b)",
     .description = "1 when both differ, NULL taken as a value.",
     .example = "SELECT isDistinctFrom(1, NULL)",
     .example_result = "1",
     .category = "Comparison",
     .nulls = NullPolicy::Handle},
};
#undef BIND

}  // namespace

std::span<const FunctionEntry> comparison_functions() { return kComparisonFunctions; }

}  // namespace freshet
