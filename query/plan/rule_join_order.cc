// The order of inner joins. FROM says which tables are joined, not in which order; of three and
// more, the largest comes first, for it streams past the hash tables of the others, and then those
// that leave the fewest rows:
//
//   FROM region, shop, sales WHERE ..   ->   (sales join shop) join region
//
// Outer joins, joins of other strictness and everything else is a relation of its own here, with an
// order inside that is kept.
#include <algorithm>
#include <cstdint>

#include "query/plan/conjuncts.h"
#include "query/plan/optimizer_rules.h"
#include "query/plan/statistics.h"

namespace freshet {

namespace {

// One bit for each relation.
using RelationSet = uint64_t;
constexpr size_t kRelationsMax = 64;

struct Relation {
  PlanNodePtr plan;
  ColumnIndex first_column = 0;  // of all relations' columns, one after the other
  double rows = 0;
  double base_rows = 0;
};

// Expressions are over all relations' columns.
struct Equality {
  BoundExpressionPtr left;
  BoundExpressionPtr right;
  bool null_safe = false;
};

bool is_free(const JoinNode& join) {
  if (join.residual && !is_deterministic(*join.residual)) return false;
  return (join.kind == JoinKind::Inner || join.kind == JoinKind::Cross) &&
         join.strictness == JoinStrictness::All && !join.asof;
}

const JoinNode* free_join(const PlanNode& node) {
  const auto* join = as<JoinNode>(node);
  return join != nullptr && is_free(*join) ? join : nullptr;
}

size_t relation_count(const PlanNode& node) {
  return free_join(node) == nullptr
             ? 1
             : relation_count(*node.children[0]) + relation_count(*node.children[1]);
}

class JoinOrder {
 public:
  explicit JoinOrder(const RuleContext& context) : context_(context) {}

  // One of the same rows and schema as `plan`, a free join; null: it is well as it is.
  PlanNodePtr arrange(const PlanNodePtr& plan) {
    Schema schema = plan->schema;
    double written_cost = 0;
    const std::vector<ColumnIndex> outputs = take_apart(plan, written_cost);
    find_relations();
    const std::vector<size_t> order = best_order();
    // Guesses do not overrule what was written for a small gain.
    constexpr double kGain = 0.9;
    if (cost_of(order) >= kGain * written_cost) return nullptr;
    return build(order, outputs, std::move(schema));
  }

 private:
  struct Part {
    RelationSet relations = 0;
    double rows = 0;
  };

  // Fills relations_, equalities_ and conditions_ with copies. Gives what the node's columns are.
  std::vector<ColumnIndex> take_apart(const PlanNodePtr& node, double& cost) {
    Part part;
    return take_apart(node, cost, part);
  }

  std::vector<ColumnIndex> take_apart(const PlanNodePtr& node, double& cost, Part& part) {
    const JoinNode* join = free_join(*node);
    std::vector<ColumnIndex> columns;
    if (join == nullptr) {
      Relation relation;
      relation.first_column = schema_.size();
      relation.rows = std::max(1.0, estimate_rows(*node));
      relation.base_rows = std::max(1.0, estimate_base_rows(*node));
      part = {RelationSet{1} << relations_.size(), relation.rows};
      for (const NamedType& column : node->schema.columns()) {
        columns.push_back(schema_.size());
        schema_.add(column.name, column.type);
      }
      relation.plan = clone_plan(*node);
      relations_.push_back(std::move(relation));
      return columns;
    }
    Part left_part;
    Part right_part;
    const auto left = take_apart(node->children[0], cost, left_part);
    const auto right = take_apart(node->children[1], cost, right_part);
    std::vector<ColumnIndex> both = left;
    both.insert(both.end(), right.begin(), right.end());
    std::vector<Equality> keys;
    for (const JoinKey& key : join->keys) {
      keys.push_back(
          {remap_columns(key.left, left), remap_columns(key.right, right), key.null_safe});
    }
    if (join->residual) take_conditions(remap_columns(join->residual, both));
    for (const ColumnIndex output : join->outputs) columns.push_back(both[output]);
    part = joined(left_part, right_part, !keys.empty());
    cost += part.rows;
    equalities_.insert(equalities_.end(), keys.begin(), keys.end());
    return columns;
  }

