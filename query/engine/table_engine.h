// Table engines: the names that ENGINE takes, and what they mean here.
//
// All of them store rows alike (log, memtable, segments); they differ in what merging does to rows
// of equal sort key. Null keeps no rows: it only feeds the views that follow it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "query/sql/ast.h"
#include "storage/table/table_definition.h"

namespace freshet {

struct EngineEntry {
  std::string_view name;
  MergeMode merge_mode = MergeMode::Plain;
  // Takes PARTITION BY, ORDER BY, PRIMARY KEY, SAMPLE BY, TTL and SETTINGS.
  bool has_keys = true;
  std::string_view syntax;
  std::string_view description;
};

inline constexpr std::string_view kDefaultEngine = "MergeTree";
inline constexpr std::string_view kNullEngine = "Null";

std::span<const EngineEntry> all_engines();
// Throws UnknownStorage, or NotImplemented for engines that ClickHouse has and Freshet has not.
const EngineEntry& find_engine(std::string_view name);

// Checks the arguments against the definition's columns and order_by, fills in engine,
// engine_arguments and merge_mode, and adds the version of a VersionedCollapsingMergeTree to the
// sort key. Throws as ClickHouse does.
void apply_engine(const Engine& engine, TableDefinition& definition);

}  // namespace freshet
