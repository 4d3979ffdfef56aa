// One SELECT, clause by clause, in the order in which its rows flow:
//
//   FROM -> WHERE -> GROUP BY -> HAVING -> WINDOW -> QUALIFY -> SELECT -> DISTINCT -> ORDER BY
//   -> LIMIT BY -> LIMIT
#include <algorithm>
#include <deque>

#include "query/expression/evaluator.h"
#include "query/expression/value_conversion.h"
#include "query/plan/aggregation_binder.h"
#include "query/plan/array_join_stage.h"
#include "query/plan/conjuncts.h"
#include "query/plan/correlated_subqueries.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_filter_type(const DataType& type) {
  return is_number(type) || type.id() == TypeId::Nothing;
}

void check_filter(const BoundExpression& condition, std::string_view clause) {
  if (is_filter_type(*without_nullable(condition.type))) return;
  throw Error{ErrorCode::IllegalTypeOfColumnForFilter,
              "Invalid type for filter in " + std::string(clause) + ": " + condition.type->name()};
}

PlanNodePtr filter_plan(PlanNodePtr plan, const BoundExpressionPtr& condition) {
  FilterNode filter;
  split_conjuncts(condition, filter.conjuncts);
  Schema schema = plan->schema;
  return make_plan(std::move(filter), std::move(schema), std::move(plan));
}

// Columns [0, count) of the plan.
PlanNodePtr keep_first(PlanNodePtr plan, size_t count) {
  if (plan->schema.size() == count) return plan;
  ProjectNode project;
  Schema schema;
  for (ColumnIndex i = 0; i < count; ++i) {
    project.expressions.push_back(column_of(plan->schema, i));
    schema.add(plan->schema[i].name, plan->schema[i].type);
  }
  return make_plan(std::move(project), std::move(schema), std::move(plan));
}

class SelectBinder {
 public:
  SelectBinder(const Select& select, const BindEnvironment& environment)
      : select_(select),
        tables_(bind_from(select, environment)),
        binder_(environment, tables_.scope),
        correlated_(tables_, binder_) {
    binder_.set_correlated(&correlated_);
  }

  LogicalPlan bind() {
    binder_.name_windows(select_.windows);
    collect_aliases();
    bind_list();
    bind_where();
    bind_grouping();
    bind_tail();
    LogicalPlan plan;
    PlanNodePtr rows = filtered_rows();
    if (is_aggregation_) {
      AggregationInput input;
      input.rows = std::move(rows);
      input.keys = keys_;
      input.sets = sets_;
      input.empty_set_has_group =
          select_.group_by && select_.group_by->mode == GroupingMode::GroupingSets;
      input.with_totals = select_.group_by && select_.group_by->with_totals;
      if (having_) input.having = &having_;
      Aggregation aggregation = bind_aggregation(std::move(input), all_expressions(), binder_);
      rows = std::move(aggregation.rows);
      plan.totals = std::move(aggregation.totals);
    }
    if (having_) {
      rows = add_array_joins(std::move(rows), {having_}, all_expressions());
      rows = filter_plan(std::move(rows), having_);
    }
    rows = compute_windows(std::move(rows), plan.totals);
    if (plan.totals) plan.totals = project_items(std::move(plan.totals));
    plan.root = order_and_limit(std::move(rows));
    return plan;
  }

 private:
  struct Item {
    ExpressionPtr written;
    std::string header;
    BoundExpressionPtr bound;
  };
  struct SortItem {
    BoundExpressionPtr bound;
    bool descending = false;
    bool nulls_first = false;
  };

  void collect_aliases() {
    for (const auto& item : select_.with) {
      if (item.expression) binder_.collect_aliases(item.expression);
    }
    for (const auto& item : select_.list) binder_.collect_aliases(item);
    binder_.collect_aliases(select_.prewhere);
    binder_.collect_aliases(select_.where);
    if (select_.group_by) {
      for (const auto& key : select_.group_by->keys) binder_.collect_aliases(key);
      for (const auto& set : select_.group_by->grouping_sets) {
        for (const auto& key : set) binder_.collect_aliases(key);
      }
    }
    binder_.collect_aliases(select_.having);
    binder_.collect_aliases(select_.qualify);
    for (const auto& item : select_.order_by) binder_.collect_aliases(item.expression);
    if (select_.limit_by) {
      for (const auto& key : select_.limit_by->keys) binder_.collect_aliases(key);
    }
  }

