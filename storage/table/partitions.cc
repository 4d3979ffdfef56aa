// Whole partitions that are dropped, detached, attached, copied and moved. Each change is one
// manifest edit, made while no commit is on its way: rows of the memtable that it takes are noted
// by partition and LSN, so that replay of the log takes them, too. Mutations of the table that
// loses rows wait until it is done, so that no row is deleted where it was copied from.

#include <set>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/table/partition_copy.h"
#include "storage/table/partition_rows.h"
#include "storage/table/scan.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

// Rows of a memtable that are looked through while commits wait.
constexpr uint64_t kMemtableRowsMax = 4 * kBlockRows;
constexpr int kCopyRoundsMax = 3;

using Chunks = std::vector<std::shared_ptr<const Chunk>>;

// What `test` means of a table, while no commit can come.
struct Meant {
  std::vector<SegmentPtr> segments;
  Chunks rows;                     // of the memtable, without deleted ones
  std::vector<uint64_t> ordinals;  // of the memtable's rows
  std::set<std::string> row_partitions;
};

class PartitionChange {
 public:
  PartitionChange(TableStore::State& store, TableId table)
      : store_(&store),
        table_(table),
        handle_(store.require_handle(table)),
        mutating_(handle_->gate.mutating) {}

  // Large ones; those whose rows are more than their cells (Memtable::Rows); those whose rows must
  // be older than segments that come, since the newest of equal keys stays.
  void flush_unhandy_memtable(TableStore& tables) const {
    const auto load = store_->live.load(table_);
    if (!load) return;
    const bool merges_rows = store_->require_table(table_)->merge_mode != MergeMode::Plain;
    if (load->memtable_rows > kMemtableRowsMax || load->memtable_has_defaulted || merges_rows) {
      tables.flush_table(table_);
    }
  }

  // Requires: no commit can come.
  Meant find(const TableStore::PartTest& test) const {
    Meant meant;
    const SnapshotPtr snapshot = store_->live.snapshot();
    const TableVersion* version = snapshot->find(table_);
    if (version == nullptr) throw_unknown_table(table_);
    for (const SegmentPtr& segment : version->segments) {
      if (test(segment->partition, segment->id)) meant.segments.push_back(segment);
    }
    const auto keys = handle_->keys(version->definition, store_->compiler);
    const PartitionTest in_partition = [&](const std::string& partition) {
      return test(partition, SegmentId());
    };
    meant.rows = rows_inside(*keys, version->memtable, version->memtable_deleted, in_partition,
                             meant.row_partitions);
    meant.ordinals =
        row_numbers_inside(*keys, version->memtable, version->memtable_first, in_partition);
    return meant;
  }

  // Edits that take `meant` out of the table for good.
  void add_removal(const Meant& meant, std::vector<ManifestEdit>& edits) const {
    std::set<SegmentId> unrecorded;
    for (const SegmentPtr& segment : store_->live.unrecorded(table_))
      unrecorded.insert(segment->id);
    for (const SegmentPtr& segment : meant.segments) {
      if (unrecorded.contains(segment->id)) {
        edits.push_back(AbsorbSegment{table_, segment->id, segment->max_lsn});
      } else {
        edits.push_back(RemoveSegment{table_, segment->id});
      }
    }
    add_dropped_rows(meant, edits);
  }

  void add_dropped_rows(const Meant& meant, std::vector<ManifestEdit>& edits) const {
    for (const std::string& partition : meant.row_partitions) {
      edits.push_back(DropPartitionRows{table_, partition, store_->live.lsn()});
    }
  }

  // Requires: the edits are committed.
  void install_removal(const Meant& meant) const {
    store_->live.take_rows(table_, meant.segments, meant.ordinals);
  }

  void discard_files(const std::vector<SegmentPtr>& segments) const {
    for (const SegmentPtr& segment : segments) store_->builder.discard(table_, *segment);
  }
  void discard_rollups(const std::vector<SegmentPtr>& segments) const {
    for (const SegmentPtr& segment : segments) store_->builder.discard_rollups(table_, *segment);
  }

