#include <algorithm>

#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/operator_table.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

bool is_number(const Expression& expression) {
  const auto* literal = as<Literal>(expression);
  return literal && !std::holds_alternative<NullLiteral>(literal->value) &&
         !std::holds_alternative<bool>(literal->value) &&
         !std::holds_alternative<std::string>(literal->value);
}

bool is_negative(const Expression& expression) {
  return is_number(expression) && literal_sql(*as<Literal>(expression))[0] == '-';
}

int precedence_of(const FunctionCall& call) {
  if (!call.operator_syntax) return precedence::kPrimary;
  if (call.name == "not") return precedence::kNot;
  if (call.name == "negate") return precedence::kNegate;
  if (call.name == "isNull" || call.name == "isNotNull") return precedence::kIs;
  if (call.name == "arrayElement" || call.name == "tupleElement") return precedence::kPostfix;
  const BinaryOperator* row = find_operator(call.name);
  return row ? row->precedence : precedence::kPrimary;
}

int precedence_of(const Expression& expression) {
  if (const auto* call = as<FunctionCall>(expression)) return precedence_of(*call);
  if (as<Lambda>(expression)) return precedence::kTernary;
  if (is_negative(expression)) return precedence::kNegate;
  return precedence::kPrimary;
}

void write_node(SqlWriter& writer, const Expression& expression);

void write_parenthesised(SqlWriter& writer, const ExpressionPtr& expression) {
  writer.add('(');
  write_aliased(writer, expression);
  writer.add(')');
}

// In parentheses if it binds less tightly than `minimum`.
void write_operand(SqlWriter& writer, const ExpressionPtr& expression, int minimum) {
  if (!expression->alias.empty() || precedence_of(*expression) < minimum) {
    write_parenthesised(writer, expression);
  } else {
    write_node(writer, *expression);
  }
}

void write_aliased_list(SqlWriter& writer, const std::vector<ExpressionPtr>& list) {
  writer.inline_list(list, [&](const ExpressionPtr& item) { write_aliased(writer, item); });
}

void write_binary(SqlWriter& writer, const FunctionCall& call, const BinaryOperator& row) {
  const bool membership = call.name.ends_with("in") || call.name.ends_with("In");
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const ExpressionPtr& argument = call.arguments[i];
    if (i > 0) {
      writer.add(' ');
      writer.add(row.spelling);
      writer.add(' ');
    }
    if (i > 0 && membership && as<Literal>(argument)) {
      write_parenthesised(writer, argument);
    } else {
      write_operand(writer, argument, row.precedence + (i > 0 || row.merges ? 1 : 0));
    }
  }
}

// -(1) is not the literal -1, and -- would begin a comment.
void write_negate(SqlWriter& writer, const FunctionCall& call) {
  writer.add('-');
  const ExpressionPtr& operand = call.arguments[0];
  const auto* inner = as<FunctionCall>(operand);
  const bool guarded =
      is_number(*operand) || (inner && inner->operator_syntax && inner->name == "negate");
  write_operand(writer, operand, guarded ? precedence::kPrimary + 1 : precedence::kNegate);
}

// Something whose `.name` cannot be taken for the rest of an identifier or of a number.
bool takes_dot(const Expression& expression) {
  const auto* call = as<FunctionCall>(expression);
  if (as<QueryParameter>(expression)) return true;
  return call && (!call->operator_syntax || call->name == "array" || call->name == "tuple" ||
                  call->name == "arrayElement" || call->name == "tupleElement");
}

void write_tuple_element(SqlWriter& writer, const FunctionCall& call) {
  const ExpressionPtr& tuple = call.arguments[0];
  const auto* element = as<Literal>(call.arguments[1]);
  const auto* name = std::get_if<std::string>(&element->value);
  const bool bare = takes_dot(*tuple) || (!name && as<Identifier>(tuple));
  write_operand(writer, tuple, bare ? precedence::kPostfix : precedence::kPrimary + 1);
  writer.add('.');
  writer.add(name ? quote_name(*name) : literal_sql(*element));
}

