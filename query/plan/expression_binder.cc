#include "query/plan/expression_binder.h"

#include <algorithm>
#include <cctype>

#include "query/expression/evaluator.h"
#include "query/expression/value_conversion.h"
#include "query/plan/aggregate_calls.h"
#include "query/sql/ast_printer.h"
#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_constant(const BoundExpressionPtr& expression) {
  return expression->kind == BoundExpression::Kind::Constant;
}

bool is_aggregate_column(const BoundExpression& expression) {
  return expression.kind == BoundExpression::Kind::Column &&
         expression.column >= kAggregateColumn && expression.column < kGroupingColumn;
}

const BoundExpression* find_aggregate_column(const BoundExpression& expression) {
  if (is_aggregate_column(expression)) return &expression;
  for (const auto& argument : expression.arguments) {
    if (const auto* found = find_aggregate_column(*argument)) return found;
  }
  return nullptr;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

bool is_comparison(std::string_view name) {
  return name == "equals" || name == "notEquals" || name == "less" || name == "lessOrEquals" ||
         name == "greater" || name == "greaterOrEquals";
}

// Aggregates that are something of no rows, as count() is 0 and groupArray(x) an empty array; with
// any combinators behind their name.
bool has_value_of_no_rows(std::string_view name) {
  for (size_t size = name.size(); size > 0; --size) {
    const AggregateEntry* entry = find_aggregate(name.substr(0, size));
    if (entry != nullptr) return entry->default_when_only_null || entry->name == "count";
  }
  return false;
}

bool can_be_nested_in_nullable(const DataType& type) {
  return type.kind() != PhysicalKind::Array && type.kind() != PhysicalKind::Tuple &&
         type.id() != TypeId::AggregateFunction;
}

}  // namespace

std::string distinct_aggregate_name(const std::string& name) {
  if (equal_ignoring_case(name, "count")) return "uniqExact";
  if (equal_ignoring_case(name, "countIf")) return "uniqExactIf";
  if (name.ends_with("If")) return name.substr(0, name.size() - 2) + "DistinctIf";
  return name + "Distinct";
}

BoundExpressionPtr ExpressionBinder::bind(const ExpressionPtr& expression) {
  if (const auto pinned = pinned_.find(expression.get()); pinned != pinned_.end()) {
    return pinned->second;
  }
  if (!expression->alias.empty()) {
    const auto alias = aliases_.find(expression->alias);
    const bool open = std::ranges::find(open_aliases_, expression->alias) != open_aliases_.end();
    if (alias != aliases_.end() && !open &&
        (alias->second.get() == expression.get() || *alias->second == *expression)) {
      return bind_alias(expression->alias);
    }
  }
  return bind_node(expression);
}

BoundExpressionPtr ExpressionBinder::bind_node(const ExpressionPtr& expression) {
  if (const auto* literal = as<Literal>(expression)) return bind_literal(*literal);
  if (const auto* identifier = as<Identifier>(expression)) return bind_identifier(*identifier);
  if (const auto* call = as<FunctionCall>(expression)) return bind_call(*call, expression);
  if (const auto* subquery = as<Subquery>(expression)) {
    return bind_scalar_subquery(*subquery, *this);
  }
  if (const auto* parameter = as<QueryParameter>(expression)) {
    return bind_query_parameter(*parameter, environment_.context);
  }
  if (as<Lambda>(expression) != nullptr) {
    throw Error{ErrorCode::BadArguments,
                "Lambda is not allowed in expression context: " + to_sql(*expression)};
  }
  const auto columns = expand(expression);
  if (columns.size() != 1) {
    throw Error{ErrorCode::UnsupportedMethod,
                "Matcher must give exactly one column here: " + to_sql(*expression)};
  }
  return bind(columns[0]);
}

