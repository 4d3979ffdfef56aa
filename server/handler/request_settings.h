// What one HTTP request says besides its SQL: settings, parameters, database, format, identity.
//
// Path:      HttpRequest -> RequestSettings -> QueryRequest
// Errors:    UnknownSetting and bad values of settings; names as clients.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/engine/query_engine.h"
#include "server/handler/session.h"
#include "server/http/http_request.h"

namespace freshet {

struct RequestSettings {
  QueryRequest query;          // all but the text
  std::string query_text;      // parameter `query`
  std::string default_format;  // X-ClickHouse-Format or default_format; empty: not said
  std::string idempotency_key;
  bool wait_end_of_query = false;
  bool compress_response = true;  // enable_http_compression
  int compression_level = 0;      // http_zlib_compression_level; 0: the encoding's default
  uint64_t buffer_bytes = 0;      // 0: the server's own
  bool allow_origin = false;      // add_http_cors_header
};

// What the request says on top of what its session does. GET and HEAD are read-only. Throws for
// unknown settings; Readonly when the session is read-only and the request changes a setting.
RequestSettings read_request_settings(const HttpRequest& request, const Session& session);
// One name=value of the URL or of a form: a setting, a parameter of the query, or one of the
// reserved names.
void apply_request_parameter(std::string_view name, std::string_view value,
                             RequestSettings& settings);

}  // namespace freshet
