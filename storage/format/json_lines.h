// JSONEachRow: an object per row. JSONCompactEachRow: an array per row.
#pragma once

#include <memory>

#include "storage/format/format.h"
#include "storage/format/input_columns.h"

namespace freshet {

enum class JsonCells : uint8_t { Typed, Strings };

std::unique_ptr<RowReader> make_json_object_reader(const Schema& expected,
                                                   const FormatOptions& options, JsonCells cells);
std::unique_ptr<RowReader> make_json_array_reader(const Schema& expected,
                                                  const FormatOptions& options, JsonCells cells,
                                                  HeaderRows header);

std::unique_ptr<ChunkWriter> make_json_object_writer(const FormatOptions& options, JsonCells cells);
std::unique_ptr<ChunkWriter> make_json_array_writer(const FormatOptions& options, JsonCells cells,
                                                    HeaderRows header);

}  // namespace freshet
