// Aggregations over a table read its rollups.
//
//   Aggregate keys [toDate(t)] calls [sum(n)]
//     Scan t where t >= '10:20'
//
//   Aggregate keys [$0] calls [sum($1)]
//     UnionAll
//       Project [toDate($0), $1]                      whole hours of segments whose rollup is there
//         Scan t.hourly part where $0 >= '11:00'
//       Aggregate keys [toDate(t)] calls [sum(n)]     the rest of the first hour
//         Scan t part where t >= '10:20', t < '11:00'
//       Aggregate keys [toDate(t)] calls [sum(n)]     other segments, and the newest rows
//         Scan t part where t >= '10:20'
//
// Which segments that are is the snapshot's to say, so that no state of the table makes a
// difference to the answer.

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "query/plan/aggregate_calls.h"
#include "query/plan/explain.h"
#include "query/plan/optimizer.h"
#include "query/plan/optimizer_rules.h"
#include "query/plan/rollup_match.h"
#include "query/plan/rollup_ranges.h"
#include "query/plan/rollup_shape.h"
#include "query/plan/statistics.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "storage/table/scan.h"
#include "storage/table/table_columns.h"

namespace freshet {

namespace {

using Conditions = std::vector<BoundExpressionPtr>;

// Why a rollup does not do.
struct Refusal {
  std::string reason;
};

// An Aggregate over a Scan, over positions in the table's stored schema.
class TableAggregation {
 public:
  explicit TableAggregation(const PlanNode& node)
      : node_(node),
        aggregate_(*as<AggregateNode>(node)),
        scan_(*as<ScanNode>(*node.children[0])),
        columns_(scan_.table->schema.size(), 0),
        outputs_(scan_.table->schema.size(), 0) {
    for (ColumnIndex i = 0; i < scan_.columns.size(); ++i) columns_[scan_.columns[i]] = i;
    std::vector<ColumnIndex> stored;  // by output
    for (ColumnIndex i = 0; i < scan_.outputs.size(); ++i) {
      stored.push_back(scan_.columns[scan_.outputs[i]]);
      outputs_[stored.back()] = i;
    }
    for (const auto& key : aggregate_.keys) keys_.push_back(remap_columns(key, stored));
    for (const AggregateCall& call : aggregate_.calls) {
      AggregateCall& over_table = calls_.emplace_back(call);
      for (auto& argument : over_table.arguments) argument = remap_columns(argument, stored);
    }
    for (const auto& conjunct : scan_.conjuncts) {
      conjuncts_.push_back(remap_columns(conjunct, scan_.columns));
    }
  }

  const PlanNode& node() const { return node_; }
  const AggregateNode& aggregate() const { return aggregate_; }
  const TableVersion& table() const { return *scan_.table; }
  const Conditions& keys() const { return keys_; }
  const std::vector<AggregateCall>& calls() const { return calls_; }
  const Conditions& conjuncts() const { return conjuncts_; }

  std::string text(const BoundExpression& expression) const {
    return explain_expression(expression, table().schema);
  }

  // Whether what is asked is known of blocks, without reading rows.
  bool is_of_blocks() const {
    return keys_.empty() && conjuncts_.empty() &&
           std::ranges::all_of(calls_, [](const AggregateCall& call) {
             if (is_named(call, "count")) return call.arguments.empty();
             return (is_named(call, "min") || is_named(call, "max")) &&
                    call.arguments[0]->kind == BoundExpression::Kind::Column;
           });
  }

  // Partial cells of those rows of `rows` for which `conditions` hold, too.
  PlanNodePtr groups(const std::shared_ptr<const TableVersion>& rows, const Conditions& conditions,
                     const std::vector<CallPart>& parts) const {
    ScanNode scan = scan_;
    scan.table = rows.get();
    scan.part = rows;
    for (const auto& condition : conditions) {
      scan.conjuncts.push_back(remap_columns(condition, columns_));
    }
    AggregateNode groups;
    groups.keys = aggregate_.keys;
    groups.empty_without_rows = groups.keys.empty();
    for (const CallPart& part : parts) {
      AggregateCall& call = groups.calls.emplace_back(part.raw);
      for (auto& argument : call.arguments) argument = remap_columns(argument, outputs_);
    }
    Schema schema = grouped_schema(parts);
    return make_plan(std::move(groups), std::move(schema),
                     make_plan(std::move(scan), node_.children[0]->schema));
  }

