#include "tests/unit/query/function/select_text.h"

#include <limits>

#include "query/expression/evaluator.h"
#include "query/expression/expression.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/text.h"
#include "storage/column/time_zone.h"

namespace freshet {

const FunctionContext& test_context() {
  static const FunctionContext context = [] {
    FunctionContext made;
    made.time_zone = TimeZone::utc();
    made.now_ns = 1'710'498'030'123'456'789;
    made.database = "default";
    made.user = "default";
    made.query_id = "test-query";
    made.server_version = "26.7.2.1";
    made.host_name = "localhost";
    made.uptime_s = 5;
    made.random_seed = 1;
    return made;
  }();
  return context;
}

namespace {

constexpr size_t kRows = 3;

DataTypePtr unsigned_type(uint64_t value) {
  if (value <= std::numeric_limits<uint8_t>::max()) return simple_type(TypeId::UInt8);
  if (value <= std::numeric_limits<uint16_t>::max()) return simple_type(TypeId::UInt16);
  if (value <= std::numeric_limits<uint32_t>::max()) return simple_type(TypeId::UInt32);
  return simple_type(TypeId::UInt64);
}

DataTypePtr signed_type(int64_t value) {
  if (value >= std::numeric_limits<int8_t>::min()) return simple_type(TypeId::Int8);
  if (value >= std::numeric_limits<int16_t>::min()) return simple_type(TypeId::Int16);
  if (value >= std::numeric_limits<int32_t>::min()) return simple_type(TypeId::Int32);
  return simple_type(TypeId::Int64);
}

// Turns syntax into bound expressions over no table. Literals become columns of `chunk` when
// asked for.
class Binder {
 public:
  explicit Binder(LiteralForm form) : form_(form) { chunk_.row_count = kRows; }

  const Chunk& chunk() const { return chunk_; }

  BoundExpressionPtr bind(const ExpressionPtr& expression) {
    if (const auto* literal = as<Literal>(expression)) return bind_literal(*literal);
    if (const auto* call = as<FunctionCall>(expression)) return bind_call(*call);
    if (const auto* name = as<Identifier>(expression)) return bind_parameter(name->parts.back());
    throw Error(ErrorCode::NotImplemented, "Not an expression of functions and literals");
  }

 private:
  struct Parameter {
    std::string name;
    DataTypePtr type;
  };

  BoundExpressionPtr make_literal(const Value& value, const DataTypePtr& type) {
    if (form_ == LiteralForm::Constant || value.is_null()) return constant_expression(value, type);
    MutableColumnPtr column = make_column(*type);
    for (size_t i = 0; i < kRows; ++i) append_value(*column, value);
    chunk_.columns.push_back(std::move(column));
    return column_expression(static_cast<ColumnIndex>(chunk_.columns.size() - 1), type, "literal");
  }

  BoundExpressionPtr bind_literal(const Literal& literal) {
    const LiteralValue& value = literal.value;
    if (const auto* v = std::get_if<bool>(&value)) {
      return make_literal(Value(uint64_t{*v}), simple_type(TypeId::Bool));
    }
    if (const auto* v = std::get_if<uint64_t>(&value)) return make_literal(Value(*v), unsigned_type(*v));
    if (const auto* v = std::get_if<int64_t>(&value)) return make_literal(Value(*v), signed_type(*v));
    if (const auto* v = std::get_if<double>(&value)) {
      return make_literal(Value(*v), simple_type(TypeId::Float64));
    }
    if (const auto* v = std::get_if<std::string>(&value)) {
      return make_literal(Value(*v), simple_type(TypeId::String));
    }
    return make_literal(Value(), nullable_type(simple_type(TypeId::Nothing)));
  }

  BoundExpressionPtr bind_parameter(const std::string& name) {
    for (size_t i = parameters_.size(); i-- > 0;) {
      if (parameters_[i].name == name) {
        return column_expression(kLambdaColumn + static_cast<ColumnIndex>(i), parameters_[i].type,
                                 name);
      }
    }
    throw Error(ErrorCode::UnknownIdentifier, "Unknown identifier " + name);
  }

