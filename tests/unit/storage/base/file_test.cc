#include "storage/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/base/error.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

// The same claims hold on the disk and in memory.
class FileSystemTest : public testing::TestWithParam<bool> {
 protected:
  FileSystemTest() {
    if (GetParam()) {
      char name[] = "/tmp/freshet_file_XXXXXX";
      root_ = ::mkdtemp(name);
      files_ = std::make_unique<PosixFileSystem>();
    } else {
      root_ = "root";
      files_ = std::make_unique<FaultFileSystem>();
      files_->create_directories(root_);
    }
  }
  ~FileSystemTest() override { remove_recursively(*files_, root_); }

  std::string path(const std::string& name) const { return root_ + "/" + name; }
  ErrorCode code_of(const std::function<void()>& action) const {
    try {
      action();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::LogicalError;
  }

  std::string root_;
  std::unique_ptr<FileSystem> files_;
};

INSTANTIATE_TEST_SUITE_P(PosixAndMemory, FileSystemTest, testing::Values(true, false));

TEST_P(FileSystemTest, AppendContinuesWhereTheFileEnds) {
  files_->open_append(path("a"), AppendMode::Continue)->append("one ");
  {
    const auto file = files_->open_append(path("a"), AppendMode::Continue);
    EXPECT_EQ(file->bytes(), 4U);
    file->append("two");
    file->sync();
    EXPECT_EQ(file->bytes(), 7U);
  }
  EXPECT_EQ(read_file(*files_, path("a")), "one two");
  files_->open_append(path("a"), AppendMode::Overwrite)->append("new");
  EXPECT_EQ(read_file(*files_, path("a")), "new");
}

TEST_P(FileSystemTest, AppendContinuesAfterTruncate) {
  const auto file = files_->open_append(path("a"), AppendMode::Continue);
  file->append("0123456789");
  file->truncate(3);
  file->append("x");
  EXPECT_EQ(read_file(*files_, path("a")), "012x");
}

TEST_P(FileSystemTest, ReadsRangesAndRefusesBeyondTheEnd) {
  files_->open_append(path("a"), AppendMode::Continue)->append("0123456789");
  const auto file = files_->open_read(path("a"));
  EXPECT_EQ(file->bytes(), 10U);
  char out[4];
  file->read(3, out);
  EXPECT_EQ(std::string_view(out, 4), "3456");
  EXPECT_EQ(code_of([&] { file->read(7, out); }), ErrorCode::CannotReadAllData);
  if (const auto view = file->view()) {
    EXPECT_EQ(*view, "0123456789");
  }
}

TEST_P(FileSystemTest, ListsSortedWithSizes) {
  files_->open_append(path("b"), AppendMode::Continue)->append("12345");
  files_->create_directories(path("a/deep"));
  const auto entries = files_->list(root_);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_TRUE(entries[0].is_directory);
  EXPECT_EQ(entries[1].name, "b");
  EXPECT_EQ(entries[1].bytes, 5U);
  EXPECT_TRUE(exists(*files_, path("a/deep")));
  EXPECT_FALSE(exists(*files_, path("a/shallow")));
  EXPECT_FALSE(exists(*files_, path("missing/deep")));
}

TEST_P(FileSystemTest, RemovesFilesAndTrees) {
  files_->create_directories(path("tree/branch"));
  files_->open_append(path("tree/branch/leaf"), AppendMode::Continue);
  EXPECT_THROW(files_->remove(path("tree")), Error);
  remove_recursively(*files_, path("tree"));
  EXPECT_FALSE(exists(*files_, path("tree")));
  remove_recursively(*files_, path("tree"));
}

TEST_P(FileSystemTest, WritesAtomicallyOverAnOldFile) {
  write_file_atomically(*files_, path("manifest"), "old");
  write_file_atomically(*files_, path("manifest"), "new");
  EXPECT_EQ(read_file(*files_, path("manifest")), "new");
  EXPECT_EQ(files_->list(root_).size(), 1U);
}

TEST_P(FileSystemTest, NamesMissingFiles) {
  EXPECT_EQ(code_of([&] { files_->open_read(path("x")); }), ErrorCode::FileDoesntExist);
  EXPECT_EQ(code_of([&] { files_->remove(path("x")); }), ErrorCode::FileDoesntExist);
  EXPECT_EQ(code_of([&] { files_->rename(path("x"), path("y")); }), ErrorCode::FileDoesntExist);
  EXPECT_EQ(code_of([&] { files_->list(path("x")); }), ErrorCode::FileDoesntExist);
  EXPECT_EQ(code_of([&] { files_->open_append(path("x/y"), AppendMode::Continue); }),
            ErrorCode::FileDoesntExist);
}

TEST_P(FileSystemTest, LockNamesTheProcessThatHoldsTheDirectory) {
  auto held = lock_directory(*files_, root_);
  try {
    lock_directory(*files_, root_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::CannotOpenFile);
    EXPECT_THAT(error.message(),
                testing::EndsWith("held by process " + std::to_string(::getpid())));
  }
  held.reset();
  lock_directory(*files_, root_);
}

TEST(PosixFileSystem, ReportsAFullDiskAsNotEnoughSpace) {
  PosixFileSystem files;
  const auto full = files.open_append("/dev/full", AppendMode::Continue);
  try {
    full->append("x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotEnoughSpace);
    EXPECT_THAT(error.message(), testing::HasSubstr("/dev/full"));
  }
}

TEST(WriteFileAtomically, LeavesOldOrNewAfterACrashAtAnyOperation) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (uint64_t operation = 1;; ++operation) {
      FaultFileSystem files(seed * 1000 + operation);
      files.create_directories("d");
      write_file_atomically(files, "d/f", "old");
      const uint64_t before = files.operation_count();
      files.fail_at(before + operation, Fault::Stop);
      bool finished = true;
      try {
        write_file_atomically(files, "d/f", "a much longer new value");
      } catch (const Error&) {
        finished = false;
      }
      files.crash();
      const std::string found = read_file(files, "d/f");
      if (finished) {
        EXPECT_EQ(found, "a much longer new value");
        break;
      }
      EXPECT_TRUE(found == "old" || found == "a much longer new value") << found;
    }
  }
}

}  // namespace
}  // namespace freshet
