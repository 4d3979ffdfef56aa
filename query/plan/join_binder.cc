// JOIN: the condition is taken apart into keys, an ASOF inequality, conditions on one side, which
// filter that side, and a residual.
#include <algorithm>

#include "query/plan/conjuncts.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_nullable_kind(const DataType& type) {
  return type.kind() != PhysicalKind::Array && type.kind() != PhysicalKind::Tuple &&
         type.id() != TypeId::AggregateFunction;
}

std::string_view mirrored(std::string_view op) {
  if (op == "less") return "greater";
  if (op == "lessOrEquals") return "greaterOrEquals";
  if (op == "greater") return "less";
  if (op == "greaterOrEquals") return "lessOrEquals";
  return op;
}

bool is_inequality(const BoundExpression& e) {
  return is_call(e, "less") || is_call(e, "lessOrEquals") || is_call(e, "greater") ||
         is_call(e, "greaterOrEquals");
}

class JoinBinder {
 public:
  JoinBinder(BoundTables left, BoundTables right, const Join& join,
             const BindEnvironment& environment)
      : left_(std::move(left)),
        right_(std::move(right)),
        join_(join),
        environment_(environment),
        binder_(environment, scope_),
        left_width_(left_.plan->schema.size()),
        right_width_(right_.plan->schema.size()) {
    right_.scope.shift(left_width_);
    scope_.tables = left_.scope.tables;
    scope_.tables.insert(scope_.tables.end(), right_.scope.tables.begin(),
                         right_.scope.tables.end());
    scope_.merged = left_.scope.merged;
    node_.kind = join.kind == JoinKind::Comma ? JoinKind::Cross : join.kind;
    node_.strictness =
        join.strictness == JoinStrictness::Default ? JoinStrictness::All : join.strictness;
  }

  BoundTables bind() {
    if (join_.kind == JoinKind::Paste) {
      throw Error{ErrorCode::NotImplemented, "PASTE JOIN is not supported"};
    }
    // Which partner is whose, when both sides keep their rows, is not said anywhere.
    if (join_.kind == JoinKind::Full && node_.strictness == JoinStrictness::Any) {
      throw Error{ErrorCode::NotImplemented, "ANY FULL JOINs are not implemented"};
    }
    const bool is_asof = node_.strictness == JoinStrictness::Asof;
    if (is_asof && node_.kind != JoinKind::Inner && node_.kind != JoinKind::Left) {
      throw Error{ErrorCode::NotImplemented,
                  "Wrong ASOF JOIN type. Only ASOF and LEFT ASOF joins are supported"};
    }
    if (join_.on) bind_on();
    if (!join_.using_list.empty()) bind_using();
    if (node_.kind != JoinKind::Cross && node_.keys.empty() && !node_.residual) {
      node_.residual = constant_expression(Value(uint64_t{1}), simple_type(TypeId::UInt8));
    }
    if (node_.kind == JoinKind::Inner && node_.keys.empty() && !node_.asof &&
        node_.residual->kind == BoundExpression::Kind::Constant) {
      become_cross();
    }
    if (is_asof) check_asof();
    return finish();
  }

 private:
  enum class Side { None, Left, Right, Both };

  Side side_of(const BoundExpression& expression) const {
    bool left = false;
    bool right = false;
    for (const ColumnIndex column : columns_of(expression)) {
      (column < left_width_ ? left : right) = true;
    }
    return left && right ? Side::Both : left ? Side::Left : right ? Side::Right : Side::None;
  }

  // Over the right child's own columns.
  BoundExpressionPtr on_right(const BoundExpressionPtr& expression) const {
    std::vector<ColumnIndex> mapping(left_width_ + right_width_);
    for (size_t i = 0; i < right_width_; ++i) mapping[left_width_ + i] = i;
    return remap_columns(expression, mapping);
  }

  void filter(BoundTables& side, BoundExpressionPtr condition) {
    Schema schema = side.plan->schema;
    side.plan =
        make_plan(FilterNode{{std::move(condition)}}, std::move(schema), std::move(side.plan));
  }

  // ON 1 for an inner join.
  void become_cross() {
    if (!is_true_constant(*node_.residual)) filter(left_, node_.residual);
    node_.kind = JoinKind::Cross;
    node_.residual = nullptr;
  }

