#include "server/http/http_response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

#include "server/http/http_error.h"
#include "server/http/http_request.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {
namespace {

// Bytes gathered into one chunk once the answer streams: few system calls, little memory.
constexpr std::size_t kStreamBytes = 128 * kKiB;
// Scratch memory kept between answers of one connection.
constexpr std::size_t kKeptBytesMax = 64 * kKiB;

void release_if_large(std::string& scratch) {
  scratch.clear();
  if (scratch.capacity() > kKeptBytesMax) scratch.shrink_to_fit();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Eight bytes at a time: a byte b < n takes the high bit of its place in b - n, unless b has it.
bool has_control(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = 0x80 * kOnes;
  uint64_t found = 0;
  for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data(), sizeof(bytes));
    const uint64_t deletes = bytes ^ (0x7F * kOnes);  // 0 where the byte is 0x7F
    found |= ((bytes - 0x20 * kOnes) & ~bytes) | ((deletes - kOnes) & ~deletes);
  }
  return (found & kHighBits) != 0 || std::ranges::any_of(text, is_control);
}

// "Mon, 02 Mar 2026 09:30:00 GMT", formatted once a second and thread.
std::string_view current_date() {
  thread_local std::time_t formatted_at = -1;
  thread_local std::array<char, 32> text;
  const std::time_t now = std::time(nullptr);
  if (now != formatted_at) {
    std::tm parts;
    ::gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    formatted_at = now;
  }
  return text.data();
}

void append_number(std::string& out, uint64_t number, int radix = 10) {
  std::array<char, 20> digits;
  const char* begin = digits.data();
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number, radix).ptr;
  out.append(begin, end);
}

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

void HttpResponse::begin(const Options& options) {
  options_ = options;
  status_ = 200;
  header_count_ = 0;
  buffer_bytes_ = options.buffer_bytes;
  encoding_ = ContentEncoding::Identity;
  encoding_level_ = 0;
  encoder_.reset();
  release_if_large(body_);
  release_if_large(encoded_);
  head_.clear();
  sent_body_bytes_ = 0;
  status_line_sent_ = false;
  head_sent_ = false;
  finished_ = false;
  broken_ = false;
  close_after_ = false;
  keeps_connection_ = false;
}

void HttpResponse::set_status(int status) {
  if (!head_sent_ && !status_line_sent_) status_ = status;
}

std::size_t HttpResponse::find_header(std::string_view name) const {
  std::size_t index = 0;
  while (index < header_count_ && !equals_ignoring_case(headers_[index].name, name)) ++index;
  return index;
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const std::size_t index = find_header(name);
  if (index == header_count_) return std::nullopt;
  return headers_[index].value;
}

void HttpResponse::set_header(std::string_view name, std::string_view value) {
  remove_header(name);
  add_header(name, value);
}

void HttpResponse::add_header(std::string_view name, std::string_view value) {
  if (head_sent_) return;
  if (header_count_ == headers_.size()) headers_.emplace_back();
  Header& header = headers_[header_count_++];
  header.name.assign(name);
  header.value.assign(value);
  // Values often come from the request; a line end would let it write headers of its own.
  if (has_control(value)) {
    std::replace_if(header.value.begin(), header.value.end(), is_control, ' ');
  }
}

void HttpResponse::remove_header(std::string_view name) {
  if (head_sent_) return;
  for (std::size_t index = find_header(name); index < header_count_; index = find_header(name)) {
    std::rotate(headers_.begin() + static_cast<std::ptrdiff_t>(index),
                headers_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                headers_.begin() + static_cast<std::ptrdiff_t>(header_count_));
    --header_count_;
  }
}

void HttpResponse::set_encoding(ContentEncoding encoding, int level) {
  if (head_sent_) return;
  encoding_ = encoding;
  encoding_level_ = level;
}

void HttpResponse::write(std::string_view bytes) {
  CHECK(!finished_);
  const std::size_t room = head_sent_ ? kStreamBytes : buffer_bytes_;
  if (body_.size() <= room && bytes.size() <= room - body_.size()) {
    body_.append(bytes);
  } else {
    stream(bytes, Ending::More);
  }
}

void HttpResponse::flush() {
  if (!finished_ && (!head_sent_ || !body_.empty())) stream({}, Ending::Flush);
}

void HttpResponse::send_early_header(std::string_view name, std::string_view value) {
  if (head_sent_) return;
  if (!status_line_sent_) {
    append_status_line();
    status_line_sent_ = true;
  }
  append_header_line(name, value);
  const std::string_view part = head_;
  send(std::span(&part, 1));
  head_.clear();
}

void HttpResponse::reset() {
  CHECK(!head_sent_);
  body_.clear();
}

