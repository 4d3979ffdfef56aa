#include "query/plan/aggregation_binder.h"

#include <algorithm>

#include "query/plan/aggregate_calls.h"
#include "query/plan/array_join_stage.h"
#include "query/plan/conjuncts.h"
#include "query/plan/table_binder.h"
#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_constant(const BoundExpression& expression) {
  return expression.kind == BoundExpression::Kind::Constant;
}

class AggregationBinder {
 public:
  AggregationBinder(AggregationInput input, const ExpressionBinder& binder)
      : input_(std::move(input)), calls_(binder.aggregates()), groupings_(binder.groupings()) {}

  Aggregation bind(const std::vector<BoundExpressionPtr*>& expressions) {
    add_array_join_rows(expressions);
    for (auto* expression : expressions) *expression = lift(*expression);
    Aggregation result;
    if (input_.with_totals) result.totals = totals();
    result.rows = input_.sets.empty() ? plain() : grouping_sets();
    return result;
  }

 private:
  // arrayJoin inside of keys and arguments multiplies the rows that are aggregated.
  void add_array_join_rows(const std::vector<BoundExpressionPtr*>& expressions) {
    std::vector<BoundExpressionPtr> sources = input_.keys;
    std::vector<BoundExpressionPtr*> all = expressions;
    for (auto& key : input_.keys) all.push_back(&key);
    for (auto& call : calls_) {
      for (auto& argument : call.arguments) {
        sources.push_back(argument);
        all.push_back(&argument);
      }
    }
    for (auto& grouping : groupings_) {
      for (auto& argument : grouping) all.push_back(&argument);
    }
    input_.rows = add_array_joins(std::move(input_.rows), std::move(sources), all);
  }

