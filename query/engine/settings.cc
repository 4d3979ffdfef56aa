#include "query/engine/settings.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "query/engine/inert_settings.h"
#include "query/plan/name_scope.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

using Type = SettingEntry::Type;
using Effect = SettingEntry::Effect;

constexpr SettingEntry kUsedSettings[] = {
    // Limits of a query.
    {"max_memory_usage", Type::UInt64, "0", "Bytes that a query may use; 0: the server's limit."},
    {"max_bytes_before_external_group_by", Type::UInt64, "0",
     "Bytes of a query's memory past which GROUP BY and DISTINCT go to disk; 0: the ratio "
     "decides."},
    {"max_bytes_ratio_before_external_group_by", Type::Float, "0.5",
     "max_bytes_before_external_group_by as a part of max_memory_usage, or of the server's memory; "
     "both 0: never."},
    {"max_bytes_before_external_sort", Type::UInt64, "0",
     "Bytes of a query's memory past which ORDER BY puts sorted rows on disk; 0: the ratio "
     "decides."},
    {"max_bytes_ratio_before_external_sort", Type::Float, "0.5",
     "max_bytes_before_external_sort as a part of max_memory_usage, or of the server's memory; "
     "both 0: never."},
    {"max_bytes_before_external_join", Type::UInt64, "0",
     "Bytes of a query's memory past which JOIN puts both sides on disk; 0: the ratio decides."},
    {"max_bytes_in_join", Type::UInt64, "0",
     "The same as max_bytes_before_external_join; the smaller one counts."},
    {"max_bytes_ratio_before_external_join", Type::Float, "0.5",
     "max_bytes_before_external_join as a part of max_memory_usage, or of the server's memory; all "
     "0: never."},
    {"max_temporary_data_on_disk_size_for_query", Type::UInt64, "0",
     "Bytes that a query's temporary files may take on disk; 0: any number."},
    {"max_temporary_data_on_disk_size_for_user", Type::UInt64, "0",
     "Bytes that the temporary files of all queries of a user may take; 0: any number."},
    {"max_execution_time", Type::Seconds, "0", "Seconds after which a query is stopped; 0: never."},
    {"max_result_rows", Type::UInt64, "0", "Rows that a result may have; 0: any number."},
    {"result_overflow_mode", Type::String, "throw",
     "What happens past max_result_rows: an error, or the end of the result.", Effect::Used,
     "throw|break"},
    {"max_threads", Type::UInt64, "0", "Workers of one query; 0 or auto: one for each core."},
    {"readonly", Type::UInt64, "0",
     "1: neither writes nor changes of settings. 2: no writes. 0: all is allowed."},
    {"limit", Type::UInt64, "0", "Rows of a result at most, on top of LIMIT; 0: all."},
    {"offset", Type::UInt64, "0", "Rows of a result to skip first, on top of OFFSET."},

    // Meaning of SQL.
    {"enable_join_runtime_filters", Type::Bool, "1",
     "The keys of a JOIN's build side tell scans of the other side which rows to leave out."},
    {"query_plan_optimize_join_order_limit", Type::UInt64, "10",
     "Inner joins of so many tables at most are brought into the order that leaves the fewest rows "
     "early; 0: none."},
    {"join_use_nulls", Type::Bool, "0",
     "Outer joins fill missing cells with NULL rather than with the type's default."},
    {"prefer_column_name_to_alias", Type::Bool, "0",
     "A name means the column, not the alias, where both exist."},
    {"aggregate_functions_null_for_empty", Type::Bool, "0",
     "Aggregate functions over no rows give NULL."},
    {"cast_keep_nullable", Type::Bool, "0", "CAST of a Nullable value gives a Nullable type."},
    {"union_default_mode", Type::String, "", "What UNION without a word means.", Effect::Used,
     "|ALL|DISTINCT"},
    {"final", Type::Bool, "0", "Tables are read as with FINAL, where their engines merge rows."},
    {"do_not_merge_across_partitions_select_final", Type::Bool, "0",
     "FINAL merges the rows of each partition by itself, as merges do."},
    {"session_timezone", Type::String, "",
     "Time zone of types that name none; empty: the server's."},
    {"check_query_single_value_result", Type::Bool, "0",
     "CHECK TABLE answers with one number, 1 or 0, for the whole table."},
    {"use_primary_key", Type::Bool, "1",
     "Blocks whose bounds rule out a query's conditions are not read."},
    {"use_skip_indexes", Type::Bool, "1",
     "Blocks whose skip indexes rule out a query's conditions are not read."},
    {"use_query_condition_cache", Type::Bool, "1",
     "Blocks in which the same conditions were true for no row before are not read."},
    {"use_rollups", Type::Bool, "1",
     "Aggregations read rollups of a table where that is less than its rows."},
    {"optimize_use_projections", Type::Bool, "1", "The same; both must be on."},
    {"force_rollups", Type::Bool, "0",
     "An aggregation over a table that has rollups, of which it can use none, is an error."},
    {"force_optimize_projection", Type::Bool, "0", "The same; one is enough."},
    {"preferred_optimize_projection_name", Type::String, "",
     "The rollup to use where it fits; empty: the one of which the fewest rows are read."},
    {"query_plan_enable_optimizations", Type::Bool, "1", "Whether plans are optimized."},

    // Text formats, input.
    {"input_format_allow_errors_num", Type::UInt64, "0",
     "Bad rows that an INSERT may have; they go to the table's quarantine."},
    {"input_format_allow_errors_ratio", Type::Float, "0",
     "Bad rows that an INSERT may have, as a part of all its rows."},
    {"input_format_skip_unknown_fields", Type::Bool, "1",
     "Fields of the input that are no columns of the table are passed over."},
    {"input_format_null_as_default", Type::Bool, "1",
     "NULL for a column that cannot hold it means the column's default."},
    {"date_time_input_format", Type::String, "best_effort",
     "How times are read: basic is YYYY-MM-DD hh:mm:ss or seconds, best_effort also reads ISO 8601 "
     "and more, best_effort_us puts the month first.",
     Effect::Used, "basic|best_effort|best_effort_us"},
    {"format_csv_delimiter", Type::String, ",", "The character between CSV fields."},
    {"format_regexp", Type::String, "", "Format Regexp: the expression, one group per column."},
    {"format_regexp_escaping_rule", Type::String, "Raw",
     "Format Regexp: how the groups are written.", Effect::Used,
     "Raw|Escaped|Quoted|CSV|JSON|XML|None"},
    {"format_regexp_skip_unmatched", Type::Bool, "0",
     "Format Regexp: lines that do not match are passed over."},

    // Text formats, output.
    {"date_time_output_format", Type::String, "simple", "How times are written.", Effect::Used,
     "simple|iso|unix_timestamp"},
    {"output_format_json_quote_64bit_integers", Type::Bool, "0",
     "JSON: 64-bit integers as strings."},
    {"output_format_json_quote_denormals", Type::Bool, "0",
     "JSON: nan and inf as strings rather than null."},
    {"output_format_json_named_tuples_as_objects", Type::Bool, "1",
     "JSON: tuples with names as objects."},
    {"output_format_pretty_max_rows", Type::UInt64, "1000", "Pretty: rows shown at most."},
    {"output_format_pretty_max_column_pad_width", Type::UInt64, "250",
     "Pretty: widest padding of a column."},
    {"output_format_pretty_color", Type::String, "auto",
     "Pretty: colours; auto: only on a terminal.", Effect::Used, "0|1|auto"},

    // INSERT.
    {"insert_deduplicate", Type::Bool, "1",
     "An INSERT whose token, or in a table with non_replicated_deduplication_window whose rows, "
     "were seen before adds nothing."},
    {"insert_deduplication_token", Type::String, "",
     "Names an INSERT, so that a retry of it adds nothing."},

    // Reading what was written.
    {"min_lsn", Type::UInt64, "0",
     "The query sees the commit with this X-Freshet-LSN and all before it; it waits until then."},
    {"min_lsn_timeout_ms", Type::UInt64, "5000",
     "How long a query waits for min_lsn, in milliseconds, before it fails."},

    // HTTP.
    {"cancel_http_readonly_queries_on_client_close", Type::Bool, "1",
     "A query that only reads ends when its client has closed, or half closed, the connection."},
    {"http_wait_end_of_query", Type::Bool, "0",
     "Hold the answer back until the query has ended, so that the status is right."},
    {"wait_end_of_query", Type::Bool, "0", "The same; the URL parameter's name."},
    {"http_response_buffer_size", Type::UInt64, "0",
     "Bytes of an answer to hold back before the first is sent; 0: the server's choice."},
    {"buffer_size", Type::UInt64, "0", "The same; the URL parameter's name."},
    {"enable_http_compression", Type::Bool, "1",
     "Compress the answer when the client's Accept-Encoding allows it."},
    {"http_zlib_compression_level", Type::Int64, "3",
     "Level of gzip, deflate and zstd, when it is set."},
    {"add_http_cors_header", Type::Bool, "0", "Answer with Access-Control-Allow-Origin."},
};

