// TabSeparated and TabSeparatedRaw: a line per row, a tab between cells, \N for NULL.
#pragma once

#include <memory>

#include "storage/format/format.h"
#include "storage/format/input_columns.h"

namespace freshet {

enum class TsvEscapes : uint8_t { Backslash, None };

std::unique_ptr<RowReader> make_tsv_reader(const Schema& expected, const FormatOptions& options,
                                           HeaderRows header, TsvEscapes escapes);
std::unique_ptr<ChunkWriter> make_tsv_writer(const FormatOptions& options, HeaderRows header,
                                             TsvEscapes escapes);

}  // namespace freshet