  TableHandle& handle() const { return *handle_; }

 private:
  TableStore::State* store_;
  TableId table_;
  TableHandlePtr handle_;
  FairLock mutating_;
};

bool is_empty(const Meant& meant) { return meant.segments.empty() && meant.rows.empty(); }

TableColumnsPtr require_columns(const TableStore::State& store, TableId table) {
  TableColumnsPtr columns = store.live.columns(table);
  if (columns == nullptr) throw_unknown_table(table);
  return columns;
}

uint64_t count_rows(const std::vector<SegmentPtr>& segments) {
  uint64_t rows = 0;
  for (const SegmentPtr& segment : segments) rows += segment->row_count();
  return rows;
}

// The table was altered between the copy and the moment when commits were held.
void require_unchanged(const TableStore::State& store, const TableColumnsPtr& columns) {
  if (store.live.columns(columns->definition()->id) == columns) return;
  throw Error(ErrorCode::UnfinishedCommit,
              "Table was altered while its partitions were copied: " + columns->definition()->name);
}

// Rows that come or come back as whole segments are not looked up.
void refuse_unique_key(const TableColumns& columns, const std::string& what) {
  const TableDefinition& definition = *columns.definition();
  if (definition.unique_key.empty()) return;
  throw Error(ErrorCode::NotImplemented,
              what + " is not supported for a table with a UNIQUE KEY: " + definition.database +
                  "." + definition.name);
}

void require_same_columns(const TableColumns& from, const TableColumns& to) {
  if (from.schema() == to.schema()) return;
  throw Error(ErrorCode::IncompatibleColumns, "Tables have different structure");
}

}  // namespace

void TableStore::drop_partitions(TableId table, const PartTest& test) {
  State& state = *state_;
  const PartitionChange change(state, table);
  change.flush_unhandy_memtable(*this);
  Meant meant;
  state.change_catalog(
      [&](const ManifestState&) {
        meant = change.find(test);
        std::vector<ManifestEdit> edits;
        change.add_removal(meant, edits);
        return edits;
      },
      [&] { change.install_removal(meant); });
  change.discard_files(meant.segments);
}

size_t TableStore::detach_partitions(TableId table, const PartTest& test) {
  State& state = *state_;
  refuse_unique_key(*require_columns(state, table), "DETACH PARTITION");
  const PartitionChange change(state, table);
  change.flush_unhandy_memtable(*this);
  Meant meant;
  size_t count = 0;
  std::unique_ptr<PartitionCopy> copy;
  state.change_catalog(
      [&](const ManifestState&) {
        meant = change.find(test);
        std::vector<ManifestEdit> edits;
        if (is_empty(meant)) return edits;
        // Rows of the memtable need a file to be detached in.
        const TableColumnsPtr columns = require_columns(state, table);
        copy = std::make_unique<PartitionCopy>(state, columns, columns);
        copy->add(meant.rows);
        const std::vector<SegmentPtr> built = copy->take({}, state.live.lsn());
        std::vector<SegmentPtr> unrecorded;
        for (const SegmentPtr& segment : state.live.unrecorded(table)) {
          if (test(segment->partition, segment->id)) unrecorded.push_back(segment);
        }
        edits = record_edits(table, unrecorded);
        // The log may name them when they are detached: replay passes over it.
        for (ManifestEdit& edit : deleted_edits(table, meant.segments)) {
          edits.push_back(std::move(edit));
        }
        for (const SegmentPtr& segment : built) edits.push_back(add_edit(table, *segment));
        for (const SegmentPtr& segment : meant.segments) {
          edits.push_back(DetachSegment{table, segment->id});
        }
        for (const SegmentPtr& segment : built) {
          edits.push_back(DetachSegment{table, segment->id});
        }
        change.add_dropped_rows(meant, edits);
        copy->release();
        count = meant.segments.size() + built.size();
        return edits;
      },
      [&] { change.install_removal(meant); });
  // They are made again when the segments are attached.
  change.discard_rollups(meant.segments);
  return count;
}

