// Functions from one text to another: lower(text), base64Encode(text).
#pragma once

#include <string_view>

#include "query/function/kernel.h"

namespace freshet {

inline DataTypePtr string_type() { return simple_type(TypeId::String); }

// `write(text, out)` appends the result of one row to `out`, a Buffer<char>.
template <class Write>
BoundFunction bind_text_map(std::string_view name, FunctionArguments arguments, Write write) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {string_type(), [write](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) { write(cells[i], out); });
          }};
}

}  // namespace freshet
