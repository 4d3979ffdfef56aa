#include "storage/table/unique_keys.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/column/column_filter.h"
#include "storage/column/row_hash.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

bool same_key(const Chunk& a, size_t row_a, const Chunk& b, size_t row_b) {
  for (ColumnIndex column = 0; column < a.columns.size(); ++column) {
    if (compare_cells(*a.columns[column], row_a, *b.columns[column], row_b) != 0) return false;
  }
  return true;
}

bool same_key(const Chunk& chunk, size_t row, std::span<const ColumnIndex> key, const Chunk& keys,
              size_t key_row) {
  for (size_t index = 0; index < key.size(); ++index) {
    if (compare_cells(*chunk.columns[key[index]], row, *keys.columns[index], key_row) != 0) {
      return false;
    }
  }
  return true;
}

// Whether the least and the greatest cell of a block bound all of its cells.
bool has_bounds(const DataType& type) {
  const PhysicalKind kind = type.kind();
  return kind != PhysicalKind::Nullable && kind != PhysicalKind::F32 && kind != PhysicalKind::F64;
}

}  // namespace

KeyRows compute_key_rows(const Chunk& chunk, std::span<const ColumnIndex> key) {
  KeyRows rows;
  rows.keys.row_count = chunk.row_count;
  for (const ColumnIndex column : key) rows.keys.columns.push_back(chunk.columns[column]);
  hash_rows(rows.keys.columns, chunk.row_count, rows.hashes);
  return rows;
}

std::vector<ColumnIndex> unique_key_columns(const TableDefinition& definition) {
  const Schema schema = definition.stored_schema();
  std::vector<ColumnIndex> columns;
  for (const std::string& name : definition.unique_key) {
    const auto column = schema.find(name);
    CHECK(column);
    columns.push_back(*column);
  }
  return columns;
}

