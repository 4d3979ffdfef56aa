#include "storage/wal/wal_reader.h"

#include <algorithm>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/base/error.h"
#include "storage/wal/wal_format.h"

namespace freshet {

namespace {

// Whether a whole record behind the bad one at `bytes[at]` was written after the bad one had become
// durable. Then the bad one is damage; otherwise an interrupted sync may have left it so.
bool was_durable(std::string_view bytes, std::size_t at, uint64_t file_start) {
  const uint64_t bad_offset = file_start + at;
  constexpr std::string_view kMagicStart = "FW";
  for (std::size_t next = bytes.find(kMagicStart, at + 1); next != std::string_view::npos;
       next = bytes.find(kMagicStart, next + 1)) {
    const auto record = parse_wal_record(bytes.substr(next), file_start + next);
    if (record && record->durable_offset > bad_offset) return true;
  }
  return false;
}

}  // namespace

Lsn WalReader::replay(Lsn from, const OnRecord& on_record) const {
  const std::vector<uint64_t> starts = list_wal_files(*files_, directory_);
  if (starts.empty()) return from;
  if (from.value < starts.front()) {
    throw Error(ErrorCode::CorruptedData,
                "The log " + directory_ + " begins at " + std::to_string(starts.front()) +
                    ", but its records are needed from " + std::to_string(from.value));
  }
  const auto after_first = std::upper_bound(starts.begin(), starts.end(), from.value);
  uint64_t position = from.value;
  Buffer<char> content;  // reused: fresh pages cost as much as the read
  for (auto start = after_first - 1; start != starts.end(); ++start) {
    const std::string path = wal_file_path(directory_, *start);
    const bool is_last = start + 1 == starts.end();
    const std::unique_ptr<ReadFile> file = files_->open_read(path);
    content.resize(file->bytes());
    file->read(0, content);
    const std::string_view bytes(content.data(), content.size());

    while (position < *start + bytes.size()) {
      const std::size_t at = position - *start;
      const auto record = parse_wal_record(bytes.substr(at), position);
      if (!record) {
        if (is_last && !was_durable(bytes, at, *start)) return Lsn(position);
        throw Error(ErrorCode::CorruptedData,
                    "Damaged record in the log file " + path + " at offset " + std::to_string(at));
      }
      position = record->end();
      if (record->kind == WalRecordKind::Commit) on_record(record->payload, Lsn(position));
    }
    if (!is_last && position != *(start + 1)) {
      throw Error(ErrorCode::CorruptedData,
                  "The log file " + path + " of " + std::to_string(bytes.size()) +
                      " bytes does not end where the next one starts, at " +
                      std::to_string(*(start + 1)));
    }
  }
  return Lsn(position);
}

}  // namespace freshet
