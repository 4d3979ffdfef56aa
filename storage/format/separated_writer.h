// SeparatedWriter: a line per row; names and types may come first, totals after a blank line.
#pragma once

#include <string>
#include <vector>

#include "storage/format/input_columns.h"
#include "storage/format/row_layout.h"

namespace freshet {

struct SeparatedStyle {
  std::string_view begin;
  std::string separator;
  std::string_view end;
  CellStyle cells;
  HeaderRows header = HeaderRows::None;
  // How names and types are spelled in the header.
  void (*append_name)(std::string& out, std::string_view name) = nullptr;
  // Tuples take a cell for each element (CSV).
  bool spread_tuples = false;
};

std::unique_ptr<ChunkWriter> make_separated_writer(SeparatedStyle style,
                                                   const FormatOptions& options);

}  // namespace freshet
