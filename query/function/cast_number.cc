#include <cmath>
#include <limits>

#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "query/function/number_conversion.h"

namespace freshet {

namespace {

bool is_cast_as_number(const DataType& type) {
  return is_integer(type) || is_float(type) || is_enum(type) || type.id() == TypeId::Interval ||
         type.id() == TypeId::Ipv4;
}

template <class T>
constexpr bool kIsFloat = std::is_floating_point_v<T>;

// Whether `value` is a cell of To, exactly.
template <class To, class From>
bool holds_exactly(From value) {
  if constexpr (kIsFloat<To>) {
    return kIsFloat<From> ||
           static_cast<long double>(static_cast<To>(value)) == static_cast<long double>(value);
  } else if constexpr (kIsFloat<From>) {
    // 2^bits is exact in every float, unlike the largest integer.
    constexpr auto kEnd = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    const auto lowest = static_cast<From>(std::numeric_limits<To>::min());
    return value >= lowest && value < kEnd && std::trunc(value) == value;
  } else {
    return static_cast<Int128>(static_cast<To>(value)) == static_cast<Int128>(value);
  }
}

template <class To, class From>
void mark_inexact(std::span<const From> values, FailedRows& failed) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!holds_exactly<To>(values[i])) failed.add(i, values.size());
  }
}

template <class From>
void mark_not_finite(std::span<const From> values, FailedRows& failed) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) failed.add(i, values.size());
  }
}

template <class T>
ColumnPtr clear_failed(Buffer<T> out, const FailedRows& failed) {
  if (failed.any()) {
    for (size_t i = 0; i < out.size(); ++i) {
      if (failed.contains(i)) out[i] = T{};
    }
  }
  return make_number_column<T>(std::move(out));
}

template <class To>
ColumnPtr convert_numbers(const Column& cells, bool accurate, FailedRows& failed) {
  const size_t count = cells.size();
  dispatch_native(cells.kind(), [&]<class From>() {
    const std::span<const From> values = values_of<From>(cells);
    if (accurate) {
      if constexpr (!std::is_same_v<From, To>) mark_inexact<To>(values, failed);
    } else if constexpr (kIsFloat<From> && !kIsFloat<To>) {
      mark_not_finite(values, failed);
    }
  });
  Buffer<To> out(count);
  convert_cells<To>(cells, 0, count, out.data());
  return clear_failed(std::move(out), failed);
}

ColumnPtr convert_to_bool(const Column& cells) {
  return dispatch_native(cells.kind(), [&]<class From>() {
    const std::span<const From> values = values_of<From>(cells);
    return make_numbers<uint8_t>(values.size(), [&](size_t i) { return values[i] != From{}; });
  });
}

// Integers and floats to `scale` more digits; what does not fit W fails. Fractions are cut off.
template <class W, class From>
ColumnPtr number_to_decimal(std::span<const From> values, uint32_t scale, FailedRows& failed) {
  const Int128 factor = power_of_ten(scale);
  Buffer<W> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if constexpr (kIsFloat<From>) {
      const double scaled = static_cast<double>(values[i]) * static_cast<double>(factor);
      const auto bound = static_cast<double>(std::numeric_limits<W>::max());
      if (scaled > -bound && scaled < bound) {
        out[i] = static_cast<W>(scaled);
      } else {
        out[i] = 0;
        failed.add(i, values.size());
      }
    } else {
      Int128 scaled = 0;
      if (__builtin_mul_overflow(static_cast<Int128>(values[i]), factor, &scaled) ||
          scaled != static_cast<Int128>(static_cast<W>(scaled))) {
        scaled = 0;
        failed.add(i, values.size());
      }
      out[i] = static_cast<W>(scaled);
    }
  }
  return make_number_column<W>(std::move(out));
}

template <class W, class From>
ColumnPtr decimal_to_decimal(std::span<const From> values, uint32_t from_scale, uint32_t to_scale,
                             FailedRows& failed) {
  if (to_scale >= from_scale) {
    return number_to_decimal<W>(values, to_scale - from_scale, failed);
  }
  const Int128 divisor = power_of_ten(from_scale - to_scale);
  Buffer<W> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Int128 scaled = static_cast<Int128>(values[i]) / divisor;
    out[i] = static_cast<W>(scaled);
    if (scaled != static_cast<Int128>(out[i])) {
      out[i] = 0;
      failed.add(i, values.size());
    }
  }
  return make_number_column<W>(std::move(out));
}

