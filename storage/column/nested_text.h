// Texts of arrays, tuples and maps: "['a','b']", "(1,'z')", "{'k':1}".
#pragma once

#include <memory>

#include "storage/column/text.h"

namespace freshet {

// Requires: `type` is an Array, Tuple or Map.
std::unique_ptr<const CellText> make_nested_text(const DataTypePtr& type,
                                                 const TextOptions& options);

}  // namespace freshet
