// Rows over a real Unix socket, from the first line to the last answer.
#include "ingest/source/row_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "ingest/source/socket_source.h"
#include "tests/unit/ingest/ingest_harness.h"

namespace freshet {
namespace {

class Client {
 public:
  explicit Client(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connected_ =
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(socket_); }

  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void end() { shutdown(socket_, SHUT_WR); }
  // The next line of answers; "" when the server has closed.
  std::string read_line() {
    std::string line;
    for (char c = 0; ::recv(socket_, &c, 1, 0) == 1;) {
      if (c == '\n') return line;
      line += c;
    }
    return line;
  }

 private:
  int socket_;
  bool connected_ = false;
};

class RowConnectionTest : public testing::Test {
 protected:
  RowConnectionTest()
      : path_(std::filesystem::temp_directory_path() /
              ("rows_" + std::to_string(getpid()) + ".sock")) {
    ingest_.run("CREATE TABLE t (a UInt32, s String) ORDER BY a");
    options_.unix_path = path_;
    // Only full batches and ends of streams commit, so that nothing depends on time.
    limits_.batch_wait = std::chrono::hours(1);
  }
  void start() {
    source_.emplace(options_, limits_, ingest_.engine(), ingest_.pipeline(), memory_, metrics_);
    source_->start();
  }
  ~RowConnectionTest() override {
    if (source_) source_->stop(std::chrono::milliseconds(0));
    std::filesystem::remove(path_);
  }
  // The answer without the LSN: "OK 3".
  static std::string without_lsn(const std::string& line) {
    const size_t first = line.find(' ');
    const size_t second = line.find(' ', first + 1);
    return line.substr(0, first) + line.substr(second);
  }
  std::string rows() { return ingest_.run("SELECT * FROM t ORDER BY a"); }

  static constexpr uint64_t kMemoryBytes = 64 << 20;

  IngestHarness ingest_{kMemoryBytes};
  MemoryBudget memory_{0};
  MetricsRegistry metrics_;
  SocketListenerOptions options_;
  SocketLimits limits_;
  std::string path_;
  std::optional<SocketSource> source_;
};

TEST_F(RowConnectionTest, CommitsWhenTheStreamEnds) {
  start();
  Client client(path_);
  ASSERT_TRUE(client.connected());
  client.send("INSERT INTO t FORMAT CSV SETTINGS acknowledge = 1\n1,a\n2,");
  client.send("b\n3,c");
  client.end();
  EXPECT_EQ(without_lsn(client.read_line()), "OK 3");
  EXPECT_EQ(client.read_line(), "");
  EXPECT_EQ(rows(), "1\ta\n2\tb\n3\tc\n");
}

TEST_F(RowConnectionTest, CommitsFullBatchesAndCountsOn) {
  limits_.batch_bytes = 8;
  start();
  Client client(path_);
  client.send("INSERT INTO t FORMAT CSV SETTINGS acknowledge = 1\n");
  client.send("1,a\n2,b\n");
  EXPECT_EQ(without_lsn(client.read_line()), "OK 2");
  EXPECT_EQ(rows(), "1\ta\n2\tb\n");
  client.send("3,c\n4,d\n");
  EXPECT_EQ(without_lsn(client.read_line()), "OK 4");
  client.end();
  EXPECT_EQ(client.read_line(), "");
  EXPECT_EQ(rows(), "1\ta\n2\tb\n3\tc\n4\td\n");
}

TEST_F(RowConnectionTest, ABadRowEndsTheStreamAndItsBatchIsNotKept) {
  limits_.batch_bytes = 8;
  start();
  Client client(path_);
  client.send("INSERT INTO t FORMAT CSV SETTINGS acknowledge = 1\n1,a\n2,b\n");
  EXPECT_EQ(without_lsn(client.read_line()), "OK 2");
  client.send("3,c\nx,d\n");
  const std::string error = client.read_line();
  EXPECT_EQ(error.substr(0, 46), "ERROR 27 Cannot parse input: row 4, column a: ");
  client.end();
  EXPECT_EQ(client.read_line(), "");
  EXPECT_EQ(rows(), "1\ta\n2\tb\n");
}

TEST_F(RowConnectionTest, AWrongFirstLineIsToldAtOnce) {
  start();
  for (const auto& [line, answer] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT 1\n", "ERROR 80 "},
           {"nonsense\n", "ERROR 62 "},
           {"INSERT INTO nope FORMAT CSV\n", "ERROR 60 "},
           {"INSERT INTO t FORMAT Nope\n", "ERROR 73 "},
           {"INSERT INTO t FORMAT Pretty\n", "ERROR 73 "}}) {
    Client client(path_);
    client.send(line);
    EXPECT_EQ(client.read_line().substr(0, answer.size()), answer) << line;
  }
}

TEST_F(RowConnectionTest, ABoundListenerNeedsNoFirstLine) {
  options_.table = "t (s, a)";
  options_.format = "TSV";
  options_.acknowledge = true;
  start();
  Client client(path_);
  client.send("x\t1\n");
  client.end();
  EXPECT_EQ(without_lsn(client.read_line()), "OK 1");
  EXPECT_EQ(rows(), "1\tx\n");
}

TEST_F(RowConnectionTest, SeveralClientsWriteAtOnce) {
  limits_.batch_bytes = 100;
  start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int c = 0; c < 4; ++c) {
    clients.push_back(std::make_unique<Client>(path_));
    clients.back()->send("INSERT INTO t FORMAT CSV\n");
  }
  for (int row = 0; row < 100; ++row) {
    for (size_t c = 0; c < clients.size(); ++c) {
      clients[c]->send(std::to_string(c * 1000 + static_cast<size_t>(row)) + ",x\n");
    }
  }
  for (const auto& client : clients) {
    client->end();
    EXPECT_EQ(client->read_line(), "");
  }
  EXPECT_EQ(ingest_.run("SELECT count(), uniqExact(a) FROM t"), "400\t400\n");
}

TEST_F(RowConnectionTest, WaitsWhileTheStoreIsOverloaded) {
  start();
  Client client(path_);
  client.send("INSERT INTO t FORMAT CSV SETTINGS acknowledge = 1\n1,a\n2,b\n");
  constexpr uint64_t kOthersBytes = kMemoryBytes / 32 * 31;
  ASSERT_TRUE(ingest_.memory().try_grow(kOthersBytes));
  client.end();
  const Counter& waits = metrics_.counter("socket_waits_total", "");
  while (waits.value() == 0) std::this_thread::yield();
  EXPECT_EQ(rows(), "");
  ingest_.memory().shrink(kOthersBytes);
  EXPECT_EQ(without_lsn(client.read_line()), "OK 2");
  EXPECT_EQ(client.read_line(), "");
  EXPECT_EQ(rows(), "1\ta\n2\tb\n");
}

TEST_F(RowConnectionTest, NothingSaidIsNothingDone) {
  start();
  Client client(path_);
  client.end();
  EXPECT_EQ(client.read_line(), "");
}

}  // namespace
}  // namespace freshet
