#include "query/function/comparison_loop.h"

#include <cstring>
#include <functional>
#include <limits>

#include "query/function/binary_loop.h"
#include "query/function/kernel.h"
#include "storage/base/vector_clones.h"
#include "storage/column/row_order.h"

namespace freshet {

Comparison swapped(Comparison comparison) {
  switch (comparison) {
    case Comparison::Less:
      return Comparison::Greater;
    case Comparison::LessOrEquals:
      return Comparison::GreaterOrEquals;
    case Comparison::Greater:
      return Comparison::Less;
    case Comparison::GreaterOrEquals:
      return Comparison::LessOrEquals;
    default:
      return comparison;
  }
}

namespace {

// Calls loop(operation, swap): a > b is b < a, which NaN does not disturb.
template <class Loop>
ColumnPtr dispatch_comparison(Comparison comparison, Loop&& loop) {
  switch (comparison) {
    case Comparison::Equals:
      return loop(std::equal_to<>(), false);
    case Comparison::NotEquals:
      return loop(std::not_equal_to<>(), false);
    case Comparison::Less:
      return loop(std::less<>(), false);
    case Comparison::LessOrEquals:
      return loop(std::less_equal<>(), false);
    case Comparison::Greater:
      return loop(std::less<>(), true);
    default:
      return loop(std::less_equal<>(), true);
  }
}

bool holds(Comparison comparison, int order) {
  switch (comparison) {
    case Comparison::Equals:
      return order == 0;
    case Comparison::NotEquals:
      return order != 0;
    case Comparison::Less:
      return order < 0;
    case Comparison::LessOrEquals:
      return order <= 0;
    case Comparison::Greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

// out[i] = operation(values[i], constant).
template <class T, class Operation>
FRESHET_VECTOR_CLONES void compare_with_constant(const T* __restrict values, size_t count,
                                                 T constant, Operation operation,
                                                 uint8_t* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = operation(values[i], constant) ? 1 : 0;
}

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

// Flat strings with one constant.
ColumnPtr match_constant(const StringColumn& cells, std::string_view constant, bool equal) {
  const uint32_t* offsets = cells.offsets().data();
  const char* bytes = cells.bytes().data();
  const size_t size = constant.size();
  if (size == 0) {
    return make_numbers<uint8_t>(cells.size(),
                                 [&](size_t i) { return (offsets[i + 1] == offsets[i]) == equal; });
  }
  return make_numbers<uint8_t>(cells.size(), [&](size_t i) {
    const bool same = offsets[i + 1] - offsets[i] == size &&
                      std::memcmp(bytes + offsets[i], constant.data(), size) == 0;
    return same == equal;
  });
}

}  // namespace

ColumnPtr compare_numbers(Comparison comparison, PhysicalKind kind, const Column& a,
                          const Column& b, size_t row_count) {
  return dispatch_number(kind, [&]<class T>() {
    return dispatch_comparison(comparison, [&](auto operation, bool swap) {
      const Column& left = swap ? b : a;
      const Column& right = swap ? a : b;
      if (left.kind() == kind && left.form() == ColumnForm::Flat && right.kind() == kind &&
          is_constant(right)) {
        Buffer<uint8_t> out(row_count);
        compare_with_constant(values_of<T>(left).data(), row_count,
                              values_of<T>(flat_cells(right))[0], operation, out.data());
        return make_number_column(std::move(out));
      }
      return binary_loop<T, uint8_t>(swap ? b : a, swap ? a : b, row_count, [operation](T x, T y) {
        return static_cast<uint8_t>(operation(x, y));
      });
    });
  });
}

ColumnPtr compare_mixed_numbers(Comparison comparison, const ColumnPtr& a, const ColumnPtr& b,
                                size_t row_count) {
  // long double has 64 bits of mantissa, enough for every 64-bit integer.
  static_assert(std::numeric_limits<long double>::digits >= 64);
  return dispatch_native(a->kind(), [&]<class A>() {
    return dispatch_native(b->kind(), [&]<class B>() -> ColumnPtr {
      if constexpr (std::is_floating_point_v<A> == std::is_floating_point_v<B>) {
        return nullptr;
      } else {
        const NumberCells<A> left(*a);
        const NumberCells<B> right(*b);
        return dispatch_comparison(comparison, [&](auto operation, bool swap) {
          return make_numbers<uint8_t>(row_count, [&](size_t i) {
            const auto x = static_cast<long double>(left[i]);
            const auto y = static_cast<long double>(right[i]);
            return swap ? operation(y, x) : operation(x, y);
          });
        });
      }
    });
  });
}

ColumnPtr compare_strings(Comparison comparison, const Column& a, const Column& b,
                          size_t row_count) {
  const bool fixed = a.kind() == PhysicalKind::FixedString || b.kind() == PhysicalKind::FixedString;
  const StringCells left(a);
  const StringCells right(b);
  if (is_equality(comparison) && !fixed) {
    const bool equal = comparison == Comparison::Equals;
    if (is_constant(b) && !is_constant(a)) {
      return match_constant(static_cast<const StringColumn&>(a), right[0], equal);
    }
    if (is_constant(a) && !is_constant(b)) {
      return match_constant(static_cast<const StringColumn&>(b), left[0], equal);
    }
    return make_numbers<uint8_t>(row_count,
                                 [&](size_t i) { return same_bytes(left[i], right[i]) == equal; });
  }
  if (!fixed) {
    return make_numbers<uint8_t>(
        row_count, [&](size_t i) { return holds(comparison, left[i].compare(right[i])); });
  }
  return make_numbers<uint8_t>(row_count, [&](size_t i) {
    return holds(comparison, unpadded(left[i]).compare(unpadded(right[i])));
  });
}

ColumnPtr compare_any(Comparison comparison, const Column& a, const Column& b, size_t row_count) {
  const size_t mask_a = row_mask(a);
  const size_t mask_b = row_mask(b);
  const Column& cells_a = flat_cells(a);
  const Column& cells_b = flat_cells(b);
  return make_numbers<uint8_t>(row_count, [&](size_t i) {
    return holds(comparison, compare_cells(cells_a, i & mask_a, cells_b, i & mask_b));
  });
}

}  // namespace freshet
