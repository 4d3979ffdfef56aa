// How many terminal cells a text takes.
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet {

// East Asian wide characters take 2, combining marks, control bytes and colour sequences 0. A tab
// goes to the next multiple of 8, counted from `start`, the terminal column where the text begins.
size_t display_width(std::string_view text, size_t start = 0);

// The bytes of the front of `text` that take at most `width_max` cells.
size_t bytes_of_width(std::string_view text, size_t width_max);

}  // namespace freshet
