#include "storage/format/tuple_spread.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/column/nested_column.h"

namespace freshet {

namespace {

void spread(const std::string& name, const DataTypePtr& type, Schema& out) {
  if (type->id() != TypeId::Tuple) {
    out.add(name, type);
    return;
  }
  for (size_t i = 0; i < type->arguments().size(); ++i) {
    const std::string element =
        type->tuple_names().empty() ? std::to_string(i + 1) : type->tuple_names()[i];
    spread(name + "." + element, type->argument(i), out);
  }
}

void spread(const DataType& type, const ColumnPtr& column, std::vector<ColumnPtr>& out) {
  if (type.id() != TypeId::Tuple) {
    out.push_back(column);
    return;
  }
  const ColumnPtr flattened = flat(column);
  const auto& tuple = static_cast<const TupleColumn&>(*flattened);
  for (size_t i = 0; i < tuple.element_count(); ++i) spread(*type.argument(i), tuple.element(i), out);
}

ColumnPtr gather(const DataType& type, std::vector<ColumnPtr>& columns, size_t& next) {
  if (type.id() != TypeId::Tuple) return columns[next++];
  std::vector<ColumnPtr> elements;
  for (const DataTypePtr& element : type.arguments()) {
    elements.push_back(gather(*element, columns, next));
  }
  const size_t size = elements.front()->size();
  return std::make_shared<TupleColumn>(std::move(elements), size);
}

}  // namespace

Schema spread_tuples(const Schema& schema) {
  Schema out;
  for (const NamedType& column : schema.columns()) spread(column.name, column.type, out);
  return out;
}

Chunk spread_tuples(const Schema& schema, const Chunk& chunk) {
  CHECK(chunk.columns.size() == schema.size());
  Chunk out;
  out.row_count = chunk.row_count;
  for (ColumnIndex i = 0; i < schema.size(); ++i) {
    spread(*schema[i].type, chunk.columns[i], out.columns);
  }
  return out;
}

std::vector<ColumnPtr> gather_tuples(const Schema& schema, std::vector<ColumnPtr> columns) {
  std::vector<ColumnPtr> out;
  size_t next = 0;
  for (const NamedType& column : schema.columns()) out.push_back(gather(*column.type, columns, next));
  CHECK(next == columns.size());
  return out;
}

}  // namespace freshet
