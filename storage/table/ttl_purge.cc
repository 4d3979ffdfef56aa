// The compactor's search for rows that have expired where nobody merges them.

#include <algorithm>
#include <charconv>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/table/compaction.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
// ClickHouse's setting of that name, and its default.
constexpr const char* kPauseSetting = "merge_with_ttl_timeout";
constexpr int64_t kPauseSeconds = 14'400;

int64_t rewrite_pause_s(const TableDefinition& definition) {
  const auto setting = definition.settings.find(kPauseSetting);
  if (setting == definition.settings.end()) return kPauseSeconds;
  int64_t seconds = kPauseSeconds;
  const std::string& text = setting->second;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

int64_t Compactor::now_s() const {
  return static_cast<int64_t>(clock_->wall_ns()) / kNanosecondsPerSecond;
}

// Segments that are new to `purge` are read, once, in the columns that their TTLs need.
std::vector<SegmentPtr> Compactor::look_out(const TableVersion& version, const TableTtl& ttl,
                                            Purge& purge, const StopTest& stop) const {
  const std::vector<ColumnIndex> inputs = ttl.outlook_inputs();
  std::map<SegmentId, TableTtl::Outlook> outlooks;
  std::vector<SegmentPtr> known;
  for (const SegmentPtr& segment : version.segments) {
    if (stop()) break;
    const auto old = purge.outlooks.find(segment->id);
    if (old != purge.outlooks.end()) {
      outlooks.insert(*old);
      known.push_back(segment);
      continue;
    }
    TableTtl::Outlook outlook = TableTtl::empty_outlook();
    for (size_t block = 0; block < segment->reader->block_count(); ++block) {
      Chunk rows;
      rows.row_count = segment->reader->block_rows(block);
      rows.columns.resize(version.schema.size());
      for (const ColumnIndex column : inputs) {
        rows.columns[column] =
            read_segment_column(*segment->reader, *version.columns, column, block);
      }
      ttl.add_to_outlook(rows, segment->ttl_applied_s, outlook);
    }
    outlooks.emplace(segment->id, outlook);
    known.push_back(segment);
  }
  purge.outlooks = std::move(outlooks);
  return known;
}

void Compactor::purge_expired(TableHandle& table, bool now, const StopTest& stop) {
  if (table.merges_stopped) return;
  const SnapshotPtr snapshot = live_->snapshot();
  const TableVersion* version = snapshot->find(table.id);
  if (version == nullptr) return;
  const TableDefinition& definition = *version->definition;
  const bool has_ttl = !definition.ttl_rules.empty() ||
                       std::ranges::any_of(definition.columns, [](const ColumnDefinition& column) {
                         return !column.ttl.empty();
                       });
  if (!has_ttl) return;
  const auto ttl = table.ttl(version->definition, *compiler_, *roll_up_);
  if (ttl == nullptr) return;

  std::vector<SegmentPtr> gone;
  std::vector<SegmentPtr> partly;
  {
    MutexLock lock(purge_mutex_);
    Purge& purge = purges_[table.id];
    if (purge.definition != version->definition) {
      purge = {.definition = version->definition, .outlooks = {}, .last_rewrite_s = 0};
    }
    const int64_t moment = now_s();
    for (const SegmentPtr& segment : look_out(*version, *ttl, purge, stop)) {
      const TableTtl::Outlook& outlook = purge.outlooks.at(segment->id);
      if (outlook.end <= moment) {
        gone.push_back(segment);
      } else if (outlook.next <= moment) {
        partly.push_back(segment);
      }
    }
    const bool is_time = now || purge.last_rewrite_s == 0 ||
                         moment - purge.last_rewrite_s >= rewrite_pause_s(definition);
    if (!is_time) partly.clear();
    if (!partly.empty()) purge.last_rewrite_s = moment;
  }
  if (!gone.empty()) {
    const FairLock merge_lock(table.merge_mutex);
    drop_segments(table, gone, version->definition);
  }
  for (const SegmentPtr& segment : partly) {
    if (stop()) return;
    merge_once(
        table,
        [&](const std::vector<SegmentPtr>& segments) -> std::vector<SegmentPtr> {
          // By its id: deletes make another Segment of it.
          const auto found = std::ranges::find(segments, segment->id, &Segment::id);
          return found == segments.end() ? std::vector<SegmentPtr>() : std::vector{*found};
        },
        stop);
  }
}

// Requires: the caller holds the table's merge_mutex.
void Compactor::drop_segments(TableHandle& table, const std::vector<SegmentPtr>& segments,
                              const TableDefinitionPtr& definition) {
  FairLock placing = hold_places(table, appender_);
  MutexLock lock(manifest_->mutex);
  const SnapshotPtr snapshot = live_->snapshot();
  const TableVersion* version = snapshot->find(table.id);
  if (version == nullptr || version->definition != definition) return;
  // Merges may have taken some since they were found.
  std::vector<SegmentPtr> dropped;
  for (const SegmentPtr& segment : segments) {
    const auto found = std::ranges::find(version->segments, segment->id, &Segment::id);
    if (found != version->segments.end()) dropped.push_back(*found);
  }
  if (dropped.empty()) return;
  const std::vector<SegmentPtr> unrecorded = live_->unrecorded(table.id);
  std::vector<ManifestEdit> edits = record_edits(table.id, unrecorded);
  for (const SegmentPtr& segment : dropped) edits.push_back(RemoveSegment{table.id, segment->id});
  manifest_->manifest.commit(edits);
  live_->install_merge(table.id, unrecorded, dropped, {});
  live_->publish();
  lock.unlock();
  placing.unlock();

  uint64_t rows = 0;
  for (const SegmentPtr& segment : dropped) {
    rows += segment->row_count();
    if (table.unique_keys != nullptr) table.unique_keys->forget(segment->id);
    builder_->discard(table.id, *segment);
  }
  log_debug("expired_segments_dropped",
            {{"table", version->definition->name}, {"segments", dropped.size()}, {"rows", rows}});
}

}  // namespace freshet
