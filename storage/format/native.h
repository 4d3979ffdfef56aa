// Native: blocks of columns, the format of ClickHouse's own clients.
//
// Layout:  [block info] varint column count, varint row count, then per column: name, type as
//          strings, [0 byte], NativeColumn. Blocks follow each other to the end of the input.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

std::unique_ptr<RowReader> make_native_reader(const Schema& expected, const FormatOptions& options);
std::unique_ptr<ChunkWriter> make_native_writer(const FormatOptions& options);

}  // namespace freshet
