// Hash join: JoinBuildSink takes the build side's rows, JoinProbeTransform streams the probe side
// past them, JoinRestSource gives the build rows that found no partner (RIGHT and FULL).
//
//   build rows -> JoinBuildSink -> JoinTable
//   probe rows -> JoinProbeTransform -> matches            (all workers)
//                 JoinRestSource     -> build rows without partner
//
// A build side that outgrows the query's memory goes to disk, and so does the probe side then: a
// fourth operator gives all of the result (spilled_join.h), and these two nothing.
//
// The build side is usually the right one; which of the two is left is only a matter of the order
// of columns and of which rows are kept, and both are decided here, once, from the JOIN's kind.
//
// Path:      query/engine/physical_planner builds all of them around one JoinState
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "query/expression/expression.h"
#include "query/operator/asof_rows.h"
#include "query/operator/join_filter.h"
#include "query/operator/join_table.h"
#include "query/operator/operator.h"
#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"

namespace freshet {

struct JoinDisk;
class PartedRows;

// Which pairs come out, seen from the probe side.
enum class JoinMatch : uint8_t {
  All,        // every pair
  AnyProbe,   // each probe row at most once
  AnyBuild,   // each build row at most once
  AnyBoth,    // one pair of each key: each row of both sides at most once
  AntiProbe,  // no pairs: only probe rows without partner
  AntiBuild,  // no pairs: only build rows without partner
};

struct JoinOptions {
  std::vector<BoundExpressionPtr> probe_keys;  // over the probe side's columns
  std::vector<BoundExpressionPtr> build_keys;  // over the build side's columns
  std::vector<bool> null_safe;
  BoundExpressionPtr residual;  // over left's columns, then right's; null: none
  // ASOF: of the pairs with equal keys, each probe row has the nearest partner alone. Requires:
  // keys, JoinMatch::All.
  struct Asof {
    BoundExpressionPtr probe;  // over the probe side's columns
    BoundExpressionPtr build;  // over the build side's, of the same type
    AsofComparison comparison;
  };
  std::optional<Asof> asof;
  // Told what the build side says of a key, once that is in memory, for scans of `probe_rows` rows.
  struct Filter {
    size_t key;  // of build_keys
    std::shared_ptr<JoinFilter> filter;
    uint64_t probe_rows;
  };
  std::vector<Filter> filters;
  JoinMatch match = JoinMatch::All;
  bool keep_probe = false;  // probe rows without partner come out too
  bool keep_build = false;  // build rows without partner come out too
  bool build_is_left = false;
  Schema probe_schema;
  Schema build_schema;
  std::vector<ColumnIndex> outputs;  // of left's columns, then right's
  Schema output_schema;
};

// What the three operators share.
class JoinState {
 public:
  explicit JoinState(JoinOptions options);

 private:
  friend class JoinBuildSink;
  friend class JoinProbeTransform;
  friend class JoinRestSource;
  friend class SpilledJoinSource;

  // About what the table of so many rows needs, of which the key columns take `key_bytes`.
  uint64_t estimate_bytes(uint64_t row_count, uint64_t key_bytes) const;
  // Output rows: probe_rows[i] joined with build_rows[i]; kNoRow on either side gives defaults.
  Chunk make_rows(const Chunk* probe, std::span<const RowIndex> probe_rows,
                  std::span<const RowIndex> build_rows) const;

  // Puts rows of either side, whose keys are `keys`, on disk. Requires: there is one.
  void put_on_disk(const std::vector<BoundExpressionPtr>& keys, const Chunk& rows, PartedRows& side,
                   WorkerIndex worker) const;

  JoinOptions options_;
  JoinTable table_;
  std::optional<AsofRows> asof_rows_;
  Chunk build_;  // all build rows, then one row of default cells
  size_t build_row_count_ = 0;
  // By build row: 1 once it has a partner. Only where somebody asks.
  std::unique_ptr<std::atomic<uint8_t>[]> partnered_;
  std::optional<MemoryReservation> memory_;
  // Set while the build side is read, when it goes to disk; then the members above stay empty.
  std::shared_ptr<JoinDisk> disk_;
};

class JoinBuildSink final : public Sink {
 public:
  explicit JoinBuildSink(std::shared_ptr<JoinState> state);
  ~JoinBuildSink() override;
  void prepare(size_t worker_count) override;
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override;
  void finish(ExecutionContext& context) override;

 private:
  struct Worker;
  // Puts a worker's rows on disk.
  void spill(WorkerIndex worker);

  std::shared_ptr<JoinState> state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Mutex mutex_;  // for making the disk
  std::atomic<bool> on_disk_{false};
};

class JoinProbeTransform final : public Transform {
 public:
  explicit JoinProbeTransform(std::shared_ptr<JoinState> state) : state_(std::move(state)) {}
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  struct Pairs;
  // Drops pairs that the residual or the match mode refuses, and gives the rest to `emit`.
  bool give(const Chunk& probe, Pairs& pairs, std::vector<uint8_t>& probe_partnered,
            const Emit& emit) const;

  std::shared_ptr<JoinState> state_;
};

class JoinRestSource final : public Source {
 public:
  explicit JoinRestSource(std::shared_ptr<JoinState> state) : state_(std::move(state)) {}
  void prepare(size_t) override {}
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override { return 1; }

 private:
  std::shared_ptr<JoinState> state_;
  size_t next_ = 0;
};

}  // namespace freshet
