// TableTtl: a table's TTLs, compiled: which rows and cells have expired at a moment.
//
//   TTL ts + INTERVAL 30 DAY DELETE WHERE kind = 'debug'       such rows go
//   TTL ts + INTERVAL 1 YEAR GROUP BY day SET n = sum(n)       such rows become one for each day
//   note String TTL ts + INTERVAL 1 DAY                        such cells become the default
//
// A moment of 0, or NULL, is never.
//
// Path:      segment_merge applies it; compaction's purge asks what a segment has to lose
// Threads:   immutable, any thread.
// Units:     moments are seconds since the epoch.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "storage/column/chunk_function.h"
#include "storage/table/table_columns.h"
#include "storage/table/table_store.h"

namespace freshet {

class TableTtl {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // `roll_up` may be null, and outlives the object, as the compiler does.
  TableTtl(TableDefinitionPtr definition, const ChunkFunctionCompiler& compiler,
           const RowRollup& roll_up);

  bool is_empty() const { return rules_.empty() && columns_.empty(); }
  bool rolls_up() const { return !shortest_group_.empty(); }

  // `rows` without the rows and cells that have expired at `now`. With rolls_up(), whole groups
  // only. `stayed` gets which rows are left, unless rolls_up().
  Chunk expire(Chunk rows, int64_t now, std::vector<RowIndex>* stayed = nullptr) const;
  // Where the group of the last row begins. Requires: rolls_up(), and rows in the sort key's order.
  size_t start_of_last_group(const Chunk& rows) const;

  // What may still happen to rows to which TTLs were applied up to `applied`.
  struct Outlook {
    int64_t next = kNever;  // the first moment at which a row or cell expires
    int64_t end = kNever;   // the moment at which every row has gone
  };
  void add_to_outlook(const Chunk& rows, int64_t applied, Outlook& outlook) const;
  // Columns of the stored schema that add_to_outlook() reads; others may be null.
  std::vector<ColumnIndex> outlook_inputs() const;
  // An outlook of no rows, to add to.
  static Outlook empty_outlook() { return {.next = kNever, .end = 0}; }

 private:
  struct Rule {
    const TtlRule* rule;
    ChunkFunction moment;
    std::optional<ChunkFunction> where;
    std::vector<ChunkFunction> group;
  };
  struct ColumnRule {
    ColumnIndex column;
    ChunkFunction moment;
    std::optional<ChunkFunction> default_value;
  };

  // By row, when it expires; kNever where the condition does not hold.
  static Buffer<int64_t> moments(const Chunk& rows, const ChunkFunction& moment,
                                 const std::optional<ChunkFunction>& where);
  Chunk delete_rows(Chunk rows, int64_t now, std::vector<RowIndex>* stayed) const;
  Chunk roll_up_rows(Chunk rows, const Rule& rule, int64_t now) const;

  const TableDefinitionPtr definition_;
  const RowRollup* const roll_up_;
  Schema schema_;
  std::vector<Rule> rules_;
  std::vector<ColumnRule> columns_;
  // Of the rules with GROUP BY: the shortest key, by which whole groups are told apart.
  std::vector<ChunkFunction> shortest_group_;
};

}  // namespace freshet
