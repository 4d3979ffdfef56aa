// How long the strings of a column are, in bytes.
#pragma once

#include "storage/column/column.h"

namespace freshet {

// A column of uint64_t, constant when `strings` is. Requires: a column of strings that are not
// NULL, in any form.
ColumnPtr string_lengths(const Column& strings);

}  // namespace freshet
