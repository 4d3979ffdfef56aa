#include "query/operator/spilled_join.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "query/expression/evaluator.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

JoinDisk::JoinDisk(TemporaryData& data, unsigned level, size_t worker_count)
    : build(data, SpillPurpose::Join, level, worker_count),
      probe(data, SpillPurpose::Join, level, worker_count) {}

// One worker's partitions, one after the other.
class SpilledJoinSource::Reader {
 public:
  explicit Reader(const JoinState& join) : join_(join) {}

  void start(std::shared_ptr<const JoinDisk> disk, size_t partition) {
    parts_.push_back({std::move(disk), partition, false});
  }
  // False: the partitions that were started are done.
  bool next(const ExecutionContext& context, Chunk& chunk);

 private:
  struct Part {
    std::shared_ptr<const JoinDisk> disk;
    size_t partition;
    bool has_one_hash;  // parting it again gains nothing
  };
  // The hash join of one part, in memory.
  struct Open {
    Open(JoinOptions options, Part the_part)
        : part(std::move(the_part)),
          state(std::make_shared<JoinState>(std::move(options))),
          probe(state),
          rest(state) {}
    Part part;
    std::shared_ptr<JoinState> state;
    JoinProbeTransform probe;
    JoinRestSource rest;
    PartedRows::Position position;
    Chunk rows;           // of the probe side
    size_t next_row = 0;  // of them
  };

  void open(const ExecutionContext& context, Part part);
  void part_again(const ExecutionContext& context, const Part& part);
  uint64_t estimate_bytes(const Part& part) const;
  // Joins some probe rows, or takes some of the build rows without partner.
  bool advance(ExecutionContext& inner);
  // The same query with memory of its own: what a part takes is reserved as a whole.
  ExecutionContext inner_context(const ExecutionContext& context);

  const JoinState& join_;
  std::vector<Part> parts_;
  MemoryBudget inner_budget_{0};
  MemoryLease inner_memory_{inner_budget_};
  std::optional<MemoryReservation> memory_;
  std::optional<Open> open_;
  std::deque<Chunk> ready_;
  size_t probe_rows_ = kProbeRowsStart;

  static constexpr size_t kProbeRowsStart = 2048;
};

bool SpilledJoinSource::Reader::next(const ExecutionContext& context, Chunk& chunk) {
  ExecutionContext inner = inner_context(context);
  for (;;) {
    context.check_running();
    if (!ready_.empty()) {
      chunk = std::move(ready_.front());
      ready_.pop_front();
      return true;
    }
    if (open_ && advance(inner)) continue;
    if (open_) {
      open_.reset();
      memory_->resize(0);
    }
    if (parts_.empty()) return false;
    Part part = std::move(parts_.back());
    parts_.pop_back();
    open(context, std::move(part));
  }
}

ExecutionContext SpilledJoinSource::Reader::inner_context(const ExecutionContext& context) {
  return {.cancelled = context.cancelled,
          .deadline = context.deadline,
          .memory = inner_memory_,
          .progress = context.progress,
          .worker_count = 1,
          .run_parallel = {}};
}

uint64_t SpilledJoinSource::Reader::estimate_bytes(const Part& part) const {
  const uint64_t bytes = part.disk->build.bytes(part.partition);
  // The keys are there twice at most, once as columns of their own.
  return bytes + join_.estimate_bytes(part.disk->build.row_count(part.partition), bytes);
}

void SpilledJoinSource::Reader::open(const ExecutionContext& context, Part part) {
  const uint64_t build_rows = part.disk->build.row_count(part.partition);
  const uint64_t probe_rows = part.disk->probe.row_count(part.partition);
  const JoinOptions& options = join_.options_;
  if ((build_rows == 0 && !options.keep_probe) || (probe_rows == 0 && !options.keep_build)) return;
  if (!memory_) memory_.emplace(context.memory);
  const uint64_t bytes = estimate_bytes(part);
  const bool can_part =
      part.disk->level() < PartedRows::kLevelMax && !part.has_one_hash && build_rows > 1;
  if (can_part) {
    if (!context.hold_or_spill(*memory_, bytes, context.spill.join)) {
      memory_->resize(0);
      part_again(context, part);
      return;
    }
  } else if (!memory_->try_resize(bytes)) {
    throw Error(ErrorCode::MemoryLimitExceeded,
                "Query memory limit exceeded: the " + std::to_string(build_rows) +
                    " rows of one key on one side of a JOIN would take " + std::to_string(bytes) +
                    " bytes; they can be neither put on disk nor parted");
  }
  context.temporary->count_merge(SpillPurpose::Join);
  JoinOptions part_options = options;
  part_options.filters.clear();  // they are about all rows, and nobody asks them any more
  open_.emplace(std::move(part_options), std::move(part));
  ExecutionContext inner = inner_context(context);
  JoinBuildSink build(open_->state);
  build.prepare(1);
  open_->part.disk->build.read(open_->part.partition, [&](Chunk rows) {
    context.check_running();
    build.consume(inner, 0, std::move(rows));
  });
  build.finish(inner);
  memory_->resize(inner_memory_.bytes());
  open_->probe.prepare(1);
  open_->rest.prepare(1);
}

