// Errors as HTTP clients see them: a status, a text form and, after bytes were sent, a block at the
// end of the cut answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/error.h"

namespace freshet {

// An Error whose status is not the one its code implies: the request itself broke a rule of HTTP.
class HttpError : public Error {
 public:
  HttpError(int status, ErrorCode code, std::string message)
      : Error(code, std::move(message)), status_(status) {}

  int status() const { return status_; }

 private:
  int status_;
};

// The status that ClickHouse answers for an error code; 500 for codes not in its list.
int http_status_of(ErrorCode code);
// The status of `error`: its own when it is an HttpError, 429 of an OverloadedError.
int http_status_of(const Error& error);
// "OK" of 200, "" when the status is not known.
std::string_view reason_phrase(int status);

// "Code: 60. DB::Exception: Unknown table x. (UNKNOWN_TABLE) (version 26.7.2.1 (official
// build))\n". An empty `version` leaves out the last parenthesis.
std::string error_body(const Error& error, std::string_view version);

// 16 lower-case letters, hard to guess, so that data cannot imitate an exception block. Sent as
// X-ClickHouse-Exception-Tag.
std::string make_exception_tag();
// What is appended to an answer that fails after its first byte was sent. `message` is the text of
// error_body() with its line end.
std::string exception_block(std::string_view tag, std::string_view message);

}  // namespace freshet
