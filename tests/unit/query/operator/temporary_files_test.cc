#include "query/operator/temporary_files.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "storage/base/error.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

class TemporaryFiles : public testing::Test {
 protected:
  size_t files_in_folder() {
    return exists(files_, "/data/tmp") ? files_.list("/data/tmp").size() : 0;
  }
  static std::optional<ErrorCode> code_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.code();
    }
    return std::nullopt;
  }
  static std::string bytes_of(size_t count) {
    std::string bytes;
    for (size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(i * i * 31 >> 4));
    return bytes;
  }

  FaultFileSystem files_;
  MetricsRegistry metrics_;
  TemporaryFolder folder_{files_, "/data/tmp", metrics_};
  TemporaryData data_{folder_, "default", {}};
};

TEST_F(TemporaryFiles, GiveBackTheirBlocksInAnyOrder) {
  const auto file = data_.create(SpillPurpose::Sort);
  std::vector<std::string> blocks = {bytes_of(100'000), "", std::string(50'000, 'x'), "short"};
  std::vector<TemporaryBlock> places;
  for (const std::string& block : blocks) places.push_back(file->append(block));
  std::string raw = "what was there before";
  for (const size_t i : {3, 0, 2, 1, 0}) {
    file->read(places[i], raw);
    EXPECT_EQ(raw, blocks[i]) << i;
  }
  // Compressed.
  EXPECT_LT(places[2].stored_bytes, 1'000u);
  EXPECT_EQ(file->bytes(), data_.written_bytes());
  EXPECT_EQ(file->bytes(), folder_.bytes());
}

TEST_F(TemporaryFiles, AreGoneWithTheirObjects) {
  EXPECT_FALSE(exists(files_, "/data/tmp"));
  {
    const auto first = data_.create(SpillPurpose::Sort);
    const auto second = data_.create(SpillPurpose::Join);
    first->append("abc");
    second->append("def");
    EXPECT_EQ(files_in_folder(), 2u);
    EXPECT_EQ(folder_.file_count(), 2u);
  }
  EXPECT_EQ(files_in_folder(), 0u);
  EXPECT_EQ(folder_.bytes(), 0u);
  EXPECT_EQ(folder_.file_count(), 0u);
  EXPECT_GT(data_.written_bytes(), 0u);
}

TEST_F(TemporaryFiles, OfACrashAreRemovedAtTheNextStart) {
  files_.create_directories("/data/tmp");
  files_.open_append("/data/tmp/1.tmp", AppendMode::Overwrite)->append("left");
  folder_.clear();
  EXPECT_FALSE(exists(files_, "/data/tmp"));
  folder_.clear();
  data_.create(SpillPurpose::Sort)->append("a new one");
}

TEST_F(TemporaryFiles, NameABlockThatHasChanged) {
  const auto file = data_.create(SpillPurpose::Aggregation);
  const TemporaryBlock first = file->append(bytes_of(1'000));
  const TemporaryBlock second = file->append(bytes_of(2'000));
  const std::string path = "/data/tmp/" + files_.list("/data/tmp")[0].name;
  std::string bytes = files_.contents(path);
  bytes[second.offset + second.stored_bytes / 2] ^= 1;
  files_.set_contents(path, bytes);
  std::string raw;
  file->read(first, raw);
  EXPECT_EQ(raw, bytes_of(1'000));
  EXPECT_EQ(code_of([&] { file->read(second, raw); }), ErrorCode::ChecksumDoesntMatch);
}

TEST_F(TemporaryFiles, KeepToTheLimitsOfQueryUserAndServer) {
  const std::string block = bytes_of(10'000);
  const uint64_t stored = data_.create(SpillPurpose::Sort)->append(block).stored_bytes;
  TemporaryFolder folder(files_, "/data/small", metrics_, 5 * stored);
  TemporaryData one(folder, "a", {2 * stored, 3 * stored});
  TemporaryData other(folder, "a", {2 * stored, 3 * stored});
  TemporaryData stranger(folder, "b", {});
  auto first = one.create(SpillPurpose::Sort);
  first->append(block);
  first->append(block);
  EXPECT_EQ(code_of([&] { first->append(block); }), ErrorCode::TooManyRowsOrBytes);
  // A refused block takes nothing.
  auto second = other.create(SpillPurpose::Sort);
  second->append(block);
  EXPECT_EQ(code_of([&] { second->append(block); }), ErrorCode::TooManyRowsOrBytes);
  auto third = stranger.create(SpillPurpose::Sort);
  third->append(block);
  third->append(block);
  EXPECT_EQ(code_of([&] { third->append(block); }), ErrorCode::TooManyRowsOrBytes);
  // What is given back may be taken again.
  first.reset();
  second->append(block);
  third->append(block);
}

TEST_F(TemporaryFiles, AFullDiskIsAnErrorAndLeavesNoFile) {
  const uint64_t before = files_.operation_count();
  for (uint64_t operation = 1;; ++operation) {
    SCOPED_TRACE(operation);
    const uint64_t at = files_.operation_count() + operation;
    files_.fail_at(at, Fault::NoSpace);
    const std::optional<ErrorCode> code = code_of([&] {
      const auto file = data_.create(SpillPurpose::Sort);
      file->append(bytes_of(5'000));
      file->append(bytes_of(5'000));
    });
    // Past the last append: the file could not be removed.
    if (!code) break;
    EXPECT_EQ(code, ErrorCode::NotEnoughSpace);
    EXPECT_EQ(files_in_folder(), 0u);
    EXPECT_EQ(folder_.bytes(), 0u);
  }
  EXPECT_GT(files_.operation_count() - before, 6u);
  folder_.clear();
  EXPECT_EQ(files_in_folder(), 0u);
}

}  // namespace
}  // namespace freshet
