#include "query/operator/block_pruner.h"

#include <algorithm>
#include <map>
#include <utility>

#include "storage/table/scan.h"

namespace freshet {

namespace {

// Bounds of one column in some blocks of a segment.
ValueRanges column_ranges(const TableVersion& version, const SegmentReader& reader,
                          ColumnIndex column, const std::vector<uint32_t>& blocks) {
  const DataType& type = *version.schema[column].type;
  ValueRanges ranges = ValueRanges::unknown(type, blocks.size());
  MutableColumnPtr min = make_column(type);
  MutableColumnPtr max = make_column(type);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const ZoneMap* found = find_zone_map(version, reader, column, blocks[i]);
    if (found == nullptr) return ranges;
    const ZoneMap& zone = *found;
    ranges.has_nulls[i] = zone.null_count > 0;
    ranges.has_nans[i] = zone.nan_count > 0;
    ranges.has_values[i] = zone.null_count < reader.block_rows(blocks[i]);
    if (zone.min.is_null()) {
      min->append_default(1);
      max->append_default(1);
      continue;
    }
    ranges.known[i] = 1;
    append_value(*min, zone.min);
    append_value(*max, zone.max);
  }
  ranges.min = std::move(min);
  ranges.max = std::move(max);
  return ranges;
}

bool may_hold(const IndexCondition& condition, const std::vector<const SkipIndex*>& indexes,
              uint32_t block) {
  const auto holds = [&](const IndexCondition& child) { return may_hold(child, indexes, block); };
  switch (condition.kind) {
    case IndexCondition::Kind::All:
      return std::ranges::all_of(condition.children, holds);
    case IndexCondition::Kind::Any:
      return std::ranges::any_of(condition.children, holds);
    case IndexCondition::Kind::Test:
      break;
  }
  const SkipIndex* index = indexes[condition.index];
  return index == nullptr || index->may_contain(block, condition.alternatives);
}

}  // namespace

void prune_by_ranges(const TableVersion& version, const Segment& segment,
                     const std::vector<TableCondition>& conditions, std::vector<uint32_t>& blocks) {
  for (const TableCondition& condition : conditions) {
    if (blocks.empty()) return;
    std::map<ColumnIndex, ValueRanges> ranges;
    const ColumnRanges columns = [&](ColumnIndex column) -> const ValueRanges& {
      const auto found = ranges.find(column);
      if (found != ranges.end()) return found->second;
      return ranges
          .emplace(column,
                   column_ranges(version, *segment.reader, condition.columns[column], blocks))
          .first->second;
    };
    const TruthRanges truth = condition.condition->compute(blocks.size(), columns);
    size_t kept = 0;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (truth.may_be_true[i] != 0) blocks[kept++] = blocks[i];
    }
    blocks.resize(kept);
  }
}

void prune_by_indexes(const Segment& segment, const IndexFilter& filter,
                      std::vector<uint32_t>& blocks) {
  const SegmentReader& reader = *segment.reader;
  if (reader.indexes().empty()) return;
  std::vector<const SkipIndex*> indexes;  // of each target; null: the segment does not have it
  for (const IndexTarget& target : filter.targets) {
    const auto found = std::ranges::find_if(reader.indexes(), [&](const auto& stored) {
      return stored.expression == target.spec.expression && stored.type == target.spec.type &&
             stored.columns == target.spec.columns;
    });
    const auto number = static_cast<size_t>(found - reader.indexes().begin());
    indexes.push_back(found == reader.indexes().end() ? nullptr : &reader.index(number));
  }
  for (const IndexCondition& condition : filter.conditions) {
    std::erase_if(blocks, [&](uint32_t block) { return !may_hold(condition, indexes, block); });
  }
}

BlockPruner block_pruner(const TableVersion& version, const std::vector<TableCondition>& conditions,
                         const IndexFilter& filter) {
  if (conditions.empty() && filter.conditions.empty()) return nullptr;
  return [&version, &conditions, &filter](const Segment& segment, std::vector<uint32_t>& blocks) {
    prune_by_ranges(version, segment, conditions, blocks);
    prune_by_indexes(segment, filter, blocks);
  };
}

}  // namespace freshet
