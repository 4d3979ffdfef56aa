// HttpResponse writes one answer: it holds the first bytes back, then streams with back-pressure.
//
//   set_status, set_header, write ... write        nothing sent: reset() starts over
//        |                            |
//      finish: head + body         body > buffer_bytes, or flush(): head, then chunk after chunk
//      with Content-Length            |
//                                  finish: last chunk; abort_with: error text and no last chunk
//
// Path:    handler -> HttpResponse -> HttpPeer -> socket
// Threads: one at a time.
// Errors:  what HttpPeer::send throws when the client is gone; broken() is true from then on.
// Units:   bytes before compression, where not said otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/content_encoding.h"
#include "storage/base/socket_stream.h"

namespace freshet {

// HttpPeer is the connection below one exchange.
class HttpPeer {
 public:
  virtual ~HttpPeer() = default;

  // Returns when the kernel has taken all bytes; waits for a slow client up to the write timeout.
  virtual void send(std::span<const std::string_view> parts) = 0;
  virtual PeerState state() = 0;
  // True from the start of an ordered stop: long answers should come to an end.
  virtual bool server_stopping() = 0;
  // Whether the connection can take another request after this one, as far as is known.
  virtual bool can_keep_alive() = 0;
};

class HttpResponse {
 public:
  struct Options {
    int version = 11;        // of the request: 10 gets no chunks
    bool head_only = false;  // HEAD: everything but the body
    std::size_t buffer_bytes = 0;
    int64_t keep_alive_seconds = 0;  // announced to the client
  };

  explicit HttpResponse(HttpPeer& peer) : peer_(&peer) {}
  HttpResponse(const HttpResponse&) = delete;
  HttpResponse& operator=(const HttpResponse&) = delete;

  // Forgets the answer before and starts another, keeping allocated memory.
  void begin(const Options& options);

  // These take effect until the head is sent; later calls change nothing.
  void set_status(int status);
  // Replaces headers of that name. Control characters in `value` become blanks.
  void set_header(std::string_view name, std::string_view value);
  void add_header(std::string_view name, std::string_view value);
  void remove_header(std::string_view name);
  // Holds up to `bytes` back; a large number holds the whole answer.
  void set_buffer_bytes(std::size_t bytes) { buffer_bytes_ = bytes; }
  // Compresses the body. Level 0 is the encoding's default.
  void set_encoding(ContentEncoding encoding, int level = 0);
  // Closes the connection after this answer.
  void close_after() { close_after_ = true; }

  // Valid until the next change of headers.
  std::optional<std::string_view> header(std::string_view name) const;
  int status() const { return status_; }

  void write(std::string_view bytes);
  // Sends what was written so far.
  void flush();
  // Sends the status line (200) and one header now, the rest of the head later: for progress while
  // the body is not ready. The status is then fixed.
  void send_early_header(std::string_view name, std::string_view value);
  // Drops the body written so far. Requires: !head_sent().
  void reset();
  // Completes the answer. Calling it again does nothing.
  void finish();
  // Appends `text` and ends without the last chunk, so that the client sees a cut answer.
  // Requires: head_sent().
  void abort_with(std::string_view text);

  bool head_sent() const { return head_sent_; }
  bool finished() const { return finished_; }
  // A send has failed; the client is gone.
  bool broken() const { return broken_; }
  // Whether the finished answer left the connection open for the next one.
  bool keeps_connection() const { return keeps_connection_ && finished_ && !broken_; }
  // Body bytes given to the kernel, after compression.
  uint64_t sent_body_bytes() const { return sent_body_bytes_; }

 private:
  struct Header {
    std::string name;
    std::string value;
  };
  enum class Ending { More, Flush, Last, Cut };

  // Sends body_ and then `extra` as part of a chunked answer.
  void stream(std::string_view extra, Ending ending);
  void send_whole();
  void append_head(std::optional<std::size_t> content_length);
  void append_status_line();
  void append_header_line(std::string_view name, std::string_view value);
  void send(std::span<const std::string_view> parts);
  std::size_t find_header(std::string_view name) const;

  HttpPeer* peer_;
  Options options_;
  int status_ = 200;
  std::vector<Header> headers_;  // the first header_count_ are in use
  std::size_t header_count_ = 0;
  std::size_t buffer_bytes_ = 0;
  ContentEncoding encoding_ = ContentEncoding::Identity;
  int encoding_level_ = 0;
  std::unique_ptr<BodyEncoder> encoder_;

  std::string body_;     // written, not yet sent
  std::string encoded_;  // scratch: compressed bytes of one send
  std::string head_;     // scratch: status line and headers
  uint64_t sent_body_bytes_ = 0;
  bool status_line_sent_ = false;
  bool head_sent_ = false;
  bool finished_ = false;
  bool broken_ = false;
  bool close_after_ = false;
  bool keeps_connection_ = false;
};

}  // namespace freshet
