#include "query/engine/run_explain.h"

#include <bit>
#include <cstdio>
#include <utility>
#include <vector>

#include "query/engine/explain_indexes.h"
#include "query/engine/plan_trace.h"
#include "query/engine/select_runner.h"
#include "query/engine/setting_text.h"
#include "query/operator/scan.h"
#include "query/plan/explain.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

std::string milliseconds(uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f ms", static_cast<double>(ns) / 1e6);
  return text;
}

std::string byte_count(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  for (; amount >= 1000 && unit + 1 < std::size(kUnits); ++unit) amount /= 1000;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text;
}

std::string counted(uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "rows 16384 -> 5, 40 B; 0.11 ms, cpu 0.10 ms, 1 thread"
std::string work_line(const PlanNode& node, const PlanTrace& trace,
                      const std::vector<const OperatorTrace*>& operators) {
  using Role = OperatorTrace::Role;
  uint64_t rows_in = 0;
  uint64_t rows_build = 0;
  uint64_t rows_out = 0;
  uint64_t bytes_out = 0;
  uint64_t wall_ns = 0;
  uint64_t cpu_ns = 0;
  uint64_t workers = 0;
  uint64_t spilled_bytes = 0;
  const bool is_join = as<JoinNode>(node) != nullptr;
  for (const OperatorTrace* op : operators) {
    (is_join && op->role == Role::Sink ? rows_build : rows_in) += op->rows_in.load();
    rows_out += op->rows_out.load();
    bytes_out += op->bytes_out.load();
    wall_ns += op->wall_ns.load();
    cpu_ns += op->cpu_ns.load();
    workers |= op->workers.load();
    if (op->temporary != nullptr) spilled_bytes += op->temporary->written_bytes();
  }
  std::string rows_before;
  if (const ScanSource* scan = trace.scan_of(node)) {
    rows_before = std::to_string(scan->counters().rows_read) + " -> ";
  } else if (is_join) {
    rows_before = std::to_string(rows_in) + " with " + std::to_string(rows_build) + " -> ";
  } else if (!node.children.empty()) {
    rows_before = std::to_string(rows_in) + " -> ";
  }
  std::string line = "| rows " + rows_before + std::to_string(rows_out) + ", " +
                     byte_count(bytes_out) + "; " + milliseconds(wall_ns) + ", cpu " +
                     milliseconds(cpu_ns) + ", " +
                     counted(static_cast<uint64_t>(std::popcount(workers)), "thread");
  if (spilled_bytes != 0) line += ", " + byte_count(spilled_bytes) + " on disk";
  return line;
}

// "segments 1 of 3, blocks 1 of 40; left out by PrimaryKey: 39 blocks"
std::string scan_line(const ScanNode& scan, const ScanSource& source,
                      const ChunkFunctionCompiler& keys) {
  const ScanPlan& plan = source.plan();
  const ScanCounters counters = source.counters();
  std::string left_out;
  const auto add = [&](const std::string& why, uint64_t count, const std::string& what) {
    if (count == 0) return;
    left_out += (left_out.empty() ? "" : ", ") + why + ": " + counted(count, what);
  };
  for (const IndexEffect& effect : index_effects(scan, keys)) {
    add(effect.index, effect.blocks_before - effect.blocks_after, "block");
  }
  add("what is remembered", counters.blocks_known_empty, "block");
  add("top-N", counters.blocks_beyond_bound, "block");
  add("join", counters.blocks_without_partner, "block");
  add("join", counters.rows_without_partner, "row");
  std::string line = "| segments " + std::to_string(plan.segments_kept) + " of " +
                     std::to_string(plan.segment_count) + ", blocks " +
                     std::to_string(counters.blocks_read) + " of " +
                     std::to_string(plan.block_count);
  if (!left_out.empty()) line += "; left out by " + left_out;
  return line;
}

std::string analyze(const Query& query, EngineServices& services, QueryContext& context,
                    SelectRunner& runner) {
  const auto now = [&] { return static_cast<uint64_t>(services.clock.monotonic_ns()); };
  const uint64_t begun = now();
  const LogicalPlan plan = runner.plan(query);
  const uint64_t planned = now();
  PlanTrace trace(services.clock, context.temporary ? &*context.temporary : nullptr);
  const NodeDetails details = [&](const PlanNode& node) {
    std::vector<std::string> lines;
    const auto operators = trace.of(node);
    if (operators.empty()) return lines;
    lines.push_back(work_line(node, trace, operators));
    if (const ScanSource* source = trace.scan_of(node)) {
      lines.push_back(scan_line(*as<ScanNode>(node), *source, services.store.key_compiler()));
    }
    return lines;
  };
  uint64_t run_ns = 0;
  // While the operators are still there.
  const auto run = [&](const PlanNode& root) {
    const uint64_t started = now();
    std::string text;
    runner.run_traced(root, trace, /*execute=*/true, [&](const PhysicalPlan&) {
      run_ns += now() - started;
      text = explain_plan(root, details);
    });
    return text;
  };
  std::string text = run(*plan.root);
  if (plan.totals != nullptr) text += "Totals\n" + run(*plan.totals);
  text += "Total " + milliseconds(run_ns) + ", cpu " + milliseconds(trace.cpu_ns()) +
          "; planned in " + milliseconds(planned - begun) + "; read " +
          counted(context.progress.rows_read.load(), "row") + "; memory " +
          byte_count(context.memory.peak_bytes());
  if (context.temporary && context.temporary->written_bytes() != 0) {
    text += "; " + byte_count(context.temporary->written_bytes()) + " on disk";
  }
  return text + "\n";
}

// "  shop.events by_hour: used, reads 24 of 9330 rows"
std::string rollup_lines(const std::vector<RollupDecision>& decisions) {
  std::string text = "Rollups\n";
  if (decisions.empty()) text += "  no table that has rollups is aggregated\n";
  for (const RollupDecision& decision : decisions) {
    text += "  " + decision.table;
    if (!decision.rollup.empty()) text += " " + decision.rollup;
    if (decision.used) {
      text += ": used, reads " + std::to_string(decision.rows_read) + " of " +
              counted(decision.rows_raw, "row");
    } else {
      text += ": not used, " + decision.reason;
    }
    text += "\n";
  }
  return text;
}

// Source, transforms and sink of each pipeline, in the order in which they run.
std::string pipeline_lines(const PhysicalPlan& physical, const PlanTrace& trace) {
  std::string text;
  for (size_t i = 0; i < physical.pipelines.size(); ++i) {
    const Pipeline& pipeline = physical.pipelines[i];
    text += "Pipeline " + std::to_string(i + 1) +
            (pipeline.worker_count_max == 1 ? ", one thread\n" : "\n");
    text += "  " + trace.name_of(pipeline.source) + "\n";
    for (const Transform* transform : pipeline.transforms) {
      text += "  " + trace.name_of(transform) + "\n";
    }
    const std::string sink = trace.name_of(pipeline.sink);
    text += "  " + (sink.empty() ? "Result" : sink) + "\n";
  }
  return text;
}

}  // namespace

