#include "query/function/truth.h"

#include <algorithm>

#include "query/function/kernel.h"

namespace freshet {

void read_truth(const Column& column, size_t row_count, Truth& truth) {
  const Column* cells = &flat_cells(column);
  const size_t mask = row_mask(column);
  truth.nulls.clear();
  if (cells->kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(*cells);
    if (nullable.has_nulls()) {
      truth.nulls.resize(row_count);
      for (size_t i = 0; i < row_count; ++i) truth.nulls[i] = nullable.nulls()[i & mask];
    }
    cells = nullable.nested().get();
  }
  truth.values.resize(row_count);
  dispatch_native(cells->kind(), [&]<class T>() {
    const T* values = values_of<T>(*cells).data();
    uint8_t* out = truth.values.data();
    if (mask == 0) {
      std::fill_n(out, row_count, static_cast<uint8_t>(values[0] != T{0}));
      return;
    }
    for (size_t i = 0; i < row_count; ++i) out[i] = values[i] != T{0};
  });
}

Buffer<uint8_t> read_condition(const Column& column, size_t row_count) {
  Truth truth;
  read_truth(column, row_count, truth);
  for (size_t i = 0; i < truth.nulls.size(); ++i)
    truth.values[i] = truth.values[i] != 0 && truth.nulls[i] == 0;
  return std::move(truth.values);
}

}  // namespace freshet
