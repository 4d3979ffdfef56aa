#include "query/engine/engine_cells.h"

#include <string>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

template <class T>
void check_flags(const TableDefinition& table, const Chunk& rows, size_t argument, T one, T other,
                 const std::string& what) {
  const auto column = table.stored_schema().find(table.engine_arguments[argument]);
  CHECK(column.has_value());
  for (const T cell : values_of<T>(*rows.columns[*column])) {
    if (cell == one || cell == other) continue;
    throw Error(ErrorCode::IncorrectData, "Incorrect data: " + what + " = " + std::to_string(cell) +
                                              " (must be " + std::to_string(one) + " or " +
                                              std::to_string(other) + ")");
  }
}

}  // namespace

void check_engine_cells(const TableDefinition& table, const Chunk& rows) {
  switch (table.merge_mode) {
    case MergeMode::Collapsing:
    case MergeMode::VersionedCollapsing:
      return check_flags<int8_t>(table, rows, 0, 1, -1, "Sign");
    case MergeMode::Replacing:
      if (table.engine_arguments.size() < 2) return;
      return check_flags<uint8_t>(table, rows, 1, 1, 0, "is_deleted");
    default:
      return;
  }
}

}  // namespace freshet
