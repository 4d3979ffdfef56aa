#include "query/plan/correlated_subqueries.h"

#include <algorithm>
#include <utility>

#include "query/plan/conjuncts.h"
#include "query/sql/ast_printer.h"

namespace freshet {

namespace {

constexpr const char* kManyRows = "Scalar subquery returned more than one row";

[[noreturn]] void refuse(const std::string& what, const Subquery& subquery) {
  throw Error{ErrorCode::NotImplemented,
              "Cannot decorrelate subquery, because " + what + ": " + to_sql(*subquery.query)};
}

const FunctionCall* call_of(const ExpressionPtr& expression, std::string_view name, size_t count) {
  const auto* call = as<FunctionCall>(expression);
  return call != nullptr && call->name == name && call->arguments.size() == count ? call : nullptr;
}

void split_and(const ExpressionPtr& condition, std::vector<ExpressionPtr>& conditions) {
  if (condition == nullptr) return;
  const auto* call = as<FunctionCall>(condition);
  if (call == nullptr || call->name != "and" || call->over || !condition->alias.empty()) {
    conditions.push_back(condition);
    return;
  }
  for (const auto& argument : call->arguments) split_and(argument, conditions);
}

ExpressionPtr join_and(const std::vector<ExpressionPtr>& conditions, SourceRange range) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return conditions[0];
  FunctionCall call;
  call.name = "and";
  call.arguments = conditions;
  call.operator_syntax = true;
  return make_expression(std::move(call), range);
}

// A literal in GROUP BY would be the number of a column.
ExpressionPtr unpositioned(const ExpressionPtr& expression) {
  if (as<Literal>(expression) == nullptr) return expression;
  FunctionCall call;
  call.name = "materialize";
  call.arguments = {expression};
  return make_expression(std::move(call), expression->range);
}

bool is_one(const ExpressionPtr& expression) {
  const auto* literal = as<Literal>(expression);
  const auto* number = literal == nullptr ? nullptr : std::get_if<uint64_t>(&literal->value);
  return number != nullptr && *number == 1;
}

bool is_nestable(const DataType& type) {
  return type.kind() != PhysicalKind::Array && type.kind() != PhysicalKind::Tuple &&
         type.id() != TypeId::AggregateFunction;
}

// Nothing when a name in it is unknown.
BoundExpressionPtr try_bind(const ExpressionPtr& expression, ExpressionBinder& binder) {
  try {
    return binder.bind(expression);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::UnknownIdentifier) throw;
    return nullptr;
  }
}

struct AskedSubquery {
  const Subquery* subquery = nullptr;  // null: the condition is something else
  bool negated = false;                // NOT EXISTS
};

AskedSubquery asked_subquery(const ExpressionPtr& condition) {
  AskedSubquery asked;
  ExpressionPtr inside = condition;
  while (const FunctionCall* negation = call_of(inside, "not", 1)) {
    asked.negated = !asked.negated;
    inside = negation->arguments[0];
  }
  const auto* call = as<FunctionCall>(inside);
  if (const FunctionCall* exists = call_of(inside, "exists", 1)) {
    asked.subquery = as<Subquery>(exists->arguments[0]);
  } else if (call != nullptr && is_in_function(call->name) && call->arguments.size() == 2 &&
             !asked.negated) {
    asked.subquery = as<Subquery>(call->arguments[1]);
  }
  return asked;
}

AggregateCall make_correlated_call(const std::string& name,
                                   std::vector<BoundExpressionPtr> arguments) {
  AggregateCall call;
  std::vector<DataTypePtr> types;
  for (const auto& argument : arguments) types.push_back(without_low_cardinality(argument->type));
  call.function = bind_aggregate(name, {}, types);
  call.name = name + "()";
  call.function_name = name;
  call.arguments = std::move(arguments);
  return call;
}

}  // namespace

