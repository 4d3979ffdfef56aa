#include "storage/format/row_builder.h"

#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// Texts in messages are cut here; BadRow::raw has the whole.
constexpr size_t kShownTextBytesMax = 120;

bool has_zero_default(const DataType& type) {
  switch (type.id()) {
    case TypeId::Enum8:
    case TypeId::Enum16:
      return false;
    case TypeId::LowCardinality:
      return has_zero_default(*type.argument(0));
    case TypeId::Tuple:
      for (const DataTypePtr& element : type.arguments()) {
        if (!has_zero_default(*element)) return false;
      }
      return true;
    default:
      return true;
  }
}

}  // namespace

RowBuilder::RowBuilder(const Schema& schema, uint64_t first_row)
    : first_row_(first_row), defaults_(schema.size()) {
  for (const NamedType& column : schema.columns()) {
    columns_.push_back(make_column(*column.type));
    default_cells_.push_back(
        has_zero_default(*column.type) ? nullptr : flat(make_default_column(*column.type, 1)));
  }
}

void RowBuilder::reserve(size_t rows) {
  for (const MutableColumnPtr& column : columns_) {
    if (is_number_kind(column->kind())) {
      dispatch_number(column->kind(), [&]<class T>() {
        static_cast<NumberColumn<T>&>(*column).mutable_values().reserve(rows);
      });
    } else if (column->kind() == PhysicalKind::String) {
      static_cast<StringColumn&>(*column).reserve(rows, 0);
    }
  }
}

void RowBuilder::append_absent(ColumnIndex index) {
  const size_t row = columns_[index]->size();
  if (default_cells_[index] != nullptr) {
    columns_[index]->append(*default_cells_[index], 0, 1);
  } else {
    columns_[index]->append_default(1);
  }
  Buffer<uint8_t>& flags = defaults_[index];
  flags.resize(row, 0);
  flags.push_back(1);
}

void RowBuilder::drop_unaccepted() {
  // A list may hold elements that no cell counts yet, so sizes do not tell which columns to cut.
  for (const MutableColumnPtr& cells : columns_) truncate(*cells, row_count_);
  for (Buffer<uint8_t>& flags : defaults_) {
    if (flags.size() > row_count_) flags.resize(row_count_);
  }
}

void RowBuilder::reject_row(const NamedType* column, std::string reason, std::string_view raw) {
  drop_unaccepted();
  BadRow& bad = bad_.emplace_back();
  bad.row = first_row_ + rows_seen_++;
  if (column != nullptr) bad.column = column->name;
  bad.reason = std::move(reason);
  bad.raw = raw.substr(0, kBadRowRawBytesMax);
}

RowReader::Parsed RowBuilder::finish() {
  RowReader::Parsed parsed;
  parsed.chunk.row_count = row_count_;
  for (MutableColumnPtr& column : columns_) parsed.chunk.columns.push_back(std::move(column));
  parsed.rows_seen = rows_seen_;
  parsed.bad = std::move(bad_);
  for (Buffer<uint8_t>& flags : defaults_) {
    if (!flags.empty()) flags.resize(row_count_, 0);
  }
  parsed.defaults = std::move(defaults_);
  return parsed;
}

std::string cannot_parse(std::string_view text, const DataType& type) {
  std::string message = "cannot parse '";
  message += text.substr(0, kShownTextBytesMax);
  if (text.size() > kShownTextBytesMax) message += "...";
  message += "' as ";
  message += type.name();
  return message;
}

std::string too_few_columns(size_t found, size_t expected) {
  return "the row has " + std::to_string(found) + " of " + std::to_string(expected) + " columns";
}

std::string too_many_columns(size_t expected) {
  return "the row has more than " + std::to_string(expected) + " columns";
}

}  // namespace freshet
