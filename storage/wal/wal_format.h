// The bytes of the log: names of its files, and records.
//
// Layout: docs/formats/wal.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"

namespace freshet {

inline constexpr std::size_t kWalHeaderBytes = 32;

// Values are the first four bytes of a stored record.
enum class WalRecordKind : uint32_t {
  Commit = 0x3143'5746,  // "FWC1"
  // Without payload; written when the log falls idle, only to say how far it is durable.
  Mark = 0x314D'5746,  // "FWM1"
};

struct WalRecord {
  WalRecordKind kind = WalRecordKind::Commit;
  // Position in the log of the record's first byte.
  uint64_t offset = 0;
  // The log was durable up to here when the record was written; at most `offset`.
  uint64_t durable_offset = 0;
  std::string_view payload;

  uint64_t end() const { return offset + kWalHeaderBytes + payload.size(); }
};

// The header of `record`; its payload follows it in the file.
std::string encode_wal_header(const WalRecord& record);

// The record at the start of `bytes`, which stand at `offset` in the log. Empty when they are not
// a whole and undamaged record. The payload is a view into `bytes`.
std::optional<WalRecord> parse_wal_record(std::string_view bytes, uint64_t offset);

// The file that starts at `offset` in the log.
std::string wal_file_path(const std::string& directory, uint64_t offset);

// Start offsets of the log's files in ascending order; other files are ignored. Empty when the
// directory is missing.
std::vector<uint64_t> list_wal_files(FileSystem& files, const std::string& directory);

}  // namespace freshet