  void bind_on() {
    const auto condition = binder_.bind(join_.on);
    binder_.refuse_aggregates(*condition, "JOIN ON");
    if (contains_kind(*condition, BoundExpression::Kind::ArrayJoin)) {
      throw Error{ErrorCode::NotImplemented, "arrayJoin in JOIN ON: " + to_sql(*join_.on)};
    }
    std::vector<BoundExpressionPtr> conjuncts;
    split_conjuncts(condition, conjuncts);
    std::vector<BoundExpressionPtr> rest;
    for (const auto& conjunct : conjuncts) {
      if (!take_key(*conjunct) && !take_asof(*conjunct) && !take_filter(conjunct)) {
        if (!is_true_constant(*conjunct)) rest.push_back(conjunct);
      }
    }
    if (!rest.empty()) node_.residual = join_conjuncts(rest, binder_.functions());
  }

  bool take_key(const BoundExpression& conjunct) {
    const bool null_safe = is_call(conjunct, "isNotDistinctFrom");
    if (!null_safe && !is_call(conjunct, "equals")) return false;
    auto a = conjunct.arguments[0];
    auto b = conjunct.arguments[1];
    if (side_of(*a) == Side::Right) std::swap(a, b);
    if (side_of(*a) != Side::Left || side_of(*b) != Side::Right) return false;
    add_key(a, on_right(b), null_safe);
    return true;
  }

  void add_key(BoundExpressionPtr left, BoundExpressionPtr right, bool null_safe) {
    const auto type = key_type(*left, *right);
    node_.keys.push_back({binder_.cast(left, type), binder_.cast(right, type), null_safe});
  }

  static DataTypePtr key_type(const BoundExpression& left, const BoundExpression& right) {
    const auto type =
        common_type({without_low_cardinality(left.type), without_low_cardinality(right.type)});
    if (!type) {
      throw Error{ErrorCode::NoCommonType, "JOIN cannot infer common type for keys: " + left.name +
                                               " of type " + left.type->name() + " and " +
                                               right.name + " of type " + right.type->name()};
    }
    return *type;
  }

  void check_asof() const {
    if (!node_.asof) {
      throw Error{ErrorCode::InvalidJoinOnExpression,
                  "ASOF join requires one inequality predicate in JOIN ON expression" +
                      (join_.on ? ": " + to_sql(*join_.on) : std::string())};
    }
    if (node_.keys.empty()) {
      throw Error{ErrorCode::NotImplemented,
                  "ASOF join with hash algorithm needs at least one equi-join column"};
    }
    const DataType& type = *without_nullable(node_.asof->left->type);
    if (!is_number(type) && !is_enum(type) && !is_date_or_time(type)) {
      throw Error{ErrorCode::BadTypeOfField, "ASOF join not supported for type: " + type.name()};
    }
    // A condition on the left side alone says which of its rows may have partners.
    if (node_.residual && side_of(*node_.residual) == Side::Both) {
      throw Error{ErrorCode::InvalidJoinOnExpression,
                  "Only equalities and one inequality may be between the sides of an ASOF JOIN: " +
                      to_sql(*join_.on)};
    }
  }

  bool take_asof(const BoundExpression& conjunct) {
    if (node_.strictness != JoinStrictness::Asof || !is_inequality(conjunct)) return false;
    auto a = conjunct.arguments[0];
    auto b = conjunct.arguments[1];
    std::string op(conjunct.function.entry->name);
    if (side_of(*a) == Side::Right) {
      std::swap(a, b);
      op = mirrored(op);
    }
    if (side_of(*a) != Side::Left || side_of(*b) != Side::Right) return false;
    if (node_.asof) {
      throw Error{ErrorCode::InvalidJoinOnExpression,
                  "ASOF join does not support multiple inequality predicates in JOIN ON "
                  "expression: " +
                      to_sql(*join_.on)};
    }
    set_asof(a, on_right(b), std::move(op));
    return true;
  }

  void set_asof(const BoundExpressionPtr& left, const BoundExpressionPtr& right, std::string op) {
    const auto type = key_type(*left, *right);
    node_.asof = AsofCondition{binder_.cast(left, type), binder_.cast(right, type), std::move(op)};
  }

