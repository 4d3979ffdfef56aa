// Operations on the bits of integers.
#include <bit>

#include "query/function/arithmetic_types.h"
#include "query/function/binary_loop.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

template <class T>
constexpr bool kInteger = std::is_integral_v<T>;

// Integers of one kind: dispatch_native without the floats.
template <class Function>
ColumnPtr dispatch_integer(PhysicalKind kind, Function&& function) {
  return dispatch_native(kind, [&]<class T>() -> ColumnPtr {
    if constexpr (kInteger<T>) {
      return function.template operator()<T>();
    } else {
      return nullptr;
    }
  });
}

template <class Operation>
BoundFunction bind_operation(std::string_view name, FunctionArguments arguments,
                             Operation operation) {
  check_argument_count(name, arguments, 2, 2);
  if (!is_integer(*arguments[0].type) || !is_integer(*arguments[1].type)) {
    throw_illegal_types(name, arguments);
  }
  const DataTypePtr type = bits_type(*arguments[0].type, *arguments[1].type);
  return {type,
          [operation, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_integer(kind, [&]<class T>() {
              return binary_loop<T, T>(*columns[0], *columns[1], row_count, operation);
            });
          }};
}

BoundFunction bind_and(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation("bitAnd", arguments,
                        [](auto a, auto b) { return static_cast<decltype(a)>(a & b); });
}

BoundFunction bind_or(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation("bitOr", arguments,
                        [](auto a, auto b) { return static_cast<decltype(a)>(a | b); });
}

BoundFunction bind_xor(const FunctionContext&, FunctionArguments arguments) {
  return bind_operation("bitXor", arguments,
                        [](auto a, auto b) { return static_cast<decltype(a)>(a ^ b); });
}

void check_shift(std::string_view name, int64_t positions) {
  if (positions >= 0) return;
  throw Error(ErrorCode::ArgumentOutOfBound,
              "Function " + std::string(name) + " cannot shift by " + std::to_string(positions));
}

// shift(value, positions) with positions below the bits of the result; further is 0.
template <class Shift>
BoundFunction bind_shift_bits(std::string_view name, FunctionArguments arguments, Shift shift) {
  check_argument_count(name, arguments, 2, 2);
  check_integer(name, arguments, 0);
  check_integer(name, arguments, 1);
  const DataTypePtr type = bits_type(*arguments[0].type, *arguments[1].type);
  return {type, [shift, kind = type->kind(), name = std::string(name)](
                    std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells positions(*columns[1]);
            return dispatch_integer(kind, [&]<class T>() {
              const ColumnPtr values = as_numbers<T>(columns[0]);
              const NumberCells<T> cells(*values);
              return make_numbers<T>(row_count, [&](size_t i) -> T {
                check_shift(name, positions[i]);
                if (positions[i] >= static_cast<int64_t>(sizeof(T) * 8)) return 0;
                return shift(cells[i], static_cast<int>(positions[i]));
              });
            });
          }};
}

BoundFunction bind_shift_left(const FunctionContext&, FunctionArguments arguments) {
  return bind_shift_bits("bitShiftLeft", arguments, [](auto value, int positions) {
    using T = decltype(value);
    return static_cast<T>(static_cast<uint64_t>(value) << positions);
  });
}

BoundFunction bind_shift_right(const FunctionContext&, FunctionArguments arguments) {
  return bind_shift_bits("bitShiftRight", arguments, [](auto value, int positions) {
    return static_cast<decltype(value)>(value >> positions);
  });
}

template <class Rotate>
BoundFunction bind_rotate(std::string_view name, FunctionArguments arguments, Rotate rotate) {
  check_argument_count(name, arguments, 2, 2);
  check_integer(name, arguments, 0);
  check_integer(name, arguments, 1);
  const DataTypePtr type = arguments[0].type;
  return {
      type, [rotate, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
        const IntegerCells positions(*columns[1]);
        return dispatch_integer(kind, [&]<class T>() {
          const NumberCells<T> cells(*columns[0]);
          return make_numbers<T>(row_count, [&](size_t i) {
            using Unsigned = std::make_unsigned_t<T>;
            constexpr int64_t kBits = sizeof(T) * 8;
            return static_cast<T>(
                rotate(static_cast<Unsigned>(cells[i]), static_cast<int>(positions[i] % kBits)));
          });
        });
      }};
}

