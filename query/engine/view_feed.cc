#include "query/engine/view_feed.h"

#include <algorithm>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_engine.h"
#include "query/plan/optimizer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/base/overloaded_error.h"

namespace freshet {

namespace {

// Views that feed each other in a circle are found by their depth.
constexpr size_t kViewChainMax = 64;

// Columns of a view's SELECT that its target has: ALTER may have given the source more (`SELECT
// *`), or taken some from the target.
std::vector<ColumnIndex> columns_for(const TableDefinition& target, const Schema& result) {
  std::vector<ColumnIndex> columns;
  for (ColumnIndex column = 0; column < result.size(); ++column) {
    const auto found =
        std::ranges::find(target.columns, result[column].name, &ColumnDefinition::name);
    if (found != target.columns.end() && found->default_kind != DefaultKind::Alias) {
      columns.push_back(column);
    }
  }
  return columns;
}

std::vector<std::string> names_of(const Schema& schema, const std::vector<ColumnIndex>& columns) {
  std::vector<std::string> names;
  for (const ColumnIndex column : columns) names.push_back(schema[column].name);
  return names;
}

}  // namespace

bool stores_rows(const TableDefinition& table) { return table.engine != kNullEngine; }

std::vector<ViewFeed::View>& ViewFeed::views_of(TableId table) {
  const auto [found, added] = views_.try_emplace(table);
  if (!added) return found->second;
  for (const TableVersion* version : context_.snapshot->tables()) {
    const TableDefinitionPtr& view = version->definition;
    if (view->kind != TableKind::MaterializedView || view->source != table) continue;
    const TableVersion* target = context_.snapshot->find(view->target);
    if (target == nullptr) {
      throw Error(ErrorCode::UnknownTable, "The target table of materialized view " +
                                               display_name(*view) +
                                               " does not exist: drop the view or make the table");
    }
    found->second.push_back({view, target->definition, parse_query_text(view->select), {}});
  }
  return found->second;
}

void ViewFeed::feed(const TableDefinitionPtr& table, const Chunk& rows, size_t depth) {
  std::vector<View>& views = views_of(table->id);
  if (views.empty() || rows.row_count == 0) return;
  if (depth >= kViewChainMax) {
    throw Error(ErrorCode::TooDeepRecursion,
                "Materialized views feed each other in a circle: " + display_name(*table));
  }
  TableVersion inserted;
  inserted.definition = table;
  inserted.schema = table->stored_schema();
  inserted.memtable.push_back(std::make_shared<const Chunk>(rows));
  for (View& view : views) {
    try {
      feed_view(view, inserted, depth);
    } catch (const OverloadedError&) {
      throw;
    } catch (const Error& error) {
      throw Error(error.code(),
                  error.message() + ": while pushing to view " + display_name(*view.definition));
    }
  }
}

void ViewFeed::feed_view(View& view, const TableVersion& rows, size_t depth) {
  SelectRunner runner(context_, services_.executor, services_.system_tables);
  BindContext bind = runner.bind_context();
  bind.database = view.definition->database;
  bind.parameters.clear();
  bind.inserted_rows = &rows;
  LogicalPlan plan = bind_select(*view.query, bind);
  OptimizerOptions options;
  options.enabled = context_.settings.flag("query_plan_enable_optimizations");
  optimize(plan, context_.functions, options);
  const Schema result = plan.schema();
  const std::vector<ColumnIndex> wanted = columns_for(*view.target, result);
  if (!view.completion) view.completion.emplace(view.target, names_of(result, wanted), bind);

  const Chunk all = runner.collect(std::move(plan), std::nullopt);
  if (all.row_count == 0) return;
  Chunk delta;
  delta.row_count = all.row_count;
  const Schema& input = view.completion->input_schema();
  for (ColumnIndex column = 0; column < input.size(); ++column) {
    const ColumnIndex from = wanted[column];
    delta.columns.push_back(all.columns[from]);
    if (*result[from].type == *input[column].type) continue;
    delta.columns[column] = cast_column(context_.functions, delta.columns[column],
                                        result[from].type, input[column].type);
  }
  const Chunk stored = view.completion->complete(delta, {});
  if (stores_rows(*view.target)) transaction_.append(view.target, stored);
  feed(view.target, stored, depth + 1);
}

}  // namespace freshet
