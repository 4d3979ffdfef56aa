#include "query/plan/rollup_shape.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "query/plan/aggregate_calls.h"
#include "query/plan/explain.h"
#include "query/plan/optimizer_rules.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/table/table_columns.h"

namespace freshet {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error{
      ErrorCode::IncorrectQuery,
      "A rollup is keys and aggregates over all rows of its table: its SELECT must not have " +
          what};
}

void check_group_by(const GroupBy& group_by) {
  if (group_by.with_totals) refuse("WITH TOTALS");
  switch (group_by.mode) {
    case GroupingMode::Plain:
    case GroupingMode::All:
      return;
    case GroupingMode::Rollup:
      refuse("GROUP BY ROLLUP");
    case GroupingMode::Cube:
      refuse("GROUP BY CUBE");
    case GroupingMode::GroupingSets:
      refuse("GROUPING SETS");
  }
}

void check_clauses(const Select& select) {
  if (select.from) {
    refuse(select.from->final ? "FINAL" : "FROM: it reads its table");
  }
  if (!select.joins.empty()) {
    refuse(std::holds_alternative<Join>(select.joins[0]) ? "JOIN" : "ARRAY JOIN");
  }
  for (const WithItem& item : select.with) {
    if (item.query != nullptr) refuse("subqueries: " + item.name);
  }
  if (select.distinct || !select.distinct_on.empty()) refuse("DISTINCT");
  if (select.prewhere != nullptr) refuse("PREWHERE: " + to_sql(*select.prewhere));
  if (select.where != nullptr) refuse("WHERE: " + to_sql(*select.where));
  if (select.having != nullptr) refuse("HAVING: " + to_sql(*select.having));
  if (select.qualify != nullptr) refuse("QUALIFY: " + to_sql(*select.qualify));
  if (!select.windows.empty()) refuse("WINDOW");
  if (select.limit_by) refuse("LIMIT BY");
  if (select.limit) refuse("LIMIT");
  if (!select.settings.empty()) refuse("SETTINGS: " + select.settings[0].name);
  if (select.group_by) check_group_by(*select.group_by);
}

// Where plain numbers are kept, and merged by a function whose result is their type.
std::string_view plain_merge(std::string_view function) {
  using Pair = std::pair<std::string_view, std::string_view>;
  // A group has a row, so that min() is a cell of one. Of minIf() that is not so: what it gives of
  // no rows would win over real ones.
  constexpr std::array<Pair, 12> kMerges = {{{"count", "sum"},
                                             {"countIf", "sum"},
                                             {"sum", "sum"},
                                             {"sumIf", "sum"},
                                             {"sumWithOverflow", "sumWithOverflow"},
                                             {"min", "min"},
                                             {"max", "max"},
                                             {"any", "any"},
                                             {"anyLast", "anyLast"},
                                             {"groupBitAnd", "groupBitAnd"},
                                             {"groupBitOr", "groupBitOr"},
                                             {"groupBitXor", "groupBitXor"}}};
  const auto* found = std::ranges::find(kMerges, function, &Pair::first);
  return found == kMerges.end() ? std::string_view() : found->second;
}

AggregateFunctionPtr try_bind(const std::string& name, std::span<const Value> parameters,
                              std::span<const DataTypePtr> types) {
  try {
    return bind_aggregate(name, parameters, types);
  } catch (const Error& error) {
    throw Error{ErrorCode::NotImplemented,
                "A rollup cannot keep states of " + name + ": " + error.message()};
  }
}

void check_stored_type(const DataTypePtr& type, const std::string& name) {
  if (without_nullable(type)->id() != TypeId::Nothing) return;
  throw Error{ErrorCode::NotImplemented, "A rollup cannot keep " + name + ", which is always NULL"};
}

