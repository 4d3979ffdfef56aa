#include "server/http/http_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/base/listening_socket.h"
#include "tests/unit/server/http/loopback.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

TEST(Router, FindsTheHandlerByPathAndMethod) {
  const auto say = [](const char* text) {
    return [text](HttpExchange& exchange) { exchange.response().write(text); };
  };
  LoopbackServer server(std::vector<Route>{
      {{HttpMethod::Get}, "/ping", say("ping")},
      {{HttpMethod::Get}, "/assets/*", say("asset")},
      {{HttpMethod::Get}, "/", say("get")},
      {{HttpMethod::Post}, "/", say("post")},
  });
  LoopbackClient client(server.port());
  client.send(get("/ping?a=1") + get("/assets/a/b.css") + get("/") + post("/", "") +
              get("/nowhere") + post("/ping", ""));
  EXPECT_EQ(client.read_answer().body, "ping");
  EXPECT_EQ(client.read_answer().body, "asset");
  EXPECT_EQ(client.read_answer().body, "get");
  EXPECT_EQ(client.read_answer().body, "post");
  const Answer unknown = client.read_answer();
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("There is no handle /nowhere"));
  EXPECT_EQ(client.read_answer().status, 405);
}

TEST(Router, AnswersPreflightRequests) {
  LoopbackServer server(std::vector<Route>{});
  LoopbackClient client(server.port());
  client.send(
      "OPTIONS / HTTP/1.1\r\nOrigin: http://a\r\n"
      "Access-Control-Request-Headers: x-mine\r\n\r\n");
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(answer.header("Access-Control-Allow-Headers"), "x-mine");
  EXPECT_EQ(answer.header("Content-Length"), "");
}

TEST(HttpListener, SaysThatTheAddressIsTaken) {
  LoopbackServer server(std::vector<Route>{});
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  try {
    listen_on(address);
    FAIL() << "listened twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "Cannot listen, the address is in use by another program: " + address);
  }
}

TEST(HttpListener, ConnectionsBeyondTheLimitAreAnswered503) {
  HttpLimits limits;
  limits.connections_max = 2;
  LoopbackServer server([](HttpExchange& exchange) { exchange.response().write("ok"); }, limits);
  std::optional<LoopbackClient> first(server.port());
  first->send(get("/"));
  EXPECT_EQ(first->read_answer().status, 200);
  LoopbackClient second(server.port());
  second.send(get("/"));
  EXPECT_EQ(second.read_answer().status, 200);

  LoopbackClient third(server.port());
  third.send(get("/"));
  const Answer refused = third.read_answer();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("X-ClickHouse-Exception-Code"), "203");
  EXPECT_TRUE(third.read_to_end());

  first.reset();
  for (int i = 0; i < 500; ++i) {
    LoopbackClient fourth(server.port());
    fourth.send(get("/"));
    if (fourth.read_answer().status == 200) return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "the freed thread was never used again";
}

TEST(HttpListener, StopLetsRunningRequestsFinishAndClosesIdleOnes) {
  std::atomic<bool> running = false;
  LoopbackServer server([&](HttpExchange& exchange) {
    running = true;
    while (!exchange.server_stopping()) std::this_thread::sleep_for(milliseconds(1));
    std::this_thread::sleep_for(milliseconds(50));
    exchange.response().write("finished");
  });
  LoopbackClient idle(server.port());
  LoopbackClient busy(server.port());
  busy.send(get("/"));
  while (!running) std::this_thread::sleep_for(milliseconds(1));
  std::thread stopper([&] { server.listener().stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.read_to_end());
  const Answer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "finished");
  EXPECT_EQ(answer.header("Connection"), "close");
  busy.close();
  stopper.join();
  EXPECT_EQ(server.listener().connection_count(), 0u);
}

TEST(HttpListener, StopCutsRequestsThatOutliveTheGracePeriod) {
  std::atomic<bool> running = false;
  LoopbackServer server([&](HttpExchange& exchange) {
    running = true;
    while (exchange.peer_state() != PeerState::Gone) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  LoopbackClient client(server.port());
  client.send(get("/"));
  while (!running) std::this_thread::sleep_for(milliseconds(1));
  const auto start = steady_clock::now();
  server.listener().stop(milliseconds(50));
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_FALSE(client.read_answer().complete);
}

TEST(HttpListener, ManyClientsAtOnce) {
  LoopbackServer server(
      [](HttpExchange& exchange) { exchange.response().write(read_all(exchange.body(), 1000)); });
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 20; ++c) {
    clients.emplace_back([&, c] {
      LoopbackClient client(server.port());
      for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(c * 1000 + i);
        client.send(post("/", text));
        if (client.read_answer().body == text) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 2000);
}

}  // namespace
}  // namespace freshet
