// Router is the one table of endpoints: method and path to handler.
//
// Path:    Connection -> Router -> handler
// Threads: handle() from any, once no more routes are added; handlers run on the connection's
//          thread, many at a time.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "server/http/http_exchange.h"

namespace freshet {

using HttpHandler = std::function<void(HttpExchange&)>;

struct Route {
  std::vector<HttpMethod> methods;  // Get admits HEAD too; OPTIONS is answered by the router
  std::string path;                 // a last "*" stands for any rest: "/assets/*"
  HttpHandler handler;
};

class Router {
 public:
  // The first row that fits is taken.
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Errors: HttpError 404 for an unknown path, 405 when only the method does not fit; whatever the
  // handler throws.
  void handle(HttpExchange& exchange) const;

 private:
  std::vector<Route> routes_;
};

// Answers a CORS preflight: 204 and what a page of another origin may send.
void answer_options(HttpExchange& exchange);

}  // namespace freshet
