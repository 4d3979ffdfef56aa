// system.settings, functions, formats, types, engines: what the dialect has.

#include "query/aggregate/aggregate.h"
#include "query/aggregate/window_function.h"
#include "query/engine/settings.h"
#include "query/engine/system_table_entry.h"
#include "query/engine/table_engine.h"
#include "query/function/function.h"
#include "storage/format/format.h"

namespace freshet {

namespace {

std::string_view type_name(SettingEntry::Type type) {
  switch (type) {
    case SettingEntry::Type::Bool:
      return "Bool";
    case SettingEntry::Type::UInt64:
      return "UInt64";
    case SettingEntry::Type::Int64:
      return "Int64";
    case SettingEntry::Type::Float:
      return "Float";
    case SettingEntry::Type::String:
      return "String";
    case SettingEntry::Type::Seconds:
      return "Seconds";
  }
  return "";
}

void fill_settings(const SystemTableScope&, SystemRows& rows) {
  for (const SettingEntry& setting : all_settings()) {
    rows.add()
        .set("name", setting.name)
        .set("value", setting.default_value)
        .set("description", setting.description)
        .set("type", type_name(setting.type))
        .set("default", setting.default_value)
        .set("tier", "Production");
  }
}

void fill_functions(const SystemTableScope&, SystemRows& rows) {
  for (const FunctionEntry* function : all_functions()) {
    rows.add()
        .set("name", function->name)
        .set("is_aggregate", false)
        .set("case_insensitive", function->case_insensitive)
        .set("alias_to", function->alias_of)
        .set("origin", "System")
        .set("description", function->description)
        .set("syntax", function->syntax)
        .set("examples", function->example)
        .set("categories", function->category)
        .set("deterministic", std::optional<uint64_t>(function->deterministic ? 1 : 0));
  }
  for (const AggregateEntry* aggregate : all_aggregates()) {
    rows.add()
        .set("name", aggregate->name)
        .set("is_aggregate", true)
        .set("case_insensitive", aggregate->case_insensitive)
        .set("alias_to", aggregate->alias_of)
        .set("origin", "System")
        .set("description", aggregate->description)
        .set("syntax", aggregate->syntax)
        .set("examples", aggregate->example)
        .set("categories", "Aggregate Functions");
  }
  for (const WindowFunctionEntry* window : all_window_functions()) {
    rows.add()
        .set("name", window->name)
        .set("is_aggregate", true)
        .set("case_insensitive", window->case_insensitive)
        .set("alias_to", window->alias_of)
        .set("origin", "System")
        .set("description", window->description)
        .set("syntax", window->syntax)
        .set("examples", window->example)
        .set("categories", "Window Functions");
  }
}

void fill_table_functions(const SystemTableScope&, SystemRows& rows) {
  struct Row {
    std::string_view name;
    std::string_view description;
  };
  constexpr Row kRows[] = {
      {"generateSeries", "Numbers from start to stop, both included, with an optional step."},
      {"generate_series", "Numbers from start to stop, both included, with an optional step."},
      {"numbers", "Numbers from 0, or from an offset, as many as asked for."},
      {"numbers_mt", "The same as numbers."},
      {"one", "One row with a 0."},
      {"values", "Rows written as literals."},
      {"view", "A subquery as a table."},
      {"zeros", "As many zeros as asked for."},
      {"zeros_mt", "The same as zeros."}};
  for (const Row& row : kRows) {
    rows.add()
        .set("name", row.name)
        .set("description", row.description)
        .set("allow_readonly", true);
  }
}

void fill_table_engines(const SystemTableScope&, SystemRows& rows) {
  for (const EngineEntry& engine : all_engines()) {
    rows.add()
        .set("name", engine.name)
        .set("supports_settings", engine.has_keys)
        .set("supports_projections", engine.name != kNullEngine)
        .set("supports_sort_order", engine.has_keys)
        .set("supports_ttl", engine.has_keys)
        .set("supports_deduplication", true)
        .set("supports_parallel_insert", true)
        .set("description", engine.description)
        .set("syntax", engine.syntax);
  }
  rows.add()
      .set("name", "MaterializedView")
      .set("syntax", "CREATE MATERIALIZED VIEW v [TO t | ENGINE = e ..] AS SELECT ..")
      .set("description", "Runs a SELECT over each INSERT's rows and keeps the result.");
  rows.add()
      .set("name", "View")
      .set("syntax", "CREATE VIEW v AS SELECT ..")
      .set("description", "A SELECT under a name.");
}

void fill_formats(const SystemTableScope&, SystemRows& rows) {
  for (const FormatEntry& format : all_formats()) {
    const FormatEntry& entry = format.alias_of.empty() ? format : find_format(format.alias_of);
    rows.add()
        .set("name", format.name)
        .set("is_input", entry.make_reader != nullptr)
        .set("is_output", entry.make_writer != nullptr)
        .set("supports_parallel_parsing", entry.make_reader != nullptr)
        .set("content_type", entry.content_type)
        .set("description", entry.description);
  }
}

struct TypeFamily {
  std::string_view name;
  bool case_insensitive = false;
  std::string_view alias_to = {};
};

constexpr TypeFamily kTypeFamilies[] = {
    {"AggregateFunction"},
    {"Array"},
    {"BIGINT", true, "Int64"},
    {"BIGINT UNSIGNED", true, "UInt64"},
    {"BINARY", true, "FixedString"},
    {"BINARY LARGE OBJECT", true, "String"},
    {"BINARY VARYING", true, "String"},
    {"BLOB", true, "String"},
    {"BOOLEAN", true, "Bool"},
    {"BYTE", true, "Int8"},
    {"BYTEA", true, "String"},
    {"Bool", true},
    {"CHAR", true, "String"},
    {"CHAR VARYING", true, "String"},
    {"CHARACTER", true, "String"},
    {"CHARACTER VARYING", true, "String"},
    {"CLOB", true, "String"},
    {"DEC", true, "Decimal"},
    {"DOUBLE", true, "Float64"},
    {"DOUBLE PRECISION", true, "Float64"},
    {"Date", true},
    {"Date32", true},
    {"DateTime", true},
    {"DateTime32", true},
    {"DateTime64", true},
    {"Decimal", true},
    {"Decimal128", true},
    {"Decimal32", true},
    {"Decimal64", true},
    {"Enum", true},
    {"Enum16"},
    {"Enum8"},
    {"FLOAT", true, "Float32"},
    {"FixedString"},
    {"Float32"},
    {"Float64"},
    {"INET4", true, "IPv4"},
    {"INET6", true, "IPv6"},
    {"INT", true, "Int32"},
    {"INT UNSIGNED", true, "UInt32"},
    {"INT1", true, "Int8"},
    {"INTEGER", true, "Int32"},
    {"INTEGER UNSIGNED", true, "UInt32"},
    {"IPv4"},
    {"IPv6"},
    {"Int16"},
    {"Int32"},
    {"Int64"},
    {"Int8"},
    {"LowCardinality"},
    {"Map"},
    {"NUMERIC", true, "Decimal"},
    {"NVARCHAR", true, "String"},
    {"Nested"},
    {"Nothing"},
    {"Nullable"},
    {"REAL", true, "Float32"},
    {"SIGNED", true, "Int64"},
    {"SINGLE", true, "Float32"},
    {"SMALLINT", true, "Int16"},
    {"SMALLINT UNSIGNED", true, "UInt16"},
    {"SimpleAggregateFunction"},
    {"String"},
    {"TEXT", true, "String"},
    {"TIMESTAMP", true, "DateTime"},
    {"TINYINT", true, "Int8"},
    {"TINYINT UNSIGNED", true, "UInt8"},
    {"Tuple"},
    {"UInt16"},
    {"UInt32"},
    {"UInt64"},
    {"UInt8"},
    {"UNSIGNED", true, "UInt64"},
    {"UUID"},
    {"VARBINARY", true, "String"},
    {"VARCHAR", true, "String"},
    {"VARCHAR2", true, "String"},
    {"YEAR", true, "UInt16"},
};

void fill_type_families(const SystemTableScope&, SystemRows& rows) {
  for (const TypeFamily& family : kTypeFamilies) {
    rows.add()
        .set("name", family.name)
        .set("case_insensitive", family.case_insensitive)
        .set("alias_to", family.alias_to);
  }
}

constexpr SystemTableEntry kLanguageTables[] = {
    {"system", "settings",
     "name String, value String, changed UInt8, description String, min Nullable(String), "
     "max Nullable(String), disallowed_values Array(String), readonly UInt8, type String, "
     "default String, alias_for String, is_obsolete UInt8, tier String",
     fill_settings},
    {"system", "functions",
     "name String, is_aggregate UInt8, case_insensitive UInt8, alias_to String, "
     "create_query String, origin String, description String, syntax String, arguments String, "
     "parameters String, returned_value String, examples String, introduced_in String, "
     "categories String, deterministic Nullable(UInt8), higher_order Nullable(UInt8)",
     fill_functions},
    {"system", "table_functions", "name String, description String, allow_readonly UInt8",
     fill_table_functions},
    {"system", "table_engines",
     "name String, supports_settings UInt8, supports_skipping_indices UInt8, "
     "supports_projections UInt8, supports_sort_order UInt8, supports_ttl UInt8, "
     "supports_replication UInt8, supports_deduplication UInt8, supports_parallel_insert UInt8, "
     "description String, syntax String, examples String, introduced_in String, "
     "related Array(String)",
     fill_table_engines},
    {"system", "formats",
     "name String, is_input UInt8, is_output UInt8, supports_parallel_parsing UInt8, "
     "supports_parallel_formatting UInt8, is_tty_friendly UInt8, content_type String, "
     "supports_random_access UInt8, has_schema_inference UInt8, has_external_schema UInt8, "
     "prefers_large_blocks UInt8, supports_append UInt8, supports_subsets_of_columns UInt8, "
     "description String",
     fill_formats},
    {"system", "data_type_families",
     "name String, case_insensitive UInt8, alias_to String, description String, syntax String",
     fill_type_families},
    {"system", "collations", "name String, language Nullable(String)"},
};

}  // namespace

std::span<const SystemTableEntry> language_system_tables() { return kLanguageTables; }

}  // namespace freshet