bool CorrelatedSubqueries::take_key(const ExpressionPtr& condition, ExpressionBinder& inner,
                                    std::vector<Key>& keys) {
  const bool null_safe = call_of(condition, "isNotDistinctFrom", 2) != nullptr;
  const FunctionCall* call =
      null_safe ? call_of(condition, "isNotDistinctFrom", 2) : call_of(condition, "equals", 2);
  if (call == nullptr) return false;
  for (const size_t side : {0, 1}) {
    const ExpressionPtr& of_inner = call->arguments[side];
    if (try_bind(of_inner, inner) == nullptr) continue;
    const BoundExpressionPtr outer = try_bind(call->arguments[1 - side], binder_);
    if (outer == nullptr) continue;
    binder_.refuse_aggregates(*outer, "a correlated subquery");
    keys.push_back({outer, unpositioned(of_inner), null_safe});
    return true;
  }
  return false;
}

CorrelatedSubqueries::Parts CorrelatedSubqueries::take_apart(const Subquery& subquery,
                                                             const Error& unknown) {
  const auto* select = std::get_if<Select>(&subquery.query->body);
  if (select == nullptr) throw unknown;
  Parts parts{*select, {}, false};
  if (!select->with.empty()) throw unknown;
  BoundTables inner_tables = bind_from(*select, binder_.environment());
  ExpressionBinder inner(binder_.environment(), inner_tables.scope);
  // Subqueries of this one may name its columns; what they are joined to here is not used.
  CorrelatedSubqueries of_inner(inner_tables, inner);
  inner.set_correlated(&of_inner);
  for (const auto& item : select->list) inner.collect_aliases(item);
  std::vector<ExpressionPtr> conditions;
  split_and(select->where, conditions);
  std::vector<ExpressionPtr> rest;
  std::vector<ExpressionPtr> others;  // with names that are not the subquery's
  for (const auto& condition : conditions) {
    if (try_bind(condition, inner) != nullptr) {
      rest.push_back(condition);
    } else if (!take_key(condition, inner, parts.keys)) {
      others.push_back(condition);
    }
  }
  // A name that is nowhere is an error of its own.
  for (const auto& condition : others) {
    NameScope both = inner_tables.scope;
    both.tables.insert(both.tables.end(), tables_.scope.tables.begin(), tables_.scope.tables.end());
    ExpressionBinder any(binder_.environment(), both);
    for (const auto& item : select->list) any.collect_aliases(item);
    if (try_bind(condition, any) == nullptr) throw unknown;
    refuse(
        "only equalities of its columns with outer ones are supported, not " + to_sql(*condition),
        subquery);
  }
  if (parts.keys.empty()) throw unknown;
  parts.select.where =
      join_and(rest, select->where == nullptr ? select->range : select->where->range);
  if (select->group_by && select->group_by->mode != GroupingMode::Plain) {
    refuse("of its GROUP BY", subquery);
  }
  if (select->group_by && select->group_by->with_totals) refuse("of WITH TOTALS", subquery);
  if (!select->windows.empty() || select->qualify != nullptr) {
    refuse("of its window functions", subquery);
  }
  ExpressionBinder list(binder_.environment(), inner_tables.scope);
  CorrelatedSubqueries of_list(inner_tables, list);
  list.set_correlated(&of_list);
  for (const auto& item : select->list) list.collect_aliases(item);
  for (const auto& item : select->list) {
    for (const auto& expression : list.expand(item)) {
      if (try_bind(expression, list) == nullptr) {
        refuse("an outer column stands outside of WHERE", subquery);
      }
    }
  }
  if (!list.windows().calls.empty()) refuse("of its window functions", subquery);
  parts.is_aggregate = !select->group_by && !list.aggregates().empty();
  if (select->having != nullptr && !select->group_by) refuse("of HAVING", subquery);
  return parts;
}

