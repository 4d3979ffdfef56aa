#include "storage/segment/skip_index.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/segment/segment_reader.h"
#include "storage/segment/segment_writer.h"
#include "tests/support/chunk_text.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

using Hashes = std::vector<uint64_t>;

// The index over the only column of a chunk.
SkipIndexSpec spec_of(const std::string& type, const DataTypePtr& value_type) {
  SkipIndexSpec spec = *parse_skip_index({"i", "c", type});
  spec.value_type = value_type;
  spec.function.inputs = {0};
  spec.function.type = value_type;
  spec.function.compute = [](const Chunk& chunk) { return chunk.columns[0]; };
  return spec;
}

// The groups of an index over blocks, given as texts of one column.
struct Built {
  Built(const std::string& type, const std::vector<std::string>& blocks) {
    const SkipIndexSpec spec = spec_of(type, typed_chunk_from_text(blocks[0]).schema[0].type);
    SkipIndexBuilder builder(spec);
    for (const std::string& block : blocks) {
      builder.append(typed_chunk_from_text(block).chunk);
      builder.close_block();
    }
    bytes = builder.finish();
    index.emplace(bytes, spec.block_count, blocks.size());
  }

  bool has(size_t block, const Hashes& hashes) const {
    const std::vector<Hashes> alternatives{hashes};
    return index->may_contain(block, alternatives);
  }

  std::string bytes;
  std::optional<SkipIndex> index;
};

Hashes cell(const std::string& text) {
  Hashes hashes;
  append_cell_hashes(*typed_chunk_from_text(text).chunk.columns[0], hashes);
  return hashes;
}

Hashes tokens(std::string_view text) {
  Hashes hashes;
  append_token_hashes(text, hashes);
  return hashes;
}

TEST(SkipIndex, SetHasWhatIsInTheBlock) {
  const Built built("set(0)", {"c:UInt32\n1\n2\n2\n", "c:UInt32\n3\n"});
  EXPECT_TRUE(built.has(0, cell("c:UInt32\n1\n")));
  EXPECT_FALSE(built.has(0, cell("c:UInt32\n3\n")));
  EXPECT_TRUE(built.has(1, cell("c:UInt32\n3\n")));
  const std::vector<Hashes> either{cell("c:UInt32\n7\n"), cell("c:UInt32\n2\n")};
  EXPECT_TRUE(built.index->may_contain(0, either));
  EXPECT_FALSE(built.index->may_contain(0, {}));
}

TEST(SkipIndex, SetOfTooManyValuesSaysNothing) {
  const Built built("set(2)", {"c:UInt32\n1\n2\n3\n", "c:UInt32\n1\n1\n"});
  EXPECT_TRUE(built.has(0, cell("c:UInt32\n9\n")));
  EXPECT_FALSE(built.has(1, cell("c:UInt32\n9\n")));
}

TEST(SkipIndex, BloomFilterHasEveryElementOfArrays) {
  const Built built("bloom_filter(0.0001)", {"c:Array(String)\n['a','b']\n[]\n['c']\n"});
  for (const char* text : {"c:String\na\n", "c:String\nb\n", "c:String\nc\n"}) {
    EXPECT_TRUE(built.has(0, cell(text))) << text;
  }
  EXPECT_FALSE(built.has(0, cell("c:String\nd\n")));
}

TEST(SkipIndex, LeavesOutNullsAndTakesZerosForOne) {
  EXPECT_EQ(cell("c:Nullable(Int32)\n\\N\n5\n"), cell("c:Int32\n5\n"));
  EXPECT_EQ(cell("c:Float64\n-0\nnan\n"), cell("c:Float64\n0\n"));
}

TEST(SkipIndex, TokensAreRunsOfLettersAndDigits) {
  EXPECT_EQ(tokens("GET /cart?id=42"),
            (Hashes{tokens("GET")[0], tokens("cart")[0], tokens("id")[0], tokens("42")[0]}));
  EXPECT_TRUE(tokens(" -- ").empty());
  const Built built("tokenbf_v1(1024, 3, 0)", {"c:String\nGET /cart\n"});
  EXPECT_TRUE(built.has(0, tokens("cart GET")));
  EXPECT_FALSE(built.has(0, tokens("car")));
}

TEST(SkipIndex, NgramsAreBytesInARow) {
  Hashes hashes;
  append_ngram_hashes("abcd", 3, hashes);
  EXPECT_EQ(hashes.size(), 2U);
  append_ngram_hashes("ab", 3, hashes);
  EXPECT_EQ(hashes.size(), 2U);
}

TEST(SkipIndex, GranularityPutsBlocksTogether) {
  EXPECT_EQ(parse_skip_index({"i", "c", "set(1)", 1})->block_count, 1U);
  EXPECT_EQ(parse_skip_index({"i", "c", "set(1)", 2})->block_count, 1U);
  EXPECT_EQ(parse_skip_index({"i", "c", "set(1)", 4})->block_count, 2U);
}

TEST(SkipIndex, RefusesTypesThatAreNotWrittenAsTheyMustBe) {
  for (const char* type : {"minmax", "set", "set(1, 2)", "bloom_filter(2)", "bloom_filter(0)",
                           "tokenbf_v1(8)", "tokenbf_v1(0, 1, 0)", "ngrambf_v1(0, 8, 1, 0)",
                           "bloom_filter(x)", "bloom_filter(0.1", "text"}) {
    EXPECT_FALSE(parse_skip_index({"i", "c", type})) << type;
  }
  EXPECT_TRUE(parse_skip_index({"i", "c", "bloom_filter"}));
}

TEST(SkipIndex, NamesDamage) {
  const Built built("bloom_filter", {"c:UInt32\n1\n2\n", "c:UInt32\n3\n"});
  for (size_t size = 0; size < built.bytes.size(); ++size) {
    EXPECT_THROW(SkipIndex(std::string_view(built.bytes).substr(0, size), 1, 2), Error) << size;
  }
  EXPECT_THROW(SkipIndex(built.bytes, 1, 3), Error);
  EXPECT_THROW(SkipIndex(built.bytes + "x", 1, 2), Error);
}

TEST(SkipIndex, IsInTheSegmentFile) {
  FaultFileSystem files;
  files.create_directories("/data");
  const TypedChunk rows = typed_chunk_from_text("c:UInt32\n1\n2\n");
  SegmentOptions options;
  options.skip_indexes = {spec_of("set(0)", rows.schema[0].type)};
  SegmentWriter writer(files, "/data/1.seg", rows.schema, std::move(options));
  writer.append(rows.chunk);
  writer.finish();
  const auto reader = SegmentReader::open(files, "/data/1.seg");
  ASSERT_EQ(reader->indexes().size(), 1U);
  EXPECT_EQ(reader->indexes()[0].name, "i");
  EXPECT_EQ(reader->indexes()[0].expression, "c");
  EXPECT_EQ(reader->indexes()[0].type, "set(0)");
  const std::vector<Hashes> two{cell("c:UInt32\n2\n")};
  const std::vector<Hashes> three{cell("c:UInt32\n3\n")};
  EXPECT_TRUE(reader->index(0).may_contain(0, two));
  EXPECT_FALSE(reader->index(0).may_contain(0, three));
}

}  // namespace
}  // namespace freshet
