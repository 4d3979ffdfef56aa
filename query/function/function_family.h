// The families' tables of function entries; the registry lists them all.
#pragma once

#include <span>

#include "query/function/function.h"

namespace freshet {

// A row of a family's table that is another name of the entry `target`.
constexpr FunctionEntry function_alias(std::string_view name, std::string_view target,
                                       bool case_insensitive = false) {
  FunctionEntry entry;
  entry.name = name;
  entry.case_insensitive = case_insensitive;
  entry.alias_of = target;
  return entry;
}

std::span<const FunctionEntry> arithmetic_functions();
std::span<const FunctionEntry> division_functions();
std::span<const FunctionEntry> comparison_functions();
std::span<const FunctionEntry> logic_functions();
std::span<const FunctionEntry> conditional_functions();
std::span<const FunctionEntry> conversion_functions();

}  // namespace freshet
