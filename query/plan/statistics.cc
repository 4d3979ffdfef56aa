#include "query/plan/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "query/plan/conjuncts.h"
#include "storage/column/number_column.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

constexpr double kEndlessRows = 1e12;

double selectivity_of(const std::vector<BoundExpressionPtr>& conjuncts) {
  double share = 1;
  for (const auto& conjunct : conjuncts) share *= estimate_selectivity(*conjunct);
  return share;
}

struct RowEstimator {
  const PlanNode& node;

  double child(size_t index = 0) const { return estimate_rows(*node.children[index]); }

  double operator()(const ScanNode& scan) const {
    const double rows =
        std::min(estimate_scanned_rows(scan),
                 static_cast<double>(scan.table->row_count()) * selectivity_of(scan.conjuncts));
    return scan.row_limit ? std::min(rows, static_cast<double>(*scan.row_limit)) : rows;
  }
  double operator()(const FilterNode& filter) const {
    return child() * selectivity_of(filter.conjuncts);
  }
  double operator()(const AggregateNode& aggregate) const {
    if (aggregate.keys.empty()) return 1;
    // Groups grow slower than rows, and faster with more keys.
    const double exponent = std::min(1.0, 0.5 + 0.2 * static_cast<double>(aggregate.keys.size()));
    return std::pow(child(), exponent);
  }
  double operator()(const JoinNode& join) const {
    const double left = child(0);
    const double right = child(1);
    if (join.keys.empty() && !join.asof) return left * right;
    if (join.kind == JoinKind::Left) return left;
    if (join.kind == JoinKind::Right) return right;
    if (join.kind == JoinKind::Full) return std::max(left, right);
    if (join.strictness != JoinStrictness::All) return std::min(left, right);
    // The keys of the smaller table are taken to be all that there are, each once.
    return left * right /
           std::max(1.0, std::min(estimate_base_rows(*node.children[0]),
                                  estimate_base_rows(*node.children[1])));
  }
  double operator()(const SortNode& sort) const {
    return sort.limit ? std::min(child(), static_cast<double>(*sort.limit)) : child();
  }
  double operator()(const LimitNode& limit) const {
    return limit.limit ? std::min(child(), static_cast<double>(*limit.limit)) : child();
  }
  double operator()(const UnionAllNode&) const {
    double rows = 0;
    for (size_t i = 0; i < node.children.size(); ++i) rows += child(i);
    return rows;
  }
  double operator()(const ValuesNode& values) const {
    return static_cast<double>(values.chunk.row_count);
  }
  double operator()(const TableFunctionNode& function) const {
    const Value& count = function.name == "numbers" ? function.arguments[1] : function.arguments[0];
    return count.is_null() ? kEndlessRows : static_cast<double>(count.as<uint64_t>());
  }
  double operator()(const SystemTableNode&) const { return 1000; }
  double operator()(const ArrayJoinNode&) const { return child() * 4; }
  double operator()(const FetchNode&) const { return child(); }
  double operator()(const WindowNode&) const { return child(); }
  double operator()(const ProjectNode&) const { return child(); }
  double operator()(const LimitByNode&) const { return child(); }
  double operator()(const DistinctNode&) const { return child(); }
};

bool is_text_search(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSearches = {
      "like",    "ilike",  "match",  "position", "extract",
      "replace", "search", "regexp", "json",     "split"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return std::ranges::any_of(
      kSearches, [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace

double estimate_rows(const PlanNode& node) { return std::visit(RowEstimator{node}, node.body); }

double estimate_scanned_rows(const ScanNode& scan) {
  auto rows = static_cast<double>(scan.table->row_count());
  if (scan.filter.conditions.empty()) return rows;
  for (const auto& segment : scan.table->segments) {
    rows -= static_cast<double>(segment->reader->row_count());
    for (const uint32_t block : kept_blocks(*scan.table, *segment, scan.filter)) {
      rows += static_cast<double>(segment->reader->block_rows(block));
    }
  }
  return std::max(rows, 0.0);
}

double estimate_base_rows(const PlanNode& node) {
  if (const auto* scan = as<ScanNode>(node)) return static_cast<double>(scan->table->row_count());
  const bool makes_rows = as<AggregateNode>(node) != nullptr || as<LimitNode>(node) != nullptr ||
                          as<UnionAllNode>(node) != nullptr;
  if (node.children.empty() || makes_rows) return estimate_rows(node);
  double rows = 0;
  for (const auto& child : node.children) rows = std::max(rows, estimate_base_rows(*child));
  return rows;
}

double estimate_selectivity(const BoundExpression& conjunct) {
  constexpr double kEquality = 0.05;
  constexpr double kRange = 0.35;
  if (is_true_constant(conjunct)) return 1;
  if (is_call(conjunct, "equals")) return kEquality;
  if (is_call(conjunct, "notEquals")) return 0.9;
  if (conjunct.kind == BoundExpression::Kind::InSet) {
    const double share = std::min(0.5, kEquality * static_cast<double>(conjunct.set->size()));
    return conjunct.negated ? 1 - share : std::max(share, 1e-6);
  }
  if (is_call(conjunct, "or")) {
    double miss = 1;
    for (const auto& argument : conjunct.arguments) miss *= 1 - estimate_selectivity(*argument);
    return std::max(1 - miss, 1e-6);
  }
  return kRange;
}

double estimate_cost(const BoundExpression& expression) {
  constexpr double kText = 4;
  constexpr double kSearch = 40;
  double cost = 0;
  switch (expression.kind) {
    case BoundExpression::Kind::Column:
      return is_number_kind(without_nullable(expression.type)->kind()) ? 1 : kText;
    case BoundExpression::Kind::Constant:
      return 0;
    case BoundExpression::Kind::Function:
      cost = is_text_search(expression.function.entry->name) ? kSearch : 1;
      break;
    default:
      cost = kText;
      break;
  }
  for (const auto& argument : expression.arguments) cost += estimate_cost(*argument);
  return cost;
}

}  // namespace freshet
