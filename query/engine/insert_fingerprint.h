// InsertFingerprint names an INSERT by its rows: the same rows in the same order give the same
// name, in whatever format they are sent and wherever they are cut.
//
// Rows count as they are sent: a cell that is left to its DEFAULT is the same again, though the
// DEFAULT, which may be now(), is not.
//
// Path:      query/engine/insert_target -> InsertFingerprint -> InsertTransaction's key
// Threads:   one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/chunk.h"

namespace freshet {

class InsertFingerprint {
 public:
  explicit InsertFingerprint(const Schema& columns);

  // Rows of these columns; `defaults` as in RowReader::Parsed.
  void add(const Chunk& rows, const std::vector<Buffer<uint8_t>>& defaults);
  // Rows that cannot be read.
  void add_bad(const Column& texts);

  uint64_t row_count() const { return row_count_; }
  // "block_" and 32 hexadecimal digits.
  std::string text() const;

 private:
  void add_hash(uint64_t hash);

  uint64_t row_count_ = 0;
  // Two sums of the rows' hashes: one of 64 bits could meet another INSERT's by chance.
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

}  // namespace freshet
