#include <algorithm>

#include "query/plan/conjuncts.h"
#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

using Conjuncts = std::vector<BoundExpressionPtr>;

bool reads_only(const BoundExpression& expression,
                const std::function<bool(ColumnIndex)>& allowed) {
  return std::ranges::all_of(columns_of(expression), allowed);
}

PlanNodePtr filter_over(PlanNodePtr plan, Conjuncts conjuncts) {
  if (conjuncts.empty()) return plan;
  Schema schema = plan->schema;
  return make_plan(FilterNode{std::move(conjuncts)}, std::move(schema), std::move(plan));
}

// Moves `wanted`, conditions on the node's output, into the node; gives the node with what could
// not go further as a Filter on top.
class PredicatePusher {
 public:
  explicit PredicatePusher(const RuleContext& context) : context_(context) {}

  PlanNodePtr push(PlanNodePtr node, Conjuncts wanted) {
    const auto step = [&](auto& body) { return push_into(body, *node, wanted); };
    Conjuncts rest = std::visit(step, node->body);
    if (as<FilterNode>(*node) != nullptr) return std::move(replacement_);
    return filter_over(std::move(node), std::move(rest));
  }

 private:
  void push_child(PlanNode& node, size_t child, Conjuncts conjuncts) {
    node.children[child] =
        PredicatePusher(context_).push(std::move(node.children[child]), std::move(conjuncts));
  }
  void push_children(PlanNode& node) {
    for (size_t i = 0; i < node.children.size(); ++i) push_child(node, i, {});
  }

  // Conditions that may go below: those that `movable` lets through and that are deterministic.
  static Conjuncts take(Conjuncts& wanted,
                        const std::function<bool(const BoundExpression&)>& movable) {
    Conjuncts taken;
    Conjuncts rest;
    for (auto& conjunct : wanted) {
      const bool moves = is_deterministic(*conjunct) && movable(*conjunct);
      (moves ? taken : rest).push_back(std::move(conjunct));
    }
    wanted = std::move(rest);
    return taken;
  }

  // Nodes that conditions cannot pass.
  template <class Node>
  Conjuncts push_into(Node&, PlanNode& node, Conjuncts& wanted) {
    push_children(node);
    return std::move(wanted);
  }

  Conjuncts push_into(FilterNode& filter, PlanNode& node, Conjuncts& wanted) {
    Conjuncts all = std::move(filter.conjuncts);
    all.insert(all.end(), wanted.begin(), wanted.end());
    replacement_ = PredicatePusher(context_).push(std::move(node.children[0]), std::move(all));
    return {};
  }

  Conjuncts push_into(ScanNode& scan, PlanNode&, Conjuncts& wanted) {
    for (const auto& conjunct : wanted) {
      scan.conjuncts.push_back(remap_columns(conjunct, scan.outputs));
    }
    return {};
  }