std::vector<SettingEntry> make_entries() {
  std::vector<SettingEntry> entries(std::begin(kUsedSettings), std::end(kUsedSettings));
  for (const InertSetting& setting : ignored_settings()) {
    entries.push_back({setting.name, setting.type, setting.default_value,
                       "Accepted for compatibility, without effect.", Effect::Ignored});
  }
  for (const InertSetting& setting : fixed_settings()) {
    entries.push_back({setting.name, setting.type, setting.default_value,
                       "Accepted for compatibility: only the default value is supported.",
                       Effect::Fixed});
  }
  std::ranges::sort(entries, {}, &SettingEntry::name);
  CHECK(std::ranges::adjacent_find(entries, {}, &SettingEntry::name) == entries.end());
  return entries;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

[[noreturn]] void throw_bad_value(ErrorCode code, const SettingEntry& setting,
                                  std::string_view wanted, std::string_view value) {
  throw Error(code, "Value of setting " + std::string(setting.name) + " must be " +
                        std::string(wanted) + ", not '" + std::string(value) + "'");
}

std::string canonical_bool(const SettingEntry& setting, std::string_view value) {
  const std::string lower = lower_case(value);
  if (lower == "1" || lower == "true" || lower == "on" || lower == "yes") return "1";
  if (lower == "0" || lower == "false" || lower == "off" || lower == "no") return "0";
  throw_bad_value(ErrorCode::CannotParseBool, setting, "0, 1, true or false", value);
}

// k, M, G and T count in thousands, Ki, Mi, Gi and Ti in 1024s.
std::optional<uint64_t> unit_of(std::string_view suffix) {
  constexpr std::string_view kUnits = "kmgt";
  if (suffix.empty()) return 1;
  const std::string lower = lower_case(suffix);
  const size_t power = kUnits.find(lower[0]);
  if (power == std::string_view::npos || lower.size() > 2) return std::nullopt;
  if (lower.size() == 2 && lower[1] != 'i') return std::nullopt;
  const uint64_t base = lower.size() == 2 ? 1024 : 1000;
  uint64_t unit = base;
  for (size_t i = 0; i < power; ++i) unit *= base;
  return unit;
}

std::string canonical_unsigned(const SettingEntry& setting, std::string_view value) {
  if (value == "auto") return "0";
  if (value.starts_with("auto(")) return "0";  // as ClickHouse prints max_threads
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const std::optional<uint64_t> unit =
      unit_of(std::string_view(end, static_cast<size_t>(value.data() + value.size() - end)));
  if (error != std::errc() || !unit || number > std::numeric_limits<uint64_t>::max() / *unit) {
    throw_bad_value(ErrorCode::CannotParseNumber, setting, "a non-negative integer", value);
  }
  return std::to_string(number * *unit);
}

std::string canonical_signed(const SettingEntry& setting, std::string_view value) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw_bad_value(ErrorCode::CannotParseNumber, setting, "an integer", value);
  }
  return std::to_string(number);
}