size_t TableStore::attach_partitions(TableId table, const PartTest& test) {
  State& state = *state_;
  const TableColumnsPtr columns = require_columns(state, table);
  refuse_unique_key(*columns, "ATTACH PARTITION");
  PartitionChange(state, table).flush_unhandy_memtable(*this);
  // Values are tried before commits have to wait.
  std::map<SegmentId, std::shared_ptr<const SegmentReader>> readers;
  for (const DetachedSegment& detached : detached_segments(table)) {
    if (!test(detached.partition, detached.segment)) continue;
    auto reader = SegmentReader::open(state.files, detached.path);
    for (const ColumnIndex column : columns->doubtful_casts(reader->schema())) {
      for (size_t block = 0; block < reader->block_count(); ++block) {
        read_segment_column(*reader, *columns, column, block);
      }
    }
    readers.emplace(detached.segment, std::move(reader));
  }
  if (readers.empty()) return 0;
  std::vector<SegmentPtr> attached;
  state.change_catalog(
      [&](const ManifestState& manifest) {
        require_unchanged(state, columns);
        std::vector<ManifestEdit> edits;
        const ManifestState::Table& entry = manifest.tables.at(table);
        for (const auto& [id, added] : entry.detached) {
          const auto reader = readers.find(id);
          if (reader == readers.end()) continue;
          auto segment = std::make_shared<Segment>();
          segment->id = id;
          segment->newest_id = state.segment_ids.next();
          segment->partition = added.partition;
          segment->level = static_cast<int>(added.level);
          segment->max_lsn = state.live.lsn();
          segment->reader = reader->second;
          const auto deleted = entry.deleted.find(id);
          if (deleted != entry.deleted.end()) segment->deleted = deleted->second;
          edits.push_back(AttachSegment{table, id, segment->max_lsn, segment->newest_id});
          attached.push_back(std::move(segment));
        }
        return edits;
      },
      [&] { state.live.add_segments(table, attached); });
  return attached.size();
}

size_t TableStore::drop_detached(TableId table, const PartTest& test) {
  State& state = *state_;
  std::vector<SegmentId> dropped;
  state.change_catalog(
      [&](const ManifestState& manifest) {
        const auto found = manifest.tables.find(table);
        if (found == manifest.tables.end()) throw_unknown_table(table);
        std::vector<ManifestEdit> edits;
        for (const auto& [id, added] : found->second.detached) {
          if (!test(added.partition, id)) continue;
          edits.push_back(AttachSegment{table, id, added.max_lsn, added.newest_id});
          edits.push_back(RemoveSegment{table, id});
          dropped.push_back(id);
        }
        return edits;
      },
      [] {});
  for (const SegmentId id : dropped) state.builder.discard(table, id);
  return dropped.size();
}

std::vector<TableStore::DetachedSegment> TableStore::detached_segments(TableId table) const {
  State& state = *state_;
  std::vector<DetachedSegment> detached;
  {
    MutexLock lock(state.manifest.mutex);
    const ManifestState& manifest = state.manifest.manifest.state();
    const auto found = manifest.tables.find(table);
    if (found == manifest.tables.end()) return {};
    for (const auto& [id, added] : found->second.detached) {
      const auto deleted = found->second.deleted.find(id);
      const uint64_t gone = deleted == found->second.deleted.end() ? 0 : deleted->second.count();
      detached.push_back({.segment = id,
                          .partition = added.partition,
                          .level = added.level,
                          .row_count = added.row_count - gone,
                          .path = segment_path(state.options.directory, table, id)});
    }
  }
  for (DetachedSegment& segment : detached) {
    segment.file_bytes = SegmentReader::open(state.files, segment.path)->file_bytes();
  }
  return detached;
}