// What is kept of a call, and how that is merged.
RollupShape::Aggregate make_aggregate(AggregateCall call, const Schema& schema) {
  call.function_name = canonical_function_name(call.function_name);
  simplify_count(call);
  constexpr std::string_view kState = "State";
  if (call.function_name.ends_with(kState)) {
    // What is asked for is what is kept.
    call.function_name.resize(call.function_name.size() - kState.size());
    call.function = bind_aggregate(call.function_name, call.parameters, argument_types(call));
  }
  call.name = explain_call(call, schema);
  check_stored_type(call.function->result_type(), call.name);
  RollupShape::Aggregate kept;
  kept.call = call;
  kept.partial = std::move(call);
  const DataTypePtr& result = kept.call.function->result_type();
  if (const std::string_view merge = plain_merge(kept.call.function_name); !merge.empty()) {
    const std::vector<DataTypePtr> cell = {without_low_cardinality(result)};
    const AggregateFunctionPtr merged = bind_aggregate(merge, {}, cell);
    if (merged != nullptr && *merged->result_type() == *result) {
      kept.merge = merge;
      return kept;
    }
  }
  kept.merge = kept.call.function_name;
  if (!kept.merge.ends_with("Merge")) kept.merge += "Merge";
  kept.partial.function_name += kState;
  kept.partial.function =
      try_bind(kept.partial.function_name, kept.call.parameters, argument_types(kept.call));
  const std::vector<DataTypePtr> cell = {kept.partial.function->result_type()};
  const AggregateFunctionPtr merged = try_bind(kept.merge, kept.call.parameters, cell);
  if (*merged->result_type() != *result) {
    throw Error{ErrorCode::NotImplemented, "A rollup cannot keep states of " + kept.call.name +
                                               ": they merge to " + merged->result_type()->name() +
                                               ", not to " + result->name()};
  }
  return kept;
}

// Looks for the Aggregate over the table's Scan in a bound plan.
class ShapeFinder {
 public:
  explicit ShapeFinder(const Select& select) : select_(select) {}

  RollupShape find(PlanNode& root) {
    PlanNode* node = &root;
    while (as<AggregateNode>(*node) == nullptr) {
      if (auto* sort = as<SortNode>(*node)) {
        for (const SortColumn& key : sort->keys) ordered_.push_back(key.column);
      } else if (auto* project = as<ProjectNode>(*node)) {
        follow_order(*project);
      } else {
        refuse_node(*node);
      }
      node = node->children[0].get();
    }
    return shape_of(*node);
  }

 private:
  void follow_order(const ProjectNode& project) {
    std::vector<ColumnIndex> below;
    for (const ColumnIndex column : ordered_) {
      for (const ColumnIndex read : columns_of(*project.expressions[column])) below.push_back(read);
    }
    ordered_ = std::move(below);
  }

  [[noreturn]] void refuse_node(const PlanNode& node) const {
    if (as<ScanNode>(node) != nullptr) {
      const bool sorts = !select_.order_by.empty() || select_.order_by_all;
      throw Error{ErrorCode::NotImplemented,
                  std::string("Only rollups and projections with GROUP BY or aggregates are kept") +
                      (sorts ? ", none that are the rows in another order" : "")};
    }
    if (as<WindowNode>(node) != nullptr) refuse("window functions");
    if (as<ArrayJoinNode>(node) != nullptr) refuse("arrayJoin");
    refuse("subqueries");
  }

