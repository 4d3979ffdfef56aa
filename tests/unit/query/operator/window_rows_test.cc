#include "query/operator/window_rows.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "storage/base/random.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

std::string text_of(std::span<const RowIndex> rows) {
  std::string text;
  for (const RowIndex row : rows) text += (text.empty() ? "" : " ") + std::to_string(row);
  return text;
}

TEST(WindowRows, FindsPartitionsAndPeers) {
  const Chunk rows = chunk_from_text("a:UInt8 b:Float64\n1\t5\n1\t5\n1\t7\n2\t5\n2\tnan\n2\tnan\n");
  const std::vector<SortColumn> sort = {{.column = 0}, {.column = 1}};
  WindowRows window(rows, sort);
  EXPECT_EQ(text_of(window.runs(0)), "0 6");
  EXPECT_EQ(text_of(window.runs(1)), "0 3 6");
  EXPECT_EQ(text_of(window.runs(2)), "0 2 3 4 6");
  EXPECT_EQ(text_of(window.peers(1, 1, false)), "0 2 3 4 6");
  EXPECT_EQ(text_of(window.peers(1, 1, true)), "0 1 2 3 4 5 6");
}

TEST(WindowRows, TellsNullFromDefaultAndStringsByBytes) {
  const Chunk rows =
      chunk_from_text("a:Nullable(Int32) s:String\n0\tx\n0\tx\n\\N\tx\n\\N\ty\n1\ty\n1\tyy\n");
  const std::vector<SortColumn> sort = {{.column = 0}, {.column = 1}};
  WindowRows window(rows, sort);
  EXPECT_EQ(text_of(window.runs(1)), "0 2 4 6");
  EXPECT_EQ(text_of(window.runs(2)), "0 2 3 4 5 6");
}

TEST(WindowRows, GivesFramesOfTheDefaultBounds) {
  const Chunk rows = chunk_from_text("a:UInt8 b:UInt8\n1\t5\n1\t5\n1\t7\n2\t5\n");
  const std::vector<SortColumn> sort = {{.column = 0}, {.column = 1}};
  WindowRows window(rows, sort);
  const RowFrames& frames = window.frames(1, 1, {});
  EXPECT_EQ(text_of(frames.begin), "0 0 0 3");
  EXPECT_EQ(text_of(frames.end), "2 2 3 4");
}

// Frames as the standard says it, row by row, over numbers without NULL in ascending order.
class NaiveFrames {
 public:
  NaiveFrames(std::vector<int> partitions, std::vector<int> cells)
      : partitions_(std::move(partitions)), cells_(std::move(cells)) {}

  bool contains(const FrameBounds& bounds, size_t row, size_t other) const {
    if (partitions_[row] != partitions_[other]) return false;
    return !is_before(bounds, bounds.begin, row, other) && !is_after(bounds, row, other);
  }

 private:
  // How far `other` is from `row`.
  int distance(const FrameBounds& bounds, size_t row, size_t other) const {
    return bounds.by_rows ? static_cast<int>(other) - static_cast<int>(row)
                          : cells_[other] - cells_[row];
  }
  static std::optional<int> limit_of(const FrameEdge& edge) {
    switch (edge.kind) {
      case FrameEdgeKind::Preceding:
        return -static_cast<int>(edge.offset);
      case FrameEdgeKind::CurrentRow:
        return 0;
      case FrameEdgeKind::Following:
        return static_cast<int>(edge.offset);
      default:
        return std::nullopt;
    }
  }
  bool is_before(const FrameBounds& bounds, const FrameEdge& edge, size_t row, size_t other) const {
    const auto limit = limit_of(edge);
    return limit && distance(bounds, row, other) < *limit;
  }
  bool is_after(const FrameBounds& bounds, size_t row, size_t other) const {
    const auto limit = limit_of(bounds.end);
    return limit && distance(bounds, row, other) > *limit;
  }

  std::vector<int> partitions_;
  std::vector<int> cells_;
};

FrameEdge random_edge(Random& random) {
  return {static_cast<FrameEdgeKind>(random.below(5)), random.below(6)};
}

// Whether the binder lets such bounds through.
bool is_legal(const FrameBounds& bounds) {
  const auto place = [](const FrameEdge& edge) {
    const auto far = static_cast<int>(edge.offset);
    const bool before = edge.kind == FrameEdgeKind::Preceding;
    return static_cast<int>(edge.kind) * 100 + (before                                  ? -far
                                                : edge.kind == FrameEdgeKind::Following ? far
                                                                                        : 0);
  };
  return bounds.begin.kind != FrameEdgeKind::UnboundedFollowing &&
         bounds.end.kind != FrameEdgeKind::UnboundedPreceding &&
         place(bounds.begin) <= place(bounds.end);
}

TEST(WindowRows, FramesAreThoseOfTheDefinition) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    FrameBounds bounds;
    do {
      bounds = {random.chance(0.5), random_edge(random), random_edge(random)};
    } while (!is_legal(bounds));
    std::vector<int> partitions;
    std::vector<int> cells;
    std::string text = "g:Int32 o:Int32\n";
    int partition = 0;
    int cell = 0;
    for (size_t i = 0; i < 60; ++i) {
      if (random.chance(0.1)) {
        ++partition;
        cell = static_cast<int>(random.below(10)) - 5;
      }
      if (random.chance(0.6)) cell += static_cast<int>(random.below(5));
      partitions.push_back(partition);
      cells.push_back(cell);
      text += std::to_string(partition) + "\t" + std::to_string(cell) + "\n";
    }
    const Chunk rows = chunk_from_text(text);
    const std::vector<SortColumn> sort = {{.column = 0}, {.column = 1}};
    WindowRows window(rows, sort);
    const RowFrames& frames = window.frames(1, 1, bounds);
    const NaiveFrames naive(partitions, cells);
    for (size_t row = 0; row < cells.size(); ++row) {
      for (size_t other = 0; other < cells.size(); ++other) {
        const bool seen = other >= frames.begin[row] && other < frames.end[row];
        ASSERT_EQ(seen, naive.contains(bounds, row, other))
            << "seed " << seed << " " << frame_text(bounds) << " row " << row << " other " << other;
      }
      ASSERT_LE(frames.begin[row], frames.end[row]);
      if (row > 0) {
        ASSERT_LE(frames.begin[row - 1], frames.begin[row]);
        ASSERT_LE(frames.end[row - 1], frames.end[row]);
      }
    }
  }
}

}  // namespace
}  // namespace freshet
