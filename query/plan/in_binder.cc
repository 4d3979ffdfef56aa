// x IN (...): the right side becomes a ValueSet of the left side's type.
//
//   a IN (1, 2)              set {1, 2}
//   (a, b) IN ((1, 2))       set of tuples {(1, 2)}
//   a IN [1, 2]              set {1, 2}
//   a IN (SELECT ..), IN t   the subquery's rows
//   a IN (b, 1)              a = b OR a = 1
//   a IN array               has(array, a), NULL where a is
#include <algorithm>

#include "query/expression/evaluator.h"
#include "query/expression/value_conversion.h"
#include "query/function/cast.h"
#include "query/plan/correlated_subqueries.h"
#include "query/plan/expression_binder.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"

namespace freshet {

namespace {

struct TypedValue {
  Value value;
  DataTypePtr type;
};

bool is_tuple(const DataType& type) { return type.id() == TypeId::Tuple; }
bool is_array(const DataType& type) { return type.id() == TypeId::Array; }

// The set's type: the left side's without Nullable and LowCardinality.
DataTypePtr element_type(const BoundExpression& left) { return without_nullable(left.type); }

std::shared_ptr<const ValueSet> make_set(const DataTypePtr& type,
                                         const std::vector<TypedValue>& values,
                                         const FunctionContext& functions) {
  auto column = make_column(*type);
  for (const auto& item : values) {
    const auto converted = convert_exactly(item.value, item.type, type, functions);
    if (converted && !converted->is_null()) append_value(*column, *converted);
  }
  return std::make_shared<const ValueSet>(type, ColumnPtr(std::move(column)));
}

// The elements of a constant right side: of a tuple or an array, or the constant itself.
std::vector<TypedValue> elements_of(const TypedValue& right, const DataType& left) {
  const DataType& type = *right.type;
  const auto holds_left_like = [&](const DataTypePtr& element) {
    const auto id = without_nullable(element)->id();
    return id == left.id() || id == TypeId::Nothing;
  };
  bool spread = is_tuple(type) || is_array(type);
  // A tuple for a tuple is one element, unless it is made of tuples.
  if (spread && (is_tuple(left) || is_array(left))) {
    spread = std::ranges::all_of(type.arguments(), holds_left_like);
  }
  if (!spread) return {right};
  std::vector<TypedValue> elements;
  const auto& cells = right.value.as<ValueList>();
  for (size_t i = 0; i < cells.size(); ++i) {
    elements.push_back({cells[i], is_tuple(type) ? type.argument(i) : type.argument(0)});
  }
  return elements;
}

// (a, b, c) and [a, b, c] as written, so that long lists need not become one tuple first.
const FunctionCall* written_list(const ExpressionPtr& right) {
  const auto* call = as<FunctionCall>(right);
  return call != nullptr && (call->name == "tuple" || call->name == "array") ? call : nullptr;
}

// x = a OR x = b ...: a list in which not all is constant.
BoundExpressionPtr any_equal(const BoundExpressionPtr& left,
                             const std::vector<BoundExpressionPtr>& list, bool negated,
                             const ExpressionBinder& binder) {
  std::vector<BoundExpressionPtr> tests;
  for (const auto& item : list) {
    tests.push_back(binder.call(negated ? "notEquals" : "equals", {left, item}));
  }
  if (tests.size() == 1) return tests[0];
  return binder.call(negated ? "and" : "or", std::move(tests));
}

// A list that is written out, for a left side that is no tuple and no array.
BoundExpressionPtr in_list(const BoundExpressionPtr& left, const std::string& name,
                           const FunctionCall& list, bool negated, ExpressionBinder& binder) {
  std::vector<BoundExpressionPtr> items;
  std::vector<TypedValue> values;
  for (const auto& argument : list.arguments) {
    items.push_back(fold_constants(binder.bind(argument)));
    if (items.back()->kind == BoundExpression::Kind::Constant) {
      values.push_back({items.back()->value, items.back()->type});
    }
  }
  if (values.size() < items.size()) return any_equal(left, items, negated, binder);
  return in_set_expression(left, make_set(element_type(*left), values, binder.functions()), negated,
                           name);
}

BoundExpressionPtr in_expression(const BoundExpressionPtr& left, const std::string& name,
                                 const BoundExpressionPtr& right, bool negated,
                                 ExpressionBinder& binder) {
  if (right->kind == BoundExpression::Kind::Constant) {
    const DataTypePtr type = element_type(*left);
    const auto values = elements_of({right->value, right->type}, *type);
    return in_set_expression(left, make_set(type, values, binder.functions()), negated, name);
  }
  if (!is_array(*right->type)) return any_equal(left, {right}, negated, binder);
  auto result = binder.call("has", {right, left});
  if (negated) result = binder.call("not", {std::move(result)});
  const auto type = nullable_type(simple_type(TypeId::UInt8));
  if (!can_be_null(*left->type)) return binder.cast(result, type);
  return binder.call("if", {binder.call("isNull", {left}),
                            constant_expression(Value(), type, "NULL"), std::move(result)});
}

// Rows of a subquery as one column: a tuple when there are several columns.
ColumnPtr rows_as_column(const Chunk& rows) {
  if (rows.columns.size() == 1) return flat(rows.columns[0]);
  std::vector<ColumnPtr> columns;
  for (const auto& column : rows.columns) columns.push_back(flat(column));
  return std::make_shared<TupleColumn>(std::move(columns), rows.row_count);
}

bool are_numbers(const DataTypePtr& a, const DataTypePtr& b) {
  return is_number(*without_nullable(a)) && is_number(*without_nullable(b));
}

// The type in which both sides can be compared; of numbers without a common type, such as Int32 and
// UInt64, the left one.
DataTypePtr lookup_type(const DataTypePtr& left, const DataTypePtr& right) {
  if (const auto common = common_type({left, right})) return without_nullable(*common);
  if (are_numbers(left, right)) return left;
  if (is_tuple(*left) && is_tuple(*right)) {
    std::vector<DataTypePtr> types;
    for (size_t i = 0; i < left->arguments().size(); ++i) {
      const DataTypePtr& a = left->argument(i);
      const DataTypePtr& b = right->argument(i);
      const auto common = common_type({a, b});
      if (!common && !are_numbers(a, b)) break;
      const bool nullable = can_be_null(*a) || can_be_null(*b);
      types.push_back(common ? *common : nullable ? nullable_type(without_nullable(a)) : a);
    }
    if (types.size() == left->arguments().size()) return tuple_type(std::move(types));
  }
  throw Error{ErrorCode::TypeMismatch, "Types of column 1 in section IN don't match: " +
                                           left->name() + " and " + right->name()};
}

// When the column's type, `from`, has no common type with `to`: keeps the rows whose cells `to` can
// hold, in that type. No other row can equal anything of it.
void keep_fitting_rows(Chunk& rows, ColumnIndex index, DataTypePtr& from, const DataTypePtr& to,
                       const FunctionContext& functions) {
  if (!are_numbers(from, to) || common_type({from, to})) return;
  CastOptions options;
  options.accurate = true;
  options.on_failure = CastFailure::Null;
  const BoundCast bound = make_cast(functions, from, nullable_type(without_nullable(to)), options);
  const ColumnPtr cells = flat(bound.cast(flat(rows.columns[index])));
  const std::span<const uint8_t> nulls = static_cast<const NullableColumn&>(*cells).nulls();
  std::vector<RowIndex> fitting;
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (nulls[row] == 0) fitting.push_back(static_cast<RowIndex>(row));
  }
  rows.columns[index] = cells;
  rows = rows.select(fitting);
  from = bound.type;
}

BoundExpressionPtr in_query(BoundExpressionPtr left, const FunctionCall& call, LogicalPlan plan,
                            bool negated, const ExpressionBinder& binder) {
  const Schema schema = plan.schema();
  DataTypePtr right_type = schema[0].type;
  if (schema.size() > 1) {
    std::vector<DataTypePtr> types;
    for (const auto& column : schema.columns()) types.push_back(column.type);
    right_type = tuple_type(std::move(types));
  }
  const DataTypePtr left_type = without_nullable(left->type);
  const size_t left_width = is_tuple(*left_type) ? left_type->arguments().size() : 1;
  if (schema.size() > 1 && schema.size() != left_width) {
    throw Error{ErrorCode::IncorrectNumberOfColumns,
                "Number of columns in section IN doesn't match: " + std::to_string(left_width) +
                    " at left, " + std::to_string(schema.size()) + " at right"};
  }
  const auto bare_right = without_nullable(right_type);
  DataTypePtr type = left_type;
  if (*bare_right != *left_type) {
    type = lookup_type(left_type, bare_right);
    left = binder.cast(left, can_be_null(*left->type) ? nullable_type(type) : type);
  }
  Chunk rows = run_subquery(std::move(plan), std::nullopt, binder.environment());
  if (schema.size() > 1) {
    std::vector<DataTypePtr> types = right_type->arguments();
    for (size_t i = 0; i < types.size(); ++i) {
      keep_fitting_rows(rows, i, types[i], type->argument(i), binder.functions());
    }
    right_type = tuple_type(std::move(types));
  } else {
    keep_fitting_rows(rows, 0, right_type, type, binder.functions());
  }
  ColumnPtr cells = rows_as_column(rows);
  const DataTypePtr target = can_be_null(*right_type) ? nullable_type(type) : type;
  const DataTypePtr source = without_low_cardinality(right_type);
  if (*source != *target) {
    cells = flat(cast_column(binder.functions(), cells, source, target));
  }
  return in_set_expression(std::move(left), std::make_shared<const ValueSet>(type, cells), negated,
                           call.name);
}

BoundExpressionPtr in_subquery(const BoundExpressionPtr& left, const FunctionCall& call,
                               const Subquery& subquery, bool negated,
                               const ExpressionBinder& binder) {
  LogicalPlan plan;
  try {
    plan = bind_query(*subquery.query, binder.environment());
  } catch (const Error& error) {
    CorrelatedSubqueries* correlated = binder.correlated();
    if (error.code() != ErrorCode::UnknownIdentifier || correlated == nullptr) throw;
    return with_name(correlated->bind_in(left, subquery, negated, error), call.name);
  }
  return in_query(left, call, std::move(plan), negated, binder);
}

// `IN t`: SELECT * FROM t.
QueryPtr query_of_table(const Identifier& identifier, SourceRange range) {
  Select select;
  select.list.push_back(make_expression(Asterisk{}, range));
  TableName name;
  name.table = identifier.parts.back();
  if (identifier.parts.size() > 1) name.database = identifier.parts[0];
  TableExpression table;
  table.source = std::move(name);
  select.from = std::move(table);
  return make_query(std::move(select), range);
}

}  // namespace

