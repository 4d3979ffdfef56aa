// SocketStream reads and writes one connected socket, TCP or Unix, in blocking style with time
// limits.
//
// Path:    client <-> SocketStream <-> server/http, ingest/source
// Owns:    the descriptor; the destructor closes it.
// Threads: one at a time, except shut_down() and state(), from any. Waiting for the client is a
//          BlockingScope.
// Errors:  reading reports in its result; a failed write throws NetworkError.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace freshet {

enum class PeerState : uint8_t {
  Open,
  // The client will send nothing more, but may still wait for its answer. A client that closed its
  // socket looks the same until it refuses an answer byte.
  HalfClosed,
  // Nobody will read the answer.
  Gone,
};

enum class ReadOutcome : uint8_t { Bytes, Closed, TimedOut, Stopped };

struct ReadResult {
  ReadOutcome outcome;
  std::size_t bytes = 0;
  bool reset = false;  // Closed: not in an orderly way, so bytes sent before may be missing
};

class SocketStream {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Takes the descriptor and makes it non-blocking.
  explicit SocketStream(int descriptor);
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;
  ~SocketStream();

  // Waits for the first bytes of a request. Stopped when `stop_descriptor` (an eventfd) is readable
  // and the client has sent nothing.
  ReadOutcome wait_readable(std::chrono::milliseconds timeout, int stop_descriptor);
  // At least one byte, unless closed or late. A reset counts as closed.
  ReadResult read_some(std::span<char> space, TimePoint deadline);
  // The same without waiting: TimedOut when nothing is there.
  ReadResult read_now(std::span<char> space);
  // Whether the last read took all bytes that were there: news of more will come from the kernel.
  bool drained() const { return drained_; }
  // Whether bytes or the client's end are there to be read.
  bool has_input() const;

  // All of `parts`. Throws NetworkError when the client is gone, or takes no byte for `timeout`.
  void write_all(std::span<const std::string_view> parts, std::chrono::milliseconds timeout);

  PeerState state() const;
  // Ends the sending side: the client sees the end after what was written before.
  void end_writing();
  // Wakes whoever waits in this stream; everything fails from now on.
  void shut_down();
  // For epoll.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool drained_ = false;
};

}  // namespace freshet
