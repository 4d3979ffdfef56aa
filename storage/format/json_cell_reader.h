// JsonCellReader appends one JSON value to a column of its type.
//
// Only the JSON readers include this: it brings in simdjson.
#pragma once

#include <simdjson.h>

#include <memory>

#include "storage/column/column.h"
#include "storage/format/format.h"

namespace freshet {

class JsonCellReader {
 public:
  virtual ~JsonCellReader() = default;
  // False when the value is no cell of the type; half a cell may be left behind, which the caller
  // truncates. Requires: the value is not null, except for Nullable types.
  virtual bool read(simdjson::ondemand::value value, Column& column) const = 0;
};

std::unique_ptr<const JsonCellReader> make_json_cell_reader(const DataTypePtr& type,
                                                            const FormatOptions& options);
// Cells of the JSONStrings formats, in which NULL is spelled as a string too.
std::unique_ptr<const JsonCellReader> make_json_text_cell_reader(const DataTypePtr& type,
                                                                 const FormatOptions& options);

// The value's text, for messages: a scalar's own, a list's from its bracket on.
std::string_view json_token(simdjson::ondemand::value& value);

}  // namespace freshet