BoundExpressionPtr ExpressionBinder::bind_constant(const ExpressionPtr& expression,
                                                   std::string_view what) {
  auto bound = fold_constants(bind(expression));
  if (!is_constant(bound)) {
    throw Error{ErrorCode::BadArguments,
                std::string(what) + " must be a constant expression: " + to_sql(*expression)};
  }
  return bound;
}

bool ExpressionBinder::knows(const Identifier& identifier) const {
  const auto& name = identifier.parts[0];
  return std::ranges::any_of(lambda_parameters_, [&](const auto& p) { return p.name == name; }) ||
         aliases_.contains(name) || scope_.find(identifier.parts).column != nullptr ||
         environment_.find_expression(name) != nullptr;
}

BoundExpressionPtr ExpressionBinder::bind_identifier(const Identifier& identifier) {
  const auto& parts = identifier.parts;
  for (size_t i = lambda_parameters_.size(); i > 0; --i) {
    const auto& parameter = lambda_parameters_[i - 1];
    if (parameter.name == parts[0]) return tuple_elements(parameter.column, parts, 1);
  }
  const auto match = scope_.find(parts);
  const bool column_first =
      environment_.context.prefer_column_name_to_alias && match.column != nullptr;
  if (!column_first && aliases_.contains(parts[0])) {
    const bool open = std::ranges::find(open_aliases_, parts[0]) != open_aliases_.end();
    if (open) {
      ++open_alias_hits_;
    } else if (parts.size() == 1 || match.column == nullptr) {
      return tuple_elements(bind_alias(parts[0]), parts, 1);
    }
  }
  if (match.column != nullptr) {
    const auto& column = *match.column;
    return tuple_elements(column_expression(column.index, column.type, column.name), parts,
                          match.parts);
  }
  if (const auto* environment = environment_.find_expression(parts[0])) {
    return tuple_elements(bind_inherited(*environment, parts[0]), parts, 1);
  }
  std::string name = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) name += "." + parts[i];
  std::vector<std::string> known = scope_.similar(parts.back());
  std::vector<std::string> alias_names;
  for (const auto& [alias, expression] : aliases_) alias_names.push_back(alias);
  for (auto& alias : similar_names(name, alias_names)) known.push_back(std::move(alias));
  throw Error{ErrorCode::UnknownIdentifier,
              "Unknown expression identifier `" + name + "`" + maybe_you_meant(known)};
}

BoundExpressionPtr ExpressionBinder::bind_inherited(const BindEnvironment& environment,
                                                    const std::string& name) {
  if (!environment.open_expressions.insert(name).second) {
    throw Error{ErrorCode::CyclicAliases, "Cyclic aliases: " + name};
  }
  BoundExpressionPtr bound;
  try {
    bound = bind_node(environment.expressions.at(name));
  } catch (...) {
    environment.open_expressions.erase(name);
    throw;
  }
  environment.open_expressions.erase(name);
  return bound;
}

BoundExpressionPtr ExpressionBinder::tuple_elements(BoundExpressionPtr tuple,
                                                    const std::vector<std::string>& parts,
                                                    size_t begin) const {
  for (size_t i = begin; i < parts.size(); ++i) {
    const auto& names = without_low_cardinality(tuple->type)->tuple_names();
    if (std::ranges::find(names, parts[i]) == names.end()) {
      throw Error{ErrorCode::UnknownIdentifier, "Identifier `" + tuple->name + "` of type " +
                                                    tuple->type->name() + " has no element `" +
                                                    parts[i] + "`"};
    }
    std::string name = tuple->name + "." + parts[i];
    tuple = call("tupleElement",
                 {tuple, constant_expression(Value(parts[i]), simple_type(TypeId::String))},
                 std::move(name));
  }
  return tuple;
}

