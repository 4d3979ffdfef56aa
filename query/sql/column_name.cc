#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

std::string join_names(const std::vector<ExpressionPtr>& list) {
  std::string text;
  for (const ExpressionPtr& item : list) {
    if (!text.empty()) text += ", ";
    text += column_name(*item);
  }
  return text;
}

std::string window_name(const WindowSpec& spec) {
  if (spec.reference) return " OVER " + spec.window;
  std::string text = spec.window;
  auto add = [&](const std::string& part) { text += text.empty() ? part : " " + part; };
  if (!spec.partition_by.empty()) add("PARTITION BY " + join_names(spec.partition_by));
  std::string order;
  for (const OrderItem& item : spec.order_by) {
    order += (order.empty() ? "" : ", ") + column_name(*item.expression);
    order += item.descending ? " DESC" : " ASC";
    if (item.nulls_first) order += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  if (!order.empty()) add("ORDER BY " + order);
  if (spec.frame) {
    WindowSpec frame_only;
    frame_only.frame = spec.frame;
    SqlWriter writer(PrintStyle::OneLine);
    write_window_spec(writer, frame_only);
    const std::string frame = writer.take();
    add(frame.substr(1, frame.size() - 2));
  }
  return " OVER (" + text + ")";
}

// count(*) is named count().
bool is_plain_count(const FunctionCall& call) {
  if (call.arguments.size() != 1 || !to_lower(call.name).starts_with("count")) return false;
  const auto* asterisk = as<Asterisk>(call.arguments[0]);
  return asterisk && asterisk->qualifier.empty() && asterisk->transformers.empty();
}

std::string call_name(const FunctionCall& call) {
  if (call.name == "array") return "[" + join_names(call.arguments) + "]";
  if (call.name == "tuple") return "(" + join_names(call.arguments) + ")";
  std::string text = call.name;
  if (call.distinct) text += "Distinct";
  if (!call.parameters.empty()) text += "(" + join_names(call.parameters) + ")";
  text += "(" + (is_plain_count(call) ? "" : join_names(call.arguments)) + ")";
  if (call.over) text += window_name(*call.over);
  return text;
}

std::string lambda_name(const Lambda& lambda) {
  std::string parameters;
  for (const std::string& name : lambda.parameters) {
    parameters += (parameters.empty() ? "" : ", ") + name;
  }
  return "lambda(tuple(" + parameters + "), " + column_name(*lambda.body) + ")";
}

std::string identifier_name(const Identifier& identifier) {
  std::string text;
  for (const std::string& part : identifier.parts) text += (text.empty() ? "" : ".") + part;
  return text;
}

}  // namespace

std::string column_name(const Expression& expression) {
  if (!expression.alias.empty()) return expression.alias;
  if (const auto* literal = as<Literal>(expression)) return literal_name(*literal);
  if (const auto* identifier = as<Identifier>(expression)) return identifier_name(*identifier);
  if (const auto* call = as<FunctionCall>(expression)) return call_name(*call);
  if (const auto* lambda = as<Lambda>(expression)) return lambda_name(*lambda);
  return to_sql(expression);
}

}  // namespace freshet
