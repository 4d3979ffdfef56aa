#include "storage/table/row_places.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"

namespace freshet {

uint64_t RowPlaces::count() const {
  uint64_t count = memtable.size();
  for (const auto& [segment, rows] : segments) count += rows.count();
  return count;
}

void put_row_places(const RowPlaces& places, ByteWriter& writer) {
  writer.put_varint(places.segments.size());
  for (const auto& [segment, rows] : places.segments) {
    writer.put_varint(segment.value);
    put_row_set(rows, writer);
  }
  put_row_runs(places.memtable, writer);
}

RowPlaces get_row_places(ByteReader& reader) {
  RowPlaces places;
  const uint64_t count = reader.get_varint();
  reader.require_elements(count, 2);
  for (uint64_t index = 0; index < count; ++index) {
    const SegmentId segment(reader.get_varint());
    places.segments[segment] = get_row_set(reader);
  }
  places.memtable = get_row_runs(reader);
  return places;
}

RowPlaces FlushMove::follow(const RowPlaces& places) const {
  RowPlaces result;
  result.segments = places.segments;
  const auto begin = std::lower_bound(places.memtable.begin(), places.memtable.end(), first_);
  const auto end = std::lower_bound(begin, places.memtable.end(), first_ + row_count_);
  result.memtable.assign(places.memtable.begin(), begin);
  result.memtable.insert(result.memtable.end(), end, places.memtable.end());
  if (begin == end) return result;
  std::vector<bool> wanted(static_cast<size_t>(row_count_), false);
  for (auto ordinal = begin; ordinal != end; ++ordinal) {
    wanted[static_cast<size_t>(*ordinal - first_)] = true;
  }
  for (const Output& output : outputs_) {
    RowSetBuilder rows;
    for (size_t row = 0; row < output.sources.size(); ++row) {
      if (wanted[output.sources[row]]) rows.add(row);
    }
    if (rows.count() > 0) result.segments[output.segment] = rows.take();
  }
  return result;
}

RowPlaces MergeMove::follow(const RowPlaces& places) const {
  RowPlaces result = places;
  RowSetBuilder rows;
  for (const Input& input : inputs_) {
    const auto found = result.segments.find(input.segment);
    if (found == result.segments.end()) continue;
    found->second.for_each([&](uint64_t row) {
      CHECK(row < input.targets.size());
      const uint32_t target = input.targets[static_cast<size_t>(row)];
      if (target != kNowhere) rows.add(target);
    });
    result.segments.erase(found);
  }
  if (rows.count() > 0) result.segments[output_] = rows.take();
  return result;
}

}  // namespace freshet
