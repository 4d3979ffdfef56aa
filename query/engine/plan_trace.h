// PlanTrace: what the operators of one query have done, by the plan's node that they are of:
// EXPLAIN ANALYZE and EXPLAIN PIPELINE.
//
// A traced operator stands around the operator itself and counts what goes in and out and the time
// in between. Plans that nobody traces do not have any.
//
//   Source -> Transform -> Sink   becomes   Traced(Source) -> Traced(Transform) -> Traced(Sink)
//
// Path:      query/engine/physical_planner wraps -> executor runs -> query/engine/run_explain
// prints Threads:   add and wrap by the planner; counters by all workers; the rest once the query
// is done. Units:     nanoseconds, of all workers together.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "query/engine/pipeline.h"
#include "query/operator/temporary_files.h"
#include "query/plan/logical_plan.h"
#include "storage/base/clock.h"

namespace freshet {

class ScanSource;

struct OperatorTrace {
  enum class Role : uint8_t { Source, Transform, Sink };

  Role role = Role::Source;
  std::string name;
  const PlanNode* node = nullptr;
  std::atomic<uint64_t> rows_in{0};
  std::atomic<uint64_t> rows_out{0};
  std::atomic<uint64_t> bytes_out{0};
  std::atomic<uint64_t> wall_ns{0};
  std::atomic<uint64_t> cpu_ns{0};
  std::atomic<uint64_t> workers{0};  // one bit each, up to 64
  // What it puts on disk is counted here, and by the query; null: nothing goes there.
  std::unique_ptr<TemporaryData> temporary;
};

class PlanTrace {
 public:
  // Both outlive the trace. `temporary` may be null.
  PlanTrace(const Clock& clock, TemporaryData* temporary) : clock_(clock), temporary_(temporary) {}

  // The operator with its trace around it.
  std::unique_ptr<Source> wrap(std::unique_ptr<Source> source, const PlanNode& node,
                               std::string name);
  std::unique_ptr<Transform> wrap(std::unique_ptr<Transform> transform, const PlanNode& node,
                                  std::string name);
  std::unique_ptr<Sink> wrap(std::unique_ptr<Sink> sink, const PlanNode& node, std::string name);
  void add_scan(const PlanNode& node, const ScanSource& scan) { scans_[&node] = &scan; }

  // The operators of a node, in the order in which they were made.
  std::vector<const OperatorTrace*> of(const PlanNode& node) const;
  // Null: the node is not a scan, or is read otherwise. Requires: the physical plan is still there.
  const ScanSource* scan_of(const PlanNode& node) const;
  // Of any wrapped operator; empty for others.
  std::string name_of(const void* op) const;
  uint64_t cpu_ns() const;

 private:
  OperatorTrace& add(OperatorTrace::Role role, const PlanNode& node, std::string name);

  const Clock& clock_;
  TemporaryData* temporary_;
  std::deque<OperatorTrace> operators_;
  std::map<const void*, const OperatorTrace*> by_operator_;
  std::map<const PlanNode*, const ScanSource*> scans_;
};

}  // namespace freshet
