#include "storage/column/value.h"

#include <algorithm>
#include <cmath>

namespace freshet {

namespace {

template <class T>
inline constexpr bool kIsInteger = std::is_same_v<T, uint64_t> || std::is_same_v<T, int64_t> ||
                                   std::is_same_v<T, Int128> || std::is_same_v<T, UInt128>;

constexpr UInt128 kInt128Max = ~UInt128{0} >> 1;

std::weak_ordering compare_integers(Int128 a, Int128 b) {
  return a < b   ? std::weak_ordering::less
         : a > b ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}
std::weak_ordering compare_integers(UInt128 a, UInt128 b) {
  return a < b   ? std::weak_ordering::less
         : a > b ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}
std::weak_ordering compare_integers(Int128 a, UInt128 b) {
  return b > kInt128Max ? std::weak_ordering::less : compare_integers(a, static_cast<Int128>(b));
}
std::weak_ordering compare_integers(UInt128 a, Int128 b) {
  return a > kInt128Max ? std::weak_ordering::greater : compare_integers(static_cast<Int128>(a), b);
}

// 64-bit integers fit an Int128.
Int128 widen(uint64_t v) { return static_cast<Int128>(v); }
Int128 widen(int64_t v) { return v; }
Int128 widen(Int128 v) { return v; }
UInt128 widen(UInt128 v) { return v; }

std::weak_ordering compare_floats(double a, double b) {
  const bool a_nan = std::isnan(a);
  const bool b_nan = std::isnan(b);
  if (a_nan || b_nan) return a_nan <=> b_nan;
  return a < b   ? std::weak_ordering::less
         : a > b ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

// Exact: doubles beyond the integers' range decide by sign, others by whole part, then fraction.
template <class Integer>
std::weak_ordering compare_integer_to_float(Integer a, double b) {
  constexpr double kTwoTo127 = 170141183460469231731687303715884105728.0;
  if (std::isnan(b)) return std::weak_ordering::less;
  constexpr bool is_signed = std::is_same_v<Integer, Int128>;
  if (b >= (is_signed ? kTwoTo127 : 2 * kTwoTo127)) return std::weak_ordering::less;
  if (b < (is_signed ? -kTwoTo127 : 0.0)) return std::weak_ordering::greater;
  const double whole = std::trunc(b);
  const std::weak_ordering by_whole = compare_integers(a, static_cast<Integer>(whole));
  return by_whole != 0 ? by_whole : compare_floats(whole, b);
}

std::weak_ordering reversed(std::weak_ordering order) { return 0 <=> order; }

// Order between kinds that no type mixes; NULL is last.
template <class T>
inline constexpr int kKindRank = std::is_same_v<T, Null>          ? 3
                                 : std::is_same_v<T, ValueList>   ? 2
                                 : std::is_same_v<T, std::string> ? 1
                                                                  : 0;

std::weak_ordering compare_lists(const ValueList& a, const ValueList& b) {
  const size_t count = std::min(a.size(), b.size());
  for (size_t i = 0; i < count; ++i) {
    const std::weak_ordering order = compare_values(a[i], b[i]);
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

struct Compare {
  template <class A, class B>
  std::weak_ordering operator()(const A& a, const B& b) const {
    if constexpr (kIsInteger<A> && kIsInteger<B>) {
      return compare_integers(widen(a), widen(b));
    } else if constexpr (std::is_same_v<A, double> && std::is_same_v<B, double>) {
      return compare_floats(a, b);
    } else if constexpr (kIsInteger<A> && std::is_same_v<B, double>) {
      return compare_integer_to_float(widen(a), b);
    } else if constexpr (std::is_same_v<A, double> && kIsInteger<B>) {
      return reversed(compare_integer_to_float(widen(b), a));
    } else if constexpr (std::is_same_v<A, std::string> && std::is_same_v<B, std::string>) {
      return a <=> b;
    } else if constexpr (std::is_same_v<A, ValueList> && std::is_same_v<B, ValueList>) {
      return compare_lists(a, b);
    } else {
      return kKindRank<A> <=> kKindRank<B>;
    }
  }
};

}  // namespace

std::weak_ordering compare_values(const Value& a, const Value& b) {
  return std::visit(Compare{}, a.cell, b.cell);
}

bool Value::operator==(const Value& other) const { return cell == other.cell; }

}  // namespace freshet
