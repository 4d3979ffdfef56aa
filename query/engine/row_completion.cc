#include "query/engine/row_completion.h"

#include <algorithm>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/engine_cells.h"
#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool has_flags(const std::vector<Buffer<uint8_t>>& defaults, size_t input) {
  return input < defaults.size() &&
         std::ranges::find(defaults[input], uint8_t{1}) != defaults[input].end();
}

// `cells` with those at `rows` taken, in order, from `replacements`.
ColumnPtr replace_cells(const DataType& type, const ColumnPtr& cells,
                        const std::vector<RowIndex>& rows, const ColumnPtr& replacements) {
  if (rows.size() == cells->size()) return replacements;
  const ColumnPtr parts[] = {cells, replacements};
  const ColumnPtr both = concat_columns(type, parts);
  std::vector<RowIndex> order(cells->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<RowIndex>(i);
  for (size_t i = 0; i < rows.size(); ++i) {
    order[rows[i]] = static_cast<RowIndex>(cells->size() + i);
  }
  return both->select(order);
}

// The columns that `expression` reads, at `rows` only; the others are null pointers.
Chunk select_read_columns(const BoundExpression& expression, const Chunk& chunk,
                          const std::vector<RowIndex>& rows) {
  Chunk part;
  part.columns.resize(chunk.columns.size());
  part.row_count = rows.size();
  for (const ColumnIndex column : columns_of(expression)) {
    part.columns[column] = chunk.columns[column]->select(rows);
  }
  return part;
}

}  // namespace

RowCompletion::RowCompletion(TableDefinitionPtr table, const std::vector<std::string>& columns,
                             const BindContext& context)
    : table_(std::move(table)),
      functions_(context.functions),
      defaults_(bind_column_defaults(table_->columns, context)),
      input_of_(defaults_.schema.size(), kNotGiven) {
  choose_input(columns);
}

void RowCompletion::choose_input(const std::vector<std::string>& columns) {
  const auto add = [&](ColumnIndex column) {
    input_of_[column] = input_schema_.size();
    input_schema_.add(defaults_.schema[column].name, defaults_.schema[column].type);
  };
  if (columns.empty()) {
    for (ColumnIndex column = 0; column < input_of_.size(); ++column) {
      const DefaultKind kind = defaults_.definitions[column]->default_kind;
      if (kind != DefaultKind::Materialized && kind != DefaultKind::Ephemeral) add(column);
    }
    return;
  }
  const std::string where = " in table " + display_name(*table_);
  for (const std::string& name : columns) {
    const auto column = defaults_.schema.find(name);
    if (!column) {
      throw Error(ErrorCode::NoSuchColumnInTable, "No such column " + name + where);
    }
    if (defaults_.definitions[*column]->default_kind == DefaultKind::Materialized) {
      throw Error(ErrorCode::IllegalColumn,
                  "Cannot insert column " + name + ", because it is MATERIALIZED column");
    }
    if (input_of_[*column] != kNotGiven) {
      throw Error(ErrorCode::DuplicateColumn,
                  "Column " + name + where + " specified more than once");
    }
    add(*column);
  }
}

Chunk RowCompletion::complete(const Chunk& rows,
                              const std::vector<Buffer<uint8_t>>& defaults) const {
  CHECK(rows.columns.size() == input_schema_.size());
  Chunk all;
  all.row_count = rows.row_count;
  all.columns.resize(input_of_.size());
  for (ColumnIndex column = 0; column < input_of_.size(); ++column) {
    if (input_of_[column] != kNotGiven) {
      all.columns[column] = flat(rows.columns[input_of_[column]]);
    } else if (defaults_.definitions[column]->default_expression.empty()) {
      all.columns[column] = make_default_column(*defaults_.schema[column].type, rows.row_count);
    }
  }
  for (const auto& [column, expression] : defaults_.in_order) {
    const DataTypePtr& type = defaults_.schema[column].type;
    const size_t input = input_of_[column];
    if (input == kNotGiven) {
      all.columns[column] = flat(evaluate_as(*expression, type, all, *functions_));
    } else if (has_flags(defaults, input)) {
      std::vector<RowIndex> flagged;
      for (size_t row = 0; row < rows.row_count; ++row) {
        if (defaults[input][row] != 0) flagged.push_back(static_cast<RowIndex>(row));
      }
      const Chunk part = select_read_columns(*expression, all, flagged);
      const ColumnPtr cells = flat(evaluate_as(*expression, type, part, *functions_));
      all.columns[column] = replace_cells(*type, all.columns[column], flagged, cells);
    }
  }
  Chunk stored;
  stored.row_count = rows.row_count;
  for (ColumnIndex column = 0; column < input_of_.size(); ++column) {
    if (defaults_.definitions[column]->default_kind == DefaultKind::Ephemeral) continue;
    stored.columns.push_back(flat(all.columns[column]));
  }
  check_engine_cells(*table_, stored);
  return stored;
}

}  // namespace freshet