BoundFunction bind_rotate_left(const FunctionContext&, FunctionArguments arguments) {
  return bind_rotate("bitRotateLeft", arguments,
                     [](auto value, int positions) { return std::rotl(value, positions); });
}

BoundFunction bind_rotate_right(const FunctionContext&, FunctionArguments arguments) {
  return bind_rotate("bitRotateRight", arguments,
                     [](auto value, int positions) { return std::rotr(value, positions); });
}

BoundFunction bind_not(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("bitNot", arguments, 1, 1);
  check_integer("bitNot", arguments, 0);
  const DataTypePtr& argument = arguments[0].type;
  const DataTypePtr type = native_type(is_signed_number(*argument), false, cell_bytes(*argument));
  return {type, [](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_integer(columns[0]->kind(), [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_numbers<T>(row_count, [&](size_t i) { return ~cells[i]; });
            });
          }};
}

BoundFunction bind_bit_count(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("bitCount", arguments, 1, 1);
  check_integer("bitCount", arguments, 0);
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_integer(columns[0]->kind(), [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_numbers<uint8_t>(row_count, [&](size_t i) {
                return std::popcount(static_cast<std::make_unsigned_t<T>>(cells[i]));
              });
            });
          }};
}

BoundFunction bind_distance(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "bitHammingDistance";
  check_argument_count(kName, arguments, 2, 2);
  check_integer(kName, arguments, 0);
  check_integer(kName, arguments, 1);
  // Of 64 bits, so that integers of different widths can be compared.
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells a(*columns[0]);
            const IntegerCells b(*columns[1]);
            return make_numbers<uint8_t>(row_count, [&](size_t i) {
              return std::popcount(static_cast<uint64_t>(a[i] ^ b[i]));
            });
          }};
}

// bitTest, bitTestAny, bitTestAll: bits at positions from 0.
BoundFunction bind_test(std::string_view name, bool all, size_t count_max,
                        FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, count_max);
  for (size_t i = 0; i < arguments.size(); ++i) check_integer(name, arguments, i);
  const auto bits = static_cast<int64_t>(cell_bytes(*arguments[0].type) * 8);
  return {
      simple_type(TypeId::UInt8),
      [all, bits, name = std::string(name)](std::span<const ColumnPtr> columns, size_t row_count) {
        const IntegerCells values(*columns[0]);
        std::vector<IntegerCells> positions;
        for (const ColumnPtr& column : columns.subspan(1)) positions.emplace_back(*column);
        return make_numbers<uint8_t>(row_count, [&](size_t i) {
          bool result = all;
          for (const IntegerCells& position : positions) {
            if (position[i] < 0 || position[i] >= bits) {
              throw Error(ErrorCode::ArgumentOutOfBound,
                          "Function " + name + " cannot test bit " + std::to_string(position[i]));
            }
            const bool set = (values[i] >> position[i] & 1) != 0;
            result = all ? result && set : result || set;
          }
          return result;
        });
      }};
}

BoundFunction bind_test_one(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("bitTest", false, 2, arguments);
}

BoundFunction bind_test_any(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("bitTestAny", false, ~size_t{0}, arguments);
}

BoundFunction bind_test_all(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("bitTestAll", true, ~size_t{0}, arguments);
}

