#include "storage/memtable/memtable.h"

#include <gtest/gtest.h>

#include "storage/base/limits.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

const std::string kHeader = "id:UInt64 name:String";

std::shared_ptr<const Chunk> row(uint64_t id) {
  return std::make_shared<const Chunk>(
      chunk_from_text(kHeader + "\n" + std::to_string(id) + "\tn" + std::to_string(id)));
}

std::vector<size_t> sizes(const Memtable& memtable) {
  std::vector<size_t> result;
  for (const auto& chunk : memtable.chunks()) result.push_back(chunk->row_count);
  return result;
}

TEST(Memtable, KeepsFewChunksAfterManySingleRows) {
  Memtable memtable(schema_from_text(kHeader));
  for (uint64_t id = 0; id < 3000; ++id) {
    memtable.append(row(id));
    EXPECT_LE(memtable.chunks().size(), 12u);
  }
  EXPECT_EQ(memtable.row_count(), 3000u);
  // In the order in which they came.
  uint64_t expected = 0;
  for (const auto& chunk : memtable.chunks()) {
    for (size_t index = 0; index < chunk->row_count; ++index) {
      EXPECT_EQ(value_at(*chunk->columns[0], index).as<uint64_t>(), expected++);
    }
  }
}

TEST(Memtable, CutsLargeChunksIntoBlocks) {
  const Schema schema = schema_from_text("id:UInt64");
  Chunk large{.columns = {make_default_column(*simple_type(TypeId::UInt64), 2 * kBlockRows + 5)},
              .row_count = 2 * kBlockRows + 5};
  large.columns[0] = flat(large.columns[0]);
  Memtable memtable(schema);
  memtable.append(std::make_shared<const Chunk>(large));
  EXPECT_EQ(sizes(memtable), (std::vector<size_t>{kBlockRows, kBlockRows, 5}));
}

TEST(Memtable, LeavesFrozenChunksAlone) {
  Memtable memtable(schema_from_text(kHeader));
  memtable.append(row(1));
  memtable.freeze();
  const auto frozen = memtable.chunks()[0];
  memtable.append(row(2));
  memtable.append(row(3));
  EXPECT_EQ(sizes(memtable), (std::vector<size_t>{1, 2}));
  EXPECT_EQ(memtable.chunks()[0], frozen);

  memtable.drop_frozen();
  EXPECT_EQ(sizes(memtable), (std::vector<size_t>{2}));
  EXPECT_EQ(memtable.row_count(), 2u);
  EXPECT_EQ(memtable.bytes(), memtable.chunks()[0]->memory_bytes());
}

TEST(Memtable, MixesNoRowsThatWereWrittenWithOtherColumns) {
  Memtable memtable(schema_from_text(kHeader));
  memtable.append(row(1), {0});
  memtable.append(row(2));
  memtable.append(row(3));
  memtable.append(row(4), {0});
  EXPECT_EQ(sizes(memtable), (std::vector<size_t>{1, 2, 1}));
  EXPECT_TRUE(memtable.has_defaulted());
  EXPECT_EQ(memtable.defaulted(memtable.chunks()[0]), (std::vector<ColumnIndex>{0}));
  EXPECT_TRUE(memtable.defaulted(memtable.chunks()[1]).empty());

  std::vector<Memtable::Rows> relaid;
  for (const auto& chunk : memtable.chunks()) relaid.push_back({chunk, {}});
  relaid[1].defaulted = {0};
  memtable.relayout(schema_from_text(kHeader), relaid);
  EXPECT_TRUE(memtable.defaulted(memtable.chunks()[0]).empty());
  EXPECT_EQ(memtable.defaulted(memtable.chunks()[1]), (std::vector<ColumnIndex>{0}));
  memtable.freeze();
  memtable.drop_frozen();
  EXPECT_FALSE(memtable.has_defaulted());
}

TEST(Memtable, OldListsKeepTheirRows) {
  Memtable memtable(schema_from_text(kHeader));
  memtable.append(row(1));
  const auto before = memtable.chunks();
  memtable.append(row(2));
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0]->row_count, 1u);
  memtable.clear();
  EXPECT_EQ(memtable.row_count(), 0u);
  EXPECT_EQ(memtable.bytes(), 0u);
}

TEST(Memtable, KnowsDeletedRowsThroughMergesAndFlushes) {
  Memtable memtable(schema_from_text(kHeader));
  memtable.start_at(100);
  for (uint64_t id = 0; id < 4; ++id) memtable.append(row(id));
  EXPECT_TRUE(memtable.deleted().empty());
  memtable.remove(std::vector<uint64_t>{101, 103});
  const auto deleted_rows = [&] {
    std::vector<uint64_t> rows;
    uint64_t first = memtable.first_row();
    for (size_t index = 0; index < memtable.deleted().size(); ++index) {
      if (memtable.deleted()[index] != nullptr) {
        memtable.deleted()[index]->for_each([&](size_t at) { rows.push_back(first + at); });
      }
      first += memtable.chunks()[index]->row_count;
    }
    return rows;
  };
  EXPECT_EQ(deleted_rows(), (std::vector<uint64_t>{101, 103}));
  const auto before = memtable.deleted();
  for (uint64_t id = 4; id < 9; ++id) memtable.append(row(id));
  memtable.remove(std::vector<uint64_t>{100, 101, 108});
  EXPECT_EQ(deleted_rows(), (std::vector<uint64_t>{100, 101, 103, 108}));
  // Bitmaps that others may have are not changed: the first chunk's had row 101 only.
  EXPECT_EQ(before[0]->count(), 1u);

  memtable.freeze();
  memtable.append(row(9));
  memtable.append(row(10));
  memtable.remove(std::vector<uint64_t>{102, 110});
  memtable.drop_frozen();
  EXPECT_EQ(memtable.first_row(), 109u);
  EXPECT_EQ(memtable.next_row(), 111u);
  EXPECT_EQ(deleted_rows(), (std::vector<uint64_t>{110}));
  // Rows that were flushed are passed over.
  memtable.remove(std::vector<uint64_t>{5, 108});
  EXPECT_EQ(deleted_rows(), (std::vector<uint64_t>{110}));
  memtable.clear();
  EXPECT_TRUE(memtable.deleted().empty());
  EXPECT_EQ(memtable.first_row(), 111u);
}

}  // namespace
}  // namespace freshet