  void bind_list() {
    for (const auto& written : select_.list) {
      for (auto& expression : binder_.expand(written)) {
        Item item;
        item.header = binder_.header(expression);
        item.bound = with_name(binder_.bind(expression), item.header);
        item.written = std::move(expression);
        items_.push_back(std::move(item));
      }
    }
    if (items_.empty()) {
      throw Error{ErrorCode::EmptyListOfColumnsQueried, "Empty list of columns in projection"};
    }
  }

  void bind_where() {
    for (const auto& clause : {select_.prewhere, select_.where}) {
      if (!clause) continue;
      auto condition = correlated_.bind_filter(clause);
      binder_.refuse_aggregates(*condition, "WHERE");
      check_filter(*condition, "WHERE");
      where_ = where_ ? binder_.call("and", {where_, condition}) : condition;
    }
  }

  // `GROUP BY 2` and `ORDER BY 2` mean the second item of the list.
  const Item* positional(const ExpressionPtr& expression, std::string_view clause) const {
    const auto* literal = as<Literal>(expression);
    const auto* number = literal == nullptr ? nullptr : std::get_if<uint64_t>(&literal->value);
    if (number == nullptr) return nullptr;
    if (*number == 0 || *number > items_.size()) {
      throw Error{ErrorCode::BadArguments, "Positional argument number " + std::to_string(*number) +
                                               " is out of bounds. Expected in range [1, " +
                                               std::to_string(items_.size()) + "] in " +
                                               std::string(clause)};
    }
    return &items_[*number - 1];
  }

  BoundExpressionPtr bind_positional(const ExpressionPtr& expression, std::string_view clause) {
    const Item* item = positional(expression, clause);
    return item != nullptr ? item->bound : binder_.bind(expression);
  }

  // The keys that are written as one: each of (a, b), so that `GROUP BY (a, b)` is GROUP BY a, b.
  void add_keys(const ExpressionPtr& expression, std::vector<size_t>& positions) {
    const auto key = bind_positional(expression, "GROUP BY");
    binder_.refuse_aggregates(*key, "GROUP BY");
    const bool is_list = key->kind == BoundExpression::Kind::Function &&
                         key->function.entry->name == "tuple" && !key->arguments.empty();
    if (!is_list) return add_position(add_key(key), positions);
    for (const auto& part : key->arguments) add_position(add_key(part), positions);
  }