  // Of partial groups: keys, then a cell of each part.
  Schema grouped_schema(const std::vector<CallPart>& parts) const {
    Schema schema;
    for (ColumnIndex i = 0; i < keys_.size(); ++i) {
      schema.add(node_.schema[i].name, keys_[i]->type);
    }
    for (const CallPart& part : parts) {
      schema.add(part.raw.name, part.raw.function->result_type());
    }
    return schema;
  }

  PlanNodePtr rows_of_rollup(const std::shared_ptr<const TableVersion>& rows,
                             Conditions conditions) const {
    ScanNode scan;
    scan.snapshot = scan_.snapshot;
    scan.table = rows.get();
    scan.part = rows;
    for (ColumnIndex i = 0; i < rows->schema.size(); ++i) scan.columns.push_back(i);
    scan.outputs = scan.columns;
    scan.conjuncts = std::move(conditions);
    return make_plan(std::move(scan), rows->schema);
  }

 private:
  const PlanNode& node_;
  const AggregateNode& aggregate_;
  const ScanNode& scan_;
  // Of the table's columns, where they are in the scan's, and in its output.
  std::vector<ColumnIndex> columns_;
  std::vector<ColumnIndex> outputs_;
  Conditions keys_;
  std::vector<AggregateCall> calls_;
  Conditions conjuncts_;
};

// One rollup for one aggregation.
class RollupPlanner {
 public:
  RollupPlanner(const TableAggregation& asked, const RollupDefinition& rollup,
                std::shared_ptr<const BoundRollup> bound, const FunctionContext& functions,
                const FunctionContext& store, const OptimizerOptions& options)
      : asked_(asked),
        rollup_(rollup),
        options_(options),
        bound_(std::move(bound)),
        functions_(functions),
        store_(store),
        match_(*bound_, functions, store),
        ranges_(*bound_, match_, functions, store) {}

  // Throws Refusal.
  PlanNodePtr plan() {
    check_columns();
    derive_keys();
    derive_conditions();
    match_calls();
    choose_segments();
    return make();
  }

 private:
  void check_columns() const {
    const std::vector<NamedType> columns = bound_->shape.columns();
    const bool same = std::ranges::equal(
        columns, rollup_.columns, [](const auto& a, const auto& b) { return *a.type == *b.type; });
    if (!same) throw Refusal{"its columns are not what its SELECT gives now"};
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    if (!match_.is_of_other_zone()) throw Refusal{reason};
    throw Refusal{reason + " in time zone " + functions_.time_zone->name() + ": it is made in " +
                  store_.time_zone->name()};
  }

  void derive_keys() {
    for (const auto& key : asked_.keys()) {
      keys_.push_back(match_.derive(key));
      if (keys_.back() == nullptr) refuse(asked_.text(*key) + " is made of none of its keys");
    }
  }

  void derive_conditions() {
    for (const auto& conjunct : asked_.conjuncts()) {
      if (auto derived = match_.derive(conjunct)) {
        conditions_.push_back(std::move(derived));
      } else if (!ranges_.add(*conjunct)) {
        refuse("condition " + asked_.text(*conjunct) + " is on none of its keys");
      }
    }
    if (!ranges_.resolve()) refuse("the condition leaves no bucket whole");
    for (auto& condition : ranges_.rolled()) conditions_.push_back(std::move(condition));
  }

  void match_calls() {
    for (const AggregateCall& call : asked_.calls()) {
      auto matched = match_.match(call);
      if (!matched) refuse(explain_call(call, asked_.table().schema) + " is not kept");
      auto& positions = positions_.emplace_back();
      for (CallPart& part : matched->parts) positions.push_back(add(std::move(part)));
    }
  }