  // Equalities may be keys in another order.
  void take_conditions(const BoundExpressionPtr& residual) {
    std::vector<BoundExpressionPtr> conjuncts;
    split_conjuncts(residual, conjuncts);
    for (const BoundExpressionPtr& conjunct : conjuncts) {
      const auto type = is_call(*conjunct, "equals")
                            ? common_type({without_low_cardinality(conjunct->arguments[0]->type),
                                           without_low_cardinality(conjunct->arguments[1]->type)})
                            : std::nullopt;
      // As a key, NaN would be equal to NaN.
      if (!type || is_float(*without_nullable(*type))) {
        conditions_.push_back(conjunct);
        continue;
      }
      equalities_.push_back({cast_expression(conjunct->arguments[0], *type, context_.functions),
                             cast_expression(conjunct->arguments[1], *type, context_.functions),
                             false});
    }
  }

  // Keys of the smaller side are taken to be all those that there are, each once: a dimension's.
  Part joined(const Part& left, const Part& right, bool has_keys) const {
    Part part{left.relations | right.relations, left.rows * right.rows};
    if (has_keys) part.rows /= std::min(base_rows(left.relations), base_rows(right.relations));
    part.rows = std::max(1.0, part.rows);
    return part;
  }

  double base_rows(RelationSet relations) const {
    double rows = 1;
    for (size_t i = 0; i < relations_.size(); ++i) {
      if ((relations >> i & 1) != 0) rows = std::max(rows, relations_[i].base_rows);
    }
    return rows;
  }

  RelationSet relations_of(const BoundExpression& expression) const {
    RelationSet set = 0;
    for (const ColumnIndex column : columns_of(expression)) {
      set |= RelationSet{1} << relation_of_[column];
    }
    return set;
  }

  void find_relations() {
    for (size_t i = 0; i < relations_.size(); ++i) {
      relation_of_.insert(relation_of_.end(), relations_[i].plan->schema.size(), i);
    }
  }

  // Whether the equality is a key of joining `set` with `next`.
  bool is_key(const Equality& equality, RelationSet set, RelationSet next) const {
    const RelationSet left = relations_of(*equality.left);
    const RelationSet right = relations_of(*equality.right);
    const auto within = [](RelationSet part, RelationSet whole) {
      return part != 0 && (part & ~whole) == 0;
    };
    return (within(left, set) && within(right, next)) || (within(right, set) && within(left, next));
  }

  bool has_key(RelationSet set, RelationSet next) const {
    return std::ranges::any_of(equalities_,
                               [&](const Equality& e) { return is_key(e, set, next); });
  }

  Part part_of(size_t relation) const {
    return {RelationSet{1} << relation, relations_[relation].rows};
  }

  std::vector<size_t> best_order() const {
    std::vector<size_t> left;
    for (size_t i = 0; i < relations_.size(); ++i) left.push_back(i);
    const auto largest = std::ranges::max_element(
        left, {}, [&](size_t relation) { return relations_[relation].rows; });
    std::vector<size_t> order{*largest};
    Part part = part_of(*largest);
    left.erase(largest);
    while (!left.empty()) {
      // Those without a key wait until there is nothing else.
      const auto worth = [&](size_t relation) {
        const Part next = part_of(relation);
        const bool keyed = has_key(part.relations, next.relations);
        return std::pair(!keyed, joined(part, next, keyed).rows);
      };
      const auto best = std::ranges::min_element(left, {}, worth);
      const Part next = part_of(*best);
      part = joined(part, next, has_key(part.relations, next.relations));
      order.push_back(*best);
      left.erase(best);
    }
    return order;
  }

  double cost_of(const std::vector<size_t>& order) const {
    Part part = part_of(order[0]);
    double cost = 0;
    for (size_t i = 1; i < order.size(); ++i) {
      const Part next = part_of(order[i]);
      part = joined(part, next, has_key(part.relations, next.relations));
      cost += part.rows;
    }
    return cost;
  }

