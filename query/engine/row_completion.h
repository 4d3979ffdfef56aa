// RowCompletion: rows with some of a table's columns become rows with all of them.
//
//   t(a UInt8, b UInt8 DEFAULT a + 1, c UInt8 MATERIALIZED b * 2, d UInt8 ALIAS c)
//   INSERT INTO t (a):   (3)  ->  (3, 4, 8)
//
// Path:      insert_target, view_feed -> RowCompletion -> InsertTransaction
// Threads:   complete() from any thread.
// Errors:    NoSuchColumnInTable, IllegalColumn, DuplicateColumn for the named columns; what the
//            expressions and the casts to the columns' types throw.
#pragma once

#include <string>
#include <vector>

#include "query/engine/column_defaults.h"
#include "storage/base/buffer.h"

namespace freshet {

class RowCompletion {
 public:
  // `columns` are given in rows, in that order; empty: all that can be inserted into.
  RowCompletion(TableDefinitionPtr table, const std::vector<std::string>& columns,
                const BindContext& context);

  const Schema& input_schema() const { return input_schema_; }
  // Takes rows laid out as input_schema(), gives flat ones laid out as the table's stored schema.
  // defaults[c] is empty or has one byte per row: 1 where the cell takes the column's default.
  Chunk complete(const Chunk& rows, const std::vector<Buffer<uint8_t>>& defaults) const;

 private:
  static constexpr size_t kNotGiven = ~size_t{0};

  void choose_input(const std::vector<std::string>& columns);

  TableDefinitionPtr table_;
  const FunctionContext* functions_;
  ColumnDefaults defaults_;
  Schema input_schema_;
  std::vector<size_t> input_of_;  // by column of defaults_.schema
};

}  // namespace freshet
