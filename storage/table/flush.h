// Flusher turns memtables into segments, and lets old log files go.
//
//   freeze memtable -> write segments -> one manifest edit -> new snapshot without the frozen
//   chunks
//
// A crash before the edit leaves unreferenced files, which the next start removes; after it, the
// log's older records of the table are not replayed.
//
// Path:      storage/table/background, TableStore::flush_* -> Flusher -> SegmentBuilder, Manifest
// Threads:   any; one flush of a table at a time.
#pragma once

#include "storage/base/mutex.h"
#include "storage/table/append.h"
#include "storage/table/live_tables.h"
#include "storage/table/manifest.h"
#include "storage/table/segment_build.h"
#include "storage/table/store_metrics.h"
#include "storage/wal/wal_writer.h"

namespace freshet {

class RollupWriter;

// The manifest and its lock, which is taken before those of Appender and LiveTables, and held until
// what the manifest says is installed in LiveTables.
struct SharedManifest {
  SharedManifest(FileSystem& files, std::string path, const std::vector<ManifestEdit>& initial)
      : manifest(files, std::move(path), initial) {}

  Mutex mutex;
  Manifest manifest GUARDED_BY(mutex);
};

// Edits that make the manifest know segments which commits brought.
std::vector<ManifestEdit> record_edits(TableId table, const std::vector<SegmentPtr>& unrecorded);
AddSegment add_edit(TableId table, const Segment& segment);
// Commits edits that add segments; removes the files of `added` when the edits are refused for
// sure.
void commit_or_discard(Manifest& manifest, const std::vector<ManifestEdit>& edits,
                       const SegmentBuilder& builder, TableId table,
                       const std::vector<SegmentPtr>& added);

// Edits that make the manifest know the deleted rows of segments that it has.
std::vector<ManifestEdit> deleted_edits(TableId table, const std::vector<SegmentPtr>& segments);
// Edits that make the manifest know the rows that rollups have of segments that it has.
std::vector<ManifestEdit> rollup_edits(TableId table, const std::vector<SegmentPtr>& segments);
// Makes the index of a table's unique key over a segment that is about to be part of it.
void prepare_keys(TableHandle& table, const TableColumns& columns, const Segment& segment);
// Waits until rows may be moved: no mutation is between looking at their places and being
// published. Rows stay where they are while the lock is held. `appender` may be null: nothing is on
// its way.
FairLock hold_places(TableHandle& table, Appender* appender);

class Flusher {
 public:
  Flusher(SharedManifest& manifest, LiveTables& live, const SegmentBuilder& builder,
          const RollupWriter& rollups, const ChunkFunctionCompiler& compiler, StoreMetrics& metrics)
      : manifest_(&manifest),
        live_(&live),
        builder_(&builder),
        rollups_(&rollups),
        compiler_(&compiler),
        metrics_(&metrics) {}

  // Everything that the table's memtable holds now is in segments when it returns; a table that is
  // dropped or truncated meanwhile is left alone. Work that `stop` ends is not an error.
  // With Turn::IfFree a table that is being flushed, or that a mutation holds, is left alone too.
  void flush(TableHandle& table, const StopTest& stop, Turn turn = Turn::Wait);
  // Requires: the caller holds the table's flush_mutex.
  void flush_held(TableHandle& table, const StopTest& stop);

  // Known once recovery is through; until then no mutation is on its way.
  void set_appender(Appender& appender) { appender_ = &appender; }

  // Notes in the manifest how far the log is needed no more, and removes the files before that.
  void trim_log(WalWriter& wal, const Appender& appender);

 private:
  // False when the table was altered meanwhile: nothing happened.
  bool flush_once(TableHandle& table, const StopTest& stop);

  SharedManifest* const manifest_;
  LiveTables* const live_;
  const SegmentBuilder* const builder_;
  const RollupWriter* const rollups_;
  const ChunkFunctionCompiler* const compiler_;
  StoreMetrics* const metrics_;
  Appender* appender_ = nullptr;
};

}  // namespace freshet
