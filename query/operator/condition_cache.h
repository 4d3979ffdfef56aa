// ConditionCache: blocks of segments in which a query's conditions were true for no row.
//
// Segments do not change, so what a scan has found out stays true. The next scan with the same
// conditions does not read those blocks: a point lookup by a column without an index reads the
// table once. As ClickHouse's query condition cache.
//
//   WHERE WatchID = 7   segment 3: blocks 0 1 2 4 5 ..      (all but 3)
//
// Deleted rows may only make more blocks empty: a scan that left some out tells nothing, but what
// it is told is good for it.
//
// Path:      query/operator/scan asks before it reads, and tells what it found
// Owns:      the answers, the least recently used of which go past `bytes_max`; neither segments
//            nor definitions of tables.
// Threads:   any number at once.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/expression/expression.h"
#include "storage/base/metrics.h"
#include "storage/base/mutex.h"
#include "storage/table/snapshot.h"

namespace freshet {

// What a scan asks for: all of `conjuncts`, over the columns of the table.
struct ScanCondition {
  std::vector<BoundExpressionPtr> conjuncts;
  TableDefinitionPtr definition;  // which says what a segment's columns are read as
  std::string time_zone;          // that functions were bound with
  uint64_t hash = 0;
};
using ScanConditionPtr = std::shared_ptr<const ScanCondition>;

class ConditionCache {
 public:
  // `bytes_max` 0: nothing is remembered.
  ConditionCache(uint64_t bytes_max, MetricsRegistry& metrics);

  // Null when an answer for these conjuncts, over `columns` of the table, would not be good for the
  // next scan: they depend on more than the row.
  static ScanConditionPtr condition(const std::vector<BoundExpressionPtr>& conjuncts,
                                    const std::vector<ColumnIndex>& columns,
                                    TableDefinitionPtr definition, std::string time_zone);

  // Takes the blocks of the segment out of `blocks` that are known to have no row.
  void take_out_empty(const ScanCondition& condition,
                      const std::shared_ptr<const SegmentReader>& segment,
                      std::vector<uint32_t>& blocks);
  // Remembers that the block has none.
  void add_empty(const ScanConditionPtr& condition,
                 const std::shared_ptr<const SegmentReader>& segment, size_t block);
  void clear();

  uint64_t memory_bytes() const;

 private:
  struct Answer {
    std::weak_ptr<const SegmentReader> segment;
    ScanConditionPtr condition;
    std::vector<bool> empty;  // by block
    uint64_t hash = 0;
    uint64_t bytes = 0;
  };
  using Answers = std::list<Answer>;

  static uint64_t hash_of(const ScanCondition& condition, const SegmentReader& segment);
  // Null: none. Makes it the newest.
  Answer* find(const ScanCondition& condition, const std::shared_ptr<const SegmentReader>& segment)
      REQUIRES(mutex_);
  void drop_oldest() REQUIRES(mutex_);

  const uint64_t bytes_max_;
  Counter& hits_;
  Counter& misses_;
  mutable Mutex mutex_;
  Answers answers_ GUARDED_BY(mutex_);  // newest first
  std::unordered_multimap<uint64_t, Answers::iterator> by_hash_ GUARDED_BY(mutex_);
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