  RollupShape shape_of(PlanNode& node) const {
    auto& aggregate = *as<AggregateNode>(node);
    for (const ColumnIndex column : ordered_) {
      if (column < aggregate.keys.size()) continue;
      refuse("ORDER BY of other than its keys: " + node.schema[column].name);
    }
    PlanNode& child = *node.children[0];
    const auto* scan = as<ScanNode>(child);
    if (scan == nullptr) {
      // An ALIAS column that is not merged with what reads it.
      if (const auto* project = as<ProjectNode>(child)) {
        for (const auto& expression : project->expressions) check_deterministic(*expression);
      }
      refuse_node(child);
    }
    std::vector<ColumnIndex> stored;  // by output of the scan
    for (const ColumnIndex output : scan->outputs) stored.push_back(scan->columns[output]);
    const Schema& schema = scan->table->schema;
    RollupShape shape;
    for (const auto& key : aggregate.keys) {
      const auto over_table = remap_columns(key, stored);
      check_deterministic(*over_table);
      const std::string name = explain_expression(*over_table, schema);
      check_stored_type(over_table->type, name);
      shape.keys.push_back(with_name(over_table, name));
    }
    for (AggregateCall& call : aggregate.calls) {
      for (auto& argument : call.arguments) {
        argument = remap_columns(argument, stored);
        check_deterministic(*argument);
      }
      add(shape, make_aggregate(std::move(call), schema));
    }
    make_names_unique(shape);
    return shape;
  }

  static void add(RollupShape& shape, RollupShape::Aggregate added) {
    const bool known = std::ranges::any_of(shape.aggregates, [&](const auto& aggregate) {
      return same_call(aggregate.call, added.call);
    });
    if (!known) shape.aggregates.push_back(std::move(added));
  }

  static void check_deterministic(const BoundExpression& expression) {
    if (expression.kind == BoundExpression::Kind::Function &&
        !expression.function.entry->deterministic) {
      refuse("functions that are not deterministic: " +
             std::string(expression.function.entry->name));
    }
    for (const auto& argument : expression.arguments) check_deterministic(*argument);
  }

  static void make_names_unique(RollupShape& shape) {
    std::set<std::string> names;
    const auto unique = [&](const std::string& name) {
      std::string free = name;
      for (size_t i = 2; !names.insert(free).second; ++i) free = name + "_" + std::to_string(i);
      return free;
    };
    for (auto& key : shape.keys) key = with_name(key, unique(key->name));
    for (auto& aggregate : shape.aggregates) {
      aggregate.partial.name = unique(aggregate.partial.name);
    }
  }

  const Select& select_;
  // Columns of the current node that ORDER BY looks at.
  std::vector<ColumnIndex> ordered_;
};

RollupShape bind_shape(const Query& query, const TableVersion& rows,
                       const FunctionContext& functions) {
  BindContext context;
  context.functions = &functions;
  context.database = rows.definition->database;
  context.rows_without_from = &rows;
  context.run_subquery = [](const LogicalPlan&, std::optional<uint64_t>) -> Chunk {
    refuse("subqueries");
  };
  LogicalPlan plan = bind_select(query, context);
  // As the rules do that queries have gone through when they are compared with the rollup.
  const RuleContext rules{functions};
  fold_plan_constants(plan.root, rules);
  merge_projections(plan.root, rules);
  return ShapeFinder(std::get<Select>(query.body)).find(*plan.root);
}

// A context that differs in all that does not belong to rows.
FunctionContext somewhere_else(const FunctionContext& functions) {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  constexpr int64_t kSeconds = 40'000'003;
  FunctionContext other = functions;
  other.now_ns += kSeconds * kNanosecondsPerSecond;
  other.is_time_read = nullptr;
  other.uptime_s += kSeconds;
  other.random_seed = ~other.random_seed;
  for (std::string* text :
       {&other.database, &other.user, &other.query_id, &other.server_version, &other.host_name}) {
    *text += "2";
  }
  return other;
}

// Functions such as now() and currentUser() are constants by now, but not the same for all.
void check_same(const RollupShape& shape, const RollupShape& elsewhere) {
  const auto check = [](bool same, const std::string& name) {
    if (!same) refuse("functions that depend on who asks, or when: " + name);
  };
  check(shape.keys.size() == elsewhere.keys.size() &&
            shape.aggregates.size() == elsewhere.aggregates.size(),
        "its list");
  for (size_t i = 0; i < shape.keys.size(); ++i) {
    check(same_expression(*shape.keys[i], *elsewhere.keys[i]), shape.keys[i]->name);
  }
  for (size_t i = 0; i < shape.aggregates.size(); ++i) {
    check(same_call(shape.aggregates[i].call, elsewhere.aggregates[i].call),
          shape.aggregates[i].call.name);
  }
}

}  // namespace

