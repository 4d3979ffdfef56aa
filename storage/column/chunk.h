// Chunk: columns of equal length, the only batch of rows anywhere.
#pragma once

#include <span>
#include <vector>

#include "storage/column/column.h"
#include "storage/column/schema.h"

namespace freshet {

struct Chunk {
  std::vector<ColumnPtr> columns;
  // Also right when there are no columns, as in SELECT count().
  size_t row_count = 0;

  size_t memory_bytes() const;
  Chunk select(std::span<const RowIndex> rows) const;
  Chunk slice(size_t offset, size_t count) const;
};

// All rows of `parts` in order. Requires: their columns match `schema`.
Chunk concat_chunks(const Schema& schema, std::span<const Chunk> parts);

}  // namespace freshet
