#include "tests/system/server_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "storage/base/error.h"

namespace freshet {

ServerProcess::ServerProcess(std::string binary, std::string directory, uint16_t port)
    : binary_(std::move(binary)), directory_(std::move(directory)), port_(port) {}

ServerProcess::~ServerProcess() {
  if (process_ > 0) kill_now();
}

void ServerProcess::start() {
  process_ = fork();
  ASSERT_GE(process_, 0);
  if (process_ == 0) {
    const std::string http = "127.0.0.1:" + std::to_string(port_);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
    execl(binary_.c_str(), "freshet", "server", "--data", directory_.c_str(), "--http",
          http.c_str(), "--log-level", "error", static_cast<char*>(nullptr));
    _exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    try {
      HttpClient client(address());
      if (client.get("/ping", {}).status == 200) return;
    } catch (const Error&) {
      int status = 0;
      ASSERT_EQ(waitpid(process_, &status, WNOHANG), 0) << "the server ended by itself";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  FAIL() << "the server does not answer";
}

void ServerProcess::kill_now() {
  ::kill(process_, SIGKILL);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
}

void ServerProcess::terminate() {
  ::kill(process_, SIGTERM);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ServerAddress ServerProcess::address() const {
  ServerAddress address;
  address.port = std::to_string(port_);
  return address;
}

std::string ServerProcess::query(const std::string& sql) const {
  HttpClient client(address());
  const HttpAnswer answer = client.post({}, {}, sql);
  EXPECT_EQ(answer.status, 200) << sql << "\n" << answer.body;
  return answer.body;
}

}  // namespace freshet
