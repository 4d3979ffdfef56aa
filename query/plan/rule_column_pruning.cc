#include <algorithm>

#include "query/plan/optimizer_rules.h"
#include "storage/base/check.h"

namespace freshet {

namespace {

using Columns = std::vector<bool>;  // by position in a node's output

constexpr ColumnIndex kGone = ~ColumnIndex{0};

void mark(const BoundExpression& expression, Columns& columns) {
  for (const ColumnIndex column : columns_of(expression)) columns[column] = true;
}

void mark_all(const std::vector<BoundExpressionPtr>& expressions, Columns& columns) {
  for (const auto& expression : expressions) mark(*expression, columns);
}

std::vector<ColumnIndex> positions(const Columns& columns) {
  std::vector<ColumnIndex> list;
  for (ColumnIndex i = 0; i < columns.size(); ++i) {
    if (columns[i]) list.push_back(i);
  }
  return list;
}

// new position of each old column, kGone when it is not kept.
std::vector<ColumnIndex> mapping_of(const std::vector<ColumnIndex>& kept, size_t width) {
  std::vector<ColumnIndex> mapping(width, kGone);
  for (ColumnIndex i = 0; i < kept.size(); ++i) mapping[kept[i]] = i;
  return mapping;
}

std::vector<ColumnIndex> identity(size_t width) {
  std::vector<ColumnIndex> mapping(width);
  for (ColumnIndex i = 0; i < width; ++i) mapping[i] = i;
  return mapping;
}

Schema pick(const Schema& schema, const std::vector<ColumnIndex>& columns) {
  Schema picked;
  for (const ColumnIndex column : columns) picked.add(schema[column].name, schema[column].type);
  return picked;
}

template <class T>
std::vector<T> pick(std::vector<T>& items, const std::vector<ColumnIndex>& columns) {
  std::vector<T> picked;
  for (const ColumnIndex column : columns) picked.push_back(items[column]);
  return picked;
}

void remap(std::vector<BoundExpressionPtr>& expressions, const std::vector<ColumnIndex>& mapping) {
  for (auto& expression : expressions) expression = remap_columns(expression, mapping);
}

// Drops columns of one node that are not in `wanted`; may keep more. Gives where the old columns
// are now.
class Pruner {
 public:
  Pruner(PlanNode& node, Columns wanted) : node_(node), wanted_(std::move(wanted)) {}

  static std::vector<ColumnIndex> prune(PlanNode& node, Columns wanted) {
    Pruner pruner(node, std::move(wanted));
    return std::visit(pruner, node.body);
  }
  // Keeps exactly the wanted columns, in order.
  static void prune_exactly(PlanNodePtr& node, const Columns& wanted) {
    const Schema before = node->schema;
    const auto mapping = prune(*node, wanted);
    const auto kept = positions(wanted);
    if (node->schema.size() == kept.size()) return;
    ProjectNode project;
    for (const ColumnIndex column : kept) {
      const auto& named = before[column];
      project.expressions.push_back(column_expression(mapping[column], named.type, named.name));
    }
    node = make_plan(std::move(project), pick(before, kept), std::move(node));
  }

