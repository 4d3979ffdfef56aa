// Rows that an operator gathers before it works on all of them: how much memory they will take in
// one piece, and that piece.
#pragma once

#include <vector>

#include "storage/column/chunk.h"

namespace freshet {

// Bytes of the chunk with all its columns flat, about: those of a dictionary or of a constant,
// which memory_bytes() does not count for each row, are counted.
uint64_t flat_bytes(const Chunk& chunk);

// Rows of `parts` in order, as concat_chunks; empties `parts` column by column, so that no more
// than one column is there twice.
Chunk take_concat_chunks(const Schema& schema, std::vector<Chunk>& parts);

}  // namespace freshet