  // Its position, once for equal ones.
  size_t add(CallPart part) {
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].merge == part.merge && same_call(parts_[i].raw, part.raw)) return i;
    }
    parts_.push_back(std::move(part));
    return parts_.size() - 1;
  }

  // Whether what was derived of times holds of all that the segment has.
  bool is_within_bounds(const Segment& segment) const {
    const TableVersion& table = asked_.table();
    return std::ranges::all_of(match_.bounded(), [&](ColumnIndex column) {
      const DataTypePtr type = without_nullable(table.schema[column].type);
      const auto [first, last] = safe_times(*type);
      const bool is_signed = type->id() == TypeId::Date32 || type->id() == TypeId::DateTime64;
      const auto has = [&](ColumnCondition::Operator op, int64_t tick) {
        const Value value = is_signed ? Value(tick) : Value(static_cast<uint64_t>(tick));
        return !kept_blocks(table, segment, {{{column, op, {value}}}}).empty();
      };
      return !has(ColumnCondition::Operator::Less, first) &&
             !has(ColumnCondition::Operator::Greater, last);
    });
  }

  // Whether the segment was written with all that the rollup is made of: what it has otherwise is
  // the columns' default, which may change.
  bool has_inputs(const Segment& segment) const {
    const TableVersion& table = asked_.table();
    return std::ranges::all_of(bound_->shape.inputs(), [&](ColumnIndex column) {
      return table.columns->find(segment.reader->schema(), column).has_value();
    });
  }

  void choose_segments() {
    const TableVersion& table = asked_.table();
    auto rolled = std::make_shared<TableVersion>();
    rolled->definition = bound_->rows;
    rolled->schema = bound_->columns->schema();
    rolled->columns = bound_->columns;
    auto covered = std::make_shared<TableVersion>(table);
    covered->segments.clear();
    covered->memtable.clear();
    covered->memtable_deleted.clear();
    auto rest = std::make_shared<TableVersion>(table);
    rest->segments.clear();
    for (const auto& segment : table.segments) {
      auto rows = segment->rollup_rows(rollup_.id);
      if (rows != nullptr && has_inputs(*segment) && is_within_bounds(*segment)) {
        rolled->segments.push_back(std::move(rows));
        covered->segments.push_back(segment);
      } else {
        rest->segments.push_back(segment);
      }
    }
    choose_chunks(*rolled, *covered, *rest);
    if (rolled->segments.empty() && rolled->memtable.empty()) {
      throw Refusal{"no segment has its rows yet"};
    }
    rolled_ = std::move(rolled);
    covered_ = std::move(covered);
    if (rest->row_count() > 0) rest_ = std::move(rest);
  }

  // The same of the newest rows. Nobody knows the bounds of their times.
  void choose_chunks(TableVersion& rolled, TableVersion& covered, TableVersion& rest) const {
    if (options_.fresh_groups == nullptr || !match_.bounded().empty()) return;
    const TableVersion& table = asked_.table();
    rest.memtable.clear();
    rest.memtable_deleted.clear();
    for (size_t i = 0; i < table.memtable.size(); ++i) {
      if (auto groups = options_.fresh_groups(table, i, rollup_)) {
        rolled.memtable.push_back(std::move(groups));
        covered.memtable.push_back(table.memtable[i]);
        continue;
      }
      rest.memtable.push_back(table.memtable[i]);
      if (!table.memtable_deleted.empty()) {
        rest.memtable_deleted.push_back(table.memtable_deleted[i]);
      }
    }
  }

  PlanNodePtr make() const {
    std::vector<PlanNodePtr> inputs;
    for (const Conditions& edge : ranges_.edges()) {
      inputs.push_back(asked_.groups(covered_, edge, parts_));
    }
    if (rest_ != nullptr) inputs.push_back(asked_.groups(rest_, {}, parts_));
    PlanNodePtr rolled = asked_.rows_of_rollup(rolled_, conditions_);
    if (inputs.empty()) return merged(std::move(rolled), keys_, true);
    inputs.insert(inputs.begin(), partial(std::move(rolled)));
    Schema schema = asked_.grouped_schema(parts_);
    Conditions keys;
    for (ColumnIndex i = 0; i < keys_.size(); ++i) {
      keys.push_back(column_expression(i, schema[i].type, schema[i].name));
    }
    return merged(make_plan(UnionAllNode{}, std::move(schema), std::move(inputs)), std::move(keys),
                  false);
  }

  // Rows of the rollup as partial groups: as they are, where each cell is one.
  PlanNodePtr partial(PlanNodePtr rolled) const {
    const bool as_they_are =
        std::ranges::all_of(parts_, [](const CallPart& part) { return part.column.has_value(); });
    Schema schema = asked_.grouped_schema(parts_);
    if (as_they_are) {
      ProjectNode project;
      project.expressions = keys_;
      for (const CallPart& part : parts_) {
        const NamedType& column = rolled->schema[*part.column];
        project.expressions.push_back(column_expression(*part.column, column.type, column.name));
      }
      return make_plan(std::move(project), std::move(schema), std::move(rolled));
    }
    AggregateNode groups;
    groups.keys = keys_;
    groups.empty_without_rows = keys_.empty();
    for (const CallPart& part : parts_) groups.calls.push_back(part.rolled);
    return make_plan(std::move(groups), std::move(schema), std::move(rolled));
  }

  // The groups that were asked for, of partial ones, or of rows of the rollup alone.
  PlanNodePtr merged(PlanNodePtr input, Conditions keys, bool direct) const {
    const Schema& wanted = asked_.node().schema;
    AggregateNode top;
    top.keys = std::move(keys);
    top.empty_without_rows = asked_.aggregate().empty_without_rows;
    top.group_limit = asked_.aggregate().group_limit;
    Schema schema;
    for (ColumnIndex i = 0; i < keys_.size(); ++i) schema.add(wanted[i].name, wanted[i].type);
    for (size_t i = 0; i < parts_.size(); ++i) {
      AggregateCall call = parts_[i].direct;
      if (!direct) {
        const NamedType& cell = input->schema[keys_.size() + i];
        call =
            make_call(parts_[i].merge, {column_expression(keys_.size() + i, cell.type, cell.name)});
      }
      schema.add(parts_[i].raw.name, call.function->result_type());
      top.calls.push_back(std::move(call));
    }
    ProjectNode layout;
    bool is_plain = parts_.size() == positions_.size();
    for (ColumnIndex i = 0; i < keys_.size(); ++i) {
      layout.expressions.push_back(column_expression(i, schema[i].type, schema[i].name));
    }
    for (size_t i = 0; i < positions_.size(); ++i) {
      const auto column = [&](size_t part) {
        const ColumnIndex position = keys_.size() + part;
        return column_expression(position, schema[position].type, schema[position].name);
      };
      BoundExpressionPtr value = column(positions_[i][0]);
      if (positions_[i].size() == 2) {
        value = function_expression("divide", functions_, {value, column(positions_[i][1])});
      }
      const NamedType& result = wanted[keys_.size() + i];
      is_plain = is_plain && positions_[i].size() == 1 && positions_[i][0] == i;
      layout.expressions.push_back(
          with_name(cast_expression(value, result.type, functions_), result.name));
    }
    if (is_plain) schema = wanted;
    PlanNodePtr plan = make_plan(std::move(top), std::move(schema), std::move(input));
    if (is_plain) return plan;
    return make_plan(std::move(layout), wanted, std::move(plan));
  }

  const TableAggregation& asked_;
  const RollupDefinition& rollup_;
  const OptimizerOptions& options_;
  const std::shared_ptr<const BoundRollup> bound_;
  const FunctionContext& functions_;
  const FunctionContext& store_;
  RollupMatch match_;
  RollupRanges ranges_;

  Conditions keys_;        // over the rollup's columns
  Conditions conditions_;  // over them
  std::vector<CallPart> parts_;
  std::vector<std::vector<size_t>> positions_;  // of each call's parts
  std::shared_ptr<const TableVersion> rolled_;
  std::shared_ptr<const TableVersion> covered_;  // the segments that `rolled_` is made of
  std::shared_ptr<const TableVersion> rest_;     // all else; null: nothing
};

