// StoredColumn: the footer's part about one column: where its blocks and dictionaries are, and its
// zone maps.
//
// Path:      segment_writer -> footer -> segment_reader
// Layout:    docs/formats/segment.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/column/data_type.h"
#include "storage/segment/segment_format.h"
#include "storage/segment/zone_map.h"

namespace freshet {

struct DictionaryPlace {
  uint32_t stream = 0;  // which of the column's streams (column_writer.h) has its codes
  StoredPlace place;
};

struct StoredColumn {
  std::vector<StoredPlace> blocks;
  std::vector<DictionaryPlace> dictionaries;
  std::vector<ZoneMap> zones;  // one for each block
  // Whether all bounds are integers, and neither ever gets less from block to block, as in the
  // first column of a sort key: a binary search finds blocks.
  bool ascends = false;

  uint64_t encoded_bytes() const;
};

void put_place(const StoredPlace& place, ByteWriter& writer);
// Verifies that the place lies within the first `data_end` bytes of the file.
StoredPlace get_place(ByteReader& reader, uint64_t data_end);

void put_stored_column(const DataType& type, const StoredColumn& column, std::string& out);
// Verifies that every place lies within the first `data_end` bytes of the file.
StoredColumn get_stored_column(const DataType& type, std::string_view bytes, size_t block_count,
                               uint64_t data_end);

}  // namespace freshet