  // A condition on the side whose rows need not all come out filters that side first.
  bool take_filter(const BoundExpressionPtr& conjunct) {
    const Side side = side_of(*conjunct);
    const bool left_is_kept = node_.kind == JoinKind::Left || node_.kind == JoinKind::Full;
    const bool right_is_kept = node_.kind == JoinKind::Right || node_.kind == JoinKind::Full;
    if (side == Side::Left && !left_is_kept) {
      filter(left_, conjunct);
      return true;
    }
    if (side == Side::Right && !right_is_kept) {
      filter(right_, on_right(conjunct));
      return true;
    }
    return false;
  }

  void bind_using() {
    const size_t count = join_.using_list.size();
    for (size_t i = 0; i < count; ++i) {
      const auto* identifier = as<Identifier>(join_.using_list[i]);
      if (identifier == nullptr) {
        throw Error{ErrorCode::NotImplemented,
                    "USING takes names of columns: " + to_sql(*join_.using_list[i])};
      }
      const auto left = left_.scope.find(identifier->parts);
      const auto right = right_.scope.find(identifier->parts);
      if (left.column == nullptr || right.column == nullptr) {
        throw Error{ErrorCode::UnknownIdentifier,
                    "JOIN using identifier '" + identifier->parts.back() +
                        "' cannot be resolved from " + (left.column == nullptr ? "left" : "right") +
                        " table expression"};
      }
      const auto left_column =
          column_expression(left.column->index, left.column->type, left.column->name);
      const auto right_column =
          column_expression(right.column->index, right.column->type, right.column->name);
      if (node_.strictness == JoinStrictness::Asof && i + 1 == count) {
        set_asof(left_column, on_right(right_column), "greaterOrEquals");
      } else {
        add_key(left_column, on_right(right_column), false);
      }
      using_.push_back({identifier->parts.back(), left_column, right_column});
    }
  }

  // Columns of a side whose rows may be missing: Nullable copies, in which a missing row is NULL.
  // `wanted` are positions in that side's schema. Gives the copies' positions there.
  std::vector<ColumnIndex> add_nullable_copies(BoundTables& side,
                                               const std::vector<ColumnIndex>& wanted) {
    std::vector<BoundExpressionPtr> copies;
    std::vector<ColumnIndex> positions;
    const size_t width = side.plan->schema.size();
    for (const ColumnIndex column : wanted) {
      const auto original = column_of(side.plan->schema, column);
      if (can_be_null(*original->type) || !is_nullable_kind(*original->type)) {
        positions.push_back(column);
        continue;
      }
      positions.push_back(width + copies.size());
      copies.push_back(binder_.cast(original, nullable_type(original->type)));
    }
    if (!copies.empty()) side.plan = append_columns(std::move(side.plan), copies);
    return positions;
  }

  struct UsingColumn {
    std::string name;
    BoundExpressionPtr left;  // over left's columns followed by right's
    BoundExpressionPtr right;
  };

  BoundTables finish() {
    const bool left_optional = node_.kind == JoinKind::Right || node_.kind == JoinKind::Full;
    const bool right_optional = node_.kind == JoinKind::Left || node_.kind == JoinKind::Full;
    const bool use_nulls = environment_.context.join_use_nulls;
    const bool full_using = node_.kind == JoinKind::Full && !using_.empty();

    std::vector<ColumnIndex> left_wanted;
    std::vector<ColumnIndex> right_wanted;
    if (use_nulls && left_optional) {
      for (ColumnIndex i = 0; i < left_width_; ++i) left_wanted.push_back(i);
    } else if (full_using) {
      for (const auto& column : using_) left_wanted.push_back(column.left->column);
    }
    if (use_nulls && right_optional) {
      for (ColumnIndex i = 0; i < right_width_; ++i) right_wanted.push_back(i);
    } else if (full_using) {
      for (const auto& column : using_) right_wanted.push_back(column.right->column - left_width_);
    }
    const auto left_copies = add_nullable_copies(left_, left_wanted);
    const auto right_copies = add_nullable_copies(right_, right_wanted);

    const size_t new_left_width = left_.plan->schema.size();
    std::vector<ColumnIndex> shifted(left_width_ + right_width_);
    for (ColumnIndex i = 0; i < left_width_; ++i) shifted[i] = i;
    for (ColumnIndex i = 0; i < right_width_; ++i) shifted[left_width_ + i] = new_left_width + i;
    if (node_.residual) node_.residual = remap_columns(node_.residual, shifted);

    Schema schema = left_.plan->schema;
    for (const auto& column : right_.plan->schema.columns()) schema.add(column.name, column.type);
    for (ColumnIndex i = 0; i < schema.size(); ++i) node_.outputs.push_back(i);
    std::vector<PlanNodePtr> children;
    children.push_back(std::move(left_.plan));
    children.push_back(std::move(right_.plan));
    BoundTables result;
    result.plan = make_plan(std::move(node_), std::move(schema), std::move(children));

    // Names now mean the copies.
    std::vector<ColumnIndex> nullable_of = shifted;
    for (size_t i = 0; i < left_wanted.size(); ++i) nullable_of[left_wanted[i]] = left_copies[i];
    for (size_t i = 0; i < right_wanted.size(); ++i) {
      nullable_of[left_width_ + right_wanted[i]] = new_left_width + right_copies[i];
    }
    move_scope(use_nulls ? nullable_of : shifted, result.plan->schema);
    if (!using_.empty()) merge_using(result, nullable_of);
    result.scope = std::move(scope_);
    return result;
  }

