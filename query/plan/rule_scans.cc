#include <algorithm>

#include "query/expression/range_condition.h"
#include "query/expression/throwing_functions.h"
#include "query/expression/value_conversion.h"
#include "query/plan/optimizer_rules.h"
#include "query/plan/statistics.h"
#include "storage/base/error.h"
#include "storage/column/calendar.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

using Operator = ColumnCondition::Operator;

// Values of an IN list that are worth comparing with every zone map.
constexpr size_t kFilterValuesMax = 1000;

std::optional<Operator> comparison_of(const BoundExpression& e, bool constant_first) {
  if (e.arguments.size() != 2) return std::nullopt;
  if (is_call(e, "equals")) return Operator::Equal;
  if (is_call(e, "notEquals")) return Operator::NotEqual;
  if (is_call(e, "less")) return constant_first ? Operator::Greater : Operator::Less;
  if (is_call(e, "lessOrEquals")) {
    return constant_first ? Operator::GreaterOrEqual : Operator::LessOrEqual;
  }
  if (is_call(e, "greater")) return constant_first ? Operator::Less : Operator::Greater;
  if (is_call(e, "greaterOrEquals")) {
    return constant_first ? Operator::LessOrEqual : Operator::GreaterOrEqual;
  }
  return std::nullopt;
}

class FilterBuilder {
 public:
  FilterBuilder(const ScanNode& scan, const FunctionContext& functions)
      : scan_(scan), functions_(functions) {}

  void build(const std::vector<BoundExpressionPtr>& conjuncts, ColumnFilter& filter,
             std::vector<TableCondition>& range_conditions) {
    for (const auto& conjunct : conjuncts) {
      const size_t before = filter_.conditions.size();
      add(*conjunct);
      if (filter_.conditions.size() > before || !is_deterministic(*conjunct)) continue;
      if (auto condition = make_range_condition(conjunct, functions_)) {
        range_conditions.push_back({std::move(condition), conjunct, scan_.columns});
      }
    }
    filter = std::move(filter_);
  }

 private:
  static bool is_column(const BoundExpression& e) {
    return e.kind == BoundExpression::Kind::Column && e.column < kLambdaColumn;
  }

  void add_condition(const BoundExpression& column, Operator op, std::vector<Value> values) {
    filter_.conditions.push_back({scan_.columns[column.column], op, std::move(values)});
  }

  void add(const BoundExpression& e) {
    if (is_column(e)) {
      if (is_integer(*without_nullable(e.type))) {
        add_condition(e, Operator::NotEqual, {default_value(*without_nullable(e.type))});
      }
      return;
    }
    if (e.kind == BoundExpression::Kind::InSet) {
      add_set(e);
      return;
    }
    if (e.kind != BoundExpression::Kind::Function || e.arguments.empty()) return;
    if (is_call(e, "isNull") && is_column(*e.arguments[0])) {
      add_condition(*e.arguments[0], Operator::IsNull, {});
    } else if (is_call(e, "isNotNull") && is_column(*e.arguments[0])) {
      add_condition(*e.arguments[0], Operator::IsNotNull, {});
    } else if (is_call(e, "like") || is_call(e, "startsWith")) {
      add_prefix(e);
    } else if (e.arguments.size() == 2) {
      const bool constant_first = e.arguments[0]->kind == BoundExpression::Kind::Constant;
      if (const auto op = comparison_of(e, constant_first)) {
        add_comparison(*e.arguments[constant_first ? 1 : 0], *op,
                       *e.arguments[constant_first ? 0 : 1]);
      }
    }
  }

  void add_set(const BoundExpression& e) {
    const auto& column = *e.arguments[0];
    if (!is_column(column) || e.negated || e.set->size() > kFilterValuesMax) return;
    if (*e.set->type() != *without_nullable(column.type)) return;
    add_condition(column, Operator::In, e.set->values());
  }

  void add_prefix(const BoundExpression& e) {
    const auto& column = *e.arguments[0];
    const auto& pattern = *e.arguments[1];
    if (!is_column(column) || pattern.kind != BoundExpression::Kind::Constant ||
        pattern.value.is_null() || without_nullable(column.type)->id() != TypeId::String) {
      return;
    }
    const auto& text = pattern.value.as<std::string>();
    const std::string prefix = is_call(e, "like") ? like_prefix(text) : text;
    if (prefix.empty()) return;
    add_condition(column, Operator::GreaterOrEqual, {Value(prefix)});
    if (auto end = after_prefix(prefix)) {
      add_condition(column, Operator::Less, {Value(std::move(*end))});
    }
  }

