// Functions that choose among their arguments: if, multiIf, CASE, and what deals with NULL.
#include "query/function/branch.h"
#include "query/function/cast.h"
#include "query/function/comparison.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/truth.h"

namespace freshet {

namespace {

// Conditions in turn, each with the branch of its position; the last branch is for the rest.
BoundFunction bind_branches(const FunctionContext& context, std::string_view function,
                            FunctionArguments arguments, const std::vector<size_t>& conditions,
                            const std::vector<size_t>& values) {
  for (const size_t index : conditions) {
    const DataTypePtr bare = without_nullable(arguments[index].type);
    if (!is_integer(*bare) && !is_float(*bare) && bare->id() != TypeId::Nothing) {
      throw_illegal_type(function, arguments, index);
    }
  }
  const BranchTypes branches = unify_branches(context, arguments, values);
  return {branches.type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> cells;
            for (size_t i = 0; i < values.size(); ++i) {
              cells.push_back(branches.casts[i](columns[values[i]]));
            }
            Buffer<uint16_t> choice;
            choice.assign(row_count, static_cast<uint16_t>(conditions.size()));
            for (size_t i = conditions.size(); i-- > 0;) {
              const Buffer<uint8_t> holds = read_condition(*columns[conditions[i]], row_count);
              const auto branch = static_cast<uint16_t>(i);
              for (size_t row = 0; row < row_count; ++row) {
                choice[row] = holds[row] != 0 ? branch : choice[row];
              }
            }
            return choose_cells(*branches.type, cells, choice);
          }};
}

// Which branch is taken when every condition up to it is constant.
std::optional<size_t> constant_branch(FunctionArguments arguments,
                                      const std::vector<size_t>& conditions) {
  for (size_t i = 0; i < conditions.size(); ++i) {
    const FunctionArgument& condition = arguments[conditions[i]];
    if (!condition.constant) return std::nullopt;
    if (read_condition(*condition.constant, 1)[0] != 0) return i;
  }
  return conditions.size();
}

// Branches without a common type are no error when only one can be taken.
BoundFunction bind_branches_or_one(const FunctionContext& context, std::string_view function,
                                   FunctionArguments arguments,
                                   const std::vector<size_t>& conditions,
                                   const std::vector<size_t>& values) {
  const std::optional<size_t> branch = constant_branch(arguments, conditions);
  if (!branch || common_branch_type(arguments, values)) {
    return bind_branches(context, function, arguments, conditions, values);
  }
  return {arguments[values[*branch]].type,
          [index = values[*branch]](std::span<const ColumnPtr> columns, size_t) {
            return columns[index];
          }};
}

BoundFunction bind_if(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("if", arguments, 3, 3);
  return bind_branches_or_one(context, "if", arguments, {0}, {1, 2});
}

BoundFunction bind_multi_if(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("multiIf", arguments, 3, ~size_t{0});
  if (arguments.size() % 2 == 0) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function multiIf needs an odd number of arguments, passed " +
                    std::to_string(arguments.size()));
  }
  std::vector<size_t> conditions;
  std::vector<size_t> values;
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    conditions.push_back(i);
    values.push_back(i + 1);
  }
  values.push_back(arguments.size() - 1);
  return bind_branches_or_one(context, "multiIf", arguments, conditions, values);
}

// CASE x WHEN a THEN ... : multiIf(x = a, ...).
BoundFunction bind_case(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("caseWithExpression", arguments, 4, ~size_t{0});
  if (arguments.size() % 2 != 0) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function caseWithExpression needs an even number of arguments, passed " +
                    std::to_string(arguments.size()));
  }
  std::vector<ResolvedFunction> equals;
  std::vector<FunctionArgument> rest;
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    const FunctionArgument pair[] = {arguments[0], arguments[i]};
    equals.push_back(resolve_function("equals", context, pair));
    rest.push_back({equals.back().type, nullptr, false});
    rest.push_back(arguments[i + 1]);
  }
  rest.push_back(arguments.back());
  BoundFunction bound = bind_multi_if(context, rest);
  bound.kernel = [equals, kernel = std::move(bound.kernel)](std::span<const ColumnPtr> columns,
                                                            size_t row_count) {
    std::vector<ColumnPtr> cells;
    for (size_t i = 0; i < equals.size(); ++i) {
      const ColumnPtr pair[] = {columns[0], columns[1 + 2 * i]};
      cells.push_back(evaluate(equals[i], pair, row_count));
      cells.push_back(columns[2 + 2 * i]);
    }
    cells.push_back(columns.back());
    return kernel(cells, row_count);
  };
  return bound;
}

