#include "storage/table/compaction.h"

#include <gtest/gtest.h>

#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/segment/segment_writer.h"
#include "storage/table/segment_merge.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

const auto kNeverStop = [] { return false; };

class CompactionTest : public testing::Test {
 protected:
  CompactionTest() { files_.create_directories("/s"); }

  SegmentPtr write(const Schema& schema, const Chunk& rows, const std::string& partition = "all") {
    auto segment = std::make_shared<Segment>();
    segment->id = SegmentId(++last_id_);
    segment->newest_id = segment->id;
    segment->partition = partition;
    segment->max_lsn = Lsn(last_id_);
    const std::string path = "/s/" + std::to_string(last_id_) + ".seg";
    SegmentWriter writer(files_, path, schema, {});
    writer.append(rows);
    writer.finish();
    segment->reader = SegmentReader::open(files_, path);
    return segment;
  }
  std::vector<MergeMove::Input> moved_;

  SegmentPtr write_rows(size_t count, const std::string& partition = "all") {
    Chunk rows{.columns = {flat(make_default_column(*simple_type(TypeId::UInt64), count))},
               .row_count = count};
    return write(schema_from_text("id:UInt64"), rows, partition);
  }
  static std::vector<size_t> sizes(const std::vector<SegmentPtr>& segments) {
    std::vector<size_t> result;
    for (const SegmentPtr& segment : segments) result.push_back(segment->reader->row_count());
    return result;
  }

  Chunk merge(const TableDefinition& definition, const std::vector<SegmentPtr>& inputs) {
    const Schema schema = definition.stored_schema();
    const TableKeys keys(definition, SimpleCompiler());
    const TableColumns columns(std::make_shared<const TableDefinition>(definition), nullptr);
    SegmentWriter writer(files_, "/s/merged.seg", schema, {});
    EXPECT_TRUE(merge_segments(inputs, columns, keys, keep_last_of_each_key, writer, kNeverStop, {},
                               {}, &moved_));
    writer.finish();
    const auto reader = SegmentReader::open(files_, "/s/merged.seg");
    std::vector<Chunk> blocks;
    for (size_t block = 0; block < reader->block_count(); ++block) {
      Chunk rows{.columns = {}, .row_count = reader->block_rows(block)};
      for (ColumnIndex column = 0; column < schema.size(); ++column) {
        rows.columns.push_back(flat(reader->read_column(column, block)));
      }
      blocks.push_back(std::move(rows));
    }
    return concat_chunks(schema, blocks);
  }

  FaultFileSystem files_;
  uint64_t last_id_ = 0;
};

TEST_F(CompactionTest, PicksFourNeighboursOfLikeSize) {
  std::vector<SegmentPtr> segments = {write_rows(8000), write_rows(300), write_rows(280),
                                      write_rows(310)};
  EXPECT_TRUE(pick_merge(segments).empty());
  segments.push_back(write_rows(290));
  EXPECT_EQ(sizes(pick_merge(segments)), (std::vector<size_t>{300, 280, 310, 290}));
}

TEST_F(CompactionTest, PicksWithinAPartitionOnly) {
  std::vector<SegmentPtr> segments;
  for (int index = 0; index < 3; ++index) {
    segments.push_back(write_rows(10, "1"));
    segments.push_back(write_rows(10, "2"));
  }
  EXPECT_TRUE(pick_merge(segments).empty());
  segments.push_back(write_rows(11, "2"));
  EXPECT_EQ(sizes(pick_merge(segments)), (std::vector<size_t>{10, 10, 10, 11}));
  EXPECT_EQ(sizes(pick_full_merge(segments)), (std::vector<size_t>{10, 10, 10}));
}

TEST_F(CompactionTest, DoesNotRewriteALargeSegmentForFewRows) {
  EXPECT_TRUE(pick_merge({write_rows(5000), write_rows(1), write_rows(1), write_rows(1)}).empty());
}

TEST_F(CompactionTest, RowsAreRewrittenLogarithmicallyOften) {
  std::vector<SegmentPtr> segments;
  uint64_t rewritten = 0;
  for (int flush = 0; flush < 256; ++flush) {
    segments.push_back(write_rows(10));
    for (auto picked = pick_merge(segments); !picked.empty(); picked = pick_merge(segments)) {
      size_t rows = 0;
      for (const SegmentPtr& segment : picked) rows += segment->reader->row_count();
      rewritten += rows;
      const auto at = std::find(segments.begin(), segments.end(), picked[0]);
      *at = write_rows(rows);
      segments.erase(at + 1, at + static_cast<std::ptrdiff_t>(picked.size()));
    }
  }
  EXPECT_LE(segments.size(), 16u);
  EXPECT_LE(rewritten, 2560u * 6);
}