PlanNodePtr CorrelatedSubqueries::bind_with_keys(const Parts& parts,
                                                 const Subquery& subquery) const {
  Select select = parts.select;
  if (parts.is_aggregate) select.group_by = GroupBy{};
  for (const Key& key : parts.keys) {
    select.list.push_back(key.inner);
    if (select.group_by) select.group_by->keys.push_back(key.inner);
  }
  try {
    return bind_query(*make_query(std::move(select), subquery.query->range), binder_.environment())
        .root;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::UnknownIdentifier) throw;
    refuse("an outer column stands outside of WHERE", subquery);
  }
}

JoinKey CorrelatedSubqueries::join_key(const BoundExpressionPtr& outer,
                                       const BoundExpressionPtr& inner, bool null_safe) const {
  const auto type =
      common_type({without_low_cardinality(outer->type), without_low_cardinality(inner->type)});
  if (!type) {
    throw Error{ErrorCode::NoCommonType, "A correlated subquery compares " + outer->name +
                                             " of type " + outer->type->name() + " with " +
                                             inner->name + " of type " + inner->type->name()};
  }
  return {binder_.cast(outer, *type), binder_.cast(inner, *type), null_safe};
}

std::vector<JoinKey> CorrelatedSubqueries::join_keys(const Parts& parts, const Schema& rows) const {
  std::vector<JoinKey> keys;
  const size_t first = rows.size() - parts.keys.size();
  for (size_t i = 0; i < parts.keys.size(); ++i) {
    keys.push_back(
        join_key(parts.keys[i].outer, column_of(rows, first + i), parts.keys[i].null_safe));
  }
  return keys;
}

std::vector<BoundExpressionPtr> CorrelatedSubqueries::join(PlanNodePtr rows,
                                                           std::vector<JoinKey> keys,
                                                           JoinStrictness strictness,
                                                           const std::vector<ColumnIndex>& outputs,
                                                           bool nullable) {
  JoinNode node;
  node.kind = JoinKind::Left;
  node.strictness = strictness;
  node.keys = std::move(keys);
  // A missing row's cells are NULL in Nullable copies of the columns.
  std::vector<ColumnIndex> taken = outputs;
  std::vector<BoundExpressionPtr> copies;
  for (ColumnIndex& output : taken) {
    const auto column = column_of(rows->schema, output);
    if (!nullable || can_be_null(*column->type) || !is_nestable(*column->type)) continue;
    output = rows->schema.size() + copies.size();
    copies.push_back(binder_.cast(column, nullable_type(column->type)));
  }
  if (!copies.empty()) rows = append_columns(std::move(rows), copies);
  Schema schema = tables_.plan->schema;
  const size_t width = schema.size();
  for (ColumnIndex i = 0; i < width; ++i) node.outputs.push_back(i);
  std::vector<BoundExpressionPtr> columns;
  for (const ColumnIndex output : taken) {
    const NamedType& column = rows->schema[output];
    columns.push_back(column_expression(schema.size(), column.type, column.name));
    node.outputs.push_back(width + output);
    schema.add(column.name, column.type);
  }
  std::vector<PlanNodePtr> children;
  children.push_back(std::move(tables_.plan));
  children.push_back(std::move(rows));
  tables_.plan = make_plan(std::move(node), std::move(schema), std::move(children));
  return columns;
}

BoundExpressionPtr CorrelatedSubqueries::join_mark(PlanNodePtr rows, std::vector<JoinKey> keys) {
  const ColumnIndex mark = rows->schema.size();
  rows = append_columns(std::move(rows),
                        {constant_expression(Value(uint64_t{1}), simple_type(TypeId::UInt8), "1")});
  return join(std::move(rows), std::move(keys), JoinStrictness::Any, {mark}, false)[0];
}