  void move_scope(const std::vector<ColumnIndex>& mapping, const Schema& schema) {
    const auto move = [&](ScopeColumn& column) {
      column.index = mapping[column.index];
      column.type = schema[column.index].type;
    };
    std::ranges::for_each(scope_.merged, move);
    for (auto& table : scope_.tables) std::ranges::for_each(table.columns, move);
  }

  // What an unqualified USING column is: the left one, for RIGHT JOIN the right one, for FULL JOIN
  // the one that is there.
  void merge_using(BoundTables& result, const std::vector<ColumnIndex>& mapping) {
    std::vector<ScopeColumn> merged;
    std::vector<BoundExpressionPtr> added;
    const Schema& schema = result.plan->schema;
    for (const auto& column : using_) {
      const auto left = column_of(schema, mapping[column.left->column]);
      const auto right = column_of(schema, mapping[column.right->column]);
      const DataTypePtr common = key_type(*column.left, *column.right);
      BoundExpressionPtr value = left;
      if (join_.kind == JoinKind::Right) {
        value = right;
      } else if (join_.kind == JoinKind::Full) {
        value = binder_.call("coalesce", {left, right}, column.name);
      }
      const bool nullable =
          can_be_null(*value->type) && (can_be_null(*common) || join_.kind != JoinKind::Full ||
                                        environment_.context.join_use_nulls);
      if (join_.kind == JoinKind::Full && !nullable && can_be_null(*value->type)) {
        value = binder_.call("assumeNotNull", {value}, column.name);
      }
      const auto& wanted = nullable && !can_be_null(*common) ? nullable_type(common) : common;
      if (*without_low_cardinality(value->type) != *wanted) value = binder_.cast(value, wanted);
      ScopeColumn entry{column.name, value->type, 0, true};
      if (value->kind == BoundExpression::Kind::Column) {
        entry.index = value->column;
      } else {
        entry.index = schema.size() + added.size();
        added.push_back(with_name(value, column.name));
      }
      merged.push_back(std::move(entry));
    }
    for (const auto& earlier : scope_.merged) {
      const bool again = std::ranges::any_of(
          merged, [&](const auto& entry) { return entry.name == earlier.name; });
      if (!again) merged.push_back(earlier);
    }
    scope_.merged = std::move(merged);
    if (!added.empty()) result.plan = append_columns(std::move(result.plan), added);
  }

  BoundTables left_;
  BoundTables right_;
  const Join& join_;
  const BindEnvironment& environment_;
  NameScope scope_;  // left's tables and right's, over left's columns followed by right's
  ExpressionBinder binder_;
  size_t left_width_;
  size_t right_width_;
  JoinNode node_;
  std::vector<UsingColumn> using_;
};

}  // namespace

BoundTables bind_join(BoundTables left, BoundTables right, const Join& join,
                      const BindEnvironment& environment) {
  return JoinBinder(std::move(left), std::move(right), join, environment).bind();
}

}  // namespace freshet
