// CSV: a line per row, strings between double quotes, line ends allowed inside them.
#pragma once

#include <memory>

#include "storage/format/format.h"
#include "storage/format/input_columns.h"

namespace freshet {

std::unique_ptr<RowReader> make_csv_reader(const Schema& expected, const FormatOptions& options,
                                           HeaderRows header);
std::unique_ptr<ChunkWriter> make_csv_writer(const FormatOptions& options, HeaderRows header);

}  // namespace freshet
