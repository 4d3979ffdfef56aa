// RowGatherer cuts the byte stream of one connection into batches of whole rows.
//
//   header | row | row | row | ro           take_batch() -> header + row + row + row, keeps "ro"
//
// Path:      socket -> RowGatherer -> InsertPipeline
// Threads:   one at a time.
// Errors:    TooLargeStringSize for a row without an end; CannotReadAllData for a header without.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/format/format.h"

namespace freshet {

class RowGatherer {
 public:
  // `rows` knows the format; its columns do not matter.
  explicit RowGatherer(std::unique_ptr<RowReader> rows) : rows_(std::move(rows)) {}

  void add(std::string_view bytes) { pending_ += bytes; }
  // Whole rows, after the header of the stream, as if they were an input of their own; empty when
  // there are none. `last`: no more bytes come, so the rest counts as a row.
  std::string take_batch(bool last);

  // Not yet taken.
  size_t pending_bytes() const { return pending_.size(); }
  size_t capacity_bytes() const { return pending_.capacity(); }

 private:
  std::unique_ptr<RowReader> rows_;
  bool header_read_ = false;
  std::string header_;
  std::string pending_;
};

}  // namespace freshet
