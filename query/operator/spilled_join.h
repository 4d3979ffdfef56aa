// A join on disk (grace hash join): when the build side outgrows the query's memory, both sides go
// to disk in partitions by the hash of their keys, and the pairs of partitions are joined one by
// one, each as a hash join in memory.
//
//   build rows ─ hash ─> b0 b1 b2 ... b31        JoinDisk::build
//   probe rows ─ hash ─> p0 p1 p2 ... p31        JoinDisk::probe
//                        b0 ⋈ p0, b1 ⋈ p1, ...   SpilledJoinSource, a partition for each worker
//
// A pair whose build rows are still too many goes to disk again, both parts by other bits of the
// hash. Rows of one key cannot be parted: they must fit the memory.
//
// Path:      query/operator/join -> JoinDisk => SpilledJoinSource -> joined rows
// Owns:      a disk its files.
// Threads:   as PartedRows; a partition is joined by one thread.
// Errors:    MemoryLimitExceeded when the build rows of one key outgrow the query's memory.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "query/operator/execution_context.h"
#include "query/operator/join.h"
#include "query/operator/parted_rows.h"
#include "query/operator/temporary_files.h"

namespace freshet {

// Both sides' rows by partition.
struct JoinDisk {
  // `level` 0 is the whole join.
  JoinDisk(TemporaryData& data, unsigned level, size_t worker_count);
  unsigned level() const { return build.level(); }

  PartedRows build;
  PartedRows probe;
};

// The joined rows of partitions on disk; nothing when the join stayed in memory.
class SpilledJoinSource final : public Source {
 public:
  explicit SpilledJoinSource(std::shared_ptr<JoinState> state);
  ~SpilledJoinSource() override;
  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override;

 private:
  class Reader;
  std::shared_ptr<JoinState> state_;
  std::atomic<size_t> next_partition_{0};
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace freshet