  size_t add_key(const BoundExpressionPtr& key) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (same_expression(*keys_[i], *key)) return i;
    }
    keys_.push_back(key);
    return keys_.size() - 1;
  }

  static void add_position(size_t position, std::vector<size_t>& positions) {
    if (std::ranges::find(positions, position) == positions.end()) positions.push_back(position);
  }

  static bool is_constant(const BoundExpressionPtr& expression) {
    return fold_constants(expression)->kind == BoundExpression::Kind::Constant;
  }

  void bind_grouping() {
    if (!select_.group_by) return;
    is_aggregation_ = true;
    const GroupBy& group_by = *select_.group_by;
    if (group_by.mode == GroupingMode::All) {
      for (const auto& item : items_) {
        if (!contains_aggregate(*item.bound) && !is_constant(item.bound)) add_key(item.bound);
      }
    }
    // A key that is written again makes no further subtotals.
    std::vector<size_t> positions;
    for (const auto& key : group_by.keys) add_keys(key, positions);
    switch (group_by.mode) {
      case GroupingMode::Plain:
      case GroupingMode::All:
        return;
      case GroupingMode::Rollup:
        for (size_t count = positions.size() + 1; count > 0; --count) {
          sets_.emplace_back(positions.begin(),
                             positions.begin() + static_cast<std::ptrdiff_t>(count - 1));
        }
        return;
      case GroupingMode::Cube: {
        constexpr size_t kCubeKeysMax = 12;
        if (positions.size() > kCubeKeysMax) {
          throw Error{ErrorCode::BadArguments,
                      "Too many keys for CUBE: " + std::to_string(positions.size())};
        }
        for (size_t mask = size_t{1} << positions.size(); mask > 0; --mask) {
          auto& set = sets_.emplace_back();
          for (size_t i = 0; i < positions.size(); ++i) {
            if (((mask - 1) >> i & 1) != 0) set.push_back(positions[i]);
          }
        }
        return;
      }
      case GroupingMode::GroupingSets:
        for (const auto& written : group_by.grouping_sets) {
          auto& set = sets_.emplace_back();
          for (const auto& key : written) add_keys(key, set);
        }
        return;
    }
  }

  // HAVING and what comes after the list.
  void bind_tail() {
    if (select_.having) {
      having_ = binder_.bind(select_.having);
      check_filter(*having_, "HAVING");
      ExpressionBinder::refuse_windows(*having_, "in HAVING");
    }
    if (select_.qualify) {
      qualify_ = binder_.bind(select_.qualify);
      check_filter(*qualify_, "QUALIFY");
    }
    for (const auto& item : select_.order_by) {
      if (!item.collation.empty()) {
        throw Error{ErrorCode::NotImplemented, "COLLATE is not supported: " + item.collation};
      }
      auto bound = bind_positional(item.expression, "ORDER BY");
      if (bound->kind == BoundExpression::Kind::Constant) continue;
      order_by_.push_back({std::move(bound), item.descending, item.nulls_first.value_or(false)});
    }
    if (select_.order_by_all) {
      const OrderItem& direction = *select_.order_by_all;
      for (const auto& item : items_) {
        if (item.bound->kind == BoundExpression::Kind::Constant) continue;
        order_by_.push_back(
            {item.bound, direction.descending, direction.nulls_first.value_or(false)});
      }
    }
    if (select_.limit_by) {
      for (const auto& key : select_.limit_by->keys) {
        for (const auto& expanded : binder_.expand(key)) {
          limit_by_.push_back(bind_positional(expanded, "LIMIT BY"));
        }
      }
    }
    for (const auto& key : select_.distinct_on) distinct_on_.push_back(binder_.bind(key));
    if (!binder_.aggregates().empty()) is_aggregation_ = true;
  }

  // Everything that is computed above WHERE and aggregation.
  std::vector<BoundExpressionPtr*> all_expressions() {
    std::vector<BoundExpressionPtr*> all;
    for (auto& item : items_) all.push_back(&item.bound);
    if (having_) all.push_back(&having_);
    if (qualify_) all.push_back(&qualify_);
    for (auto* expression : binder_.windows().expressions()) all.push_back(expression);
    for (auto& item : order_by_) all.push_back(&item.bound);
    for (auto& key : limit_by_) all.push_back(&key);
    for (auto& key : distinct_on_) all.push_back(&key);
    return all;
  }

  PlanNodePtr filtered_rows() {
    PlanNodePtr plan = std::move(tables_.plan);
    if (!where_) return plan;
    // arrayJoin in WHERE comes first, and means the same elements everywhere else.
    if (contains_kind(*where_, BoundExpression::Kind::ArrayJoin)) {
      auto all = all_expressions();
      all.push_back(&where_);
      for (auto& key : keys_) all.push_back(&key);
      plan = add_array_joins(std::move(plan), {where_}, all);
    }
    return filter_plan(std::move(plan), where_);
  }

  // Window functions, over the rows that WHERE and HAVING let through; then QUALIFY.
  PlanNodePtr compute_windows(PlanNodePtr rows, PlanNodePtr& totals) {
    BoundWindows& windows = binder_.windows();
    if (!windows.calls.empty()) {
      std::vector<BoundExpressionPtr> sources;
      for (const auto* expression : windows.expressions()) sources.push_back(*expression);
      const bool joins_arrays = std::ranges::any_of(sources, [](const auto& source) {
        return contains_kind(*source, BoundExpression::Kind::ArrayJoin);
      });
      if (joins_arrays && totals) {
        throw Error{ErrorCode::NotImplemented, "arrayJoin in window functions with WITH TOTALS"};
      }
      rows = add_array_joins(std::move(rows), std::move(sources), all_expressions());
      const size_t width = rows->schema.size();
      rows = add_windows(std::move(rows), windows);
      if (totals) totals = add_windows(std::move(totals), windows);
      windows = {};
      for (auto* expression : all_expressions()) {
        *expression =
            rewrite_expression(*expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
              const bool is_window = e->kind == BoundExpression::Kind::Column &&
                                     e->column >= kWindowColumn && e->column < kLambdaColumn;
              if (!is_window) return nullptr;
              return column_expression(width + (e->column - kWindowColumn), e->type, e->name);
            });
      }
    }
    if (!qualify_) return rows;
    rows = add_array_joins(std::move(rows), {qualify_}, all_expressions());
    return filter_plan(std::move(rows), qualify_);
  }

  PlanNodePtr project_items(PlanNodePtr rows) const {
    ProjectNode project;
    Schema schema;
    for (const auto& item : items_) {
      project.expressions.push_back(item.bound);
      schema.add(item.header, item.bound->type);
    }
    return make_plan(std::move(project), std::move(schema), std::move(rows));
  }

  // Column of `project` for an expression, added when it is not there yet.
  static ColumnIndex output_of(const BoundExpressionPtr& expression, ProjectNode& project,
                               Schema& schema) {
    for (ColumnIndex i = 0; i < project.expressions.size(); ++i) {
      if (same_expression(*project.expressions[i], *expression)) return i;
    }
    project.expressions.push_back(expression);
    schema.add(expression->name, expression->type);
    return project.expressions.size() - 1;
  }

  PlanNodePtr order_and_limit(PlanNodePtr rows) {
    const auto all = all_expressions();
    std::vector<BoundExpressionPtr> sources;
    for (const auto* expression : all) sources.push_back(*expression);
    rows = add_array_joins(std::move(rows), sources, all);

    ProjectNode project;
    Schema schema;
    for (const auto& item : items_) {
      project.expressions.push_back(item.bound);
      schema.add(item.header, item.bound->type);
    }
    std::vector<SortColumn> order;
    for (const auto& item : order_by_) {
      const ColumnIndex column = output_of(item.bound, project, schema);
      const bool again = std::ranges::any_of(order, [&](auto& o) { return o.column == column; });
      if (!again) order.push_back({column, item.descending, item.nulls_first});
    }
    std::vector<ColumnIndex> limit_by;
    for (const auto& key : limit_by_) limit_by.push_back(output_of(key, project, schema));
    std::vector<ColumnIndex> distinct_on;
    for (const auto& key : distinct_on_) distinct_on.push_back(output_of(key, project, schema));
    PlanNodePtr plan = make_plan(std::move(project), std::move(schema), std::move(rows));

    if (select_.distinct) plan = distinct_rows(std::move(plan));
    if (!order.empty()) plan = over(SortNode{order, std::nullopt}, std::move(plan));
    if (!distinct_on.empty()) plan = over(LimitByNode{distinct_on, 1, 0}, std::move(plan));
    if (select_.limit_by) {
      const uint64_t limit = row_count(select_.limit_by->limit, "LIMIT BY");
      const uint64_t offset =
          select_.limit_by->offset ? row_count(select_.limit_by->offset, "LIMIT BY") : 0;
      plan = over(LimitByNode{limit_by, limit, offset}, std::move(plan));
    }
    if (select_.limit) plan = limit_rows(std::move(plan), order);
    return keep_first(std::move(plan), items_.size());
  }

  static PlanNodePtr over(PlanBody body, PlanNodePtr child) {
    Schema schema = child->schema;
    return make_plan(std::move(body), std::move(schema), std::move(child));
  }

  PlanNodePtr distinct_rows(PlanNodePtr plan) const {
    if (plan->schema.size() == items_.size()) return over(DistinctNode{}, std::move(plan));
    // Columns that only ORDER BY reads do not make rows distinct.
    LimitByNode first_of_each;
    first_of_each.limit = 1;
    for (ColumnIndex i = 0; i < items_.size(); ++i) first_of_each.columns.push_back(i);
    return over(std::move(first_of_each), std::move(plan));
  }

  PlanNodePtr limit_rows(PlanNodePtr plan, const std::vector<SortColumn>& order) {
    LimitNode limit;
    if (select_.limit->limit) limit.limit = row_count(select_.limit->limit, "LIMIT");
    if (select_.limit->offset) limit.offset = row_count(select_.limit->offset, "OFFSET");
    if (select_.limit->with_ties) {
      if (select_.order_by.empty() && !select_.order_by_all) {
        throw Error{ErrorCode::BadArguments, "LIMIT WITH TIES needs ORDER BY"};
      }
      // In an order by constants, all rows tie with the last one.
      if (order.empty() && limit.limit != uint64_t{0}) limit.limit.reset();
      limit.ties = order;
    }
    return over(std::move(limit), std::move(plan));
  }

  uint64_t row_count(const ExpressionPtr& expression, std::string_view clause) {
    const auto bound = binder_.bind_constant(expression, clause);
    const auto value = is_number(*without_nullable(bound->type))
                           ? convert_exactly(bound->value, bound->type, simple_type(TypeId::UInt64),
                                             binder_.functions())
                           : std::nullopt;
    if (!value) {
      throw Error{
          ErrorCode::NotImplemented,
          std::string(clause) + " must be a non-negative whole number: " + to_sql(*expression)};
    }
    return value->as<uint64_t>();
  }

  const Select& select_;
  BoundTables tables_;
  ExpressionBinder binder_;
  CorrelatedSubqueries correlated_;
  std::vector<Item> items_;
  BoundExpressionPtr where_;
  bool is_aggregation_ = false;
  std::vector<BoundExpressionPtr> keys_;
  std::vector<std::vector<size_t>> sets_;
  BoundExpressionPtr having_;
  BoundExpressionPtr qualify_;
  std::vector<SortItem> order_by_;
  std::vector<BoundExpressionPtr> limit_by_;
  std::vector<BoundExpressionPtr> distinct_on_;
};

