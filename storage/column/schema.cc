#include "storage/column/schema.h"

namespace freshet {

std::optional<ColumnIndex> Schema::find(std::string_view name) const {
  for (ColumnIndex index = 0; index < columns_.size(); ++index) {
    if (columns_[index].name == name) return index;
  }
  return std::nullopt;
}

}  // namespace freshet
