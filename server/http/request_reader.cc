#include "server/http/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "server/http/http_error.h"
#include "storage/base/check.h"

namespace freshet {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = 16 * kKiB;
constexpr std::size_t kChunkedBufferBytes = 64 * kKiB;
// Smaller reads of a body go through the buffer, to save system calls.
constexpr std::size_t kDirectReadBytes = 8 * kKiB;
// Method, version and blanks around the address in the first line.
constexpr std::size_t kRequestLineExtraBytes = 64;

[[noreturn]] void throw_uri_too_long(std::size_t bytes_max) {
  throw HttpError(
      414, ErrorCode::BadArguments,
      "The address of the request is longer than the limit of bytes: " + std::to_string(bytes_max));
}

[[noreturn]] void throw_header_too_large(std::size_t bytes_max) {
  throw HttpError(431, ErrorCode::BadArguments,
                  "The headers of the request are longer than the limit of bytes: " +
                      std::to_string(bytes_max));
}

}  // namespace

// Collects one head as text with offsets (the buffer it came from moves), and copies the data of
// chunks to where the reader of the body wants them.
class RequestReader::Parser {
 public:
  explicit Parser(const HttpLimits& limits) : limits_(&limits) { restart(); }

  void restart() {
    text_.clear();
    fields_.clear();
    header_bytes_ = 0;
    head_done_ = false;
    steps_.emplace(*this);
    // The exact limits are checked here; Beast's must only not be in the way.
    steps_->header_limit(
        static_cast<uint32_t>(limits_->uri_bytes_max + limits_->header_bytes_max + kMiB));
    steps_->body_limit(boost::none);
  }

  // Returns bytes consumed. `need_more`: a longer input has to be given.
  std::size_t put(std::string_view bytes, bool& need_more) {
    error_code error;
    const std::size_t consumed =
        steps_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    need_more = error == http::error::need_more;
    if (error && !need_more) throw_malformed(error);
    return consumed;
  }

  bool start_line_done() const { return !text_.empty(); }
  bool head_done() const { return head_done_; }
  bool message_done() const { return steps_->is_done(); }
  bool chunked() const { return steps_->chunked(); }
  std::optional<uint64_t> content_length() const {
    const auto length = steps_->content_length();
    return length ? std::optional<uint64_t>(*length) : std::nullopt;
  }
  std::size_t header_bytes() const { return header_bytes_; }

  void fill(HttpRequest& request) const {
    const std::string_view text = text_;
    request.method_name = text.substr(0, method_bytes_);
    request.method = parse_method(request.method_name);
    request.version = version_;
    request.keep_alive = steps_->keep_alive();
    request.headers.clear();
    for (const Field& field : fields_) {
      request.headers.push_back({text.substr(field.offset, field.name_bytes),
                                 text.substr(field.offset + field.name_bytes, field.value_bytes)});
    }
    parse_target(text.substr(method_bytes_, target_bytes_), request);
  }

  // Where the data of chunks go.
  std::span<char> chunk_space;

 private:
  struct Field {
    std::size_t offset;
    std::size_t name_bytes;
    std::size_t value_bytes;
  };
  using StringView = boost::beast::string_view;

  class Steps : public http::basic_parser<true> {
   public:
    explicit Steps(Parser& parser) : parser_(&parser) {}

   private:
    void on_request_impl(http::verb, StringView method, StringView target, int version,
                         error_code&) override {
      parser_->take_request_line(method, target, version);
    }
    void on_response_impl(int, StringView, int, error_code&) override {}
    void on_field_impl(http::field, StringView name, StringView value, error_code&) override {
      parser_->take_field(name, value);
    }
    void on_header_impl(error_code&) override { parser_->head_done_ = true; }
    void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(StringView bytes, error_code&) override { return bytes.size(); }
    void on_chunk_header_impl(uint64_t, StringView, error_code&) override {}
    std::size_t on_chunk_body_impl(uint64_t, StringView bytes, error_code&) override {
      return parser_->take_chunk_data(bytes);
    }
    void on_finish_impl(error_code&) override {}

    Parser* parser_;
  };

  void take_request_line(StringView method, StringView target, int version) {
    if (target.size() > limits_->uri_bytes_max) throw_uri_too_long(limits_->uri_bytes_max);
    text_.append(method.data(), method.size());
    text_.append(target.data(), target.size());
    method_bytes_ = method.size();
    target_bytes_ = target.size();
    version_ = version;
  }