uint64_t scanned_rows(const PlanNode& node) {
  if (const auto* scan = as<ScanNode>(node)) {
    return static_cast<uint64_t>(estimate_scanned_rows(*scan));
  }
  uint64_t rows = 0;
  for (const auto& child : node.children) rows += scanned_rows(*child);
  return rows;
}

// With what zone maps are known to leave out.
uint64_t rows_to_read(const PlanNode& node, const RuleContext& context) {
  PlanNodePtr prepared = clone_plan(node);
  prepare_scans(prepared, context);
  return scanned_rows(*prepared);
}

class RollupChooser {
 public:
  RollupChooser(PlanNodePtr& node, const RuleContext& context, const FunctionContext& store,
                RollupShapes& shapes)
      : node_(node),
        context_(context),
        options_(*context.rollups),
        store_(store),
        shapes_(shapes),
        asked_(*node) {}

  void choose() {
    const TableDefinition& table = *asked_.table().definition;
    rows_raw_ = rows_to_read(*node_, context_);
    for (const RollupDefinition& rollup : table.rollups) try_rollup(rollup);
    RollupDecision* best = nullptr;
    for (RollupDecision& decision : decisions_) {
      if (!decision.reason.empty()) continue;
      const bool preferred = decision.rollup == options_.preferred_rollup;
      if (best == nullptr || preferred || decision.rows_read < best->rows_read) best = &decision;
      if (preferred) break;
    }
    for (RollupDecision& decision : decisions_) {
      if (!decision.reason.empty() || &decision == best) continue;
      decision.reason = "would read " + std::to_string(decision.rows_read) + " rows, and " +
                        best->rollup + " " + std::to_string(best->rows_read);
    }
    PlanNodePtr chosen;
    if (best != nullptr) {
      best->used = true;
      chosen = std::move(plans_[static_cast<size_t>(best - decisions_.data())]);
    }
    if (options_.rollup_decisions != nullptr) {
      options_.rollup_decisions->insert(options_.rollup_decisions->end(), decisions_.begin(),
                                        decisions_.end());
    }
    if (chosen == nullptr && options_.force_rollups) throw_not_used();
    if (chosen != nullptr) node_ = std::move(chosen);
  }

