// Backups of a whole server that goes on meanwhile, and damage on its disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "tests/system/whole_server.h"

namespace freshet {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

void flip_a_byte(const std::filesystem::path& path, uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0xFF));
}

TEST(Backup, IsOfOneCommitWhileRowsComeIn) {
  WholeServer server("backup_load");
  server.query("CREATE TABLE orders (id UInt64) ENGINE = MergeTree ORDER BY id");
  server.query(
      "CREATE MATERIALIZED VIEW totals ENGINE = SummingMergeTree ORDER BY tuple() AS "
      "SELECT count() AS n, sum(id) AS s FROM orders");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    HttpClient client(server.address());
    for (uint64_t id = 1; !stop; ++id) {
      client.post({{"query", "INSERT INTO orders FORMAT TabSeparated"}}, {},
                  std::to_string(id) + "\n");
    }
  });
  while (server.query("SELECT count() > 100 FROM orders") != "1\n") std::this_thread::yield();
  const std::string result =
      server.query("BACKUP TABLE orders, TABLE totals TO File('one') FORMAT TabSeparated");
  EXPECT_THAT(result, MatchesRegex("[-0-9a-f]*\tBACKUP_CREATED\n"));
  server.query("OPTIMIZE TABLE orders");
  server.query(
      "BACKUP TABLE orders, TABLE totals TO File('two') SETTINGS base_backup = File('one')");
  stop = true;
  writer.join();
  for (const std::string name : {"one", "two"}) {
    server.query("CREATE DATABASE " + name);
    EXPECT_THAT(server.query("RESTORE TABLE orders AS " + name + ".orders, TABLE totals AS " +
                             name + ".totals FROM File('" + name + "')"),
                HasSubstr("RESTORED"));
    // The view is as far as its table, and each has the first orders without a gap.
    EXPECT_EQ(server.query("SELECT count(), sum(id) FROM " + name + ".orders"),
              server.query("SELECT sum(n), sum(s) FROM " + name + ".totals"));
    EXPECT_EQ(server.query("SELECT count() = max(id), count() > 100 FROM " + name + ".orders"),
              "1\t1\n");
  }
  EXPECT_EQ(server.query("SELECT count() FROM two.orders WHERE id NOT IN (SELECT id FROM orders)"),
            "0\n");
}

TEST(CheckTable, NamesADamagedSegment) {
  WholeServer server("check_table");
  server.query("CREATE TABLE t (id UInt64, s String) ENGINE = MergeTree ORDER BY id");
  server.query("INSERT INTO t SELECT number, toString(number * 7919) FROM numbers(50000)");
  server.query("OPTIMIZE TABLE t");
  EXPECT_THAT(server.query("CHECK TABLE t FORMAT TabSeparated"), MatchesRegex("all_.*\t1\t\n"));
  const std::string path = server.query("SELECT path FROM system.parts WHERE table = 't'");
  flip_a_byte(path.substr(0, path.size() - 1), 1000);
  EXPECT_THAT(server.query("CHECK TABLE t FORMAT TabSeparated"),
              MatchesRegex("all_.*\t0\tChecksum does not match.*column .*block 0.*\n"));
  EXPECT_EQ(server.query("CHECK TABLE t SETTINGS check_query_single_value_result = 1"), "0\n");
  HttpClient client(server.address());
  const HttpAnswer refused = client.post({}, {}, "BACKUP TABLE t TO File('damaged')");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("CHECKSUM_DOESNT_MATCH"));
  EXPECT_EQ(server.query("SELECT status FROM system.backups"), "BACKUP_FAILED\n");
}

}  // namespace
}  // namespace freshet
