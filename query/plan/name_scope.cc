#include "query/plan/name_scope.h"

#include <algorithm>
#include <cctype>

namespace freshet {

namespace {

std::string join(const std::vector<std::string>& parts, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin) text += '.';
    text += parts[i];
  }
  return text;
}

const ScopeColumn* find_named(const std::vector<ScopeColumn>& columns, std::string_view name) {
  const auto found =
      std::ranges::find_if(columns, [&](const ScopeColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool ScopeTable::answers_to(const std::vector<std::string>& qualifier) const {
  if (!alias.empty()) return qualifier.size() == 1 && qualifier[0] == alias;
  if (table.empty()) return false;
  if (qualifier.size() == 1) return qualifier[0] == table;
  return qualifier.size() == 2 && qualifier[0] == database && qualifier[1] == table;
}

const ScopeColumn* ScopeTable::find(std::string_view column) const {
  return find_named(columns, column);
}

NameScope::Match NameScope::find(const std::vector<std::string>& parts) const {
  // The longest name first, so that a column "n.a" hides element a of a tuple n.
  for (size_t end = parts.size(); end > 0; --end) {
    const std::string plain = join(parts, 0, end);
    if (const auto* column = find_named(merged, plain)) return {column, end};
    for (const auto& table : tables) {
      if (const auto* column = table.find(plain)) return {column, end};
    }
    for (size_t qualifiers = 1; qualifiers <= 2 && qualifiers < end; ++qualifiers) {
      const std::vector<std::string> qualifier(
          parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(qualifiers));
      const std::string name = join(parts, qualifiers, end);
      for (const auto& table : tables) {
        if (!table.answers_to(qualifier)) continue;
        if (const auto* column = table.find(name)) return {column, end};
      }
    }
  }
  return {};
}

bool NameScope::has_table(const std::vector<std::string>& qualifier) const {
  return std::ranges::any_of(tables,
                             [&](const ScopeTable& table) { return table.answers_to(qualifier); });
}

std::vector<const ScopeColumn*> NameScope::asterisk(
    const std::vector<std::string>& qualifier) const {
  std::vector<const ScopeColumn*> columns;
  if (qualifier.empty()) {
    for (const auto& column : merged) columns.push_back(&column);
  }
  for (const auto& table : tables) {
    if (!qualifier.empty() && !table.answers_to(qualifier)) continue;
    for (const auto& column : table.columns) {
      if (!column.in_asterisk) continue;
      if (qualifier.empty() && find_named(merged, column.name) != nullptr) continue;
      columns.push_back(&column);
    }
  }
  return columns;
}

std::vector<std::string> NameScope::shortest_name(const ScopeColumn& column) const {
  std::vector<std::string> name{column.name};
  // A merged column also stands for the one that it was made of. Of three tables and more the first
  // says its name too where another has such a column; of two it does not.
  const Match plain = find(name);
  const bool is_first = plain.column == nullptr || plain.column->index == column.index;
  const auto has_name = [&](const ScopeTable& table) {
    return find_named(table.columns, column.name) != nullptr;
  };
  if (is_first && (tables.size() < 3 || std::ranges::count_if(tables, has_name) < 2)) return name;
  for (const auto& table : tables) {
    const auto* begin = table.columns.data();
    if (&column < begin || &column >= begin + table.columns.size()) continue;
    const std::string& qualifier = table.alias.empty() ? table.table : table.alias;
    if (!qualifier.empty()) name.insert(name.begin(), qualifier);
  }
  return name;
}

std::vector<std::string> NameScope::similar(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& table : tables) {
    for (const auto& column : table.columns) names.push_back(column.name);
  }
  return similar_names(name, names);
}

void NameScope::shift(ColumnIndex offset) {
  for (auto& column : merged) column.index += offset;
  for (auto& table : tables) {
    for (auto& column : table.columns) column.index += offset;
  }
}

std::vector<std::string> similar_names(std::string_view name,
                                       const std::vector<std::string>& names) {
  constexpr size_t kShownMax = 3;
  const size_t distance_max = name.size() < 3 ? 1 : name.size() < 8 ? 2 : 3;
  std::vector<std::pair<size_t, std::string>> near;
  for (const auto& candidate : names) {
    const size_t distance = edit_distance(name, candidate);
    if (distance <= distance_max && distance < name.size()) near.emplace_back(distance, candidate);
  }
  std::ranges::sort(near);
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> best;
  for (const auto& entry : near) {
    if (best.size() < kShownMax) best.push_back(entry.second);
  }
  return best;
}

std::string maybe_you_meant(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string text = ". Maybe you meant: [";
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    text += '\'';
    text += names[i];
    text += '\'';
  }
  return text + "]";
}

}  // namespace freshet
