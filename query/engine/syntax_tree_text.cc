#include "query/engine/syntax_tree_text.h"

#include <utility>
#include <vector>

#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"

namespace freshet {

namespace {

struct Node {
  std::string label;
  std::vector<Node> children;
};

void print(const Node& node, size_t depth, std::string& out) {
  out.append(depth, ' ');
  out += node.label;
  if (!node.children.empty()) {
    out += " (children " + std::to_string(node.children.size()) + ")";
  }
  out += '\n';
  for (const Node& child : node.children) print(child, depth + 1, out);
}

Node node_of(const Query& query);
Node node_of(const ExpressionPtr& expression);

Node list_of(const std::vector<ExpressionPtr>& expressions) {
  Node list{"ExpressionList", {}};
  for (const ExpressionPtr& expression : expressions) list.children.push_back(node_of(expression));
  return list;
}

std::string literal_text(const Literal& literal) {
  struct Visitor {
    std::string operator()(NullLiteral) const { return "NULL"; }
    std::string operator()(bool flag) const { return flag ? "Bool_1" : "Bool_0"; }
    std::string operator()(uint64_t number) const { return "UInt64_" + std::to_string(number); }
    std::string operator()(int64_t number) const { return "Int64_" + std::to_string(number); }
    std::string operator()(double) const { return "Float64_" + text; }
    std::string operator()(const std::string& string) const { return quote_string(string); }
    const std::string& text;
  };
  return std::visit(Visitor{literal.text}, literal.value);
}

Node call_node(const FunctionCall& call) {
  Node node{"Function " + call.name, {list_of(call.arguments)}};
  if (!call.parameters.empty()) node.children.push_back(list_of(call.parameters));
  return node;
}

Node lambda_node(const Lambda& lambda) {
  Node names{"Function tuple", {{"ExpressionList", {}}}};
  for (const std::string& name : lambda.parameters) {
    names.children[0].children.push_back({"Identifier " + name, {}});
  }
  Node arguments{"ExpressionList", {}};
  arguments.children.push_back(std::move(names));
  arguments.children.push_back(node_of(lambda.body));
  return {"Function lambda", {std::move(arguments)}};
}

Node plain_node_of(const ExpressionPtr& expression) {
  if (const auto* literal = as<Literal>(expression)) return {"Literal " + literal_text(*literal), {}};
  if (const auto* call = as<FunctionCall>(expression)) return call_node(*call);
  if (const auto* lambda = as<Lambda>(expression)) return lambda_node(*lambda);
  if (const auto* subquery = as<Subquery>(expression)) {
    return {"Subquery", {node_of(*subquery->query)}};
  }
  const std::string text = to_sql(*with_alias(expression, ""));
  if (as<Identifier>(expression) != nullptr) return {"Identifier " + text, {}};
  if (as<Asterisk>(expression) != nullptr) return {text == "*" ? "Asterisk" : "Asterisk " + text, {}};
  return {text, {}};
}

Node node_of(const ExpressionPtr& expression) {
  Node node = plain_node_of(expression);
  if (!expression->alias.empty()) node.label += " (alias " + expression->alias + ")";
  return node;
}

Node node_of(const TableExpression& table) {
  Node source;
  if (const auto* name = std::get_if<TableName>(&table.source)) {
    source.label = "TableIdentifier " +
                   (name->database.empty() ? name->table : name->database + "." + name->table);
  } else if (const auto* query = std::get_if<QueryPtr>(&table.source)) {
    source = {"Subquery", {node_of(**query)}};
  } else {
    source = node_of(std::get<TableFunction>(table.source).call);
  }
  if (!table.alias.empty()) source.label += " (alias " + table.alias + ")";
  return {"TableExpression", {std::move(source)}};
}

Node join_node(const JoinStep& step) {
  Node element{"TablesInSelectQueryElement", {}};
  if (const auto* join = std::get_if<Join>(&step)) {
    element.children.push_back(node_of(join->table));
    Node condition{"TableJoin", {}};
    if (join->on) condition.children.push_back(node_of(join->on));
    if (!join->using_list.empty()) condition.children.push_back(list_of(join->using_list));
    element.children.push_back(std::move(condition));
  } else {
    element.children.push_back({"ArrayJoin", {list_of(std::get<ArrayJoin>(step).list)}});
  }
  return element;
}

Node with_node(const std::vector<WithItem>& items) {
  Node list{"ExpressionList", {}};
  for (const WithItem& item : items) {
    if (item.expression) {
      list.children.push_back(node_of(item.expression));
    } else {
      list.children.push_back({"WithElement " + item.name, {{"Subquery", {node_of(*item.query)}}}});
    }
  }
  return list;
}

Node node_of(const Select& select) {
  Node node{"SelectQuery", {}};
  const auto add = [&](const ExpressionPtr& expression) {
    if (expression) node.children.push_back(node_of(expression));
  };
  if (!select.with.empty()) node.children.push_back(with_node(select.with));
  node.children.push_back(list_of(select.list));
  if (select.from) {
    Node tables{"TablesInSelectQuery", {}};
    tables.children.push_back({"TablesInSelectQueryElement", {node_of(*select.from)}});
    for (const JoinStep& step : select.joins) tables.children.push_back(join_node(step));
    node.children.push_back(std::move(tables));
  }
  add(select.prewhere);
  add(select.where);
  if (select.group_by) node.children.push_back(list_of(select.group_by->keys));
  add(select.having);
  add(select.qualify);
  if (!select.order_by.empty()) {
    Node order{"ExpressionList", {}};
    for (const OrderItem& item : select.order_by) {
      order.children.push_back({"OrderByElement", {node_of(item.expression)}});
    }
    node.children.push_back(std::move(order));
  }
  if (select.limit_by) node.children.push_back(list_of(select.limit_by->keys));
  if (select.limit) {
    add(select.limit->offset);
    add(select.limit->limit);
  }
  return node;
}

Node node_of(const Query& query) {
  Node list{"ExpressionList", {}};
  if (const auto* select = std::get_if<Select>(&query.body)) {
    list.children.push_back(node_of(*select));
  } else {
    for (const QueryPtr& operand : std::get<SetOperation>(query.body).operands) {
      const auto* select_operand = std::get_if<Select>(&operand->body);
      list.children.push_back(select_operand != nullptr ? node_of(*select_operand)
                                                        : node_of(*operand));
    }
  }
  return {"SelectWithUnionQuery", {std::move(list)}};
}

}  // namespace

std::string syntax_tree_text(const Query& query) {
  std::string text;
  print(node_of(query), 0, text);
  return text;
}

}  // namespace freshet