 private:
  void try_rollup(const RollupDefinition& rollup) {
    const TableDefinitionPtr& table = asked_.table().definition;
    RollupDecision decision;
    decision.table = table->database + "." + table->name;
    decision.rollup = rollup.name;
    decision.rows_raw = rows_raw_;
    PlanNodePtr plan;
    try {
      if (as<ScanNode>(*node_->children[0])->final) throw Refusal{"FINAL merges rows"};
      RollupPlanner planner(asked_, rollup, shapes_.find(table, rollup, store_), context_.functions,
                            store_, options_);
      plan = planner.plan();
      decision.rows_read = rows_to_read(*plan, context_);
      check_gain(rollup, decision.rows_read);
    } catch (const Refusal& refusal) {
      decision.reason = refusal.reason;
    } catch (const Error& error) {
      decision.reason = error.message();
    }
    decisions_.push_back(std::move(decision));
    plans_.push_back(std::move(plan));
  }

  void check_gain(const RollupDefinition& rollup, uint64_t rows_read) const {
    if (options_.force_rollups || rollup.name == options_.preferred_rollup) return;
    if (asked_.is_of_blocks()) throw Refusal{"blocks tell it without reading rows"};
    if (rows_read <= rows_raw_ / 2) return;
    throw Refusal{"would read " + std::to_string(rows_read) + " of " + std::to_string(rows_raw_) +
                  " rows"};
  }

  [[noreturn]] void throw_not_used() const {
    std::string text =
        "No rollup of " + decisions_[0].table + " is used, although force_optimize_projection = 1";
    for (const RollupDecision& decision : decisions_) {
      text +=
          (&decision == decisions_.data() ? ": " : "; ") + decision.rollup + ": " + decision.reason;
    }
    throw Error{ErrorCode::ProjectionNotUsed, text};
  }

  PlanNodePtr& node_;
  const RuleContext& context_;
  const OptimizerOptions& options_;
  const FunctionContext& store_;
  RollupShapes& shapes_;
  const TableAggregation asked_;
  uint64_t rows_raw_ = 0;
  std::vector<RollupDecision> decisions_;
  std::vector<PlanNodePtr> plans_;  // of each; null: none
};

bool has_rollups(const PlanNode& node) {
  if (as<AggregateNode>(node) == nullptr) return false;
  const auto* scan = as<ScanNode>(*node.children[0]);
  return scan != nullptr && scan->part == nullptr && !scan->table->definition->rollups.empty();
}

}  // namespace

void answer_from_rollups(PlanNodePtr& plan, const RuleContext& context) {
  if (context.rollups == nullptr) return;
  std::optional<FunctionContext> store;
  RollupShapes unshared;
  RollupShapes* shapes = context.rollups->rollup_shapes;
  for_each_node(plan, [&](PlanNodePtr& node) {
    if (!has_rollups(*node)) return;
    if (!store) {
      // In which the store computes all that it keeps: sort keys, partitions, rollups.
      store = context.functions;
      store->time_zone = TimeZone::utc();
    }
    RollupChooser(node, context, *store, shapes != nullptr ? *shapes : unshared).choose();
  });
}

}  // namespace freshet
