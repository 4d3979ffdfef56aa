#include "storage/table/flush.h"

#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"

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
      for (const SegmentPtr& segment : added) builder.discard(table, segment->id);
    }
    throw;
  }
}

void Flusher::flush(TableHandle& table, const StopTest& stop) {
  FairLock flush_lock(table.flush_mutex);
  const auto input = live_->freeze(table.id);
  if (!input) return;
  const auto outdated = [&] { return table.generation != input->generation || stop(); };
  std::vector<std::shared_ptr<Segment>> built;
  try {
    const auto keys = table.keys(input->definition, *compiler_);
    built = builder_->build(*input->definition, *keys, input->chunks, outdated);
  } catch (const Error&) {
    // The table's directory may have gone with the table.
    if (table.dropped) return;
    throw;
  }
  std::vector<SegmentPtr> flushed;
  uint64_t bytes = 0;
  for (const auto& segment : built) {
    segment->max_lsn = input->through;
    bytes += segment->reader->file_bytes();
    flushed.push_back(segment);
  }

  MutexLock lock(manifest_->mutex);
  if (outdated()) {
    for (const SegmentPtr& segment : flushed) builder_->discard(table.id, segment->id);
    return;
  }
  const std::vector<SegmentPtr> unrecorded = live_->unrecorded(table.id);
  std::vector<ManifestEdit> edits = record_edits(table.id, unrecorded);
  for (const SegmentPtr& segment : flushed) edits.push_back(add_edit(table.id, *segment));
  edits.push_back(FlushedThrough{table.id, input->through});
  commit_or_discard(manifest_->manifest, edits, *builder_, table.id, flushed);
  live_->install_flush(table.id, unrecorded, flushed);
  live_->publish();
  lock.unlock();

  metrics_->flushes.add();
  metrics_->flushed_bytes.add(bytes);
  log_debug("table_flushed",
            {{"table", input->definition->name}, {"segments", flushed.size()}, {"bytes", bytes}});
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
