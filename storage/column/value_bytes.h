// Boxed cells to bytes and back: aggregate states, zone maps.
//
// Layout:  a tag byte (position of the alternative in Value::cell), then the number's bytes, the
//          string, or a count and the elements.
#pragma once

#include "storage/base/bytes.h"
#include "storage/column/value.h"

namespace freshet {

void write_value(const Value& value, ByteWriter& out);
// Throws CorruptedData.
Value read_value(ByteReader& in);

}  // namespace freshet
