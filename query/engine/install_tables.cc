#include <algorithm>
#include <set>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/insert_target.h"
#include "query/engine/select_runner.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

void refuse_existing(const Snapshot& snapshot, const std::vector<TableDefinition>& definitions) {
  for (const TableDefinition& definition : definitions) {
    if (snapshot.find(definition.database, definition.name) == nullptr) continue;
    throw Error(ErrorCode::TableAlreadyExists,
                "Table " + display_name(definition) + " already exists");
  }
}

// The tables that have the names now, and the inner tables of views among them.
std::vector<TableDefinitionPtr> tables_in_the_way(const Snapshot& snapshot,
                                                  const std::vector<TableDefinition>& definitions) {
  std::vector<TableDefinitionPtr> found;
  const auto add = [&](const TableVersion* version) {
    if (version == nullptr || std::ranges::find(found, version->definition) != found.end()) return;
    found.push_back(version->definition);
  };
  for (const TableDefinition& definition : definitions) {
    const TableVersion* version = snapshot.find(definition.database, definition.name);
    add(version);
    if (version == nullptr || version->definition->kind != TableKind::MaterializedView) continue;
    const TableVersion* target = snapshot.find(version->definition->target);
    if (target != nullptr && is_inner_table_of(*target->definition, *version->definition)) {
      add(target);
    }
  }
  return found;
}

void drop_tables(TableStore& store, const std::vector<TableDefinitionPtr>& tables) {
  for (const TableDefinitionPtr& table : tables) store.drop_table(table->id);
}

}  // namespace

void install_tables(DdlScope& scope, std::vector<TableDefinition> definitions, bool replace,
                    const FillTables& fill) {
  TableStore& store = scope.services.store;
  for (const TableDefinition& definition : definitions) {
    require_database(scope.snapshot(), definition.database);
  }
  if (!replace) refuse_existing(scope.snapshot(), definitions);
  const std::vector<TableDefinitionPtr> old =
      replace ? tables_in_the_way(scope.snapshot(), definitions)
              : std::vector<TableDefinitionPtr>();
  if (old.empty() && !fill) {
    store.create_tables(std::move(definitions));
    return;
  }

  const auto hidden_name = [](TableId id) {
    return std::string(kUnfinishedTablePrefix) + std::to_string(id.value);
  };
  std::vector<TableStore::Rename> renames;
  for (const TableDefinitionPtr& table : old) {
    renames.push_back({table->id, table->database, hidden_name(table->id) + ".old"});
  }
  for (TableDefinition& definition : definitions) {
    if (definition.id == TableId()) definition.id = store.reserve_table_id();
    renames.push_back({definition.id, definition.database, definition.name});
    definition.name = hidden_name(definition.id);
  }
  const std::vector<TableDefinitionPtr> made = store.create_tables(std::move(definitions));
  try {
    if (fill) fill(made);
    store.rename_tables(renames);
  } catch (...) {
    drop_tables(store, made);
    throw;
  }
  drop_tables(store, old);
}

void fill_table(DdlScope& scope, const TableDefinition& table,
                const std::vector<std::string>& columns, const LogicalPlan& plan) {
  // The target does not outlive this call, the context does.
  const std::shared_ptr<QueryContext> context(std::shared_ptr<void>(), &scope.context);
  const auto target = open_insert_target(scope.services, context, table.database, table.name,
                                         columns, /*hold_catalog=*/false);
  const Schema& expected = target->input_schema();
  if (plan.schema().size() != expected.size()) {
    throw Error(ErrorCode::NumberOfColumnsDoesntMatch,
                "Number of columns doesn't match (source: " + std::to_string(plan.schema().size()) +
                    " and result: " + std::to_string(expected.size()) + ")");
  }
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  runner.run(
      plan,
      [&](Chunk rows) {
        for (ColumnIndex c = 0; c < expected.size(); ++c) {
          if (*plan.schema()[c].type == *expected[c].type) continue;
          rows.columns[c] = cast_column(scope.context.functions, rows.columns[c],
                                        plan.schema()[c].type, expected[c].type);
        }
        scope.report.rows_written += rows.row_count;
        scope.report.bytes_written += rows.memory_bytes();
        target->put(std::move(rows), {});
      },
      [] { return true; });
  scope.report.lsn = target->commit().lsn;
}

}  // namespace freshet
