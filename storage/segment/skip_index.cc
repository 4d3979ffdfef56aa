#include "storage/segment/skip_index.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

enum Form : uint8_t { kAnything = 0, kHashes = 1, kFilter = 2 };

// Rows that ClickHouse counts as one granule: GRANULARITY 4 are two blocks.
constexpr uint64_t kGranuleRows = 8192;
// Bits of a filter are chosen by hash + i * step, the step being odd so that it reaches all.
constexpr uint32_t kFilterHashesMax = 16;

uint64_t filter_bit(uint64_t hash, uint32_t i, uint64_t bit_count) {
  const uint64_t step = (hash >> 32 | hash << 32) | 1;
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(static_cast<Wide>(hash + i * step) * bit_count >> 64);
}

template <class T>
void append_number_hashes(std::span<const T> cells, std::span<const uint8_t> nulls,
                          std::vector<uint64_t>& hashes) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!nulls.empty() && nulls[i] != 0) continue;
    T cell = cells[i];
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(cell)) continue;
      if (cell == 0) cell = 0;  // -0 is equal to it
    }
    hashes.push_back(checksum({reinterpret_cast<const char*>(&cell), sizeof(T)}));
  }
}

template <class Strings>
void append_string_hashes(const Strings& cells, std::span<const uint8_t> nulls,
                          std::vector<uint64_t>& hashes) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (nulls.empty() || nulls[i] == 0) hashes.push_back(checksum(cells.at(i)));
  }
}

// Calls `visit` with each text of a flat column of strings, or of lists of them.
template <class Visit>
void for_each_text(const Column& cells, const Visit& visit) {
  if (cells.kind() == PhysicalKind::Array) {
    for_each_text(*static_cast<const ArrayColumn&>(cells).elements(), visit);
  } else if (cells.kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(cells);
    const auto& texts = static_cast<const StringColumn&>(*nullable.nested());
    for (size_t i = 0; i < texts.size(); ++i) {
      if (nullable.nulls()[i] == 0) visit(texts.at(i));
    }
  } else {
    const auto& texts = static_cast<const StringColumn&>(cells);
    for (size_t i = 0; i < texts.size(); ++i) visit(texts.at(i));
  }
}

bool is_token_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void sort_distinct(std::vector<uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

}  // namespace

void append_cell_hashes(const Column& cells, std::vector<uint64_t>& hashes) {
  const Column* plain = &cells;
  std::span<const uint8_t> nulls;
  if (cells.kind() == PhysicalKind::Array) {
    append_cell_hashes(*static_cast<const ArrayColumn&>(cells).elements(), hashes);
    return;
  }
  if (cells.kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(cells);
    nulls = nullable.nulls();
    plain = nullable.nested().get();
  }
  if (plain->kind() == PhysicalKind::String) {
    append_string_hashes(static_cast<const StringColumn&>(*plain), nulls, hashes);
  } else if (plain->kind() == PhysicalKind::FixedString) {
    append_string_hashes(static_cast<const FixedStringColumn&>(*plain), nulls, hashes);
  } else {
    dispatch_number(plain->kind(), [&]<class T>() {
      append_number_hashes<T>(values_of<T>(*plain), nulls, hashes);
    });
  }
}

