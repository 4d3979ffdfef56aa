// JSON and JSONCompact: one object with the columns' names and types, the rows, their count and
// what the query cost.
//
// Layout:
//   { "meta": [..], "data": [rows], "totals": row, "rows": n,
//     "rows_before_limit_at_least": n, "statistics": {"elapsed", "rows_read", "bytes_read"} }
//   with one tab per level; clients parse it line by line.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

struct JsonResultStyle {
  bool rows_are_objects = true;   // else arrays: JSONCompact
  bool cells_are_strings = false;  // JSONStrings, JSONCompactStrings
};

std::unique_ptr<ChunkWriter> make_json_result_writer(const FormatOptions& options,
                                                     JsonResultStyle style);

// JSONColumns: an object with an array per column. Holds the result until its end.
std::unique_ptr<ChunkWriter> make_json_columns_writer(const FormatOptions& options);

}  // namespace freshet
