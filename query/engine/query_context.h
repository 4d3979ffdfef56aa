// QueryContext: one running query: who, with which settings, until when, with how much memory.
//
// Path:      query_engine makes one per execute(); statements and the select runner use it
// Owns:      the FunctionContext that bound plans point to, so it outlives every plan of the query.
// Threads:   the caller's; cancelled, progress and memory are shared with the workers.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "query/engine/executor.h"
#include "query/engine/query_engine.h"
#include "query/operator/condition_cache.h"
#include "query/operator/execution_context.h"
#include "query/operator/temporary_files.h"
#include "query/plan/binder.h"

namespace freshet {

class FreshGroups;
class RollupShapes;

struct QueryContext {
  QueryContext(QueryRequest query_request, Settings query_settings, MemoryBudget& budget);

  const QueryRequest request;
  Settings settings;  // the request's and the statement's SETTINGS clause
  std::string query_id;
  std::string database;
  FunctionContext functions;
  SnapshotPtr snapshot;
  const TableStore* store = nullptr;          // that the snapshot is of
  ConditionCache* condition_cache = nullptr;  // null: not to be used
  RollupShapes* rollup_shapes = nullptr;      // null: not remembered
  FreshGroups* fresh_groups = nullptr;        // null: there are none
  MemoryLease memory;
  // What operators put on disk; empty: nothing.
  std::optional<TemporaryData> temporary;
  SpillThresholds spill;
  std::atomic<bool> cancelled{false};
  QueryProgress progress;
  std::chrono::steady_clock::time_point started;
  std::chrono::steady_clock::time_point deadline;
  size_t worker_count = 1;

  ExecutionContext execution(Executor& executor);
};

}  // namespace freshet