template <class To, class From>
ColumnPtr decimal_to_number(std::span<const From> values, uint32_t scale, FailedRows& failed) {
  const Int128 divisor = power_of_ten(scale);
  Buffer<To> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if constexpr (kIsFloat<To>) {
      out[i] = static_cast<To>(static_cast<double>(values[i]) / static_cast<double>(divisor));
    } else {
      const Int128 whole = static_cast<Int128>(values[i]) / divisor;
      out[i] = static_cast<To>(whole);
      if (static_cast<Int128>(out[i]) != whole) {
        out[i] = To{};
        failed.add(i, values.size());
      }
    }
  }
  return make_number_column<To>(std::move(out));
}

CellCast make_decimal_cast(const CellCastRequest& request) {
  const DataTypePtr& from = request.from;
  const DataTypePtr& to = request.to;
  const uint32_t from_scale = from->scale();
  const uint32_t to_scale = to->scale();
  if (to->id() == TypeId::Decimal) {
    const bool from_decimal = from->id() == TypeId::Decimal;
    return [=, kind = to->kind()](const ColumnPtr& cells, FailedRows& failed) {
      return dispatch_decimal(kind, [&]<class W>() {
        if (from_decimal) {
          return dispatch_decimal(cells->kind(), [&]<class From>() {
            return decimal_to_decimal<W>(values_of<From>(*cells), from_scale, to_scale, failed);
          });
        }
        return dispatch_native(cells->kind(), [&]<class From>() {
          return number_to_decimal<W>(values_of<From>(*cells), to_scale, failed);
        });
      });
    };
  }
  if (to->id() == TypeId::Bool) {
    return [](const ColumnPtr& cells, FailedRows&) {
      return dispatch_decimal(cells->kind(), [&]<class W>() {
        const std::span<const W> values = values_of<W>(*cells);
        return make_numbers<uint8_t>(values.size(), [&](size_t i) { return values[i] != 0; });
      });
    };
  }
  return [=, kind = to->kind()](const ColumnPtr& cells, FailedRows& failed) {
    return dispatch_decimal(cells->kind(), [&]<class W>() {
      return dispatch_native(kind, [&]<class To>() {
        return decimal_to_number<To>(values_of<W>(*cells), from_scale, failed);
      });
    });
  };
}

bool has_entry(const DataType& type, int64_t value) {
  for (const EnumEntry& entry : type.enum_entries()) {
    if (entry.value == value) return true;
  }
  return false;
}

// Marks the cells that are no entry of the enum type.
void mark_unknown_entries(const DataType& type, const Column& cells, FailedRows& failed) {
  dispatch_native(cells.kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(cells);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!has_entry(type, static_cast<int64_t>(values[i]))) failed.add(i, values.size());
    }
  });
}

}  // namespace

CellCast make_number_cast(const CellCastRequest& request) {
  const DataType& from = *request.from;
  const DataType& to = *request.to;
  const bool from_decimal = from.id() == TypeId::Decimal;
  const bool to_decimal = to.id() == TypeId::Decimal;
  if (!(from_decimal || is_cast_as_number(from)) || !(to_decimal || is_cast_as_number(to)))
    return {};
  if (from_decimal || to_decimal) return make_decimal_cast(request);
  if (to.id() == TypeId::Bool) {
    return [](const ColumnPtr& cells, FailedRows&) { return convert_to_bool(*cells); };
  }
  const PhysicalKind kind = to.kind();
  if (is_enum(to)) {
    return [kind, type = request.to](const ColumnPtr& cells, FailedRows& failed) {
      mark_unknown_entries(*type, *cells, failed);
      return dispatch_native(
          kind, [&]<class To>() { return convert_numbers<To>(*cells, false, failed); });
    };
  }
  if (from.kind() == kind) return [](const ColumnPtr& cells, FailedRows&) { return cells; };
  return [kind, accurate = request.options.accurate](const ColumnPtr& cells, FailedRows& failed) {
    return dispatch_native(
        kind, [&]<class To>() { return convert_numbers<To>(*cells, accurate, failed); });
  };
}

}  // namespace freshet
