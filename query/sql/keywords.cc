#include "query/sql/keywords.h"

#include <algorithm>
#include <array>

namespace freshet {

namespace {

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; }

// All words are in upper case.
constexpr std::array<std::string_view, 58> kReservedAliases = {
    "ALL",    "AND",     "ANTI",     "ANY",      "ARRAY",     "AS",     "ASC",    "ASOF",
    "AT",     "BETWEEN", "BY",       "CROSS",    "DESC",      "DIV",    "ELSE",   "END",
    "EXCEPT", "FETCH",   "FINAL",    "FORMAT",   "FROM",      "FULL",   "GLOBAL", "GROUP",
    "HAVING", "ILIKE",   "IN",       "INNER",    "INTERSECT", "INTO",   "IS",     "JOIN",
    "LEFT",   "LIKE",    "LIMIT",    "MOD",      "NOT",       "NULLS",  "OFFSET", "ON",
    "OR",     "ORDER",   "PASTE",    "PREWHERE", "QUALIFY",   "REGEXP", "RIGHT",  "SAMPLE",
    "SELECT", "SEMI",    "SETTINGS", "THEN",     "UNION",     "USING",  "WHEN",   "WHERE",
    "WINDOW", "WITH"};

constexpr std::array<std::string_view, 21> kReservedOperands = {
    "AND",      "AS",     "BETWEEN", "BY",    "ELSE",  "FROM",  "HAVING",
    "ILIKE",    "IN",     "IS",      "JOIN",  "LIKE",  "LIMIT", "OR",
    "PREWHERE", "SELECT", "THEN",    "UNION", "USING", "WHEN",  "WHERE"};

// Words with a meaning where an expression or a name begins, so that such a name needs quotes.
constexpr std::array<std::string_view, 38> kLeadingWords = {
    "CASE",      "CAST",  "CHECK",     "CLONE",    "CUBE",     "CURRENT",  "DATABASE", "DICTIONARY",
    "DISTINCT",  "EMPTY", "EXISTS",    "FALSE",    "FIRST",    "FUNCTION", "GROUPING", "GROUPS",
    "ID",        "IF",    "INF",       "INFINITY", "INTERVAL", "NAN",      "NULL",     "RANGE",
    "RECURSIVE", "ROLE",  "ROLLUP",    "ROWS",     "STRICT",   "TABLE",    "TABLES",   "TEMPORARY",
    "TO",        "TRUE",  "UNBOUNDED", "VALUES",   "VIEW",     "PARTITION"};

// A call of a function of this name must quote it.
constexpr std::array<std::string_view, 11> kFormWords = {
    "AS",  "CASE",   "COLUMNS", "CUBE", "DISTINCT", "INTERVAL",
    "NOT", "ROLLUP", "SELECT",  "FROM", "WITH"};

struct Unit {
  std::string_view word;
  std::string_view name;
};

constexpr std::array<Unit, 52> kUnits = {{
    {"NANOSECOND", "Nanosecond"},
    {"NANOSECONDS", "Nanosecond"},
    {"SQL_TSI_NANOSECOND", "Nanosecond"},
    {"NS", "Nanosecond"},
    {"MICROSECOND", "Microsecond"},
    {"MICROSECONDS", "Microsecond"},
    {"SQL_TSI_MICROSECOND", "Microsecond"},
    {"US", "Microsecond"},
    {"MILLISECOND", "Millisecond"},
    {"MILLISECONDS", "Millisecond"},
    {"SQL_TSI_MILLISECOND", "Millisecond"},
    {"MS", "Millisecond"},
    {"SECOND", "Second"},
    {"SECONDS", "Second"},
    {"SQL_TSI_SECOND", "Second"},
    {"SS", "Second"},
    {"S", "Second"},
    {"MINUTE", "Minute"},
    {"MINUTES", "Minute"},
    {"SQL_TSI_MINUTE", "Minute"},
    {"MI", "Minute"},
    {"N", "Minute"},
    {"HOUR", "Hour"},
    {"HOURS", "Hour"},
    {"SQL_TSI_HOUR", "Hour"},
    {"HH", "Hour"},
    {"H", "Hour"},
    {"DAY", "Day"},
    {"DAYS", "Day"},
    {"SQL_TSI_DAY", "Day"},
    {"DD", "Day"},
    {"D", "Day"},
    {"WEEK", "Week"},
    {"WEEKS", "Week"},
    {"SQL_TSI_WEEK", "Week"},
    {"WK", "Week"},
    {"WW", "Week"},
    {"MONTH", "Month"},
    {"MONTHS", "Month"},
    {"SQL_TSI_MONTH", "Month"},
    {"MM", "Month"},
    {"M", "Month"},
    {"QUARTER", "Quarter"},
    {"QUARTERS", "Quarter"},
    {"SQL_TSI_QUARTER", "Quarter"},
    {"QQ", "Quarter"},
    {"Q", "Quarter"},
    {"YEAR", "Year"},
    {"YEARS", "Year"},
    {"SQL_TSI_YEAR", "Year"},
    {"YYYY", "Year"},
    {"YY", "Year"},
}};

template <std::size_t count>
bool contains(const std::array<std::string_view, count>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view each) { return same_keyword(each, word); });
}

bool is_plain_name(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

std::string quote(std::string_view text, char mark) {
  std::string out(1, mark);
  for (const char c : text) {
    switch (c) {
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        if (c == '\\' || c == mark) out += '\\';
        out += c;
    }
  }
  return out + mark;
}

}  // namespace

bool same_keyword(std::string_view a, std::string_view b) {
  if (a.size() != b.size() || (!a.empty() && upper(a[0]) != upper(b[0]))) return false;
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return upper(x) == upper(y); });
}

std::string to_upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::string to_lower(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_reserved_alias(std::string_view word) { return contains(kReservedAliases, word); }

bool is_reserved_operand(std::string_view word) { return contains(kReservedOperands, word); }

std::string quote_name(std::string_view name) {
  const bool plain = is_plain_name(name) && !is_reserved_alias(name) &&
                     !is_reserved_operand(name) && !contains(kLeadingWords, name);
  return plain ? std::string(name) : quote(name, '`');
}

std::string quote_function_name(std::string_view name) {
  return is_plain_name(name) && !contains(kFormWords, name) ? std::string(name) : quote(name, '`');
}

std::string always_quote_name(std::string_view name) { return quote(name, '`'); }

std::string quote_string(std::string_view text) { return quote(text, '\''); }

std::string_view interval_unit(std::string_view word) {
  for (const auto& unit : kUnits) {
    if (same_keyword(unit.word, word)) return unit.name;
  }
  return {};
}

}  // namespace freshet
