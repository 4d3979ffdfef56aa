// Settings of one query: one table of names, types, defaults and texts, and the values set.
//
// Names and defaults are ClickHouse's where it has them. Names that ClickHouse has and that mean
// nothing here are accepted and ignored, because clients send them (Effect::Ignored).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "storage/format/format.h"

namespace freshet {

struct SettingEntry {
  enum class Type : uint8_t { Bool, UInt64, Int64, Float, String, Seconds };
  enum class Effect : uint8_t { Used, Ignored };
  std::string_view name;
  Type type;
  std::string_view default_value;  // text
  std::string_view description;
  Effect effect = Effect::Used;
};

std::span<const SettingEntry> all_settings();
const SettingEntry* find_setting(std::string_view name);

class Settings {
 public:
  // Throws UnknownSetting (with near names) or, for a bad value, CannotParseNumber/BadArguments
  // naming the setting and the value.
  void set(std::string_view name, std::string_view value);
  bool is_changed(std::string_view name) const;
  // Text of the value now in force, the default if it was not set.
  std::string text(std::string_view name) const;
  bool flag(std::string_view name) const;
  uint64_t number(std::string_view name) const;
  double real(std::string_view name) const;
  const std::map<std::string, std::string, std::less<>>& changed() const { return changed_; }

 private:
  std::map<std::string, std::string, std::less<>> changed_;
};

// Options of readers and writers as these settings say. `server_time_zone`: used when
// session_timezone is not set. Throws BadArguments for an unknown zone.
FormatOptions format_options(const Settings& settings, const std::string& server_time_zone);

}  // namespace freshet
