#include "storage/table/live_tables.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/base/check.h"

namespace freshet {

namespace {

bool is_older(const SegmentPtr& a, const SegmentPtr& b) {
  return std::pair(a->max_lsn, a->newest_id) < std::pair(b->max_lsn, b->newest_id);
}

bool contains(const std::vector<SegmentPtr>& segments, SegmentId id) {
  return std::any_of(segments.begin(), segments.end(),
                     [id](const SegmentPtr& segment) { return segment->id == id; });
}

// Null when there is none.
SegmentPtr find_segment(const std::vector<SegmentPtr>& segments, SegmentId id) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [id](const SegmentPtr& segment) { return segment->id == id; });
  return found == segments.end() ? nullptr : *found;
}

// The segment of the same id, if there is one, becomes `segment`.
void replace_segment(std::vector<SegmentPtr>& segments, const SegmentPtr& segment) {
  for (SegmentPtr& old : segments) {
    if (old->id == segment->id) old = segment;
  }
}

void erase_segments(std::vector<SegmentPtr>& from, const std::vector<SegmentPtr>& which) {
  std::erase_if(from, [&](const SegmentPtr& segment) { return contains(which, segment->id); });
}

void insert_segments(std::vector<SegmentPtr>& into, const std::vector<SegmentPtr>& segments) {
  into.insert(into.end(), segments.begin(), segments.end());
  std::sort(into.begin(), into.end(), is_older);
}

}  // namespace

std::shared_ptr<const TableKeys> TableHandle::keys(const TableDefinitionPtr& definition,
                                                   const ChunkFunctionCompiler& compiler) {
  MutexLock lock(keys_mutex_);
  if (keys_definition_ != definition) {
    keys_ = std::make_shared<const TableKeys>(*definition, compiler);
    keys_definition_ = definition;
  }
  return keys_;
}

std::shared_ptr<const TableTtl> TableHandle::ttl(const TableDefinitionPtr& definition,
                                                 const ChunkFunctionCompiler& compiler,
                                                 const RowRollup& roll_up) {
  MutexLock lock(keys_mutex_);
  if (ttl_definition_ != definition) {
    ttl_ = std::make_shared<const TableTtl>(definition, compiler, roll_up);
    if (ttl_->is_empty()) ttl_ = nullptr;
    ttl_definition_ = definition;
  }
  return ttl_;
}

LiveTables::LiveTables(MemoryBudget& memory, const ChunkFunctionCompiler* compiler)
    : memory_(&memory),
      compiler_(compiler),
      key_index_memory_(std::make_shared<KeyIndexMemory>(memory)) {
  auto empty = std::make_shared<Snapshot>();
  empty->databases_ = std::make_shared<const std::map<std::string, std::string, std::less<>>>();
  empty->names_ = std::make_shared<const Snapshot::Names>();
  WriterLock lock(snapshot_mutex_);
  snapshot_ = std::move(empty);
}

LiveTables::~LiveTables() {
  MutexLock lock(mutex_);
  for (auto& [id, table] : tables_) memory_->shrink(table.budget_bytes + table.frozen_budget_bytes);
}

SnapshotPtr LiveTables::snapshot() const {
  ReaderLock lock(snapshot_mutex_);
  return snapshot_;
}

TableHandlePtr LiveTables::find(TableId table) const {
  MutexLock lock(mutex_);
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : found->second.handle;
}

std::vector<TableHandlePtr> LiveTables::all() const {
  MutexLock lock(mutex_);
  std::vector<TableHandlePtr> handles;
  for (const auto& [id, table] : tables_) handles.push_back(table.handle);
  return handles;
}

Lsn LiveTables::lsn() const {
  MutexLock lock(mutex_);
  return lsn_;
}