BoundExpressionPtr CorrelatedSubqueries::bind_exists(const Subquery& subquery,
                                                     const Error& unknown) {
  Parts parts = take_apart(subquery, unknown);
  const auto constant = [](bool value) {
    return constant_expression(Value(uint64_t{value ? 1U : 0U}), simple_type(TypeId::UInt8));
  };
  if (parts.select.limit && parts.select.limit->offset != nullptr) refuse("of OFFSET", subquery);
  if (parts.select.limit) {
    const auto* literal = as<Literal>(parts.select.limit->limit);
    const auto* number = literal == nullptr ? nullptr : std::get_if<uint64_t>(&literal->value);
    if (number == nullptr || *number == 0) refuse("of LIMIT", subquery);
  }
  if (parts.is_aggregate) return constant(true);
  // Which of the rows come first does not matter.
  parts.select.limit.reset();
  parts.select.order_by.clear();
  parts.select.order_by_all.reset();
  PlanNodePtr rows = bind_with_keys(parts, subquery);
  std::vector<JoinKey> keys = join_keys(parts, rows->schema);
  if (filters(subquery)) {
    join(std::move(rows), std::move(keys),
         filter_negated_ ? JoinStrictness::Anti : JoinStrictness::Semi, {}, false);
    return constant(!filter_negated_);
  }
  return join_mark(std::move(rows), std::move(keys));
}

BoundExpressionPtr CorrelatedSubqueries::bind_in(const BoundExpressionPtr& left,
                                                 const Subquery& subquery, bool negated,
                                                 const Error& unknown) {
  const Parts parts = take_apart(subquery, unknown);
  binder_.refuse_aggregates(*left, "a correlated subquery");
  if (parts.select.limit) refuse("of LIMIT", subquery);
  if (parts.is_aggregate) refuse("IN asks for the aggregate of no rows", subquery);
  PlanNodePtr rows = bind_with_keys(parts, subquery);
  if (rows->schema.size() != parts.keys.size() + 1) refuse("IN asks for one column", subquery);
  std::vector<JoinKey> keys = join_keys(parts, rows->schema);
  keys.push_back(join_key(left, column_of(rows->schema, 0), false));
  const bool may_be_null = can_be_null(*left->type);
  if (filters(subquery)) {
    join(std::move(rows), std::move(keys), negated ? JoinStrictness::Anti : JoinStrictness::Semi,
         {}, false);
    if (negated && may_be_null) return binder_.call("isNotNull", {left});
    return constant_expression(Value(uint64_t{1}), simple_type(TypeId::UInt8));
  }
  BoundExpressionPtr found = join_mark(std::move(rows), std::move(keys));
  if (negated) found = binder_.call("not", {found});
  if (!may_be_null) return found;
  const DataTypePtr type = nullable_type(simple_type(TypeId::UInt8));
  return binder_.call("if", {binder_.call("isNull", {left}), constant_expression(Value(), type),
                             binder_.cast(found, type)});
}

