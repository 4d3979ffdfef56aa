// One machine lives, crashes and reopens its log again and again; whatever it acknowledged must be
// replayed exactly once, in order.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "storage/base/log.h"
#include "storage/base/random.h"
#include "storage/wal/wal_reader.h"
#include "storage/wal/wal_writer.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

struct Appended {
  std::string payload;
  Lsn lsn;
};

// What must be in the log.
struct Expected {
  std::vector<Appended> records;  // after `checkpoint`
  std::size_t acknowledged = 0;   // the first ones of `records`
  Lsn checkpoint;
};

constexpr WalOptions kOptions{.file_bytes_max = 400};

// Appends, waits and checkpoints until something fails or the work is done.
void live(FileSystem& files, Random& random, uint64_t first_number, Expected& expected) {
  try {
    WalWriter writer(files, "wal", expected.checkpoint, kOptions);
    // Opening makes durable what replay found.
    expected.acknowledged = expected.records.size();
    for (uint64_t number = first_number; number < first_number + 12; ++number) {
      std::string payload = std::to_string(number) + std::string(random.below(150), 'x');
      try {
        const Lsn lsn = writer.append(payload);
        expected.records.push_back({std::move(payload), lsn});
      } catch (const Error& error) {
        if (error.code() != ErrorCode::NotEnoughSpace) throw;
        continue;
      }
      if (random.chance(0.6)) {
        writer.wait_durable(expected.records.back().lsn);
        expected.acknowledged = expected.records.size();
      }
      if (random.chance(0.1) && expected.acknowledged > 0) {
        const std::size_t stored = random.below(expected.acknowledged) + 1;
        expected.checkpoint = expected.records[stored - 1].lsn;
        expected.records.erase(expected.records.begin(),
                               expected.records.begin() + static_cast<std::ptrdiff_t>(stored));
        expected.acknowledged -= stored;
        writer.remove_before(expected.checkpoint);
      }
    }
  } catch (const Error&) {
    // The machine stops here.
  }
}

// Replays and compares; then `expected` is what the log holds.
void recover(FileSystem& files, Expected& expected) {
  std::vector<Appended> found;
  WalReader(files, "wal").replay(expected.checkpoint, [&](std::string_view payload, Lsn lsn) {
    found.push_back({std::string(payload), lsn});
  });
  ASSERT_GE(found.size(), expected.acknowledged) << "an acknowledged record is lost";
  // A record whose append failed may be there too: the last one, written when the machine stopped.
  ASSERT_LE(found.size(), expected.records.size() + 1);
  for (std::size_t index = 0; index < std::min(found.size(), expected.records.size()); ++index) {
    ASSERT_EQ(found[index].payload, expected.records[index].payload);
    ASSERT_EQ(found[index].lsn, expected.records[index].lsn);
  }
  expected.records = std::move(found);
}

class WalCrash : public testing::Test {
 protected:
  // Every life ends in an error worth a log line.
  WalCrash() { set_log_level(LogLevel::Off); }
  ~WalCrash() override { set_log_level(LogLevel::Info); }
};

TEST_F(WalCrash, ReplaysEveryAcknowledgedRecordWhereverTheMachineStops) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (uint64_t operation = 1;; ++operation) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(operation));
      FaultFileSystem files(seed * 1000 + operation);
      Random random(seed);
      Expected expected;
      files.fail_at(operation, Fault::Stop);
      live(files, random, 0, expected);
      const bool stopped = files.operation_count() >= operation;
      files.crash();
      recover(files, expected);
      if (HasFatalFailure()) return;
      if (!stopped) break;
    }
  }
}

TEST_F(WalCrash, ReplaysEveryAcknowledgedRecordThroughManyLives) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FaultFileSystem files(seed);
    Random random(seed + 1'000'000);
    Expected expected;
    for (uint64_t life = 0; life < 6; ++life) {
      constexpr Fault kFaults[] = {Fault::Stop, Fault::IoError, Fault::NoSpace};
      files.fail_at(1 + random.below(60), kFaults[random.below(3)]);
      files.fail_at(1 + random.below(60), kFaults[random.below(3)]);
      live(files, random, life * 100, expected);
      files.crash();
      recover(files, expected);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace freshet