bool is_null_literal(const DataType& type) {
  return type.is_nullable() && type.argument(0)->id() == TypeId::Nothing;
}

// The first argument that is not NULL.
BoundFunction bind_first_not_null(const FunctionContext& context, FunctionArguments arguments) {
  std::vector<size_t> indexes;
  std::vector<DataTypePtr> types;
  bool nullable = true;
  for (size_t i = 0; i < arguments.size() && nullable; ++i) {
    if (is_null_literal(*arguments[i].type)) continue;
    nullable = can_be_null(*arguments[i].type);
    indexes.push_back(i);
    types.push_back(arguments[i].type);
  }
  if (indexes.empty()) {
    const DataTypePtr type = nullable_type(simple_type(TypeId::Nothing));
    return {type, [type](std::span<const ColumnPtr>, size_t row_count) {
              return null_column(*type, row_count);
            }};
  }
  if (indexes.size() == 1) {
    return {types[0], [index = indexes[0]](std::span<const ColumnPtr> columns, size_t) {
              return columns[index];
            }};
  }
  // A fallback that is never NULL makes the result so: the others lose their Nullable.
  std::vector<FunctionArgument> bare(arguments.begin(), arguments.end());
  if (!nullable) {
    for (FunctionArgument& argument : bare) argument.type = without_nullable(argument.type);
    for (DataTypePtr& bare_type : types) bare_type = without_nullable(bare_type);
  }
  const auto found = common_branch_type(bare, indexes);
  const DataTypePtr type = found ? *found : require_common_type(types);
  CastOptions options;
  options.on_failure = nullable ? CastFailure::Throw : CastFailure::Default;
  std::vector<ColumnCast> casts;
  for (const size_t index : indexes) {
    casts.push_back(make_cast(context, arguments[index].type, type, options).cast);
  }
  return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> cells;
            for (size_t i = 0; i < indexes.size(); ++i) {
              cells.push_back(casts[i](columns[indexes[i]]));
            }
            Buffer<uint16_t> choice;
            choice.assign(row_count, static_cast<uint16_t>(indexes.size() - 1));
            for (size_t i = indexes.size() - 1; i-- > 0;) {
              const Column& column = *columns[indexes[i]];
              const auto& flags = static_cast<const NullableColumn&>(flat_cells(column)).nulls();
              const size_t mask = row_mask(column);
              for (size_t row = 0; row < row_count; ++row) {
                if (flags[row & mask] == 0) choice[row] = static_cast<uint16_t>(i);
              }
            }
            return choose_cells(*type, cells, choice);
          }};
}

BoundFunction bind_if_null(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("ifNull", arguments, 2, 2);
  return bind_first_not_null(context, arguments);
}

BoundFunction bind_coalesce(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("coalesce", arguments, 1, ~size_t{0});
  return bind_first_not_null(context, arguments);
}

BoundFunction bind_null_if(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("nullIf", arguments, 2, 2);
  const DataTypePtr type = nullable_type(arguments[0].type);
  const ResolvedFunction equals = resolve_function("equals", context, arguments);
  const ColumnCast cast = make_cast(context, arguments[0].type, type).cast;
  return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr same = evaluate(equals, columns, row_count);
            return make_nullable(flat(cast(columns[0])), read_condition(*flat(same), row_count));
          }};
}

// 1 or 0 by the NULL flag of each cell.
BoundFunction bind_null_test(std::string_view name, FunctionArguments arguments, bool null_result) {
  check_argument_count(name, arguments, 1, 1);
  return {simple_type(TypeId::UInt8),
          [null_result](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const Column& column = *columns[0];
            if (column.kind() != PhysicalKind::Nullable) {
              return std::make_shared<ConstantColumn>(
                  make_number_column<uint8_t>(Buffer<uint8_t>(1, !null_result)), row_count);
            }
            const auto& flags = static_cast<const NullableColumn&>(flat_cells(column)).nulls();
            const size_t mask = row_mask(column);
            return make_numbers<uint8_t>(
                row_count, [&](size_t i) { return (flags[i & mask] != 0) == null_result; });
          }};
}

