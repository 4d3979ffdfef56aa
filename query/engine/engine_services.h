// EngineServices: what every statement of the engine works with; one per QueryEngine.
#pragma once

#include "query/engine/executor.h"
#include "query/engine/mutation_log.h"
#include "query/engine/query_engine.h"
#include "query/plan/binder.h"
#include "query/plan/system_tables.h"
#include "storage/base/mutex.h"

namespace freshet {

class BackupLog;
class ConditionCache;

struct EngineServices {
  TableStore& store;
  Clock& clock;
  MemoryBudget& memory;
  MetricsRegistry& metrics;
  EngineOptions options;
  Executor& executor;
  const SystemTables* system_tables = nullptr;  // set once, before the first statement
  // INSERTs hold it shared from looking up the table and its views until their commit is visible,
  // statements that change the catalog hold it alone. So an INSERT sees either none or all of a
  // view's existence.
  SharedMutex& catalog_lock;
  MutationLog& mutations;
  BackupLog* backups = nullptr;               // set once, before the first statement
  ConditionCache* condition_cache = nullptr;  // the same
};

}  // namespace freshet
