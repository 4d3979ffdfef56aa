// Names of ClickHouse's settings that are accepted without having an effect.
#pragma once

#include <span>
#include <string_view>

#include "query/engine/settings.h"

namespace freshet {

struct InertSetting {
  std::string_view name;
  SettingEntry::Type type;
  std::string_view default_value;
};

std::span<const InertSetting> ignored_settings();
std::span<const InertSetting> fixed_settings();

}  // namespace freshet