  void take_field(StringView name, StringView value) {
    if (head_done_) return;  // a trailer: nothing here wants one
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > limits_->header_bytes_max) {
      throw_header_too_large(limits_->header_bytes_max);
    }
    fields_.push_back({text_.size(), name.size(), value.size()});
    text_.append(name.data(), name.size());
    text_.append(value.data(), value.size());
  }

  std::size_t take_chunk_data(StringView bytes) {
    const std::size_t taken = std::min(bytes.size(), chunk_space.size());
    if (taken > 0) std::memcpy(chunk_space.data(), bytes.data(), taken);
    chunk_space = chunk_space.subspan(taken);
    return taken;
  }

  [[noreturn]] void throw_malformed(const error_code& error) const {
    if (error == http::error::header_limit) throw_header_too_large(limits_->header_bytes_max);
    throw HttpError(400, ErrorCode::BadArguments,
                    std::string(head_done_ ? "Malformed chunk in the request body: "
                                           : "Malformed HTTP request: ") +
                        error.message());
  }

  const HttpLimits* limits_;
  std::optional<Steps> steps_;
  std::string text_;  // method, target, then name and value of each header
  std::vector<Field> fields_;
  std::size_t method_bytes_ = 0;
  std::size_t target_bytes_ = 0;
  std::size_t header_bytes_ = 0;
  int version_ = 11;
  bool head_done_ = false;
};

RequestReader::RequestReader(SocketStream& stream, const HttpLimits& limits)
    : stream_(&stream),
      limits_(&limits),
      parser_(std::make_unique<Parser>(limits)),
      buffer_(kBufferBytes) {}

RequestReader::~RequestReader() = default;

ReadOutcome RequestReader::receive_now() {
  make_room();
  const ReadResult result = stream_->read_now(std::span(buffer_).subspan(end_));
  end_ += result.bytes;
  return result.outcome;
}

ReadOutcome RequestReader::receive(TimePoint deadline) {
  make_room();
  const ReadResult result = stream_->read_some(std::span(buffer_).subspan(end_), deadline);
  end_ += result.bytes;
  return result.outcome;
}

void RequestReader::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.size() * 2);
    }
  }
}

bool RequestReader::parse_step() {
  bool need_more = false;
  begin_ += parser_->put(std::string_view(buffer_.data() + begin_, end_ - begin_), need_more);
  return !need_more;
}

void RequestReader::throw_if_head_too_large() const {
  const std::size_t waiting = end_ - begin_;
  if (parser_->start_line_done()) {
    if (parser_->header_bytes() + waiting > limits_->header_bytes_max) {
      throw_header_too_large(limits_->header_bytes_max);
    }
    return;
  }
  // The parser may keep the first line until the whole head is there.
  const std::size_t line_bytes_max = limits_->uri_bytes_max + kRequestLineExtraBytes;
  const std::string_view line(buffer_.data() + begin_, std::min(waiting, line_bytes_max));
  if (waiting > line_bytes_max && line.find('\n') == std::string_view::npos) {
    throw_uri_too_long(limits_->uri_bytes_max);
  }
  if (waiting > line_bytes_max + limits_->header_bytes_max) {
    throw_header_too_large(limits_->header_bytes_max);
  }
}

bool RequestReader::read_head(HttpRequest& request) {
  CHECK(body_finished_ && !body_broken_);
  parser_->restart();
  if (buffer_.size() > kChunkedBufferBytes && begin_ == end_) {
    buffer_.resize(kBufferBytes);
    buffer_.shrink_to_fit();
  }
  const TimePoint deadline = steady_clock::now() + limits_->header_timeout;
  // Line ends between requests are allowed (RFC 9112, 2.2); old clients send them after a body.
  constexpr int kLineEndBytesMax = 16;
  bool at_start = true;
  int line_end_bytes = 0;
  while (!parser_->head_done()) {
    while (at_start && has_buffered()) {
      const char c = buffer_[begin_];
      if ((c == '\r' || c == '\n') && line_end_bytes < kLineEndBytesMax) {
        ++begin_;
        ++line_end_bytes;
      } else {
        at_start = false;
      }
    }
    if (has_buffered() && parse_step()) continue;
    throw_if_head_too_large();
    switch (receive(deadline)) {
      case ReadOutcome::Bytes:
        break;
      case ReadOutcome::TimedOut:
        throw HttpError(408, ErrorCode::TimeoutExceeded,
                        "The head of the request did not arrive within ms: " +
                            std::to_string(limits_->header_timeout.count()));
      default:
        if (at_start) return false;
        throw HttpError(400, ErrorCode::CannotReadAllData,
                        "The connection ended within the head of a request");
    }
  }
  parser_->fill(request);
  start_body(request);
  return true;
}

void RequestReader::start_body(HttpRequest& request) {
  body_bytes_read_ = 0;
  continue_wanted_ = false;
  const bool chunked = parser_->chunked();
  const std::optional<uint64_t> length = parser_->content_length();
  if (!chunked && request.header("Transfer-Encoding")) {
    throw HttpError(501, ErrorCode::NotImplemented,
                    "The Transfer-Encoding of the request is not supported: " +
                        std::string(*request.header("Transfer-Encoding")));
  }
  const bool wants_length = request.method == HttpMethod::Post ||
                            request.method == HttpMethod::Put ||
                            request.method == HttpMethod::Patch;
  if (wants_length && !chunked && !length) {
    throw HttpError(411, ErrorCode::HttpLengthRequired,
                    "There is neither Transfer-Encoding header nor Content-Length header");
  }
  body_bytes_left_ = chunked ? std::nullopt : std::optional<uint64_t>(length.value_or(0));
  body_finished_ = body_bytes_left_ == 0;
  if (const auto expect = request.header("Expect"); expect && !body_finished_) {
    continue_wanted_ = request.version >= 11 && equals_ignoring_case(*expect, "100-continue");
  }
}

