// WalReader replays a log that nobody writes to: recovery.
//
// Path:    disk -> WalReader -> storage/table/recovery
// Owns:    nothing; `files` must outlive the reader.
// Threads: one at a time.
// Errors:  CorruptedData naming file and offset, when bytes that had been durable are damaged or
//          missing.
// Layout:  docs/formats/wal.md
//
// What a crash can leave is not damage: in the last file, a bad record with nothing behind it that
// was written after it had become durable is a torn tail. Replay ends before it, and the next
// WalWriter cuts it off.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/strong_id.h"

namespace freshet {

class WalReader {
 public:
  // The payload as it was appended, valid during the call, and the Lsn that append returned.
  using OnRecord = std::function<void(std::string_view payload, Lsn lsn)>;

  WalReader(FileSystem& files, std::string directory)
      : files_(&files), directory_(std::move(directory)) {}

  // Passes on every record after `from`, in order. Returns the end of the last whole record; `from`
  // itself when the log ends before it or does not exist.
  // Requires: `from` is 0 or an Lsn that append returned; it is not before the log's first file.
  Lsn replay(Lsn from, const OnRecord& on_record) const;

 private:
  FileSystem* files_;
  std::string directory_;
};

}  // namespace freshet
