#include "query/engine/physical_planner.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "query/expression/throwing_functions.h"
#include "query/operator/aggregate.h"
#include "query/operator/array_join.h"
#include "query/operator/distinct.h"
#include "query/operator/fetch.h"
#include "query/operator/filter.h"
#include "query/operator/final_scan.h"
#include "query/operator/join.h"
#include "query/operator/limit.h"
#include "query/operator/project.h"
#include "query/operator/scan.h"
#include "query/operator/sort.h"
#include "query/operator/spilled_join.h"
#include "query/operator/values.h"
#include "query/operator/window.h"
#include "query/plan/system_tables.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// A pipeline that has no sink yet.
struct Chain {
  Source* source = nullptr;
  std::vector<Transform*> transforms;
  size_t worker_count_max = std::numeric_limits<size_t>::max();
};

// Rows of a node: those of all chains, run one after the other (UNION ALL has several).
using Rows = std::vector<Chain>;

class Planner {
 public:
  Planner(const TableStore* store, const PhysicalPlanOptions& options)
      : store_(store), options_(options) {}

  PhysicalPlan plan(const PlanNode& root, Sink& result) {
    end_with(build(root), &result);
    return std::move(plan_);
  }

 private:
  Rows build(const PlanNode& node) {
    return as_node(node, [&] {
      return std::visit([&](const auto& body) { return build(node, body); }, node.body);
    });
  }

  // What is made meanwhile is of the node.
  template <class Make>
  Rows as_node(const PlanNode& node, const Make& make) {
    const PlanNode* outer = std::exchange(node_, &node);
    Rows rows = make();
    node_ = outer;
    return rows;
  }

  Rows build(const PlanNode& node, const ScanNode& scan) { return build_scan(node, scan, nullptr); }

  Rows build_scan(const PlanNode& node, const ScanNode& scan, RowExcluder* excluder,
                  bool bounds_suffice = false) {
    ScanOptions options;
    options.excluder = excluder;
    options.bounds_suffice = bounds_suffice;
    options.snapshot = scan.snapshot;
    options.table = scan.table;
    options.part = scan.part;
    options.columns = scan.columns;
    options.lengths = scan.lengths;
    options.conjuncts = scan.conjuncts;
    options.outputs = scan.outputs;
    options.filter = scan.filter;
    options.range_conditions = scan.range_conditions;
    options.index_filter = scan.index_filter;
    options.row_position = scan.row_position;
    options.row_limit = scan.row_limit;
    if (scan.final) return build_final(*scan.final, std::move(options));
    if (const auto filters = probe_filters_.find(&scan); filters != probe_filters_.end()) {
      options.probe_filters = filters->second;
    }
    options.condition_cache = options_.condition_cache;
    options.time_zone = options_.time_zone;
    if (const auto bound = bounds_.find(&scan); bound != bounds_.end()) {
      options.bound = bound->second.bound;
      options.bound_output = bound->second.column;
    }
    auto source = std::make_unique<ScanSource>(std::move(options));
    if (options_.trace != nullptr) options_.trace->add_scan(node, *source);
    return as_node(node, [&] { return start(std::move(source), "Scan"); });
  }

  // Whether the aggregate leaves out the scan's deleted rows better than the scan does.
  static bool can_exclude(const AggregateNode& aggregate, const ScanNode& scan) {
    return aggregate.keys.empty() && scan.conjuncts.empty() && !scan.final && !scan.row_position &&
           !scan.row_limit && std::ranges::all_of(aggregate.calls, [](const AggregateCall& call) {
             return call.function->can_add_except() &&
                    std::ranges::none_of(call.arguments, [](const BoundExpressionPtr& argument) {
                      return may_throw(*argument);
                    });
           });
  }

  // Whether the aggregate makes of the least and greatest cells of blocks what it makes of all
  // rows.
  static bool needs_bounds_only(const AggregateNode& aggregate, const ScanNode& scan) {
    return aggregate.keys.empty() && scan.conjuncts.empty() && !scan.final && !scan.row_position &&
           !scan.row_limit && scan.lengths.empty() &&
           std::ranges::all_of(aggregate.calls, [](const AggregateCall& call) {
             return (call.function_name == "min" || call.function_name == "max") &&
                    call.arguments[0]->kind == BoundExpression::Kind::Column;
           });
  }