void append_token_hashes(std::string_view text, std::vector<uint64_t>& hashes) {
  for (size_t begin = 0; begin < text.size();) {
    if (!is_token_byte(text[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin + 1;
    while (end < text.size() && is_token_byte(text[end])) ++end;
    hashes.push_back(checksum(text.substr(begin, end - begin)));
    begin = end;
  }
}

void append_ngram_hashes(std::string_view text, size_t length, std::vector<uint64_t>& hashes) {
  for (size_t begin = 0; begin + length <= text.size(); ++begin) {
    hashes.push_back(checksum(text.substr(begin, length)));
  }
}

std::optional<SkipIndexSpec> parse_skip_index(const ChunkFunctionCompiler::Index& index) {
  std::string_view type = index.type;
  std::vector<double> arguments;
  const size_t open = type.find('(');
  if (open != std::string_view::npos) {
    if (type.back() != ')') return std::nullopt;
    std::string_view list = type.substr(open + 1, type.size() - open - 2);
    type = type.substr(0, open);
    while (!list.empty()) {
      while (!list.empty() && (list[0] == ' ' || list[0] == ',')) list.remove_prefix(1);
      double number = 0;
      const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), number);
      if (error != std::errc() || !(number >= 0)) return std::nullopt;
      arguments.push_back(number);
      list.remove_prefix(static_cast<size_t>(end - list.data()));
    }
  }
  SkipIndexSpec spec;
  spec.name = index.name;
  spec.expression = index.expression;
  spec.type = index.type;
  const uint64_t rows = std::max<uint64_t>(index.granularity, 1) * kGranuleRows;
  spec.block_count = static_cast<uint32_t>(std::clamp<uint64_t>(rows / kBlockRows, 1, 1U << 20));
  if (type == "set" && arguments.size() == 1) {
    spec.kind = SkipIndexKind::Set;
    spec.values_max = static_cast<uint64_t>(arguments[0]);
  } else if (type == "bloom_filter" && arguments.size() <= 1) {
    spec.kind = SkipIndexKind::Bloom;
    if (!arguments.empty()) spec.false_positives = arguments[0];
    if (!(spec.false_positives > 0 && spec.false_positives < 1)) return std::nullopt;
  } else if (type == "tokenbf_v1" && arguments.size() == 3) {
    spec.kind = SkipIndexKind::Tokens;
    spec.bytes_max = static_cast<uint64_t>(arguments[0]);
  } else if (type == "ngrambf_v1" && arguments.size() == 4) {
    spec.kind = SkipIndexKind::Ngrams;
    spec.ngram_bytes = static_cast<uint32_t>(arguments[0]);
    spec.bytes_max = static_cast<uint64_t>(arguments[1]);
    if (spec.ngram_bytes == 0) return std::nullopt;
  } else {
    return std::nullopt;
  }
  const bool has_size = spec.kind == SkipIndexKind::Tokens || spec.kind == SkipIndexKind::Ngrams;
  if (has_size && spec.bytes_max == 0) return std::nullopt;
  if (has_size) spec.false_positives = 0.01;  // where the size allows
  return spec;
}

bool is_indexable(SkipIndexKind kind, const DataType& type) {
  const DataType* inner = &type;
  if (inner->id() == TypeId::Array) inner = inner->argument(0).get();
  while (inner->id() == TypeId::LowCardinality || inner->id() == TypeId::Nullable) {
    inner = inner->argument(0).get();
  }
  if (inner->id() == TypeId::AggregateFunction) return false;
  const PhysicalKind cells = inner->kind();
  if (kind == SkipIndexKind::Tokens || kind == SkipIndexKind::Ngrams) {
    return cells == PhysicalKind::String;
  }
  return is_number_kind(cells) || cells == PhysicalKind::String ||
         cells == PhysicalKind::FixedString;
}

void SkipIndexBuilder::append(const Chunk& rows) {
  if (is_unknown_) return;
  ColumnPtr cells;
  try {
    cells = flat(spec_.function.compute(rows));
  } catch (const Error&) {
    // Rows that the expression refuses are stored all the same.
    is_unknown_ = true;
    return;
  }
  switch (spec_.kind) {
    case SkipIndexKind::Set:
    case SkipIndexKind::Bloom:
      append_cell_hashes(*cells, hashes_);
      break;
    case SkipIndexKind::Tokens:
      for_each_text(*cells, [&](std::string_view text) { append_token_hashes(text, hashes_); });
      break;
    case SkipIndexKind::Ngrams:
      for_each_text(*cells, [&](std::string_view text) {
        append_ngram_hashes(text, spec_.ngram_bytes, hashes_);
      });
      break;
  }
}

void SkipIndexBuilder::close_block() {
  sort_distinct(hashes_);
  if (++open_blocks_ == spec_.block_count) close_group();
}

void SkipIndexBuilder::close_group() {
  open_blocks_ = 0;
  ++group_count_;
  const uint64_t count = hashes_.size();
  ByteWriter writer(groups_);
  if (std::exchange(is_unknown_, false)) {
    writer.put_u8(kAnything);
    hashes_.clear();
    return;
  }
  if (spec_.kind == SkipIndexKind::Set) {
    const bool fits = spec_.values_max == 0 || count <= spec_.values_max;
    writer.put_u8(fits ? kHashes : kAnything);
    if (fits) {
      writer.put_varint(count);
      for (const uint64_t hash : hashes_) writer.put_u64(hash);
    }
    hashes_.clear();
    return;
  }
  // The best filter for so many: n * ln(1 / p) / ln(2)^2 bits, bits / n * ln(2) hashes.
  constexpr double kLn2 = 0.6931471805599453;
  const double wanted =
      static_cast<double>(count) * -std::log(spec_.false_positives) / (kLn2 * kLn2);
  uint64_t bytes = static_cast<uint64_t>(wanted / 8) + 1;
  if (spec_.bytes_max != 0) bytes = std::min(bytes, spec_.bytes_max);
  const double per_value =
      static_cast<double>(bytes * 8) / static_cast<double>(std::max<uint64_t>(count, 1));
  const auto hash_count = static_cast<uint32_t>(
      std::clamp(std::round(per_value * kLn2), 1.0, static_cast<double>(kFilterHashesMax)));
  std::string filter(bytes, '\0');
  for (const uint64_t hash : hashes_) {
    for (uint32_t i = 0; i < hash_count; ++i) {
      const uint64_t bit = filter_bit(hash, i, bytes * 8);
      filter[bit / 8] = static_cast<char>(static_cast<uint8_t>(filter[bit / 8]) | 1U << (bit % 8));
    }
  }
  writer.put_u8(kFilter);
  writer.put_varint(hash_count);
  writer.put_string(filter);
  hashes_.clear();
}

std::string SkipIndexBuilder::finish() {
  if (open_blocks_ > 0) close_group();
  std::string bytes;
  ByteWriter writer(bytes);
  writer.put_varint(group_count_);
  writer.put_bytes(groups_);
  return bytes;
}

SkipIndex::SkipIndex(std::string_view bytes, uint32_t block_count, size_t segment_block_count)
    : block_count_(block_count) {
  ByteReader reader(bytes);
  const uint64_t group_count = reader.get_varint();
  reader.require_elements(group_count, 1);
  if (block_count == 0 || group_count != (segment_block_count + block_count - 1) / block_count) {
    throw Error(ErrorCode::CorruptedData,
                "A skip index has a wrong number of groups: " + std::to_string(group_count));
  }
  for (uint64_t i = 0; i < group_count; ++i) {
    Group& group = groups_.emplace_back();
    group.form = reader.get_u8();
    if (group.form == kHashes) {
      const uint64_t count = reader.get_varint();
      reader.require_elements(count, sizeof(uint64_t));
      group.bytes = reader.get_bytes(count * sizeof(uint64_t));
    } else if (group.form == kFilter) {
      group.hash_count = static_cast<uint32_t>(reader.get_varint());
      group.bytes = reader.get_string();
    }
    const bool valid = group.form <= kFilter && group.hash_count <= kFilterHashesMax &&
                       (group.form != kFilter || !group.bytes.empty());
    if (!valid) {
      throw Error(ErrorCode::CorruptedData,
                  "A group of a skip index has an unknown form: " + std::to_string(group.form));
    }
  }
  if (!reader.at_end()) {
    throw Error(ErrorCode::CorruptedData,
                "A skip index has left-over bytes: " + std::to_string(reader.remaining()));
  }
}

bool SkipIndex::contains(const Group& group, uint64_t hash) {
  if (group.form == kHashes) {
    size_t begin = 0;
    size_t end = group.bytes.size() / sizeof(uint64_t);
    while (begin < end) {
      const size_t middle = begin + (end - begin) / 2;
      uint64_t found;
      std::memcpy(&found, group.bytes.data() + middle * sizeof(uint64_t), sizeof(found));
      if (found == hash) return true;
      (found < hash ? begin : end) = found < hash ? middle + 1 : middle;
    }
    return false;
  }
  for (uint32_t i = 0; i < group.hash_count; ++i) {
    const uint64_t bit = filter_bit(hash, i, group.bytes.size() * 8);
    if ((static_cast<uint8_t>(group.bytes[bit / 8]) >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

bool SkipIndex::may_contain(size_t block,
                            std::span<const std::vector<uint64_t>> alternatives) const {
  CHECK(block / block_count_ < groups_.size());
  const Group& group = groups_[block / block_count_];
  if (group.form == kAnything) return true;
  return std::ranges::any_of(alternatives, [&](const std::vector<uint64_t>& hashes) {
    return std::ranges::all_of(hashes, [&](uint64_t hash) { return contains(group, hash); });
  });
}

}  // namespace freshet
