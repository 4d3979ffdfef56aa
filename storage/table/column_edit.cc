#include "storage/table/column_edit.h"

#include <algorithm>
#include <utility>

namespace freshet {

namespace {

// Names with it are always numbered, so that no plain name equals a numbered one.
constexpr char kNumberMark = '#';

std::string numbered_name(TableDefinition& definition, const std::string& name) {
  return name + kNumberMark + std::to_string(definition.next_column_id++);
}

}  // namespace

void name_new_columns(TableDefinition& definition) {
  for (ColumnDefinition& column : definition.columns) {
    column.past.clear();
    column.stored_as.clear();
    if (column.name.find(kNumberMark) != std::string::npos) {
      column.stored_as = numbered_name(definition, column.name);
      for (RollupDefinition& rollup : definition.rollups) {
        std::ranges::replace(rollup.inputs, column.name, column.stored_as);
      }
    }
  }
}

void add_column(TableDefinition& definition, ColumnDefinition column, size_t position) {
  column.past.clear();
  column.stored_as = numbered_name(definition, column.name);
  definition.columns.insert(definition.columns.begin() + static_cast<std::ptrdiff_t>(position),
                            std::move(column));
}

void rename_column(TableDefinition& definition, size_t position, const std::string& name) {
  ColumnDefinition& column = definition.columns[position];
  column.stored_as = column.stored_name();
  column.name = name;
}

void replace_column(TableDefinition& definition, size_t position, ColumnDefinition column) {
  const ColumnDefinition& old = definition.columns[position];
  column.past = old.past;
  column.stored_as = old.stored_as;
  if (!old.is_stored() || !column.is_stored()) {
    // What is not stored has no old rows; a column that is no longer stored loses them.
    column.past.clear();
    column.stored_as = numbered_name(definition, column.name);
  } else if (old.type->name() != column.type->name()) {
    column.past.push_back({old.stored_name(), old.type});
    column.stored_as = numbered_name(definition, column.name);
  }
  definition.columns[position] = std::move(column);
}

void clear_column(TableDefinition& definition, size_t position) {
  ColumnDefinition& column = definition.columns[position];
  column.past.clear();
  column.stored_as = numbered_name(definition, column.name);
}

}  // namespace freshet