  Rows build_final(const ScanNode::Final& final, ScanOptions scan) {
    CHECK(store_ != nullptr);
    FinalSourceOptions options;
    options.scan = std::move(scan);
    options.key_filter = final.key_filter;
    options.key_range_conditions = final.key_range_conditions;
    options.key_conjuncts = final.key_conjuncts;
    options.across_partitions = final.across_partitions;
    return start(std::make_unique<FinalSource>(std::move(options), store_->key_compiler(),
                                               store_->row_merger()),
                 "FinalScan");
  }

  Rows build(const PlanNode& node, const FetchNode& fetch) {
    return then(build(*node.children[0]),
                std::make_unique<FetchTransform>(fetch.snapshot, fetch.table, fetch.columns,
                                                 fetch.position_column),
                "Fetch");
  }

  Rows build(const PlanNode& node, const FilterNode& filter) {
    return then(build(*node.children[0]), std::make_unique<FilterTransform>(filter.conjuncts),
                "Filter");
  }

  Rows build(const PlanNode& node, const ProjectNode& project) {
    return then(build(*node.children[0]), std::make_unique<ProjectTransform>(project.expressions),
                "Project");
  }

  Rows build(const PlanNode& node, const AggregateNode& aggregate) {
    std::vector<AggregateArguments> calls;
    for (const AggregateCall& call : aggregate.calls) {
      calls.push_back({call.function, call.arguments});
    }
    auto sink = std::make_unique<AggregateSink>(
        aggregate.keys, std::move(calls), aggregate.empty_without_rows, aggregate.group_limit);
    AggregateSink& groups = *sink;
    const auto* scan = as<ScanNode>(*node.children[0]);
    Rows rows;
    if (scan != nullptr && !aggregate.calls.empty() && needs_bounds_only(aggregate, *scan)) {
      rows = build_scan(*node.children[0], *scan, nullptr, true);
    } else if (scan != nullptr && can_exclude(aggregate, *scan)) {
      rows = build_scan(*node.children[0], *scan, &groups);
    } else {
      rows = build(*node.children[0]);
    }
    end_with(std::move(rows), keep(std::move(sink), "Aggregate"));
    auto source = std::make_unique<AggregateSource>(groups);
    if (const auto bound = bounds_.find(&aggregate); bound != bounds_.end()) {
      source->set_bound(bound->second.bound, bound->second.column);
    }
    return start(std::move(source), "Groups");
  }

  // Tells the scan or the aggregation that makes column `column` of the node's rows what a top-N
  // above learns about it. What is in between only passes rows on, or drops some.
  void pass_bound(const PlanNode& node, ColumnIndex column,
                  const std::shared_ptr<const SortBound>& bound) {
    if (const auto* project = as<ProjectNode>(node)) {
      const BoundExpression& expression = *project->expressions[column];
      if (expression.kind == BoundExpression::Kind::Column) {
        pass_bound(*node.children[0], expression.column, bound);
      }
    } else if (as<FilterNode>(node) != nullptr) {
      pass_bound(*node.children[0], column, bound);
    } else if (const auto* scan = as<ScanNode>(node)) {
      const bool has_zones = column < scan->outputs.size() && !scan->gives_lengths(column);
      if (has_zones) bounds_[scan] = {bound, column};
    } else if (const auto* aggregate = as<AggregateNode>(node)) {
      bounds_[aggregate] = {bound, column};
    }
  }

  // Tells the scans that make the probe side's rows what the build side will say of each key.
  void pass_filters(const PlanNode& probe_side, JoinOptions& options) {
    for (size_t i = 0; i < options.probe_keys.size(); ++i) {
      if (options.null_safe[i]) continue;
      auto filter = std::make_shared<JoinFilter>();
      const uint64_t rows = pass_filter(probe_side, options.probe_keys[i], filter);
      if (rows != 0) options.filters.push_back({i, filter, rows});
    }
  }