// Calls that were written as operators or brackets. False: written as a call after all.
bool write_operator(SqlWriter& writer, const FunctionCall& call) {
  if (!call.operator_syntax) return false;
  if (call.name == "array" || call.name == "tuple") {
    const bool is_array = call.name == "array";
    writer.add(is_array ? '[' : '(');
    write_aliased_list(writer, call.arguments);
    if (!is_array && call.arguments.size() == 1) writer.add(',');
    writer.add(is_array ? ']' : ')');
  } else if (call.name == "not") {
    writer.add("NOT ");
    write_operand(writer, call.arguments[0], precedence::kNot);
  } else if (call.name == "negate") {
    write_negate(writer, call);
  } else if (call.name == "isNull" || call.name == "isNotNull") {
    write_operand(writer, call.arguments[0], precedence::kIs);
    writer.add(call.name == "isNull" ? " IS NULL" : " IS NOT NULL");
  } else if (call.name == "arrayElement") {
    write_operand(writer, call.arguments[0], precedence::kPostfix);
    writer.add('[');
    write_expression(writer, call.arguments[1]);
    writer.add(']');
  } else if (call.name == "tupleElement") {
    write_tuple_element(writer, call);
  } else if (call.name == "exists") {
    writer.add("EXISTS ");
    write_node(writer, *call.arguments[0]);
  } else if (const BinaryOperator* row = find_operator(call.name)) {
    write_binary(writer, call, *row);
  } else {
    return false;
  }
  return true;
}

// dateDiff(day, ..) has a unit as its first argument, dateDiff(`day`, ..) a column.
bool looks_like_unit(std::string_view function, const Expression& argument) {
  const auto* identifier = as<Identifier>(argument);
  return identifier && identifier->parts.size() == 1 && argument.alias.empty() &&
         same_keyword(function, "dateDiff") && !interval_unit(identifier->parts[0]).empty();
}

// What follows `function(`, where some functions have a grammar of their own.
void write_first_list(SqlWriter& writer, std::string_view function,
                      const std::vector<ExpressionPtr>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) writer.add(", ");
    if (i == 0 && looks_like_unit(function, *list[i])) {
      writer.add(always_quote_name(as<Identifier>(list[i])->parts[0]));
    } else if (i == 0 && same_keyword(function, "CAST")) {
      write_expression(writer, list[i]);
    } else {
      write_aliased(writer, list[i]);
    }
  }
}

void write_call(SqlWriter& writer, const FunctionCall& call) {
  if (write_operator(writer, call)) return;
  writer.add(quote_function_name(call.name));
  writer.add('(');
  const bool parametric = !call.parameters.empty();
  if (parametric) {
    write_first_list(writer, call.name, call.parameters);
    writer.add(")(");
  }
  if (call.distinct) writer.add("DISTINCT ");
  write_first_list(writer, parametric ? "" : call.name, call.arguments);
  writer.add(')');
  if (call.null_treatment == NullTreatment::IgnoreNulls) writer.add(" IGNORE NULLS");
  if (call.null_treatment == NullTreatment::RespectNulls) writer.add(" RESPECT NULLS");
  if (!call.over) return;
  writer.add(" OVER ");
  if (call.over->reference) {
    writer.add(quote_name(call.over->window));
  } else {
    write_window_spec(writer, *call.over);
  }
}

void write_transformer(SqlWriter& writer, const ColumnTransformer& transformer) {
  if (const auto* except = std::get_if<ColumnExcept>(&transformer)) {
    writer.add(" EXCEPT (");
    if (except->names.empty()) writer.add(quote_string(except->pattern));
    writer.inline_list(except->names,
                       [&](const std::string& name) { writer.add(quote_name(name)); });
  } else if (const auto* replace = std::get_if<ColumnReplace>(&transformer)) {
    writer.add(" REPLACE (");
    writer.inline_list(replace->replacements, [&](const ColumnReplacement& item) {
      write_expression(writer, item.expression);
      writer.add(" AS ");
      writer.add(quote_name(item.name));
    });
  } else if (const auto* apply = std::get_if<ColumnApply>(&transformer)) {
    writer.add(" APPLY (");
    if (apply->lambda) {
      write_expression(writer, apply->lambda);
    } else {
      writer.add(quote_name(apply->function));
    }
    if (!apply->parameters.empty()) {
      writer.add('(');
      write_aliased_list(writer, apply->parameters);
      writer.add(')');
    }
  }
  writer.add(')');
}

void write_transformers(SqlWriter& writer, const std::vector<ColumnTransformer>& transformers) {
  for (const auto& transformer : transformers) write_transformer(writer, transformer);
}

void write_qualifier(SqlWriter& writer, const std::vector<std::string>& qualifier) {
  if (qualifier.empty()) return;
  writer.add(dotted_name(qualifier));
  writer.add('.');
}

void write_lambda(SqlWriter& writer, const Lambda& lambda) {
  const bool several = lambda.parameters.size() > 1;
  if (several) writer.add('(');
  writer.inline_list(lambda.parameters,
                     [&](const std::string& name) { writer.add(quote_name(name)); });
  writer.add(several ? ") -> " : " -> ");
  write_expression(writer, lambda.body);
}

