// TableColumns: how to find a table's columns in rows that were written when it had others.
//
//   segment 7 has       a UInt32   b UInt16   old String
//   the table has now   a UInt32   b UInt64 (once b UInt16)   c UInt32 DEFAULT a + 1
//
//   a   is there
//   b   is there under its past type: cast on the way
//   c   is not there: computed from a
//
// Segments and log records call columns by ColumnDefinition::stored_name(), which means one column
// of one type for ever, so nothing need be written anew when a table is altered.
//
// Path:      scans, merges, recovery, insert_transaction -> TableColumns -> SegmentReader
// Threads:   immutable but for what it compiles at first use; any thread.
// Errors:    what the casts and the default expressions throw.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/column/chunk_function.h"
#include "storage/table/table_definition.h"

namespace freshet {

class TableColumns {
 public:
  // The compiler outlives the object; it may be null when all rows have the newest columns.
  TableColumns(TableDefinitionPtr definition, const ChunkFunctionCompiler* compiler);

  const TableDefinitionPtr& definition() const { return definition_; }
  const Schema& schema() const { return schema_; }
  const Schema& file_schema() const { return file_schema_; }
  // compute_schema_checksum() of file_schema().
  uint64_t layout() const { return layout_; }

  struct Place {
    ColumnIndex stored = 0;  // position in the rows' own schema
    size_t casts = 0;        // type changes since
  };
  // Where column `column` of schema() is in rows whose columns are `stored`; nothing when they do
  // not have it.
  std::optional<Place> find(const Schema& stored, ColumnIndex column) const;
  // Whether rows of `stored` have every column, in its newest type.
  bool has_all(const Schema& stored) const;

  // Gives a column of the rows by its position in their schema.
  using ReadStored = std::function<ColumnPtr(ColumnIndex stored)>;
  // Column `column` of schema() in `row_count` rows whose columns are `stored`.
  ColumnPtr read(const Schema& stored, ColumnIndex column, size_t row_count,
                 const ReadStored& read_stored) const;
  // Columns that rows of `stored` were written without, ascending: they have their default.
  std::vector<ColumnIndex> missing(const Schema& stored) const;
  // Rows with the columns `stored` as rows of schema(), flat.
  Chunk convert(const Chunk& rows, const Schema& stored) const;

  // Column positions whose cells in rows of `stored` are cast to another type, and may refuse that.
  std::vector<ColumnIndex> doubtful_casts(const Schema& stored) const;

 private:
  struct Rows {
    const Schema& stored;
    size_t count;
    const ReadStored& read_stored;
  };
  // One stored or EPHEMERAL column: those that default expressions may read.
  struct Source {
    const ColumnDefinition* definition;
    std::optional<ColumnIndex> column;  // in schema_; nothing: EPHEMERAL
  };

  ColumnPtr read_source(const Rows& rows, size_t source) const;
  ColumnPtr compute_default(const Rows& rows, size_t source, const DataType& type) const;
  ColumnPtr cast(const Rows& rows, size_t source, size_t step, ColumnPtr cells) const;
  ColumnPtr fill_nulls(const Rows& rows, size_t source, const ColumnPtr& cells,
                       const DataTypePtr& type) const;
  const ChunkFunction& compiled(const Schema& schema, const std::string& expression) const
      EXCLUDES(mutex_);

  const TableDefinitionPtr definition_;
  const ChunkFunctionCompiler* const compiler_;
  Schema schema_;
  Schema file_schema_;
  uint64_t layout_;
  std::vector<Source> sources_;
  Schema source_schema_;
  std::vector<size_t> source_of_column_;

  mutable Mutex mutex_;
  // By the types of the columns read and the expression; entries stay where they are.
  mutable std::map<std::string, ChunkFunction> functions_ GUARDED_BY(mutex_);
};

using TableColumnsPtr = std::shared_ptr<const TableColumns>;

}  // namespace freshet
