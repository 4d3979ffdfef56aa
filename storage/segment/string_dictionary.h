// Strings of a column that repeat: codes into distinct entries that all blocks of the segment
// share.
//
// A column of strings starts with a dictionary and keeps it while it stays small. The entries are
// sorted only when all are known, so until then blocks are kept as packed codes in the order of the
// strings' first use.
//
// Path:      column_writer -> DictionaryBuilder -> dictionary bytes -> decode_dictionary
// Layout:    docs/formats/segment.md
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/byte_stream.h"
#include "storage/codec/string_set.h"
#include "storage/column/coded_column.h"
#include "storage/column/string_column.h"

namespace freshet {

struct DictionaryLimits {
  size_t entries_max;
  size_t bytes_max;  // of all entries together
  // The dictionary must be at most one part in so many of the column's bytes.
  size_t repeats_min;
};

// For String: entries are decoded at first use and stay in memory while the segment is open.
inline constexpr DictionaryLimits kStringDictionaryLimits = {64 * 1024, 4 << 20, 4};
// For LowCardinality(String), where the user asked for one.
inline constexpr DictionaryLimits kLowCardinalityLimits = {1 << 20, 64 << 20, 1};

// Threads:   one.
class DictionaryBuilder {
 public:
  DictionaryBuilder(DictionaryLimits limits, bool nullable);

  // Adds a block. `nulls` is empty or has a flag for each cell.
  void add_block(const StringColumn& cells, std::span<const uint8_t> nulls);
  // Whether entries are so many already that a dictionary will not pay.
  bool is_too_large() const;
  // Whether the dictionary pays, as far as it goes.
  bool pays() const;

  size_t block_count() const { return blocks_.size(); }
  // Gives back a block that was added.
  void restore_block(size_t block, StringColumn& cells, Buffer<uint8_t>& nulls) const;

  // Sorts the entries; add_block() must not be called again.
  void sort();
  // Codes of a block in the sorted entries. Requires: sort() was called.
  Buffer<uint32_t> sorted_codes(size_t block) const;
  // The sorted entries as decode_dictionary() reads them. Requires: sort() was called.
  std::string encode(CompressionLevel level) const;

 private:
  struct Block {
    size_t row_count;
    std::string codes;  // number stream; 0 is NULL, entry i is i + 1
  };
  Buffer<uint32_t> first_use_codes(const Block& block) const;

  DictionaryLimits limits_;
  bool nullable_;
  bool has_null_ = false;
  StringSet entries_;
  std::vector<Block> blocks_;
  uint64_t row_count_ = 0;
  uint64_t byte_count_ = 0;
  std::vector<uint32_t> order_;        // entries, sorted
  std::vector<uint32_t> sorted_code_;  // of each first-use code
};

// `nullable` says whether the entries are a NullableColumn; NULL, if there, is the last.
std::shared_ptr<const Dictionary> decode_dictionary(std::string_view bytes, bool nullable);

}  // namespace freshet