uint64_t TableStore::copy_partitions(TableId from, TableId to, const PartTest& test, bool replace) {
  State& state = *state_;
  const TableColumnsPtr to_columns = require_columns(state, to);
  refuse_unique_key(*to_columns, replace ? "REPLACE PARTITION" : "ATTACH PARTITION");
  const PartitionChange target(state, to);
  const SnapshotPtr snapshot = state.live.snapshot();
  const TableVersion* source = snapshot->find(from);
  if (source == nullptr) throw_unknown_table(from);
  require_same_columns(*source->columns, *to_columns);
  PartitionCopy copy(state, source->columns, to_columns);
  std::vector<SegmentPtr> copied;
  for (const SegmentPtr& segment : source->segments) {
    if (!test(segment->partition, segment->id)) continue;
    copy.add(segment);
    copied.push_back(segment);
  }
  const auto keys = state.require_handle(from)->keys(source->definition, state.compiler);
  std::set<std::string> met;
  copy.add(rows_inside(
      *keys, source->memtable, source->memtable_deleted,
      [&](const std::string& partition) { return test(partition, SegmentId()); }, met));
  // Nothing does not replace anything.
  if (copied.empty() && met.empty()) return 0;
  target.flush_unhandy_memtable(*this);

  Meant replaced;
  std::vector<SegmentPtr> added;
  state.change_catalog(
      [&](const ManifestState&) {
        require_unchanged(state, to_columns);
        std::vector<ManifestEdit> edits;
        if (replace) {
          replaced = target.find(test);
          target.add_removal(replaced, edits);
        }
        added = copy.take(copied, state.live.lsn());
        for (const SegmentPtr& segment : added) edits.push_back(add_edit(to, *segment));
        if (!edits.empty()) copy.release();
        return edits;
      },
      [&] {
        if (replace) target.install_removal(replaced);
        state.live.add_segments(to, added);
      });
  target.discard_files(replaced.segments);
  return count_rows(added);
}

uint64_t TableStore::move_partitions(TableId from, TableId to, const PartTest& test) {
  State& state = *state_;
  const TableColumnsPtr to_columns = require_columns(state, to);
  refuse_unique_key(*to_columns, "MOVE PARTITION");
  const PartitionChange source(state, from);
  const TableColumnsPtr from_columns = require_columns(state, from);
  require_same_columns(*from_columns, *to_columns);
  source.flush_unhandy_memtable(*this);
  PartitionChange(state, to).flush_unhandy_memtable(*this);
  // Merges would make the copies worthless.
  const MergesByStatement by_statement(source.handle());
  FairLock merge_lock(source.handle().merge_mutex);
  PartitionCopy copy(state, from_columns, to_columns);
  size_t known = 0;
  for (int round = 0; round < kCopyRoundsMax; ++round) {
    const SnapshotPtr snapshot = state.live.snapshot();
    const TableVersion* version = snapshot->find(from);
    if (version == nullptr) throw_unknown_table(from);
    size_t count = 0;
    for (const SegmentPtr& segment : version->segments) {
      if (!test(segment->partition, segment->id)) continue;
      copy.add(segment);
      ++count;
    }
    if (count == known) break;
    known = count;
  }

  Meant meant;
  std::vector<SegmentPtr> added;
  state.change_catalog(
      [&](const ManifestState&) {
        require_unchanged(state, from_columns);
        require_unchanged(state, to_columns);
        meant = source.find(test);
        for (const SegmentPtr& segment : meant.segments) copy.add(segment);
        copy.add(meant.rows);
        added = copy.take(meant.segments, state.live.lsn());
        std::vector<ManifestEdit> edits;
        source.add_removal(meant, edits);
        for (const SegmentPtr& segment : added) edits.push_back(add_edit(to, *segment));
        if (!edits.empty()) copy.release();
        return edits;
      },
      [&] {
        source.install_removal(meant);
        state.live.add_segments(to, added);
      });
  source.discard_files(meant.segments);
  return count_rows(added);
}

}  // namespace freshet
