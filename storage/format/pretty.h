// Tables for people, drawn with box characters; and Vertical, a line per cell.
//
//      ┌─id─┬─name─┐        Row 1:
//   1. │  1 │ one  │        ──────
//      └────┴──────┘        id:   1
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

enum class PrettyBox : uint8_t {
  Full,     // Pretty: heavy header, a line between rows
  Compact,  // PrettyCompact: names in the upper edge
  Space,    // PrettySpace: no lines
};

// The result is held until its end: the first and the last rows of at most
// options.pretty_rows_max.
std::unique_ptr<ChunkWriter> make_pretty_writer(const FormatOptions& options, PrettyBox box);

std::unique_ptr<ChunkWriter> make_vertical_writer(const FormatOptions& options);

}  // namespace freshet
