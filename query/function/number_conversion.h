// Conversion of number cells between kinds, as static_cast does it.
#pragma once

#include "storage/column/number_column.h"

namespace freshet {

// out[i] = static_cast<To>(cell offset + i). Requires: `source` is a flat number column.
template <class To>
void convert_cells(const Column& source, size_t offset, size_t count, To* out);

extern template void convert_cells<uint8_t>(const Column&, size_t, size_t, uint8_t*);
extern template void convert_cells<uint16_t>(const Column&, size_t, size_t, uint16_t*);
extern template void convert_cells<uint32_t>(const Column&, size_t, size_t, uint32_t*);
extern template void convert_cells<uint64_t>(const Column&, size_t, size_t, uint64_t*);
extern template void convert_cells<int8_t>(const Column&, size_t, size_t, int8_t*);
extern template void convert_cells<int16_t>(const Column&, size_t, size_t, int16_t*);
extern template void convert_cells<int32_t>(const Column&, size_t, size_t, int32_t*);
extern template void convert_cells<int64_t>(const Column&, size_t, size_t, int64_t*);
extern template void convert_cells<Int128>(const Column&, size_t, size_t, Int128*);
extern template void convert_cells<UInt128>(const Column&, size_t, size_t, UInt128*);
extern template void convert_cells<float>(const Column&, size_t, size_t, float*);
extern template void convert_cells<double>(const Column&, size_t, size_t, double*);

}  // namespace freshet
