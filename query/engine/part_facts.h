// What system.parts, parts_columns and merges say about a segment, which ClickHouse calls a part.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "query/engine/system_rows.h"
#include "query/engine/table_description.h"
#include "storage/table/snapshot.h"

namespace freshet {

struct PartFacts {
  std::string name;  // partition, id, level: "202403_17_2"
  uint64_t encoded_bytes = 0;
  uint64_t uncompressed_bytes = 0;
  uint64_t modified_s = 0;  // since 1970; 0: unknown
  // Least and greatest day and time of a column in the partition key; 0: there is none.
  uint64_t min_day = 0;
  uint64_t max_day = 0;
  uint64_t min_s = 0;
  uint64_t max_s = 0;
};

std::string part_name(const std::string& partition, SegmentId id, int level);
// `columns`: those of the segment's table.
PartFacts part_facts(const TableVersion& version, const Segment& segment,
                     std::span<const DescribedColumn> columns);
// Sets what parts and parts_columns both say of a segment of `version`.
void set_part(const TableVersion& version, const std::shared_ptr<const Segment>& segment,
              const PartFacts& facts, SystemRows& rows);
// Of one column: cells of fixed width as they lie in memory, others as they are stored.
uint64_t column_uncompressed_bytes(const Segment& segment, ColumnIndex column);

}  // namespace freshet
