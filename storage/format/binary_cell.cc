#include "storage/format/binary_cell.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

UInt128 swap_uuid_halves(UInt128 value) { return value << 64 | value >> 64; }

UInt128 swap_ipv6_bytes(UInt128 value) {
  const auto high = static_cast<uint64_t>(value >> 64);
  const auto low = static_cast<uint64_t>(value);
  return static_cast<UInt128>(__builtin_bswap64(low)) << 64 | __builtin_bswap64(high);
}

namespace {

using BinaryCellPtr = std::unique_ptr<const BinaryCell>;

template <class T>
T as_it_is(T value) {
  return value;
}

template <class T, T (*convert)(T) = as_it_is<T>>
class FixedCell final : public BinaryCell {
 public:
  bool skip(ByteCursor& bytes) const override { return bytes.skip(sizeof(T)); }
  bool read(ByteCursor& bytes, Column& column) const override {
    T value;
    if (!bytes.read(value)) return false;
    static_cast<NumberColumn<T>&>(column).mutable_values().push_back(convert(value));
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    const T value = convert(static_cast<const NumberColumn<T>&>(column).values()[row]);
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
};

uint8_t as_flag(uint8_t value) { return value != 0; }

template <class T>
class EnumCell final : public BinaryCell {
 public:
  explicit EnumCell(DataTypePtr type) : type_(std::move(type)) {}
  bool skip(ByteCursor& bytes) const override { return cell_.skip(bytes); }
  bool read(ByteCursor& bytes, Column& column) const override {
    T value;
    if (!bytes.read(value)) return false;
    const auto& entries = type_->enum_entries();
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), value,
        [](const EnumEntry& entry, T wanted) { return entry.value < wanted; });
    if (found == entries.end() || found->value != value) return false;
    static_cast<NumberColumn<T>&>(column).mutable_values().push_back(value);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    cell_.write(column, row, out);
  }

 private:
  DataTypePtr type_;
  FixedCell<T> cell_;
};

class StringCell final : public BinaryCell {
 public:
  bool skip(ByteCursor& bytes) const override {
    std::string_view text;
    return bytes.read_string(text);
  }
  bool read(ByteCursor& bytes, Column& column) const override {
    std::string_view text;
    if (!bytes.read_string(text)) return false;
    static_cast<StringColumn&>(column).append_string(text);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    ByteWriter(out).put_string(static_cast<const StringColumn&>(column).at(row));
  }
};

class FixedStringCell final : public BinaryCell {
 public:
  explicit FixedStringCell(size_t cell_bytes) : cell_bytes_(cell_bytes) {}
  bool skip(ByteCursor& bytes) const override { return bytes.skip(cell_bytes_); }
  bool read(ByteCursor& bytes, Column& column) const override {
    std::string_view text;
    if (!bytes.read_bytes(cell_bytes_, text)) return false;
    static_cast<FixedStringColumn&>(column).append_string(text);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    out += static_cast<const FixedStringColumn&>(column).at(row);
  }

 private:
  size_t cell_bytes_;
};

// Nothing has no values, so that none can be read.
class NothingCell final : public BinaryCell {
 public:
  bool skip(ByteCursor&) const override { return false; }
  bool read(ByteCursor&, Column&) const override { return false; }
  void write(const Column&, size_t, std::string&) const override {}
};

class NullableCell final : public BinaryCell {
 public:
  explicit NullableCell(BinaryCellPtr nested) : nested_(std::move(nested)) {}
  bool skip(ByteCursor& bytes) const override {
    uint8_t is_null;
    return bytes.read(is_null) && (is_null != 0 || nested_->skip(bytes));
  }
  bool read(ByteCursor& bytes, Column& column) const override {
    auto& nullable = static_cast<NullableColumn&>(column);
    uint8_t is_null;
    if (!bytes.read(is_null)) return false;
    if (is_null != 0) {
      nullable.append_default(1);
      return true;
    }
    if (!nested_->read(bytes, nullable.mutable_nested())) return false;
    nullable.mutable_nulls().push_back(0);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& nullable = static_cast<const NullableColumn&>(column);
    const uint8_t is_null = nullable.nulls()[row];
    out += static_cast<char>(is_null);
    if (is_null == 0) nested_->write(*nullable.nested(), row, out);
  }

