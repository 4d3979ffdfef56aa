// AsofRows: the build rows of an ASOF join, those of each key in the order of their ordered cells,
// so that the nearest one is found by halving.
//
//   rows of key 'EUR', t = 30 10 20 10:   10 20 30     a.t >= b.t with a.t = 25 -> the row of 20
//
// Of rows with equal cells only the first is ever a partner, and rows whose cell is NULL or NaN
// never are.
//
// Path:      query/operator/join builds once, after its JoinTable; then all workers ask
// Threads:   build by one thread; find is const.
#pragma once

#include <vector>

#include "query/operator/join_table.h"

namespace freshet {

// How a probe row's cell compares to its partner's: `probe.t >= build.t`.
enum class AsofComparison : uint8_t { Greater, GreaterOrEquals, Less, LessOrEquals };

class AsofRows {
 public:
  explicit AsofRows(AsofComparison comparison) : comparison_(comparison) {}

  // `cells` has those of the table's rows: numbers, in any form, maybe Nullable.
  void build(const JoinTable& table, const ColumnPtr& cells);
  // rows[i]: the first row of probe row i's key, or kNoRow; becomes the nearest row of that key, or
  // kNoRow. `cells` are the probe rows', of the type of those of build().
  void find(const ColumnPtr& cells, std::vector<RowIndex>& rows) const;
  uint64_t memory_bytes() const;
  // What a build row takes, at most.
  static constexpr uint64_t kRowBytes = 3 * sizeof(uint32_t) + sizeof(UInt128);

 private:
  struct Run {
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  AsofComparison comparison_;
  std::vector<Run> runs_;       // by the first row of a key, of the two below
  std::vector<RowIndex> rows_;  // key by key, in order
  ColumnPtr cells_;             // of rows_; flat numbers
};

}  // namespace freshet
