#include "storage/table/table_store.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/overloaded_error.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

const auto kNeverStop = [] { return false; };

// A statement that is to merge does not succeed with nothing done.
void require_merges(const TableHandle& table) {
  if (table.merges_stopped) throw Error(ErrorCode::Aborted, "Cancelled merging parts");
}

// A memtable may take this part of the memory budget before it is flushed.
constexpr uint64_t kFlushBudgetShare = 8;

StoreOptions fit_to_memory(StoreOptions options, const MemoryBudget& memory) {
  if (memory.bytes_max() > 0) {
    const uint64_t share = memory.bytes_max() / kFlushBudgetShare;
    options.flush_bytes_max = std::min(options.flush_bytes_max, share);
    options.stage_bytes_min = std::min(options.stage_bytes_min, share);
  }
  return options;
}

}  // namespace

void throw_unknown_table(TableId table) {
  throw Error(ErrorCode::UnknownTable,
              "There is no table with the id " + std::to_string(table.value));
}

TableStore::State::State(StoreOptions store_options, FileSystem& file_system, Clock& store_clock,
                         MemoryBudget& budget, MetricsRegistry& registry,
                         const ChunkFunctionCompiler& function_compiler, RowMerger row_merger)
    : options(fit_to_memory(std::move(store_options), budget)),
      files(file_system),
      clock(store_clock),
      memory(budget),
      compiler(function_compiler),
      merger(std::move(row_merger)),
      metrics(registry),
      lock(lock_store(files, options.directory)),
      manifest(files, manifest_path(options.directory), initial_edits(files, options.directory)),
      live(memory, &compiler),
      admission({options.flush_rows_max, options.flush_bytes_max}, live, memory,
                metrics.inserts_refused),
      builder(files, options.directory, segment_ids, merger),
      rollups(files, options.directory, segment_ids, manifest, live, builder, compiler,
              options.build_rollup),
      flusher(manifest, live, builder, rollups, compiler, metrics),
      compactor(files, options.directory, segment_ids, merger, manifest, live, builder, rollups,
                compiler, metrics, clock, options.roll_up) {
  Lsn checkpoint;
  {
    MutexLock manifest_lock(manifest.mutex);
    checkpoint = manifest.manifest.state().checkpoint;
    next_table = manifest.manifest.state().next_table.value;
  }
  Recovery recovery(files, options.directory, manifest, live, segment_ids, memory, compiler);
  recovery.open_tables();
  recovery.replay_log([&](bool memory_is_short) {
    for (const LiveTables::Load& load : live.loads()) {
      if (memory_is_short || load.memtable_rows > options.flush_rows_max ||
          load.memtable_bytes > options.flush_bytes_max) {
        recovery.remove_ahead(load.table->id);
        flusher.flush(*load.table, kNeverStop);
      }
    }
  });
  recovery.remove_unreferenced_files();
  wal = std::make_unique<WalWriter>(files, log_directory(options.directory), checkpoint);
  appender = std::make_unique<Appender>(*wal, live, clock, metrics);
  flusher.set_appender(*appender);
  compactor.set_appender(*appender);
  for (const PutInsertKey& key : recovery.keys()) appender->keys().add(key);
  for (const CommitEntry& commit : recovery.commits()) appender->history().add(commit);
  if (options.background_work) {
    staging_pool = std::make_unique<ThreadPool>(
        "stage", std::max<size_t>(1, std::thread::hardware_concurrency()));
    background = std::make_unique<Background>(
        FlushLimits{options.flush_rows_max, options.flush_bytes_max}, live, flusher, compactor,
        rollups, *wal, *appender, memory, metrics);
  }
}

TableDefinitionPtr TableStore::State::require_table(TableId table) const {
  const SnapshotPtr snapshot = live.snapshot();
  const TableVersion* version = snapshot->find(table);
  if (version == nullptr) throw_unknown_table(table);
  return version->definition;
}

TableHandlePtr TableStore::State::require_handle(TableId table) const {
  TableHandlePtr handle = live.find(table);
  if (!handle) throw_unknown_table(table);
  return handle;
}

TableStore::TableStore(StoreOptions options, FileSystem& files, Clock& clock, MemoryBudget& memory,
                       MetricsRegistry& metrics, const ChunkFunctionCompiler& compiler,
                       RowMerger merger)
    : state_(std::make_unique<State>(std::move(options), files, clock, memory, metrics, compiler,
                                     std::move(merger))) {}

TableStore::~TableStore() = default;