  Conjuncts push_into(ProjectNode& project, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below = take(wanted, [&](const BoundExpression& conjunct) {
      return reads_only(conjunct, [&](ColumnIndex column) {
        return is_deterministic(*project.expressions[column]);
      });
    });
    for (auto& conjunct : below) conjunct = substitute_columns(conjunct, project.expressions);
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(AggregateNode& aggregate, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below;
    // Without keys there is a row even when no input row is left.
    if (!aggregate.keys.empty() && !aggregate.group_limit) {
      below = take(wanted, [&](const BoundExpression& conjunct) {
        return reads_only(conjunct, [&](ColumnIndex column) {
          return column < aggregate.keys.size() && is_deterministic(*aggregate.keys[column]);
        });
      });
      for (auto& conjunct : below) conjunct = substitute_columns(conjunct, aggregate.keys);
    }
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  // Whole partitions may go; a partition that stays needs all its rows.
  Conjuncts push_into(WindowNode& window, PlanNode& node, Conjuncts& wanted) {
    const size_t common = window.common_partition_columns();
    Conjuncts below = take(wanted, [&](const BoundExpression& conjunct) {
      return !columns_of(conjunct).empty() && reads_only(conjunct, [&](ColumnIndex column) {
        return column < window.outputs.size() &&
               std::ranges::any_of(std::span(window.sort).first(common), [&](const SortColumn& by) {
                 return by.column == window.outputs[column];
               });
      });
    });
    for (auto& conjunct : below) conjunct = remap_columns(conjunct, window.outputs);
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(SortNode& sort, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below;
    if (!sort.limit) below = take(wanted, [](const BoundExpression&) { return true; });
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(DistinctNode& distinct, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below;
    if (!distinct.row_limit) below = take(wanted, [](const BoundExpression&) { return true; });
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(LimitByNode& limit, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below = take(wanted, [&](const BoundExpression& conjunct) {
      return reads_only(conjunct, [&](ColumnIndex column) {
        return std::ranges::find(limit.columns, column) != limit.columns.end();
      });
    });
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(ArrayJoinNode& array_join, PlanNode& node, Conjuncts& wanted) {
    Conjuncts below = take(wanted, [&](const BoundExpression& conjunct) {
      return reads_only(conjunct, [&](ColumnIndex column) {
        return std::ranges::find(array_join.columns, column) == array_join.columns.end();
      });
    });
    push_child(node, 0, std::move(below));
    return std::move(wanted);
  }

  Conjuncts push_into(UnionAllNode&, PlanNode& node, Conjuncts& wanted) {
    const Conjuncts below = take(wanted, [](const BoundExpression&) { return true; });
    for (size_t i = 0; i < node.children.size(); ++i) push_child(node, i, below);
    return std::move(wanted);
  }

  Conjuncts push_into(JoinNode& join, PlanNode& node, Conjuncts& wanted) {
    const size_t left_width = node.children[0]->schema.size();
    const auto is_left = [&](ColumnIndex column) { return join.outputs[column] < left_width; };
    const auto is_right = [&](ColumnIndex column) { return join.outputs[column] >= left_width; };
    const bool plain = join.strictness == JoinStrictness::All;
    const bool inner = join.kind == JoinKind::Inner || join.kind == JoinKind::Cross;
    // A side whose rows come out, or not, for their own sake.
    const bool left_free = join.kind == JoinKind::Left ||
                           (inner && (plain || join.strictness == JoinStrictness::Asof));
    const bool right_free = join.kind == JoinKind::Right || (inner && plain);
    Conjuncts left;
    Conjuncts right;
    if (left_free) {
      left = take(wanted, [&](const BoundExpression& e) {
        return !columns_of(e).empty() && reads_only(e, is_left);
      });
    }
    if (right_free) {
      right = take(wanted, [&](const BoundExpression& e) {
        return !columns_of(e).empty() && reads_only(e, is_right);
      });
    }
    if (inner && plain) {
      for (const auto& conjunct : take(wanted, [](const BoundExpression&) { return true; })) {
        absorb(join, left_width, remap_columns(conjunct, join.outputs));
      }
    }
    for (auto& conjunct : left) conjunct = remap_columns(conjunct, join.outputs);
    for (auto& conjunct : right) {
      conjunct = to_right_side(remap_columns(conjunct, join.outputs), left_width);
    }
    push_child(node, 0, std::move(left));
    push_child(node, 1, std::move(right));
    return std::move(wanted);
  }

  // Numbers of columns over the right child alone.
  static BoundExpressionPtr to_right_side(const BoundExpressionPtr& expression, size_t left_width) {
    return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
      if (e->kind != BoundExpression::Kind::Column || e->column >= kLambdaColumn) return nullptr;
      return column_expression(e->column - left_width, e->type, e->name);
    });
  }

  // A condition on both sides of an inner join: a key when it is an equality of the two.
  void absorb(JoinNode& join, size_t left_width, const BoundExpressionPtr& conjunct) const {
    if (is_call(*conjunct, "equals")) {
      auto a = conjunct->arguments[0];
      auto b = conjunct->arguments[1];
      const auto on_left = [&](ColumnIndex column) { return column < left_width; };
      const auto on_right = [&](ColumnIndex column) { return column >= left_width; };
      const auto sides = [&](const BoundExpression& x, const BoundExpression& y) {
        return !columns_of(x).empty() && !columns_of(y).empty() && reads_only(x, on_left) &&
               reads_only(y, on_right);
      };
      if (sides(*b, *a)) std::swap(a, b);
      const auto type =
          common_type({without_low_cardinality(a->type), without_low_cardinality(b->type)});
      if (sides(*a, *b) && type) {
        join.kind = JoinKind::Inner;
        join.keys.push_back({key_of(a, *type), key_of(to_right_side(b, left_width), *type), false});
        return;
      }
    }
    join.kind = JoinKind::Inner;
    join.residual =
        join.residual ? join_conjuncts({join.residual, conjunct}, context_.functions) : conjunct;
  }

  BoundExpressionPtr key_of(const BoundExpressionPtr& expression, const DataTypePtr& type) const {
    const bool same_cells = *without_low_cardinality(expression->type) == *type;
    return same_cells ? expression : cast_expression(expression, type, context_.functions);
  }

  const RuleContext& context_;
  PlanNodePtr replacement_;  // of a Filter, which dissolves
};

}  // namespace

void push_down_predicates(PlanNodePtr& plan, const RuleContext& context) {
  plan = PredicatePusher(context).push(std::move(plan), {});
}

}  // namespace freshet