std::size_t RequestReader::read(std::span<char> space) {
  CHECK(!space.empty());
  if (body_finished_) return 0;
  if (body_broken_) fail_body(ReadOutcome::Closed);
  if (continue_wanted_) {
    continue_wanted_ = false;
    // A client that already sends does not wait.
    if (!has_buffered()) {
      const std::string_view answer = "HTTP/1.1 100 Continue\r\n\r\n";
      stream_->write_all(std::span(&answer, 1), limits_->write_timeout);
    }
  }
  const TimePoint deadline =
      std::min(steady_clock::now() + limits_->body_idle_timeout, body_deadline_max_);
  const std::size_t got =
      body_bytes_left_ ? read_sized(space, deadline) : read_chunked(space, deadline);
  body_bytes_read_ += got;
  return got;
}

std::size_t RequestReader::read_sized(std::span<char> space, TimePoint deadline) {
  const auto wanted = static_cast<std::size_t>(std::min<uint64_t>(space.size(), *body_bytes_left_));
  std::size_t got = 0;
  if (!has_buffered() && wanted >= kDirectReadBytes) {
    const ReadResult result = stream_->read_some(space.first(wanted), deadline);
    if (result.outcome != ReadOutcome::Bytes) fail_body(result.outcome);
    got = result.bytes;
  } else {
    if (!has_buffered()) {
      const ReadOutcome outcome = receive(deadline);
      if (outcome != ReadOutcome::Bytes) fail_body(outcome);
    }
    got = std::min(wanted, end_ - begin_);
    std::memcpy(space.data(), buffer_.data() + begin_, got);
    begin_ += got;
  }
  *body_bytes_left_ -= got;
  body_finished_ = *body_bytes_left_ == 0;
  return got;
}

std::size_t RequestReader::read_chunked(std::span<char> space, TimePoint deadline) {
  if (buffer_.size() < kChunkedBufferBytes) buffer_.resize(kChunkedBufferBytes);
  parser_->chunk_space = space;
  const auto got = [&] { return space.size() - parser_->chunk_space.size(); };
  try {
    while (true) {
      // What is buffered is taken first; the client is waited for only when there was nothing.
      while (has_buffered() && !parser_->chunk_space.empty() && parse_step()) {
        if (!parser_->message_done()) continue;
        body_finished_ = true;
        return got();
      }
      if (got() > 0) return got();
      // Chunk lines and trailers count like headers.
      if (end_ - begin_ > limits_->header_bytes_max) {
        throw_header_too_large(limits_->header_bytes_max);
      }
      const ReadOutcome outcome = receive(deadline);
      if (outcome != ReadOutcome::Bytes) fail_body(outcome);
    }
  } catch (...) {
    body_broken_ = true;
    throw;
  }
}

void RequestReader::fail_body(ReadOutcome outcome) {
  body_broken_ = true;
  if (outcome == ReadOutcome::TimedOut) {
    throw HttpError(408, ErrorCode::TimeoutExceeded,
                    "No data of the request body arrived for ms: " +
                        std::to_string(limits_->body_idle_timeout.count()));
  }
  throw HttpError(400, ErrorCode::CannotReadAllData,
                  "The connection ended within the request body, after bytes: " +
                      std::to_string(body_bytes_read_));
}

bool RequestReader::can_skip_body() const {
  if (body_finished_) return true;
  if (body_broken_ || continue_wanted_ || !body_bytes_left_) return false;
  return *body_bytes_left_ <= limits_->drain_bytes_max;
}

bool RequestReader::skip_body() {
  if (body_finished_) return true;
  if (body_broken_ || continue_wanted_) return false;
  body_deadline_max_ = steady_clock::now() + limits_->drain_timeout;
  std::vector<char> dropped(kChunkedBufferBytes);
  uint64_t bytes = 0;
  try {
    while (!body_finished_ && bytes <= limits_->drain_bytes_max) bytes += read(dropped);
  } catch (const Error&) {
    body_broken_ = true;
  }
  body_deadline_max_ = TimePoint::max();
  return body_finished_;
}

void RequestReader::drain_until_closed(uint64_t bytes_max, std::chrono::milliseconds timeout) {
  const TimePoint deadline = steady_clock::now() + timeout;
  std::vector<char> dropped(kChunkedBufferBytes);
  uint64_t bytes = 0;
  while (bytes <= bytes_max) {
    const ReadResult result = stream_->read_some(dropped, deadline);
    if (result.outcome != ReadOutcome::Bytes) return;
    bytes += result.bytes;
  }
}

}  // namespace freshet
