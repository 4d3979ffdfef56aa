// Finds where JSON rows begin and end without parsing them, also in damaged input: a row that is
// broken ends at its line, so that the rows after it survive.
//
//   {"a":1}\n{"a":2}       {"a":1},{"a":2}       [{"a":1},{"a":2}]       {\n  "a": 1\n}
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace freshet {

struct JsonRow {
  size_t begin = 0;  // offsets into the input
  size_t end = 0;
  // The row begins as it should and its brackets close.
  bool is_balanced = true;
};

// `open`: '{' for rows that are objects, '[' for arrays. The first row at or after `offset`, past
// blanks and separators; nothing when only those are left, or when the row's end is not in the
// input and more is to come (`last` is false).
std::optional<JsonRow> find_json_row(std::string_view input, size_t offset, char open, bool last);

// Bytes up to the end of the last complete row, as RowReader::complete_rows wants them.
size_t complete_json_rows(std::string_view input, char open, bool last);

}  // namespace freshet