BoundFunction bind_is_null(const FunctionContext&, FunctionArguments arguments) {
  return bind_null_test("isNull", arguments, true);
}

BoundFunction bind_is_not_null(const FunctionContext&, FunctionArguments arguments) {
  return bind_null_test("isNotNull", arguments, false);
}

BoundFunction bind_is_zero_or_null(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("isZeroOrNull", arguments, 1, 1);
  const DataTypePtr bare = without_nullable(arguments[0].type);
  if (!is_integer(*bare) && !is_float(*bare) && bare->id() != TypeId::Nothing) {
    throw_illegal_type("isZeroOrNull", arguments, 0);
  }
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            Buffer<uint8_t> truth = read_condition(*columns[0], row_count);
            for (uint8_t& value : truth) value ^= 1;
            return make_number_column<uint8_t>(std::move(truth));
          }};
}

BoundFunction bind_assume_not_null(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("assumeNotNull", arguments, 1, 1);
  return {without_nullable(arguments[0].type),
          [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const ColumnPtr& column = columns[0];
            if (column->kind() != PhysicalKind::Nullable) return column;
            const ColumnPtr& nested =
                static_cast<const NullableColumn&>(flat_cells(*column)).nested();
            if (!is_constant(*column)) return nested;
            return std::make_shared<ConstantColumn>(nested, row_count);
          }};
}

BoundFunction bind_to_nullable(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("toNullable", arguments, 1, 1);
  return {nullable_type(arguments[0].type), [](std::span<const ColumnPtr> columns, size_t) {
            return columns[0]->kind() == PhysicalKind::Nullable ? columns[0]
                                                                : make_nullable(columns[0], {});
          }};
}

// greatest and least: the argument that the others stand in `order` to; NULLs are left out.
BoundFunction bind_extreme(std::string_view name, Comparison order, const FunctionContext& context,
                           FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, ~size_t{0});
  std::vector<DataTypePtr> types;
  for (const FunctionArgument& argument : arguments) types.push_back(argument.type);
  const BranchTypes branches = unify_branches(context, types);
  const DataTypePtr& type = branches.type;
  const DataTypePtr bare = without_nullable(type);
  if (bare->id() == TypeId::Nothing || bare->kind() == PhysicalKind::Array ||
      bare->kind() == PhysicalKind::Tuple) {
    throw_illegal_types(name, arguments);
  }
  const FunctionArgument pair[] = {{type, nullptr, false}, {type, nullptr, false}};
  const ResolvedFunction compare =
      resolve_function(order == Comparison::Less ? "less" : "greater", context, pair);
  return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            ColumnPtr best = branches.casts[0](columns[0]);
            for (size_t i = 1; i < columns.size(); ++i) {
              const ColumnPtr next = branches.casts[i](columns[i]);
              const ColumnPtr both[] = {best, next};
              const ColumnPtr wins = flat(evaluate(compare, both, row_count));
              const Buffer<uint8_t> better = read_condition(*wins, row_count);
              Buffer<uint16_t> choice(better.begin(), better.end());
              if (best->kind() == PhysicalKind::Nullable) {
                const auto& flags = static_cast<const NullableColumn&>(flat_cells(*best)).nulls();
                const size_t mask = row_mask(*best);
                for (size_t row = 0; row < row_count; ++row) choice[row] |= flags[row & mask];
              }
              best = choose_cells(*type, both, choice);
            }
            return best;
          }};
}

BoundFunction bind_greatest(const FunctionContext& context, FunctionArguments arguments) {
  return bind_extreme("greatest", Comparison::Less, context, arguments);
}

BoundFunction bind_least(const FunctionContext& context, FunctionArguments arguments) {
  return bind_extreme("least", Comparison::Greater, context, arguments);
}