std::string explain_text(const Explain& explain, EngineServices& services, QueryContext& context) {
  const bool is_known = explain.kind == ExplainKind::Plan ||
                        explain.kind == ExplainKind::Pipeline ||
                        explain.kind == ExplainKind::Analyze;
  if (!is_known) {
    throw Error(ErrorCode::NotImplemented,
                "Only EXPLAIN PLAN, PIPELINE, ANALYZE, AST and SYNTAX are supported");
  }
  const auto* query = std::get_if<QueryPtr>(&explain.statement->body);
  if (query == nullptr) {
    throw Error(ErrorCode::NotImplemented, "Only SELECT can be explained");
  }
  SelectRunner runner(context, services.executor, services.system_tables);
  if (explain.kind == ExplainKind::Analyze) return analyze(**query, services, context, runner);
  std::vector<RollupDecision> decisions;
  const LogicalPlan plan = runner.plan(**query, &decisions);
  if (explain.kind == ExplainKind::Pipeline) {
    PlanTrace trace(services.clock, nullptr);
    std::string text;
    runner.run_traced(*plan.root, trace, /*execute=*/false, [&](const PhysicalPlan& physical) {
      text = pipeline_lines(physical, trace);
    });
    return text;
  }
  NodeDetails details;
  bool tells_rollups = false;
  for (const SettingChange& setting : explain.settings) {
    if (setting_text(setting) != "1") continue;
    tells_rollups |= setting.name == "rollups" || setting.name == "projections";
    if (setting.name != "indexes") continue;
    details = [&](const PlanNode& node) {
      const auto* scan = as<ScanNode>(node);
      return scan == nullptr ? std::vector<std::string>()
                             : index_lines(*scan, services.store.key_compiler());
    };
  }
  return explain_plan(plan, details) + (tells_rollups ? rollup_lines(decisions) : std::string());
}

}  // namespace freshet
