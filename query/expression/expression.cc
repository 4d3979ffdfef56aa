#include "query/expression/expression.h"

#include <algorithm>
#include <bit>
#include <span>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/hash.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

uint64_t hash_value(const Value& value) {
  return std::visit(
      [](const auto& cell) -> uint64_t {
        using T = std::decay_t<decltype(cell)>;
        if constexpr (std::is_same_v<T, Null>) {
          return 1;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return hash_bytes(cell);
        } else if constexpr (std::is_same_v<T, double>) {
          return hash_u64(std::bit_cast<uint64_t>(cell));
        } else if constexpr (std::is_same_v<T, ValueList>) {
          uint64_t hash = cell.size();
          for (const auto& item : cell) hash = hash_combine(hash, hash_value(item));
          return hash;
        } else {
          return hash_u64(static_cast<uint64_t>(cell));
        }
      },
      value.cell);
}

bool is_aliased(const FunctionEntry& entry) { return !entry.alias_of.empty(); }

std::string_view registered_name(const FunctionEntry& entry) {
  return is_aliased(entry) ? entry.alias_of : entry.name;
}

// Gives the finished expression its hash and size.
BoundExpressionPtr finish(BoundExpression expression) {
  uint64_t hash = static_cast<uint64_t>(expression.kind);
  switch (expression.kind) {
    case BoundExpression::Kind::Column:
      hash = hash_combine(hash, expression.column);
      break;
    case BoundExpression::Kind::Constant:
      hash = hash_combine(hash_combine(hash, hash_value(expression.value)),
                          hash_bytes(expression.type->name()));
      break;
    case BoundExpression::Kind::Function:
      hash = hash_combine(hash, hash_bytes(registered_name(*expression.function.entry)));
      break;
    case BoundExpression::Kind::Lambda:
      hash = hash_combine(hash_combine(hash, expression.lambda_parameters), expression.column);
      break;
    case BoundExpression::Kind::InSet:
      hash = hash_combine(hash, expression.set->size() * 2 + (expression.negated ? 1 : 0));
      break;
    case BoundExpression::Kind::ArrayJoin:
      break;
  }
  uint64_t nodes = 1;
  for (const auto& argument : expression.arguments) {
    hash = hash_combine(hash, argument->hash);
    nodes += argument->node_count;
  }
  if (nodes > kExpressionNodesMax) {
    throw Error{ErrorCode::QueryIsTooLarge,
                "Expression is too large after its aliases were expanded; nodes allowed: " +
                    std::to_string(kExpressionNodesMax)};
  }
  expression.hash = hash;
  expression.node_count = static_cast<uint32_t>(nodes);
  return std::make_shared<const BoundExpression>(std::move(expression));
}

void collect_columns(const BoundExpression& expression, std::vector<ColumnIndex>& columns) {
  if (expression.kind == BoundExpression::Kind::Column && expression.column < kLambdaColumn) {
    columns.push_back(expression.column);
  }
  for (const auto& argument : expression.arguments) collect_columns(*argument, columns);
}

}  // namespace

