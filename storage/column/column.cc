#include "storage/column/column.h"

#include "storage/base/check.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

template <class T>
Value boxed(T value) {
  if constexpr (std::is_same_v<T, Int128> || std::is_same_v<T, UInt128>) {
    return Value(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return Value(static_cast<double>(value));
  } else if constexpr (std::is_unsigned_v<T>) {
    return Value(static_cast<uint64_t>(value));
  } else {
    return Value(static_cast<int64_t>(value));
  }
}

template <class T>
T unboxed(const Value& value) {
  return std::visit(
      [](const auto& cell) -> T {
        using Cell = std::decay_t<decltype(cell)>;
        if constexpr (std::is_same_v<Cell, Null> || std::is_same_v<Cell, std::string> ||
                      std::is_same_v<Cell, ValueList>) {
          CHECK((std::is_same_v<Cell, T>));  // not a number
          return T{};
        } else {
          return static_cast<T>(cell);
        }
      },
      value.cell);
}

Value flat_value_at(const Column& column, size_t row) {
  switch (column.kind()) {
    case PhysicalKind::String:
      return Value(std::string(static_cast<const StringColumn&>(column).at(row)));
    case PhysicalKind::FixedString:
      return Value(std::string(static_cast<const FixedStringColumn&>(column).at(row)));
    case PhysicalKind::Array: {
      const auto& array = static_cast<const ArrayColumn&>(column);
      ValueList list;
      for (uint32_t i = array.offsets()[row]; i < array.offsets()[row + 1]; ++i) {
        list.push_back(value_at(*array.elements(), i));
      }
      return Value(std::move(list));
    }
    case PhysicalKind::Tuple: {
      const auto& tuple = static_cast<const TupleColumn&>(column);
      ValueList list;
      for (size_t i = 0; i < tuple.element_count(); ++i) {
        list.push_back(value_at(*tuple.element(i), row));
      }
      return Value(std::move(list));
    }
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      return nullable.nulls()[row] != 0 ? Value() : value_at(*nullable.nested(), row);
    }
    default:
      return dispatch_number(column.kind(),
                             [&]<class T>() { return boxed(values_of<T>(column)[row]); });
  }
}

// Room for all parts at once, where it can be told cheaply.
void reserve(Column& column, std::span<const ColumnPtr> parts) {
  size_t cells = 0;
  for (const ColumnPtr& part : parts) cells += part->size();
  if (is_number_kind(column.kind())) {
    dispatch_number(column.kind(), [&]<class T>() {
      static_cast<NumberColumn<T>&>(column).mutable_values().reserve(cells);
    });
  } else if (column.kind() == PhysicalKind::String) {
    size_t bytes = 0;
    for (const ColumnPtr& part : parts) {
      if (part->form() != ColumnForm::Flat) continue;
      bytes += static_cast<const StringColumn&>(*part).bytes().size();
    }
    static_cast<StringColumn&>(column).reserve(cells, bytes);
  }
}

}  // namespace

MutableColumnPtr make_column(const DataType& type) {
  switch (type.kind()) {
    case PhysicalKind::String:
      return std::make_unique<StringColumn>();
    case PhysicalKind::FixedString:
      return std::make_unique<FixedStringColumn>(cell_bytes(type));
    case PhysicalKind::Nullable: {
      const DataType& nullable = type.id() == TypeId::LowCardinality ? *type.argument(0) : type;
      return std::make_unique<NullableColumn>(make_column(*nullable.argument(0)),
                                              Buffer<uint8_t>());
    }
    case PhysicalKind::Array: {
      if (type.id() == TypeId::Array) {
        return std::make_unique<ArrayColumn>(make_column(*type.argument(0)),
                                             Buffer<uint32_t>(1, 0));
      }
      std::vector<ColumnPtr> pair;
      pair.push_back(make_column(*type.argument(0)));
      pair.push_back(make_column(*type.argument(1)));
      return std::make_unique<ArrayColumn>(std::make_shared<TupleColumn>(std::move(pair), 0),
                                           Buffer<uint32_t>(1, 0));
    }
    case PhysicalKind::Tuple: {
      std::vector<ColumnPtr> elements;
      for (const DataTypePtr& element : type.arguments()) elements.push_back(make_column(*element));
      return std::make_unique<TupleColumn>(std::move(elements), 0);
    }
    default:
      return dispatch_number(type.kind(), []<class T>() -> MutableColumnPtr {
        return std::make_unique<NumberColumn<T>>();
      });
  }
}

ColumnPtr make_default_column(const DataType& type, size_t count) {
  return make_constant_column(type, default_value(type), count);
}

