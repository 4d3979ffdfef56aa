// Compactor merges segments in the background: size-tiered, within a partition.
//
//   rows    800k 790k 30k 28k 31k 29k     the four small ones are alike: merge them
//           800k 790k 118k                nothing to do until more of like size have come
//
// Only neighbours in commit order are merged, so that "the newer row wins" stays decidable.
//
// Path:      storage/table/background, TableStore::optimize_table -> Compactor -> SegmentMerge
// Threads:   any; one merge of a table at a time.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "storage/base/clock.h"
#include "storage/table/flush.h"
#include "storage/table/live_tables.h"
#include "storage/table/running_merges.h"

namespace freshet {

// Segments of one partition to merge next, oldest first; empty when nothing is worth it. One alone
// is rewritten, without the many rows of it that are deleted. `segments` are a table's, oldest
// first.
std::vector<SegmentPtr> pick_merge(const std::vector<SegmentPtr>& segments);
// Segments of a partition that has more than one, or one with deleted rows; empty when every
// partition has one at most, and no row is deleted.
std::vector<SegmentPtr> pick_full_merge(const std::vector<SegmentPtr>& segments);

class Compactor {
 public:
  Compactor(FileSystem& files, std::string store_directory, SegmentIds& ids,
            const RowMerger& merger, SharedManifest& manifest, LiveTables& live,
            const SegmentBuilder& builder, const RollupWriter& rollups,
            const ChunkFunctionCompiler& compiler, StoreMetrics& metrics, const Clock& clock,
            const RowRollup& roll_up)
      : files_(&files),
        directory_(std::move(store_directory)),
        ids_(&ids),
        merger_(&merger),
        manifest_(&manifest),
        live_(&live),
        builder_(&builder),
        rollups_(&rollups),
        compiler_(&compiler),
        metrics_(&metrics),
        clock_(&clock),
        roll_up_(&roll_up) {}

  using Picker = std::function<std::vector<SegmentPtr>(const std::vector<SegmentPtr>&)>;
  // Merges what `pick` picks of the table's segments. False when there was nothing to do, merges of
  // the table are stopped, or the work was; with Turn::IfFree also when the table is being merged,
  // or a mutation holds it. True also when DDL has outrun the work.
  bool merge_once(TableHandle& table, const Picker& pick, const StopTest& stop,
                  Turn turn = Turn::Wait);

  // Removes what the table's TTLs have expired: segments of which nothing is left at once, others
  // by a merge of each alone, if `now` says so or the last such merge is long ago.
  void purge_expired(TableHandle& table, bool now, const StopTest& stop) EXCLUDES(purge_mutex_);

  const RunningMerges& running() const { return running_; }

  // As Flusher's.
  void set_appender(Appender& appender) { appender_ = &appender; }

 private:
  // What is known of one table's segments under one definition.
  struct Purge {
    TableDefinitionPtr definition;
    std::map<SegmentId, TableTtl::Outlook> outlooks;
    int64_t last_rewrite_s = 0;
  };
  std::vector<SegmentPtr> look_out(const TableVersion& version, const TableTtl& ttl, Purge& purge,
                                   const StopTest& stop) const;
  // Nothing happens when the definition is no longer `definition`.
  void drop_segments(TableHandle& table, const std::vector<SegmentPtr>& segments,
                     const TableDefinitionPtr& definition);
  int64_t now_s() const;

  FileSystem* const files_;
  const std::string directory_;
  SegmentIds* const ids_;
  const RowMerger* const merger_;
  SharedManifest* const manifest_;
  LiveTables* const live_;
  const SegmentBuilder* const builder_;
  const RollupWriter* const rollups_;
  const ChunkFunctionCompiler* const compiler_;
  StoreMetrics* const metrics_;
  const Clock* const clock_;
  const RowRollup* const roll_up_;
  RunningMerges running_;
  Mutex purge_mutex_;
  std::map<TableId, Purge> purges_ GUARDED_BY(purge_mutex_);
  Appender* appender_ = nullptr;
};

}  // namespace freshet
