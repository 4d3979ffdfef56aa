// Cuts a file into batches of whole rows, each with the position behind it.
//
// Path:      file on disk -> RowBatches -> ingest_command -> server
// Threads:   one.
// Errors:    CannotOpenFile, CannotReadFromFileDescriptor; TooLargeStringSize for an endless row.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/format/format.h"

namespace freshet {

// Where a file was read up to. `head` recognises the file by its first bytes, so that a log that
// was rotated away under its name starts anew.
struct FilePosition {
  uint64_t offset = 0;
  std::string head;

  std::string text() const;  // "1048576 9f86d081884c7d65"
  static FilePosition parse(const std::string& text);
};

class RowBatches {
 public:
  // `rows` knows where rows end; it outlives the batches.
  RowBatches(std::string path, RowReader& rows, size_t batch_bytes);
  ~RowBatches();
  RowBatches(const RowBatches&) = delete;
  RowBatches& operator=(const RowBatches&) = delete;

  // Goes on behind `position` if this is still the same file. False: it is another one, reading
  // starts at its beginning.
  bool resume(const FilePosition& position);
  // The next rows, with the format's header in front of every batch; empty when there are none yet.
  // With `last`, an unfinished row at the end of the file counts as a row.
  std::string next(bool last);
  // Behind the rows given last.
  FilePosition position() const;
  uint64_t file_bytes() const;
  // The file under the path is another one now, or has become shorter.
  bool was_replaced() const;

 private:
  bool fill();
  void read_header(bool last);

  std::string path_;
  RowReader& rows_;
  size_t batch_bytes_;
  int descriptor_;
  std::string header_;
  bool header_done_ = false;
  std::string buffer_;          // read, not yet given
  uint64_t buffer_offset_ = 0;  // of the buffer's first byte in the file
};

}  // namespace freshet