  BoundExpressionPtr bind_lambda(const Lambda& lambda,
                                 const std::vector<BoundExpressionPtr>& arguments) {
    const size_t outer = parameters_.size();
    for (const BoundExpressionPtr& argument : arguments) {
      if (!argument) continue;
      const DataType& type = *argument->type;
      if (type.id() == TypeId::Map && lambda.parameters.size() == 2) {
        add_parameter(lambda, outer, type.argument(0));
        add_parameter(lambda, outer, type.argument(1));
      } else if (type.id() == TypeId::Array) {
        add_parameter(lambda, outer, type.argument(0));
      }
    }
    const BoundExpressionPtr body = bind(lambda.body);
    const ColumnIndex first = kLambdaColumn + static_cast<ColumnIndex>(outer);
    parameters_.resize(outer);
    return lambda_expression(body, first, lambda.parameters.size(), "lambda");
  }

  void add_parameter(const Lambda& lambda, size_t outer, const DataTypePtr& type) {
    const size_t index = parameters_.size() - outer;
    if (index < lambda.parameters.size()) parameters_.push_back({lambda.parameters[index], type});
  }

  BoundExpressionPtr bind_call(const FunctionCall& call) {
    std::vector<BoundExpressionPtr> arguments(call.arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (as<Lambda>(call.arguments[i]) == nullptr) arguments[i] = bind(call.arguments[i]);
    }
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (const auto* lambda = as<Lambda>(call.arguments[i])) {
        arguments[i] = bind_lambda(*lambda, arguments);
      }
    }
    return fold_constants(function_expression(call.name, test_context(), std::move(arguments)));
  }

  LiteralForm form_;
  Chunk chunk_;
  std::vector<Parameter> parameters_;
};

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\0':
        out += "\\0";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\'':
        out += "\\'";
        break;
      default:
        out += c;
    }
  }
}

std::string cell_text(const DataTypePtr& type, const ColumnPtr& column, size_t row) {
  const Value value = value_at(*column, row);
  if (value.is_null()) return "\\N";
  TextOptions options;
  options.time_zone = test_context().time_zone;
  const DataTypePtr bare = without_nullable(type);
  const MutableColumnPtr cell = make_column(*bare);
  append_value(*cell, value);
  std::string text;
  make_cell_text(bare, options)->write(*cell, 0, text);
  if (bare->kind() != PhysicalKind::String && bare->kind() != PhysicalKind::FixedString) return text;
  std::string escaped;
  append_escaped(escaped, text);
  return escaped;
}

std::string expression_text(const ExpressionPtr& expression, LiteralForm form) {
  Binder binder(form);
  const BoundExpressionPtr bound = binder.bind(expression);
  const ColumnPtr column = evaluate_expression(*bound, binder.chunk());
  std::string text = cell_text(bound->type, column, 0);
  for (size_t row = 1; row < kRows; ++row) {
    if (!is_deterministic(*bound)) break;
    const std::string other = cell_text(bound->type, column, row);
    if (other != text) text += " | " + other;
  }
  return text;
}

}  // namespace

std::string select_text(std::string_view sql, LiteralForm form) {
  const QueryPtr query = parse_query_text(sql);
  std::string text;
  for (const ExpressionPtr& item : std::get<Select>(query->body).list) {
    if (!text.empty()) text += '\t';
    text += expression_text(item, form);
  }
  return text;
}

std::string type_text(std::string_view expression) {
  Binder binder(LiteralForm::Constant);
  return binder.bind(parse_expression_text(expression))->type->name();
}

std::string value_or_error(std::string_view expression, LiteralForm form) {
  try {
    return expression_text(parse_expression_text(expression), form);
  } catch (const Error& error) {
    return std::string(error_name(error.code()));
  }
}

}  // namespace freshet
