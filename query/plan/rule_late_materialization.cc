#include <algorithm>

#include "query/plan/optimizer_rules.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// Reading a late column costs about a block per winner; reading it early costs every block.
bool pays(const ScanNode& scan, uint64_t winners, size_t late_count) {
  const uint64_t block_count = scan.table->row_count() / kBlockRows;
  return late_count > 0 && winners < block_count / 2;
}

// `top` is the Limit over a Sort over a Scan, or the Sort.
void fetch_after(PlanNodePtr& top, PlanNode& sort_node) {
  auto& sort = *as<SortNode>(sort_node);
  PlanNode& scan_node = *sort_node.children[0];
  auto& scan = *as<ScanNode>(scan_node);
  // Positions are those of the table that the snapshot has.
  if (scan.part != nullptr) return;
  const size_t width = scan.outputs.size();
  std::vector<bool> early(width, false);
  for (const auto& key : sort.keys) early[key.column] = true;
  // What the conditions read is there already.
  for (const auto& conjunct : scan.conjuncts) {
    for (const ColumnIndex column : columns_of(*conjunct)) {
      for (size_t i = 0; i < width; ++i) early[i] = early[i] || scan.outputs[i] == column;
    }
  }
  const auto late_count = static_cast<size_t>(std::ranges::count(early, false));
  if (!pays(scan, *sort.limit, late_count)) return;

  // New order of columns: early ones, then late ones.
  const Schema before = scan_node.schema;
  FetchNode fetch;
  fetch.snapshot = scan.snapshot;
  fetch.table = scan.table;
  std::vector<ColumnIndex> outputs;
  std::vector<ColumnIndex> position(width);
  Schema rows;
  for (size_t i = 0; i < width; ++i) {
    if (!early[i]) continue;
    position[i] = outputs.size();
    outputs.push_back(scan.outputs[i]);
    rows.add(before[i].name, before[i].type);
  }
  Schema fetched = rows;
  for (size_t i = 0; i < width; ++i) {
    if (early[i]) continue;
    position[i] = fetched.size();
    fetch.columns.push_back(scan.columns[scan.outputs[i]]);
    fetched.add(before[i].name, before[i].type);
  }
  // The scan reads early columns only.
  std::vector<ColumnIndex> columns;
  std::vector<ColumnIndex> moved(scan.columns.size(), 0);
  std::vector<bool> read(scan.columns.size(), false);
  for (const ColumnIndex column : outputs) read[column] = true;
  for (const auto& conjunct : scan.conjuncts) {
    for (const ColumnIndex column : columns_of(*conjunct)) read[column] = true;
  }
  for (ColumnIndex i = 0; i < scan.columns.size(); ++i) {
    if (!read[i]) continue;
    moved[i] = columns.size();
    columns.push_back(scan.columns[i]);
  }
  for (auto& column : outputs) column = moved[column];
  for (auto& conjunct : scan.conjuncts) conjunct = remap_columns(conjunct, moved);
  scan.columns = std::move(columns);
  scan.outputs = std::move(outputs);
  scan.row_position = true;
  fetch.position_column = rows.size();
  rows.add("_position", simple_type(TypeId::UInt64));
  for (auto& key : sort.keys) key.column = position[key.column];
  scan_node.schema = rows;
  sort_node.schema = rows;
  top->schema = std::move(rows);

  ProjectNode restore;
  for (size_t i = 0; i < width; ++i) {
    restore.expressions.push_back(column_expression(position[i], before[i].type, before[i].name));
  }
  top = make_plan(std::move(fetch), std::move(fetched), std::move(top));
  top = make_plan(std::move(restore), before, std::move(top));
}

bool is_top_n_of_scan(const PlanNode& node) {
  const auto* sort = as<SortNode>(node);
  if (sort == nullptr || !sort->limit) return false;
  const auto* scan = as<ScanNode>(*node.children[0]);
  return scan != nullptr && !scan->row_position && !scan->final;
}

}  // namespace

void materialize_late(PlanNodePtr& plan, const RuleContext& context) {
  const auto* limit = as<LimitNode>(*plan);
  if (limit != nullptr && limit->ties.empty() && is_top_n_of_scan(*plan->children[0])) {
    PlanNode& sort = *plan->children[0];
    fetch_after(plan, sort);
  } else if (is_top_n_of_scan(*plan)) {
    PlanNode& sort = *plan;
    fetch_after(plan, sort);
  } else {
    for (auto& child : plan->children) materialize_late(child, context);
  }
}

}  // namespace freshet