std::vector<RowBitmapPtr> find_repeated_keys(
    const std::vector<std::shared_ptr<const Chunk>>& chunks, std::span<const ColumnIndex> key) {
  std::vector<std::shared_ptr<RowBitmap>> repeated(chunks.size());
  bool found_any = false;
  KeySlots newest;  // hash -> (chunk << 32 | row)
  uint64_t row_count = 0;
  for (const auto& chunk : chunks) row_count += chunk->row_count;
  if (row_count > 1) newest.reserve(static_cast<size_t>(row_count));
  for (size_t index = 0; index < chunks.size() && row_count > 1; ++index) {
    const KeyRows rows = compute_key_rows(*chunks[index], key);
    for (size_t row = 0; row < rows.row_count(); ++row) {
      const uint64_t number = uint64_t{index} << 32 | row;
      const uint64_t place = newest.find(rows.hashes[row], [&](uint64_t other) {
        return same_key(*chunks[other >> 32], other & 0xFFFF'FFFF, key, rows.keys, row);
      });
      if (place == KeySlots::kNone) {
        newest.add(rows.hashes[row], number);
        continue;
      }
      const uint64_t older = newest.number(place);
      auto& bitmap = repeated[older >> 32];
      if (bitmap == nullptr) bitmap = std::make_shared<RowBitmap>();
      bitmap->add(older & 0xFFFF'FFFF);
      newest.set_number(place, number);
      found_any = true;
    }
  }
  if (!found_any) return {};
  return {repeated.begin(), repeated.end()};
}

struct UniqueKeys::Wanted {
  const KeyRows& rows;
  // Partitions of the rows, when the key tells them; else empty. Which one, by row.
  std::vector<std::string> partitions = {};
  std::vector<uint32_t> partition_of = {};
  // Rows that are not found yet, ascending.
  std::vector<RowIndex> open = {};
  // Least and greatest cell of each key column, over all rows; NULL where bounds say nothing.
  std::vector<std::pair<Value, Value>> bounds = {};

  // Takes the rows for which `found` says so out of `open`.
  void close(const std::vector<bool>& found) {
    std::erase_if(open, [&](RowIndex row) { return found[row]; });
  }
};

void UniqueKeys::begin(const TableVersion& version, uint64_t generation, const TableKeys& keys) {
  version_ = &version;
  keys_ = &keys;
  key_ = unique_key_columns(*version.definition);
  const std::span<const ColumnIndex> partition = keys.partition_columns();
  key_has_partition_ =
      !partition.empty() && std::ranges::all_of(partition, [&](ColumnIndex column) {
        return std::ranges::find(key_, column) != key_.end();
      });
  replaced_.clear();
  replaced_memtable_.clear();
  if (generation_ != generation) {
    generation_ = generation;
    indexes_.clear();
    slots_ = {};
    pending_.clear();
    first_row_ = version.memtable_first;
    next_row_ = version.memtable_first;
  }
  follow_memtable();
  account();
}

void UniqueKeys::account() {
  const uint64_t bytes = slots_.memory_bytes();
  if (bytes < slot_bytes_) memory_->give_back(slot_bytes_ - bytes);
  // Refused or not, the slots are there: their number is bounded by the memtable's rows.
  if (bytes < slot_bytes_ || (bytes > slot_bytes_ && memory_->try_take(bytes - slot_bytes_))) {
    slot_bytes_ = bytes;
  }
}

UniqueKeys::~UniqueKeys() { memory_->give_back(slot_bytes_); }

// Takes in what was published since the last commit: flushes, and rows of UPDATEs.
void UniqueKeys::follow_memtable() {
  uint64_t published = version_->memtable_first;
  parts_.clear();
  for (size_t index = 0; index < version_->memtable.size(); ++index) {
    Part part{published, version_->memtable[index], nullptr};
    if (!version_->memtable_deleted.empty()) part.deleted = version_->memtable_deleted[index];
    published += part.chunk->row_count;
    parts_.push_back(std::move(part));
  }
  while (!pending_.empty() && pending_.front().first < published) pending_.pop_front();
  parts_.insert(parts_.end(), pending_.begin(), pending_.end());
  if (first_row_ < version_->memtable_first) {
    first_row_ = version_->memtable_first;
    KeySlots left;
    slots_.for_each([&](uint64_t hash, uint64_t ordinal) {
      if (ordinal >= first_row_) left.add(hash, ordinal);
    });
    slots_ = std::move(left);
  }
  if (next_row_ >= published) return;
  next_row_ = std::max(next_row_, first_row_);
  for (const Part& part : parts_) {
    if (part.first + part.chunk->row_count <= next_row_) continue;
    const KeyRows rows = compute_key_rows(*part.chunk, key_);
    for (size_t row = next_row_ - part.first; row < rows.row_count(); ++row, ++next_row_) {
      if (is_live(next_row_)) put_slot(rows, row, next_row_);
    }
  }
}

const UniqueKeys::Part& UniqueKeys::part_of(uint64_t ordinal) const {
  const auto after =
      std::upper_bound(parts_.begin(), parts_.end(), ordinal,
                       [](uint64_t wanted, const Part& part) { return wanted < part.first; });
  CHECK(after != parts_.begin());
  return *std::prev(after);
}

bool UniqueKeys::is_live(uint64_t ordinal) const {
  const Part& part = part_of(ordinal);
  return part.deleted == nullptr || !part.deleted->contains(ordinal - part.first);
}

bool UniqueKeys::has_key(uint64_t ordinal, const KeyRows& rows, size_t row) const {
  const Part& part = part_of(ordinal);
  return same_key(*part.chunk, ordinal - part.first, key_, rows.keys, row);
}

uint64_t UniqueKeys::find_slot(const KeyRows& rows, size_t row) const {
  return slots_.find(rows.hashes[row],
                     [&](uint64_t ordinal) { return has_key(ordinal, rows, row); });
}

void UniqueKeys::put_slot(const KeyRows& rows, size_t row, uint64_t ordinal) {
  const uint64_t place = find_slot(rows, row);
  if (place == KeySlots::kNone) {
    slots_.add(rows.hashes[row], ordinal);
  } else {
    slots_.set_number(place, ordinal);
  }
}

void UniqueKeys::find_replaced(const std::vector<std::shared_ptr<const Chunk>>& rows,
                               std::span<const std::shared_ptr<Segment>> staged) {
  for (const auto& chunk : rows) {
    const KeyRows key_rows = compute_key_rows(*chunk, key_);
    Wanted wanted{.rows = key_rows};
    if (key_has_partition_) {
      wanted.partition_of.resize(chunk->row_count);
      for (TableKeys::PartitionRows& part : keys_->split_by_partition(*chunk)) {
        for (const RowIndex row : part.rows) {
          wanted.partition_of[row] = static_cast<uint32_t>(wanted.partitions.size());
        }
        wanted.partitions.push_back(std::move(part.partition));
      }
    }
    find_rows(wanted, staged);
  }
}

void UniqueKeys::find_replaced(const Segment& rows,
                               std::span<const std::shared_ptr<Segment>> staged) {
  for (size_t block = 0; block < rows.reader->block_count(); ++block) {
    const KeyRows key_rows = read_key_block(rows, block);
    Wanted wanted{.rows = key_rows};
    if (key_has_partition_) {
      wanted.partitions = {rows.partition};
      wanted.partition_of.assign(key_rows.row_count(), 0);
    }
    find_rows(wanted, staged);
  }
}

void UniqueKeys::find_rows(Wanted& wanted, std::span<const std::shared_ptr<Segment>> staged) {
  const KeyRows& rows = wanted.rows;
  wanted.open.resize(rows.row_count());
  for (size_t row = 0; row < rows.row_count(); ++row) wanted.open[row] = static_cast<RowIndex>(row);
  for (size_t index = 0; index < key_.size(); ++index) {
    auto& [least, greatest] = wanted.bounds.emplace_back();
    if (!has_bounds(*version_->schema[key_[index]].type) || rows.row_count() == 0) continue;
    const Column& cells = *rows.keys.columns[index];
    size_t first = 0;
    size_t last = 0;
    for (size_t row = 1; row < rows.row_count(); ++row) {
      if (compare_cells(cells, row, cells, first) < 0) first = row;
      if (compare_cells(cells, row, cells, last) > 0) last = row;
    }
    least = value_at(cells, first);
    greatest = value_at(cells, last);
  }

  for (size_t index = staged.size(); index > 0; --index)
    find_in_segment(*staged[index - 1], wanted);
  find_in_memtable(wanted);
  for (size_t index = version_->segments.size(); index > 0; --index) {
    find_in_segment(*version_->segments[index - 1], wanted);
  }
}

void UniqueKeys::find_in_memtable(Wanted& wanted) {
  if (slots_.size() == 0) return;
  std::vector<bool> found(wanted.rows.row_count(), false);
  for (const RowIndex row : wanted.open) {
    const uint64_t place = find_slot(wanted.rows, row);
    if (place == KeySlots::kNone || !is_live(slots_.number(place))) continue;
    replaced_memtable_.push_back(slots_.number(place));
    found[row] = true;
  }
  wanted.close(found);
}

// Whether the zone maps and the partition leave a chance for any of the rows.
bool UniqueKeys::may_have(const Segment& segment, const Wanted& wanted) const {
  if (!wanted.partitions.empty() &&
      std::ranges::find(wanted.partitions, segment.partition) == wanted.partitions.end()) {
    return false;
  }
  const SegmentReader& reader = *segment.reader;
  for (size_t index = 0; index < key_.size(); ++index) {
    const auto& [least, greatest] = wanted.bounds[index];
    if (least.is_null()) continue;
    const auto stored = version_->columns->find(reader.schema(), key_[index]);
    if (!stored || stored->casts > 0) continue;
    const ColumnIndex column = stored->stored;
    using Operator = ColumnCondition::Operator;
    const ColumnCondition from{.column = column, .op = Operator::GreaterOrEqual, .values = {least}};
    const ColumnCondition to{.column = column, .op = Operator::LessOrEqual, .values = {greatest}};
    bool overlaps = false;
    for (size_t block = 0; block < reader.block_count() && !overlaps; ++block) {
      const ZoneMap& zone = reader.zone_map(column, block);
      overlaps = zone.min.is_null() || (may_match_range(from, zone.min, zone.max) &&
                                        may_match_range(to, zone.min, zone.max));
    }
    if (!overlaps) return false;
  }
  return true;
}

void UniqueKeys::find_in_segment(const Segment& segment, Wanted& wanted) {
  if (wanted.open.empty() || segment.row_count() == 0) return;
  // Asking an index that is there is cheaper than looking at bounds.
  std::shared_ptr<const KeyIndex> index = indexes_.find(segment.id);
  if (index == nullptr) {
    if (!may_have(segment, wanted)) return;
    index = index_of(segment);
  }
  const KeyRows& rows = wanted.rows;
  RowSetBuilder& replaced = replaced_[segment.id];
  // (row in the segment, new row), by hash; keys are compared below.
  std::vector<std::pair<uint32_t, RowIndex>> candidates;
  const auto add_candidate = [&](uint32_t place, RowIndex row) {
    if (!segment.deleted.contains(place)) candidates.emplace_back(place, row);
  };
  std::vector<RowIndex> asked;
  for (const RowIndex row : wanted.open) {
    const bool is_other_partition =
        !wanted.partitions.empty() &&
        wanted.partitions[wanted.partition_of[row]] != segment.partition;
    if (!is_other_partition) asked.push_back(row);
  }
  if (index != nullptr) {
    for (const RowIndex row : asked) {
      index->for_each_candidate(rows.hashes[row],
                                [&](uint32_t place) { add_candidate(place, row); });
    }
  } else {
    KeySlots by_hash;
    by_hash.reserve(asked.size());
    for (const RowIndex row : asked) by_hash.add(rows.hashes[row], row);
    for (size_t block = 0; block < segment.reader->block_count(); ++block) {
      const KeyRows stored = read_key_block(segment, block);
      for (size_t at = 0; at < stored.row_count(); ++at) {
        by_hash.find(stored.hashes[at], [&](uint64_t row) {
          add_candidate(static_cast<uint32_t>(block * kBlockRows + at), static_cast<RowIndex>(row));
          return false;  // there may be others of this hash
        });
      }
    }
  }
  std::ranges::sort(candidates);

  std::vector<bool> found(rows.row_count(), false);
  for (size_t begin = 0; begin < candidates.size();) {
    const size_t block = candidates[begin].first / kBlockRows;
    size_t end = begin;
    std::vector<RowIndex> places;
    for (; end < candidates.size() && candidates[end].first / kBlockRows == block; ++end) {
      const auto place = static_cast<RowIndex>(candidates[end].first % kBlockRows);
      if (places.empty() || places.back() != place) places.push_back(place);
    }
    Chunk stored{.columns = {}, .row_count = places.size()};
    for (const ColumnIndex column : key_) {
      stored.columns.push_back(
          read_segment_column(*segment.reader, *version_->columns, column, block, places));
    }
    size_t at = 0;
    for (; begin < end; ++begin) {
      while (places[at] != candidates[begin].first % kBlockRows) ++at;
      const RowIndex row = candidates[begin].second;
      if (found[row] || !same_key(rows.keys, row, stored, at)) continue;
      // One that an older staged row has replaced in this very commit counts as deleted.
      if (replaced.add(candidates[begin].first)) found[row] = true;
    }
  }
  wanted.close(found);
}

RowPlaces UniqueKeys::take_replaced() {
  RowPlaces places;
  for (auto& [segment, rows] : replaced_) {
    if (rows.count() > 0) places.segments[segment] = rows.take();
  }
  places.memtable = std::move(replaced_memtable_);
  std::ranges::sort(places.memtable);
  const auto repeated = std::ranges::unique(places.memtable);
  places.memtable.erase(repeated.begin(), repeated.end());
  replaced_.clear();
  replaced_memtable_.clear();
  return places;
}

void UniqueKeys::add(const std::vector<std::shared_ptr<const Chunk>>& rows) {
  for (const auto& chunk : rows) {
    pending_.push_back({next_row_, chunk, nullptr});
    parts_.push_back(pending_.back());
    const KeyRows keys = compute_key_rows(*chunk, key_);
    for (size_t row = 0; row < keys.row_count(); ++row) put_slot(keys, row, next_row_ + row);
    next_row_ += chunk->row_count;
  }
  // A flush may free these rows; the next commit looks anew.
  parts_.clear();
  account();
}

KeyRows UniqueKeys::read_key_block(const Segment& segment, size_t block) const {
  KeyRows rows;
  rows.keys.row_count = segment.reader->block_rows(block);
  for (const ColumnIndex column : key_) {
    rows.keys.columns.push_back(
        read_segment_column(*segment.reader, *version_->columns, column, block));
  }
  hash_rows(rows.keys.columns, rows.keys.row_count, rows.hashes);
  return rows;
}

namespace {

std::shared_ptr<const KeyIndex> build_index(const SegmentReader& reader, const TableColumns& table,
                                            std::span<const ColumnIndex> key) {
  Buffer<uint64_t> all;
  all.reserve(static_cast<size_t>(reader.row_count()));
  for (size_t block = 0; block < reader.block_count(); ++block) {
    std::vector<ColumnPtr> columns;
    for (const ColumnIndex column : key) {
      columns.push_back(read_segment_column(reader, table, column, block));
    }
    Buffer<uint64_t> hashes;
    hash_rows(columns, reader.block_rows(block), hashes);
    all.insert(all.end(), hashes.begin(), hashes.end());
  }
  return std::make_shared<const KeyIndex>(all);
}

}  // namespace

std::shared_ptr<const KeyIndex> UniqueKeys::index_of(const Segment& segment) {
  return indexes_.get(segment.id, segment.reader->row_count(),
                      [&] { return build_index(*segment.reader, *version_->columns, key_); });
}

void UniqueKeys::prepare(const TableColumns& columns, const Segment& segment) {
  const std::vector<ColumnIndex> key = unique_key_columns(*columns.definition());
  indexes_.get(segment.id, segment.reader->row_count(),
               [&] { return build_index(*segment.reader, columns, key); });
}

}  // namespace freshet
