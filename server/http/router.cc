#include "server/http/router.h"

#include <algorithm>

#include "server/http/http_error.h"

namespace freshet {
namespace {

bool path_fits(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('*')) return path.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == path;
}

bool method_fits(const Route& route, HttpMethod method) {
  if (method == HttpMethod::Head) method = HttpMethod::Get;
  return std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end();
}

}  // namespace

void Router::handle(HttpExchange& exchange) const {
  const HttpRequest& request = exchange.request();
  if (request.method == HttpMethod::Options) {
    answer_options(exchange);
    return;
  }
  bool path_known = false;
  for (const Route& route : routes_) {
    if (!path_fits(route.path, request.path)) continue;
    if (method_fits(route, request.method)) {
      route.handler(exchange);
      return;
    }
    path_known = true;
  }
  if (path_known) {
    throw HttpError(
        405, ErrorCode::UnsupportedMethod,
        "The method is not allowed for " + request.path + ": " + std::string(request.method_name));
  }
  throw HttpError(404, ErrorCode::BadArguments,
                  "There is no handle " + request.path +
                      "\nUse / or /ping for health checks.\nSend queries from your program with "
                      "POST method or GET /?query=...");
}

void answer_options(HttpExchange& exchange) {
  HttpResponse& response = exchange.response();
  response.set_status(204);
  response.set_header("Access-Control-Allow-Origin", "*");
  response.set_header("Access-Control-Allow-Methods", "POST, GET, HEAD, OPTIONS");
  const auto wanted = exchange.request().header("Access-Control-Request-Headers");
  response.set_header("Access-Control-Allow-Headers",
                      wanted.value_or("origin, x-requested-with, content-type, authorization, "
                                      "x-clickhouse-user, x-clickhouse-key, x-clickhouse-format, "
                                      "x-clickhouse-database, x-clickhouse-query-id"));
  response.set_header("Access-Control-Max-Age", "86400");
  response.finish();
}

}  // namespace freshet