std::vector<NamedType> RollupShape::columns() const {
  std::vector<NamedType> columns;
  for (const auto& key : keys) columns.push_back({key->name, key->type});
  for (const Aggregate& aggregate : aggregates) {
    columns.push_back({aggregate.partial.name, aggregate.partial.function->result_type()});
  }
  return columns;
}

std::vector<ColumnIndex> RollupShape::inputs() const {
  std::set<ColumnIndex> read;
  const auto add = [&](const BoundExpression& expression) {
    for (const ColumnIndex column : columns_of(expression)) read.insert(column);
  };
  for (const auto& key : keys) add(*key);
  for (const Aggregate& aggregate : aggregates) {
    for (const auto& argument : aggregate.partial.arguments) add(*argument);
  }
  return {read.begin(), read.end()};
}

RollupShape bind_rollup(const Query& select, const TableDefinition& table,
                        const BindContext& context) {
  if (!std::holds_alternative<Select>(select.body)) refuse("UNION, INTERSECT or EXCEPT");
  check_clauses(std::get<Select>(select.body));
  TableVersion rows;
  // The caller's; nothing that is bound keeps it.
  rows.definition = TableDefinitionPtr(std::shared_ptr<void>(), &table);
  rows.schema = table.stored_schema();
  const FunctionContext elsewhere = somewhere_else(*context.functions);
  RollupShape shape = bind_shape(select, rows, *context.functions);
  check_same(shape, bind_shape(select, rows, elsewhere));
  return shape;
}

LogicalPlan rollup_plan(const RollupShape& shape, const TableVersion& rows) {
  ScanNode scan;
  scan.table = &rows;
  scan.columns = shape.inputs();
  std::vector<ColumnIndex> positions(rows.schema.size(), 0);
  Schema read;
  for (const ColumnIndex column : scan.columns) {
    positions[column] = read.size();
    scan.outputs.push_back(read.size());
    read.add(rows.schema[column].name, rows.schema[column].type);
  }
  AggregateNode groups;
  for (const auto& key : shape.keys) groups.keys.push_back(remap_columns(key, positions));
  for (const auto& aggregate : shape.aggregates) {
    AggregateCall& call = groups.calls.emplace_back(aggregate.partial);
    for (auto& argument : call.arguments) argument = remap_columns(argument, positions);
  }
  groups.empty_without_rows = groups.keys.empty();
  const Schema columns(shape.columns());
  LogicalPlan plan;
  plan.root = make_plan(std::move(scan), std::move(read));
  plan.root = make_plan(std::move(groups), columns, std::move(plan.root));
  if (!shape.keys.empty()) {
    SortNode sort;
    for (ColumnIndex i = 0; i < shape.keys.size(); ++i) sort.keys.push_back({.column = i});
    plan.root = make_plan(std::move(sort), columns, std::move(plan.root));
  }
  return plan;
}

std::shared_ptr<const BoundRollup> RollupShapes::find(const TableDefinitionPtr& table,
                                                      const RollupDefinition& rollup,
                                                      const FunctionContext& functions) {
  const std::pair key(table.get(), rollup.id);
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && found->second.table.lock() == table) return found->second.bound;
  }
  BindContext context;
  context.functions = &functions;
  auto bound = std::make_shared<BoundRollup>();
  bound->shape = bind_rollup(*parse_query_text(rollup.select), *table, context);
  bound->rows = std::make_shared<const TableDefinition>(rollup_table(*table, rollup));
  bound->columns = std::make_shared<const TableColumns>(bound->rows, nullptr);
  const MutexLock lock(mutex_);
  std::erase_if(entries_, [](const auto& entry) { return entry.second.table.expired(); });
  entries_[key] = {table, bound};
  return bound;
}

}  // namespace freshet