bool is_in_function(std::string_view name) {
  return name == "in" || name == "notIn" || name == "globalIn" || name == "globalNotIn";
}

BoundExpressionPtr bind_in(const FunctionCall& call, ExpressionBinder& binder) {
  if (call.arguments.size() != 2) {
    throw Error{ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function " + call.name +
                    " needs two arguments; given: " + std::to_string(call.arguments.size())};
  }
  const bool negated = call.name == "notIn" || call.name == "globalNotIn";
  const auto left = binder.bind(call.arguments[0]);
  if (left->kind == BoundExpression::Kind::Constant && left->value.is_null()) {
    return constant_expression(Value(), nullable_type(simple_type(TypeId::Nothing)), call.name);
  }
  const ExpressionPtr& right = call.arguments[1];
  BoundExpressionPtr result;
  const auto* identifier = as<Identifier>(right);
  if (const auto* subquery = as<Subquery>(right)) {
    result = in_subquery(left, call, *subquery, negated, binder);
  } else if (identifier != nullptr && identifier->parts.size() <= 2 && !binder.knows(*identifier)) {
    const QueryPtr query = query_of_table(*identifier, right->range);
    result = in_query(left, call, bind_query(*query, binder.environment()), negated, binder);
  } else {
    const auto* list = written_list(right);
    const bool plain = !is_tuple(*left->type) && !is_array(*left->type);
    result =
        plain && list != nullptr
            ? in_list(left, call.name, *list, negated, binder)
            : in_expression(left, call.name, fold_constants(binder.bind(right)), negated, binder);
  }
  return left->kind == BoundExpression::Kind::Constant ? fold_constants(result) : result;
}

}  // namespace freshet