BoundExpressionPtr column_expression(ColumnIndex column, DataTypePtr type, std::string name) {
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::Column;
  expression.column = column;
  expression.type = std::move(type);
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr constant_expression(Value value, DataTypePtr type, std::string name) {
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::Constant;
  expression.value = std::move(value);
  expression.type = std::move(type);
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr function_expression(std::string_view function, const FunctionContext& context,
                                       std::vector<BoundExpressionPtr> arguments,
                                       std::string name) {
  std::vector<FunctionArgument> types;
  types.reserve(arguments.size());
  for (const auto& argument : arguments) {
    FunctionArgument type{without_low_cardinality(argument->type), nullptr,
                          argument->kind == BoundExpression::Kind::Lambda};
    if (argument->kind == BoundExpression::Kind::Constant) {
      type.constant = flat(make_constant_column(*type.type, argument->value, 1));
    }
    types.push_back(std::move(type));
  }
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::Function;
  expression.function = resolve_function(function, context, types);
  expression.type = expression.function.type;
  expression.arguments = std::move(arguments);
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr cast_expression(const BoundExpressionPtr& expression, const DataTypePtr& type,
                                   const FunctionContext& context) {
  if (*expression->type == *type) return expression;
  const auto target = constant_expression(Value(type->name()), simple_type(TypeId::String));
  return function_expression("CAST", context, {expression, target}, expression->name);
}

BoundExpressionPtr in_set_expression(BoundExpressionPtr left, std::shared_ptr<const ValueSet> set,
                                     bool negated, std::string name) {
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::InSet;
  expression.type = simple_type(TypeId::UInt8);
  if (can_be_null(*left->type)) expression.type = nullable_type(expression.type);
  expression.arguments.push_back(std::move(left));
  expression.set = std::move(set);
  expression.negated = negated;
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr lambda_expression(BoundExpressionPtr body, ColumnIndex first_parameter,
                                     size_t parameter_count, std::string name) {
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::Lambda;
  expression.type = array_type(body->type);
  expression.column = first_parameter;
  expression.lambda_parameters = parameter_count;
  expression.arguments.push_back(std::move(body));
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr array_join_expression(BoundExpressionPtr array, std::string name) {
  BoundExpression expression;
  expression.kind = BoundExpression::Kind::ArrayJoin;
  expression.type = array->type->id() == TypeId::Map ? tuple_type(array->type->arguments())
                                                     : array->type->argument(0);
  expression.arguments.push_back(std::move(array));
  expression.name = std::move(name);
  return finish(std::move(expression));
}

BoundExpressionPtr with_arguments(const BoundExpression& expression,
                                  std::vector<BoundExpressionPtr> arguments) {
  CHECK(arguments.size() == expression.arguments.size());
  BoundExpression copy = expression;
  copy.arguments = std::move(arguments);
  return finish(std::move(copy));
}

BoundExpressionPtr with_name(const BoundExpressionPtr& expression, std::string name) {
  if (expression->name == name) return expression;
  BoundExpression copy = *expression;
  copy.name = std::move(name);
  return std::make_shared<const BoundExpression>(std::move(copy));
}

bool is_call(const BoundExpression& expression, std::string_view function) {
  return expression.kind == BoundExpression::Kind::Function &&
         registered_name(*expression.function.entry) == function;
}

namespace {

// Sets are built anew wherever they are written, also in a GROUP BY that repeats an expression.
bool same_set(const ValueSet& a, const ValueSet& b) {
  if (&a == &b) return true;
  if (a.size() != b.size() || *a.type() != *b.type()) return false;
  const auto sorted_values = [](const ValueSet& set) {
    std::vector<Value> values = set.values();
    std::ranges::sort(values,
                      [](const Value& x, const Value& y) { return compare_values(x, y) < 0; });
    return values;
  };
  return sorted_values(a) == sorted_values(b);
}

}  // namespace

bool same_expression(const BoundExpression& a, const BoundExpression& b) {
  if (&a == &b) return true;
  if (a.hash != b.hash || a.kind != b.kind || a.node_count != b.node_count) return false;
  switch (a.kind) {
    case BoundExpression::Kind::Column:
      return a.column == b.column;
    case BoundExpression::Kind::Constant:
      return *a.type == *b.type && a.value == b.value;
    case BoundExpression::Kind::Function:
      if (registered_name(*a.function.entry) != registered_name(*b.function.entry)) return false;
      break;
    case BoundExpression::Kind::Lambda:
      if (a.lambda_parameters != b.lambda_parameters || a.column != b.column) return false;
      break;
    case BoundExpression::Kind::InSet:
      if (a.negated != b.negated || !same_set(*a.set, *b.set)) return false;
      break;
    case BoundExpression::Kind::ArrayJoin:
      break;
  }
  return *a.type == *b.type &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(),
                    [](const auto& x, const auto& y) { return same_expression(*x, *y); });
}

uint64_t hash_expression(const BoundExpression& expression) { return expression.hash; }

std::vector<ColumnIndex> columns_of(const BoundExpression& expression) {
  std::vector<ColumnIndex> columns;
  collect_columns(expression, columns);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

BoundExpressionPtr rewrite_expression(const BoundExpressionPtr& expression,
                                      const ExpressionRewriter& replace) {
  if (auto replacement = replace(expression)) return replacement;
  if (expression->arguments.empty()) return expression;
  std::vector<BoundExpressionPtr> arguments;
  arguments.reserve(expression->arguments.size());
  bool changed = false;
  for (const auto& argument : expression->arguments) {
    arguments.push_back(rewrite_expression(argument, replace));
    changed |= arguments.back() != argument;
  }
  return changed ? with_arguments(*expression, std::move(arguments)) : expression;
}

BoundExpressionPtr remap_columns(const BoundExpressionPtr& expression,
                                 const std::vector<ColumnIndex>& mapping) {
  return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
    if (e->kind != BoundExpression::Kind::Column) return nullptr;
    if (e->column >= mapping.size() || mapping[e->column] == e->column) return e;
    return column_expression(mapping[e->column], e->type, e->name);
  });
}

BoundExpressionPtr substitute_columns(const BoundExpressionPtr& expression,
                                      const std::vector<BoundExpressionPtr>& replacements) {
  return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
    if (e->kind != BoundExpression::Kind::Column || e->column >= kLambdaColumn) return nullptr;
    CHECK(e->column < replacements.size());
    return replacements[e->column];
  });
}

bool is_deterministic(const BoundExpression& expression) {
  if (expression.kind == BoundExpression::Kind::Function &&
      !expression.function.entry->deterministic) {
    return false;
  }
  return std::all_of(expression.arguments.begin(), expression.arguments.end(),
                     [](const auto& argument) { return is_deterministic(*argument); });
}

bool contains_kind(const BoundExpression& expression, BoundExpression::Kind kind) {
  if (expression.kind == kind) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const auto& argument) { return contains_kind(*argument, kind); });
}

}  // namespace freshet