void LiveTables::publish() {
  MutexLock lock(mutex_);
  const SnapshotPtr previous = snapshot();
  auto next = std::make_shared<Snapshot>();
  next->lsn_ = lsn_;
  if (names_changed_) {
    next->databases_ =
        std::make_shared<const std::map<std::string, std::string, std::less<>>>(databases_);
    auto names = std::make_shared<Snapshot::Names>();
    for (const auto& [id, table] : tables_) {
      names->emplace(Snapshot::Key(table.definition->database, table.definition->name), id);
    }
    CHECK(names->size() == tables_.size());
    next->names_ = std::move(names);
  } else {
    next->databases_ = previous->databases_;
    next->names_ = previous->names_;
  }
  next->versions_.reserve(tables_.size());
  // Both are in order of ids.
  auto old = previous->versions_.begin();
  for (const auto& [id, table] : tables_) {
    while (old != previous->versions_.end() && (*old)->definition->id < id) ++old;
    const bool is_known = old != previous->versions_.end() && (*old)->definition->id == id;
    if (is_known && !changed_tables_.contains(id)) {
      next->versions_.push_back(*old);
      continue;
    }
    auto version = std::make_shared<TableVersion>();
    version->definition = table.definition;
    version->schema = table.columns->schema();
    version->columns = table.columns;
    version->segments = table.segments;
    version->memtable = table.memtable.chunks();
    version->memtable_deleted = table.memtable.deleted();
    version->memtable_first = table.memtable.first_row();
    next->versions_.push_back(std::move(version));
  }
  changed_tables_.clear();
  names_changed_ = false;
  // `previous` may be the last reference to many chunks: it is let go outside the snapshot's lock.
  {
    WriterLock swap_lock(snapshot_mutex_);
    snapshot_ = std::move(next);
  }
  gate_.open_through(lsn_);
}

void LiveTables::apply(Commit commit) {
  MutexLock lock(mutex_);
  CHECK(commit.lsn > lsn_);
  for (Commit::Rows& rows : commit.tables) {
    const auto found = tables_.find(rows.table);
    if (found == tables_.end()) {
      memory_->shrink(rows.budget_bytes);
      continue;
    }
    Table& table = found->second;
    CHECK(!rows.first_row || *rows.first_row == table.memtable.next_row());
    for (auto& chunk : rows.chunks) table.memtable.append(std::move(chunk), rows.defaulted);
    insert_segments(table.segments, rows.staged);
    insert_segments(table.unrecorded, rows.staged);
    remove_rows(table, rows.deletes);
    table.budget_bytes += rows.budget_bytes;
    if (!table.unflushed_after) table.unflushed_after = lsn_;
    changed_tables_.insert(rows.table);
  }
  for (SourcePosition& position : commit.positions) {
    std::string source = position.source;
    positions_[source] = {std::move(position.source), std::move(position.position), commit.lsn};
  }
  lsn_ = commit.lsn;
}

void LiveTables::remove_rows(Table& table, const RowPlaces& deletes) {
  for (const auto& [id, rows] : deletes.segments) {
    const SegmentPtr old = find_segment(table.segments, id);
    if (old == nullptr) continue;
    auto segment = std::make_shared<Segment>(*old);
    RowSetBuilder deleted(old->deleted);
    deleted.add_all(rows);
    segment->deleted = deleted.take();
    replace_segment(table.segments, segment);
    replace_segment(table.unrecorded, segment);
    table.changed_deletes.insert(id);
  }
  table.memtable.remove(deletes.memtable);
}

void LiveTables::start_at(Lsn lsn) {
  MutexLock lock(mutex_);
  lsn_ = lsn;
}