  // Gives the filter to scans below, when rows of the node may be dropped by `key`, which is over
  // its columns. The rows of these scans' tables; 0: nobody has it.
  uint64_t pass_filter(const PlanNode& node, const BoundExpressionPtr& key,
                       const std::shared_ptr<const JoinFilter>& filter) {
    if (!is_deterministic(*key) || may_throw(*key)) return 0;
    const std::vector<ColumnIndex> reads = columns_of(*key);
    if (reads.empty()) return 0;
    const auto reads_only = [&](const std::function<bool(ColumnIndex)>& allowed) {
      return std::ranges::all_of(reads, allowed);
    };
    const auto pass_below = [&](const BoundExpressionPtr& key_below, size_t child = 0) {
      return pass_filter(*node.children[child], key_below, filter);
    };
    if (const auto* scan = as<ScanNode>(node)) {
      const bool has_all = reads_only(
          [&](ColumnIndex c) { return c < scan->outputs.size() && !scan->gives_lengths(c); });
      if (!has_all || scan->row_limit || scan->final) return 0;
      probe_filters_[scan].push_back(
          std::make_shared<ProbeFilter>(filter, remap_columns(key, scan->outputs), scan->columns));
      return scan->table->row_count();
    }
    if (const auto* project = as<ProjectNode>(node)) {
      return pass_below(substitute_columns(key, project->expressions));
    }
    if (as<FilterNode>(node) != nullptr) return pass_below(key);
    if (const auto* sort = as<SortNode>(node)) return sort->limit ? 0 : pass_below(key);
    if (const auto* distinct = as<DistinctNode>(node)) {
      return distinct->row_limit ? 0 : pass_below(key);
    }
    if (const auto* aggregate = as<AggregateNode>(node)) {
      const bool by_keys = reads_only([&](ColumnIndex c) { return c < aggregate->keys.size(); });
      return !by_keys || aggregate->group_limit
                 ? 0
                 : pass_below(substitute_columns(key, aggregate->keys));
    }
    if (as<UnionAllNode>(node) != nullptr) {
      uint64_t rows = 0;
      for (size_t i = 0; i < node.children.size(); ++i) rows += pass_below(key, i);
      return rows;
    }
    if (const auto* join = as<JoinNode>(node)) {
      const size_t left_width = node.children[0]->schema.size();
      const auto is_left = [&](ColumnIndex c) { return join->outputs[c] < left_width; };
      if (reads_only(is_left) && can_drop_rows(*join, true)) {
        return pass_below(remap_columns(key, join->outputs), 0);
      }
      if (reads_only([&](ColumnIndex c) { return !is_left(c); }) && can_drop_rows(*join, false)) {
        std::vector<ColumnIndex> in_right = join->outputs;
        for (ColumnIndex& column : in_right) column -= std::min(column, left_width);
        return pass_below(remap_columns(key, in_right), 1);
      }
    }
    return 0;
  }

  // Whether a side's rows that nobody above wants may be missing, because each of that side's rows
  // comes out or not for its own sake.
  static bool can_drop_rows(const JoinNode& join, bool left) {
    if (join.kind == JoinKind::Inner || join.kind == JoinKind::Cross) {
      return join.strictness == JoinStrictness::All ||
             (left && join.strictness == JoinStrictness::Asof);
    }
    return join.kind == (left ? JoinKind::Left : JoinKind::Right);
  }

  // Whether the function gives the same for rows in any order.
  static bool ignores_order(const WindowCall& call) {
    const FrameBounds& frame = call.function.frame;
    return call.function.kind == WindowFunctionKind::Aggregate &&
           (!frame.by_rows || (frame.begin.kind == FrameEdgeKind::UnboundedPreceding &&
                               frame.end.kind == FrameEdgeKind::UnboundedFollowing));
  }

  Rows build(const PlanNode& node, const WindowNode& window) {
    WindowOptions options;
    options.input = node.children[0]->schema;
    options.sort = window.sort;
    options.outputs = window.outputs;
    options.common_partition_columns = window.common_partition_columns();
    for (const WindowCall& call : window.calls) {
      options.calls.push_back(
          {call.function, call.arguments, call.partition_columns, call.order_columns});
    }
    auto sink = std::make_unique<WindowSink>(std::move(options));
    WindowSink& sorted = *sink;
    Rows rows = build(*node.children[0]);
    // Rows that nothing sorts are numbered as they come.
    if (window.sort.empty() && !std::ranges::all_of(window.calls, ignores_order)) {
      for (Chain& chain : rows) chain.worker_count_max = 1;
    }
    end_with(std::move(rows), keep(std::move(sink), "WindowSort"));
    return start(std::make_unique<WindowSource>(sorted), "Window");
  }

  Rows build(const PlanNode& node, const SortNode& sort) {
    auto sink = std::make_unique<SortSink>(node.children[0]->schema, sort.keys, sort.limit);
    SortSink& rows = *sink;
    if (sort.limit) pass_bound(*node.children[0], sort.keys[0].column, rows.bound());
    end_with(build(*node.children[0]), keep(std::move(sink), "Sort"));
    return start(std::make_unique<SortSource>(rows), "SortedRows");
  }