  PlanNodePtr build(const std::vector<size_t>& order, const std::vector<ColumnIndex>& outputs,
                    Schema schema) {
    PlanNodePtr plan = std::move(relations_[order[0]].plan);
    RelationSet set = RelationSet{1} << order[0];
    std::vector<ColumnIndex> columns;  // what the plan's columns are
    for (ColumnIndex i = 0; i < plan->schema.size(); ++i) {
      columns.push_back(relations_[order[0]].first_column + i);
    }
    std::vector<Equality> equalities = equalities_;
    std::vector<BoundExpressionPtr> conditions = conditions_;
    for (size_t step = 1; step < order.size(); ++step) {
      Relation& relation = relations_[order[step]];
      const RelationSet next = RelationSet{1} << order[step];
      const size_t left_width = columns.size();
      JoinNode join;
      // Positions over the left side, over the right one, and over both.
      std::vector<ColumnIndex> in_left(schema_.size());
      std::vector<ColumnIndex> in_right(schema_.size());
      std::vector<ColumnIndex> in_both(schema_.size());
      for (ColumnIndex i = 0; i < left_width; ++i) in_left[columns[i]] = in_both[columns[i]] = i;
      for (ColumnIndex i = 0; i < relation.plan->schema.size(); ++i) {
        const ColumnIndex column = relation.first_column + i;
        in_right[column] = i;
        in_both[column] = left_width + i;
        columns.push_back(column);
      }
      std::erase_if(equalities, [&](const Equality& e) {
        if (!is_key(e, set, next)) return false;
        const bool as_written = (relations_of(*e.left) & next) == 0;
        join.keys.push_back({remap_columns(as_written ? e.left : e.right, in_left),
                             remap_columns(as_written ? e.right : e.left, in_right), e.null_safe});
        return true;
      });
      set |= next;
      // An equality of which one side is spread over several relations.
      std::erase_if(equalities, [&](const Equality& e) {
        if (((relations_of(*e.left) | relations_of(*e.right)) & ~set) != 0) return false;
        conditions.push_back(function_expression(e.null_safe ? "isNotDistinctFrom" : "equals",
                                                 context_.functions, {e.left, e.right}));
        return true;
      });
      std::vector<BoundExpressionPtr> met;
      std::erase_if(conditions, [&](const BoundExpressionPtr& condition) {
        if ((relations_of(*condition) & ~set) != 0) return false;
        met.push_back(remap_columns(condition, in_both));
        return true;
      });
      if (!met.empty()) join.residual = join_conjuncts(met, context_.functions);
      join.kind = join.keys.empty() && !join.residual ? JoinKind::Cross : JoinKind::Inner;
      const bool is_last = step + 1 == order.size();
      if (is_last) {
        for (const ColumnIndex output : outputs) join.outputs.push_back(in_both[output]);
        columns.clear();
      } else {
        drop_unread(equalities, conditions, outputs, columns);
        for (const ColumnIndex column : columns) join.outputs.push_back(in_both[column]);
      }
      Schema joined_schema;
      for (const ColumnIndex column : columns) {
        joined_schema.add(schema_[column].name, schema_[column].type);
      }
      std::vector<PlanNodePtr> children;
      children.push_back(std::move(plan));
      children.push_back(std::move(relation.plan));
      plan = make_plan(std::move(join), is_last ? std::move(schema) : std::move(joined_schema),
                       std::move(children));
    }
    return plan;
  }

  // Columns that nothing above reads.
  void drop_unread(const std::vector<Equality>& equalities,
                   const std::vector<BoundExpressionPtr>& conditions,
                   const std::vector<ColumnIndex>& outputs,
                   std::vector<ColumnIndex>& columns) const {
    std::vector<bool> is_read(schema_.size(), false);
    const auto mark = [&](const BoundExpression& expression) {
      for (const ColumnIndex column : columns_of(expression)) is_read[column] = true;
    };
    for (const Equality& equality : equalities) {
      mark(*equality.left);
      mark(*equality.right);
    }
    for (const BoundExpressionPtr& condition : conditions) mark(*condition);
    for (const ColumnIndex output : outputs) is_read[output] = true;
    std::erase_if(columns, [&](ColumnIndex column) { return !is_read[column]; });
  }

  const RuleContext& context_;
  std::vector<Relation> relations_;
  Schema schema_;                    // of all relations' columns
  std::vector<size_t> relation_of_;  // by column
  std::vector<Equality> equalities_;
  std::vector<BoundExpressionPtr> conditions_;
};

// From the root, so that a join is taken apart together with the joins below it.
void order_below(PlanNodePtr& node, const RuleContext& context) {
  const size_t count = relation_count(*node);
  if (count < 3 || count > std::min(kRelationsMax, context.ordered_relations_max)) {
    for (auto& child : node->children) order_below(child, context);
    return;
  }
  if (PlanNodePtr ordered = JoinOrder(context).arrange(node)) node = std::move(ordered);
  const std::function<void(PlanNodePtr&)> into_relations = [&](PlanNodePtr& part) {
    if (free_join(*part) == nullptr) return order_below(part, context);
    for (auto& child : part->children) into_relations(child);
  };
  into_relations(node);
}

}  // namespace

void order_joins(PlanNodePtr& plan, const RuleContext& context) { order_below(plan, context); }

}  // namespace freshet