  std::vector<ColumnIndex> operator()(ScanNode& scan) {
    const auto kept = positions(wanted_);
    std::vector<ColumnIndex> outputs;
    for (const ColumnIndex column : kept) {
      if (column < scan.outputs.size()) outputs.push_back(scan.outputs[column]);
    }
    Columns read(scan.columns.size(), false);
    for (const ColumnIndex column : outputs) read[column] = true;
    mark_all(scan.conjuncts, read);
    const auto read_positions = positions(read);
    const auto moved = mapping_of(read_positions, scan.columns.size());
    for (auto& column : outputs) column = moved[column];
    remap(scan.conjuncts, moved);
    scan.columns = pick(scan.columns, read_positions);
    scan.outputs = std::move(outputs);
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(FetchNode&) { return keep_all(); }
  std::vector<ColumnIndex> operator()(FilterNode& filter) {
    mark_all(filter.conjuncts, wanted_);
    const auto mapping = prune_child(0, wanted_);
    remap(filter.conjuncts, mapping);
    return follow_child(mapping);
  }
  std::vector<ColumnIndex> operator()(ProjectNode& project) {
    const auto kept = positions(wanted_);
    project.expressions = pick(project.expressions, kept);
    Columns below(node_.children[0]->schema.size(), false);
    mark_all(project.expressions, below);
    remap(project.expressions, prune_child(0, std::move(below)));
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(AggregateNode& aggregate) {
    const size_t key_count = aggregate.keys.size();
    for (size_t i = 0; i < key_count; ++i) wanted_[i] = true;
    const auto kept = positions(wanted_);
    std::vector<AggregateCall> calls;
    for (const ColumnIndex column : kept) {
      if (column >= key_count) calls.push_back(std::move(aggregate.calls[column - key_count]));
    }
    aggregate.calls = std::move(calls);
    Columns below(node_.children[0]->schema.size(), false);
    mark_all(aggregate.keys, below);
    for (const auto& call : aggregate.calls) mark_all(call.arguments, below);
    const auto mapping = prune_child(0, std::move(below));
    for_each_expression(node_, [&](BoundExpressionPtr& e) { e = remap_columns(e, mapping); });
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(WindowNode& window) {
    const size_t width = window.outputs.size();
    if (std::none_of(wanted_.begin() + static_cast<std::ptrdiff_t>(width), wanted_.end(),
                     [](bool is_wanted) { return is_wanted; })) {
      return dissolve(window.outputs);
    }
    const auto kept = positions(wanted_);
    std::vector<WindowCall> calls;
    std::vector<ColumnIndex> outputs;
    for (const ColumnIndex column : kept) {
      if (column < width) {
        outputs.push_back(window.outputs[column]);
      } else {
        calls.push_back(std::move(window.calls[column - width]));
      }
    }
    window.calls = std::move(calls);
    window.outputs = std::move(outputs);
    Columns below(node_.children[0]->schema.size(), false);
    for (const ColumnIndex column : window.outputs) below[column] = true;
    for (const SortColumn& by : window.sort) below[by.column] = true;
    for (const auto& call : window.calls) mark_all(call.arguments, below);
    const auto mapping = prune_child(0, std::move(below));
    for (auto& column : window.outputs) column = mapping[column];
    for (SortColumn& by : window.sort) by.column = mapping[by.column];
    for_each_expression(node_, [&](BoundExpressionPtr& e) { e = remap_columns(e, mapping); });
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(JoinNode& join) {
    const auto kept = positions(wanted_);
    join.outputs = pick(join.outputs, kept);
    const size_t left_width = node_.children[0]->schema.size();
    const size_t right_width = node_.children[1]->schema.size();
    Columns both(left_width + right_width, false);
    for (const ColumnIndex column : join.outputs) both[column] = true;
    if (join.residual) mark(*join.residual, both);
    const auto split = both.begin() + static_cast<std::ptrdiff_t>(left_width);
    Columns left(both.begin(), split);
    Columns right(split, both.end());
    for (const auto& key : join.keys) {
      mark(*key.left, left);
      mark(*key.right, right);
    }
    if (join.asof) {
      mark(*join.asof->left, left);
      mark(*join.asof->right, right);
    }
    const auto left_mapping = prune_child(0, std::move(left));
    const auto right_mapping = prune_child(1, std::move(right));
    std::vector<ColumnIndex> mapping = left_mapping;
    const size_t new_left_width = node_.children[0]->schema.size();
    for (const ColumnIndex column : right_mapping) {
      mapping.push_back(column == kGone ? kGone : new_left_width + column);
    }
    for (auto& key : join.keys) {
      key.left = remap_columns(key.left, left_mapping);
      key.right = remap_columns(key.right, right_mapping);
    }
    if (join.asof) {
      join.asof->left = remap_columns(join.asof->left, left_mapping);
      join.asof->right = remap_columns(join.asof->right, right_mapping);
    }
    if (join.residual) join.residual = remap_columns(join.residual, mapping);
    for (auto& column : join.outputs) column = mapping[column];
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(SortNode& sort) {
    for (const auto& key : sort.keys) wanted_[key.column] = true;
    const auto mapping = prune_child(0, wanted_);
    for (auto& key : sort.keys) key.column = mapping[key.column];
    return follow_child(mapping);
  }
  std::vector<ColumnIndex> operator()(LimitNode& limit) {
    for (const auto& key : limit.ties) wanted_[key.column] = true;
    const auto mapping = prune_child(0, wanted_);
    for (auto& key : limit.ties) key.column = mapping[key.column];
    return follow_child(mapping);
  }
  std::vector<ColumnIndex> operator()(LimitByNode& limit) {
    for (const ColumnIndex column : limit.columns) wanted_[column] = true;
    const auto mapping = prune_child(0, wanted_);
    for (auto& column : limit.columns) column = mapping[column];
    return follow_child(mapping);
  }
  std::vector<ColumnIndex> operator()(DistinctNode&) { return keep_all(); }
  std::vector<ColumnIndex> operator()(UnionAllNode&) {
    for (auto& child : node_.children) prune_exactly(child, wanted_);
    return keep(positions(wanted_));
  }
  std::vector<ColumnIndex> operator()(ValuesNode& values) {
    const auto kept = positions(wanted_);
    values.chunk.columns = pick(values.chunk.columns, kept);
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(TableFunctionNode& function) {
    const auto kept = positions(wanted_);
    function.outputs = pick(function.outputs, kept);
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(SystemTableNode& table) {
    const auto kept = positions(wanted_);
    table.columns = pick(table.columns, kept);
    return keep(kept);
  }
  std::vector<ColumnIndex> operator()(ArrayJoinNode& array_join) {
    for (const ColumnIndex column : array_join.columns) wanted_[column] = true;
    const auto mapping = prune_child(0, wanted_);
    for (auto& column : array_join.columns) column = mapping[column];
    return follow_child(mapping);
  }

 private:
  std::vector<ColumnIndex> prune_child(size_t child, Columns wanted) {
    return prune(*node_.children[child], std::move(wanted));
  }

  std::vector<ColumnIndex> keep(const std::vector<ColumnIndex>& kept) {
    const size_t width = node_.schema.size();
    node_.schema = pick(node_.schema, kept);
    return mapping_of(kept, width);
  }

  // The node's output is its child's, less what the child dropped.
  std::vector<ColumnIndex> follow_child(const std::vector<ColumnIndex>& mapping) {
    std::vector<NamedType> columns(node_.children[0]->schema.size());
    for (ColumnIndex i = 0; i < mapping.size(); ++i) {
      if (mapping[i] != kGone) columns[mapping[i]] = node_.schema[i];
    }
    node_.schema = Schema(std::move(columns));
    return mapping;
  }

  // The child takes the node's place; `outputs` are those of its columns that the node gave first.
  std::vector<ColumnIndex> dissolve(const std::vector<ColumnIndex>& outputs) {
    const size_t width = node_.schema.size();
    const std::vector<ColumnIndex> columns = outputs;  // they go with the node's body
    PlanNodePtr child = std::move(node_.children[0]);
    Columns below(child->schema.size(), false);
    for (ColumnIndex i = 0; i < columns.size(); ++i) {
      if (wanted_[i]) below[columns[i]] = true;
    }
    node_ = std::move(*child);
    const auto moved = prune(node_, std::move(below));
    std::vector<ColumnIndex> mapping(width, kGone);
    for (ColumnIndex i = 0; i < columns.size(); ++i) mapping[i] = moved[columns[i]];
    return mapping;
  }

  // Everything that the node's children give matters.
  std::vector<ColumnIndex> keep_all() {
    for (auto& child : node_.children) {
      prune_exactly(child, Columns(child->schema.size(), true));
    }
    return identity(node_.schema.size());
  }

  PlanNode& node_;
  Columns wanted_;
};

}  // namespace

void prune_columns(PlanNodePtr& plan, const RuleContext&) {
  Pruner::prune_exactly(plan, Columns(plan->schema.size(), true));
}

}  // namespace freshet
