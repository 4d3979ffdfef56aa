#include "query/engine/system_rows.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/column/text.h"
#include "storage/column/time_zone.h"

namespace freshet {

SystemRows::SystemRows(const Schema& schema, std::span<const ColumnIndex> columns)
    : schema_(schema), row_(columns.size()) {
  for (const ColumnIndex column : columns) {
    places_.emplace(schema[column].name, columns_.size());
    types_.push_back(schema[column].type);
    columns_.push_back(make_column(*schema[column].type));
  }
}

SystemRows& SystemRows::add() {
  finish_row();
  ++row_count_;
  return *this;
}

void SystemRows::put(std::string_view column, Value value) {
  const auto found = places_.find(column);
  if (found == places_.end()) {
    DCHECK(schema_.find(column).has_value());
    return;
  }
  row_[found->second] = std::move(value);
}

SystemRows& SystemRows::set(std::string_view column, std::string_view text) {
  const auto found = places_.find(column);
  if (found == places_.end()) {
    DCHECK(schema_.find(column).has_value());
    return *this;
  }
  const DataType& type = *types_[found->second];
  if (type.id() != TypeId::Uuid) {
    put(column, Value(std::string(text)));
    return *this;
  }
  TextOptions options;
  options.time_zone = TimeZone::utc();
  const MutableColumnPtr cell = make_column(type);
  if (make_cell_text(types_[found->second], options)->parse(text, *cell)) {
    put(column, value_at(*cell, 0));
  }
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, uint64_t number) {
  put(column, Value(number));
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, double number) {
  put(column, Value(number));
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, const std::vector<std::string>& list) {
  ValueList values;
  for (const std::string& text : list) values.emplace_back(text);
  put(column, Value(std::move(values)));
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, const std::vector<uint64_t>& list) {
  ValueList values;
  for (const uint64_t number : list) values.emplace_back(number);
  put(column, Value(std::move(values)));
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, std::optional<uint64_t> number) {
  put(column, number ? Value(*number) : Value());
  return *this;
}

void SystemRows::finish_row() {
  if (row_count_ == 0) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i]->size() == row_count_) continue;
    if (row_[i]) {
      append_value(*columns_[i], *row_[i]);
    } else {
      append_value(*columns_[i], default_value(*types_[i]));
    }
    row_[i].reset();
  }
}

Chunk SystemRows::take() {
  finish_row();
  Chunk chunk;
  chunk.row_count = row_count_;
  for (MutableColumnPtr& column : columns_) chunk.columns.push_back(std::move(column));
  return chunk;
}

}  // namespace freshet
