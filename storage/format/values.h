// Values: rows as in INSERT ... VALUES (1, 'a'), (2, 'b'). Cells are literals, not expressions.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

std::unique_ptr<RowReader> make_values_reader(const Schema& expected, const FormatOptions& options);
std::unique_ptr<ChunkWriter> make_values_writer(const FormatOptions& options);

}  // namespace freshet
