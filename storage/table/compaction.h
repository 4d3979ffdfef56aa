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

#include <vector>

#include "storage/table/flush.h"
#include "storage/table/live_tables.h"

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
  Compactor(FileSystem& files, std::string store_directory, SegmentIds& ids, const RowMerger& merger,
            SharedManifest& manifest, LiveTables& live, const SegmentBuilder& builder,
            const ChunkFunctionCompiler& compiler, StoreMetrics& metrics)
      : files_(&files),
        directory_(std::move(store_directory)),
        ids_(&ids),
        merger_(&merger),
        manifest_(&manifest),
        live_(&live),
        builder_(&builder),
        compiler_(&compiler),
        metrics_(&metrics) {}

  using Picker = std::vector<SegmentPtr> (*)(const std::vector<SegmentPtr>&);
  // Merges what `pick` picks of the table's segments. False when there was nothing to do, or the
  // work was stopped or outrun by DDL.
  bool merge_once(TableHandle& table, Picker pick, const StopTest& stop);

  // As Flusher's.
  void set_appender(Appender& appender) { appender_ = &appender; }

 private:
  FileSystem* const files_;
  const std::string directory_;
  SegmentIds* const ids_;
  const RowMerger* const merger_;
  SharedManifest* const manifest_;
  LiveTables* const live_;
  const SegmentBuilder* const builder_;
  const ChunkFunctionCompiler* const compiler_;
  StoreMetrics* const metrics_;
  Appender* appender_ = nullptr;
};

}  // namespace freshet
