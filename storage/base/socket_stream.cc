#include "storage/base/socket_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "storage/base/blocking_scope.h"
#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int poll_timeout(milliseconds left) {
  return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, INT_MAX));
}

milliseconds time_left(steady_clock::time_point deadline) {
  return std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
}

// poll() that starts again after a signal. False when the time was up.
bool poll_until(std::span<pollfd> entries, steady_clock::time_point deadline) {
  while (true) {
    const int ready = ::poll(entries.data(), entries.size(), poll_timeout(time_left(deadline)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) {
      throw Error(ErrorCode::NetworkError,
                  std::string("Cannot wait for a socket: ") + std::strerror(errno));
    }
  }
}

constexpr std::size_t kPartsMax = 8;

// The part of `parts` that follows the first `done` bytes.
std::size_t remaining_parts(std::span<const std::string_view> parts, std::size_t done,
                            std::array<iovec, kPartsMax>& vectors) {
  std::size_t count = 0;
  for (std::string_view part : parts) {
    const std::size_t skip = std::min(done, part.size());
    done -= skip;
    part.remove_prefix(skip);
    if (part.empty()) continue;
    vectors[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  return count;
}

}  // namespace

SocketStream::SocketStream(int descriptor) : descriptor_(descriptor) {
  const int flags = ::fcntl(descriptor_, F_GETFL);
  if ((flags & O_NONBLOCK) == 0) ::fcntl(descriptor_, F_SETFL, flags | O_NONBLOCK);
}

SocketStream::~SocketStream() { ::close(descriptor_); }

ReadOutcome SocketStream::wait_readable(milliseconds timeout, int stop_descriptor) {
  std::array<pollfd, 2> entries{{{descriptor_, POLLIN, 0}, {stop_descriptor, POLLIN, 0}}};
  if (!poll_until(entries, steady_clock::now() + timeout)) return ReadOutcome::TimedOut;
  if (entries[0].revents != 0) return ReadOutcome::Bytes;
  return ReadOutcome::Stopped;
}

ReadResult SocketStream::read_some(std::span<char> space, TimePoint deadline) {
  while (true) {
    const ReadResult result = read_now(space);
    if (result.outcome != ReadOutcome::TimedOut) return result;
    const BlockingScope waiting;
    std::array<pollfd, 1> entries{{{descriptor_, POLLIN, 0}}};
    if (!poll_until(entries, deadline)) return {ReadOutcome::TimedOut};
  }
}

ReadResult SocketStream::read_now(std::span<char> space) {
  CHECK(!space.empty());
  while (true) {
    const ssize_t got = ::recv(descriptor_, space.data(), space.size(), 0);
    drained_ = got < static_cast<ssize_t>(space.size());
    if (got > 0) return {ReadOutcome::Bytes, static_cast<std::size_t>(got)};
    if (got == 0) return {ReadOutcome::Closed};
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {ReadOutcome::Closed, 0, true};
    return {ReadOutcome::TimedOut};
  }
}

bool SocketStream::has_input() const {
  pollfd entry{descriptor_, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

void SocketStream::write_all(std::span<const std::string_view> parts, milliseconds timeout) {
  CHECK(parts.size() <= kPartsMax);
  std::array<iovec, kPartsMax> vectors;
  std::size_t done = 0;
  while (true) {
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = remaining_parts(parts, done, vectors);
    if (message.msg_iovlen == 0) return;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      throw Error(ErrorCode::NetworkError,
                  std::string("Cannot send to the client: ") + std::strerror(errno));
    }
    const BlockingScope waiting;
    std::array<pollfd, 1> entries{{{descriptor_, POLLOUT, 0}}};
    if (!poll_until(entries, steady_clock::now() + timeout)) {
      throw Error(ErrorCode::NetworkError, "The client took no byte of its answer for ms: " +
                                               std::to_string(timeout.count()));
    }
  }
}

PeerState SocketStream::state() const {
  pollfd entry{descriptor_, POLLRDHUP, 0};
  if (::poll(&entry, 1, 0) <= 0) return PeerState::Open;
  if ((entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return PeerState::Gone;
  return (entry.revents & POLLRDHUP) != 0 ? PeerState::HalfClosed : PeerState::Open;
}

void SocketStream::end_writing() { ::shutdown(descriptor_, SHUT_WR); }

void SocketStream::shut_down() { ::shutdown(descriptor_, SHUT_RDWR); }

}  // namespace freshet