std::optional<PutSourcePosition> LiveTables::source_position(const std::string& source) const {
  MutexLock lock(mutex_);
  const auto found = positions_.find(source);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

void LiveTables::put_source_position(const PutSourcePosition& position) {
  MutexLock lock(mutex_);
  positions_[position.source] = position;
}

std::vector<PutSourcePosition> LiveTables::source_positions(Lsn after, Lsn through) const {
  MutexLock lock(mutex_);
  std::vector<PutSourcePosition> result;
  for (const auto& [source, position] : positions_) {
    if (position.lsn > after && position.lsn <= through) result.push_back(position);
  }
  return result;
}

std::optional<LiveTables::FlushInput> LiveTables::freeze(TableId id) {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  if (found == tables_.end()) return std::nullopt;
  Table& table = found->second;
  if (!table.frozen_after && !table.unflushed_after) return std::nullopt;
  table.memtable.freeze();
  if (!table.frozen_after) table.frozen_after = table.unflushed_after;
  table.unflushed_after.reset();
  table.frozen_budget_bytes += std::exchange(table.budget_bytes, 0);
  return FlushInput{.definition = table.definition,
                    .generation = table.handle->generation,
                    .through = lsn_,
                    .chunks = table.memtable.chunks(),
                    .deleted = table.memtable.deleted(),
                    .first_row = table.memtable.first_row(),
                    .next_row = table.memtable.next_row()};
}

std::vector<SegmentPtr> LiveTables::unrecorded(TableId id) const {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  return found == tables_.end() ? std::vector<SegmentPtr>() : found->second.unrecorded;
}

std::vector<SegmentPtr> LiveTables::changed_deletes(TableId id) const {
  MutexLock lock(mutex_);
  std::vector<SegmentPtr> result;
  const auto found = tables_.find(id);
  if (found == tables_.end()) return result;
  for (const SegmentId segment : found->second.changed_deletes) {
    SegmentPtr now = find_segment(found->second.segments, segment);
    if (now != nullptr) result.push_back(std::move(now));
  }
  return result;
}

RowPlaces LiveTables::deletes_of(TableId id, const std::vector<SegmentPtr>& segments,
                                 uint64_t next_row) const {
  MutexLock lock(mutex_);
  RowPlaces places;
  const auto found = tables_.find(id);
  if (found == tables_.end()) return places;
  const Table& table = found->second;
  for (const SegmentPtr& segment : segments) {
    const SegmentPtr now = find_segment(table.segments, segment->id);
    if (now != nullptr && !now->deleted.empty()) places.segments[now->id] = now->deleted;
  }
  uint64_t first = table.memtable.first_row();
  const std::vector<RowBitmapPtr>& deleted = table.memtable.deleted();
  for (size_t index = 0; index < deleted.size() && first < next_row; ++index) {
    if (deleted[index] != nullptr) {
      deleted[index]->for_each([&](size_t row) { places.memtable.push_back(first + row); });
    }
    first += table.memtable.chunks()[index]->row_count;
  }
  return places;
}

void LiveTables::install_flush(TableId id, const std::vector<SegmentPtr>& recorded,
                               const std::vector<SegmentPtr>& flushed) {
  MutexLock lock(mutex_);
  Table& table = tables_.at(id);
  mark_recorded(table, recorded);
  table.memtable.drop_frozen();
  table.frozen_after.reset();
  memory_->shrink(std::exchange(table.frozen_budget_bytes, 0));
  insert_segments(table.segments, flushed);
  table.changed_deletes.clear();
  changed_tables_.insert(id);
}

std::vector<SegmentPtr> LiveTables::install_merge(TableId id,
                                                  const std::vector<SegmentPtr>& recorded,
                                                  const std::vector<SegmentPtr>& removed,
                                                  const std::vector<SegmentPtr>& added) {
  MutexLock lock(mutex_);
  Table& table = tables_.at(id);
  mark_recorded(table, recorded);
  std::vector<SegmentPtr> last;
  for (const SegmentPtr& segment : removed) {
    SegmentPtr now = find_segment(table.segments, segment->id);
    if (now != nullptr) last.push_back(std::move(now));
  }
  erase_segments(table.segments, removed);
  for (const SegmentPtr& segment : removed) table.changed_deletes.erase(segment->id);
  insert_segments(table.segments, added);
  changed_tables_.insert(id);
  return last;
}

std::vector<RollupPart> LiveTables::install_rollups(TableId id,
                                                    const std::vector<SegmentPtr>& recorded,
                                                    SegmentId segment_id,
                                                    const std::vector<RollupPart>& made) {
  MutexLock lock(mutex_);
  Table& table = tables_.at(id);
  mark_recorded(table, recorded);
  const SegmentPtr old = find_segment(table.segments, segment_id);
  CHECK(old != nullptr);
  auto segment = std::make_shared<Segment>(*old);
  std::vector<RollupPart> replaced;
  for (const RollupPart& part : made) {
    const auto found = std::ranges::find(segment->rollups, part.rollup, &RollupPart::rollup);
    if (found == segment->rollups.end()) {
      segment->rollups.push_back(part);
    } else {
      replaced.push_back(std::exchange(*found, part));
    }
  }
  replace_segment(table.segments, segment);
  changed_tables_.insert(id);
  return replaced;
}

std::vector<RollupPart> LiveTables::drop_rollups(TableId id) {
  MutexLock lock(mutex_);
  Table& table = tables_.at(id);
  const std::vector<RollupDefinition>& kept = table.definition->rollups;
  const auto is_gone = [&](const RollupPart& part) {
    return std::ranges::find(kept, part.rollup, &RollupDefinition::id) == kept.end();
  };
  std::vector<RollupPart> dropped;
  for (const SegmentPtr& old : std::vector(table.segments)) {
    if (std::ranges::none_of(old->rollups, is_gone)) continue;
    auto segment = std::make_shared<Segment>(*old);
    std::ranges::copy_if(old->rollups, std::back_inserter(dropped), is_gone);
    std::erase_if(segment->rollups, is_gone);
    replace_segment(table.segments, segment);
    replace_segment(table.unrecorded, segment);
    changed_tables_.insert(id);
  }
  return dropped;
}

void LiveTables::mark_recorded(Table& table, const std::vector<SegmentPtr>& recorded) {
  erase_segments(table.unrecorded, recorded);
}

Lsn LiveTables::flushed_through(const Table& table) const {
  if (table.frozen_after) return *table.frozen_after;
  return table.unflushed_after.value_or(lsn_);
}

Lsn LiveTables::flushed_through() const {
  MutexLock lock(mutex_);
  Lsn result = lsn_;
  for (const auto& [id, table] : tables_) result = std::min(result, flushed_through(table));
  return result;
}

LiveTables::Load LiveTables::load_of(const Table& table) const {
  return {.table = table.handle,
          .memtable_rows = table.memtable.row_count(),
          .memtable_bytes = table.memtable.bytes(),
          .memtable_has_defaulted = table.memtable.has_defaulted(),
          .segment_count = table.segments.size(),
          .flushed_through = flushed_through(table)};
}

std::vector<LiveTables::Load> LiveTables::loads() const {
  MutexLock lock(mutex_);
  std::vector<Load> result;
  for (const auto& [id, table] : tables_) result.push_back(load_of(table));
  return result;
}

std::optional<LiveTables::Load> LiveTables::load(TableId id) const {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  if (found == tables_.end()) return std::nullopt;
  return load_of(found->second);
}

void LiveTables::put_database(const std::string& name, const std::string& comment) {
  MutexLock lock(mutex_);
  databases_[name] = comment;
  names_changed_ = true;
}

void LiveTables::remove_database(const std::string& name) {
  MutexLock lock(mutex_);
  databases_.erase(name);
  names_changed_ = true;
}

void LiveTables::put_table(TableDefinitionPtr definition) {
  const TableId id = definition->id;
  auto columns = std::make_shared<const TableColumns>(std::move(definition), compiler_);
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  if (found == tables_.end()) {
    auto handle = std::make_shared<TableHandle>(id);
    if (!columns->definition()->unique_key.empty()) {
      handle->unique_keys = std::make_unique<UniqueKeys>(key_index_memory_);
    }
    tables_.try_emplace(id, std::move(columns), std::move(handle));
  } else {
    found->second.definition = columns->definition();
    found->second.columns = std::move(columns);
  }
  changed_tables_.insert(id);
  names_changed_ = true;
}

TableColumnsPtr LiveTables::columns(TableId id) const {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : found->second.columns;
}

std::vector<Memtable::Rows> LiveTables::memtable(TableId id) const {
  MutexLock lock(mutex_);
  const Memtable& memtable = tables_.at(id).memtable;
  std::vector<Memtable::Rows> rows;
  for (const auto& chunk : memtable.chunks()) rows.push_back({chunk, memtable.defaulted(chunk)});
  return rows;
}

void LiveTables::change_columns(TableColumnsPtr columns, std::vector<Memtable::Rows> memtable) {
  MutexLock lock(mutex_);
  const TableId id = columns->definition()->id;
  Table& table = tables_.at(id);
  const uint64_t bytes_before = table.memtable.bytes();
  table.memtable.relayout(columns->schema(), std::move(memtable));
  // What the rows have grown by is held beyond the budget when it is used up: they are committed.
  const uint64_t bytes = table.memtable.bytes();
  if (bytes > bytes_before && memory_->try_grow(bytes - bytes_before)) {
    table.budget_bytes += bytes - bytes_before;
  }
  table.definition = columns->definition();
  table.columns = std::move(columns);
  changed_tables_.insert(id);
}

void LiveTables::add_segments(TableId id, const std::vector<SegmentPtr>& segments) {
  MutexLock lock(mutex_);
  insert_segments(tables_.at(id).segments, segments);
  changed_tables_.insert(id);
}

void LiveTables::take_rows(TableId id, const std::vector<SegmentPtr>& removed,
                           const std::vector<uint64_t>& ordinals) {
  MutexLock lock(mutex_);
  Table& table = tables_.at(id);
  ++table.handle->generation;
  erase_segments(table.segments, removed);
  erase_segments(table.unrecorded, removed);
  for (const SegmentPtr& segment : removed) table.changed_deletes.erase(segment->id);
  table.memtable.remove(ordinals);
  table.memtable.thaw();
  if (table.frozen_after) table.unflushed_after = table.frozen_after;
  table.frozen_after.reset();
  table.budget_bytes += std::exchange(table.frozen_budget_bytes, 0);
  changed_tables_.insert(id);
}

uint64_t LiveTables::next_row(TableId id) const {
  MutexLock lock(mutex_);
  return tables_.at(id).memtable.next_row();
}

void LiveTables::start_rows_at(TableId id, uint64_t ordinal) {
  MutexLock lock(mutex_);
  tables_.at(id).memtable.start_at(ordinal);
}

void LiveTables::remove_ahead(TableId id, const std::vector<uint64_t>& ordinals) {
  MutexLock lock(mutex_);
  Memtable& memtable = tables_.at(id).memtable;
  const auto end = std::lower_bound(ordinals.begin(), ordinals.end(), memtable.next_row());
  memtable.remove(std::span(ordinals.begin(), end));
}

std::vector<SegmentPtr> LiveTables::truncate_table(TableId id) {
  MutexLock lock(mutex_);
  changed_tables_.insert(id);
  return empty_table(tables_.at(id));
}

std::vector<SegmentPtr> LiveTables::remove_table(TableId id) {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  CHECK(found != tables_.end());
  found->second.handle->dropped = true;
  std::vector<SegmentPtr> segments = empty_table(found->second);
  tables_.erase(found);
  names_changed_ = true;
  return segments;
}

std::vector<SegmentPtr> LiveTables::empty_table(Table& table) {
  ++table.handle->generation;
  table.memtable.clear();
  table.unrecorded.clear();
  table.changed_deletes.clear();
  table.frozen_after.reset();
  table.unflushed_after.reset();
  memory_->shrink(std::exchange(table.budget_bytes, 0) +
                  std::exchange(table.frozen_budget_bytes, 0));
  return std::exchange(table.segments, {});
}

}  // namespace freshet
