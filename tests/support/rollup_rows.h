// Rollups for tests of the store, which does not look inside of them: rows counted by a hundredth
// of their first column, a UInt64.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "storage/column/number_column.h"
#include "storage/table/table_store.h"
#include "tests/support/test_store.h"

namespace freshet {

inline RollupDefinition counting_rollup(uint64_t id) {
  RollupDefinition rollup;
  rollup.id = id;
  rollup.name = "count_" + std::to_string(id);
  rollup.select = "SELECT div(id, 100), count() GROUP BY div(id, 100)";
  rollup.columns = {{"div(id, 100)", simple_type(TypeId::UInt64)},
                    {"count()", simple_type(TypeId::UInt64)}};
  rollup.key_count = 1;
  rollup.inputs = {"id"};
  return rollup;
}

inline std::map<uint64_t, uint64_t> count_hundreds(const Chunk& rows) {
  std::map<uint64_t, uint64_t> counts;
  for (size_t row = 0; row < rows.row_count; ++row) {
    ++counts[value_at(*rows.columns[0], row).as<uint64_t>() / 100];
  }
  return counts;
}

inline RollupBuild counting_build() {
  return [](const TableVersion& rows, const RollupDefinition&, const std::function<bool()>&) {
    Buffer<uint64_t> keys;
    Buffer<uint64_t> counts;
    for (const auto& [key, count] : count_hundreds(scan(rows))) {
      keys.push_back(key);
      counts.push_back(count);
    }
    Chunk groups;
    groups.row_count = keys.size();
    groups.columns.push_back(make_number_column<uint64_t>(std::move(keys)));
    groups.columns.push_back(make_number_column<uint64_t>(std::move(counts)));
    return std::vector<Chunk>{groups};
  };
}

// Rows of the table that the rollup covers. What it says of each segment has to be what the
// segment's rows say.
inline uint64_t check_rollup(const TableVersion& version, uint64_t rollup) {
  uint64_t covered = 0;
  for (const auto& segment : version.segments) {
    const auto part = segment->rollup_rows(rollup);
    if (part == nullptr) continue;
    covered += segment->row_count();
    TableVersion alone;
    alone.definition = version.definition;
    alone.schema = version.schema;
    alone.columns = version.columns;
    alone.segments = {segment};
    std::map<uint64_t, uint64_t> kept;
    for (size_t block = 0; block < part->reader->block_count(); ++block) {
      const ColumnPtr keys = flat(part->reader->read_column(0, block));
      const ColumnPtr counts = flat(part->reader->read_column(1, block));
      for (size_t row = 0; row < keys->size(); ++row) {
        kept[value_at(*keys, row).as<uint64_t>()] = value_at(*counts, row).as<uint64_t>();
      }
    }
    EXPECT_EQ(kept, count_hundreds(scan(alone))) << part->reader->path();
  }
  return covered;
}

}  // namespace freshet
