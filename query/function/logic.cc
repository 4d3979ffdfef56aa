// and, or, xor, not with three values: true, false, NULL.
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/truth.h"

namespace freshet {

namespace {

enum class Operation : uint8_t { And, Or, Xor };

void check_logic_argument(std::string_view function, FunctionArguments arguments, size_t index) {
  const DataTypePtr bare = without_nullable(arguments[index].type);
  if (!is_integer(*bare) && !is_float(*bare) && bare->id() != TypeId::Nothing) {
    throw_illegal_type(function, arguments, index);
  }
}

// `into` = `into` operation `next`. A value under a NULL counts for nothing, and is 0 afterwards.
void combine(Operation operation, Truth& into, const Truth& next) {
  const size_t row_count = into.values.size();
  uint8_t* a = into.values.data();
  const uint8_t* b = next.values.data();
  if (into.nulls.empty() && next.nulls.empty()) {
    switch (operation) {
      case Operation::And:
        for (size_t i = 0; i < row_count; ++i) a[i] &= b[i];
        return;
      case Operation::Or:
        for (size_t i = 0; i < row_count; ++i) a[i] |= b[i];
        return;
      case Operation::Xor:
        for (size_t i = 0; i < row_count; ++i) a[i] ^= b[i];
        return;
    }
  }
  if (into.nulls.empty()) into.nulls.assign(row_count, 0);
  uint8_t* null_a = into.nulls.data();
  const uint8_t* null_b = next.nulls.empty() ? nullptr : next.nulls.data();
  for (size_t i = 0; i < row_count; ++i) {
    const bool unknown_a = null_a[i] != 0;
    const bool unknown_b = null_b != nullptr && null_b[i] != 0;
    bool unknown = unknown_a || unknown_b;
    bool value = false;
    switch (operation) {
      case Operation::And:
        if ((!unknown_a && a[i] == 0) || (!unknown_b && b[i] == 0))
          unknown = false;
        else
          value = true;
        break;
      case Operation::Or:
        if ((!unknown_a && a[i] != 0) || (!unknown_b && b[i] != 0)) {
          unknown = false;
          value = true;
        }
        break;
      case Operation::Xor:
        value = a[i] != b[i];
        break;
    }
    null_a[i] = unknown;
    a[i] = value && !unknown;
  }
}

ColumnPtr make_truth(Truth truth, bool nullable) {
  ColumnPtr values = make_number_column<uint8_t>(std::move(truth.values));
  return nullable ? make_nullable(values, std::move(truth.nulls)) : values;
}

// Bool when one argument is.
DataTypePtr operation_type(FunctionArguments arguments) {
  bool any_bool = false;
  bool nullable = false;
  for (const FunctionArgument& argument : arguments) {
    nullable |= argument.type->is_nullable();
    any_bool |= without_nullable(argument.type)->id() == TypeId::Bool;
  }
  const DataTypePtr type = simple_type(any_bool ? TypeId::Bool : TypeId::UInt8);
  return nullable ? nullable_type(type) : type;
}

BoundFunction bind_operation(Operation operation, std::string_view name,
                             FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, ~size_t{0});
  for (size_t i = 0; i < arguments.size(); ++i) check_logic_argument(name, arguments, i);
  const DataTypePtr type = operation_type(arguments);
  return {type, [operation, nullable = type->is_nullable()](std::span<const ColumnPtr> columns,
                                                            size_t row_count) {
            Truth result;
            Truth next;
            read_truth(*columns[0], row_count, result);
            for (size_t i = 1; i < columns.size(); ++i) {
              read_truth(*columns[i], row_count, next);
              combine(operation, result, next);
            }
            return make_truth(std::move(result), nullable);
          }};
}

BoundFunction bind_and(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation(Operation::And, "and", arguments);
}

BoundFunction bind_or(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation(Operation::Or, "or", arguments);
}

BoundFunction bind_xor(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation(Operation::Xor, "xor", arguments);
}

BoundFunction bind_not(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("not", arguments, 1, 1);
  check_logic_argument("not", arguments, 0);
  return {operation_type(arguments), [](std::span<const ColumnPtr> columns, size_t row_count) {
            Truth truth;
            read_truth(*columns[0], row_count, truth);
            for (uint8_t& value : truth.values) value ^= 1;
            return make_truth(std::move(truth), false);
          }};
}

constexpr FunctionEntry kLogicFunctions[] = {
    {.name = "and",
     .bind = bind_and,
     .syntax = "and(a, b, ...)",
     .description = "1 when all arguments are true; NULL when that hangs on a NULL.",
     .example = "SELECT 1 AND 0, 0 AND NULL, 1 AND NULL",
     .example_result = "0\t0\t\\N",
     .category = "Logical",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "or",
     .bind = bind_or,
     .syntax = "or(a, b, ...)",
     .description = "1 when any argument is true; NULL when that hangs on a NULL.",
     .example = "SELECT 1 OR 0, 1 OR NULL, 0 OR NULL",
     .example_result = "1\t1\t\\N",
     .category = "Logical",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "xor",
     .bind = bind_xor,
     .syntax = "xor(a, b, ...)",
     .description = "1 when an odd number of arguments is true; NULL when one is NULL.",
     .example = "SELECT xor(1, 0), xor(1, 1)",
     .example_result = "1\t0",
     .category = "Logical",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    {.name = "not",
     .bind = bind_not,
     .syntax = "not(a)",
     .description = "1 when the argument is false.",
     .example = "SELECT NOT 1, NOT 0",
     .example_result = "0\t1",
     .category = "Logical",
     .case_insensitive = true},
};

}  // namespace

std::span<const FunctionEntry> logic_functions() { return kLogicFunctions; }

}  // namespace freshet
