#include "storage/table/flush.h"

#include <optional>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/table/rollup_writer.h"

namespace freshet {

AddSegment add_edit(TableId table, const Segment& segment) {
  return {.table = table,
          .segment = segment.id,
          .partition = segment.partition,
          .level = static_cast<uint32_t>(segment.level),
          .max_lsn = segment.max_lsn,
          .newest_id = segment.newest_id,
          .row_count = segment.reader->row_count()};
}

std::vector<ManifestEdit> record_edits(TableId table, const std::vector<SegmentPtr>& unrecorded) {
  std::vector<ManifestEdit> edits;
  for (const SegmentPtr& segment : unrecorded) {
    edits.push_back(add_edit(table, *segment));
    edits.push_back(AbsorbSegment{table, segment->id, segment->max_lsn});
  }
  return edits;
}

void commit_or_discard(Manifest& manifest, const std::vector<ManifestEdit>& edits,
                       const SegmentBuilder& builder, TableId table,
                       const std::vector<SegmentPtr>& added) {
  try {
    manifest.commit(edits);
  } catch (const Error&) {
    // Otherwise the refused edit may be found after a crash, and its files with it.
    if (manifest.settled()) {
      for (const SegmentPtr& segment : added) builder.discard(table, *segment);
    }
    throw;
  }
}

std::vector<ManifestEdit> deleted_edits(TableId table, const std::vector<SegmentPtr>& segments) {
  std::vector<ManifestEdit> edits;
  for (const SegmentPtr& segment : segments) {
    if (!segment->deleted.empty()) {
      edits.push_back(PutDeletedRows{table, segment->id, segment->deleted});
    }
  }
  return edits;
}

std::vector<ManifestEdit> rollup_edits(TableId table, const std::vector<SegmentPtr>& segments) {
  std::vector<ManifestEdit> edits;
  for (const SegmentPtr& segment : segments) {
    for (const RollupPart& part : segment->rollups) {
      edits.push_back(AddRollupRows{.table = table,
                                    .segment = segment->id,
                                    .rollup = part.rollup,
                                    .rows = part.rows->id,
                                    .row_count = part.rows->reader->row_count(),
                                    .deleted_count = part.deleted_count});
    }
  }
  return edits;
}

void prepare_keys(TableHandle& table, const TableColumns& columns, const Segment& segment) {
  if (table.unique_keys != nullptr) table.unique_keys->prepare(columns, segment);
}

FairLock hold_places(TableHandle& table, Appender* appender) {
  FairLock placing(table.gate.placing);
  if (appender != nullptr) appender->wait_until_published(table.gate.logged_through);
  return placing;
}

void Flusher::flush(TableHandle& table, const StopTest& stop, Turn turn) {
  const FairLock flush_lock(table.flush_mutex, turn);
  if (flush_lock.holds()) flush_held(table, stop);
}

void Flusher::flush_held(TableHandle& table, const StopTest& stop) {
  while (!flush_once(table, stop)) {
  }
}

bool Flusher::flush_once(TableHandle& table, const StopTest& stop) {
  const auto input = live_->freeze(table.id);
  if (!input) return true;
  const auto outdated = [&] { return table.generation != input->generation || stop(); };
  std::vector<std::shared_ptr<Segment>> built;
  // Mutations of tables whose rows are merged wait for the flush: none of their rows moves late.
  const bool moves_rows = input->definition->merge_mode == MergeMode::Plain;
  std::vector<FlushMove::Output> moved;
  try {
    const auto keys = table.keys(input->definition, *compiler_);
    built = builder_->build_parts(
        *input->definition, *keys,
        SegmentBuilder::split(*keys, input->chunks, input->deleted, moves_rows), outdated,
        moves_rows ? &moved : nullptr);
  } catch (const Error&) {
    // The table's directory may have gone with the table.
    if (table.dropped) return true;
    throw;
  }
  std::vector<SegmentPtr> flushed;
  uint64_t bytes = 0;
  for (const auto& segment : built) {
    segment->max_lsn = input->through;
    bytes += segment->reader->file_bytes();
    flushed.push_back(segment);
  }
  const auto discard_all = [&] {
    for (const SegmentPtr& segment : flushed) builder_->discard(table.id, *segment);
  };

  std::optional<FairLock> placing;
  try {
    // Beforehand, so that the first INSERT after the flush does not wait for it.
    if (table.unique_keys != nullptr) {
      const TableColumns columns(input->definition, compiler_);
      for (const auto& segment : built) prepare_keys(table, columns, *segment);
    }
    for (const auto& segment : built) rollups_->write(input->definition, *segment, outdated);
    placing.emplace(hold_places(table, appender_));
  } catch (const Error&) {
    discard_all();
    throw;
  }
  MutexLock lock(manifest_->mutex);
  if (outdated()) {
    discard_all();
    return true;
  }
  // Cells that are the DEFAULT of an older definition were never tried as a new type.
  const TableColumnsPtr newest = live_->columns(table.id);
  if (newest != nullptr && newest->definition() != input->definition) {
    discard_all();
    return false;
  }
  const auto move = std::make_shared<const FlushMove>(
      input->first_row, input->next_row - input->first_row, std::move(moved));
  if (moves_rows) {
    // Rows that were deleted while they were being written.
    const RowPlaces late = move->follow(live_->deletes_of(table.id, {}, input->next_row));
    for (const auto& segment : built) {
      const auto found = late.segments.find(segment->id);
      if (found != late.segments.end()) segment->deleted = found->second;
    }
  }
  const std::vector<SegmentPtr> unrecorded = live_->unrecorded(table.id);
  std::vector<ManifestEdit> edits = record_edits(table.id, unrecorded);
  for (const SegmentPtr& segment : flushed) edits.push_back(add_edit(table.id, *segment));
  for (const auto& segments : {live_->changed_deletes(table.id), flushed}) {
    for (ManifestEdit& edit : deleted_edits(table.id, segments)) edits.push_back(std::move(edit));
  }
  for (ManifestEdit& edit : rollup_edits(table.id, flushed)) edits.push_back(std::move(edit));
  if (input->next_row > 0) edits.push_back(FirstRow{table.id, input->next_row});
  edits.push_back(FlushedThrough{table.id, input->through});
  commit_or_discard(manifest_->manifest, edits, *builder_, table.id, flushed);
  live_->install_flush(table.id, unrecorded, flushed);
  if (table.gate.keep_moves) table.gate.moves.push_back(move);
  live_->publish();
  lock.unlock();
  placing.reset();

  metrics_->flushes.add();
  metrics_->flushed_bytes.add(bytes);
  log_debug("table_flushed",
            {{"table", input->definition->name}, {"segments", flushed.size()}, {"bytes", bytes}});
  return true;
}

void Flusher::trim_log(WalWriter& wal, const Appender& appender) {
  MutexLock lock(manifest_->mutex);
  const Lsn before = manifest_->manifest.state().checkpoint;
  const Lsn through = live_->flushed_through();
  if (through <= before) return;
  std::vector<ManifestEdit> edits;
  for (PutSourcePosition& position : live_->source_positions(before, through)) {
    edits.push_back(std::move(position));
  }
  for (PutInsertKey& key : appender.keys().between(before, through))
    edits.push_back(std::move(key));
  edits.push_back(Checkpoint{through});
  manifest_->manifest.commit(edits);
  wal.remove_before(through);
}

}  // namespace freshet
