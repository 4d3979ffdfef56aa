// FreshGroups: the rows of rollups over the newest rows of tables, which are in no segment yet.
//
// A memtable's chunks never change: what a rollup makes of one is made by the first query that
// wants it, and kept as long as the chunk lives. Chunks merge like a binary counter, so that each
// row is grouped a few times before it is flushed, however often the table is asked.
//
// Path:      query/plan/rule_rollups -> FreshGroups -> RollupBuild
// Owns:      the groups, and their share of the memory budget.
// Threads:   any; one makes groups at a time.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>

#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"
#include "storage/table/table_store.h"

namespace freshet {

class FreshGroups {
 public:
  // Of fewer rows than these no groups are made: a query groups them itself as fast.
  static constexpr size_t kRowsMin = 256;

  // Both outlive the object. A null function: there are no groups.
  FreshGroups(const RollupBuild& build, MemoryBudget& memory) : build_(build), memory_(memory) {}
  FreshGroups(const FreshGroups&) = delete;
  FreshGroups& operator=(const FreshGroups&) = delete;
  ~FreshGroups();

  // What the rollup makes of chunk `index` of version.memtable, laid out as its columns. Null: it
  // has few rows, some of them are deleted, or the memory is used up.
  std::shared_ptr<const Chunk> groups(const TableVersion& version, size_t index,
                                      const RollupDefinition& rollup) EXCLUDES(mutex_, making_);

 private:
  using ChunkPtr = std::shared_ptr<const Chunk>;
  struct Entry {
    std::weak_ptr<const Chunk> chunk;
    std::map<uint64_t, ChunkPtr> groups;  // by the rollup's id
    uint64_t bytes = 0;
  };

  ChunkPtr find(const ChunkPtr& chunk, uint64_t rollup) EXCLUDES(mutex_);
  void keep(const ChunkPtr& chunk, uint64_t rollup, const ChunkPtr& groups) EXCLUDES(mutex_);

  const RollupBuild& build_;
  MemoryBudget& memory_;
  Mutex making_;  // taken before mutex_
  Mutex mutex_;
  std::unordered_map<const Chunk*, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
