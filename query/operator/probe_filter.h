// ProbeFilter: a join's filter as one scan asks it: which expression over the scan's columns is the
// key, and whether asking has paid so far.
//
// A filter that drops too few rows is left alone, but for a block now and then: rows are often
// stored in some order, so that what follows may be different.
//
// Path:      query/engine/physical_planner makes -> query/operator/scan asks
// Threads:   select by any number of workers at once.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "query/expression/expression.h"
#include "query/operator/join_filter.h"
#include "storage/column/chunk.h"
#include "storage/table/snapshot.h"

namespace freshet {

class ProbeFilter {
 public:
  // `key` is over the columns that the scan reads, which are `columns` of the table.
  ProbeFilter(std::shared_ptr<const JoinFilter> filter, BoundExpressionPtr key,
              const std::vector<ColumnIndex>& columns);

  // The scan's columns that the key reads.
  const std::vector<ColumnIndex>& reads() const { return reads_; }
  // Takes out the blocks of which zone maps say that no row has a partner.
  void prune(const TableVersion& table, const Segment& segment,
             std::vector<uint32_t>& blocks) const;
  bool excludes_all() const { return filter_->is_known() && !filter_->may_contain({}, {}); }
  // Whether the next block's rows should be asked about.
  bool wants_rows() const;
  // Those of the rows that may have a partner. Requires: all that reads() says has been read.
  void select(const Chunk& rows, std::vector<RowIndex>& kept) const;
  uint64_t rows_dropped() const { return rows_dropped_.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<const JoinFilter> filter_;
  BoundExpressionPtr key_;
  std::vector<ColumnIndex> reads_;
  // The table's column whose bounds are those of the key; none: the key is more than a column.
  std::optional<ColumnIndex> bounded_;
  mutable std::atomic<uint64_t> rows_asked_{0};
  mutable std::atomic<uint64_t> rows_kept_{0};
  mutable std::atomic<uint64_t> blocks_passed_{0};
  mutable std::atomic<uint64_t> rows_dropped_{0};
};

}  // namespace freshet
