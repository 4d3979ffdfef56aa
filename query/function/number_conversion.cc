#include "query/function/number_conversion.h"

#include <algorithm>
#include <type_traits>

namespace freshet {

namespace {

template <class To, class From>
To convert_cell(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // A float beyond the target's range has no defined conversion: say which one it is, the one
    // that processors do and ClickHouse therefore shows.
    if constexpr (sizeof(To) < 4) return static_cast<To>(static_cast<int32_t>(value));
    if constexpr (std::is_same_v<To, uint32_t>) return static_cast<To>(static_cast<int64_t>(value));
    if constexpr (std::is_same_v<To, uint64_t>) {
      return value < 0 ? static_cast<To>(static_cast<int64_t>(value)) : static_cast<To>(value);
    }
  }
  return static_cast<To>(value);
}

}  // namespace

template <class To>
void convert_cells(const Column& source, size_t offset, size_t count, To* out) {
  dispatch_number(source.kind(), [&]<class From>() {
    const From* values = values_of<From>(source).data() + offset;
    if constexpr (std::is_same_v<From, To>) {
      std::copy_n(values, count, out);
    } else {
      for (size_t i = 0; i < count; ++i) out[i] = convert_cell<To>(values[i]);
    }
  });
}

template void convert_cells<uint8_t>(const Column&, size_t, size_t, uint8_t*);
template void convert_cells<uint16_t>(const Column&, size_t, size_t, uint16_t*);
template void convert_cells<uint32_t>(const Column&, size_t, size_t, uint32_t*);
template void convert_cells<uint64_t>(const Column&, size_t, size_t, uint64_t*);
template void convert_cells<int8_t>(const Column&, size_t, size_t, int8_t*);
template void convert_cells<int16_t>(const Column&, size_t, size_t, int16_t*);
template void convert_cells<int32_t>(const Column&, size_t, size_t, int32_t*);
template void convert_cells<int64_t>(const Column&, size_t, size_t, int64_t*);
template void convert_cells<Int128>(const Column&, size_t, size_t, Int128*);
template void convert_cells<UInt128>(const Column&, size_t, size_t, UInt128*);
template void convert_cells<float>(const Column&, size_t, size_t, float*);
template void convert_cells<double>(const Column&, size_t, size_t, double*);

}  // namespace freshet
