// RowBinary: rows of binary cells back to back; names and types may come first.
//
// Layout:  [varint column count, names, types as strings]  rows of BinaryCells
#pragma once

#include <memory>

#include "storage/format/format.h"
#include "storage/format/input_columns.h"

namespace freshet {

std::unique_ptr<RowReader> make_row_binary_reader(const Schema& expected,
                                                  const FormatOptions& options, HeaderRows header);
std::unique_ptr<ChunkWriter> make_row_binary_writer(const FormatOptions& options,
                                                    HeaderRows header);

}  // namespace freshet