BoundExpressionPtr CorrelatedSubqueries::bind_scalar(const Subquery& subquery,
                                                     const Error& unknown) {
  Parts parts = take_apart(subquery, unknown);
  const bool wants_first = parts.select.limit && is_one(parts.select.limit->limit) &&
                           parts.select.limit->offset == nullptr &&
                           !parts.select.limit->with_ties && !parts.select.limit_by;
  if (parts.select.limit && !wants_first) refuse("of LIMIT", subquery);
  Select alone = parts.select;
  if (wants_first) {
    parts.select.limit.reset();
    if (!parts.is_aggregate) {
      LimitBy first;
      Literal one;
      one.value = uint64_t{1};
      one.text = "1";
      first.limit = make_expression(one, parts.select.range);
      for (const Key& key : parts.keys) first.keys.push_back(key.inner);
      parts.select.limit_by = std::move(first);
    }
  }
  PlanNodePtr rows = bind_with_keys(parts, subquery);
  if (rows->schema.size() != parts.keys.size() + 1) {
    refuse("it has more than one column", subquery);
  }
  std::vector<JoinKey> keys = join_keys(parts, rows->schema);
  if (parts.is_aggregate) {
    // What the aggregate is of no rows; NULL for those that have nothing to say.
    Literal zero;
    zero.value = uint64_t{0};
    zero.text = "0";
    alone.where = make_expression(zero, alone.range);
    BindContext context = binder_.environment().context;
    context.aggregate_functions_null_for_empty = true;
    const BindEnvironment environment{
        context, &binder_.environment(), {}, {}, binder_.environment().view_depth};
    const BoundExpressionPtr of_none = bind_scalar_subquery(
        Subquery{make_query(std::move(alone), subquery.query->range)}, environment);
    if (of_none->value.is_null() || !is_nestable(*rows->schema[0].type)) {
      return join(std::move(rows), std::move(keys), JoinStrictness::Any, {0}, true)[0];
    }
    const ColumnIndex mark = rows->schema.size();
    rows =
        append_columns(std::move(rows),
                       {constant_expression(Value(uint64_t{1}), simple_type(TypeId::UInt8), "1")});
    const auto columns =
        join(std::move(rows), std::move(keys), JoinStrictness::Any, {0, mark}, false);
    const DataTypePtr type =
        can_be_null(*columns[0]->type) ? columns[0]->type : nullable_type(columns[0]->type);
    return binder_.call("if",
                        {columns[1], binder_.cast(columns[0], type), binder_.cast(of_none, type)});
  }
  if (wants_first) {
    return join(std::move(rows), std::move(keys), JoinStrictness::Any, {0}, true)[0];
  }
  // More than one row is an error where the row is asked for.
  AggregateNode groups;
  Schema schema;
  for (size_t i = 0; i < parts.keys.size(); ++i) {
    groups.keys.push_back(column_of(rows->schema, 1 + i));
    schema.add(groups.keys.back()->name, groups.keys.back()->type);
  }
  groups.calls.push_back(make_correlated_call("any", {column_of(rows->schema, 0)}));
  groups.calls.push_back(make_correlated_call("count", {}));
  for (const auto& call : groups.calls) schema.add(call.name, call.function->result_type());
  const size_t value = parts.keys.size();
  rows = make_plan(std::move(groups), std::move(schema), std::move(rows));
  std::vector<JoinKey> group_keys;
  for (size_t i = 0; i < parts.keys.size(); ++i) {
    group_keys.push_back(
        join_key(parts.keys[i].outer, column_of(rows->schema, i), parts.keys[i].null_safe));
  }
  const auto found =
      join(std::move(rows), std::move(group_keys), JoinStrictness::Any, {value, value + 1}, true);
  const BoundExpressionPtr message =
      constant_expression(Value(std::string(kManyRows)), simple_type(TypeId::String));
  const BoundExpressionPtr count = binder_.call("assumeNotNull", {found[1]});
  const BoundExpressionPtr many = binder_.call(
      "throwIf", {binder_.call("greater", {count, constant_expression(Value(uint64_t{1}),
                                                                      simple_type(TypeId::UInt8))}),
                  message});
  return binder_.call("if", {many, found[0], found[0]});
}

BoundExpressionPtr CorrelatedSubqueries::bind_filter(const ExpressionPtr& where) {
  std::vector<ExpressionPtr> conditions;
  split_and(where, conditions);
  const bool any_asks = std::ranges::any_of(
      conditions, [](const auto& condition) { return asked_subquery(condition).subquery; });
  if (!any_asks) return binder_.bind(where);
  BoundExpressionPtr all;
  for (const auto& condition : conditions) {
    const BoundExpressionPtr bound = bind_condition(condition);
    all = all ? binder_.call("and", {all, bound}) : bound;
  }
  return all;
}

BoundExpressionPtr CorrelatedSubqueries::bind_condition(const ExpressionPtr& condition) {
  const AskedSubquery asked = asked_subquery(condition);
  filter_ = asked.subquery;
  filter_negated_ = asked.negated;
  BoundExpressionPtr bound = binder_.bind(condition);
  filter_ = nullptr;
  return bound;
}

}  // namespace freshet
