// RequestReader cuts the byte stream of one connection into requests: heads, and bodies as sources.
//
//   buffer_:  | used | not yet parsed: rest of this body, pipelined requests | free |
//                    begin_                                                 end_
//
// Path:    SocketStream -> RequestReader -> HttpRequest, BodySource
// Owns:    the parser (Boost.Beast, hidden here) and the bytes read ahead.
// Threads: one at a time.
// Errors:  HttpError for whatever breaks HTTP or a limit; the connection is then of no more use.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/http/body_source.h"
#include "server/http/http_limits.h"
#include "server/http/http_request.h"
#include "storage/base/socket_stream.h"

namespace freshet {

class RequestReader : public BodySource {
 public:
  // Both must outlive the reader.
  RequestReader(SocketStream& stream, const HttpLimits& limits);
  ~RequestReader() override;

  // Bytes of the next request have arrived already.
  bool has_buffered() const { return begin_ < end_; }
  // Receives what is there, without waiting: TimedOut when nothing is.
  ReadOutcome receive_now();
  // Reads the next head into `request`, whose views stay valid until the next call. False when the
  // client closed the connection instead of sending one. Requires: the body before was finished.
  bool read_head(HttpRequest& request);

  // The next bytes of the body, without chunk framing. First sends "100 Continue" when the client
  // waits for it.
  std::size_t read(std::span<char> space) override;

  bool body_finished() const { return body_finished_; }
  // Whether the rest of the body is sure to arrive and small enough to be skipped.
  bool can_skip_body() const;
  // Reads and drops the rest of the body; false when it is too long, late or broken.
  bool skip_body();
  // Reads and drops whatever comes until the client closes, or a limit is reached.
  void drain_until_closed(uint64_t bytes_max, std::chrono::milliseconds timeout);

 private:
  class Parser;
  using TimePoint = SocketStream::TimePoint;

  // Receives more bytes behind end_; grows the buffer when it is full.
  ReadOutcome receive(TimePoint deadline);
  void make_room();
  // One step of the parser over the buffered bytes; false when it needs more of them.
  bool parse_step();
  void throw_if_head_too_large() const;
  void start_body(HttpRequest& request);
  std::size_t read_sized(std::span<char> space, TimePoint deadline);
  std::size_t read_chunked(std::span<char> space, TimePoint deadline);
  [[noreturn]] void fail_body(ReadOutcome outcome);

  SocketStream* stream_;
  const HttpLimits* limits_;
  std::unique_ptr<Parser> parser_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  std::optional<uint64_t> body_bytes_left_;  // unset when chunked
  bool body_finished_ = true;
  bool body_broken_ = false;
  bool continue_wanted_ = false;
  uint64_t body_bytes_read_ = 0;
  TimePoint body_deadline_max_ = TimePoint::max();  // set while a body is skipped
};

}  // namespace freshet
