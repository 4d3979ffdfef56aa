// information_schema: the standard's names for what system.* says. Each column is there in lower
// and in upper case.

#include "query/engine/system_table_entry.h"
#include "query/engine/table_description.h"
#include "query/engine/table_engine.h"
#include "query/sql/keywords.h"

namespace freshet {

namespace {

// Sets a column and its upper-case twin.
class TwinRows {
 public:
  explicit TwinRows(SystemRows& rows) : rows_(rows) {}

  TwinRows& add() {
    rows_.add();
    return *this;
  }
  template <class T>
  TwinRows& set(std::string_view column, const T& value) {
    rows_.set(column, value);
    rows_.set(to_upper(column), value);
    return *this;
  }

 private:
  SystemRows& rows_;
};

using Number = std::optional<uint64_t>;

void fill_schemata(const SystemTableScope& scope, SystemRows& rows) {
  TwinRows twins(rows);
  std::vector<std::string> names = scope.snapshot->databases();
  for (const std::string_view name : virtual_databases()) names.emplace_back(name);
  for (const std::string& name : names) {
    twins.add().set("catalog_name", name).set("schema_name", name).set("schema_owner", "default");
  }
}

std::string table_type(const DescribedTable& table) {
  if (table.engine.ends_with("View")) return "VIEW";
  return table.version == nullptr ? "SYSTEM VIEW" : "BASE TABLE";
}

void fill_tables(const SystemTableScope& scope, SystemRows& rows) {
  TwinRows twins(rows);
  for (const DescribedTable& table : describe_tables(*scope.snapshot)) {
    twins.add()
        .set("table_catalog", table.database)
        .set("table_schema", table.database)
        .set("table_name", table.name)
        .set("table_type", table_type(table))
        .set("table_rows", table.rows)
        .set("data_length", table.bytes)
        .set("index_length", Number(0))
        .set("table_collation", "utf8mb4_0900_ai_ci")
        .set("table_comment", table.comment);
  }
}

std::string_view extra_text(const std::string& default_kind) {
  if (default_kind == "DEFAULT") return "DEFAULT_GENERATED";
  if (default_kind == "MATERIALIZED") return "STORED GENERATED";
  return default_kind == "ALIAS" ? "VIRTUAL GENERATED" : "";
}

void set_type_facts(const DataType& type, TwinRows& twins) {
  if (is_integer(type)) {
    twins.set("numeric_precision", Number(8 * cell_bytes(type)))
        .set("numeric_precision_radix", Number(2))
        .set("numeric_scale", Number(0));
  } else if (type.id() == TypeId::Decimal) {
    twins.set("numeric_precision", Number(type.precision()))
        .set("numeric_precision_radix", Number(10))
        .set("numeric_scale", Number(type.scale()));
  } else if (is_date_or_time(type)) {
    twins.set("datetime_precision", Number(type.scale()));
  } else if (type.id() == TypeId::FixedString) {
    twins.set("character_maximum_length", Number(type.fixed_bytes()))
        .set("character_octet_length", Number(type.fixed_bytes()));
  }
}

void fill_columns(const SystemTableScope& scope, SystemRows& rows) {
  TwinRows twins(rows);
  for (const DescribedTable& table : describe_tables(*scope.snapshot)) {
    uint64_t position = 0;
    for (const DescribedColumn& column : table.columns) {
      twins.add()
          .set("table_catalog", table.database)
          .set("table_schema", table.database)
          .set("table_name", table.name)
          .set("column_name", column.name)
          .set("ordinal_position", ++position)
          .set("column_default", column.default_expression)
          .set("is_nullable", column.type->is_nullable() ? "1" : "0")
          .set("data_type", column.type->name())
          .set("column_type", column.type->name())
          .set("extra", extra_text(column.default_kind))
          .set("column_comment", column.comment);
      set_type_facts(*without_nullable(column.type), twins);
    }
  }
}

void fill_views(const SystemTableScope& scope, SystemRows& rows) {
  TwinRows twins(rows);
  for (const TableVersion* version : scope.snapshot->tables()) {
    const TableDefinition& view = *version->definition;
    if (view.kind == TableKind::Table) continue;
    twins.add()
        .set("table_catalog", view.database)
        .set("table_schema", view.database)
        .set("table_name", view.name)
        .set("view_definition", view.select)
        .set("check_option", "NONE")
        .set("is_updatable", "NO")
        .set("is_insertable_into", view.kind == TableKind::MaterializedView ? "YES" : "NO")
        .set("is_trigger_updatable", "NO")
        .set("is_trigger_deletable", "NO")
        .set("is_trigger_insertable_into", "NO");
  }
}

void fill_key_column_usage(const SystemTableScope& scope, SystemRows& rows) {
  TwinRows twins(rows);
  for (const DescribedTable& table : describe_tables(*scope.snapshot)) {
    uint64_t position = 0;
    for (const DescribedColumn& column : table.columns) {
      if (!column.in_primary_key) continue;
      twins.add()
          .set("constraint_catalog", "def")
          .set("constraint_schema", table.database)
          .set("constraint_name", "PRIMARY")
          .set("table_catalog", "def")
          .set("table_schema", table.database)
          .set("table_name", table.name)
          .set("column_name", column.name)
          .set("ordinal_position", ++position);
    }
  }
}

void fill_engines(const SystemTableScope&, SystemRows& rows) {
  TwinRows twins(rows);
  for (const EngineEntry& engine : all_engines()) {
    twins.add()
        .set("engine", engine.name)
        .set("support", engine.name == kDefaultEngine ? "DEFAULT" : "YES");
  }
}

constexpr SystemTableEntry kTables[] = {
    {"information_schema", "schemata",
     "catalog_name String, schema_name String, schema_owner String, "
     "default_character_set_catalog Nullable(String), "
     "default_character_set_schema Nullable(String), "
     "default_character_set_name Nullable(String), sql_path Nullable(String)",
     fill_schemata},
    {"information_schema", "tables",
     "table_catalog String, table_schema String, table_name String, table_type String, "
     "table_rows Nullable(UInt64), data_length Nullable(UInt64), index_length Nullable(UInt64), "
     "table_collation Nullable(String), table_comment Nullable(String)",
     fill_tables},
    {"information_schema", "columns",
     "table_catalog String, table_schema String, table_name String, column_name String, "
     "ordinal_position UInt64, column_default String, is_nullable String, data_type String, "
     "character_maximum_length Nullable(UInt64), character_octet_length Nullable(UInt64), "
     "numeric_precision Nullable(UInt64), numeric_precision_radix Nullable(UInt64), "
     "numeric_scale Nullable(UInt64), datetime_precision Nullable(UInt64), "
     "character_set_catalog Nullable(String), character_set_schema Nullable(String), "
     "character_set_name Nullable(String), collation_catalog Nullable(String), "
     "collation_schema Nullable(String), collation_name Nullable(String), "
     "domain_catalog Nullable(String), domain_schema Nullable(String), "
     "domain_name Nullable(String), extra Nullable(String), column_comment String, "
     "column_type String",
     fill_columns},
    {"information_schema", "views",
     "table_catalog String, table_schema String, table_name String, view_definition String, "
     "check_option String, is_updatable String, is_insertable_into String, "
     "is_trigger_updatable String, is_trigger_deletable String, "
     "is_trigger_insertable_into String",
     fill_views},
    {"information_schema", "key_column_usage",
     "constraint_catalog String, constraint_schema String, constraint_name Nullable(String), "
     "table_catalog String, table_schema String, table_name String, "
     "column_name Nullable(String), ordinal_position UInt32, "
     "position_in_unique_constraint Nullable(UInt32), "
     "referenced_table_schema Nullable(String), referenced_table_name Nullable(String), "
     "referenced_column_name Nullable(String)",
     fill_key_column_usage},
    {"information_schema", "referential_constraints",
     "constraint_catalog String, constraint_schema String, constraint_name Nullable(String), "
     "unique_constraint_catalog String, unique_constraint_schema String, "
     "unique_constraint_name Nullable(String), match_option String, update_rule String, "
     "delete_rule String, table_name String, referenced_table_name String"},
    {"information_schema", "statistics",
     "table_catalog String, table_schema String, table_name String, non_unique Int32, "
     "index_schema String, index_name Nullable(String), seq_in_index UInt32, "
     "column_name Nullable(String), collation Nullable(String), cardinality Nullable(Int64), "
     "index_type String, comment String, is_visible String, expression Nullable(String)"},
    {"information_schema", "engines", "engine String, support String", fill_engines},
};

}  // namespace

std::span<const SystemTableEntry> information_schema_tables() { return kTables; }

}  // namespace freshet
