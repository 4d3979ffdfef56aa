#include "storage/table/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

using testing::HasSubstr;

const std::string kPath = "/data/manifest";

TableDefinition hits() {
  TableDefinition definition =
      table_from_text("hits", "id:UInt64 day:Date", {"id"}, "toYYYYMM(day)");
  definition.id = TableId(1);
  definition.uuid = "u";
  definition.settings = {{"index_granularity", "8192"}};
  definition.columns[1].default_kind = DefaultKind::Default;
  definition.columns[1].default_expression = "today()";
  definition.kind = TableKind::MaterializedView;
  definition.source = TableId(7);
  definition.select = "SELECT 1";
  return definition;
}

AddSegment segment(uint64_t id, uint64_t lsn) {
  return {.table = TableId(1),
          .segment = SegmentId(id),
          .partition = "all",
          .level = 2,
          .max_lsn = Lsn(lsn),
          .newest_id = SegmentId(id),
          .row_count = 100};
}

class ManifestTest : public testing::Test {
 protected:
  ManifestTest() { files_.create_directories("/data"); }
  Manifest open() { return Manifest(files_, kPath, {PutDatabase{"default", ""}}); }

  std::string refusal() {
    try {
      open();
    } catch (const Error& error) {
      return error.message();
    }
    return "opened";
  }

  FaultFileSystem files_;
};

TEST_F(ManifestTest, RemembersEditsAfterReopening) {
  {
    Manifest manifest = open();
    manifest.commit({PutTable{hits()}, segment(3, 10), segment(4, 20)});
    manifest.commit({RemoveSegment{TableId(1), SegmentId(3)},
                     AbsorbSegment{TableId(1), SegmentId(4), Lsn(20)},
                     FlushedThrough{TableId(1), Lsn(15)}});
    manifest.commit({PutSourcePosition{"file", "99", Lsn(7)}, PutIdempotencyKey{"k", Lsn(8)},
                     Checkpoint{Lsn(9)}});
    manifest.commit({PutInsertKey{TableId(1), "old", Lsn(3), 1},
                     ForgetInsertKeys{TableId(1), Lsn(4)},
                     PutInsertKey{TableId(1), "new", Lsn(8), 99}});
  }
  const Manifest manifest = open();
  const ManifestState& state = manifest.state();
  EXPECT_EQ(state.databases.size(), 1u);
  ASSERT_EQ(state.tables.size(), 1u);
  const ManifestState::Table& table = state.tables.at(TableId(1));
  EXPECT_EQ(table.definition.columns[1].default_expression, "today()");
  EXPECT_EQ(table.definition.columns[1].type->name(), "Date");
  EXPECT_EQ(table.definition.settings.at("index_granularity"), "8192");
  EXPECT_EQ(table.definition.source, TableId(7));
  EXPECT_EQ(table.flushed_through, Lsn(15));
  ASSERT_EQ(table.segments.size(), 1u);
  EXPECT_EQ(table.segments.at(SegmentId(4)).max_lsn, Lsn(20));
  EXPECT_EQ(table.absorbed.size(), 1u);
  EXPECT_EQ(state.positions.at("file").position, "99");
  ASSERT_EQ(state.keys.size(), 2u);
  EXPECT_EQ(state.keys[0].key, "k");
  EXPECT_EQ(state.keys[0].table, TableId());
  EXPECT_EQ(state.keys[1].key, "new");
  EXPECT_EQ(state.keys[1].table, TableId(1));
  EXPECT_EQ(state.keys[1].lsn, Lsn(8));
  EXPECT_EQ(state.keys[1].time_us, 99u);
  EXPECT_EQ(table.keys_after, Lsn(4));
  EXPECT_EQ(state.checkpoint, Lsn(9));
  EXPECT_EQ(state.next_table, TableId(2));
  EXPECT_EQ(state.next_segment, SegmentId(5));
}

TEST_F(ManifestTest, ForgetsAbsorbedSegmentsOnceFlushedPastThem) {
  Manifest manifest = open();
  manifest.commit({PutTable{hits()}, AbsorbSegment{TableId(1), SegmentId(4), Lsn(20)}});
  manifest.commit({FlushedThrough{TableId(1), Lsn(19)}});
  EXPECT_EQ(manifest.state().tables.at(TableId(1)).absorbed.size(), 1u);
  manifest.commit({FlushedThrough{TableId(1), Lsn(20)}});
  EXPECT_EQ(manifest.state().tables.at(TableId(1)).absorbed.size(), 0u);
}

TEST_F(ManifestTest, CutsATornLastFrame) {
  open().commit({PutTable{hits()}});
  const std::string before = files_.contents(kPath);
  open().commit({segment(3, 10)});
  const std::string after = files_.contents(kPath);
  for (size_t length = before.size(); length < after.size(); ++length) {
    files_.set_contents(kPath, after.substr(0, length));
    EXPECT_EQ(open().state().tables.at(TableId(1)).segments.size(), 0u);
    EXPECT_EQ(files_.contents(kPath), before);
  }
}

TEST_F(ManifestTest, NamesDamageBeforeTheEnd) {
  open().commit({PutTable{hits()}});
  const size_t damaged = files_.contents(kPath).size() + 10;
  open().commit({segment(3, 10)});
  open().commit({segment(4, 10)});
  std::string bytes = files_.contents(kPath);
  bytes[damaged] = static_cast<char>(bytes[damaged] ^ 1);
  files_.set_contents(kPath, bytes);
  EXPECT_THAT(refusal(), HasSubstr("Damaged edit in the manifest /data/manifest at offset " +
                                   std::to_string(damaged - 10)));
}

TEST_F(ManifestTest, RefusesAFileOfAnotherKind) {
  files_.set_contents(kPath, "something else entirely");
  EXPECT_THAT(refusal(), HasSubstr("Not a manifest: /data/manifest"));
}

TEST_F(ManifestTest, IsRewrittenWhenItHasGrown) {
  Manifest manifest = open();
  manifest.commit({PutTable{hits()}});
  uint64_t largest = 0;
  for (int round = 0; round < 30'000; ++round) {
    manifest.commit({FlushedThrough{TableId(1), Lsn(static_cast<uint64_t>(round))},
                     PutSourcePosition{"a source with a rather long name", "12345678901", Lsn(3)}});
    largest = std::max(largest, manifest.file_bytes());
  }
  EXPECT_LT(largest, 2 * kMiB);
  EXPECT_LT(manifest.file_bytes(), largest);
  EXPECT_EQ(open().state().tables.at(TableId(1)).flushed_through, Lsn(29'999));
}

TEST_F(ManifestTest, ForgetsARefusedEditAndGoesOn) {
  for (const Fault fault : {Fault::NoSpace, Fault::IoError}) {
    for (uint64_t at = 1; at <= 2; ++at) {
      files_.crash();
      files_.set_contents(kPath, "");
      files_.remove(kPath);
      Manifest manifest = open();
      manifest.commit({PutTable{hits()}});
      files_.fail_at(files_.operation_count() + at, fault);
      EXPECT_THROW(manifest.commit({segment(3, 10)}), Error);
      EXPECT_TRUE(manifest.settled());
      EXPECT_EQ(manifest.state().tables.at(TableId(1)).segments.size(), 0u);
      manifest.commit({segment(4, 10)});
      files_.crash();
      const auto segments = open().state().tables.at(TableId(1)).segments;
      EXPECT_EQ(segments.size(), 1u);
      EXPECT_TRUE(segments.contains(SegmentId(4)));
    }
  }
}

}  // namespace
}  // namespace freshet
