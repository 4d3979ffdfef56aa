// One line on standard error for each event that an operator should know:
//
//   2026-03-01T12:00:00.123Z info segment_flushed table=hits rows=16384 ms=12.5
//
// log_info("segment_flushed", {{"table", name}, {"rows", rows}, {"ms", elapsed_ms}});
//
// Threads: any. Values with spaces, quotes or control bytes are quoted and escaped, so one event
// is always one line.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace freshet {

enum class LogLevel { Trace, Debug, Info, Warning, Error, Off };

struct LogField {
  LogField(std::string_view key, std::string_view text) : key(key), value(text) {}
  LogField(std::string_view key, const char* text) : key(key), value(text) {}
  LogField(std::string_view key, const std::string& text) : key(key), value(text) {}
  LogField(std::string_view key, bool flag) : key(key), value(flag ? "true" : "false") {}
  LogField(std::string_view key, std::integral auto number)
      : key(key), value(std::to_string(number)) {}
  LogField(std::string_view key, double number);

  std::string_view key;
  std::string value;
};

using LogFields = std::initializer_list<LogField>;

void log(LogLevel level, std::string_view event, LogFields fields = {});

inline void log_debug(std::string_view event, LogFields fields = {}) {
  log(LogLevel::Debug, event, fields);
}
inline void log_info(std::string_view event, LogFields fields = {}) {
  log(LogLevel::Info, event, fields);
}
inline void log_warning(std::string_view event, LogFields fields = {}) {
  log(LogLevel::Warning, event, fields);
}
inline void log_error(std::string_view event, LogFields fields = {}) {
  log(LogLevel::Error, event, fields);
}

// Events below `level` are dropped; Info at start.
void set_log_level(LogLevel level);
// "trace", "debug", "info", "warning", "error", "off"; empty optional for anything else.
std::optional<LogLevel> parse_log_level(std::string_view name);
// "segment_flushed table=hits rows=16384": what follows the time and the level.
std::string log_line(std::string_view event, LogFields fields);

}  // namespace freshet
