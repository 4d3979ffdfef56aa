// What an INSERT over HTTP is known by: the number of its commit, and the key that its client gave.

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/system/whole_server.h"

namespace freshet {
namespace {

class InsertTokens : public testing::Test {
 protected:
  InsertTokens() : server_("insert_tokens") {
    server_.query("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    server_.query("CREATE TABLE u (a UInt64) ENGINE = MergeTree ORDER BY a");
  }

  HttpAnswer insert(const std::string& table, const std::string& key, const std::string& rows,
                    HttpClient::Parameters parameters = {}) {
    HttpClient client(server_.address());
    parameters["query"] = "INSERT INTO " + table + " FORMAT TabSeparated";
    HttpClient::Parameters headers;
    if (!key.empty()) headers["Idempotency-Key"] = key;
    return client.post(parameters, headers, rows);
  }

  WholeServer server_;
};

TEST_F(InsertTokens, ACommitsNumberMakesAReaderSeeIt) {
  const HttpAnswer inserted = insert("t", "", "1\n");
  const std::string lsn = inserted.header("x-freshet-lsn");
  ASSERT_FALSE(lsn.empty());
  HttpClient client(server_.address());
  EXPECT_EQ(client.post({{"min_lsn", lsn}}, {}, "SELECT a FROM t").body, "1\n");
  const HttpAnswer late = client.post({{"min_lsn", lsn + "000000"}, {"min_lsn_timeout_ms", "1"}},
                                      {}, "SELECT a FROM t");
  EXPECT_EQ(late.status, 408);
  EXPECT_EQ(late.header("x-clickhouse-exception-code"), "159");

  // A reader that waits for the next commit gets it when it comes.
  std::string seen;
  std::thread reader([&] {
    HttpClient waiting(server_.address());
    const std::string next = std::to_string(std::stoull(lsn) + 1);
    seen = waiting
               .post({{"min_lsn", next}, {"min_lsn_timeout_ms", "300000"}}, {},
                     "SELECT a FROM t ORDER BY a")
               .body;
  });
  insert("t", "", "2\n");
  reader.join();
  EXPECT_EQ(seen, "1\n2\n");
}

TEST_F(InsertTokens, ARepeatSaysSoAndAddsNothing) {
  const HttpAnswer first = insert("t", "k", "1\n");
  EXPECT_EQ(first.header("x-freshet-duplicate"), "");
  const HttpAnswer again = insert("t", "k", "1\n");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.header("x-freshet-duplicate"), "1");
  EXPECT_EQ(again.header("x-freshet-lsn"), first.header("x-freshet-lsn"));
  EXPECT_NE(again.header("x-clickhouse-summary").find("\"written_rows\":\"0\""), std::string::npos);
  // The parameter is the same as the header.
  EXPECT_EQ(
      insert("t", "", "1\n", {{"insert_deduplication_token", "k"}}).header("x-freshet-duplicate"),
      "1");
  EXPECT_EQ(insert("u", "k", "1\n").header("x-freshet-duplicate"), "");
  EXPECT_EQ(server_.query("SELECT (SELECT count() FROM t), (SELECT count() FROM u)"), "1\t1\n");

  HttpClient client(server_.address());
  const std::string select = "INSERT INTO t SELECT 5 SETTINGS insert_deduplication_token = 's'";
  EXPECT_EQ(client.post({}, {}, select).header("x-freshet-duplicate"), "");
  EXPECT_EQ(client.post({}, {}, select).header("x-freshet-duplicate"), "1");
  const std::string plain = "INSERT INTO t SELECT 6";
  EXPECT_EQ(client.post({}, {{"Idempotency-Key", "p"}}, plain).header("x-freshet-duplicate"), "");
  EXPECT_EQ(
      client.post({{"insert_deduplication_token", "p"}}, {}, plain).header("x-freshet-duplicate"),
      "1");
}

TEST_F(InsertTokens, ARefusedInsertLeavesItsKeyFree) {
  EXPECT_EQ(insert("t", "k", "1\nx\n").status, 400);
  const HttpAnswer retried = insert("t", "k", "1\n2\n");
  EXPECT_EQ(retried.status, 200);
  EXPECT_EQ(retried.header("x-freshet-duplicate"), "");
  EXPECT_EQ(server_.query("SELECT sum(a) FROM t"), "3\n");
}

TEST_F(InsertTokens, ManyAtOnceAreOne) {
  for (int round = 1; round <= 10; ++round) {
    std::vector<HttpAnswer> answers(6);
    std::vector<std::thread> clients;
    for (HttpAnswer& answer : answers) {
      clients.emplace_back([&] {
        answer = insert("t", "round " + std::to_string(round), std::to_string(round) + "\n");
      });
    }
    for (std::thread& client : clients) client.join();
    int first_count = 0;
    for (const HttpAnswer& answer : answers) {
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_EQ(answer.header("x-freshet-lsn"), answers[0].header("x-freshet-lsn"));
      if (answer.header("x-freshet-duplicate").empty()) ++first_count;
    }
    EXPECT_EQ(first_count, 1);
  }
  EXPECT_EQ(server_.query("SELECT count(), sum(a) FROM t"), "10\t55\n");
  EXPECT_EQ(server_.query("SELECT countIf(is_duplicate), sum(rows) FROM system.commits"),
            "50\t10\n");
}

}  // namespace
}  // namespace freshet
