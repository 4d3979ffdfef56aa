// Skip indexes: what INDEX clauses ask to be kept of groups of blocks, so that queries for a value
// leave out the blocks that do not have it.
//
//   INDEX i url TYPE ngrambf_v1(3, 1024, 3, 0)
//   blocks 0, 1   hashes of "htt" "ttp" "tp:" ...   in a Bloom filter, one for each group of blocks
//   blocks 2, 3   ...
//
// An index is a set of hashes for each group: of cells, of the elements of arrays, of tokens or of
// n-grams. A query knows hashes of which some, or all, must be there.
//
// Path:      segment_writer -> SkipIndexBuilder -> file -> segment_reader -> SkipIndex
// Threads:   a builder from one thread; an index is immutable.
// Layout:    docs/formats/segment.md
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/column/chunk.h"
#include "storage/column/chunk_function.h"

namespace freshet {

enum class SkipIndexKind : uint8_t { Set, Bloom, Tokens, Ngrams };

// One INDEX clause, compiled.
struct SkipIndexSpec {
  std::string name;
  std::string expression;  // as SQL
  std::string type;        // as SQL: "bloom_filter(0.01)"
  std::string columns;     // TableDefinition::stored_names() when it is written
  SkipIndexKind kind = SkipIndexKind::Bloom;
  uint32_t block_count = 1;  // of a group
  double false_positives = 0.025;
  uint64_t values_max = 0;   // Set: groups with more have no entry; 0: any number
  uint64_t bytes_max = 0;    // Tokens, Ngrams: of a group's filter
  uint32_t ngram_bytes = 0;  // Ngrams
  DataTypePtr value_type;    // of the expression
  ChunkFunction function;    // the expression over the segment's columns
};

// Hashes as the index has them. Part of the disk format.
//
// Of the cells of a flat column, those of an Array's lists, and without NULLs and NaNs.
void append_cell_hashes(const Column& cells, std::vector<uint64_t>& hashes);
// Of runs of letters, digits and bytes beyond ASCII.
void append_token_hashes(std::string_view text, std::vector<uint64_t>& hashes);
// Of every `length` bytes in a row.
void append_ngram_hashes(std::string_view text, size_t length, std::vector<uint64_t>& hashes);

// What an INDEX clause asks for, without its function; nothing when the type is none that is kept
// beside the zone maps (minmax), or not written as it must be.
std::optional<SkipIndexSpec> parse_skip_index(const ChunkFunctionCompiler::Index& index);
// Whether such an index can be of values of that type.
bool is_indexable(SkipIndexKind kind, const DataType& type);

class SkipIndexBuilder {
 public:
  explicit SkipIndexBuilder(SkipIndexSpec spec) : spec_(std::move(spec)) {}

  // Rows of the open block; columns that the expression does not read may be anything.
  void append(const Chunk& rows);
  void close_block();
  // The groups, as they are stored. Requires: called once, last, with no block open.
  std::string finish();
  const SkipIndexSpec& spec() const { return spec_; }

 private:
  void close_group();

  SkipIndexSpec spec_;
  std::vector<uint64_t> hashes_;  // of the open group, with repeats
  bool is_unknown_ = false;       // of the open group: the expression could not be computed
  uint32_t open_blocks_ = 0;
  uint64_t group_count_ = 0;
  std::string groups_;
};

class SkipIndex {
 public:
  // `bytes` are those of SkipIndexBuilder::finish() and outlive the index. Throws CorruptedData.
  SkipIndex(std::string_view bytes, uint32_t block_count, size_t segment_block_count);

  // Whether any of `alternatives` may be in the block's group: all hashes of one of them.
  bool may_contain(size_t block, std::span<const std::vector<uint64_t>> alternatives) const;

 private:
  struct Group {
    uint8_t form = 0;
    uint32_t hash_count = 0;
    std::string_view bytes;
  };
  static bool contains(const Group& group, uint64_t hash);

  uint32_t block_count_;
  std::vector<Group> groups_;
};

}  // namespace freshet
