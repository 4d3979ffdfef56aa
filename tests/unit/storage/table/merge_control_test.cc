// Merges on demand, stopped, and watched.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

class MergeControl : public testing::Test {
 protected:
  MergeControl() {
    store_->create_table(table_from_text("t", "id:UInt64", {"id"}, "div(id, 100)"));
    for (int round = 0; round < 2; ++round) {
      store_.insert(
          "t", "id:UInt64\n" + std::to_string(round) + "\n" + std::to_string(100 + round) + "\n");
      store_->flush_all();
    }
  }
  size_t segments_of(const std::string& partition) {
    size_t count = 0;
    for (const auto& segment : store_->snapshot()->find("default", "t")->segments) {
      if (segment->partition == partition) ++count;
    }
    return count;
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(MergeControl, OptimizesOnePartition) {
  EXPECT_EQ(segments_of("0") + segments_of("1"), 4u);
  store_->optimize_table(store_.id("t"), "1");
  EXPECT_EQ(segments_of("0"), 2u);
  EXPECT_EQ(segments_of("1"), 1u);
  store_->optimize_table(store_.id("t"), "nosuch");
  EXPECT_EQ(segments_of("0"), 2u);
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(segments_of("0"), 1u);
  EXPECT_EQ(store_.rows("t"), "0 1 100 101");
}

TEST_F(MergeControl, StopsAndStartsMerges) {
  store_->stop_merges(std::nullopt);
  EXPECT_THROW(store_->optimize_table(store_.id("t")), Error);
  EXPECT_EQ(segments_of("0"), 2u);
  // Tables made later are not stopped; flushes go on.
  store_->create_table(table_from_text("later", "id:UInt64"));
  store_->optimize_table(store_.id("later"));
  store_.insert("t", "id:UInt64\n7\n");
  store_->flush_all();
  EXPECT_EQ(segments_of("0"), 3u);
  store_->start_merges(store_.id("t"));
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(segments_of("0"), 1u);
  store_->stop_merges(store_.id("t"));
  store_.open();
  store_.insert("t", "id:UInt64\n8\n");
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(segments_of("0"), 1u);
}

TEST_F(MergeControl, ListsTheMergeThatRuns) {
  EXPECT_TRUE(store_->running_merges().empty());
  std::vector<MergeProgress> seen;
  // The merged segment is synced by the thread that merges.
  files_.set_sync_hook([&] {
    for (MergeProgress& merge : store_->running_merges()) seen.push_back(std::move(merge));
  });
  store_->optimize_table(store_.id("t"), "1");
  files_.set_sync_hook({});
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen[0].table, store_.id("t"));
  EXPECT_EQ(seen[0].partition, "1");
  EXPECT_EQ(seen[0].inputs.size(), 2u);
  EXPECT_EQ(seen[0].result_level, 1);
  EXPECT_EQ(seen[0].rows_total, 2u);
  EXPECT_EQ(seen[0].rows_read, 2u);
  EXPECT_TRUE(store_->running_merges().empty());
}

TEST_F(MergeControl, MeasuresHowOftenBytesAreWritten) {
  const auto amplification = [&] {
    for (const MetricsRegistry::Sample& sample : store_.metrics.samples()) {
      if (sample.name == "store_write_amplification") return sample.value;
    }
    return -1.0;
  };
  EXPECT_EQ(amplification(), 1.0);
  store_->optimize_table(store_.id("t"));
  const auto written = [&](const char* name) {
    return static_cast<double>(store_.metrics.counter(name, "").value());
  };
  const double flushed = written("store_flushed_bytes_written_total");
  const double merged = written("store_merged_bytes_written_total");
  EXPECT_GT(flushed, 0);
  EXPECT_GT(merged, 0);
  EXPECT_DOUBLE_EQ(amplification(), (flushed + merged) / flushed);
}

}  // namespace
}  // namespace freshet
