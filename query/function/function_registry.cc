#include <algorithm>
#include <string>
#include <unordered_map>

#include "query/function/function.h"
#include "query/function/function_family.h"
#include "storage/base/check.h"

namespace freshet {

namespace {

constexpr std::span<const FunctionEntry> (*kFamilies[])() = {
    arithmetic_functions,    division_functions,
    comparison_functions,    logic_functions,
    conditional_functions,   conversion_functions,
    date_part_functions,     date_start_functions,
    date_interval_functions, date_text_functions,
    string_functions,        string_search_functions,
    regex_functions,         string_replace_functions,
    string_split_functions,  string_encode_functions,
    array_functions,         array_transform_functions,
    array_number_functions,  tuple_functions,
    math_functions,          rounding_functions,
    bit_functions,           hash_functions,
    introspection_functions, url_functions,
    digest_functions,        text_distance_functions,
    transform_functions,     address_functions,
    json_functions,
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

struct Registry {
  std::vector<const FunctionEntry*> entries;
  std::unordered_map<std::string_view, const FunctionEntry*> by_name;
  std::unordered_map<std::string, const FunctionEntry*> by_lower_name;
};

Registry build_registry() {
  Registry registry;
  for (const auto family : kFamilies) {
    for (const FunctionEntry& entry : family()) {
      registry.entries.push_back(&entry);
      const bool is_new = registry.by_name.emplace(entry.name, &entry).second;
      if (!is_new) std::fprintf(stderr, "function %s\n", std::string(entry.name).c_str());
      CHECK(is_new);
    }
  }
  for (auto& [name, entry] : registry.by_name) {
    const bool case_insensitive = entry->case_insensitive;
    if (!entry->alias_of.empty()) {
      const auto target = registry.by_name.find(entry->alias_of);
      CHECK(target != registry.by_name.end() && target->second->bind != nullptr);
      entry = target->second;
    }
    if (case_insensitive) registry.by_lower_name.emplace(lower(name), entry);
  }
  return registry;
}

const Registry& registry() {
  static const Registry built = build_registry();
  return built;
}

// Edits that turn `a` into `b`, letters compared without case.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

const FunctionEntry* find_function(std::string_view name) {
  const Registry& all = registry();
  if (const auto found = all.by_name.find(name); found != all.by_name.end()) return found->second;
  const auto found = all.by_lower_name.find(lower(name));
  return found == all.by_lower_name.end() ? nullptr : found->second;
}

std::span<const FunctionEntry* const> all_functions() { return registry().entries; }

std::vector<std::string> similar_function_names(std::string_view name) {
  constexpr size_t kNamesMax = 2;
  std::vector<std::pair<size_t, std::string_view>> near;
  const size_t distance_max = std::min<size_t>(3, name.size() / 2);
  for (const FunctionEntry* entry : registry().entries) {
    const size_t distance = edit_distance(name, entry->name);
    if (distance <= distance_max) near.emplace_back(distance, entry->name);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (const auto& [distance, candidate] : near) {
    if (names.size() < kNamesMax) names.emplace_back(candidate);
  }
  return names;
}

}  // namespace freshet
