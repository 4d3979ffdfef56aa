// Pipeline: a source, transforms and a sink, wired; the unit that the executor runs.
//
// A query is a list of pipelines in the order in which they must run: the pipeline that builds a
// join's hash table comes before the one that probes it.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "query/operator/operator.h"

namespace freshet {

struct Pipeline {
  Source* source = nullptr;
  std::vector<Transform*> transforms;
  Sink* sink = nullptr;
  // False when a later pipeline feeds the same sink (UNION ALL).
  bool finishes_sink = true;
  // False when an earlier pipeline has prepared the sink already.
  bool prepares_sink = true;
  // 1 where a transform needs all rows in one place, or in order.
  size_t worker_count_max = std::numeric_limits<size_t>::max();
};

// The operators of a query and the order of its pipelines.
struct PhysicalPlan {
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::unique_ptr<Transform>> transforms;
  std::vector<std::unique_ptr<Sink>> sinks;
  std::vector<Pipeline> pipelines;
};

}  // namespace freshet