const std::string& TableStore::directory() const { return state_->options.directory; }

FileSystem& TableStore::files() const { return state_->files; }

SnapshotPtr TableStore::snapshot() const { return state_->live.snapshot(); }

const ChunkFunctionCompiler& TableStore::key_compiler() const { return state_->compiler; }

const RowMerger& TableStore::row_merger() const { return state_->merger; }

const RollupBuild& TableStore::rollup_build() const { return state_->options.build_rollup; }

std::optional<std::string> TableStore::source_position(const std::string& source) const {
  const auto position = state_->live.source_position(source);
  if (!position) return std::nullopt;
  return position->position;
}

void TableStore::require_room(TableId table) const {
  try {
    state_->admission.require_room(table);
  } catch (const OverloadedError&) {
    if (state_->background) state_->background->wake_flush();
    throw;
  }
}

bool TableStore::wait_visible(Lsn lsn, std::chrono::milliseconds timeout) const {
  return state_->live.wait_visible(lsn, timeout);
}

std::vector<CommitEntry> TableStore::recent_commits() const {
  return state_->appender->history().entries();
}

void TableStore::flush_all() {
  for (const TableHandlePtr& table : state_->live.all()) state_->flusher.flush(*table, kNeverStop);
  state_->flusher.trim_log(*state_->wal, *state_->appender);
}

void TableStore::flush_table(TableId table) {
  state_->flusher.flush(*state_->require_handle(table), kNeverStop);
  state_->flusher.trim_log(*state_->wal, *state_->appender);
}

void TableStore::purge_expired(TableId table, bool now) {
  if (now) flush_table(table);
  const TableHandlePtr handle = state_->require_handle(table);
  require_merges(*handle);
  const MergesByStatement by_statement(*handle);
  state_->compactor.purge_expired(*handle, now, kNeverStop);
  require_merges(*handle);
}

void TableStore::rewrite_outdated_segments(TableId table) {
  flush_table(table);
  const TableHandlePtr handle = state_->require_handle(table);
  require_merges(*handle);
  const MergesByStatement by_statement(*handle);
  // One merge for each segment that is outdated now: a table that is altered all the time does not
  // keep this statement for ever.
  std::set<SegmentId> done;
  const auto pick = [&](const std::vector<SegmentPtr>& segments) -> std::vector<SegmentPtr> {
    const TableColumnsPtr columns = state_->live.columns(table);
    if (columns == nullptr) return {};
    for (const SegmentPtr& segment : segments) {
      if (columns->has_all(segment->reader->schema()) || !done.insert(segment->newest_id).second) {
        continue;
      }
      return {segment};
    }
    return {};
  };
  while (state_->compactor.merge_once(*handle, pick, kNeverStop)) {
  }
  require_merges(*handle);
}

void TableStore::build_rollups(TableId table) {
  const TableHandlePtr handle = state_->require_handle(table);
  while (state_->rollups.write_missing(*handle, kNeverStop)) {
  }
}

void TableStore::optimize_table(TableId table, const std::optional<std::string>& partition) {
  const TableHandlePtr handle = state_->require_handle(table);
  require_merges(*handle);
  flush_table(table);
  const MergesByStatement by_statement(*handle);
  const auto pick = [&](const std::vector<SegmentPtr>& segments) {
    if (!partition) return pick_full_merge(segments);
    std::vector<SegmentPtr> members;
    for (const SegmentPtr& segment : segments) {
      if (segment->partition == *partition) members.push_back(segment);
    }
    return pick_full_merge(members);
  };
  while (state_->compactor.merge_once(*handle, pick, kNeverStop)) {
  }
  require_merges(*handle);
  rewrite_outdated_segments(table);
  purge_expired(table, /*now=*/true);
}

void TableStore::stop_merges(std::optional<TableId> table) {
  const std::vector<TableHandlePtr> handles =
      table ? std::vector{state_->require_handle(*table)} : state_->live.all();
  for (const TableHandlePtr& handle : handles) {
    handle->merges_stopped = true;
    // A merge under way sees it at its next block.
    FairLock wait_for_its_end(handle->merge_mutex);
  }
}

void TableStore::start_merges(std::optional<TableId> table) {
  const std::vector<TableHandlePtr> handles =
      table ? std::vector{state_->require_handle(*table)} : state_->live.all();
  for (const TableHandlePtr& handle : handles) handle->merges_stopped = false;
}

std::vector<MergeProgress> TableStore::running_merges() const {
  return state_->compactor.running().list();
}

}  // namespace freshet
