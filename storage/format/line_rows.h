// Formats whose rows are lines of any text, and JSON values kept as text.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

// Regexp: a line is matched whole by options.regexp, whose groups are the cells.
std::unique_ptr<RowReader> make_regexp_reader(const Schema& expected, const FormatOptions& options);
// LineAsString: a line is the one cell.
std::unique_ptr<RowReader> make_line_reader(const Schema& expected, const FormatOptions& options);
// JSONAsString: a JSON object, over one or more lines, is the one cell.
std::unique_ptr<RowReader> make_json_text_reader(const Schema& expected,
                                                 const FormatOptions& options);

// Bytes up to the end of the last whole line of `input`.
size_t complete_lines(std::string_view input, bool last);

}  // namespace freshet