// The powers of 2 that add up to a number, or their exponents.
template <bool kPositions>
BoundFunction bind_to_array(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_integer(name, arguments, 0);
  const DataTypePtr element = kPositions ? simple_type(TypeId::UInt64) : arguments[0].type;
  const auto bits = static_cast<int>(cell_bytes(*arguments[0].type) * 8);
  return {array_type(element),
          [bits, kind = element->kind()](std::span<const ColumnPtr> columns,
                                         size_t row_count) -> ColumnPtr {
            const IntegerCells values(*columns[0]);
            Buffer<uint64_t> parts;
            Buffer<uint32_t> offsets(1, 0);
            for (size_t row = 0; row < row_count; ++row) {
              for (int bit = 0; bit < bits; ++bit) {
                if ((values[row] >> bit & 1) == 0) continue;
                parts.push_back(kPositions ? static_cast<uint64_t>(bit) : uint64_t{1} << bit);
              }
              offsets.push_back(static_cast<uint32_t>(parts.size()));
            }
            const ColumnPtr numbers = make_number_column<uint64_t>(std::move(parts));
            return std::make_shared<ArrayColumn>(
                dispatch_native(kind, [&]<class T>() { return as_numbers<T>(numbers); }),
                std::move(offsets));
          }};
}

BoundFunction bind_mask_to_array(const FunctionContext&, FunctionArguments arguments) {
  return bind_to_array<false>("bitmaskToArray", arguments);
}

BoundFunction bind_positions_to_array(const FunctionContext&, FunctionArguments arguments) {
  return bind_to_array<true>("bitPositionsToArray", arguments);
}

#define BIT(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                 \
  {                                                                             \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION, \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Bit"   \
  }

constexpr FunctionEntry kBitFunctions[] = {
    BIT("bitAnd", bind_and, "bitAnd(a, b)", "Bits that are set in both.", "bitAnd(5, 3)", "1"),
    BIT("bitOr", bind_or, "bitOr(a, b)", "Bits that are set in either.", "bitOr(5, 3)", "7"),
    BIT("bitXor", bind_xor, "bitXor(a, b)", "Bits that are set in one only.", "bitXor(5, 3)", "6"),
    BIT("bitNot", bind_not, "bitNot(a)", "The bits that are not set.", "bitNot(5)", "250"),
    BIT("bitShiftLeft", bind_shift_left, "bitShiftLeft(a, n)", "The bits moved n places up.",
        "bitShiftLeft(1, 3)", "8"),
    BIT("bitShiftRight", bind_shift_right, "bitShiftRight(a, n)", "The bits moved n places down.",
        "bitShiftRight(-8, 1)", "-4"),
    BIT("bitRotateLeft", bind_rotate_left, "bitRotateLeft(a, n)",
        "The bits moved n places up, those at the top to the bottom.", "bitRotateLeft(129, 1)",
        "3"),
    BIT("bitRotateRight", bind_rotate_right, "bitRotateRight(a, n)",
        "The bits moved n places down, those at the bottom to the top.", "bitRotateRight(3, 1)",
        "129"),
    BIT("bitCount", bind_bit_count, "bitCount(a)", "How many bits are set.", "bitCount(255)", "8"),
    BIT("bitHammingDistance", bind_distance, "bitHammingDistance(a, b)",
        "How many bits are set in one only.", "bitHammingDistance(5, 3)", "2"),
    BIT("bitTest", bind_test_one, "bitTest(a, n)", "The n-th bit, from 0.", "bitTest(5, 2)", "1"),
    BIT("bitTestAny", bind_test_any, "bitTestAny(a, n, ...)", "1 when any of the bits is set.",
        "bitTestAny(5, 1, 2)", "1"),
    BIT("bitTestAll", bind_test_all, "bitTestAll(a, n, ...)", "1 when all of the bits are set.",
        "bitTestAll(5, 1, 2)", "0"),
    BIT("bitmaskToArray", bind_mask_to_array, "bitmaskToArray(a)",
        "The powers of 2 that add up to a.", "bitmaskToArray(5)", "[1,4]"),
    BIT("bitPositionsToArray", bind_positions_to_array, "bitPositionsToArray(a)",
        "The places of the bits that are set.", "bitPositionsToArray(5)", "[0,2]"),
};
#undef BIT

}  // namespace

std::span<const FunctionEntry> bit_functions() { return kBitFunctions; }

}  // namespace freshet
