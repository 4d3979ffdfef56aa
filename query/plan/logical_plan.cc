#include "query/plan/logical_plan.h"

#include <algorithm>

#include "storage/base/check.h"

namespace freshet {

namespace {

void check_expression(const BoundExpression& expression, const Schema& input) {
  if (expression.kind == BoundExpression::Kind::Column) {
    if (expression.column >= kLambdaColumn) return;
    CHECK(expression.column < input.size());
    CHECK(*expression.type == *input[expression.column].type);
  }
  CHECK(expression.kind != BoundExpression::Kind::ArrayJoin);
  for (const auto& argument : expression.arguments) check_expression(*argument, input);
}

void check_expressions(const std::vector<BoundExpressionPtr>& expressions, const Schema& input) {
  for (const auto& expression : expressions) check_expression(*expression, input);
}

void check_columns(const std::vector<ColumnIndex>& columns, const Schema& schema) {
  CHECK(std::ranges::all_of(columns, [&](ColumnIndex column) { return column < schema.size(); }));
}

bool same_types(const Schema& a, const Schema& b) {
  return std::ranges::equal(a.columns(), b.columns(),
                            [](const auto& x, const auto& y) { return *x.type == *y.type; });
}

Schema concat(const Schema& left, const Schema& right) {
  std::vector<NamedType> columns = left.columns();
  columns.insert(columns.end(), right.columns().begin(), right.columns().end());
  return Schema(std::move(columns));
}

Schema pick(const Schema& schema, const std::vector<ColumnIndex>& columns) {
  Schema picked;
  for (const ColumnIndex column : columns) picked.add(schema[column].name, schema[column].type);
  return picked;
}

// Checks one node against its children's schemas.
class NodeChecker {
 public:
  explicit NodeChecker(const PlanNode& node) : node_(node) {}

  void operator()(const ScanNode& scan) const {
    CHECK(node_.children.empty() && scan.table != nullptr);
    check_columns(scan.columns, scan.table->schema);
    const Schema read = scan.columns_read();
    check_expressions(scan.conjuncts, read);
    check_columns(scan.outputs, read);
    Schema out = pick(read, scan.outputs);
    if (scan.row_position) out.add("", simple_type(TypeId::UInt64));
    CHECK(same_types(out, node_.schema));
  }
  void operator()(const FetchNode& fetch) const {
    check_columns(fetch.columns, fetch.table->schema);
    check_columns({fetch.position_column}, input());
    CHECK(node_.schema.size() == input().size() - 1 + fetch.columns.size());
  }
  void operator()(const FilterNode& filter) const {
    check_expressions(filter.conjuncts, input());
    check_same_schema();
  }
  void operator()(const ProjectNode& project) const {
    check_expressions(project.expressions, input());
    CHECK(project.expressions.size() == node_.schema.size());
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      CHECK(*project.expressions[i]->type == *node_.schema[i].type);
    }
  }
  void operator()(const AggregateNode& aggregate) const {
    check_expressions(aggregate.keys, input());
    Schema out;
    for (const auto& key : aggregate.keys) out.add("", key->type);
    for (const auto& call : aggregate.calls) {
      check_expressions(call.arguments, input());
      out.add("", call.function->result_type());
    }
    CHECK(same_types(out, node_.schema));
    CHECK(!aggregate.empty_without_rows || aggregate.keys.empty());
  }
  void operator()(const WindowNode& window) const {
    for (const SortColumn& by : window.sort) check_columns({by.column}, input());
    check_columns(window.outputs, input());
    Schema out = pick(input(), window.outputs);
    CHECK(!window.calls.empty());
    for (const auto& call : window.calls) {
      check_expressions(call.arguments, input());
      CHECK(call.partition_columns + call.order_columns <= window.sort.size());
      out.add("", call.function.result_type);
    }
    CHECK(same_types(out, node_.schema));
  }
  void operator()(const JoinNode& join) const {
    CHECK(node_.children.size() == 2);
    const Schema& left = node_.children[0]->schema;
    const Schema& right = node_.children[1]->schema;
    for (const auto& key : join.keys) {
      check_expression(*key.left, left);
      check_expression(*key.right, right);
      CHECK(*without_low_cardinality(key.left->type) == *without_low_cardinality(key.right->type));
    }
    const Schema both = concat(left, right);
    if (join.residual) check_expression(*join.residual, both);
    if (join.asof) {
      check_expression(*join.asof->left, left);
      check_expression(*join.asof->right, right);
    }
    CHECK(join.kind == JoinKind::Cross || !join.keys.empty() || join.residual || join.asof);
    check_columns(join.outputs, both);
    CHECK(same_types(pick(both, join.outputs), node_.schema));
  }
  void operator()(const SortNode& sort) const { check_sort(sort.keys); }
  void operator()(const LimitNode& limit) const { check_sort(limit.ties); }
  void operator()(const LimitByNode& limit) const {
    check_columns(limit.columns, input());
    check_same_schema();
  }
  void operator()(const DistinctNode&) const { check_same_schema(); }
  void operator()(const UnionAllNode&) const {
    CHECK(!node_.children.empty());
    for (const auto& child : node_.children) CHECK(same_types(child->schema, node_.schema));
  }
  void operator()(const ValuesNode& values) const {
    CHECK(values.chunk.columns.size() == node_.schema.size());
  }
  void operator()(const TableFunctionNode& function) const {
    CHECK(function.outputs.size() == node_.schema.size());
  }
  void operator()(const SystemTableNode& table) const {
    CHECK(table.columns.size() == node_.schema.size());
  }
  void operator()(const ArrayJoinNode& array_join) const {
    check_columns(array_join.columns, input());
    CHECK(node_.schema.size() == input().size());
  }

