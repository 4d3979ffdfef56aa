#include "server/handler/admin_handler.h"

#include <string>

#include "storage/base/error.h"

namespace freshet {

namespace {

void answer(HttpExchange& exchange, std::string_view content_type, std::string_view body) {
  exchange.response().set_header("Content-Type", content_type);
  exchange.response().write(body);
  exchange.response().finish();
}

}  // namespace

void AdminHandler::ping(HttpExchange& exchange) const {
  answer(exchange, "text/html; charset=UTF-8", "Ok.\n");
}

void AdminHandler::metrics(HttpExchange& exchange) const {
  answer(exchange, "text/plain; version=0.0.4; charset=utf-8", metrics_.prometheus_text());
}

void AdminHandler::source_position(HttpExchange& exchange) const {
  users_.authenticate(exchange.request());
  const auto source = exchange.request().parameter("source");
  if (!source) throw Error(ErrorCode::BadArguments, "Parameter source is missing");
  answer(exchange, "text/plain; charset=UTF-8",
         store_.source_position(std::string(*source)).value_or(""));
}

}  // namespace freshet
