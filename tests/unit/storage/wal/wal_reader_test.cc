#include "storage/wal/wal_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "storage/wal/wal_format.h"
#include "storage/wal/wal_writer.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFirstFile = wal_file_path("wal", 0);

class WalReaderTest : public testing::Test {
 protected:
  std::vector<std::string> replay(Lsn from = {}) {
    std::vector<std::string> payloads;
    Lsn last = from;
    end_ = WalReader(files_, "wal").replay(from, [&](std::string_view payload, Lsn lsn) {
      payloads.emplace_back(payload);
      EXPECT_GT(lsn, last);
      last = lsn;
    });
    return payloads;
  }

  std::string error_of_replay() {
    try {
      replay();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::CorruptedData);
      return error.message();
    }
    return "no error";
  }

  void append_durably(const std::vector<std::string>& payloads) {
    WalWriter writer(files_, "wal");
    for (const std::string& payload : payloads) writer.wait_durable(writer.append(payload));
  }

  void flip(std::size_t at) {
    std::string bytes = files_.contents(kFirstFile);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    files_.set_contents(kFirstFile, bytes);
  }

  FaultFileSystem files_;
  Lsn end_;
};

TEST_F(WalReaderTest, FindsNothingWithoutALog) {
  EXPECT_THAT(replay(Lsn(17)), IsEmpty());
  EXPECT_EQ(end_, Lsn(17));
}

TEST_F(WalReaderTest, ReplaysFromAPosition) {
  WalWriter writer(files_, "wal");
  const Lsn first = writer.append("first");
  const Lsn second = writer.append("");
  const Lsn third = writer.append("third");
  EXPECT_THAT(replay(), ElementsAre("first", "", "third"));
  EXPECT_THAT(replay(first), ElementsAre("", "third"));
  EXPECT_THAT(replay(second), ElementsAre("third"));
  EXPECT_THAT(replay(third), IsEmpty());
  EXPECT_EQ(end_, third);
}

TEST_F(WalReaderTest, StopsAtARecordTornAtAnyByte) {
  Lsn second;
  {
    WalWriter writer(files_, "wal");
    writer.append("first");
    second = writer.append("second");
    writer.append("third");
  }
  const std::string whole = files_.contents(kFirstFile);
  for (std::size_t length = second.value; length < whole.size(); ++length) {
    for (const std::string& tail : {std::string(), std::string(40, '\0'), std::string("garbage")}) {
      files_.set_contents(kFirstFile, whole.substr(0, length) + tail);
      EXPECT_THAT(replay(), ElementsAre("first", "second")) << "torn at " << length;
      EXPECT_EQ(end_, second);
    }
  }
}

TEST_F(WalReaderTest, WriterContinuesWhereTheTornRecordWas) {
  append_durably({"first", "second"});
  const std::string whole = files_.contents(kFirstFile);
  const std::size_t first_end = kWalHeaderBytes + 5 + kWalHeaderBytes;  // the record and its mark
  for (std::size_t length = first_end; length < first_end + kWalHeaderBytes + 6; ++length) {
    files_.set_contents(kFirstFile, whole.substr(0, length));
    append_durably({"third"});
    EXPECT_THAT(replay(), ElementsAre("first", "third")) << "torn at " << length;
  }
}

TEST_F(WalReaderTest, NamesAFlippedBitInADurableRecord) {
  append_durably({"first", "second", "third"});
  const std::string whole = files_.contents(kFirstFile);
  std::vector<std::size_t> record_starts;
  for (std::size_t at = 0; at < whole.size();) {
    record_starts.push_back(at);
    at = parse_wal_record(std::string_view(whole).substr(at), at)->end();
  }
  ASSERT_EQ(record_starts.size(), 6U) << "a mark follows each record";
  std::size_t record = 0;
  for (std::size_t at = 0; at < record_starts.back(); ++at) {
    if (at == record_starts[record + 1]) ++record;
    files_.set_contents(kFirstFile, whole);
    flip(at);
    EXPECT_EQ(error_of_replay(), "Damaged record in the log file " + kFirstFile + " at offset " +
                                     std::to_string(record_starts[record]));
  }
  files_.set_contents(kFirstFile, whole);
  flip(record_starts.back());
  // The last mark itself was never synced.
  EXPECT_THAT(replay(), ElementsAre("first", "second", "third"));
}

TEST_F(WalReaderTest, TakesAHoleInUnsyncedBytesForATornTail) {
  Lsn first;
  {
    WalWriter writer(files_, "wal");
    first = writer.append("first");
    writer.append("second");
    writer.append("third");
  }
  flip(first.value + kWalHeaderBytes);
  EXPECT_THAT(replay(), ElementsAre("first")) << "no sync has promised the second";
  EXPECT_EQ(end_, first);
}

TEST_F(WalReaderTest, NamesDamageAtTheEndOfAnEarlierFile) {
  {
    WalWriter writer(files_, "wal", {}, {.file_bytes_max = 64});
    writer.append("first");
    writer.append("second");
  }
  const std::string whole = files_.contents(kFirstFile);
  files_.set_contents(kFirstFile, whole.substr(0, whole.size() - 1));
  EXPECT_EQ(error_of_replay(), "Damaged record in the log file " + kFirstFile + " at offset 0");
  files_.set_contents(kFirstFile, "");
  EXPECT_THAT(error_of_replay(), HasSubstr("does not end where the next one starts, at 37"));
}

TEST_F(WalReaderTest, RefusesToStartBeforeTheLog) {
  WalWriter(files_, "wal", Lsn(1000)).append("late");
  EXPECT_THAT(error_of_replay(), testing::EndsWith("needed from 0"));
  EXPECT_THAT(replay(Lsn(1000)), ElementsAre("late"));
}

}  // namespace
}  // namespace freshet
