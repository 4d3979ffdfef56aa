#include "query/operator/array_join.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/nested_column.h"

namespace freshet {

bool ArrayJoinTransform::process(ExecutionContext&, WorkerIndex, Chunk chunk, const Emit& emit) {
  std::vector<ColumnPtr> lists;
  for (const ColumnIndex column : columns_) lists.push_back(flat(chunk.columns[column]));
  const auto offsets_of = [&](size_t i) {
    return static_cast<const ArrayColumn&>(*lists[i]).offsets();
  };
  for (size_t i = 1; i < lists.size(); ++i) {
    if (!std::ranges::equal(offsets_of(0), offsets_of(i))) {
      throw Error(ErrorCode::SizesOfArraysDontMatch, "Sizes of ARRAY-JOIN-ed arrays do not match");
    }
  }
  const auto offsets = offsets_of(0);
  // Element i of the output comes from elements[i] of the lists, or from the default at the end.
  std::vector<RowIndex> parents;
  std::vector<RowIndex> elements;
  const auto default_cell = static_cast<RowIndex>(offsets.back());
  for (size_t row = 0; row < chunk.row_count; ++row) {
    for (uint32_t k = offsets[row]; k < offsets[row + 1]; ++k) {
      parents.push_back(static_cast<RowIndex>(row));
      elements.push_back(k);
    }
    if (left_ && offsets[row] == offsets[row + 1]) {
      parents.push_back(static_cast<RowIndex>(row));
      elements.push_back(default_cell);
    }
  }
  std::vector<ColumnPtr> cells;
  for (const ColumnPtr& list : lists) {
    const ColumnPtr& inner = static_cast<const ArrayColumn&>(*list).elements();
    if (!left_) {
      cells.push_back(inner);
      continue;
    }
    MutableColumnPtr with_default = inner->make_empty();
    with_default->append(*inner, 0, inner->size());
    with_default->append_default(1);
    cells.push_back(std::move(with_default));
  }
  // Lists may be long: the output is cut into chunks of the usual size.
  for (size_t begin = 0; begin < parents.size(); begin += kBlockRows) {
    const size_t count = std::min(kBlockRows, parents.size() - begin);
    const std::span<const RowIndex> parent_rows = std::span(parents).subspan(begin, count);
    const std::span<const RowIndex> element_rows = std::span(elements).subspan(begin, count);
    Chunk piece;
    piece.row_count = count;
    for (ColumnIndex c = 0; c < chunk.columns.size(); ++c) {
      const auto joined = std::ranges::find(columns_, c);
      piece.columns.push_back(
          joined == columns_.end()
              ? chunk.columns[c]->select(parent_rows)
              : cells[static_cast<size_t>(joined - columns_.begin())]->select(element_rows));
    }
    if (!emit(std::move(piece))) return false;
  }
  return true;
}

}  // namespace freshet
