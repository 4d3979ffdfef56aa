// Queries that are made to go to disk by small limits, and a look at what they leave there.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/query/engine/engine_harness.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {

class SpillFixture : public testing::Test {
 protected:
  // Table `name` with id, as many strings as a third of the rows, a Nullable and a float.
  void fill(size_t rows, const std::string& name = "t") {
    sql_.run("CREATE TABLE " + name +
             " (id UInt64, s String, n Nullable(Int32), f Float64) ORDER BY id");
    // Several inserts: several chunks for the workers.
    constexpr size_t kInserts = 8;
    for (size_t i = 0; i < kInserts; ++i) {
      sql_.run("INSERT INTO " + name + " SELECT number + " + std::to_string(i * rows / kInserts) +
               " AS k, concat('key ', toString(k * 7919 % " + std::to_string(rows / 3) +
               ")), if(k % 7 = 0, NULL, toInt32(k * 31 % 5000)), k % 1000 / 8 FROM numbers(" +
               std::to_string(rows / kInserts) + ")");
    }
  }

  uint64_t event(const std::string& name) {
    const std::string value =
        sql_.run("SELECT value FROM system.events WHERE event = '" + name + "'");
    return value.empty() ? 0 : std::stoull(value);
  }

  std::vector<DirectoryEntry> temporary_files() {
    if (!exists(sql_.files(), "/data/tmp")) return {};
    return sql_.files().list("/data/tmp");
  }

  // Runs a query in memory, and on disk with `settings` behind it. Gives both as text; both are
  // sorted when the query does not.
  void expect_same(const std::string& query, const std::string& settings) {
    const uint64_t memory_before = sql_.memory().bytes();
    const bool is_ordered = query.find("ORDER BY") != std::string::npos;
    const auto rows = [&](const std::string& sql) {
      return is_ordered ? sql_.run(sql) : sorted_lines(sql_.run(sql));
    };
    const std::string in_memory = rows(query);
    EXPECT_EQ(sql_.report.temporary_bytes_written, 0u) << query;
    const std::string on_disk = rows(query + " SETTINGS " + settings);
    EXPECT_GT(sql_.report.temporary_bytes_written, 0u) << query << ": did not go to disk";
    // Too long to be printed where they differ.
    EXPECT_TRUE(on_disk == in_memory)
        << query << ": " << on_disk.size() << " bytes instead of " << in_memory.size();
    EXPECT_TRUE(temporary_files().empty()) << query;
    EXPECT_EQ(sql_.memory().bytes(), memory_before) << query;
  }

  // Lets the disk fail at every `step`th operation of the query, until it is through before that.
  void expect_error_on_every_fault(const std::string& query, uint64_t step) {
    const std::string expected = sorted_lines(sql_.run(query));
    ASSERT_GT(sql_.report.temporary_bytes_written, 0u);
    for (const auto& [fault, code] :
         {std::pair{Fault::NoSpace, "NOT_ENOUGH_SPACE"}, std::pair{Fault::IoError, "CANNOT_"}}) {
      // Removes what the faults before have left.
      sql_.open();
      const uint64_t memory_before = sql_.memory().bytes();
      size_t errors = 0;
      uint64_t last = 0;
      for (uint64_t operation = 1;; operation += step) {
        last = sql_.files().operation_count() + operation;
        sql_.files().fail_at(last, fault);
        const std::string outcome = sql_.try_run(query);
        if (!outcome.starts_with("NOT_") && !outcome.starts_with("CANNOT_")) {
          // The fault hit the removal of a file, or came after it.
          EXPECT_TRUE(sorted_lines(outcome) == expected) << outcome.substr(0, 200);
          break;
        }
        EXPECT_TRUE(outcome.starts_with(code)) << outcome;
        EXPECT_NE(outcome.find("/data/tmp"), std::string::npos) << outcome;
        ASSERT_TRUE(temporary_files().empty()) << operation;
        ASSERT_EQ(sql_.memory().bytes(), memory_before);
        ++errors;
      }
      EXPECT_GT(errors, 3u);
      // A fault that has not come yet must not hit what follows.
      while (sql_.files().operation_count() < last) {
        try {
          sql_.files().create_directories("/data/tmp");
        } catch (const Error&) {
        }
      }
    }
    // Other queries go on, and the next start removes what could not be removed.
    sql_.open();
    EXPECT_TRUE(temporary_files().empty());
    EXPECT_TRUE(sorted_lines(sql_.run(query)) == expected);
  }

  // Cancels a query at its first rows.
  void expect_no_file_after_cancel(const std::string& query) {
    class Deserter final : public ResultSink {
     public:
      explicit Deserter(EngineHarness& sql) : sql_(sql) {}
      void begin(const Schema&) override {}
      void put(Chunk) override {
        if (was_there) return;
        was_there = true;
        files_seen = sql_.files().list("/data/tmp").size();
        EXPECT_TRUE(sql_.engine().cancel("the one"));
      }
      bool wanted() override { return true; }
      bool was_there = false;
      size_t files_seen = 0;

     private:
      EngineHarness& sql_;
    };
    const uint64_t memory_before = sql_.memory().bytes();
    QueryRequest request;
    request.text = query;
    request.query_id = "the one";
    Deserter sink(sql_);
    try {
      sql_.engine().execute(request, sink);
      FAIL() << "not cancelled";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::QueryWasCancelled);
    }
    EXPECT_GT(sink.files_seen, 0u);
    EXPECT_TRUE(temporary_files().empty());
    EXPECT_EQ(sql_.memory().bytes(), memory_before);
  }

  EngineHarness sql_{3};
};

}  // namespace freshet
