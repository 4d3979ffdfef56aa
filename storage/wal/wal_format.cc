#include "storage/wal/wal_format.h"

#include <algorithm>
#include <cstdio>

#include "storage/base/bytes.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr std::size_t kChecksumOffset = kWalHeaderBytes - sizeof(uint64_t);
constexpr std::size_t kOffsetDigits = 20;
constexpr std::string_view kFileSuffix = ".wal";

// Covers the header by its bytes and the payload by its own checksum, so that the two need not be
// next to each other in memory.
uint64_t record_checksum(std::string_view header_fields, std::string_view payload) {
  std::string covered(header_fields);
  ByteWriter(covered).put_u64(checksum(payload));
  return checksum(covered);
}

}  // namespace

std::string encode_wal_header(const WalRecord& record) {
  std::string header;
  header.reserve(kWalHeaderBytes);
  ByteWriter writer(header);
  writer.put_u32(static_cast<uint32_t>(record.kind));
  writer.put_u32(static_cast<uint32_t>(record.payload.size()));
  writer.put_u64(record.offset);
  writer.put_u64(record.durable_offset);
  writer.put_u64(record_checksum(header, record.payload));
  return header;
}

std::optional<WalRecord> parse_wal_record(std::string_view bytes, uint64_t offset) {
  if (bytes.size() < kWalHeaderBytes) return std::nullopt;
  ByteReader reader(bytes);
  WalRecord record;
  record.kind = static_cast<WalRecordKind>(reader.get_u32());
  if (record.kind != WalRecordKind::Commit && record.kind != WalRecordKind::Mark) {
    return std::nullopt;
  }
  const uint32_t payload_bytes = reader.get_u32();
  record.offset = reader.get_u64();
  record.durable_offset = reader.get_u64();
  const uint64_t stored_checksum = reader.get_u64();
  if (record.offset != offset || record.durable_offset > offset) return std::nullopt;
  if (payload_bytes > reader.remaining()) return std::nullopt;
  record.payload = reader.get_bytes(payload_bytes);
  if (record_checksum(bytes.substr(0, kChecksumOffset), record.payload) != stored_checksum) {
    return std::nullopt;
  }
  return record;
}

std::string wal_file_path(const std::string& directory, uint64_t offset) {
  char name[32];
  std::snprintf(name, sizeof(name), "%020llu.wal", static_cast<unsigned long long>(offset));
  return directory + "/" + name;
}

std::vector<uint64_t> list_wal_files(FileSystem& files, const std::string& directory) {
  std::vector<uint64_t> starts;
  try {
    for (const DirectoryEntry& entry : files.list(directory)) {
      const std::string& name = entry.name;
      if (name.size() != kOffsetDigits + kFileSuffix.size() || !name.ends_with(kFileSuffix) ||
          !std::all_of(name.begin(), name.begin() + kOffsetDigits,
                       [](char c) { return c >= '0' && c <= '9'; })) {
        continue;
      }
      starts.push_back(std::stoull(name.substr(0, kOffsetDigits)));
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::FileDoesntExist) throw;
  }
  std::sort(starts.begin(), starts.end());
  return starts;
}

}  // namespace freshet
