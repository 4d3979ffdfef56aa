#include "query/sql/ast.h"

#include <algorithm>
#include <bit>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

bool Literal::operator==(const Literal& other) const {
  const auto* a = std::get_if<double>(&value);
  const auto* b = std::get_if<double>(&other.value);
  // By bits: nan is the same literal as nan.
  if (a && b) return std::bit_cast<uint64_t>(*a) == std::bit_cast<uint64_t>(*b);
  return value == other.value;
}

bool Expression::operator==(const Expression& other) const {
  return alias == other.alias && node == other.node;
}

bool Query::operator==(const Query& other) const { return body == other.body; }

bool Insert::operator==(const Insert& other) const {
  return target == other.target && columns == other.columns &&
         columns_except == other.columns_except && settings == other.settings &&
         source == other.source && format == other.format && query == other.query &&
         infile == other.infile && compression == other.compression;
}

namespace {

// The height of the tallest of the trees it was shown.
class Tallest {
 public:
  uint32_t height() const { return height_; }

  void see(uint32_t height) { height_ = std::max(height_, height); }
  void see(const ExpressionPtr& expression) {
    if (expression) see(expression->height);
  }
  void see(const QueryPtr& query) {
    if (query) see(query->height);
  }
  template <class T>
  void see(const std::vector<T>& items) {
    for (const auto& item : items) see(item);
  }
  template <class T>
  void see(const std::optional<T>& item) {
    if (item) see(*item);
  }
  template <class... T>
  void see(const std::variant<T...>& item) {
    std::visit([this](const auto& one) { this->see(one); }, item);
  }

  void see(const Literal&) {}
  void see(const Identifier&) {}
  void see(const QueryParameter&) {}
  void see(const Lambda& lambda) { see(lambda.body); }
  void see(const Subquery& subquery) { see(subquery.query); }
  void see(const Asterisk& asterisk) { see(asterisk.transformers); }
  void see(const ColumnsMatcher& columns) { see(columns.transformers); }
  void see(const ColumnExcept&) {}
  void see(const ColumnReplace& replace) { see(replace.replacements); }
  void see(const ColumnReplacement& replacement) { see(replacement.expression); }
  void see(const ColumnApply& apply) {
    see(apply.parameters);
    see(apply.lambda);
  }
  void see(const FunctionCall& call) {
    see(call.arguments);
    see(call.parameters);
    if (call.over) see(*call.over);
  }
  void see(const OrderItem& item) { see(item.expression); }
  void see(const WindowFrame& frame) {
    see(frame.begin.offset);
    see(frame.end.offset);
  }
  void see(const WindowSpec& spec) {
    see(spec.partition_by);
    see(spec.order_by);
    see(spec.frame);
  }
  void see(const NamedWindow& window) { see(*window.spec); }
  void see(const TableName&) {}
  void see(const TableFunction& function) { see(function.call); }
  void see(const TableExpression& table) {
    see(table.source);
    see(table.sample);
    see(table.sample_offset);
  }
  void see(const Join& join) {
    see(join.table);
    see(join.on);
    see(join.using_list);
  }
  void see(const ArrayJoin& join) { see(join.list); }
  void see(const WithItem& item) {
    see(item.expression);
    see(item.query);
  }
  void see(const GroupBy& group_by) {
    see(group_by.keys);
    see(group_by.grouping_sets);
  }
  void see(const Limit& limit) {
    see(limit.limit);
    see(limit.offset);
  }
  void see(const LimitBy& limit_by) {
    see(limit_by.limit);
    see(limit_by.offset);
    see(limit_by.keys);
  }
  void see(const SetOperation& operation) { see(operation.operands); }
  void see(const Select& select) {
    see(select.with);
    see(select.distinct_on);
    see(select.list);
    see(select.from);
    see(select.joins);
    see(select.prewhere);
    see(select.where);
    see(select.group_by);
    see(select.having);
    see(select.windows);
    see(select.qualify);
    see(select.order_by);
    see(select.limit_by);
    see(select.limit);
  }

 private:
  uint32_t height_ = 0;
};

template <class Node>
uint32_t checked_height(const Node& node) {
  Tallest below;
  below.see(node);
  if (below.height() >= kQueryDepthMax) {
    throw Error{ErrorCode::TooDeepRecursion,
                "Query is nested too deeply; levels allowed: " + std::to_string(kQueryDepthMax)};
  }
  return below.height() + 1;
}

}  // namespace

ExpressionPtr make_expression(ExpressionNode node, SourceRange range, std::string alias) {
  const uint32_t height = checked_height(node);
  return std::make_shared<const Expression>(
      Expression{std::move(node), std::move(alias), range, height});
}

ExpressionPtr make_call(std::string name, std::vector<ExpressionPtr> arguments, SourceRange range) {
  FunctionCall call;
  call.name = std::move(name);
  call.arguments = std::move(arguments);
  return make_expression(std::move(call), range);
}

ExpressionPtr with_alias(const ExpressionPtr& expression, std::string alias) {
  Expression copy = *expression;
  copy.alias = std::move(alias);
  return std::make_shared<const Expression>(std::move(copy));
}

QueryPtr make_query(std::variant<Select, SetOperation> body, SourceRange range) {
  const uint32_t height = checked_height(body);
  return std::make_shared<const Query>(Query{std::move(body), range, height});
}

}  // namespace freshet