void HttpResponse::finish() {
  if (finished_) return;
  if (head_sent_) {
    stream({}, Ending::Last);
  } else {
    send_whole();
  }
  finished_ = true;
}

void HttpResponse::abort_with(std::string_view text) {
  CHECK(head_sent_ && !finished_);
  finished_ = true;
  keeps_connection_ = false;
  stream(text, Ending::Cut);
}

void HttpResponse::send_whole() {
  std::string_view body = body_;
  if (encoding_ != ContentEncoding::Identity && !body.empty()) {
    encoder_ = make_encoder(encoding_, encoding_level_);
    encoded_.clear();
    encoder_->encode(body, encoded_);
    encoder_->finish(encoded_);
    body = encoded_;
  }
  append_head(body.size());
  if (options_.head_only || has_no_body(status_)) body = {};
  const std::array<std::string_view, 2> parts{head_, body};
  head_sent_ = true;
  send(parts);
  sent_body_bytes_ += body.size();
}

void HttpResponse::stream(std::string_view extra, Ending ending) {
  if (!head_sent_) {
    if (encoding_ != ContentEncoding::Identity) {
      encoder_ = make_encoder(encoding_, encoding_level_);
    }
    append_head(std::nullopt);
    head_sent_ = true;
  }
  do {
    // Slices bound what one compressed piece can grow to.
    const std::string_view slice = encoder_ ? extra.substr(0, kMiB) : extra;
    extra.remove_prefix(slice.size());
    const bool is_last_slice = extra.empty();
    std::string_view first = body_;
    std::string_view second = slice;
    if (encoder_) {
      encoded_.clear();
      encoder_->encode(first, encoded_);
      encoder_->encode(second, encoded_);
      if (is_last_slice && ending == Ending::Flush) encoder_->flush(encoded_);
      if (is_last_slice && (ending == Ending::Last || ending == Ending::Cut)) {
        encoder_->finish(encoded_);
      }
      first = encoded_;
      second = {};
    }
    if (options_.head_only) first = second = {};

    const std::size_t bytes = first.size() + second.size();
    const bool chunked = options_.version >= 11 && !options_.head_only;
    std::string_view chunk_end;
    if (chunked && bytes > 0) {
      append_number(head_, bytes, 16);
      head_ += "\r\n";
      chunk_end = "\r\n";
    }
    const bool ends = is_last_slice && ending == Ending::Last && chunked;
    const std::array<std::string_view, 5> parts{head_, first, second, chunk_end,
                                                ends ? "0\r\n\r\n" : ""};
    send(parts);
    sent_body_bytes_ += bytes;
    head_.clear();
    body_.clear();
  } while (!extra.empty());
}

void HttpResponse::append_status_line() {
  // 1.1 also answers 1.0: the version is the server's own.
  head_ += "HTTP/1.1 ";
  append_number(head_, static_cast<uint64_t>(status_));
  head_ += ' ';
  head_ += reason_phrase(status_);
  head_ += "\r\n";
}

void HttpResponse::append_header_line(std::string_view name, std::string_view value) {
  head_ += name;
  head_ += ": ";
  head_ += value;
  head_ += "\r\n";
}

// Without a length the body is chunked or, for HTTP/1.0, ends with the connection.
void HttpResponse::append_head(std::optional<std::size_t> content_length) {
  if (!status_line_sent_) append_status_line();
  append_header_line("Date", current_date());
  const bool ends_with_connection = !content_length && options_.version < 11;
  keeps_connection_ = !close_after_ && !ends_with_connection && peer_->can_keep_alive();
  if (keeps_connection_) {
    head_ += "Connection: Keep-Alive\r\nKeep-Alive: timeout=";
    append_number(head_, static_cast<uint64_t>(options_.keep_alive_seconds));
    head_ += "\r\n";
  } else {
    head_ += "Connection: close\r\n";
  }
  for (std::size_t index = 0; index < header_count_; ++index) {
    append_header_line(headers_[index].name, headers_[index].value);
  }
  if (encoder_) {
    append_header_line("Content-Encoding", encoding_name(encoding_));
    append_header_line("Vary", "Accept-Encoding");
  }
  if (!content_length) {
    if (!ends_with_connection) head_ += "Transfer-Encoding: chunked\r\n";
  } else if (!has_no_body(status_)) {
    head_ += "Content-Length: ";
    append_number(head_, *content_length);
    head_ += "\r\n";
  }
  head_ += "\r\n";
}

void HttpResponse::send(std::span<const std::string_view> parts) {
  if (broken_) throw Error(ErrorCode::NetworkError, "The client has left before its answer ended");
  try {
    peer_->send(parts);
  } catch (...) {
    broken_ = true;
    throw;
  }
}

}  // namespace freshet
