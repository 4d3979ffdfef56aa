// UNION, INTERSECT, EXCEPT.
//
//   a EXCEPT ALL b:  Project [unnest] over ArrayJoin over
//                    Aggregate by all columns, in_a = sum(from a), in_b = sum(from b)
//                    over UnionAll(a with 1, 0; b with 0, 1)
#include <algorithm>

#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

std::string_view name_of(SetOperator op) {
  switch (op) {
    case SetOperator::IntersectAll:
    case SetOperator::IntersectDistinct:
      return "INTERSECT";
    case SetOperator::ExceptAll:
    case SetOperator::ExceptDistinct:
      return "EXCEPT";
    default:
      return "UNION";
  }
}

class SetOperationBinder {
 public:
  SetOperationBinder(const SetOperation& operation, const BindEnvironment& environment)
      : operation_(operation), environment_(environment), binder_(environment, no_names_) {}

  PlanNodePtr bind() {
    std::vector<PlanNodePtr> operands;
    for (const auto& query : operation_.operands) {
      operands.push_back(bind_query(*query, environment_).root);
    }
    const Schema schema = common_schema(operands);
    for (auto& operand : operands) operand = convert(std::move(operand), schema);
    switch (union_operator()) {
      case SetOperator::UnionAll:
        return make_plan(UnionAllNode{}, schema, std::move(operands));
      case SetOperator::UnionDistinct:
        return make_plan(DistinctNode{}, schema,
                         make_plan(UnionAllNode{}, schema, std::move(operands)));
      default:
        break;
    }
    PlanNodePtr result = std::move(operands[0]);
    for (size_t i = 1; i < operands.size(); ++i) {
      result = combine(std::move(result), std::move(operands[i]), schema);
    }
    return result;
  }

 private:
  SetOperator union_operator() const {
    if (operation_.op != SetOperator::UnionDefault) return operation_.op;
    const auto& mode = environment_.context.union_default_mode;
    if (mode == "ALL") return SetOperator::UnionAll;
    if (mode == "DISTINCT") return SetOperator::UnionDistinct;
    throw Error{
        ErrorCode::ExpectedAllOrDistinct,
        "Expected ALL or DISTINCT after UNION, because setting union_default_mode is empty"};
  }

  Schema common_schema(const std::vector<PlanNodePtr>& operands) const {
    const Schema& first = operands[0]->schema;
    Schema schema;
    for (const auto& operand : operands) {
      if (operand->schema.size() == first.size()) continue;
      throw Error{ErrorCode::UnionAllResultStructuresMismatch,
                  "Different number of columns in " + std::string(name_of(operation_.op)) +
                      " elements: " + std::to_string(first.size()) + " and " +
                      std::to_string(operand->schema.size())};
    }
    for (ColumnIndex i = 0; i < first.size(); ++i) {
      std::vector<DataTypePtr> types;
      for (const auto& operand : operands) types.push_back(operand->schema[i].type);
      const bool same = std::ranges::all_of(types, [&](auto& t) { return *t == *types[0]; });
      const auto type = same ? types[0] : common_type(types);
      if (!type) {
        std::string names = types[0]->name();
        for (size_t t = 1; t < types.size(); ++t) names += ", " + types[t]->name();
        throw Error{ErrorCode::NoCommonType, "There is no supertype for column " + first[i].name +
                                                 " of " + std::string(name_of(operation_.op)) +
                                                 ": " + names};
      }
      schema.add(first[i].name, *type);
    }
    return schema;
  }

  PlanNodePtr convert(PlanNodePtr plan, const Schema& schema) const {
    ProjectNode project;
    bool changed = false;
    for (ColumnIndex i = 0; i < schema.size(); ++i) {
      project.expressions.push_back(binder_.cast(column_of(plan->schema, i), schema[i].type));
      changed |= project.expressions.back()->kind != BoundExpression::Kind::Column;
    }
    if (!changed) return plan;
    return make_plan(std::move(project), schema, std::move(plan));
  }

