#include "storage/table/compaction.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"
#include "storage/table/rollup_writer.h"
#include "storage/table/segment_merge.h"
#include "storage/table/segment_options.h"

namespace freshet {

namespace {

// A merge of fewer would rewrite too often; the largest input at most half of the sum means that
// every row's segment at least doubles, so a row is rewritten O(log N) times.
constexpr size_t kTierSegmentsMin = 4;

// A segment is rewritten by itself when more than this part of its rows is deleted: rewriting the
// rest then costs less than the deletes that led to it.
constexpr uint64_t kDeletedShareMax = 2;

bool is_mostly_deleted(const SegmentPtr& segment) {
  return segment->deleted.count() > segment->reader->row_count() / kDeletedShareMax;
}

using Partitions = std::map<std::string, std::vector<SegmentPtr>>;

Partitions by_partition(const std::vector<SegmentPtr>& segments) {
  Partitions partitions;
  for (const SegmentPtr& segment : segments) partitions[segment->partition].push_back(segment);
  return partitions;
}

// Longest run of neighbours worth merging, newest preferred.
std::vector<SegmentPtr> pick_run(const std::vector<SegmentPtr>& segments) {
  std::vector<SegmentPtr> best;
  for (size_t end = segments.size(); end >= kTierSegmentsMin; --end) {
    uint64_t sum = 0;
    uint64_t largest = 0;
    for (size_t begin = end; begin > 0 && end - begin < kMergeInputsMax;) {
      --begin;
      const uint64_t rows = segments[begin]->row_count();
      sum += rows;
      largest = std::max(largest, rows);
      if (sum > kSegmentRowsMax) break;
      const size_t count = end - begin;
      if (count >= kTierSegmentsMin && largest <= sum / 2 && count > best.size()) {
        best.assign(segments.begin() + static_cast<std::ptrdiff_t>(begin),
                    segments.begin() + static_cast<std::ptrdiff_t>(end));
      }
    }
  }
  return best;
}

}  // namespace

std::vector<SegmentPtr> pick_merge(const std::vector<SegmentPtr>& segments) {
  std::vector<SegmentPtr> best;
  for (const auto& [partition, members] : by_partition(segments)) {
    std::vector<SegmentPtr> run = pick_run(members);
    if (run.size() > best.size()) best = std::move(run);
  }
  if (!best.empty()) return best;
  const auto purged = std::find_if(segments.begin(), segments.end(), is_mostly_deleted);
  if (purged != segments.end()) best.push_back(*purged);
  return best;
}

std::vector<SegmentPtr> pick_full_merge(const std::vector<SegmentPtr>& segments) {
  for (auto& [partition, members] : by_partition(segments)) {
    if (members.size() < 2 && members[0]->deleted.empty()) continue;
    const size_t count = std::min(members.size(), kMergeInputsMax);
    return {members.begin(), members.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  return {};
}

bool Compactor::merge_once(TableHandle& table, const Picker& pick, const StopTest& stop,
                           Turn turn) {
  const FairLock merge_lock(table.merge_mutex, turn);
  if (!merge_lock.holds()) return false;
  const uint64_t generation = table.generation;
  const auto outdated = [&] {
    return table.generation != generation || table.merges_stopped || stop();
  };
  // There may be more to do of what is left.
  const auto is_outrun = [&] {
    return table.generation != generation && !table.merges_stopped && !stop();
  };
  if (table.merges_stopped) return false;
  const SnapshotPtr snapshot = live_->snapshot();
  const TableVersion* version = snapshot->find(table.id);
  if (version == nullptr) return false;
  const std::vector<SegmentPtr> inputs = pick(version->segments);
  if (inputs.empty()) return false;

  auto merged = std::make_shared<Segment>();
  merged->id = ids_->next();
  merged->partition = inputs[0]->partition;
  for (const SegmentPtr& input : inputs) {
    merged->level = std::max(merged->level, input->level + 1);
    merged->max_lsn = std::max(merged->max_lsn, input->max_lsn);
    merged->newest_id = std::max(merged->newest_id, input->newest_id);
  }
  MergeProgress listed{.table = table.id,
                       .inputs = inputs,
                       .result = merged->id,
                       .result_level = merged->level,
                       .partition = merged->partition,
                       .started_ns = clock_->monotonic_ns()};
  for (const SegmentPtr& input : inputs) listed.rows_total += input->row_count();
  RunningMerges::Entry running(running_, std::move(listed));
  std::vector<SegmentPtr> added;
  std::vector<MergeMove::Input> moved;
  const std::string path = segment_path(directory_, table.id, merged->id);
  try {
    const auto keys = table.keys(version->definition, *compiler_);
    const auto ttl = table.ttl(version->definition, *compiler_, *roll_up_);
    merged->ttl_applied_s = now_s();
    SegmentWriter writer(*files_, path, version->columns->file_schema(),
                         segment_options(*version->definition, *keys));
    const auto note = [&](uint64_t rows_read) { running.set_rows(rows_read, writer.row_count()); };
    if (!merge_segments(inputs, *version->columns, *keys, *merger_, writer, outdated,
                        {ttl.get(), merged->ttl_applied_s}, note, &moved)) {
      builder_->discard(table.id, *merged);
      return is_outrun();
    }
    const bool has_rows = writer.row_count() > 0;
    writer.finish();
    if (has_rows) {
      merged->reader = SegmentReader::open(*files_, path);
      added.push_back(merged);
      files_->sync_directory(segment_directory(directory_, table.id));
    } else {
      builder_->discard(table.id, *merged);
    }
  } catch (const Error&) {
    builder_->discard(table.id, *merged);
    if (table.dropped) return false;
    throw;
  }

  std::optional<FairLock> placing;
  try {
    if (!added.empty()) {
      prepare_keys(table, *version->columns, *merged);
      rollups_->write(version->definition, *merged, outdated);
    }
    placing.emplace(hold_places(table, appender_));
  } catch (const Error&) {
    builder_->discard(table.id, *merged);
    throw;
  }
  MutexLock lock(manifest_->mutex);
  if (outdated()) {
    builder_->discard(table.id, *merged);
    return is_outrun();
  }
  // Cells that are the DEFAULT of an older definition were never tried as a new type.
  if (live_->columns(table.id) != version->columns) {
    builder_->discard(table.id, *merged);
    return true;
  }
  RowPlaces late = live_->deletes_of(table.id, inputs);
  if (moved.empty()) {
    // Rows that were rolled up cannot be followed. Mutations hold merges of such a table off, but
    // one may have begun before the table got the TTL that does so.
    uint64_t deleted = 0;
    for (const SegmentPtr& input : inputs) deleted += input->deleted.count();
    if (table.gate.keep_moves || late.count() > deleted) {
      builder_->discard(table.id, *merged);
      return false;
    }
  }
  const auto move = std::make_shared<const MergeMove>(std::move(moved), merged->id);
  // Rows that were deleted while they were being merged.
  late = move->follow(late);
  if (const auto found = late.segments.find(merged->id); found != late.segments.end()) {
    merged->deleted = found->second;
  }
  const std::vector<SegmentPtr> unrecorded = live_->unrecorded(table.id);
  std::vector<ManifestEdit> edits = record_edits(table.id, unrecorded);
  for (const SegmentPtr& input : inputs) edits.push_back(RemoveSegment{table.id, input->id});
  for (const SegmentPtr& segment : added) edits.push_back(add_edit(table.id, *segment));
  for (ManifestEdit& edit : deleted_edits(table.id, added)) edits.push_back(std::move(edit));
  for (ManifestEdit& edit : rollup_edits(table.id, added)) edits.push_back(std::move(edit));
  commit_or_discard(manifest_->manifest, edits, *builder_, table.id, added);
  const std::vector<SegmentPtr> removed = live_->install_merge(table.id, unrecorded, inputs, added);
  if (table.gate.keep_moves) table.gate.moves.push_back(move);
  live_->publish();
  lock.unlock();
  placing.reset();

  // Snapshots that still read the inputs hold their files open.
  for (const SegmentPtr& input : removed) {
    if (table.unique_keys != nullptr) table.unique_keys->forget(input->id);
    builder_->discard(table.id, *input);
  }
  metrics_->merges.add();
  const uint64_t bytes = added.empty() ? 0 : merged->reader->file_bytes();
  metrics_->merged_bytes.add(bytes);
  log_debug("segments_merged", {{"table", version->definition->name},
                                {"partition", merged->partition},
                                {"inputs", inputs.size()},
                                {"bytes", bytes}});
  return true;
}

}  // namespace freshet