bool flag_of(const Literal& literal) {
  if (const auto* number = std::get_if<uint64_t>(&literal.value)) return *number != 0;
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag;
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    return *text == "1" || *text == "true";
  }
  return false;
}

// The settings of a SELECT's own SETTINGS clause that decide how it is bound.
void apply_settings(const std::vector<SettingChange>& settings, BindContext& context) {
  for (const auto& setting : settings) {
    if (setting.name == "join_use_nulls") {
      context.join_use_nulls = flag_of(setting.value);
    } else if (setting.name == "prefer_column_name_to_alias") {
      context.prefer_column_name_to_alias = flag_of(setting.value);
    } else if (setting.name == "aggregate_functions_null_for_empty") {
      context.aggregate_functions_null_for_empty = flag_of(setting.value);
    } else if (setting.name == "final") {
      context.final = flag_of(setting.value);
    } else if (setting.name == "do_not_merge_across_partitions_select_final") {
      context.do_not_merge_across_partitions_select_final = flag_of(setting.value);
    } else if (setting.name == "cast_keep_nullable") {
      context.cast_keep_nullable = flag_of(setting.value);
    } else if (setting.name == "union_default_mode") {
      if (const auto* mode = std::get_if<std::string>(&setting.value.value)) {
        context.union_default_mode = *mode;
      }
    }
  }
}

}  // namespace

LogicalPlan bind_single_select(const Select& select, const BindEnvironment& environment) {
  if (select.recursive_with) {
    throw Error{ErrorCode::NotImplemented, "WITH RECURSIVE is not supported yet"};
  }
  BindContext context = environment.context;
  apply_settings(select.settings, context);
  // One environment per WITH name, so that a query sees only the names before its own.
  std::deque<BindEnvironment> names;
  names.push_back({context, &environment, {}, {}, environment.view_depth});
  for (const auto& item : select.with) {
    const BindEnvironment& before = names.back();
    BindEnvironment& after =
        names.emplace_back(BindEnvironment{context, &before, {}, {}, environment.view_depth});
    if (item.query) {
      after.tables.emplace(item.name, CommonTable{item.query, item.column_aliases, &before});
    } else {
      after.expressions.emplace(item.name, item.expression);
    }
  }
  return SelectBinder(select, names.back()).bind();
}

}  // namespace freshet