BoundExpressionPtr ExpressionBinder::bind_alias(const std::string& alias) {
  if (const auto bound = bound_aliases_.find(alias); bound != bound_aliases_.end()) {
    return bound->second;
  }
  const size_t hits_before = open_alias_hits_;
  open_aliases_.push_back(alias);
  BoundExpressionPtr bound;
  try {
    bound = with_name(bind_node(aliases_.find(alias)->second), alias);
  } catch (...) {
    open_aliases_.pop_back();
    throw;
  }
  open_aliases_.pop_back();
  // Its own name inside is the column of that name wherever the alias is used.
  const bool only_itself = open_aliases_.empty() && lambda_parameters_.empty();
  if (hits_before == open_alias_hits_ || only_itself) bound_aliases_.emplace(alias, bound);
  return bound;
}

BoundExpressionPtr ExpressionBinder::call(std::string_view function,
                                          std::vector<BoundExpressionPtr> arguments,
                                          std::string name) const {
  const bool foldable = std::ranges::all_of(arguments, [](const auto& argument) {
    return is_constant(argument) || argument->kind == BoundExpression::Kind::Lambda;
  });
  auto bound = function_expression(function, functions(), std::move(arguments), std::move(name));
  return foldable ? fold_constants(bound) : bound;
}

BoundExpressionPtr ExpressionBinder::cast(const BoundExpressionPtr& expression,
                                          const DataTypePtr& type) const {
  const auto bound = cast_expression(expression, type, functions());
  return is_constant(expression) ? fold_constants(bound) : bound;
}

BoundExpressionPtr ExpressionBinder::bind_call(const FunctionCall& call,
                                               const ExpressionPtr& expression) {
  if (call.over) return bind_window_call(call, expression);
  if (is_in_function(call.name)) return bind_in(call, *this);
  if (call.name == "exists" && call.arguments.size() == 1) {
    if (const auto* subquery = as<Subquery>(call.arguments[0])) {
      return bind_exists(*subquery, *this);
    }
  }
  if (call.name == "arrayJoin") return bind_array_join(call);
  if (call.name == "caseWithExpression") return bind_case(call);
  if (equal_ignoring_case(call.name, "grouping")) return bind_grouping(call);
  if (find_function(call.name) == nullptr && is_aggregate_name(call.name)) {
    return bind_aggregate_call(call, expression);
  }
  if (find_window_function(call.name) != nullptr) {
    throw Error{ErrorCode::BadArguments,
                "The function '" + call.name +
                    "' can only be used as a window function, not as an aggregate function"};
  }
  if (call.distinct || !call.parameters.empty()) {
    throw Error{
        find_function(call.name) != nullptr ? ErrorCode::BadArguments : ErrorCode::UnknownFunction,
        "Not an aggregate function: " + call.name};
  }
  auto arguments = bind_arguments(call);
  if (is_comparison(call.name) && arguments.size() == 2) {
    return bind_comparison(call.name, std::move(arguments));
  }
  if (environment_.context.cast_keep_nullable && call.name == "CAST" && arguments.size() == 2 &&
      is_constant(arguments[1]) && can_be_null(*arguments[0]->type)) {
    const auto type = nullable_type(parse_data_type(arguments[1]->value.as<std::string>()));
    return cast(arguments[0], type);
  }
  return this->call(call.name, std::move(arguments), call.name);
}

std::vector<BoundExpressionPtr> ExpressionBinder::bind_arguments(const FunctionCall& call) {
  std::vector<ExpressionPtr> list;
  for (const auto& argument : call.arguments) {
    for (auto& expanded : expand(argument)) list.push_back(std::move(expanded));
  }
  std::vector<BoundExpressionPtr> arguments(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    if (as<Lambda>(list[i]) == nullptr) arguments[i] = bind(list[i]);
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (const auto* lambda = as<Lambda>(list[i])) {
      arguments[i] = bind_lambda(*lambda, arguments, i, call.name);
    }
  }
  return arguments;
}

