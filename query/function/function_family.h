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
std::span<const FunctionEntry> date_part_functions();
std::span<const FunctionEntry> date_start_functions();
std::span<const FunctionEntry> date_interval_functions();
std::span<const FunctionEntry> date_text_functions();
std::span<const FunctionEntry> string_functions();
std::span<const FunctionEntry> string_search_functions();
std::span<const FunctionEntry> regex_functions();
std::span<const FunctionEntry> string_replace_functions();
std::span<const FunctionEntry> string_split_functions();
std::span<const FunctionEntry> string_encode_functions();
std::span<const FunctionEntry> introspection_functions();
std::span<const FunctionEntry> array_functions();
std::span<const FunctionEntry> array_transform_functions();
std::span<const FunctionEntry> array_number_functions();
std::span<const FunctionEntry> tuple_functions();
std::span<const FunctionEntry> math_functions();
std::span<const FunctionEntry> rounding_functions();
std::span<const FunctionEntry> bit_functions();
std::span<const FunctionEntry> url_functions();
std::span<const FunctionEntry> hash_functions();
std::span<const FunctionEntry> address_functions();
std::span<const FunctionEntry> json_functions();
std::span<const FunctionEntry> digest_functions();
std::span<const FunctionEntry> text_distance_functions();
std::span<const FunctionEntry> transform_functions();

}  // namespace freshet