std::string canonical_real(const SettingEntry& setting, std::string_view value) {
  if (value == "auto") return "0";
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
    throw_bad_value(ErrorCode::CannotParseNumber, setting, "a number", value);
  }
  return std::string(value);
}

std::string canonical_text(const SettingEntry& setting, std::string_view value) {
  if (setting.name == "format_csv_delimiter" && value.size() != 1) {
    throw_bad_value(ErrorCode::BadArguments, setting, "one character", value);
  }
  if (setting.choices.empty()) return std::string(value);
  std::string_view rest = setting.choices;
  std::string quoted;
  for (;;) {
    const size_t end = std::min(rest.find('|'), rest.size());
    const std::string_view choice = rest.substr(0, end);
    if (lower_case(choice) == lower_case(value)) return std::string(choice);
    quoted += (quoted.empty() ? "'" : ", '") + std::string(choice) + "'";
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  throw_bad_value(ErrorCode::BadArguments, setting, "one of [" + quoted + "]", value);
}

std::string canonical_value(const SettingEntry& setting, std::string_view value) {
  switch (setting.type) {
    case Type::Bool:
      return canonical_bool(setting, value);
    case Type::UInt64:
      return canonical_unsigned(setting, value);
    case Type::Int64:
      return canonical_signed(setting, value);
    case Type::Float:
    case Type::Seconds:
      return canonical_real(setting, value);
    case Type::String:
      return canonical_text(setting, value);
  }
  return std::string(value);
}

// A setting's default as text and, where it is one, as a number.
struct DefaultSetting {
  const SettingEntry* entry = nullptr;
  uint64_t hash = 0;
  uint64_t number = 0;
  double real = 0;
};

template <class Number>
Number parse_or_zero(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Open addressing by the hash of the name; a quarter full at most.
std::vector<DefaultSetting> make_defaults() {
  std::vector<DefaultSetting> slots(std::bit_ceil(4 * all_settings().size()));
  for (const SettingEntry& entry : all_settings()) {
    const uint64_t hash = SettingName(entry.name).hash();
    size_t slot = hash % slots.size();
    while (slots[slot].entry != nullptr) {
      CHECK(slots[slot].hash != hash);
      slot = (slot + 1) % slots.size();
    }
    slots[slot] = {&entry, hash, parse_or_zero<uint64_t>(entry.default_value),
                   parse_or_zero<double>(entry.default_value)};
  }
  return slots;
}

// Null: there is no such setting. Names that the program has written out are told apart by their
// hashes alone; the text of others is for the caller to compare.
const DefaultSetting* find_default(SettingName name) {
  static const std::vector<DefaultSetting> slots = make_defaults();
  const size_t mask = slots.size() - 1;
  for (size_t slot = name.hash() & mask; slots[slot].entry != nullptr; slot = (slot + 1) & mask) {
    if (slots[slot].hash == name.hash()) return &slots[slot];
  }
  return nullptr;
}

[[noreturn]] void throw_unknown(std::string_view name) {
  std::vector<std::string> names;
  for (const SettingEntry& entry : all_settings()) names.emplace_back(entry.name);
  throw Error(ErrorCode::UnknownSetting, "Unknown setting '" + std::string(name) + "'" +
                                             maybe_you_meant(similar_names(name, names)));
}

const DefaultSetting& require_default(SettingName name) {
  const DefaultSetting* found = find_default(name);
  if (found == nullptr) throw_unknown(name.text());
  return *found;
}

const SettingEntry& require_setting(std::string_view name) {
  const SettingEntry* found = find_setting(name);
  if (found == nullptr) throw_unknown(name);
  return *found;
}

// Null: it was not set.
const std::string* changed_value(const Settings::Changes* changed, SettingName name) {
  if (changed == nullptr) return nullptr;
  const auto found = changed->find(name.text());
  return found == changed->end() ? nullptr : &found->second;
}

void change(std::shared_ptr<const Settings::Changes>& changed, std::string_view name,
            std::string value) {
  auto copy = changed == nullptr ? std::make_shared<Settings::Changes>()
                                 : std::make_shared<Settings::Changes>(*changed);
  copy->insert_or_assign(std::string(name), std::move(value));
  changed = std::move(copy);
}

}  // namespace

std::span<const SettingEntry> all_settings() {
  static const std::vector<SettingEntry> entries = make_entries();
  return entries;
}

const SettingEntry* find_setting(std::string_view name) {
  const DefaultSetting* found = find_default(SettingName(name));
  return found == nullptr || found->entry->name != name ? nullptr : found->entry;
}

void Settings::set(std::string_view name, std::string_view value) {
  const SettingEntry& setting = require_setting(name);
  // Clients reset a setting that has no effect to whatever their own version has.
  if (setting.effect == Effect::Ignored) {
    change(changed_, name, std::string(value));
    return;
  }
  std::string canonical = canonical_value(setting, value);
  if (setting.effect == Effect::Fixed && canonical != setting.default_value) {
    throw Error(ErrorCode::NotImplemented,
                "Setting " + std::string(name) + " can only have its default value '" +
                    std::string(setting.default_value) + "', not '" + std::string(value) + "'");
  }
  change(changed_, name, std::move(canonical));
}

const Settings::Changes& Settings::changed() const {
  static const Changes nothing;
  return changed_ == nullptr ? nothing : *changed_;
}

std::string_view Settings::text(SettingName name) const {
  if (const std::string* value = changed_value(changed_.get(), name)) return *value;
  return require_default(name).entry->default_value;
}

bool Settings::flag(SettingName name) const {
  if (const std::string* value = changed_value(changed_.get(), name)) return *value == "1";
  return require_default(name).number == 1;
}

uint64_t Settings::number(SettingName name) const {
  if (const std::string* value = changed_value(changed_.get(), name)) {
    return parse_or_zero<uint64_t>(*value);
  }
  return require_default(name).number;
}

double Settings::real(SettingName name) const {
  if (const std::string* value = changed_value(changed_.get(), name)) {
    return parse_or_zero<double>(*value);
  }
  return require_default(name).real;
}

FormatOptions format_options(const Settings& settings, const std::string& server_time_zone) {
  FormatOptions options;
  const std::string_view zone = settings.text("session_timezone");
  options.text.time_zone = TimeZone::find(zone.empty() ? server_time_zone : zone);
  const std::string_view input = settings.text("date_time_input_format");
  options.text.best_effort_dates = input != "basic";
  options.text.month_first_dates = input == "best_effort_us";
  const std::string_view output = settings.text("date_time_output_format");
  if (output == "unix_timestamp") {
    throw Error(
        ErrorCode::NotImplemented,
        "date_time_output_format can be 'simple' or 'iso', not '" + std::string(output) + "'");
  }
  options.text.iso_dates = output == "iso";
  options.csv_delimiter = settings.text("format_csv_delimiter")[0];
  options.skip_unknown_fields = settings.flag("input_format_skip_unknown_fields");
  options.null_as_default = settings.flag("input_format_null_as_default");
  options.json_quote_64bit_integers = settings.flag("output_format_json_quote_64bit_integers");
  options.json_quote_denormals = settings.flag("output_format_json_quote_denormals");
  options.json_named_tuples_as_objects =
      settings.flag("output_format_json_named_tuples_as_objects");
  options.regexp = settings.text("format_regexp");
  options.regexp_escaping_rule = settings.text("format_regexp_escaping_rule");
  options.regexp_skip_unmatched = settings.flag("format_regexp_skip_unmatched");
  options.pretty_rows_max = settings.number("output_format_pretty_max_rows");
  options.pretty_column_width_max = static_cast<uint32_t>(
      std::min<uint64_t>(settings.number("output_format_pretty_max_column_pad_width"),
                         std::numeric_limits<uint32_t>::max()));
  options.pretty_color = settings.flag("output_format_pretty_color");
  return options;
}

}  // namespace freshet
