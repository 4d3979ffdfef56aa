#include <limits>

#include "query/expression/value_conversion.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

BoundTables bind_generator(std::string name, std::vector<Value> arguments, std::string column,
                           TypeId type) {
  Schema schema;
  schema.add(std::move(column), simple_type(type));
  TableFunctionNode node{std::move(name), std::move(arguments), {0}};
  return {make_plan(std::move(node), schema), scope_of(schema)};
}

BoundTables bind_numbers(uint64_t offset, Value count, uint64_t step,
                         std::string column = "number") {
  return bind_generator("numbers", {Value(offset), std::move(count), Value(step)},
                        std::move(column), TypeId::UInt64);
}

BoundTables bind_zeros(Value count) {
  return bind_generator("zeros", {std::move(count)}, "zero", TypeId::UInt8);
}

BoundTables bind_one() {
  Schema schema;
  schema.add("dummy", simple_type(TypeId::UInt8));
  ValuesNode node;
  node.chunk.columns.push_back(flat(make_default_column(*schema[0].type, 1)));
  node.chunk.row_count = 1;
  return {make_plan(std::move(node), schema), scope_of(schema)};
}

void refuse_count(const FunctionCall& call, const std::string& wanted) {
  throw Error{ErrorCode::NumberOfArgumentsDoesntMatch,
              "Table function " + call.name + " requires " + wanted +
                  " arguments; given: " + std::to_string(call.arguments.size())};
}

class Arguments {
 public:
  Arguments(const FunctionCall& call, const BindEnvironment& environment)
      : call_(call), binder_(environment, scope_) {}

  size_t count() const { return call_.arguments.size(); }
  BoundExpressionPtr constant(size_t index) {
    return binder_.bind_constant(call_.arguments[index], "Argument of " + call_.name);
  }
  uint64_t number(size_t index) {
    const auto bound = constant(index);
    const auto value = convert_exactly(bound->value, bound->type, simple_type(TypeId::UInt64),
                                       binder_.functions());
    if (!value) {
      throw Error{ErrorCode::BadArguments, "Argument of table function " + call_.name +
                                               " must be a non-negative integer: argument " +
                                               std::to_string(index + 1)};
    }
    return value->as<uint64_t>();
  }
  const FunctionContext& functions() const { return binder_.functions(); }

 private:
  const FunctionCall& call_;
  NameScope scope_;
  ExpressionBinder binder_;
};

BoundTables bind_numbers_call(const FunctionCall& call, Arguments arguments) {
  switch (arguments.count()) {
    case 0:
      return bind_numbers(0, Value(), 1);
    case 1:
      return bind_numbers(0, Value(arguments.number(0)), 1);
    case 2:
      return bind_numbers(arguments.number(0), Value(arguments.number(1)), 1);
    case 3: {
      const uint64_t step = arguments.number(2);
      if (step == 0)
        throw Error{ErrorCode::BadArguments, "Table function numbers requires step > 0"};
      // The count is that of numbers before the step is applied.
      const uint64_t length = arguments.number(1);
      return bind_numbers(arguments.number(0), Value(length / step + (length % step != 0 ? 1 : 0)),
                          step);
    }
    default:
      refuse_count(call, "up to 3");
  }
  return {};
}

BoundTables bind_series(const FunctionCall& call, Arguments arguments) {
  if (arguments.count() != 2 && arguments.count() != 3) refuse_count(call, "2 or 3");
  const uint64_t start = arguments.number(0);
  const uint64_t stop = arguments.number(1);
  const uint64_t step = arguments.count() == 3 ? arguments.number(2) : 1;
  if (step == 0) {
    throw Error{ErrorCode::BadArguments, "Table function " + call.name + " requires step > 0"};
  }
  const uint64_t count = stop < start ? 0 : (stop - start) / step + 1;
  return bind_numbers(start, Value(count), step, "generate_series");
}

// "a UInt8, b Array(String)": names and types; commas inside parentheses belong to types.
Schema parse_structure(const std::string& text) {
  Schema schema;
  size_t begin = 0;
  int depth = 0;
  const auto add = [&](size_t end) {
    const std::string_view blanks = " \t\n\r";
    const size_t first = text.find_first_not_of(blanks, begin);
    const size_t name_end = first == std::string::npos ? first : text.find_first_of(blanks, first);
    if (name_end == std::string::npos || name_end >= end) {
      throw Error{ErrorCode::SyntaxError, "Structure must be 'name Type, ...': " + text};
    }
    std::string name = text.substr(first, name_end - first);
    if (name.size() > 2 && name.front() == '`' && name.back() == '`') {
      name = name.substr(1, name.size() - 2);
    }
    schema.add(std::move(name), parse_data_type(text.substr(name_end, end - name_end)));
    begin = end + 1;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) add(i);
  }
  add(text.size());
  return schema;
}

