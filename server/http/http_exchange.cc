#include "server/http/http_exchange.h"

#include "server/http/http_error.h"
#include "storage/base/check.h"
#include "storage/base/overloaded_error.h"

namespace freshet {

BodySource& HttpExchange::body() {
  if (body_ == nullptr) {
    const auto encoding = request_->header("Content-Encoding");
    if (encoding) decoder_ = make_decoder(*encoding, *raw_body_);
    body_ = decoder_ ? decoder_.get() : raw_body_;
  }
  return *body_;
}

void answer_error(HttpResponse& response, const Error& error, std::string_view version) {
  CHECK(!response.finished());
  const std::string text = error_body(error, version);
  if (response.head_sent()) {
    const auto tag = response.header("X-ClickHouse-Exception-Tag");
    response.abort_with(exception_block(tag.value_or(""), text));
    return;
  }
  response.reset();
  response.set_status(http_status_of(error));
  response.set_header("X-ClickHouse-Exception-Code", std::to_string(error.number()));
  if (const auto* overloaded = dynamic_cast<const OverloadedError*>(&error)) {
    response.set_header("Retry-After", std::to_string(overloaded->retry_after_seconds()));
  }
  response.set_header("Content-Type", "text/plain; charset=UTF-8");
  response.write(text);
  response.finish();
}

}  // namespace freshet
