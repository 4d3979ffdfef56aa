// TableStore::State: the parts of an open store, in the order in which they depend on each other.
#pragma once

#include <memory>
#include <string>

#include "storage/base/thread_pool.h"
#include "storage/table/admission.h"
#include "storage/table/append.h"
#include "storage/table/background.h"
#include "storage/table/compaction.h"
#include "storage/table/flush.h"
#include "storage/table/live_tables.h"
#include "storage/table/recovery.h"
#include "storage/table/rollup_writer.h"
#include "storage/table/segment_build.h"
#include "storage/table/store_metrics.h"
#include "storage/table/table_store.h"

namespace freshet {

[[noreturn]] void throw_unknown_table(TableId table);

// A UUID of version 4 in form, unlike any other because no two share `what` and moment of birth.
std::string make_uuid(const Clock& clock, const std::string& what);

struct TableStore::State {
  State(StoreOptions store_options, FileSystem& file_system, Clock& store_clock,
        MemoryBudget& budget, MetricsRegistry& registry,
        const ChunkFunctionCompiler& function_compiler, RowMerger row_merger);

  // The newest definition; throws UnknownTable.
  TableDefinitionPtr require_table(TableId table) const;
  TableHandlePtr require_handle(TableId table) const;

  // Commits the edits that `plan` makes of the manifest's state, then runs `install`, while no
  // insert can commit. Nothing happens when `plan` gives none, or throws.
  void change_catalog(const std::function<std::vector<ManifestEdit>(const ManifestState&)>& plan,
                      const std::function<void()>& install);
  // Makes tables that have these segments already, durable files of theirs.
  using NewSegments = std::map<TableId, std::vector<std::shared_ptr<Segment>>>;
  std::vector<TableDefinitionPtr> make_tables(std::vector<TableDefinition> definitions,
                                              const NewSegments& segments);
  // Removes the segment files of tables that are gone.
  void remove_files(const std::vector<TableHandlePtr>& dropped);

  const StoreOptions options;
  FileSystem& files;
  Clock& clock;
  MemoryBudget& memory;
  const ChunkFunctionCompiler& compiler;
  const RowMerger merger;
  StoreMetrics metrics;

  const std::unique_ptr<AppendFile> lock;
  SegmentIds segment_ids;
  std::atomic<uint64_t> next_table{1};
  SharedManifest manifest;
  LiveTables live;
  const Admission admission;
  SegmentBuilder builder;
  RollupWriter rollups;
  Flusher flusher;
  Compactor compactor;
  // Writes the segments of large inserts while they read on; null without background work, when
  // inserts write them themselves.
  std::unique_ptr<ThreadPool> staging_pool;
  // Made once recovery is through.
  std::unique_ptr<WalWriter> wal;
  std::unique_ptr<Appender> appender;
  // Null when the options want no background work.
  std::unique_ptr<Background> background;
};

}  // namespace freshet
