#include "ingest/source/row_gatherer.h"

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

std::string RowGatherer::take_batch(bool last) {
  if (pending_.empty()) return {};
  if (!header_read_) {
    const std::optional<size_t> bytes = rows_->read_header(pending_, last);
    if (bytes) {
      header_ = pending_.substr(0, *bytes);
      pending_.erase(0, *bytes);
      header_read_ = true;
    } else if (last) {
      throw Error(ErrorCode::CannotReadAllData,
                  "The stream ends before its header does: " + pending_.substr(0, 100));
    }
  }
  const size_t bytes = header_read_ ? rows_->complete_rows(pending_, last) : 0;
  if (bytes == 0) {
    if (pending_.size() > kInputRowBytesMax) {
      throw Error(ErrorCode::TooLargeStringSize,
                  "A row is longer than " + std::to_string(kInputRowBytesMax) +
                      " bytes; it begins with: " + pending_.substr(0, 100));
    }
    return {};
  }
  std::string batch;
  batch.reserve(header_.size() + bytes);
  batch += header_;
  batch.append(pending_, 0, bytes);
  pending_.erase(0, bytes);
  return batch;
}

}  // namespace freshet