TEST_F(CompactionTest, MergesInterleavedRowsInOrder) {
  const TableDefinition table = table_from_text("t", "id:UInt64 name:String", {"id"});
  const Schema schema = table.stored_schema();
  Random random(7);
  std::vector<SegmentPtr> inputs;
  std::vector<std::pair<uint64_t, std::string>> expected;
  for (uint64_t input = 0; input < 5; ++input) {
    std::vector<uint64_t> ids;
    // Some inputs interleave row by row, some overlap at their ends only.
    for (int row = 0; row < 20'000; ++row) ids.push_back(random.below(30'000) + input / 2 * 25'000);
    std::sort(ids.begin(), ids.end());
    Buffer<uint64_t> cells(ids.begin(), ids.end());
    auto names = make_column(*schema[1].type);
    for (const uint64_t id : ids) {
      const std::string name = std::to_string(id) + "/" + std::to_string(input);
      append_value(*names, Value(name));
      expected.emplace_back(id, name);
    }
    inputs.push_back(write(schema, {.columns = {make_number_column<uint64_t>(std::move(cells)),
                                                ColumnPtr(std::move(names))},
                                    .row_count = ids.size()}));
  }
  // Equal ids in order of the inputs.
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const Chunk merged = merge(table, inputs);
  ASSERT_EQ(merged.row_count, expected.size());
  for (size_t row = 0; row < expected.size(); ++row) {
    ASSERT_EQ(value_at(*merged.columns[1], row).as<std::string>(), expected[row].second) << row;
  }
}

TEST_F(CompactionTest, MergesEqualKeysAcrossBlocks) {
  TableDefinition table = table_from_text("t", "id:UInt64 version:UInt64", {"id"});
  table.merge_mode = MergeMode::Replacing;
  const Schema schema = table.stored_schema();
  std::vector<SegmentPtr> inputs;
  // Key 5 fills more than two blocks of each input.
  for (uint64_t version = 1; version <= 3; ++version) {
    Buffer<uint64_t> ids;
    Buffer<uint64_t> versions;
    for (uint64_t id : {1, 2}) {
      ids.push_back(id);
      versions.push_back(version);
    }
    for (size_t row = 0; row < 2 * kBlockRows + 100; ++row) {
      ids.push_back(5);
      versions.push_back(version);
    }
    ids.push_back(6 + version);
    versions.push_back(version);
    const size_t count = ids.size();
    inputs.push_back(write(schema, {.columns = {make_number_column<uint64_t>(std::move(ids)),
                                                make_number_column<uint64_t>(std::move(versions))},
                                    .row_count = count}));
  }
  EXPECT_EQ(chunk_rows_text(schema, merge(table, inputs)), "1\t3\n2\t3\n5\t3\n7\t1\n8\t2\n9\t3\n");
}

TEST_F(CompactionTest, ConcatenatesInputsWithoutASortKey) {
  const TableDefinition table = table_from_text("t", "id:UInt64");
  const Schema schema = table.stored_schema();
  const Chunk merged = merge(table, {write(schema, chunk_from_text("id:UInt64\n3\n1\n")),
                                     write(schema, chunk_from_text("id:UInt64\n2\n"))});
  EXPECT_EQ(chunk_rows_text(schema, merged), "3\n1\n2\n");
}

TEST_F(CompactionTest, ReadsColumnsThatASegmentDoesNotHaveAsDefaults) {
  TableVersion version;
  version.definition = std::make_shared<const TableDefinition>(
      table_from_text("t", "id:UInt64 city:String", {"id"}));
  version.schema = version.definition->stored_schema();
  version.columns = std::make_shared<const TableColumns>(version.definition, nullptr);
  version.segments.push_back(write(schema_from_text("extra:UInt8 id:UInt64"),
                                   chunk_from_text("extra:UInt8 id:UInt64\n7\t1\n")));
  version.segments.push_back(
      write(version.schema, chunk_from_text("id:UInt64 city:String\n2\tRome\n")));
  EXPECT_EQ(TestStore::rows_text(version), "1, 2,Rome");

  version.segments.push_back(
      write(schema_from_text("id:UInt32"), chunk_from_text("id:UInt32\n2\n")));
  EXPECT_THROW(scan(version), Error);
}

TEST_F(CompactionTest, SkipsBlocksThatAFilterRulesOut) {
  TableVersion version;
  version.definition =
      std::make_shared<const TableDefinition>(table_from_text("t", "id:UInt64", {"id"}));
  version.schema = version.definition->stored_schema();
  version.columns = std::make_shared<const TableColumns>(version.definition, nullptr);
  Buffer<uint64_t> ids;
  for (uint64_t id = 0; id < 4 * kBlockRows; ++id) ids.push_back(id);
  version.segments.push_back(write(
      version.schema,
      {.columns = {make_number_column<uint64_t>(std::move(ids))}, .row_count = 4 * kBlockRows}));
  ColumnFilter filter;
  filter.conditions.push_back({.column = 0,
                               .op = ColumnCondition::Operator::GreaterOrEqual,
                               .values = {Value(uint64_t{kBlockRows})}});
  const ScanPlan plan = plan_scan(version, filter, 2);
  ASSERT_EQ(plan.tasks.size(), 2u);
  EXPECT_EQ(plan.tasks[0].blocks, (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(plan.tasks[1].blocks, (std::vector<uint32_t>{3}));
  EXPECT_EQ(plan.row_count, 3 * kBlockRows);
  EXPECT_EQ(plan.rows_skipped, kBlockRows);
  EXPECT_EQ(plan.block_count, 4u);
  EXPECT_EQ(plan.blocks_kept, 3u);
}

}  // namespace
}  // namespace freshet
