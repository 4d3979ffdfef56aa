// Views of lists, and results made by choosing elements: what array and map functions share.
#pragma once

#include <memory>
#include <utility>

#include "query/function/kernel.h"

namespace freshet {

// The lists of an Array or Map column, Flat or Constant.
class ListCells {
 public:
  explicit ListCells(const Column& column)
      : array_(static_cast<const ArrayColumn&>(flat_cells(column))),
        offsets_(array_.offsets().data()),
        mask_(row_mask(column)) {
    CHECK(array_.kind() == PhysicalKind::Array);
  }

  uint32_t begin(size_t row) const { return offsets_[row & mask_]; }
  uint32_t end(size_t row) const { return offsets_[(row & mask_) + 1]; }
  size_t size(size_t row) const { return end(row) - begin(row); }
  const ColumnPtr& elements() const { return array_.elements(); }

 private:
  const ArrayColumn& array_;
  const uint32_t* offsets_;
  size_t mask_;
};

// Lists made of elements of `source`: append(row, chosen) adds the indexes of row's elements.
template <class Append>
ColumnPtr choose_elements(const ColumnPtr& source, size_t row_count, Append append) {
  Buffer<RowIndex> chosen;
  Buffer<uint32_t> offsets(1, 0);
  offsets.reserve(row_count + 1);
  for (size_t row = 0; row < row_count; ++row) {
    append(row, chosen);
    offsets.push_back(static_cast<uint32_t>(chosen.size()));
  }
  return std::make_shared<ArrayColumn>(source->select(chosen), std::move(offsets));
}

// All cells of both, in order. Requires: columns of one kind, the first flat.
ColumnPtr join_cells(const ColumnPtr& first, const ColumnPtr& second);

// The element type of the Array argument `index`; throws IllegalTypeOfArgument for other types.
const DataTypePtr& element_of(std::string_view function, FunctionArguments arguments, size_t index);

// Truth of the flat cells of a lambda's results: NULL is false.
Buffer<uint8_t> element_truth(const Column& elements);

}  // namespace freshet