void write_columns_matcher(SqlWriter& writer, const ColumnsMatcher& matcher) {
  write_qualifier(writer, matcher.qualifier);
  writer.add("COLUMNS(");
  if (matcher.columns.empty()) writer.add(quote_string(matcher.pattern));
  writer.inline_list(matcher.columns,
                     [&](const Identifier& column) { writer.add(dotted_name(column.parts)); });
  writer.add(')');
  write_transformers(writer, matcher.transformers);
}

void write_node(SqlWriter& writer, const Expression& expression) {
  if (const auto* literal = as<Literal>(expression)) {
    writer.add(literal_sql(*literal));
  } else if (const auto* identifier = as<Identifier>(expression)) {
    writer.add(dotted_name(identifier->parts));
  } else if (const auto* asterisk = as<Asterisk>(expression)) {
    write_qualifier(writer, asterisk->qualifier);
    writer.add('*');
    write_transformers(writer, asterisk->transformers);
  } else if (const auto* matcher = as<ColumnsMatcher>(expression)) {
    write_columns_matcher(writer, *matcher);
  } else if (const auto* call = as<FunctionCall>(expression)) {
    write_call(writer, *call);
  } else if (const auto* lambda = as<Lambda>(expression)) {
    write_lambda(writer, *lambda);
  } else if (const auto* subquery = as<Subquery>(expression)) {
    write_subquery(writer, *subquery->query);
  } else if (const auto* parameter = as<QueryParameter>(expression)) {
    writer.add('{' + parameter->name + ':' + parameter->type + '}');
  }
}

void write_frame_bound(SqlWriter& writer, const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBoundKind::UnboundedPreceding:
      writer.add("UNBOUNDED PRECEDING");
      return;
    case FrameBoundKind::UnboundedFollowing:
      writer.add("UNBOUNDED FOLLOWING");
      return;
    case FrameBoundKind::CurrentRow:
      writer.add("CURRENT ROW");
      return;
    default:
      write_expression(writer, bound.offset);
      writer.add(bound.kind == FrameBoundKind::Preceding ? " PRECEDING" : " FOLLOWING");
  }
}

}  // namespace

std::string dotted_name(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty()) name += '.';
    name += quote_name(part);
  }
  return name;
}

void write_expression(SqlWriter& writer, const ExpressionPtr& expression) {
  write_operand(writer, expression, 0);
}

void write_aliased(SqlWriter& writer, const ExpressionPtr& expression) {
  write_node(writer, *expression);
  if (expression->alias.empty()) return;
  writer.add(" AS ");
  writer.add(quote_name(expression->alias));
}

void write_call_or_name(SqlWriter& writer, const ExpressionPtr& expression) {
  const auto* call = as<FunctionCall>(expression);
  if (call->operator_syntax && call->arguments.empty()) {
    writer.add(quote_name(call->name));
  } else {
    write_call(writer, *call);
  }
}

void write_order_item(SqlWriter& writer, const OrderItem& item) {
  if (item.expression) {
    write_aliased(writer, item.expression);
  } else {
    writer.add("ALL");
  }
  writer.add(item.descending ? " DESC" : " ASC");
  if (item.nulls_first) writer.add(*item.nulls_first ? " NULLS FIRST" : " NULLS LAST");
  if (!item.collation.empty()) writer.add(" COLLATE " + quote_string(item.collation));
}

void write_window_spec(SqlWriter& writer, const WindowSpec& spec) {
  writer.add('(');
  std::string_view blank;
  auto part = [&](std::string_view words) {
    writer.add(blank);
    writer.add(words);
    blank = " ";
  };
  if (!spec.window.empty()) part(quote_name(spec.window));
  if (!spec.partition_by.empty()) {
    part("PARTITION BY ");
    write_aliased_list(writer, spec.partition_by);
  }
  if (!spec.order_by.empty()) {
    part("ORDER BY ");
    writer.inline_list(spec.order_by,
                       [&](const OrderItem& item) { write_order_item(writer, item); });
  }
  if (spec.frame) {
    const FrameUnit unit = spec.frame->unit;
    part(unit == FrameUnit::Rows ? "ROWS" : unit == FrameUnit::Range ? "RANGE" : "GROUPS");
    writer.add(" BETWEEN ");
    write_frame_bound(writer, spec.frame->begin);
    writer.add(" AND ");
    write_frame_bound(writer, spec.frame->end);
  }
  writer.add(')');
}

std::string to_sql(const Expression& expression, PrintStyle style) {
  SqlWriter writer(style);
  write_node(writer, expression);
  std::string text = writer.take();
  if (!expression.alias.empty()) text += " AS " + quote_name(expression.alias);
  return text;
}

}  // namespace freshet