  // From the columns of the rows to the columns of the groups.
  BoundExpressionPtr lift(const BoundExpressionPtr& expression) const {
    return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
      if (is_constant(*e)) return e;
      for (ColumnIndex i = 0; i < input_.keys.size(); ++i) {
        if (same_expression(*input_.keys[i], *e)) return column_expression(i, e->type, e->name);
      }
      if (e->kind != BoundExpression::Kind::Column || e->column >= kWindowColumn) return nullptr;
      const size_t key_count = input_.keys.size();
      if (e->column >= kGroupingColumn) {
        const ColumnIndex column = key_count + calls_.size() + (e->column - kGroupingColumn);
        return column_expression(column, e->type, e->name);
      }
      if (e->column >= kAggregateColumn) {
        return column_expression(key_count + (e->column - kAggregateColumn), e->type, e->name);
      }
      throw Error{
          ErrorCode::NotAnAggregate,
          "Column '" + e->name + "' is not under aggregate function and not in GROUP BY keys"};
    });
  }

  // Value of a grouping() for the groups of one set: bit 1 for each argument that is not in it.
  uint64_t grouping_bits(const std::vector<BoundExpressionPtr>& arguments,
                         const std::vector<size_t>& set) const {
    uint64_t bits = 0;
    for (const auto& argument : arguments) {
      const auto key = std::ranges::find_if(
          input_.keys, [&](const auto& known) { return same_expression(*known, *argument); });
      if (key == input_.keys.end()) {
        throw Error{ErrorCode::BadArguments,
                    "Argument of grouping() is not a GROUP BY key: " + argument->name};
      }
      const auto position = static_cast<size_t>(key - input_.keys.begin());
      bits = bits << 1 | (std::ranges::find(set, position) == set.end() ? 1U : 0U);
    }
    return bits;
  }

  void add_groupings(const std::vector<size_t>& set, ProjectNode& layout, Schema& schema) const {
    for (const auto& arguments : groupings_) {
      layout.expressions.push_back(constant_expression(Value(grouping_bits(arguments, set)),
                                                       simple_type(TypeId::UInt64), "grouping"));
      schema.add("grouping", simple_type(TypeId::UInt64));
    }
  }

  // The groups of one set of keys, in the full layout: absent keys hold defaults.
  PlanNodePtr one_set(PlanNodePtr rows, const std::vector<size_t>& set, bool empty_without_rows) {
    AggregateNode node;
    Schema grouped;
    bool only_constants = !set.empty();
    // Where key i is in the Aggregate's output; constant keys are left out.
    std::vector<std::optional<ColumnIndex>> position(input_.keys.size());
    for (const size_t key : set) {
      const auto& expression = input_.keys[key];
      if (is_constant(*expression)) continue;
      only_constants = false;
      position[key] = node.keys.size();
      node.keys.push_back(expression);
      grouped.add(expression->name, expression->type);
    }
    node.empty_without_rows = node.keys.empty() && (only_constants || empty_without_rows);
    node.calls = calls_;
    for (const auto& call : calls_) grouped.add(call.name, call.function->result_type());

    ProjectNode layout;
    Schema schema;
    for (size_t i = 0; i < input_.keys.size(); ++i) {
      const auto& key = *input_.keys[i];
      if (position[i]) {
        layout.expressions.push_back(column_of(grouped, *position[i]));
      } else {
        const bool constant = is_constant(key) && std::ranges::find(set, i) != set.end();
        layout.expressions.push_back(constant_expression(
            constant ? key.value : default_value(*key.type), key.type, key.name));
      }
      schema.add(key.name, key.type);
    }
    for (size_t i = 0; i < calls_.size(); ++i) {
      layout.expressions.push_back(column_of(grouped, node.keys.size() + i));
      schema.add(calls_[i].name, calls_[i].function->result_type());
    }
    add_groupings(set, layout, schema);
    PlanNodePtr plan = make_plan(std::move(node), grouped, std::move(rows));
    if (grouped.size() == schema.size()) return plan;
    return make_plan(std::move(layout), std::move(schema), std::move(plan));
  }

  PlanNodePtr plain() {
    std::vector<size_t> set(input_.keys.size());
    for (size_t i = 0; i < set.size(); ++i) set[i] = i;
    return one_set(std::move(input_.rows), set, false);
  }

  PlanNodePtr grouping_sets() {
    std::vector<PlanNodePtr> parts;
    for (const auto& set : input_.sets) {
      parts.push_back(one_set(clone_plan(*input_.rows), set, !input_.empty_set_has_group));
    }
    if (parts.size() == 1) return std::move(parts[0]);
    Schema schema = parts[0]->schema;
    return make_plan(UnionAllNode{}, std::move(schema), std::move(parts));
  }

  // One row over all groups that HAVING lets through.
  PlanNodePtr totals() {
    if (input_.having == nullptr) return one_set(clone_plan(*input_.rows), {}, false);
    if (!input_.sets.empty()) {
      throw Error{ErrorCode::NotImplemented, "WITH TOTALS over several grouping sets with HAVING"};
    }
    // States of the groups that are left, merged.
    AggregateNode groups;
    Schema grouped;
    groups.keys = input_.keys;
    groups.calls = calls_;
    for (const auto& key : groups.keys) grouped.add(key->name, key->type);
    for (const auto& call : calls_) grouped.add(call.name, call.function->result_type());
    AggregateNode merged;
    for (const auto& call : calls_) {
      AggregateCall state = call;
      state.function_name += "State";
      state.function = bind_aggregate(state.function_name, call.parameters, argument_types(call));
      AggregateCall merge = call;
      merge.function_name += "Merge";
      const DataTypePtr state_type = state.function->result_type();
      merge.function = bind_aggregate(merge.function_name, call.parameters,
                                      std::vector<DataTypePtr>{state_type});
      CHECK(merge.function != nullptr);
      merge.arguments = {column_expression(grouped.size(), state_type, state.name)};
      grouped.add(state.name, state_type);
      groups.calls.push_back(std::move(state));
      merged.calls.push_back(std::move(merge));
    }
    PlanNodePtr plan = make_plan(std::move(groups), grouped, clone_plan(*input_.rows));
    FilterNode filter;
    split_conjuncts(*input_.having, filter.conjuncts);
    plan = make_plan(std::move(filter), std::move(grouped), std::move(plan));
    Schema row;
    for (const auto& call : merged.calls) row.add(call.name, call.function->result_type());
    plan = make_plan(std::move(merged), row, std::move(plan));

    ProjectNode layout;
    Schema schema;
    for (const auto& key : input_.keys) {
      layout.expressions.push_back(
          constant_expression(default_value(*key->type), key->type, key->name));
      schema.add(key->name, key->type);
    }
    for (size_t i = 0; i < calls_.size(); ++i) {
      layout.expressions.push_back(column_of(row, i));
      schema.add(row[i].name, row[i].type);
    }
    add_groupings({}, layout, schema);
    return make_plan(std::move(layout), std::move(schema), std::move(plan));
  }

  AggregationInput input_;
  std::vector<AggregateCall> calls_;
  std::vector<std::vector<BoundExpressionPtr>> groupings_;
};

}  // namespace

Aggregation bind_aggregation(AggregationInput input,
                             const std::vector<BoundExpressionPtr*>& expressions,
                             const ExpressionBinder& binder) {
  return AggregationBinder(std::move(input), binder).bind(expressions);
}

bool contains_aggregate(const BoundExpression& expression) {
  if (expression.kind == BoundExpression::Kind::Column && expression.column >= kAggregateColumn &&
      expression.column < kLambdaColumn) {
    return true;
  }
  return std::ranges::any_of(expression.arguments,
                             [](const auto& argument) { return contains_aggregate(*argument); });
}

}  // namespace freshet
