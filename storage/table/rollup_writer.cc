#include "storage/table/rollup_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/segment/segment_writer.h"

namespace freshet {

namespace {

TableVersion rows_of(TableColumnsPtr columns, SegmentPtr segment) {
  TableVersion rows;
  rows.definition = columns->definition();
  rows.schema = columns->schema();
  rows.columns = std::move(columns);
  rows.segments.push_back(std::move(segment));
  return rows;
}

// Rollups whose rows over the segment are missing, or not those of the rows that it has now.
std::vector<const RollupDefinition*> missing_rollups(const TableDefinition& definition,
                                                     const Segment& segment) {
  std::vector<const RollupDefinition*> missing;
  if (segment.row_count() == 0) return missing;
  for (const RollupDefinition& rollup : definition.rollups) {
    if (segment.rollup_rows(rollup.id) == nullptr) missing.push_back(&rollup);
  }
  return missing;
}

// Queries that a rollup answers in a few rows should not have to decode many more.
constexpr size_t kRollupBlockRows = 2048;

// Work on a table whose rows are deleted all the time: this part of the time at most.
constexpr int64_t kRepairShare = 10;

int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

std::vector<RollupPart> RollupWriter::make(const TableVersion& rows,
                                           const std::vector<const RollupDefinition*>& rollups,
                                           const StopTest& stop) const {
  const TableDefinition& definition = *rows.definition;
  const Segment& segment = *rows.segments[0];
  std::vector<RollupPart> made;
  try {
    for (const RollupDefinition* rollup : rollups) {
      const std::vector<Chunk> groups = (*build_)(rows, *rollup, stop);
      auto part = std::make_shared<Segment>();
      part->id = ids_->next();
      part->newest_id = part->id;
      part->partition = segment.partition;
      made.push_back(
          {.rollup = rollup->id, .rows = part, .deleted_count = segment.deleted.count()});
      const std::string path = segment_path(directory_, definition.id, part->id);
      SegmentOptions options;
      options.block_rows = kRollupBlockRows;
      SegmentWriter writer(*files_, path, rollup_table(definition, *rollup).file_schema(), options);
      for (const Chunk& chunk : groups) writer.append(chunk);
      writer.finish();
      part->reader = SegmentReader::open(*files_, path);
    }
    files_->sync_directory(segment_directory(directory_, definition.id));
  } catch (const Error&) {
    for (const RollupPart& part : made) builder_->discard(definition.id, part.rows->id);
    throw;
  }
  return made;
}

void RollupWriter::write(const TableDefinitionPtr& definition, Segment& segment,
                         const StopTest& stop) const {
  if (definition->rollups.empty() || *build_ == nullptr) return;
  const std::vector<const RollupDefinition*> rollups = missing_rollups(*definition, segment);
  try {
    // The segment is nobody else's yet.
    const SegmentPtr same(std::shared_ptr<const Segment>(), &segment);
    const auto columns = std::make_shared<const TableColumns>(definition, compiler_);
    segment.rollups = make(rows_of(columns, same), rollups, stop);
  } catch (const Error& error) {
    if (stop()) return;
    log_warning("rollup_rows_not_made", {{"table", definition->name}, {"error", error.message()}});
  }
}

bool RollupWriter::write_missing(TableHandle& table, const StopTest& stop, Turn turn) {
  if (*build_ == nullptr) return false;
  const FairLock lock(table.rollup_mutex, turn);
  if (!lock.holds()) return false;
  const uint64_t generation = table.generation;
  const auto outdated = [&] { return table.generation != generation || stop(); };
  const SnapshotPtr snapshot = live_->snapshot();
  const TableVersion* version = snapshot->find(table.id);
  if (version == nullptr) return false;
  for (const SegmentPtr& segment : version->segments) {
    const auto missing = missing_rollups(*version->definition, *segment);
    if (missing.empty()) continue;
    const bool repairs = !segment->rollups.empty();
    if (repairs && turn == Turn::IfFree && now_ns() < table.rollups_again_ns) continue;
    const int64_t begun_ns = now_ns();
    try {
      const auto made = make(rows_of(version->columns, segment), missing, outdated);
      if (!install(table, *segment, made)) {
        for (const RollupPart& part : made) builder_->discard(table.id, part.rows->id);
      }
      const int64_t ended_ns = now_ns();
      if (repairs) table.rollups_again_ns = ended_ns + (kRepairShare - 1) * (ended_ns - begun_ns);
    } catch (const Error&) {
      // The segment's table may have gone, or its rows.
      if (stop() || table.dropped) return false;
      if (!outdated()) throw;
    }
    return true;
  }
  return false;
}

bool RollupWriter::install(TableHandle& table, const Segment& segment,
                           const std::vector<RollupPart>& made) {
  std::vector<RollupPart> replaced;
  {
    MutexLock lock(manifest_->mutex);
    const SnapshotPtr snapshot = live_->snapshot();
    const TableVersion* version = snapshot->find(table.id);
    if (version == nullptr) return false;
    const auto now = std::ranges::find(version->segments, segment.id, &Segment::id);
    if (now == version->segments.end()) return false;
    for (const RollupPart& part : made) {
      const auto& rollups = version->definition->rollups;
      if (std::ranges::find(rollups, part.rollup, &RollupDefinition::id) == rollups.end()) {
        return false;
      }
    }
    const std::vector<SegmentPtr> unrecorded = live_->unrecorded(table.id);
    std::vector<ManifestEdit> edits = record_edits(table.id, unrecorded);
    Segment with(segment);
    with.rollups = made;
    for (ManifestEdit& edit : rollup_edits(table.id, {std::make_shared<const Segment>(with)})) {
      edits.push_back(std::move(edit));
    }
    std::vector<SegmentPtr> added;
    for (const RollupPart& part : made) added.push_back(part.rows);
    commit_or_discard(manifest_->manifest, edits, *builder_, table.id, added);
    replaced = live_->install_rollups(table.id, unrecorded, segment.id, made);
    live_->publish();
  }
  for (const RollupPart& part : replaced) builder_->discard(table.id, part.rows->id);
  return true;
}

}  // namespace freshet
