#include "storage/codec/string_stream.h"

#include <cstring>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/codec/string_set.h"

namespace freshet {

namespace {

constexpr unsigned kSavingPercentMin = 10;
// Rows between two looks at whether strings repeat enough, on average this often, to go on.
constexpr size_t kDistinctCheckRows = 1024;
constexpr size_t kRowsPerDistinctMin = 2;
// From one string in so many on, nearly every frame is wanted.
constexpr size_t kUnpackAllRatio = 16;

void put_lengths_and_bytes(std::span<const uint32_t> offsets, std::string_view bytes,
                           CompressionLevel level, std::string& out) {
  Buffer<uint32_t> lengths(offsets.size() - 1);
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = offsets[i + 1] - offsets[i];
  put_number_stream<uint32_t>(lengths, CellKind::Unsigned, level, out);
  put_byte_stream(bytes.substr(offsets.front(), offsets.back() - offsets.front()), level,
                  kSavingPercentMin, out);
}

// Fills `codes` and `set`; false when the strings repeat too little.
bool find_distinct(std::span<const uint32_t> offsets, std::string_view bytes, StringSet& set,
                   Buffer<uint32_t>& codes) {
  const size_t count = offsets.size() - 1;
  if (count < 2) return false;
  codes.resize(count);
  for (size_t row = 0; row < count; ++row) {
    codes[row] = set.find_or_add(bytes.substr(offsets[row], offsets[row + 1] - offsets[row]));
    const bool is_check = (row + 1) % kDistinctCheckRows == 0 || row + 1 == count;
    if (is_check && set.size() * kRowsPerDistinctMin > row + 1) return false;
  }
  // A code takes at most two bytes a row in a block; strings as short as that stay plain.
  const size_t saved = offsets.back() - offsets.front() - set.bytes().size();
  return set.size() == 1 || saved > 2 * count;
}

}  // namespace

void put_string_stream(std::span<const uint32_t> offsets, std::string_view bytes,
                       CompressionLevel level, std::string& out) {
  ByteWriter writer(out);
  StringSet set;
  Buffer<uint32_t> codes;
  if (find_distinct(offsets, bytes, set, codes)) {
    writer.put_u8(static_cast<uint8_t>(StringForm::Distinct));
    writer.put_varint(set.size());
    put_number_stream<uint32_t>(codes, CellKind::Unsigned, level, out);
    put_lengths_and_bytes(set.offsets(), set.bytes(), level, out);
  } else {
    writer.put_u8(static_cast<uint8_t>(StringForm::Plain));
    put_lengths_and_bytes(offsets, bytes, level, out);
  }
}

StringStream::StringStream(StringForm form, size_t count, size_t stored_count,
                           std::optional<NumberStream<uint32_t>> codes,
                           NumberStream<uint32_t> lengths, ByteStream bytes)
    : form_(form),
      count_(count),
      stored_count_(stored_count),
      codes_(std::move(codes)),
      lengths_(std::move(lengths)),
      bytes_(std::move(bytes)) {}

StringStream StringStream::get(ByteReader& reader, size_t count) {
  const uint8_t form = reader.get_u8();
  if (form > static_cast<uint8_t>(StringForm::Distinct)) {
    throw Error(ErrorCode::CorruptedData, "Unknown form of strings " + std::to_string(form));
  }
  size_t stored_count = count;
  std::optional<NumberStream<uint32_t>> codes;
  if (form == static_cast<uint8_t>(StringForm::Distinct)) {
    stored_count = reader.get_varint();
    if (stored_count > count) {
      throw Error(ErrorCode::CorruptedData,
                  std::to_string(count) +
                      " strings cannot have distinct ones: " + std::to_string(stored_count));
    }
    codes = NumberStream<uint32_t>::get(reader, count);
  }
  auto lengths = NumberStream<uint32_t>::get(reader, stored_count);
  ByteStream bytes = ByteStream::get(reader);
  return StringStream(static_cast<StringForm>(form), count, stored_count, std::move(codes),
                      std::move(lengths), std::move(bytes));
}

bool StringStream::is_constant() const {
  return form_ == StringForm::Distinct && stored_count_ == 1 && count_ > 0;
}

std::string StringStream::constant() {
  CHECK(is_constant());
  decode_offsets();
  return std::string(bytes_.all());
}

Buffer<uint32_t> StringStream::decode_offsets() {
  Buffer<uint32_t> offsets(stored_count_ + 1);
  offsets[0] = 0;
  lengths_.decode(std::span(offsets).subspan(1));
  uint64_t end = 0;
  for (uint32_t& offset : std::span(offsets).subspan(1)) {
    end += offset;
    offset = static_cast<uint32_t>(end);
  }
  if (end != bytes_.raw_bytes() || end > UINT32_MAX) {
    throw Error(ErrorCode::CorruptedData, "Strings of " + std::to_string(bytes_.raw_bytes()) +
                                              " bytes cannot have lengths that add up to " +
                                              std::to_string(end));
  }
  return offsets;
}

DecodedStrings StringStream::decode() {
  if (form_ == StringForm::Distinct) {
    Buffer<uint32_t> codes(count_);
    codes_->decode(codes);
    return gather(codes);
  }
  DecodedStrings strings;
  strings.offsets = decode_offsets();
  strings.bytes.resize(bytes_.raw_bytes());
  bytes_.decode(strings.bytes.data());
  return strings;
}

DecodedStrings StringStream::decode_selected(std::span<const RowIndex> rows) {
  if (form_ == StringForm::Plain) return gather(rows);
  Buffer<uint32_t> codes(rows.size());
  codes_->decode_selected(rows, codes.data());
  return gather(codes);
}

void StringStream::require_position(uint32_t position) const {
  if (position < stored_count_) [[likely]]
    return;
  throw Error(ErrorCode::CorruptedData, "Position of a string is not below " +
                                            std::to_string(stored_count_) + ": " +
                                            std::to_string(position));
}

Buffer<uint64_t> StringStream::decode_lengths(std::optional<std::span<const RowIndex>> rows) {
  const Buffer<uint32_t> starts = decode_offsets();
  const auto length = [&](size_t stored) -> uint64_t {
    return starts[stored + 1] - starts[stored];
  };
  Buffer<uint64_t> lengths(rows ? rows->size() : count_);
  if (form_ == StringForm::Distinct) {
    Buffer<uint32_t> codes(lengths.size());
    if (rows) {
      codes_->decode_selected(*rows, codes.data());
    } else {
      codes_->decode(codes);
    }
    for (size_t i = 0; i < lengths.size(); ++i) {
      require_position(codes[i]);
      lengths[i] = length(codes[i]);
    }
  } else if (rows) {
    for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = length((*rows)[i]);
  } else {
    for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = length(i);
  }
  return lengths;
}

DecodedStrings StringStream::gather(std::span<const uint32_t> stored) {
  const Buffer<uint32_t> starts = decode_offsets();
  DecodedStrings strings;
  strings.offsets.resize(stored.size() + 1);
  strings.offsets[0] = 0;
  uint64_t end = 0;
  for (size_t i = 0; i < stored.size(); ++i) {
    const uint32_t position = stored[i];
    require_position(position);
    end += starts[position + 1] - starts[position];
    strings.offsets[i + 1] = static_cast<uint32_t>(end);
  }
  if (end > UINT32_MAX) {
    throw Error(ErrorCode::CorruptedData,
                "Strings of a block are longer than 4 GiB: " + std::to_string(end));
  }
  strings.bytes.resize(end);
  char* out = strings.bytes.data();
  const auto copy = [&](const char* from, size_t bytes) {
    if (bytes != 0) std::memcpy(out, from, bytes);
    out += bytes;
  };
  if (!bytes_.is_compressed() || stored.size() > stored_count_ / kUnpackAllRatio) {
    const char* all = bytes_.all().data();
    for (const uint32_t position : stored) {
      copy(all + starts[position], starts[position + 1] - starts[position]);
    }
  } else {
    for (const uint32_t position : stored) {
      const size_t bytes = starts[position + 1] - starts[position];
      copy(bytes_.range(starts[position], bytes).data(), bytes);
    }
  }
  return strings;
}

}  // namespace freshet
