#include "server/http/request_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"
#include "tests/unit/server/http/loopback.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;

// Threads of this process with the name of HTTP workers.
size_t http_threads() {
  size_t count = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(thread.path() / "comm"), name);
    if (name == "http") ++count;
  }
  return count;
}

// Opens when it is told to.
class Gate {
 public:
  void open() {
    MutexLock lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void pass() {
    MutexLock lock(mutex_);
    ++count_;
    opened_.notify_all();
    while (!open_) opened_.wait(mutex_);
  }
  void wait_for(int count) {
    MutexLock lock(mutex_);
    while (count_ < count) opened_.wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar opened_;
  bool open_ GUARDED_BY(mutex_) = false;
  int count_ GUARDED_BY(mutex_) = 0;
};

HttpLimits patient_limits() {
  HttpLimits limits;
  limits.keep_alive_timeout = std::chrono::minutes(10);
  return limits;
}

TEST(RequestServer, IdleConnectionsHaveNoThreads) {
  LoopbackServer server([](HttpExchange& exchange) { exchange.response().write("ok"); },
                        patient_limits());
  std::deque<LoopbackClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(server.port()).send(get("/"));
    ASSERT_EQ(clients.back().read_answer().body, "ok");
  }
  EXPECT_EQ(server.listener().connection_count(), 200u);
  // One for each core, and those that were one too many for a moment.
  EXPECT_LT(http_threads(), 100u);
  for (LoopbackClient& client : clients) {
    client.send(get("/"));
    ASSERT_EQ(client.read_answer().body, "ok");
  }
}

TEST(RequestServer, RequestsThatTakeLongDoNotHoldOthersUp) {
  Gate gate;
  LoopbackServer server(
      [&](HttpExchange& exchange) {
        if (exchange.request().path == "/slow") gate.pass();
        exchange.response().write("ok");
      },
      patient_limits());
  std::deque<LoopbackClient> slow;
  for (int i = 0; i < 30; ++i) slow.emplace_back(server.port()).send(get("/slow"));
  // All of them run at once.
  gate.wait_for(30);
  LoopbackClient quick(server.port());
  quick.send(get("/"));
  EXPECT_EQ(quick.read_answer().body, "ok");
  gate.open();
  for (LoopbackClient& client : slow) EXPECT_EQ(client.read_answer().body, "ok");
}

TEST(RequestServer, ClientsThatStallWithinABodyDoNotHoldOthersUp) {
  LoopbackServer server(
      [](HttpExchange& exchange) { exchange.response().write(read_all(exchange.body(), 100)); },
      patient_limits());
  std::deque<LoopbackClient> stalled;
  for (int i = 0; i < 30; ++i) {
    const std::string request = post("/", "0123456789");
    stalled.emplace_back(server.port()).send(request.substr(0, request.size() - 1));
  }
  LoopbackClient quick(server.port());
  quick.send(post("/", "quick"));
  EXPECT_EQ(quick.read_answer().body, "quick");
  for (LoopbackClient& client : stalled) {
    client.send("9");
    EXPECT_EQ(client.read_answer().body, "0123456789");
  }
}

TEST(RequestServer, SeesTheEndThatComesWithARequest) {
  LoopbackServer server([](HttpExchange& exchange) { exchange.response().write("ok"); },
                        patient_limits());
  for (int i = 0; i < 200; ++i) {
    LoopbackClient client(server.port());
    client.send(get("/"));
    client.end_writing();
    EXPECT_EQ(client.read_answer().body, "ok");
    EXPECT_TRUE(client.read_to_end());
  }
}

TEST(RequestServer, ServesWhatComesWhileItAnswers) {
  LoopbackServer server(
      [](HttpExchange& exchange) { exchange.response().write(exchange.request().path); },
      patient_limits());
  LoopbackClient client(server.port());
  // Requests in pieces of every size, sent while answers to those before are under way.
  std::string sent;
  for (int i = 0; i < 300; ++i) sent += get("/" + std::to_string(i));
  std::thread sender([&] {
    for (size_t begin = 0, step = 1; begin < sent.size(); begin += step, step = step % 97 + 1) {
      client.send(std::string_view(sent).substr(begin, step));
    }
  });
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client.read_answer().body, "/" + std::to_string(i));
  sender.join();
}

TEST(RequestServer, PlacesOfClosedConnectionsAreUsedAgain) {
  HttpLimits limits = patient_limits();
  limits.connections_max = 8;
  LoopbackServer server(
      [](HttpExchange& exchange) { exchange.response().write(exchange.request().path); }, limits);
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      for (int i = 0; i < 200;) {
        LoopbackClient client(server.port());
        const std::string path = "/" + std::to_string(c * 1000 + i);
        client.send(get(path));
        const Answer answer = client.read_answer();
        if (answer.status == 503) continue;  // those closed before still have their places
        if (answer.body == path) ++right;
        if (i % 2 == 0) client.reset();
        ++i;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 800);
}

TEST(RequestServer, ClosesConnectionsThatStayIdle) {
  HttpLimits limits;
  limits.keep_alive_timeout = milliseconds(50);
  LoopbackServer server([](HttpExchange& exchange) { exchange.response().write("ok"); }, limits);
  LoopbackClient silent(server.port());
  LoopbackClient served(server.port());
  served.send(get("/"));
  EXPECT_EQ(served.read_answer().body, "ok");
  EXPECT_TRUE(silent.read_to_end());
  EXPECT_TRUE(served.read_to_end());
}

}  // namespace
}  // namespace freshet
