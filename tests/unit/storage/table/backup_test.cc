#include "storage/table/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/base/error.h"
#include "storage/base/log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

using ::testing::HasSubstr;

const std::string kHeader = "id:UInt64 name:String\n";

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.display();
  }
  return "accepted";
}

class Backups : public testing::Test {
 protected:
  Backups() {
    set_log_level(LogLevel::Off);
    create("t");
  }
  ~Backups() override { set_log_level(LogLevel::Info); }

  void create(const std::string& table) {
    store_->create_table(table_from_text(table, kHeader, {"id"}));
  }
  BackupSummary back_up(const std::string& directory, const std::string& base = "") {
    BackupRequest request;
    request.directory = directory;
    request.base_directory = base;
    return store_->write_backup(request);
  }
  static BackupSummary restore(TestStore& store, const std::string& directory,
                               const std::string& table, const std::string& new_name) {
    RestoreRequest request;
    request.directory = directory;
    const auto contents = store->open_backup(directory);
    const BackupContents::Table* entry = contents->find("default", table);
    if (entry == nullptr) throw Error(ErrorCode::BackupEntryNotFound, table);
    RestoreRequest::Table wanted{
        .database = "default", .name = table, .definition = entry->definition};
    wanted.definition.name = new_name;
    request.tables.push_back(std::move(wanted));
    return store->restore_backup(request);
  }
  // By default the first byte of a segment's first block, which is behind its header.
  void damage(const std::string& path, size_t at = 16) {
    std::string bytes = files_.contents(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    files_.set_contents(path, bytes);
  }
  // File by file.
  void move(const std::string& from, const std::string& to) {
    files_.create_directories(to);
    for (const DirectoryEntry& entry : files_.list(from)) {
      if (entry.is_directory) {
        move(from + "/" + entry.name, to + "/" + entry.name);
      } else {
        files_.rename(from + "/" + entry.name, to + "/" + entry.name);
      }
    }
    files_.remove(from);
  }
  std::string segment_file(const std::string& directory, size_t index) {
    const BackupContents contents = read_backup(files_, directory);
    const BackupContents::Table& table = contents.tables.at(0);
    return backup_file_path(directory, table.definition.id, table.files.at(index).segment.segment);
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(Backups, HoldWhatIsInSegmentsAndInMemory) {
  store_.insert("t", kHeader + "1\ta\n2\tb\n");
  store_->flush_all();
  store_.insert("t", kHeader + "3\tc\n");
  const BackupSummary done = back_up("/backups/one");
  EXPECT_EQ(done.row_count, 3u);
  EXPECT_EQ(done.file_count, 2u);
  EXPECT_EQ(done.lsn, store_->snapshot()->lsn());
  store_.insert("t", kHeader + "4\td\n");
  EXPECT_EQ(restore(store_, "/backups/one", "t", "u").row_count, 3u);
  EXPECT_EQ(store_.rows("u"), "1,a 2,b 3,c");
  EXPECT_EQ(store_.rows("t"), "1,a 2,b 3,c 4,d");
  store_.insert("u", kHeader + "5\te\n");
  store_->optimize_table(store_.id("u"));
  files_.crash();
  store_.open();
  EXPECT_EQ(store_.rows("u"), "1,a 2,b 3,c 5,e");

  // Anywhere else, too.
  StoreOptions options;
  options.directory = "/elsewhere";
  options.background_work = false;
  TestStore other(files_, options);
  restore(other, "/backups/one", "t", "t");
  EXPECT_EQ(other.rows("t"), "1,a 2,b 3,c");
}

TEST_F(Backups, BuildOnEachOther) {
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  const BackupSummary first = back_up("/backups/first");
  store_.insert("t", kHeader + "2\tb\n");
  store_->flush_all();
  const BackupSummary second = back_up("/backups/second", "/backups/first");
  EXPECT_EQ(second.file_count, 2u);
  EXPECT_EQ(second.copied_bytes, second.total_bytes - first.total_bytes);
  store_.insert("t", kHeader + "3\tc\n");
  const BackupSummary third = back_up("/backups/third", "/backups/second");
  EXPECT_EQ(third.file_count, 3u);
  EXPECT_EQ(third.copied_bytes, third.total_bytes - second.total_bytes);
  restore(store_, "/backups/third", "t", "u");
  EXPECT_EQ(store_.rows("u"), "1,a 2,b 3,c");
  restore(store_, "/backups/second", "t", "v");
  EXPECT_EQ(store_.rows("v"), "1,a 2,b");
  // Merged segments are new ones.
  store_->optimize_table(store_.id("t"));
  const BackupSummary fourth = back_up("/backups/fourth", "/backups/third");
  EXPECT_EQ(fourth.copied_bytes, fourth.total_bytes);

  // All may move together; one alone may not.
  move("/backups", "/moved");
  restore(store_, "/moved/third", "t", "w");
  EXPECT_EQ(store_.rows("w"), "1,a 2,b 3,c");
  move("/moved/first", "/moved/other");
  EXPECT_THAT(refusal([&] { restore(store_, "/moved/third", "t", "x"); }),
              HasSubstr("NO_BASE_BACKUP"));
  move("/moved/second", "/moved/first");
  EXPECT_THAT(refusal([&] { restore(store_, "/moved/third", "t", "x"); }),
              HasSubstr("NO_BASE_BACKUP"));
  move("/moved/other", "/moved/second");
  EXPECT_THAT(refusal([&] { restore(store_, "/moved/third", "t", "x"); }),
              HasSubstr("WRONG_BASE_BACKUP"));
}

TEST_F(Backups, NameWhatIsDamaged) {
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  back_up("/backups/one");
  const std::string segment = segment_file("/backups/one", 0);
  damage(segment);
  EXPECT_THAT(refusal([&] { restore(store_, "/backups/one", "t", "u"); }),
              testing::AllOf(HasSubstr("BACKUP_DAMAGED"), HasSubstr(segment)));
  files_.remove(segment);
  EXPECT_THAT(refusal([&] { restore(store_, "/backups/one", "t", "u"); }),
              testing::AllOf(HasSubstr("BACKUP_DAMAGED"), HasSubstr(segment)));
  damage("/backups/one/backup");
  EXPECT_THAT(refusal([&] { restore(store_, "/backups/one", "t", "u"); }),
              testing::AllOf(HasSubstr("BACKUP_DAMAGED"), HasSubstr("/backups/one/backup")));
  EXPECT_EQ(store_.rows("u"), "no table");
  EXPECT_THAT(refusal([&] { restore(store_, "/backups/none", "t", "u"); }),
              HasSubstr("BACKUP_NOT_FOUND"));
}

TEST_F(Backups, DoNotCarryDamageAway) {
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  const auto segment = store_->snapshot()->find("default", "t")->segments.at(0);
  damage(segment->reader->path());
  store_.open();
  EXPECT_THAT(refusal([&] { back_up("/backups/one"); }),
              testing::AnyOf(HasSubstr("CHECKSUM_DOESNT_MATCH"), HasSubstr("CORRUPTED_DATA")));
  EXPECT_THAT(refusal([&] { store_->open_backup("/backups/one"); }), HasSubstr("BACKUP_NOT_FOUND"));
}

TEST_F(Backups, LeaveOtherFilesAlone) {
  files_.create_directories("/backups/mine");
  write_file_atomically(files_, "/backups/mine/letter", "dear");
  EXPECT_THAT(refusal([&] { back_up("/backups/mine"); }), HasSubstr("BACKUP_ALREADY_EXISTS"));
  EXPECT_EQ(read_file(files_, "/backups/mine/letter"), "dear");
  back_up("/backups/one");
  EXPECT_THAT(refusal([&] { back_up("/backups/one"); }), HasSubstr("BACKUP_ALREADY_EXISTS"));
}

// A backup and a restore that are stopped at any write leave what was there, and can be done again.
TEST_F(Backups, SurviveAStopAtAnyWrite) {
  const auto prepare = [&](TestStore& store) {
    store->create_table(table_from_text("t", kHeader, {"id"}));
    store.insert("t", kHeader + "1\ta\n2\tb\n");
    store->flush_all();
    store.insert("t", kHeader + "3\tc\n");
  };
  const auto work = [&](TestStore& store) {
    BackupRequest request;
    request.directory = "/backups/one";
    store->write_backup(request);
    restore(store, "/backups/one", "t", "u");
  };
  uint64_t first = 0;
  uint64_t last = 0;
  {
    FaultFileSystem files;
    TestStore store(files);
    prepare(store);
    first = files.operation_count() + 1;
    work(store);
    last = files.operation_count();
  }
  ASSERT_GT(last, first + 10);
  for (const Fault fault : {Fault::Stop, Fault::NoSpace, Fault::IoError}) {
    for (uint64_t stop = first; stop <= last; ++stop) {
      SCOPED_TRACE("fault at operation " + std::to_string(stop));
      FaultFileSystem files(stop);
      auto store = std::make_unique<TestStore>(files);
      prepare(*store);
      files.fail_at(stop, fault);
      const std::string outcome = refusal([&] { work(*store); });
      if (fault == Fault::Stop) {
        EXPECT_NE(outcome, "accepted");
      }
      store.reset();
      files.crash();
      store = std::make_unique<TestStore>(files);
      EXPECT_EQ(store->rows("t"), "1,a 2,b 3,c");
      // Whole or not at all, both of them.
      bool is_there = exists(files, "/backups/one/backup");
      if (!is_there) {
        BackupRequest request;
        request.directory = "/backups/one";
        (*store)->write_backup(request);
      }
      const std::string restored = store->rows("u");
      if (restored == "no table") {
        restore(*store, "/backups/one", "t", "u");
      }
      EXPECT_EQ(store->rows("u"), "1,a 2,b 3,c");
      if (testing::Test::HasFailure()) return;
    }
  }
}

// Rows of both tables come in the same commits, while tables are flushed and merged: a backup has
// as many of one as of the other.
TEST(BackupsUnderLoad, AreOfOneCommit) {
  set_log_level(LogLevel::Off);
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.flush_rows_max = 50;
  TestStore store(files, options);
  store->create_table(table_from_text("a", "id:UInt64", {"id"}));
  store->create_table(table_from_text("b", "id:UInt64"));
  const TableId a = store.id("a");
  const TableId b = store.id("b");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t id = 0; !stop; ++id) {
      const Chunk row = chunk_from_text("id:UInt64\n" + std::to_string(id) + "\n");
      const auto insert = store->begin_insert();
      insert->append(a, row);
      insert->append(b, row);
      insert->commit();
    }
  });
  std::thread merger([&] {
    while (!stop) store->optimize_table(a);
  });
  std::string base;
  uint64_t rows_before = 0;
  for (int round = 0; round < 8; ++round) {
    BackupRequest request;
    request.directory = "/backups/" + std::to_string(round);
    request.base_directory = base;
    const BackupSummary done = store->write_backup(request);
    base = request.directory;
    RestoreRequest back;
    back.directory = request.directory;
    const auto contents = store->open_backup(request.directory);
    for (const BackupContents::Table& entry : contents->tables) {
      if (entry.definition.id != a && entry.definition.id != b) continue;
      RestoreRequest::Table wanted{
          .database = "default", .name = entry.definition.name, .definition = entry.definition};
      wanted.definition.name += std::to_string(round);
      back.tables.push_back(std::move(wanted));
    }
    store->restore_backup(back);
    const std::string number = std::to_string(round);
    const std::string rows = store.rows("a" + number);
    EXPECT_EQ(rows, store.rows("b" + number));
    const uint64_t count = store->snapshot()->find("default", "a" + number)->row_count();
    EXPECT_GE(count, rows_before);
    EXPECT_GE(done.row_count, 2 * count);
    rows_before = count;
  }
  stop = true;
  writer.join();
  merger.join();
  set_log_level(LogLevel::Info);
}

}  // namespace
}  // namespace freshet
