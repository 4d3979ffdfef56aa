// SegmentReader opens one immutable segment file and decodes the blocks that a scan asks for.
//
// A segment holds the rows of one partition of one table, sorted by the table's sort key, cut into
// blocks of kBlockRows rows (the last may be shorter). Every column of every block is encoded by
// itself and has a zone map and a checksum.
//
// Path:      storage/table/snapshot -> SegmentReader -> query/operator/scan
// Owns:      its file handle. Removing the file of an open reader is allowed; the bytes go with it.
// Threads:   immutable, any thread.
// Errors:    CorruptedData or ChecksumDoesntMatch name the file, the column and the block.
// Layout:    docs/formats/segment.md
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/limits.h"
#include "storage/column/chunk.h"
#include "storage/column/column_filter.h"
#include "storage/segment/skip_index.h"
#include "storage/segment/zone_map.h"

namespace freshet {

class SegmentReader {
 public:
  // Reads and verifies the footer only.
  static std::shared_ptr<const SegmentReader> open(FileSystem& files, const std::string& path);
  ~SegmentReader();

  // The columns in the file. A table may have gained or lost columns since (storage/table/snapshot
  // maps them by name).
  const Schema& schema() const;
  const std::string& path() const;
  uint64_t row_count() const;
  uint64_t file_bytes() const;
  // Its bytes, also after the file was removed.
  const ReadFile& file() const;
  // Reads the whole file anew and compares all checksums; throws for the first that does not match.
  void verify_file() const;
  // Bytes of one column's blocks, encoded; and about what they take decoded.
  uint64_t column_encoded_bytes(ColumnIndex column) const;

  // How the streams of a block are encoded, as block_encodings() says it.
  std::vector<std::string> encodings(ColumnIndex column, size_t block) const;

  size_t block_count() const;
  size_t block_rows(size_t block) const;

  const ZoneMap& zone_map(ColumnIndex column, size_t block) const;
  // Of all blocks.
  std::span<const ZoneMap> zone_maps(ColumnIndex column) const;
  // As StoredColumn has it.
  bool ascends(ColumnIndex column) const;
  // The skip indexes in the file, as INDEX clauses asked for them when it was written.
  struct StoredIndex {
    std::string name;
    std::string expression;
    std::string type;
    std::string columns;
    uint64_t bytes = 0;
  };
  const std::vector<StoredIndex>& indexes() const;
  // Reads and verifies it when first asked for. Requires: index < indexes().size().
  const SkipIndex& index(size_t index) const;
  // Decodes one column of one block, in whichever form is cheapest: Constant, Dictionary (all
  // blocks of a column share one Dictionary, with hashes) or Flat. With `rows`, only those rows,
  // ascending, come back.
  ColumnPtr read_column(ColumnIndex column, size_t block) const;
  ColumnPtr read_column(ColumnIndex column, size_t block, std::span<const RowIndex> rows) const;
  // How long the strings of a column of type String are, as uint64_t, Constant or Flat; without
  // `rows`, of all rows.
  ColumnPtr read_lengths(ColumnIndex column, size_t block,
                         std::optional<std::span<const RowIndex>> rows) const;

 private:
  struct State;
  explicit SegmentReader(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

// Blocks of `reader` that may hold rows that match, ascending. `filter` names columns of the
// segment's own schema.
std::vector<uint32_t> prune_blocks(const SegmentReader& reader, const ColumnFilter& filter);

}  // namespace freshet
