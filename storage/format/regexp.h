// Regexp: a line per row, one group of a regular expression per column (format_regexp). Input only.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

std::unique_ptr<RowReader> make_regexp_reader(const Schema& expected, const FormatOptions& options);

}  // namespace freshet