constexpr FunctionEntry kConditionalFunctions[] = {
    {.name = "if",
     .bind = bind_if,
     .syntax = "if(condition, then, else)",
     .description = "`then` where the condition is true, `else` where it is false or NULL.",
     .example = "SELECT if(1 < 2, 'yes', 'no')",
     .example_result = "yes",
     .category = "Conditional",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "multiIf",
     .bind = bind_multi_if,
     .syntax = "multiIf(condition, value, ..., else)",
     .description = "The value of the first condition that is true; CASE WHEN.",
     .example = "SELECT multiIf(0, 'a', 1, 'b', 'c')",
     .example_result = "b",
     .category = "Conditional",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "caseWithExpression",
     .bind = bind_case,
     .syntax = "caseWithExpression(x, value, result, ..., else)",
     .description = "The result of the first value that x is equal to; CASE x WHEN.",
     .example = "SELECT CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END",
     .example_result = "two",
     .category = "Conditional",
     .nulls = NullPolicy::Handle},
    function_alias("caseWithExpr", "caseWithExpression"),
    {.name = "ifNull",
     .bind = bind_if_null,
     .syntax = "ifNull(x, alternative)",
     .description = "`alternative` where x is NULL, else x.",
     .example = "SELECT ifNull(NULL, 5)",
     .example_result = "5",
     .category = "Null",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "coalesce",
     .bind = bind_coalesce,
     .syntax = "coalesce(x, ...)",
     .description = "The first argument that is not NULL.",
     .example = "SELECT coalesce(NULL, NULL, 3)",
     .example_result = "3",
     .category = "Null",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "nullIf",
     .bind = bind_null_if,
     .syntax = "nullIf(x, y)",
     .description = "NULL where x equals y, else x.",
     .example = "SELECT nullIf(1, 1), nullIf(1, 2)",
     .example_result = "\\N\t1",
     .category = "Null",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "isNull",
     .bind = bind_is_null,
     .syntax = "isNull(x)",
     .description = "1 where x is NULL.",
     .example = "SELECT isNull(NULL), 1 IS NULL",
     .example_result = "1\t0",
     .category = "Null",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "isNotNull",
     .bind = bind_is_not_null,
     .syntax = "isNotNull(x)",
     .description = "1 where x is not NULL.",
     .example = "SELECT 1 IS NOT NULL",
     .example_result = "1",
     .category = "Null",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "isZeroOrNull",
     .bind = bind_is_zero_or_null,
     .syntax = "isZeroOrNull(x)",
     .description = "1 where x is 0 or NULL.",
     .example = "SELECT isZeroOrNull(0), isZeroOrNull(NULL), isZeroOrNull(1)",
     .example_result = "1\t1\t0",
     .category = "Null",
     .nulls = NullPolicy::Handle},
    {.name = "assumeNotNull",
     .bind = bind_assume_not_null,
     .syntax = "assumeNotNull(x)",
     .description = "x without Nullable; what a NULL gives is the type's default.",
     .example = "SELECT assumeNotNull(toNullable(5))",
     .example_result = "5",
     .category = "Null",
     .nulls = NullPolicy::Handle},
    {.name = "toNullable",
     .bind = bind_to_nullable,
     .syntax = "toNullable(x)",
     .description = "x as a Nullable type.",
     .example = "SELECT toTypeName(toNullable(5))",
     .example_result = "Nullable(UInt8)",
     .category = "Null",
     .nulls = NullPolicy::Handle},
    {.name = "greatest",
     .bind = bind_greatest,
     .syntax = "greatest(a, b, ...)",
     .description = "The greatest argument, NULLs left out.",
     .example = "SELECT greatest(1, 3, 2), greatest(1, NULL)",
     .example_result = "3\t1",
     .category = "Conditional",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "least",
     .bind = bind_least,
     .syntax = "least(a, b, ...)",
     .description = "The least argument, NULLs left out.",
     .example = "SELECT least(3, 1.5), least('b', 'a')",
     .example_result = "1.5\ta",
     .category = "Conditional",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
};

}  // namespace

std::span<const FunctionEntry> conditional_functions() { return kConditionalFunctions; }

}  // namespace freshet