  static BoundExpressionPtr number(uint64_t value) {
    return constant_expression(Value(value), simple_type(TypeId::UInt64));
  }

  static PlanNodePtr mark(PlanNodePtr plan, bool left) {
    return append_columns(std::move(plan), {with_name(number(left ? 1 : 0), "in_left"),
                                            with_name(number(left ? 0 : 1), "in_right")});
  }

  PlanNodePtr combine(PlanNodePtr left, PlanNodePtr right, const Schema& schema) const {
    std::vector<PlanNodePtr> both;
    both.push_back(mark(std::move(left), true));
    both.push_back(mark(std::move(right), false));
    Schema marked = both[0]->schema;
    const size_t width = schema.size();
    AggregateNode groups;
    for (ColumnIndex i = 0; i < width; ++i) groups.keys.push_back(column_of(marked, i));
    for (const ColumnIndex mark : {width, width + 1}) {
      AggregateCall sum;
      sum.function_name = "sum";
      sum.name = marked[mark].name;
      sum.arguments = {column_of(marked, mark)};
      sum.function = bind_aggregate("sum", {}, std::vector<DataTypePtr>{marked[mark].type});
      CHECK(sum.function != nullptr);
      groups.calls.push_back(std::move(sum));
    }
    PlanNodePtr plan = make_plan(UnionAllNode{}, marked, std::move(both));
    plan = make_plan(std::move(groups), marked, std::move(plan));
    return pick(std::move(plan), schema, column_of(marked, width), column_of(marked, width + 1));
  }

  // Of groups with counts in_left and in_right, the rows that the operator gives.
  PlanNodePtr pick(PlanNodePtr groups, const Schema& schema, BoundExpressionPtr in_left,
                   BoundExpressionPtr in_right) const {
    const auto over = [](PlanBody body, PlanNodePtr child) {
      Schema same = child->schema;
      return make_plan(std::move(body), std::move(same), std::move(child));
    };
    const bool except =
        operation_.op == SetOperator::ExceptAll || operation_.op == SetOperator::ExceptDistinct;
    if (operation_.op == SetOperator::ExceptDistinct ||
        operation_.op == SetOperator::IntersectDistinct) {
      FilterNode filter;
      filter.conjuncts.push_back(binder_.call("greater", {in_left, number(0)}));
      filter.conjuncts.push_back(
          binder_.call(except ? "equals" : "greater", {in_right, number(0)}));
      return first_columns(over(std::move(filter), std::move(groups)), schema);
    }
    const auto common = binder_.call("least", {in_left, in_right});
    const auto count =
        except ? binder_.cast(binder_.call("minus", {in_left, common}), simple_type(TypeId::UInt64))
               : common;
    groups = append_columns(std::move(groups), {binder_.call("range", {count}, "copies")});
    const ColumnIndex copies = groups->schema.size() - 1;
    std::vector<NamedType> columns = groups->schema.columns();
    columns[copies].type = columns[copies].type->argument(0);
    PlanNodePtr repeated =
        make_plan(ArrayJoinNode{{copies}, false}, Schema(std::move(columns)), std::move(groups));
    return first_columns(std::move(repeated), schema);
  }

  static PlanNodePtr first_columns(PlanNodePtr plan, const Schema& schema) {
    ProjectNode project;
    for (ColumnIndex i = 0; i < schema.size(); ++i) {
      project.expressions.push_back(column_of(plan->schema, i));
    }
    return make_plan(std::move(project), schema, std::move(plan));
  }

  const SetOperation& operation_;
  const BindEnvironment& environment_;
  NameScope no_names_;
  ExpressionBinder binder_;
};

}  // namespace

LogicalPlan bind_set_operation(const SetOperation& operation, const BindEnvironment& environment) {
  LogicalPlan plan;
  plan.root = SetOperationBinder(operation, environment).bind();
  return plan;
}

}  // namespace freshet