 private:
  const Schema& input() const {
    CHECK(node_.children.size() == 1);
    return node_.children[0]->schema;
  }
  void check_same_schema() const { CHECK(same_types(input(), node_.schema)); }
  void check_sort(const std::vector<SortColumn>& keys) const {
    check_same_schema();
    for (const auto& key : keys) CHECK(key.column < input().size());
  }

  const PlanNode& node_;
};

}  // namespace

Schema ScanNode::columns_read() const {
  Schema read;
  for (ColumnIndex i = 0; i < columns.size(); ++i) {
    const NamedType& column = table->schema[columns[i]];
    if (std::ranges::find(lengths, i) == lengths.end()) {
      read.add(column.name, column.type);
    } else {
      read.add(column.name + ".size", simple_type(TypeId::UInt64));
    }
  }
  return read;
}

bool ScanNode::gives_lengths(ColumnIndex output) const {
  return output < outputs.size() && std::ranges::find(lengths, outputs[output]) != lengths.end();
}

size_t WindowNode::common_partition_columns() const {
  size_t count = sort.size();
  for (const WindowCall& call : calls) count = std::min(count, call.partition_columns);
  return count;
}

PlanNodePtr make_plan(PlanBody body, Schema schema, std::vector<PlanNodePtr> children) {
  auto node = std::make_unique<PlanNode>();
  node->body = std::move(body);
  node->schema = std::move(schema);
  node->children = std::move(children);
  return node;
}

PlanNodePtr make_plan(PlanBody body, Schema schema, PlanNodePtr child) {
  std::vector<PlanNodePtr> children;
  children.push_back(std::move(child));
  return make_plan(std::move(body), std::move(schema), std::move(children));
}

PlanNodePtr clone_plan(const PlanNode& node) {
  std::vector<PlanNodePtr> children;
  for (const auto& child : node.children) children.push_back(clone_plan(*child));
  return make_plan(node.body, node.schema, std::move(children));
}

void check_plan(const PlanNode& node) {
  for (const auto& child : node.children) check_plan(*child);
  std::visit(NodeChecker(node), node.body);
}

}  // namespace freshet
