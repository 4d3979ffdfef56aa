// ZoneMap: what is known of one block of one column without decoding it.
//
// Path:      column_writer computes -> column_index stores -> prune_blocks reads
// Layout:    docs/formats/segment.md
#pragma once

#include <cstdint>
#include <string>

#include "storage/base/bytes.h"
#include "storage/column/column.h"

namespace freshet {

struct ZoneMap {
  // Least and greatest cell that is not NULL (and not NaN); Null when there is none. Strings may be
  // cut: `min` is then a prefix of the least, `max` is some string not below the greatest, and
  // `exact` is false. Arrays, tuples, maps and aggregate states have no bounds, and `exact` is
  // false.
  Value min;
  Value max;
  bool exact = true;
  uint32_t null_count = 0;
  uint32_t nan_count = 0;
};

// Longest bound of strings; longer ones are cut.
inline constexpr size_t kZoneStringBytesMax = 32;

// Requires: `cells` is flat and of `type`.
ZoneMap compute_zone_map(const DataType& type, const Column& cells);

void put_zone_map(const DataType& type, const ZoneMap& zone, std::string& out);
ZoneMap get_zone_map(const DataType& type, ByteReader& reader);

}  // namespace freshet
