// The value that a statement gives a setting, as text.
#pragma once

#include <string>
#include <variant>

#include "query/sql/ast.h"

namespace freshet {

// As Settings::set() takes it, and as definitions of tables keep it: 'x' is x, true is 1.
inline std::string setting_text(const SettingChange& change) {
  const Literal& literal = change.value;
  if (const auto* text = std::get_if<std::string>(&literal.value)) return *text;
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag ? "1" : "0";
  return literal.text;
}

}  // namespace freshet
