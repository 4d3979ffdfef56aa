// Hashes of cells and rows. Equal cells hash alike in every form; so do equal numbers of one kind.
#pragma once

#include <span>

#include "storage/base/buffer.h"
#include "storage/column/column.h"

namespace freshet {

uint64_t hash_cell(const Column& column, size_t row);
// hashes[i] = hash of row i's cells, in column order. A Dictionary with stored hashes is not rehashed.
void hash_rows(std::span<const ColumnPtr> columns, size_t row_count, Buffer<uint64_t>& hashes);

}  // namespace freshet