void SpilledJoinSource::Reader::part_again(const ExecutionContext& context, const Part& part) {
  auto disk = std::make_shared<JoinDisk>(*context.temporary, part.disk->level() + 1, 1);
  const auto put_side = [&](const PartedRows& from, const std::vector<BoundExpressionPtr>& keys,
                            PartedRows& into) {
    from.read(part.partition, [&](Chunk rows) {
      context.check_running();
      Buffer<uint64_t> hashes;
      join_.table_.hash_keys(evaluate_expressions(keys, rows), rows.row_count, hashes);
      into.put(0, rows, hashes);
    });
    into.flush(0);
  };
  put_side(part.disk->build, join_.options_.build_keys, disk->build);
  put_side(part.disk->probe, join_.options_.probe_keys, disk->probe);
  context.temporary->count_part(SpillPurpose::Join);
  const uint64_t all_rows = part.disk->build.row_count(part.partition);
  for (size_t i = 0; i < PartedRows::partition_count(disk->level()); ++i) {
    parts_.push_back({disk, i, disk->build.row_count(i) == all_rows});
  }
}

bool SpilledJoinSource::Reader::advance(ExecutionContext& inner) {
  Open& open = *open_;
  const Part& part = open.part;
  if (open.next_row == open.rows.row_count) {
    open.next_row = 0;
    if (!part.disk->probe.read(part.partition, open.position, open.rows)) {
      open.rows = {};
      Chunk rest;
      if (!join_.options_.keep_build || !open.rest.read(inner, 0, rest)) return false;
      ready_.push_back(std::move(rest));
      return true;
    }
  }
  // So few probe rows at a time that their partners make no huge heap of rows.
  constexpr size_t kResultRowsMax = 2 * kBlockRows;
  const size_t count = std::min(probe_rows_, open.rows.row_count - open.next_row);
  Chunk rows = count == open.rows.row_count ? open.rows : open.rows.slice(open.next_row, count);
  open.next_row += count;
  size_t result_rows = 0;
  open.probe.process(inner, 0, std::move(rows), [&](Chunk joined) {
    result_rows += joined.row_count;
    if (joined.row_count != 0) ready_.push_back(std::move(joined));
    return true;
  });
  if (result_rows > kResultRowsMax) {
    probe_rows_ = std::max<size_t>(1, probe_rows_ / 4);
  } else if (result_rows < kResultRowsMax / 4 && probe_rows_ < kBlockRows) {
    probe_rows_ *= 2;
  }
  return true;
}

SpilledJoinSource::SpilledJoinSource(std::shared_ptr<JoinState> state) : state_(std::move(state)) {}

SpilledJoinSource::~SpilledJoinSource() = default;

void SpilledJoinSource::prepare(size_t worker_count) {
  readers_.resize(worker_count);
  // The probe side has been read.
  if (state_->disk_ != nullptr) state_->disk_->probe.flush_all();
}

size_t SpilledJoinSource::parallelism_max() const {
  return state_->disk_ == nullptr ? 1 : PartedRows::partition_count(0);
}

bool SpilledJoinSource::read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) {
  if (state_->disk_ == nullptr) return false;
  std::unique_ptr<Reader>& reader = readers_[worker];
  if (reader == nullptr) reader = std::make_unique<Reader>(*state_);
  while (!reader->next(context, chunk)) {
    const size_t partition = next_partition_.fetch_add(1);
    if (partition >= PartedRows::partition_count(0)) return false;
    reader->start(state_->disk_, partition);
  }
  return true;
}

}  // namespace freshet
