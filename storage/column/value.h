// Value is one boxed cell: the slow path of literals, defaults, zone maps and tests.
//
// A value carries the physical cell, not its text: a DateTime is a uint64_t of seconds, a Decimal
// an Int128 of its unscaled digits, an Enum an int64_t.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/column/data_type.h"

namespace freshet {

struct Null {
  bool operator==(const Null&) const = default;
};

struct Value;
using ValueList = std::vector<Value>;

struct Value {
  // U8..U64: uint64_t. I8..I64: int64_t. F32, F64: double. I128, U128: themselves.
  // String, FixedString: std::string. Array and Map, Tuple: ValueList.
  std::variant<Null, uint64_t, int64_t, double, Int128, UInt128, std::string, ValueList> cell;

  Value() = default;
  explicit Value(Null) {}
  explicit Value(uint64_t v) : cell(v) {}
  explicit Value(int64_t v) : cell(v) {}
  explicit Value(double v) : cell(v) {}
  explicit Value(Int128 v) : cell(v) {}
  explicit Value(UInt128 v) : cell(v) {}
  explicit Value(std::string v) : cell(std::move(v)) {}
  explicit Value(ValueList v) : cell(std::move(v)) {}

  bool is_null() const { return std::holds_alternative<Null>(cell); }
  template <class T>
  const T& as() const {
    return std::get<T>(cell);
  }
  bool operator==(const Value& other) const;
};

// Order of two cells of one type: NULL after everything, NaN after every number, strings by bytes,
// lists element by element. Numbers of different alternatives compare by value.
std::weak_ordering compare_values(const Value& a, const Value& b);

}  // namespace freshet