ColumnPtr flat(const ColumnPtr& column) {
  if (column->form() == ColumnForm::Flat) return column;
  MutableColumnPtr out = column->make_empty();
  out->append(*column, 0, column->size());
  return out;
}

ColumnPtr flat_slice(const Column& column, size_t offset, size_t count) {
  switch (column.form()) {
    case ColumnForm::Flat:
      break;
    case ColumnForm::Constant: {
      const Buffer<RowIndex> zeros(count, 0);
      return static_cast<const ConstantColumn&>(column).cell()->select(zeros);
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(column);
      return coded.dictionary()->entries->select(coded.codes().subspan(offset, count));
    }
  }
  return column.slice(offset, count);
}

Value default_value(const DataType& type) {
  switch (type.id()) {
    case TypeId::Enum8:
    case TypeId::Enum16:
      return Value(int64_t{type.enum_entries().front().value});
    case TypeId::LowCardinality:
      return default_value(*type.argument(0));
    case TypeId::Tuple: {
      ValueList list;
      for (const DataTypePtr& element : type.arguments()) list.push_back(default_value(*element));
      return Value(std::move(list));
    }
    default: {
      const MutableColumnPtr column = make_column(type);
      column->append_default(1);
      return value_at(*column, 0);
    }
  }
}

Value value_at(const Column& column, size_t row) {
  switch (column.form()) {
    case ColumnForm::Flat:
      break;
    case ColumnForm::Constant:
      return flat_value_at(*static_cast<const ConstantColumn&>(column).cell(), 0);
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(column);
      return flat_value_at(*coded.dictionary()->entries, coded.codes()[row]);
    }
  }
  return flat_value_at(column, row);
}

void append_value(Column& column, const Value& value) {
  switch (column.kind()) {
    case PhysicalKind::String:
      static_cast<StringColumn&>(column).append_string(value.as<std::string>());
      return;
    case PhysicalKind::FixedString:
      static_cast<FixedStringColumn&>(column).append_string(value.as<std::string>());
      return;
    case PhysicalKind::Array: {
      auto& array = static_cast<ArrayColumn&>(column);
      for (const Value& element : value.as<ValueList>()) {
        append_value(array.mutable_elements(), element);
      }
      array.close_list();
      return;
    }
    case PhysicalKind::Tuple: {
      auto& tuple = static_cast<TupleColumn&>(column);
      const auto& list = value.as<ValueList>();
      CHECK(list.size() == tuple.element_count());
      for (size_t i = 0; i < list.size(); ++i) append_value(tuple.mutable_element(i), list[i]);
      tuple.close_row();
      return;
    }
    case PhysicalKind::Nullable: {
      auto& nullable = static_cast<NullableColumn&>(column);
      if (value.is_null()) {
        nullable.append_default(1);
      } else {
        append_value(nullable.mutable_nested(), value);
        nullable.mutable_nulls().push_back(0);
      }
      return;
    }
    default:
      dispatch_number(column.kind(), [&]<class T>() {
        static_cast<NumberColumn<T>&>(column).mutable_values().push_back(unboxed<T>(value));
      });
  }
}

void truncate(Column& column, size_t size) {
  CHECK(column.form() == ColumnForm::Flat);
  switch (column.kind()) {
    case PhysicalKind::String:
      return static_cast<StringColumn&>(column).truncate(size);
    case PhysicalKind::FixedString:
      return static_cast<FixedStringColumn&>(column).truncate(size);
    case PhysicalKind::Array:
      return static_cast<ArrayColumn&>(column).truncate(size);
    case PhysicalKind::Tuple:
      return static_cast<TupleColumn&>(column).truncate(size);
    case PhysicalKind::Nullable:
      return static_cast<NullableColumn&>(column).truncate(size);
    default:
      dispatch_number(column.kind(), [&]<class T>() {
        static_cast<NumberColumn<T>&>(column).mutable_values().resize(size);
      });
  }
}

ColumnPtr make_constant_column(const DataType& type, const Value& value, size_t count) {
  MutableColumnPtr cell = make_column(type);
  append_value(*cell, value);
  return std::make_shared<ConstantColumn>(std::move(cell), count);
}

ColumnPtr concat_columns(const DataType& type, std::span<const ColumnPtr> parts) {
  if (parts.size() == 1) return parts[0];
  MutableColumnPtr out = make_column(type);
  reserve(*out, parts);
  for (const ColumnPtr& part : parts) out->append(*part, 0, part->size());
  return out;
}

}  // namespace freshet