// Parameter i of a lambda is an element of the i-th array behind it, or key and value of a map.
BoundExpressionPtr ExpressionBinder::bind_lambda(const Lambda& lambda,
                                                 const std::vector<BoundExpressionPtr>& arguments,
                                                 size_t position, const std::string& function) {
  std::vector<DataTypePtr> types;
  for (size_t i = position + 1; i < arguments.size() && arguments[i]; ++i) {
    const auto& type = arguments[i]->type;
    if (type->id() == TypeId::Map && lambda.parameters.size() == 2) {
      types.push_back(type->argument(0));
      types.push_back(type->argument(1));
    } else if (type->id() == TypeId::Map) {
      types.push_back(tuple_type(type->arguments(), {"keys", "values"}));
    } else if (type->id() == TypeId::Array) {
      types.push_back(type->argument(0));
    } else {
      break;
    }
  }
  if (types.size() < lambda.parameters.size()) {
    throw Error{ErrorCode::IllegalTypeOfArgument,
                "Lambda of " + std::to_string(lambda.parameters.size()) + " parameters needs " +
                    "as many arrays in function " + function};
  }
  const size_t outer = lambda_parameters_.size();
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    lambda_parameters_.push_back(
        {lambda.parameters[i],
         column_expression(kLambdaColumn + outer + i, types[i], lambda.parameters[i])});
  }
  BoundExpressionPtr body;
  try {
    body = bind(lambda.body);
  } catch (...) {
    lambda_parameters_.resize(outer);
    throw;
  }
  lambda_parameters_.resize(outer);
  return lambda_expression(std::move(body), kLambdaColumn + outer, lambda.parameters.size());
}

// Constants take the other side's type where they can: text is parsed once, and numbers of one type
// compare faster.
BoundExpressionPtr ExpressionBinder::bind_comparison(
    const std::string& name, std::vector<BoundExpressionPtr> arguments) const {
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const auto& constant = arguments[side];
    const auto& other = arguments[1 - side];
    if (!is_constant(constant) || constant->value.is_null()) continue;
    const auto type = without_nullable(other->type);
    if (*type == *constant->type || type->id() == TypeId::Nothing) continue;
    const bool text = constant->type->id() == TypeId::String && !is_string_like(*type) &&
                      type->kind() != PhysicalKind::Array && type->kind() != PhysicalKind::Tuple;
    const bool integers = is_integer(*constant->type) && is_integer(*type) && !is_constant(other);
    if (!text && !integers) continue;
    if (auto value = convert_exactly(constant->value, constant->type, type, functions())) {
      arguments[side] = constant_expression(std::move(*value), type, constant->name);
    }
  }
  return call(name, std::move(arguments), name);
}

// caseWithExpression(x, a, r, .., else) is multiIf(x = a, r, .., else).
BoundExpressionPtr ExpressionBinder::bind_case(const FunctionCall& call) {
  if (call.arguments.size() < 4 || call.arguments.size() % 2 != 0) {
    throw Error{ErrorCode::NumberOfArgumentsDoesntMatch,
                "Wrong number of arguments for function caseWithExpression: " +
                    std::to_string(call.arguments.size())};
  }
  const auto subject = bind(call.arguments[0]);
  std::vector<BoundExpressionPtr> branches;
  for (size_t i = 1; i + 1 < call.arguments.size(); i += 2) {
    branches.push_back(bind_comparison("equals", {subject, bind(call.arguments[i])}));
    branches.push_back(bind(call.arguments[i + 1]));
  }
  branches.push_back(bind(call.arguments.back()));
  return this->call("multiIf", std::move(branches), "multiIf");
}

BoundExpressionPtr ExpressionBinder::bind_array_join(const FunctionCall& call) {
  if (call.arguments.size() != 1) {
    throw Error{ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function arrayJoin needs exactly one argument; given: " +
                    std::to_string(call.arguments.size())};
  }
  auto array = bind(call.arguments[0]);
  if (array->type->id() != TypeId::Array && array->type->id() != TypeId::Map) {
    throw Error{ErrorCode::IllegalTypeOfArgument,
                "Argument for function arrayJoin must be Array or Map, not " + array->type->name()};
  }
  if (!lambda_parameters_.empty()) {
    throw Error{ErrorCode::NotImplemented, "Function arrayJoin inside of a lambda: " + array->name};
  }
  return array_join_expression(std::move(array), "arrayJoin");
}

