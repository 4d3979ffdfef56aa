// CellWriter spells one cell as a format does: quotes, escapes and NULL included.
//
// It is chosen once per column and then called per cell.
//
// Path:      chunk -> row layouts and JSON results -> CellWriter -> bytes
// Threads:   immutable, any thread.
#pragma once

#include <memory>
#include <string>

#include "storage/column/column.h"
#include "storage/format/format.h"

namespace freshet {

class CellWriter {
 public:
  virtual ~CellWriter() = default;
  // Requires: `column` is flat and of the writer's type.
  virtual void write(const Column& column, size_t row, std::string& out) const = 0;
};

using CellWriterPtr = std::unique_ptr<const CellWriter>;

enum class CellStyle : uint8_t {
  Escaped,   // a\tb  2013-07-01    \N     TabSeparated
  Raw,       // a	b  2013-07-01    \N     TabSeparatedRaw
  Csv,       // "ab"  "2013-07-01"  \N
  Quoted,    // 'ab'  '2013-07-01'  NULL   Values
  Json,      // "ab"  "2013-07-01"  null   lists as JSON arrays and objects
  JsonText,  // "ab"  "2013-07-01"  "ᴺᵁᴸᴸ"  every cell's text as a JSON string
  Shown,     // ab    2013-07-01    ᴺᵁᴸᴸ   Pretty, Vertical
};

inline constexpr std::string_view kShownNull = "ᴺᵁᴸᴸ";

CellWriterPtr make_cell_writer(const DataTypePtr& type, CellStyle style,
                               const FormatOptions& options);

// Cells as JSON values. `indent_tabs`: lists of lists, tuples and maps spread over lines that start
// with that many tabs and one more; nothing: all on one line.
CellWriterPtr make_json_cell_writer(const DataTypePtr& type, const FormatOptions& options,
                                    std::optional<size_t> indent_tabs = {});

}  // namespace freshet
