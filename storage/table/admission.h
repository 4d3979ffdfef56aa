// Admission says early whether the store can take more rows.
//
//   of a table's flush limit    1: a flush starts   2: commits wait for it   4: INSERTs are refused
//   of the memory budget        1/2 in memtables, or 15/16 in all: INSERTs are refused
//
// Path:      query/engine/insert_target -> TableStore::require_room -> Admission
// Threads:   every method from any thread.
// Errors:    OverloadedError: TooManyParts when flushes do not keep up, MemoryLimitExceeded when
//            memory is short. The message says which limit and what raises it.
#pragma once

#include <set>
#include <string>

#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/table/background.h"
#include "storage/table/live_tables.h"

namespace freshet {

// A memtable may be this many times over its limits before commits wait, and before INSERTs are
// refused.
inline constexpr uint64_t kWaitFactor = 2;
inline constexpr uint64_t kRefuseFactor = 4;

class Admission {
 public:
  Admission(FlushLimits limits, const LiveTables& live, const MemoryBudget& memory,
            Counter& refused)
      : limits_(limits), live_(&live), memory_(&memory), refused_(&refused) {}

  // Throws when an INSERT into the table should not even begin.
  void require_room(TableId table) const;
  // For a commit that waited for flushes in vain.
  [[noreturn]] void refuse_backlog(const std::set<TableId>& tables) const;
  // For an INSERT that finds no memory for its rows.
  [[noreturn]] void refuse_memory(uint64_t wanted_bytes) const;

 private:
  [[noreturn]] void refuse(ErrorCode code, const std::string& what,
                           const std::string& advice) const;
  [[noreturn]] void refuse_load(const LiveTables::Load& load) const;

  const FlushLimits limits_;
  const LiveTables* const live_;
  const MemoryBudget* const memory_;
  Counter* const refused_;
};

}  // namespace freshet