 private:
  BinaryCellPtr nested_;
};

class TupleCell final : public BinaryCell {
 public:
  explicit TupleCell(std::vector<BinaryCellPtr> elements) : elements_(std::move(elements)) {}
  bool skip(ByteCursor& bytes) const override {
    for (const BinaryCellPtr& element : elements_) {
      if (!element->skip(bytes)) return false;
    }
    return true;
  }
  bool read(ByteCursor& bytes, Column& column) const override {
    auto& tuple = static_cast<TupleColumn&>(column);
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (!elements_[i]->read(bytes, tuple.mutable_element(i))) return false;
    }
    tuple.close_row();
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& tuple = static_cast<const TupleColumn&>(column);
    for (size_t i = 0; i < elements_.size(); ++i) elements_[i]->write(*tuple.element(i), row, out);
  }

 private:
  std::vector<BinaryCellPtr> elements_;
};

// Arrays, and maps as arrays of pairs.
class ListCell final : public BinaryCell {
 public:
  explicit ListCell(BinaryCellPtr element) : element_(std::move(element)) {}
  bool skip(ByteCursor& bytes) const override {
    uint64_t count;
    if (!read_count(bytes, count)) return false;
    for (uint64_t i = 0; i < count; ++i) {
      if (!element_->skip(bytes)) return false;
    }
    return true;
  }
  bool read(ByteCursor& bytes, Column& column) const override {
    auto& array = static_cast<ArrayColumn&>(column);
    uint64_t count;
    if (!read_count(bytes, count)) return false;
    Column& elements = array.mutable_elements();
    for (uint64_t i = 0; i < count; ++i) {
      if (!element_->read(bytes, elements)) return false;
    }
    array.close_list();
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const uint32_t begin = array.offsets()[row];
    const uint32_t end = array.offsets()[row + 1];
    ByteWriter(out).put_varint(end - begin);
    for (uint32_t i = begin; i < end; ++i) element_->write(*array.elements(), i, out);
  }

 private:
  // Every element takes a byte at least: a larger count is damage or an incomplete input, and never
  // worth a loop.
  static bool read_count(ByteCursor& bytes, uint64_t& count) {
    return bytes.read_varint(count) && count <= bytes.remaining();
  }

  BinaryCellPtr element_;
};

BinaryCellPtr make_tuple_cell(const DataType& type) {
  std::vector<BinaryCellPtr> elements;
  for (const DataTypePtr& element : type.arguments()) {
    elements.push_back(make_binary_cell(element));
  }
  return std::make_unique<TupleCell>(std::move(elements));
}

}  // namespace

std::unique_ptr<const BinaryCell> make_binary_cell(const DataTypePtr& type) {
  switch (type->id()) {
    case TypeId::Nothing:
      return std::make_unique<NothingCell>();
    case TypeId::Bool:
      return std::make_unique<FixedCell<uint8_t, as_flag>>();
    case TypeId::Uuid:
      return std::make_unique<FixedCell<UInt128, swap_uuid_halves>>();
    case TypeId::Ipv6:
      return std::make_unique<FixedCell<UInt128, swap_ipv6_bytes>>();
    case TypeId::Enum8:
      return std::make_unique<EnumCell<int8_t>>(type);
    case TypeId::Enum16:
      return std::make_unique<EnumCell<int16_t>>(type);
    case TypeId::String:
    case TypeId::AggregateFunction:
      return std::make_unique<StringCell>();
    case TypeId::FixedString:
      return std::make_unique<FixedStringCell>(type->fixed_bytes());
    case TypeId::Nullable:
      return std::make_unique<NullableCell>(make_binary_cell(type->argument(0)));
    case TypeId::LowCardinality:
      return make_binary_cell(type->argument(0));
    case TypeId::Array:
      return std::make_unique<ListCell>(make_binary_cell(type->argument(0)));
    case TypeId::Map:
      return std::make_unique<ListCell>(make_tuple_cell(*type));
    case TypeId::Tuple:
      return make_tuple_cell(*type);
    default:
      return dispatch_number(type->kind(), []<class T>() -> BinaryCellPtr {
        return std::make_unique<FixedCell<T>>();
      });
  }
}

}  // namespace freshet