  Rows build(const PlanNode& node, const LimitNode& limit) {
    return then(build(*node.children[0]),
                std::make_unique<LimitTransform>(limit.limit, limit.offset, limit.ties), "Limit");
  }

  Rows build(const PlanNode& node, const LimitByNode& limit_by) {
    Rows rows = build(*node.children[0]);
    for (Chain& chain : rows) chain.worker_count_max = 1;
    return then(
        std::move(rows),
        std::make_unique<LimitByTransform>(limit_by.columns, limit_by.limit, limit_by.offset),
        "LimitBy");
  }

  Rows build(const PlanNode& node, const DistinctNode& distinct) {
    std::vector<DataTypePtr> types;
    for (const NamedType& column : node.schema.columns()) types.push_back(column.type);
    auto transform = std::make_unique<DistinctTransform>(std::move(types), distinct.row_limit);
    DistinctTransform& seen = *transform;
    Rows rows = then(build(*node.children[0]), std::move(transform), "Distinct");
    if (!distinct.row_limit) {
      Rows spilled = start(std::make_unique<SpilledDistinctSource>(seen), "SpilledDistinct");
      rows.push_back(std::move(spilled[0]));
    }
    return rows;
  }

  Rows build(const PlanNode& node, const UnionAllNode&) {
    Rows all;
    for (const PlanNodePtr& child : node.children) {
      for (Chain& chain : build(*child)) all.push_back(std::move(chain));
    }
    return all;
  }

  Rows build(const PlanNode&, const ValuesNode& values) {
    return start(std::make_unique<ValuesSource>(std::vector<Chunk>{values.chunk}), "Values");
  }

  Rows build(const PlanNode&, const TableFunctionNode& function) {
    const auto number = [&](size_t i) {
      const Value& value = function.arguments[i];
      return value.is_null() ? std::numeric_limits<uint64_t>::max() : value.as<uint64_t>();
    };
    const bool with_column = !function.outputs.empty();
    if (function.name == "numbers") {
      return start(std::make_unique<GeneratorSource>(GeneratorSource::Kind::Numbers, number(0),
                                                     number(1), number(2), with_column),
                   "Numbers");
    }
    if (function.name == "zeros") {
      return start(std::make_unique<GeneratorSource>(GeneratorSource::Kind::Zeros, 0, number(0), 1,
                                                     with_column),
                   "Zeros");
    }
    throw Error(ErrorCode::UnknownFunction, "Unknown table function " + function.name);
  }

  Rows build(const PlanNode&, const SystemTableNode& system) {
    Chunk rows = system.tables->read(system.database, system.table, system.columns);
    return start(std::make_unique<ValuesSource>(std::vector<Chunk>{std::move(rows)}),
                 "SystemTable");
  }

  Rows build(const PlanNode& node, const ArrayJoinNode& array_join) {
    return then(build(*node.children[0]),
                std::make_unique<ArrayJoinTransform>(array_join.columns, array_join.left),
                "ArrayJoin");
  }

  Rows build(const PlanNode& node, const JoinNode& join) {
    JoinOptions options;
    options.build_is_left = join.build_left;
    const PlanNode& left = *node.children[0];
    const PlanNode& right = *node.children[1];
    const PlanNode& build_side = join.build_left ? left : right;
    const PlanNode& probe_side = join.build_left ? right : left;
    for (const JoinKey& key : join.keys) {
      options.probe_keys.push_back(join.build_left ? key.right : key.left);
      options.build_keys.push_back(join.build_left ? key.left : key.right);
      options.null_safe.push_back(key.null_safe);
    }
    if (join.asof) {
      CHECK(!join.build_left);
      options.asof =
          JoinOptions::Asof{join.asof->left, join.asof->right, asof_comparison(*join.asof)};
    }
    options.residual = join.residual;
    options.probe_schema = probe_side.schema;
    options.build_schema = build_side.schema;
    options.outputs = join.outputs;
    options.output_schema = node.schema;
    choose_match(join, options);
    if (options_.join_filters && !options.keep_probe && options.match != JoinMatch::AntiProbe) {
      pass_filters(probe_side, options);
    }

    auto state = std::make_shared<JoinState>(std::move(options));
    const bool keeps_build = keeps_build_rows(join);
    const bool has_keys = !join.keys.empty();
    end_with(build(build_side), keep(std::make_unique<JoinBuildSink>(state), "JoinBuild"));
    Rows rows = then(build(probe_side), std::make_unique<JoinProbeTransform>(state), "JoinProbe");
    if (has_keys) {
      Rows spilled = start(std::make_unique<SpilledJoinSource>(state), "SpilledJoin");
      rows.push_back(std::move(spilled[0]));
    }
    if (keeps_build) {
      Rows rest = start(std::make_unique<JoinRestSource>(state), "JoinRest");
      rows.push_back(std::move(rest[0]));
    }
    return rows;
  }

