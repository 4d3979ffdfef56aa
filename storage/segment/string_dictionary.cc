#include "storage/segment/string_dictionary.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "storage/base/error.h"
#include "storage/codec/number_stream.h"
#include "storage/codec/string_stream.h"
#include "storage/column/nested_column.h"
#include "storage/column/row_hash.h"

namespace freshet {

namespace {

// What a string costs beyond its bytes: its length, its hash, its place.
constexpr uint64_t kStringOverheadBytes = 8;
// Rows after which a column whose strings hardly repeat is given up early.
constexpr uint64_t kEarlyCheckRows = 4 * 16 * 1024;

}  // namespace

DictionaryBuilder::DictionaryBuilder(DictionaryLimits limits, bool nullable)
    : limits_(limits), nullable_(nullable) {}

void DictionaryBuilder::add_block(const StringColumn& cells, std::span<const uint8_t> nulls) {
  const size_t count = cells.size();
  Buffer<uint32_t> codes(count);
  // Neighbours are often equal, above all in columns of the sort key.
  std::string_view last;
  uint32_t last_code = 0;
  for (size_t row = 0; row < count; ++row) {
    if (!nulls.empty() && nulls[row] != 0) {
      codes[row] = 0;
      has_null_ = true;
      continue;
    }
    const std::string_view text = cells.at(row);
    if (last_code == 0 || text != last) {
      last = text;
      last_code = entries_.find_or_add(text) + 1;
    }
    codes[row] = last_code;
  }
  Block block{count, {}};
  put_number_stream<uint32_t>(codes, CellKind::Unsigned, 0, block.codes);
  blocks_.push_back(std::move(block));
  row_count_ += count;
  byte_count_ += cells.bytes().size();
}

bool DictionaryBuilder::is_too_large() const {
  if (entries_.size() > limits_.entries_max || entries_.bytes().size() > limits_.bytes_max) {
    return true;
  }
  return row_count_ >= kEarlyCheckRows && limits_.repeats_min > 1 &&
         entries_.size() > row_count_ / 2;
}

bool DictionaryBuilder::pays() const {
  if (row_count_ == 0 || is_too_large()) return false;
  const uint64_t entry_bytes = entries_.bytes().size() + entries_.size() * kStringOverheadBytes;
  const uint64_t cell_bytes = byte_count_ + row_count_ * kStringOverheadBytes;
  return entry_bytes <= cell_bytes / limits_.repeats_min;
}

Buffer<uint32_t> DictionaryBuilder::first_use_codes(const Block& block) const {
  ByteReader reader(block.codes);
  Buffer<uint32_t> codes(block.row_count);
  NumberStream<uint32_t>::get(reader, block.row_count).decode(codes);
  return codes;
}

void DictionaryBuilder::restore_block(size_t block, StringColumn& cells,
                                      Buffer<uint8_t>& nulls) const {
  for (const uint32_t code : first_use_codes(blocks_[block])) {
    if (nullable_) nulls.push_back(code == 0 ? 1 : 0);
    cells.append_string(code == 0 ? std::string_view() : entries_.at(code - 1));
  }
}

void DictionaryBuilder::sort() {
  order_.resize(entries_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(),
            [&](uint32_t a, uint32_t b) { return entries_.at(a) < entries_.at(b); });
  sorted_code_.resize(entries_.size() + 1);
  sorted_code_[0] = static_cast<uint32_t>(entries_.size());
  for (uint32_t i = 0; i < order_.size(); ++i) sorted_code_[order_[i] + 1] = i;
}

Buffer<uint32_t> DictionaryBuilder::sorted_codes(size_t block) const {
  Buffer<uint32_t> codes = first_use_codes(blocks_[block]);
  for (uint32_t& code : codes) code = sorted_code_[code];
  return codes;
}

std::string DictionaryBuilder::encode(CompressionLevel level) const {
  StringColumn sorted;
  sorted.reserve(entries_.size(), entries_.bytes().size());
  for (const uint32_t entry : order_) sorted.append_string(entries_.at(entry));
  std::string out;
  ByteWriter writer(out);
  writer.put_u8(has_null_ ? 1 : 0);
  writer.put_varint(sorted.size());
  // Decoded once, then kept: worth the stronger method.
  put_string_stream(sorted.offsets(), sorted.bytes(), level == 0 ? 0 : std::max(level, 4), out);
  return out;
}

std::shared_ptr<const Dictionary> decode_dictionary(std::string_view bytes, bool nullable) {
  ByteReader reader(bytes);
  const bool has_null = reader.get_u8() != 0;
  const uint64_t count = reader.get_varint();
  if (count > INT32_MAX - 1 || (has_null && !nullable)) {
    throw Error(ErrorCode::CorruptedData,
                "A dictionary cannot have so many entries: " + std::to_string(count));
  }
  DecodedStrings decoded = StringStream::get(reader, count).decode();
  auto strings =
      std::make_unique<StringColumn>(std::move(decoded.offsets), std::move(decoded.bytes));
  auto dictionary = std::make_shared<Dictionary>();
  if (nullable) {
    Buffer<uint8_t> nulls(count, 0);
    if (has_null) {
      strings->append_string({});
      nulls.push_back(1);
    }
    dictionary->entries = std::make_shared<NullableColumn>(std::move(strings), std::move(nulls));
  } else {
    dictionary->entries = std::move(strings);
  }
  Buffer<uint64_t> hashes;
  hash_rows({&dictionary->entries, 1}, dictionary->entries->size(), hashes);
  dictionary->hashes.assign(hashes.begin(), hashes.end());
  dictionary->sorted = true;
  return dictionary;
}

}  // namespace freshet
