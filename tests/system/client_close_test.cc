// A client that closes its connection ends the query that ran for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/system/whole_server.h"
#include "tests/unit/server/http/loopback.h"

namespace freshet {
namespace {

using std::chrono::steady_clock;

// Hours of work that gives its one row at the end.
constexpr const char* kEndless = "SELECT sum(number) FROM numbers(1000000000000000)";

bool comes_true(const auto& condition) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

class ClientClose : public testing::Test {
 protected:
  std::string running(const std::string& query_id) const {
    return server_.query("SELECT count() FROM system.processes WHERE query_id = '" + query_id +
                         "'");
  }
  bool starts(const std::string& query_id) const {
    return comes_true([&] { return running(query_id) == "1\n"; });
  }
  bool ends(const std::string& query_id) const {
    return comes_true([&] { return running(query_id) == "0\n"; });
  }

  WholeServer server_{"client_close"};
};

TEST_F(ClientClose, EndsAQuery) {
  LoopbackClient client(server_.server().http_port());
  client.send(post("/?query_id=closed", kEndless));
  ASSERT_TRUE(starts("closed"));
  client.close();
  EXPECT_TRUE(ends("closed"));
}

TEST_F(ClientClose, EndsAQueryThatSendsRows) {
  LoopbackClient client(server_.server().http_port());
  client.send(post("/?query_id=rows", "SELECT number FROM numbers(1000000000000000)"));
  ASSERT_FALSE(client.read_some(100).empty());
  ASSERT_TRUE(starts("rows"));
  client.close();
  EXPECT_TRUE(ends("rows"));
}

TEST_F(ClientClose, EndsAQueryAfterAReset) {
  LoopbackClient client(server_.server().http_port());
  client.send(post("/?query_id=reset&cancel_http_readonly_queries_on_client_close=0", kEndless));
  ASSERT_TRUE(starts("reset"));
  client.reset();
  EXPECT_TRUE(ends("reset"));
}

TEST_F(ClientClose, LeavesAHalfClosedOneItsAnswerIfAsked) {
  LoopbackClient client(server_.server().http_port());
  client.send(post("/?cancel_http_readonly_queries_on_client_close=0",
                   "SELECT sum(number) FROM numbers(100000000)"));
  client.end_writing();
  EXPECT_EQ(client.read_answer().body, "4999999950000000\n");
}

TEST_F(ClientClose, DoesNotUndoAnInsert) {
  server_.query("CREATE TABLE numbers_kept (n UInt64) ENGINE = MergeTree ORDER BY n");
  LoopbackClient client(server_.server().http_port());
  client.send(
      post("/?query_id=insert", "INSERT INTO numbers_kept SELECT number FROM numbers(5000000)"));
  client.end_writing();
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(server_.query("SELECT count() FROM numbers_kept"), "5000000\n");
}

}  // namespace
}  // namespace freshet
