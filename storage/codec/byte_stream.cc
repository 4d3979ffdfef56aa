#include "storage/codec/byte_stream.h"

#include <algorithm>
#include <cstring>

#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// Shorter streams cannot win back the bytes and the time that a method takes.
constexpr size_t kCompressBytesMin = 64;

}  // namespace

void put_byte_stream(std::string_view raw, CompressionLevel level, unsigned saving_percent_min,
                     std::string& out) {
  ByteWriter writer(out);
  if (level > 0 && raw.size() >= kCompressBytesMin) {
    const Compression method = level == 1 ? Compression::Lz4 : Compression::Zstd;
    const size_t packed_bytes_max = raw.size() / 100 * (100 - saving_percent_min);
    std::string frames;
    std::string frame;
    std::vector<size_t> sizes;
    size_t packed_bytes = 0;
    for (size_t start = 0; start < raw.size(); start += kFrameBytes) {
      const std::string_view raw_frame = raw.substr(start, kFrameBytes);
      frame.clear();
      append_compressed(method, raw_frame, level - 1, frame);
      const bool pays = frame.size() < raw_frame.size();
      frames.append(pays ? std::string_view(frame) : raw_frame);
      sizes.push_back(frames.size() - packed_bytes);
      packed_bytes = frames.size();
    }
    if (packed_bytes <= packed_bytes_max) {
      writer.put_u8(static_cast<uint8_t>(method));
      writer.put_varint(raw.size());
      for (const size_t size : sizes) writer.put_varint(size);
      out.append(frames);
      return;
    }
  }
  writer.put_u8(static_cast<uint8_t>(Compression::None));
  writer.put_string(raw);
}

ByteStream ByteStream::get(ByteReader& reader) {
  ByteStream stream;
  const uint8_t method = reader.get_u8();
  if (method > static_cast<uint8_t>(Compression::Zstd)) {
    throw Error(ErrorCode::CorruptedData, "Unknown compression method " + std::to_string(method));
  }
  stream.method_ = static_cast<Compression>(method);
  const uint64_t raw_bytes = reader.get_varint();
  stream.raw_bytes_ = raw_bytes;
  if (!stream.is_compressed()) {
    stream.raw_ = reader.get_bytes(raw_bytes);
    return stream;
  }
  const uint64_t frame_count = raw_bytes / kFrameBytes + (raw_bytes % kFrameBytes != 0 ? 1 : 0);
  reader.require_elements(frame_count, 1);
  std::vector<uint64_t> sizes(frame_count);
  for (uint64_t& size : sizes) size = reader.get_varint();
  stream.frames_.reserve(frame_count);
  for (const uint64_t size : sizes) stream.frames_.push_back({.packed = reader.get_bytes(size)});
  return stream;
}

size_t ByteStream::frame_raw_bytes(size_t frame) const {
  return std::min(kFrameBytes, raw_bytes_ - frame * kFrameBytes);
}

void ByteStream::decode_frame(size_t frame, char* out) const {
  const std::string_view packed = frames_[frame].packed;
  const size_t raw_bytes = frame_raw_bytes(frame);
  decompress(packed.size() == raw_bytes ? Compression::None : method_, packed, raw_bytes, out);
}

void ByteStream::decode(char* out) const {
  if (!is_compressed()) {
    if (raw_bytes_ != 0) std::memcpy(out, raw_.data(), raw_bytes_);
    return;
  }
  for (size_t frame = 0; frame < frames_.size(); ++frame) {
    decode_frame(frame, out + frame * kFrameBytes);
  }
}

std::string_view ByteStream::range(size_t offset, size_t count) {
  DCHECK(offset <= raw_bytes_ && count <= raw_bytes_ - offset);
  if (!is_compressed()) return raw_.substr(offset, count);
  if (count == 0) return {};
  if (decoded_.empty()) decoded_.resize(raw_bytes_);
  const size_t last = (offset + count - 1) / kFrameBytes;
  for (size_t frame = offset / kFrameBytes; frame <= last; ++frame) {
    if (frames_[frame].is_decoded) continue;
    decode_frame(frame, decoded_.data() + frame * kFrameBytes);
    frames_[frame].is_decoded = true;
  }
  return {decoded_.data() + offset, count};
}

}  // namespace freshet
