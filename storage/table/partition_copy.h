// PartitionCopy writes segments of one table's rows for another table of the same columns and keys.
//
// Path:      storage/table/partitions -> PartitionCopy -> SegmentWriter
// Owns:      the files it wrote until release(): an unfinished statement leaves none.
// Threads:   one.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "storage/table/store_state.h"

namespace freshet {

class PartitionCopy {
 public:
  PartitionCopy(TableStore::State& store, TableColumnsPtr from, TableColumnsPtr to);
  PartitionCopy(const PartitionCopy&) = delete;
  PartitionCopy& operator=(const PartitionCopy&) = delete;
  ~PartitionCopy();

  // Durable when it returns; nothing is done for a segment that was copied before.
  void add(const SegmentPtr& segment);
  // `chunks` are laid out as `from` is.
  void add(const std::vector<std::shared_ptr<const Chunk>>& chunks);

  // Copies of these and of all chunks, with `lsn` as their newest commit; others are discarded.
  std::vector<SegmentPtr> take(const std::vector<SegmentPtr>& wanted, Lsn lsn) const;
  // The manifest knows what take() gave, or may know it.
  void release() { released_ = true; }

 private:
  TableStore::State* store_;
  TableColumnsPtr from_;
  TableColumnsPtr to_;
  std::map<SegmentId, std::shared_ptr<Segment>> copies_;  // by the original's id; may be null
  std::vector<std::shared_ptr<Segment>> of_chunks_;
  mutable std::vector<SegmentId> unused_;
  bool released_ = false;
};

}  // namespace freshet
