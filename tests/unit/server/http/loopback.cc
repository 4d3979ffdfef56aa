#include "tests/unit/server/http/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "storage/base/check.h"

namespace freshet {

LoopbackServer::LoopbackServer(std::vector<Route> routes, HttpLimits limits)
    : router_(std::move(routes)), listener_("127.0.0.1:0", router_, limits, "26.7.2.1", metrics_) {
  listener_.start();
}

LoopbackServer::LoopbackServer(HttpHandler handler, HttpLimits limits)
    : LoopbackServer(std::vector<Route>{{{HttpMethod::Get, HttpMethod::Post}, "*", handler}},
                     limits) {}

std::string Answer::header(std::string_view name) const {
  for (std::size_t start = head.find("\r\n"); start + 2 < head.size();
       start = head.find("\r\n", start + 2)) {
    const std::string_view line =
        std::string_view(head).substr(start + 2, head.find("\r\n", start + 2) - start - 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (equals_ignoring_case(line.substr(0, colon), name)) {
      return std::string(trim_blanks(line.substr(colon + 1)));
    }
  }
  return "";
}

LoopbackClient::LoopbackClient(uint16_t port, int receive_buffer_bytes) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
  CHECK(descriptor_ >= 0);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof(receive_buffer_bytes));
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
}

LoopbackClient::~LoopbackClient() { close(); }

void LoopbackClient::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void LoopbackClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void LoopbackClient::end_writing() { ::shutdown(descriptor_, SHUT_WR); }

bool LoopbackClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string LoopbackClient::read_some(std::size_t bytes_max, std::chrono::milliseconds timeout) {
  if (!received_.empty()) {
    std::string result = received_.substr(0, bytes_max);
    received_.erase(0, result.size());
    return result;
  }
  pollfd entry{descriptor_, POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(timeout.count())) <= 0) return "";
  std::string result(bytes_max, '\0');
  const ssize_t got = ::recv(descriptor_, result.data(), result.size(), 0);
  result.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return result;
}

bool LoopbackClient::fill() {
  pollfd entry{descriptor_, POLLIN, 0};
  if (::poll(&entry, 1, 10'000) <= 0) return false;
  std::array<char, 64 * 1024> piece;
  const ssize_t got = ::recv(descriptor_, piece.data(), piece.size(), 0);
  if (got > 0) received_.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0;
}

bool LoopbackClient::read_to_end() {
  pollfd entry{descriptor_, POLLIN, 0};
  while (::poll(&entry, 1, 10'000) > 0) {
    std::array<char, 4096> dropped;
    if (::recv(descriptor_, dropped.data(), dropped.size(), 0) <= 0) return true;
  }
  return false;
}

Answer LoopbackClient::read_answer(bool without_body) {
  Answer answer;
  std::size_t head_end = 0;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  answer.head = received_.substr(0, head_end + 2);
  received_.erase(0, head_end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  if (without_body || answer.status == 204 || answer.status == 100) {
    answer.complete = true;
    return answer;
  }
  const auto take = [&](std::size_t bytes) {
    while (received_.size() < bytes && fill()) {
    }
    const std::string taken = received_.substr(0, bytes);
    received_.erase(0, taken.size());
    return taken;
  };
  if (!answer.header("Content-Length").empty()) {
    const std::size_t bytes = std::stoul(answer.header("Content-Length"));
    answer.body = take(bytes);
    answer.complete = answer.body.size() == bytes;
    return answer;
  }
  while (true) {
    std::size_t line_end = 0;
    while ((line_end = received_.find("\r\n")) == std::string::npos) {
      if (!fill()) return answer;
    }
    const std::size_t bytes = std::stoul(received_.substr(0, line_end), nullptr, 16);
    received_.erase(0, line_end + 2);
    const std::string piece = take(bytes);
    answer.body += piece;
    if (piece.size() < bytes || take(2) != "\r\n") return answer;
    if (bytes == 0) {
      answer.complete = true;
      return answer;
    }
  }
}

std::string get(std::string_view target, std::string_view headers) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view headers) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace freshet
