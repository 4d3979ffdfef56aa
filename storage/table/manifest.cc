#include "storage/table/manifest.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"

namespace freshet {

namespace {

constexpr std::string_view kFileMagic = "FRSHMNFT";
constexpr uint32_t kManifestVersion = 1;
constexpr size_t kFileHeaderBytes = 16;
constexpr std::string_view kFrameMagic = "FME1";
constexpr size_t kFrameHeaderBytes = 8;
constexpr size_t kFrameTrailerBytes = 8;
// The file is replaced when it has doubled and grown by this much.
constexpr uint64_t kRewriteBytesMin = kMiB;

std::string file_header() {
  std::string bytes(kFileMagic);
  ByteWriter writer(bytes);
  writer.put_u32(kManifestVersion);
  writer.put_u32(0);
  return bytes;
}

void append_frame(const std::vector<ManifestEdit>& edits, std::string& out) {
  const std::string payload = encode_manifest_edits(edits);
  CHECK(payload.size() <= std::numeric_limits<uint32_t>::max());
  const size_t begin = out.size();
  ByteWriter writer(out);
  writer.put_bytes(kFrameMagic);
  writer.put_u32(static_cast<uint32_t>(payload.size()));
  writer.put_bytes(payload);
  writer.put_u64(checksum(std::string_view(out).substr(begin)));
}

// The payload of the frame at the start of `bytes`; empty when there is no whole, undamaged one.
std::optional<std::string_view> parse_frame(std::string_view bytes) {
  if (!bytes.starts_with(kFrameMagic) || bytes.size() < kFrameHeaderBytes) return std::nullopt;
  ByteReader reader(bytes.substr(kFrameMagic.size()));
  const uint64_t payload_bytes = reader.get_u32();
  if (payload_bytes + kFrameTrailerBytes > reader.remaining()) return std::nullopt;
  const std::string_view payload = reader.get_bytes(payload_bytes);
  if (reader.get_u64() != checksum(bytes.substr(0, kFrameHeaderBytes + payload_bytes))) {
    return std::nullopt;
  }
  return payload;
}

bool has_frame_after(std::string_view bytes, size_t bad) {
  for (size_t at = bytes.find(kFrameMagic, bad + 1); at != std::string_view::npos;
       at = bytes.find(kFrameMagic, at + 1)) {
    if (parse_frame(bytes.substr(at))) return true;
  }
  return false;
}

}  // namespace

Manifest::Manifest(FileSystem& files, std::string path, const std::vector<ManifestEdit>& initial)
    : files_(&files), path_(std::move(path)) {
  if (!exists(*files_, path_)) {
    for (const ManifestEdit& edit : initial) state_.apply(edit);
    rewrite();
    return;
  }
  read(read_file(*files_, path_));
}

void Manifest::read(const std::string& bytes) {
  if (bytes.size() < kFileHeaderBytes || !bytes.starts_with(kFileMagic)) {
    throw Error(ErrorCode::CorruptedData, "Not a manifest: " + path_);
  }
  const uint32_t version = ByteReader(std::string_view(bytes).substr(kFileMagic.size())).get_u32();
  if (version != kManifestVersion) {
    throw Error(ErrorCode::CorruptedData,
                "Manifest " + path_ + " has an unknown version: " + std::to_string(version));
  }
  size_t at = kFileHeaderBytes;
  while (at < bytes.size()) {
    const auto payload = parse_frame(std::string_view(bytes).substr(at));
    if (!payload) {
      // Each frame is synced before the next one is written, so only the last can be torn.
      if (has_frame_after(bytes, at)) {
        throw Error(ErrorCode::CorruptedData,
                    "Damaged edit in the manifest " + path_ + " at offset " + std::to_string(at));
      }
      log_warning("manifest_torn_tail_cut",
                  {{"file", path_}, {"offset", at}, {"bytes", bytes.size() - at}});
      break;
    }
    for (const ManifestEdit& edit : decode_manifest_edits(*payload)) state_.apply(edit);
    at += kFrameHeaderBytes + payload->size() + kFrameTrailerBytes;
  }
  file_ = files_->open_append(path_, AppendMode::Continue);
  if (file_->bytes() > at) file_->truncate(at);
  // The process may have ended between writing the last frame and its sync.
  file_->sync();
  bytes_after_rewrite_ = at;
}

void Manifest::commit(const std::vector<ManifestEdit>& edits) {
  CHECK(!edits.empty());
  if (needs_rewrite_ || file_->bytes() > 2 * bytes_after_rewrite_ + kRewriteBytesMin) rewrite();
  std::string frame;
  append_frame(edits, frame);
  append(frame);
  for (const ManifestEdit& edit : edits) state_.apply(edit);
}

void Manifest::append(const std::string& frame) {
  const uint64_t bytes_before = file_->bytes();
  needs_rewrite_ = true;
  try {
    file_->append(frame);
    file_->sync();
  } catch (const Error&) {
    try {
      file_->truncate(bytes_before);
      file_->sync();
      needs_rewrite_ = false;
    } catch (const Error& error) {
      log_warning("manifest_not_cut_back", {{"file", path_}, {"error", error.message()}});
    }
    throw;
  }
  needs_rewrite_ = false;
}

void Manifest::rewrite() {
  std::string bytes = file_header();
  append_frame(state_.as_edits(), bytes);
  // Should this fail half-way, the open file may no longer be the one of that name.
  needs_rewrite_ = true;
  write_file_atomically(*files_, path_, bytes);
  file_ = files_->open_append(path_, AppendMode::Continue);
  bytes_after_rewrite_ = bytes.size();
  needs_rewrite_ = false;
}

}  // namespace freshet
