#include "server/handler/request_settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/base/error.h"

namespace freshet {

namespace {

// Parameters of the interface that are not settings and say nothing to the query itself.
constexpr std::array<std::string_view, 13> kReservedNames = {"user",
                                                             "password",
                                                             "quota_key",
                                                             "session_id",
                                                             "session_timeout",
                                                             "close_session",
                                                             "session_check",
                                                             "compress",
                                                             "decompress",
                                                             "stacktrace",
                                                             "role",
                                                             "client_protocol_version",
                                                             "http_headers_progress_interval_ms"};

uint64_t parse_bytes(std::string_view name, std::string_view value) {
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw Error(ErrorCode::CannotParseNumber,
                "Cannot parse parameter " + std::string(name) + ": " + std::string(value));
  }
  return bytes;
}

// Within what any encoding has; each cuts it to its own range.
int compression_level(std::string_view text) {
  constexpr int64_t kLevelMax = 22;
  int64_t level = 0;
  std::from_chars(text.data(), text.data() + text.size(), level);
  return static_cast<int>(std::clamp<int64_t>(level, 1, kLevelMax));
}

bool is_true(std::string_view value) { return value == "1" || value == "true"; }

}  // namespace

void apply_request_parameter(std::string_view name, std::string_view value,
                             RequestSettings& settings) {
  constexpr std::string_view kParameterPrefix = "param_";
  if (name == "query") {
    settings.query_text += value;
  } else if (name == "database") {
    if (!value.empty()) settings.query.database = value;
  } else if (name == "default_format") {
    settings.default_format = value;
  } else if (name == "query_id") {
    settings.query.query_id = value;
  } else if (name == "buffer_size" || name == "http_response_buffer_size") {
    settings.buffer_bytes = parse_bytes(name, value);
  } else if (name == "wait_end_of_query" || name == "http_wait_end_of_query") {
    settings.wait_end_of_query = is_true(value);
  } else if (name == "enable_http_compression") {
    settings.compress_response = is_true(value);
  } else if (name == "add_http_cors_header") {
    settings.allow_origin = is_true(value);
  } else if (name == "insert_deduplication_token") {
    settings.idempotency_key = value;
  } else if (name.starts_with(kParameterPrefix)) {
    settings.query.parameters[std::string(name.substr(kParameterPrefix.size()))] = value;
  } else if (name == "compress" || name == "decompress") {
    if (is_true(value)) {
      throw Error(ErrorCode::NotImplemented,
                  "Native compressed frames are not supported; use Content-Encoding and "
                  "Accept-Encoding instead of " +
                      std::string(name) + "=" + std::string(value));
    }
  } else if (!std::ranges::count(kReservedNames, name)) {
    settings.query.settings.set(name, value);
  }
}

RequestSettings read_request_settings(const HttpRequest& request, const Session& session) {
  RequestSettings settings;
  settings.query.database = session.database;
  settings.query.settings = session.settings;
  for (const HttpParameter& parameter : request.parameters) {
    apply_request_parameter(parameter.name, parameter.value, settings);
  }
  if (const auto database = request.header("X-ClickHouse-Database");
      database && !database->empty()) {
    settings.query.database = *database;
  }
  if (const auto format = request.header("X-ClickHouse-Format")) settings.default_format = *format;
  if (const auto id = request.header("X-ClickHouse-Query-Id");
      id && settings.query.query_id.empty()) {
    settings.query.query_id = *id;
  }
  if (settings.query.settings.is_changed("http_zlib_compression_level")) {
    settings.compression_level =
        compression_level(settings.query.settings.text("http_zlib_compression_level"));
  }
  if (const auto key = request.header("Idempotency-Key")) settings.idempotency_key = *key;
  if (session.settings.number("readonly") == 1 &&
      settings.query.settings.changed() != session.settings.changed()) {
    throw Error(ErrorCode::Readonly, "Cannot modify settings in readonly mode");
  }
  const bool read_only_method =
      request.method == HttpMethod::Get || request.method == HttpMethod::Head;
  if (read_only_method && settings.query.settings.number("readonly") == 0) {
    settings.query.settings.set("readonly", "2");
  }
  return settings;
}

}  // namespace freshet