  void add_comparison(const BoundExpression& side, Operator op, const BoundExpression& constant) {
    if (constant.kind != BoundExpression::Kind::Constant || constant.value.is_null()) return;
    if (is_call(side, "toDate") && side.arguments.size() == 1) {
      add_day(*side.arguments[0], op, constant);
      return;
    }
    if (!is_column(side)) return;
    const auto type = without_nullable(side.type);
    try {
      if (auto value = convert_exactly(constant.value, constant.type, type, functions_)) {
        add_condition(side, op, {std::move(*value)});
      }
    } catch (const Error&) {
      // Not comparable cell by cell; the predicate itself decides.
    }
  }

  // toDate(ts) compared with a day: ts compared with the day's bounds in its zone.
  void add_day(const BoundExpression& column, Operator op, const BoundExpression& constant) {
    if (!is_column(column) || column.type->id() != TypeId::DateTime ||
        constant.type->id() != TypeId::Date) {
      return;
    }
    const auto& zone = column.type->time_zone() ? column.type->time_zone() : functions_.time_zone;
    const auto bound = [&](uint64_t day) {
      const int64_t seconds = zone->to_utc(static_cast<int64_t>(day) * kSecondsPerDay);
      return Value(static_cast<uint64_t>(
          std::clamp(seconds, int64_t{0}, static_cast<int64_t>(kDateTimeSecondsMax))));
    };
    const uint64_t day = constant.value.as<uint64_t>();
    const bool from = op == Operator::Equal || op == Operator::GreaterOrEqual;
    const bool to = op == Operator::Equal || op == Operator::LessOrEqual;
    if (from) add_condition(column, Operator::GreaterOrEqual, {bound(day)});
    if (op == Operator::Greater) add_condition(column, Operator::GreaterOrEqual, {bound(day + 1)});
    // Included: a bound cut to what the type holds is still a moment of the day.
    if (to) add_condition(column, Operator::LessOrEqual, {bound(day + 1)});
    if (op == Operator::Less) add_condition(column, Operator::LessOrEqual, {bound(day)});
  }

  const ScanNode& scan_;
  const FunctionContext& functions_;
  ColumnFilter filter_;
};

// Cheap ones first, by cost per row that they reject. One that may throw stays behind those that
// stood before it, which may keep it from the rows where it does: b != 0 AND intDiv(a, b) > 5.
std::vector<BoundExpressionPtr> ordered(std::vector<BoundExpressionPtr> conjuncts) {
  std::vector<double> costs;
  for (const auto& conjunct : conjuncts) {
    costs.push_back(estimate_cost(*conjunct) / (1.01 - estimate_selectivity(*conjunct)));
  }
  std::vector<BoundExpressionPtr> placed;
  while (placed.size() < conjuncts.size()) {
    std::optional<size_t> best;
    bool is_first = true;  // of those not placed yet
    for (size_t i = 0; i < conjuncts.size(); ++i) {
      if (conjuncts[i] == nullptr) continue;
      const bool may_come = is_first || !may_throw(*conjuncts[i]);
      is_first = false;
      if (may_come && (!best || costs[i] < costs[*best])) best = i;
    }
    placed.push_back(std::move(conjuncts[*best]));
  }
  return placed;
}

// Whether a condition is the same for all rows of equal sort key, and may be tested before others.
bool is_about_sort_key(const BoundExpression& conjunct, const ScanNode& scan) {
  if (!is_deterministic(conjunct) || may_throw(conjunct)) return false;
  const auto& keys = scan.table->definition->order_by;
  return std::ranges::all_of(columns_of(conjunct), [&](ColumnIndex column) {
    const std::string& name = scan.table->schema[scan.columns[column]].name;
    return std::ranges::find(keys, name) != keys.end();
  });
}

}  // namespace

void prepare_scans(PlanNodePtr& plan, const RuleContext& context) {
  for_each_node(plan, [&](PlanNodePtr& node) {
    auto* scan = as<ScanNode>(*node);
    if (scan == nullptr || scan->conjuncts.empty()) return;
    scan->conjuncts = ordered(std::move(scan->conjuncts));
    if (scan->final) {
      for (const auto& conjunct : scan->conjuncts) {
        if (is_about_sort_key(*conjunct, *scan)) scan->final->key_conjuncts.push_back(conjunct);
      }
    }
    if (!context.prune_blocks) return;
    FilterBuilder(*scan, context.functions)
        .build(scan->conjuncts, scan->filter, scan->range_conditions);
    if (!scan->final) return;
    FilterBuilder(*scan, context.functions)
        .build(scan->final->key_conjuncts, scan->final->key_filter,
               scan->final->key_range_conditions);
  });
}

}  // namespace freshet
