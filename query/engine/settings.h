// Settings of one query: one table of names, types, defaults and texts, and the values set.
//
// Names and defaults are ClickHouse's where it has them. Names that ClickHouse has and that mean
// nothing here are accepted and ignored, because clients send them (Effect::Ignored).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "storage/format/format.h"

namespace freshet {

struct SettingEntry {
  enum class Type : uint8_t { Bool, UInt64, Int64, Float, String, Seconds };
  enum class Effect : uint8_t {
    Used,
    Ignored,
    Fixed,  // only the default value is accepted: others would change results
  };
  std::string_view name;
  Type type;
  std::string_view default_value;  // text
  std::string_view description;
  Effect effect = Effect::Used;
  // String: "throw|break", the only values; empty: any.
  std::string_view choices = {};
};

// A setting's name with its hash, which is computed at compile time where the name is written out,
// because a query asks for dozens of its settings.
class SettingName {
 public:
  template <size_t bytes>
  consteval SettingName(const char (&literal)[bytes])  // NOLINT: as good as the text itself
      : SettingName(std::string_view(literal, bytes - 1)) {}
  explicit constexpr SettingName(std::string_view text) : text_(text) {
    for (const char c : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3;  // FNV-1a
    }
  }

  constexpr std::string_view text() const { return text_; }
  constexpr uint64_t hash() const { return hash_; }

 private:
  std::string_view text_;
  uint64_t hash_ = 0xCBF29CE484222325;
};

// Sorted by name.
std::span<const SettingEntry> all_settings();
// Null: ClickHouse has no such setting, or none that we know.
const SettingEntry* find_setting(std::string_view name);

// Copies share what was set, so that a copy costs no allocation.
class Settings {
 public:
  using Changes = std::map<std::string, std::string, std::less<>>;

  // Keeps the value in canonical text: `true` as 1, `10Gi` as 10737418240. Throws UnknownSetting
  // (with near names); for a bad value CannotParseBool, CannotParseNumber or BadArguments, naming
  // the setting and the value; NotImplemented for another value of a Fixed setting.
  void set(std::string_view name, std::string_view value);
  // Whether it was set, to whatever value.
  bool is_changed(std::string_view name) const { return changed().contains(name); }
  // Text of the value now in force, the default if it was not set. Valid until the next set().
  std::string_view text(SettingName name) const;
  bool flag(SettingName name) const;
  uint64_t number(SettingName name) const;
  double real(SettingName name) const;
  const Changes& changed() const;

 private:
  std::shared_ptr<const Changes> changed_;  // null: nothing is
};

// Options of readers and writers as these settings say. `server_time_zone`: used when
// session_timezone is not set. Throws BadArguments for an unknown zone.
FormatOptions format_options(const Settings& settings, const std::string& server_time_zone);

}  // namespace freshet
