// The reference in docs/ says what the code's own tables say. A page holds printed parts,
//
//   <!-- printed: settings -->
//   ...
//   <!-- end -->
//
// and prose around them. Each part is printed here and compared; `docs_reference --update` writes
// the pages anew.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "query/aggregate/aggregate.h"
#include "query/aggregate/window_function.h"
#include "query/engine/settings.h"
#include "query/engine/table_engine.h"
#include "query/function/function.h"
#include "server/config.h"
#include "storage/format/format.h"

namespace freshet {
namespace {

constexpr std::string_view kPages[] = {"docs/settings.md", "docs/functions.md", "docs/formats.md",
                                       "docs/sql.md", "docs/operations.md"};
constexpr std::string_view kBegin = "<!-- printed: ";
constexpr std::string_view kBeginEnd = " -->\n";
constexpr std::string_view kEnd = "<!-- end -->\n";
constexpr size_t kLineBytesMax = 120;

bool update_pages = false;

// Text as code, also when it has backquotes itself.
std::string code(std::string_view text) {
  if (text.find('`') == std::string_view::npos) return '`' + std::string(text) + '`';
  return "`` " + std::string(text) + " ``";
}

// `|` would end a table's cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

// Names as code, one after the other in lines.
std::string name_list(const std::vector<std::string>& names) {
  std::string text;
  size_t line_bytes = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string item = code(names[i]) + (i + 1 == names.size() ? "" : ",");
    if (line_bytes != 0 && line_bytes + 1 + item.size() > kLineBytesMax) {
      text += '\n';
      line_bytes = 0;
    }
    text += (line_bytes == 0 ? "" : " ") + item;
    line_bytes += item.size() + 1;
  }
  return text + '\n';
}

std::string default_text(const SettingEntry& setting) {
  return setting.default_value.empty() ? "" : code(setting.default_value);
}

std::string used_settings() {
  std::string text = "| Setting | Default | Meaning |\n|---|---|---|\n";
  for (const SettingEntry& setting : all_settings()) {
    if (setting.effect != SettingEntry::Effect::Used) continue;
    std::string choices;
    for (std::string_view rest = setting.choices; !rest.empty();) {
      const size_t end = std::min(rest.find('|'), rest.size());
      if (end != 0) choices += (choices.empty() ? "" : ", ") + code(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    text += "| " + code(setting.name) + " | " + default_text(setting) + " | " +
            cell(setting.description) + (choices.empty() ? "" : " One of " + choices + ".") +
            " |\n";
  }
  return text;
}

std::string fixed_settings_table() {
  std::string text = "| Setting | Only value |\n|---|---|\n";
  for (const SettingEntry& setting : all_settings()) {
    if (setting.effect != SettingEntry::Effect::Fixed) continue;
    text += "| " + code(setting.name) + " | " +
            (setting.default_value.empty() ? "empty" : code(setting.default_value)) + " |\n";
  }
  return text;
}

std::string ignored_settings_list() {
  std::vector<std::string> names;
  for (const SettingEntry& setting : all_settings()) {
    if (setting.effect == SettingEntry::Effect::Ignored) names.emplace_back(setting.name);
  }
  return name_list(names);
}

// What a list of functions shows of one, scalar or aggregate.
struct Described {
  std::string_view name;
  std::string_view syntax;
  std::string_view description;
  std::string_view example;
  std::string_view example_result;
};

using Aliases = std::multimap<std::string_view, std::string_view>;

template <class Entry>
Aliases aliases_of(std::span<const Entry* const> entries) {
  Aliases aliases;
  for (const Entry* entry : entries) {
    if (!entry->alias_of.empty()) aliases.emplace(entry->alias_of, entry->name);
  }
  return aliases;
}

std::string describe_functions(std::vector<Described> functions, const Aliases& aliases) {
  std::ranges::sort(functions, {}, &Described::name);
  std::string text;
  for (const Described& function : functions) {
    text += "- " + code(function.syntax) + ": " + std::string(function.description);
    std::string also;
    for (auto [alias, end] = aliases.equal_range(function.name); alias != end; ++alias) {
      also += (also.empty() ? " Also " : ", ") + code(alias->second);
    }
    text += also + (also.empty() ? "" : ".");
    if (!function.example.empty()) {
      text += "<br>\n  " + code(function.example);
      if (!function.example_result.empty()) text += " gives " + code(function.example_result);
    }
    text += '\n';
  }
  return text;
}

Described described(const auto& entry) {
  return {entry.name, entry.syntax, entry.description, entry.example, entry.example_result};
}

std::string scalar_functions() {
  std::map<std::string_view, std::vector<Described>> categories;
  for (const FunctionEntry* function : all_functions()) {
    if (function->alias_of.empty()) categories[function->category].push_back(described(*function));
  }
  const Aliases aliases = aliases_of(all_functions());
  std::string text;
  for (auto& [category, functions] : categories) {
    if (!text.empty()) text += '\n';
    text += "### " + std::string(category) + "\n\n" + describe_functions(functions, aliases);
  }
  return text;
}

std::string aggregate_functions() {
  std::vector<Described> functions;
  for (const AggregateEntry* aggregate : all_aggregates()) {
    if (aggregate->alias_of.empty()) functions.push_back(described(*aggregate));
  }
  return describe_functions(functions, aliases_of(all_aggregates()));
}

std::string window_functions() {
  std::vector<Described> functions;
  for (const WindowFunctionEntry* function : all_window_functions()) {
    if (function->alias_of.empty()) functions.push_back(described(*function));
  }
  return describe_functions(functions, aliases_of(all_window_functions()));
}

template <class Entry>
void add_any_case(std::span<const Entry* const> entries, std::set<std::string>& names) {
  for (const Entry* entry : entries) {
    if (entry->case_insensitive) names.emplace(entry->name);
  }
}

std::string any_case_functions() {
  std::set<std::string> names;
  add_any_case(all_functions(), names);
  add_any_case(all_aggregates(), names);
  add_any_case(all_window_functions(), names);
  return name_list({names.begin(), names.end()});
}

std::string formats() {
  std::multimap<std::string_view, std::string_view> aliases;
  for (const FormatEntry& format : all_formats()) {
    if (!format.alias_of.empty()) aliases.emplace(format.alias_of, format.name);
  }
  std::string text = "| Format | In | Out | |\n|---|---|---|---|\n";
  for (const FormatEntry& format : all_formats()) {
    if (!format.alias_of.empty()) continue;
    std::string names = code(format.name);
    for (auto [alias, end] = aliases.equal_range(format.name); alias != end; ++alias) {
      names += ", " + code(alias->second);
    }
    text += "| " + names + " | " + (format.make_reader != nullptr ? "yes" : "") + " | " +
            (format.make_writer != nullptr ? "yes" : "") + " | " + cell(format.description) +
            " |\n";
  }
  return text;
}

std::string engines() {
  std::string text = "| Engine | Written as | |\n|---|---|---|\n";
  for (const EngineEntry& engine : all_engines()) {
    text += "| " + code(engine.name) + " | " + code(cell(engine.syntax)) + " | " +
            cell(engine.description) + " |\n";
  }
  return text;
}

std::string server_options() { return "```toml\n" + describe_options() + "```\n"; }

struct Part {
  std::string_view name;
  std::string (*print)();
};

constexpr Part kParts[] = {
    {"settings", used_settings},
    {"fixed settings", fixed_settings_table},
    {"ignored settings", ignored_settings_list},
    {"functions", scalar_functions},
    {"aggregate functions", aggregate_functions},
    {"window functions", window_functions},
    {"functions in any case", any_case_functions},
    {"formats", formats},
    {"engines", engines},
    {"server options", server_options},
};

std::string read_page(std::string_view path) {
  std::ifstream in{std::string(path)};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The page with its parts printed anew; adds their names to `names`.
std::string print_page(const std::string& page, std::multiset<std::string>& names) {
  std::string text;
  size_t done = 0;
  for (;;) {
    const size_t begin = page.find(kBegin, done);
    if (begin == std::string::npos) break;
    const size_t name_end = page.find(kBeginEnd, begin);
    const size_t end = page.find(kEnd, begin);
    if (name_end == std::string::npos || end == std::string::npos || end < name_end) {
      ADD_FAILURE() << "no end of the part at byte " << begin;
      break;
    }
    const std::string name = page.substr(begin + kBegin.size(), name_end - begin - kBegin.size());
    const size_t part_begin = name_end + kBeginEnd.size();
    text += page.substr(done, part_begin - done);
    done = end;
    names.insert(name);
    const auto part = std::ranges::find(kParts, name, &Part::name);
    if (part == std::end(kParts)) {
      ADD_FAILURE() << "no such part: " << name;
      text += page.substr(part_begin, end - part_begin);
      continue;
    }
    text += '\n' + part->print() + '\n';
  }
  return text + page.substr(done);
}

TEST(ReferencePages, SayWhatTheTablesSay) {
  std::multiset<std::string> names;
  for (const std::string_view path : kPages) {
    SCOPED_TRACE(path);
    const std::string page = read_page(path);
    ASSERT_FALSE(page.empty());
    const std::string printed = print_page(page, names);
    if (update_pages && printed != page) {
      std::ofstream(std::string(path)) << printed;
    } else {
      EXPECT_EQ(page, printed) << "run `./dev docs` and look at the difference";
    }
  }
  for (const Part& part : kParts) {
    EXPECT_EQ(names.count(std::string(part.name)), 1u) << part.name;
  }
}

}  // namespace
}  // namespace freshet

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  freshet::update_pages = argc > 1 && std::string_view(argv[1]) == "--update";
  return RUN_ALL_TESTS();
}