ValueList cells_of_row(const BoundExpression& row, size_t width) {
  if (width > 1 || row.type->id() == TypeId::Tuple) return row.value.as<ValueList>();
  return {row.value};
}

std::vector<DataTypePtr> types_of_row(const BoundExpression& row) {
  if (row.type->id() == TypeId::Tuple) return row.type->arguments();
  return {row.type};
}

// values('a UInt8, b String', (1, 'x'), (2, 'y')); without a structure: c1, c2, ...
BoundTables bind_values(const FunctionCall& call, Arguments arguments) {
  if (arguments.count() == 0) refuse_count(call, "1 or more");
  std::vector<BoundExpressionPtr> rows;
  for (size_t i = 0; i < arguments.count(); ++i) rows.push_back(arguments.constant(i));
  Schema schema;
  const bool structured = rows.size() > 1 && rows[0]->type->id() == TypeId::String &&
                          rows[0]->value.as<std::string>().find(' ') != std::string::npos;
  if (structured) {
    schema = parse_structure(rows[0]->value.as<std::string>());
    rows.erase(rows.begin());
  } else {
    for (size_t c = 0; c < types_of_row(*rows[0]).size(); ++c) {
      std::vector<DataTypePtr> types;
      for (const auto& row : rows) types.push_back(types_of_row(*row).at(c));
      const auto type = common_type(types);
      if (!type) {
        throw Error{
            ErrorCode::NoCommonType,
            "Rows of table function values have no common type in column " + std::to_string(c + 1)};
      }
      schema.add("c" + std::to_string(c + 1), *type);
    }
  }
  std::vector<MutableColumnPtr> columns;
  for (const auto& column : schema.columns()) columns.push_back(make_column(*column.type));
  for (const auto& row : rows) {
    const auto types = types_of_row(*row);
    const auto cells = cells_of_row(*row, schema.size());
    if (cells.size() != schema.size()) {
      throw Error{ErrorCode::BadArguments, "Rows of table function values must have " +
                                               std::to_string(schema.size()) +
                                               " cells; given: " + std::to_string(cells.size())};
    }
    for (size_t c = 0; c < cells.size(); ++c) {
      const auto value = convert_exactly(cells[c], types[c], schema[c].type, arguments.functions());
      if (!value) {
        throw Error{ErrorCode::TypeMismatch,
                    "Cannot convert a cell of table function values to " + schema[c].type->name()};
      }
      append_value(*columns[c], *value);
    }
  }
  ValuesNode node;
  node.chunk.row_count = rows.size();
  for (auto& column : columns) node.chunk.columns.push_back(std::move(column));
  return {make_plan(std::move(node), schema), scope_of(schema)};
}

}  // namespace

BoundTables bind_table_function(const FunctionCall& call, const BindEnvironment& environment) {
  const std::string& name = call.name;
  if (name == "view" && call.arguments.size() == 1) {
    if (const auto* subquery = as<Subquery>(call.arguments[0])) {
      LogicalPlan plan = bind_query(*subquery->query, environment);
      NameScope scope = scope_of(plan.schema());
      return {std::move(plan.root), std::move(scope)};
    }
  }
  const auto arguments = [&] { return Arguments(call, environment); };
  if (name == "numbers" || name == "numbers_mt") return bind_numbers_call(call, arguments());
  if (name == "generate_series" || name == "generateSeries") return bind_series(call, arguments());
  if (name == "one" && call.arguments.empty()) return bind_one();
  if (name == "values" || name == "VALUES") return bind_values(call, arguments());
  if (name == "zeros" || name == "zeros_mt") {
    Arguments counts = arguments();
    if (counts.count() > 1) refuse_count(call, "up to 1");
    return bind_zeros(counts.count() == 0 ? Value() : Value(counts.number(0)));
  }
  throw Error{ErrorCode::UnknownFunction, "Unknown table function " + name};
}

std::optional<BoundTables> bind_builtin_system_table(const std::string& table) {
  if (table == "one") return bind_one();
  if (table == "numbers" || table == "numbers_mt") return bind_numbers(0, Value(), 1);
  if (table == "zeros" || table == "zeros_mt") return bind_zeros(Value());
  return std::nullopt;
}

}  // namespace freshet
