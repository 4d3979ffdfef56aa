#include "query/engine/view_query.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace freshet {

namespace {

class Qualifier {
 public:
  explicit Qualifier(const std::string& database) : database_(database) {}

  QueryPtr query(const QueryPtr& tree) {
    if (const auto* select = std::get_if<Select>(&tree->body)) {
      return make_query(this->select(*select), tree->range);
    }
    SetOperation operation = std::get<SetOperation>(tree->body);
    for (QueryPtr& operand : operation.operands) operand = query(operand);
    return make_query(std::move(operation), tree->range);
  }

 private:
  Select select(Select select) {
    const size_t outer_names = with_names_.size();
    for (WithItem& item : select.with) {
      if (item.query) {
        // With RECURSIVE a query may name itself.
        if (select.recursive_with) with_names_.push_back(item.name);
        item.query = query(item.query);
        with_names_.push_back(item.name);
      } else {
        rewrite(item.expression);
      }
    }
    rewrite(select.distinct_on);
    rewrite(select.list);
    if (select.from) rewrite(*select.from);
    for (JoinStep& step : select.joins) {
      if (auto* join = std::get_if<Join>(&step)) {
        rewrite(join->table);
        rewrite(join->on);
      } else {
        rewrite(std::get<ArrayJoin>(step).list);
      }
    }
    rewrite(select.prewhere);
    rewrite(select.where);
    if (select.group_by) {
      rewrite(select.group_by->keys);
      for (auto& set : select.group_by->grouping_sets) rewrite(set);
    }
    rewrite(select.having);
    rewrite(select.qualify);
    for (OrderItem& item : select.order_by) rewrite(item.expression);
    if (select.limit_by) rewrite(select.limit_by->keys);
    with_names_.resize(outer_names);
    return select;
  }

  void rewrite(TableExpression& table) {
    if (auto* name = std::get_if<TableName>(&table.source)) {
      const bool is_with_name = std::ranges::find(with_names_, name->table) != with_names_.end();
      if (name->database.empty() && !is_with_name) name->database = database_;
    } else if (auto* subquery = std::get_if<QueryPtr>(&table.source)) {
      *subquery = query(*subquery);
    }
  }

  void rewrite(std::vector<ExpressionPtr>& expressions) {
    for (ExpressionPtr& expression : expressions) rewrite(expression);
  }

  void rewrite(ExpressionPtr& expression) {
    if (!expression) return;
    if (const auto* subquery = as<Subquery>(expression)) {
      expression = make_expression(Subquery{query(subquery->query)}, expression->range,
                                   expression->alias);
    } else if (const auto* lambda = as<Lambda>(expression)) {
      Lambda copy = *lambda;
      rewrite(copy.body);
      expression = make_expression(std::move(copy), expression->range, expression->alias);
    } else if (const auto* call = as<FunctionCall>(expression)) {
      FunctionCall copy = *call;
      rewrite(copy.arguments);
      expression = make_expression(std::move(copy), expression->range, expression->alias);
    }
  }

  const std::string& database_;
  std::vector<std::string> with_names_;
};

std::optional<TableName> find_followed(const Query& query, std::vector<const WithItem*> with) {
  const auto* select = std::get_if<Select>(&query.body);
  if (select == nullptr || !select->from) return std::nullopt;
  for (const WithItem& item : select->with) {
    if (item.query) with.push_back(&item);
  }
  const TableSource& source = select->from->source;
  if (const auto* subquery = std::get_if<QueryPtr>(&source)) return find_followed(**subquery, with);
  const auto* name = std::get_if<TableName>(&source);
  if (name == nullptr) return std::nullopt;
  if (!name->database.empty()) return *name;
  for (size_t i = with.size(); i-- > 0;) {
    if (with[i]->name != name->table) continue;
    const QueryPtr& common = with[i]->query;
    with.resize(i);
    return find_followed(*common, with);
  }
  return *name;
}

}  // namespace

QueryPtr qualify_tables(const QueryPtr& query, const std::string& database) {
  return Qualifier(database).query(query);
}

std::optional<TableName> followed_table(const Query& query) { return find_followed(query, {}); }

}  // namespace freshet