  static AsofComparison asof_comparison(const AsofCondition& condition) {
    if (condition.op == "greater") return AsofComparison::Greater;
    if (condition.op == "greaterOrEquals") return AsofComparison::GreaterOrEquals;
    return condition.op == "less" ? AsofComparison::Less : AsofComparison::LessOrEquals;
  }

  static bool keeps_left(const JoinNode& join) {
    return join.kind == JoinKind::Left || join.kind == JoinKind::Full;
  }
  static bool keeps_right(const JoinNode& join) {
    return join.kind == JoinKind::Right || join.kind == JoinKind::Full;
  }
  static bool keeps_build_rows(const JoinNode& join) {
    if (join.strictness == JoinStrictness::Semi) return false;
    return join.build_left ? keeps_left(join) : keeps_right(join);
  }

  static void choose_match(const JoinNode& join, JoinOptions& options) {
    const bool probe_is_left = !join.build_left;
    options.keep_build = keeps_build_rows(join);
    options.keep_probe = join.strictness != JoinStrictness::Semi &&
                         (probe_is_left ? keeps_left(join) : keeps_right(join));
    // The side whose rows come out at most once, for Any, Semi and Anti.
    const bool left_once = join.kind == JoinKind::Left;
    const bool probe_once = left_once == probe_is_left;
    switch (join.strictness) {
      case JoinStrictness::Any:
        options.match = join.kind == JoinKind::Inner ? JoinMatch::AnyBoth
                        : probe_once                 ? JoinMatch::AnyProbe
                                                     : JoinMatch::AnyBuild;
        break;
      case JoinStrictness::Semi:
        options.match = probe_once ? JoinMatch::AnyProbe : JoinMatch::AnyBuild;
        break;
      case JoinStrictness::Anti:
        options.match = probe_once ? JoinMatch::AntiProbe : JoinMatch::AntiBuild;
        break;
      default:
        options.match = JoinMatch::All;
    }
  }

  Rows start(std::unique_ptr<Source> source, const char* name) {
    if (options_.trace != nullptr) source = options_.trace->wrap(std::move(source), *node_, name);
    Chain chain;
    chain.source = source.get();
    plan_.sources.push_back(std::move(source));
    return {std::move(chain)};
  }

  Rows then(Rows rows, std::unique_ptr<Transform> transform, const char* name) {
    if (options_.trace != nullptr) {
      transform = options_.trace->wrap(std::move(transform), *node_, name);
    }
    for (Chain& chain : rows) chain.transforms.push_back(transform.get());
    plan_.transforms.push_back(std::move(transform));
    return rows;
  }

  Sink* keep(std::unique_ptr<Sink> sink, const char* name) {
    if (options_.trace != nullptr) sink = options_.trace->wrap(std::move(sink), *node_, name);
    plan_.sinks.push_back(std::move(sink));
    return plan_.sinks.back().get();
  }

  void end_with(Rows rows, Sink* sink) {
    for (size_t i = 0; i < rows.size(); ++i) {
      Pipeline pipeline;
      pipeline.source = rows[i].source;
      pipeline.transforms = std::move(rows[i].transforms);
      pipeline.sink = sink;
      pipeline.prepares_sink = i == 0;
      pipeline.finishes_sink = i + 1 == rows.size();
      pipeline.worker_count_max = rows[i].worker_count_max;
      plan_.pipelines.push_back(std::move(pipeline));
    }
  }

  struct PassedBound {
    std::shared_ptr<const SortBound> bound;
    ColumnIndex column = 0;  // of the node's rows
  };

  const TableStore* store_;
  PhysicalPlan plan_;
  PhysicalPlanOptions options_;
  const PlanNode* node_ = nullptr;  // that operators are made for
  std::map<const ScanNode*, std::vector<std::shared_ptr<const ProbeFilter>>> probe_filters_;
  // By ScanNode or AggregateNode.
  std::map<const void*, PassedBound> bounds_;
};

}  // namespace

PhysicalPlan make_physical_plan(const PlanNode& plan, Sink& result, const TableStore* store,
                                const PhysicalPlanOptions& options) {
  return Planner(store, options).plan(plan, result);
}

}  // namespace freshet
