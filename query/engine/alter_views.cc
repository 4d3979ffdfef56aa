#include "query/engine/alter_views.h"

#include <algorithm>
#include <set>

#include "query/engine/catalog_names.h"
#include "query/engine/column_defaults.h"
#include "query/engine/select_runner.h"
#include "query/plan/optimizer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

TableVersion without_rows(const TableDefinitionPtr& definition) {
  TableVersion version;
  version.definition = definition;
  version.schema = definition->stored_schema();
  return version;
}

void collect_columns_read(const PlanNode& node, const TableVersion* table,
                          std::set<std::string>& names) {
  const auto add = [&](const TableVersion* read, const std::vector<ColumnIndex>& columns) {
    if (read != table) return;
    for (const ColumnIndex column : columns) names.insert(table->schema[column].name);
  };
  if (const auto* scan = as<ScanNode>(node)) add(scan->table, scan->columns);
  if (const auto* fetch = as<FetchNode>(node)) add(fetch->table, fetch->columns);
  for (const PlanNodePtr& child : node.children) collect_columns_read(*child, table, names);
}

class ViewCheck {
 public:
  explicit ViewCheck(DdlScope& scope)
      : scope_(scope),
        runner_(scope.context, scope.services.executor, scope.services.system_tables) {}

  // The view's SELECT over the table as `version` has it.
  LogicalPlan plan(const TableDefinition& view, const TableVersion& version) {
    BindContext bind = runner_.bind_context();
    bind.database = view.database;
    bind.parameters.clear();
    bind.inserted_rows = &version;
    LogicalPlan plan = bind_select(*parse_query_text(view.select), bind);
    optimize(plan, scope_.context.functions);
    return plan;
  }

  std::set<std::string> columns_read(const TableDefinition& view, const TableVersion& version) {
    std::set<std::string> names;
    try {
      collect_columns_read(*plan(view, version).root, &version, names);
    } catch (const Error&) {
      // It does not work now either.
    }
    return names;
  }

  void check_fit(const Schema& result, const TableDefinition& target) {
    for (const NamedType& column : result.columns()) {
      const auto found = std::ranges::find(target.columns, column.name, &ColumnDefinition::name);
      if (found == target.columns.end()) continue;
      check_castable(*column_expression(0, column.type, column.name), found->type,
                     scope_.context.functions);
    }
  }

  TableDefinitionPtr target_of(const TableDefinition& view, const TableDefinitionPtr& altered) {
    if (view.target == altered->id) return altered;
    const TableVersion* target = scope_.snapshot().find(view.target);
    return target == nullptr ? nullptr : target->definition;
  }

 private:
  DdlScope& scope_;
  SelectRunner runner_;
};

void refuse_read(const std::vector<std::string>& views, const std::string& column,
                 const std::string& verb) {
  if (views.empty()) return;
  std::string list;
  for (const std::string& view : views) list += (list.empty() ? "'" : ",'") + view + "'";
  throw Error(ErrorCode::AlterOfColumnIsForbidden,
              "Trying to ALTER " + verb + " column " + column +
                  " which is referenced by materialized view [" + list + "]");
}

}  // namespace

void check_views(DdlScope& scope, const TableDefinitionPtr& old, const TableDefinitionPtr& altered,
                 const std::vector<std::pair<std::string, std::string>>& gone) {
  const TableVersion before = without_rows(old);
  const TableVersion after = without_rows(altered);
  ViewCheck check(scope);
  std::vector<TableDefinitionPtr> views;
  for (const TableVersion* version : scope.snapshot().tables()) {
    const TableDefinitionPtr& view = version->definition;
    if (view->kind != TableKind::MaterializedView) continue;
    if (view->source == old->id || view->target == old->id) views.push_back(view);
  }
  for (const auto& [column, verb] : gone) {
    std::vector<std::string> readers;
    for (const TableDefinitionPtr& view : views) {
      if (view->source == old->id && check.columns_read(*view, before).contains(column)) {
        readers.push_back(view->name);
      }
    }
    refuse_read(readers, column, verb);
  }
  for (const TableDefinitionPtr& view : views) {
    bool worked = false;
    try {
      check.plan(*view, before);
      worked = true;
      const Schema result = check.plan(*view, after).schema();
      const TableDefinitionPtr target = check.target_of(*view, altered);
      if (target != nullptr) check.check_fit(result, *target);
    } catch (const Error& error) {
      if (!worked) continue;
      throw Error(ErrorCode::AlterOfColumnIsForbidden,
                  "Trying to ALTER table " + display_name(*old) + " such that materialized view " +
                      display_name(*view) + " does not work any more: " + error.message());
    }
  }
}

}  // namespace freshet
