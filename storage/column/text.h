// Cells to and from text, one type at a time: what every text format shares.
//
// A CellText is looked up once per column and then called per cell, so that no cell pays for the
// decision about its type. Escaping and quoting of strings is the format's business: strings pass
// through as they are; inside arrays, tuples and maps they are quoted as ClickHouse literals.
//
// Path:      storage/format readers and writers, query casts -> CellText
// Threads:   immutable, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/column/column.h"

namespace freshet {

class TimeZone;

struct TextOptions {
  // Zone of DateTime types that name none. Never null.
  std::shared_ptr<const TimeZone> time_zone;
  // Accept "best_effort" date spellings: ISO 8601 with T and zone, unix seconds, and so on.
  bool best_effort_dates = false;
  // With best_effort_dates: "12/1/2010" is December 1st, not January 12th.
  bool month_first_dates = false;
  // Write DateTime as ISO 8601 ("2013-07-01T00:00:00Z").
  bool iso_dates = false;
};

class CellText {
 public:
  virtual ~CellText() = default;
  // Parses all of `text` as one cell and appends it. False, with nothing appended, when the text is
  // not a cell of the type or does not fit it. NULL markers are the format's business: `text` of a
  // Nullable type is a cell of the nested type.
  virtual bool parse(std::string_view text, Column& column) const = 0;
  // Appends the text of one cell. Requires: `column` is flat and the cell is not NULL at top level.
  virtual void write(const Column& column, size_t row, std::string& out) const = 0;
};

std::unique_ptr<const CellText> make_cell_text(const DataTypePtr& type, const TextOptions& options);

// One boxed cell as text ("NULL" for null); slow path for messages, EXPLAIN and tests.
std::string value_text(const DataType& type, const Value& value);

}  // namespace freshet
