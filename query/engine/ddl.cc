#include "query/engine/ddl.h"

#include <array>
#include <optional>

#include "query/engine/catalog_names.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/mutate.h"
#include "query/engine/partition_value.h"
#include "query/engine/view_links.h"
#include "query/operator/condition_cache.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// Runs a statement that changes the catalog, then lets views find their tables again.
template <class Run>
void change_catalog(DdlScope& scope, Run run) {
  WriterLock lock(scope.services.catalog_lock);
  scope.context.snapshot = scope.services.store.snapshot();
  run();
  relink_views(scope.services.store);
}

// Flushes and merges while INSERTs go on: rows do not change, so the catalog lock is not needed.
void optimize_table(DdlScope& scope, const Optimize& optimize) {
  if (optimize.deduplicate) {
    throw Error(ErrorCode::NotImplemented,
                "OPTIMIZE .. DEDUPLICATE is not supported: " + optimize.name.table);
  }
  const TableName name = with_database(optimize.name, scope.database());
  const TableDefinition* definition = require_table(scope.snapshot(), name).definition.get();
  if (definition->kind == TableKind::View) {
    throw Error(ErrorCode::NotImplemented,
                "A view has no rows to optimize: " + display_name(*definition));
  }
  if (definition->kind == TableKind::MaterializedView) {
    const TableVersion* target = scope.snapshot().find(definition->target);
    if (target == nullptr) return;
    definition = target->definition.get();
  }
  std::optional<std::string> partition;
  if (optimize.partition) partition = partition_name(scope, *definition, *optimize.partition);
  scope.services.store.optimize_table(definition->id, partition);
}

// SYSTEM STOP MERGES [t], SYSTEM START MERGES [t].
void switch_merges(DdlScope& scope, const System& system) {
  std::optional<TableId> table;
  if (system.name) {
    const TableName name = with_database(*system.name, scope.database());
    const TableDefinition& definition = *require_table(scope.snapshot(), name).definition;
    const bool is_view = definition.kind == TableKind::MaterializedView;
    table = is_view ? definition.target : definition.id;
  }
  if (system.words[0] == "STOP") {
    scope.services.store.stop_merges(table);
  } else {
    scope.services.store.start_merges(table);
  }
}

// SYSTEM commands about things that Freshet does by itself, or has not: nothing to do.
bool is_needless(const std::string& words) {
  constexpr std::array<std::string_view, 10> kPrefixes = {"FLUSH LOGS",
                                                          "FLUSH ASYNC INSERT QUEUE",
                                                          "RELOAD CONFIG",
                                                          "RELOAD DICTIONARIES",
                                                          "RELOAD USERS",
                                                          "SYNC REPLICA",
                                                          "DROP",
                                                          "CLEAR",
                                                          "RELOAD EMBEDDED DICTIONARIES",
                                                          "RELOAD FUNCTIONS"};
  const bool is_cache = words.find("CACHE") != std::string::npos;
  for (const std::string_view prefix : kPrefixes) {
    if (!words.starts_with(prefix)) continue;
    return prefix != "DROP" && prefix != "CLEAR" ? true : is_cache;
  }
  return false;
}

void run_system(DdlScope& scope, const System& system, const Statement& statement) {
  std::string words;
  for (const std::string& word : system.words) words += (words.empty() ? "" : " ") + word;
  if (words == "STOP MERGES" || words == "START MERGES") return switch_merges(scope, system);
  if (words == "DROP QUERY CONDITION CACHE" || words == "CLEAR QUERY CONDITION CACHE") {
    return scope.services.condition_cache->clear();
  }
  if (is_needless(words)) return;
  throw Error(ErrorCode::NotImplemented, "This statement is not supported: " + to_sql(statement));
}

}  // namespace

FunctionContext store_functions(const DdlScope& scope) {
  FunctionContext functions = scope.context.functions;
  functions.time_zone = TimeZone::utc();
  return functions;
}

bool run_ddl(EngineServices& services, QueryContext& context, const Statement& statement,
             QueryReport& report) {
  DdlScope scope{services, context, report};
  const StatementBody& body = statement.body;
  if (const auto* create = std::get_if<CreateDatabase>(&body)) {
    change_catalog(scope, [&] { create_database(scope, *create); });
  } else if (const auto* table = std::get_if<CreateTable>(&body)) {
    change_catalog(scope, [&] { create_table(scope, *table); });
  } else if (const auto* view = std::get_if<CreateView>(&body)) {
    change_catalog(scope, [&] { create_view(scope, *view); });
  } else if (const auto* drop_statement = std::get_if<Drop>(&body)) {
    change_catalog(scope, [&] { drop(scope, *drop_statement); });
  } else if (const auto* truncate_statement = std::get_if<Truncate>(&body)) {
    change_catalog(scope, [&] { truncate(scope, *truncate_statement); });
  } else if (const auto* rename_statement = std::get_if<Rename>(&body)) {
    change_catalog(scope, [&] { rename(scope, *rename_statement); });
  } else if (const auto* alter_statement = std::get_if<Alter>(&body)) {
    if (is_mutation(*alter_statement)) {
      run_alter_mutations(scope, *alter_statement);
    } else {
      alter(scope, *alter_statement);
    }
  } else if (const auto* create_statement = std::get_if<CreateRollup>(&body)) {
    create_rollup(scope, *create_statement);
  } else if (const auto* drop_rollup_statement = std::get_if<DropRollup>(&body)) {
    drop_rollup(scope, *drop_rollup_statement);
  } else if (const auto* optimize = std::get_if<Optimize>(&body)) {
    optimize_table(scope, *optimize);
  } else if (const auto* system = std::get_if<System>(&body)) {
    run_system(scope, *system, statement);
  } else if (const auto* delete_statement = std::get_if<Delete>(&body)) {
    run_delete(scope, *delete_statement);
  } else if (const auto* update_statement = std::get_if<Update>(&body)) {
    run_update(scope, *update_statement);
  } else {
    return false;
  }
  return true;
}

}  // namespace freshet
