// Memtable: the newest rows of one table as immutable chunks, oldest first.
//
// Small appends are merged with their neighbours like a binary counter, so that N single-row
// inserts leave O(log N) chunks beyond the full ones and each row is copied O(log N) times:
//
//   append 1 row    [5] [2] [1]   +1   the newest chunk swallows every neighbour that is at most
//                   [9]                twice as large, as long as the sum fits a block
//
// Chunks never change once they are in the list: snapshots share them. Deleted rows stay in their
// chunks until a flush; a bitmap for each chunk says which they are. Rows are numbered by ordinals
// that go on over flushes (storage/table/row_places.h).
//
// Of rows that were written before a column was added, the column's cells are its DEFAULT, and it
// is known that they are: they follow when the DEFAULT changes, as they do in segments that do not
// have the column. Such chunks merge with no other.
//
// Path:      storage/table/live_tables appends -> snapshot reads, storage/table/flush takes
// Threads:   one at a time (live_tables holds its lock); chunks() may be copied and read by any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "storage/column/chunk.h"
#include "storage/column/row_set.h"

namespace freshet {

class Memtable {
 public:
  using ChunkPtr = std::shared_ptr<const Chunk>;

  struct Rows {
    ChunkPtr chunk;
    // Columns that no row was written with, ascending: their cells are the DEFAULT.
    std::vector<ColumnIndex> defaulted;
  };

  explicit Memtable(Schema schema) : schema_(std::move(schema)) {}

  // Requires: the chunk is laid out as the schema. Larger chunks than kBlockRows are cut.
  void append(ChunkPtr chunk, const std::vector<ColumnIndex>& defaulted = {});

  const std::vector<ChunkPtr>& chunks() const { return chunks_; }
  // Of one of chunks(), as Rows has it.
  std::vector<ColumnIndex> defaulted(const ChunkPtr& chunk) const;
  bool has_defaulted() const { return !defaulted_.empty(); }
  // Rows of each chunk that are deleted, null: none; empty: none of any chunk.
  const std::vector<RowBitmapPtr>& deleted() const { return deleted_; }
  // Deleted ones included.
  uint64_t row_count() const { return row_count_; }
  // Ordinal of the first row of chunks(); of the next row to come.
  uint64_t first_row() const { return first_row_; }
  uint64_t next_row() const { return first_row_ + row_count_; }
  // Requires: the memtable is empty.
  void start_at(uint64_t first_row);
  // Marks rows as deleted, by ordinals, ascending; those below first_row() were flushed and are
  // passed over. Requires: all are below next_row().
  void remove(std::span<const uint64_t> ordinals);
  uint64_t bytes() const { return bytes_; }

  // From now on nothing merges with the chunks that are here, so that they can be written to a
  // segment meanwhile. Freezing again takes in what came since.
  void freeze() { frozen_count_ = chunks_.size(); }
  // Forgets the frozen chunks: a segment holds them now.
  void drop_frozen();
  void clear();
  // No chunk is frozen any more.
  void thaw() { frozen_count_ = 0; }
  // The same rows with other columns. Requires: `chunks` have as many rows each as chunks() have.
  void relayout(Schema schema, std::vector<Rows> chunks);

 private:
  void append_block(ChunkPtr chunk, const std::vector<ColumnIndex>& defaulted);
  RowBitmapPtr concat_deleted(size_t first) const;

  Schema schema_;
  std::vector<ChunkPtr> chunks_;
  std::map<ChunkPtr, std::vector<ColumnIndex>> defaulted_;  // of chunks that have such columns
  std::vector<uint64_t> chunk_bytes_;
  std::vector<RowBitmapPtr> deleted_;
  size_t frozen_count_ = 0;
  uint64_t first_row_ = 0;
  uint64_t row_count_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace freshet
