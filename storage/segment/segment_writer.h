// SegmentWriter builds one segment file from sorted chunks, column by column and block by block.
//
// Path:      storage/table/flush, storage/table/compaction -> SegmentWriter -> file
// Threads:   one thread.
// Errors:    the first failure is thrown; the caller removes the unfinished file.
// Layout:    docs/formats/segment.md
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/limits.h"
#include "storage/codec/byte_stream.h"
#include "storage/column/chunk.h"
#include "storage/segment/skip_index.h"

namespace freshet {

struct SegmentOptions {
  // Effort of general compression on top of the light encodings: 0 none, 1 LZ4, 2 and up ZSTD.
  CompressionLevel compression_level = 1;
  // Of each column; empty: compression_level for all.
  std::vector<CompressionLevel> column_levels;
  // At most kBlockRows. Of fewer, a filter on the sort key reads less than a whole block of a small
  // file; rows that can be deleted or fetched have to be in blocks of kBlockRows.
  size_t block_rows = kBlockRows;
  // Their functions are over the segment's schema.
  std::vector<SkipIndexSpec> skip_indexes;
};

class SegmentWriter {
 public:
  SegmentWriter(FileSystem& files, std::string path, Schema schema, SegmentOptions options);
  ~SegmentWriter();
  // Requires: rows come in the order in which they are to be stored. Any chunk size.
  void append(const Chunk& chunk);
  // Writes what is left and the footer, and makes the file durable (fsync of the file; the caller
  // syncs the directory). Requires: called once, last.
  void finish();
  uint64_t row_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace freshet