BoundExpressionPtr ExpressionBinder::bind_grouping(const FunctionCall& call) {
  groupings_.push_back(bind_arguments(call));
  return column_expression(kGroupingColumn + groupings_.size() - 1, simple_type(TypeId::UInt64),
                           "grouping");
}

BoundExpressionPtr ExpressionBinder::bind_aggregate_call(const FunctionCall& call,
                                                         const ExpressionPtr& expression) {
  const std::string name = column_name(*with_alias(expression, ""));
  const auto refuse_nesting = [&](const std::string& inner) {
    throw Error{ErrorCode::IllegalAggregation,
                "Aggregate function " + inner + " is found inside another aggregate function"};
  };
  if (inside_aggregate_) refuse_nesting(name);
  if (!lambda_parameters_.empty()) {
    throw Error{ErrorCode::NotImplemented, "Aggregate function inside of a lambda: " + name};
  }
  AggregateCall aggregate;
  aggregate.name = name;
  aggregate.function_name = call.distinct ? distinct_aggregate_name(call.name) : call.name;
  const std::string plain_name = aggregate.function_name;
  const std::string_view treatment =
      call.null_treatment == NullTreatment::RespectNulls ? "_respect_nulls" : "";
  aggregate.function_name += treatment;
  for (const auto& parameter : call.parameters) {
    aggregate.parameters.push_back(bind_constant(parameter, "Parameter of " + call.name)->value);
  }
  const bool only_asterisk =
      call.arguments.size() == 1 && as<Asterisk>(call.arguments[0]) != nullptr;
  if (!(only_asterisk && equal_ignoring_case(call.name, "count") && !call.distinct)) {
    inside_aggregate_ = true;
    try {
      aggregate.arguments = bind_arguments(call);
    } catch (...) {
      inside_aggregate_ = false;
      throw;
    }
    inside_aggregate_ = false;
  }
  std::vector<DataTypePtr> types;
  for (const auto& argument : aggregate.arguments) {
    if (const auto* inner = find_aggregate_column(*argument)) refuse_nesting(inner->name);
    refuse_windows(*argument, "inside an aggregate function");
    types.push_back(without_low_cardinality(argument->type));
  }
  if (environment_.context.aggregate_functions_null_for_empty && !plain_name.ends_with("OrNull") &&
      !has_value_of_no_rows(plain_name)) {
    const auto plain = bind_aggregate(aggregate.function_name, aggregate.parameters, types);
    if (plain != nullptr && can_be_nested_in_nullable(*plain->result_type())) {
      aggregate.function_name = plain_name + "OrNull" + std::string(treatment);
    }
  }
  const auto same = std::ranges::find_if(
      aggregates_, [&](const AggregateCall& known) { return same_call(known, aggregate); });
  const auto position = static_cast<ColumnIndex>(same - aggregates_.begin());
  if (same == aggregates_.end()) {
    aggregate.function = bind_aggregate(aggregate.function_name, aggregate.parameters, types);
    if (!aggregate.function) {
      throw Error{ErrorCode::UnknownAggregateFunction,
                  "Unknown aggregate function " + aggregate.function_name};
    }
    aggregates_.push_back(std::move(aggregate));
  }
  return column_expression(kAggregateColumn + position,
                           aggregates_[position].function->result_type(), name);
}

void ExpressionBinder::refuse_aggregates(const BoundExpression& bound,
                                         std::string_view place) const {
  if (const auto* aggregate = find_aggregate_column(bound)) {
    throw Error{ErrorCode::IllegalAggregation, "Aggregate function " + aggregate->name +
                                                   " is found in " + std::string(place) +
                                                   " in query"};
  }
  refuse_windows(bound, "in " + std::string(place));
}

}  // namespace freshet
