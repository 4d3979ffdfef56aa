#include "storage/format/native_column.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "storage/format/binary_cell.h"

namespace freshet {

namespace {

using NativeColumnPtr = std::unique_ptr<const NativeColumn>;

[[noreturn]] void throw_damaged(const std::string& what, uint64_t value) {
  throw Error(ErrorCode::IncorrectData,
              "Native data is damaged: " + what + " " + std::to_string(value));
}

// Numbers whose bytes are those of the column.
template <class T>
class NumberCells final : public NativeColumn {
 public:
  void write(const Column& column, size_t begin, size_t end, std::string& out) const override {
    const T* values = static_cast<const NumberColumn<T>&>(column).values().data();
    out.append(reinterpret_cast<const char*>(values + begin), (end - begin) * sizeof(T));
  }
  bool skip(ByteCursor& bytes, size_t count) const override {
    return count <= bytes.remaining() / sizeof(T) && bytes.skip(count * sizeof(T));
  }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    std::string_view cells;
    if (count > bytes.remaining() / sizeof(T) || !bytes.read_bytes(count * sizeof(T), cells)) {
      return false;
    }
    Buffer<T>& values = static_cast<NumberColumn<T>&>(column).mutable_values();
    const size_t before = values.size();
    values.resize(before + count);
    if (count > 0) std::memcpy(values.data() + before, cells.data(), cells.size());
    return true;
  }
};

// Cells that are just RowBinary cells one after another.
class BinaryCells final : public NativeColumn {
 public:
  explicit BinaryCells(const DataTypePtr& type) : type_(type), cell_(make_binary_cell(type)) {}
  void write(const Column& column, size_t begin, size_t end, std::string& out) const override {
    for (size_t row = begin; row < end; ++row) cell_->write(column, row, out);
  }
  bool skip(ByteCursor& bytes, size_t count) const override {
    for (size_t i = 0; i < count; ++i) {
      if (!cell_->skip(bytes)) return false;
    }
    return true;
  }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    for (size_t i = 0; i < count; ++i) {
      ByteCursor cell = bytes;
      if (cell_->read(bytes, column)) continue;
      if (!cell_->skip(cell)) return false;
      throw Error(ErrorCode::IncorrectData,
                  "Native data has bytes that are no value of " + type_->name());
    }
    return true;
  }

 private:
  DataTypePtr type_;
  std::unique_ptr<const BinaryCell> cell_;
};

// Only ever below Nullable; ClickHouse writes a '0' for each row.
class NothingCells final : public NativeColumn {
 public:
  void write(const Column&, size_t begin, size_t end, std::string& out) const override {
    out.append(end - begin, '0');
  }
  bool skip(ByteCursor& bytes, size_t count) const override { return bytes.skip(count); }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    if (!bytes.skip(count)) return false;
    column.append_default(count);
    return true;
  }
};

class NullableCells final : public NativeColumn {
 public:
  explicit NullableCells(const DataTypePtr& type)
      : type_(type), is_enum_(type->id() == TypeId::Enum8 || type->id() == TypeId::Enum16) {
    nested_ = is_enum_ ? make_numbers(*type) : make_native_column(type);
  }
  void write(const Column& column, size_t begin, size_t end, std::string& out) const override {
    const auto& nullable = static_cast<const NullableColumn&>(column);
    const uint8_t* nulls = nullable.nulls().data();
    out.append(reinterpret_cast<const char*>(nulls + begin), end - begin);
    nested_->write(*nullable.nested(), begin, end, out);
  }
  bool skip(ByteCursor& bytes, size_t count) const override {
    return bytes.skip(count) && nested_->skip(bytes, count);
  }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    auto& nullable = static_cast<NullableColumn&>(column);
    std::string_view flags;
    if (!bytes.read_bytes(count, flags)) return false;
    const size_t before = nullable.size();
    if (!nested_->read(bytes, count, nullable.mutable_nested())) return false;
    for (const char flag : flags) nullable.mutable_nulls().push_back(flag != 0);
    clear_null_cells(nullable, before);
    if (is_enum_) check_enum_cells(nullable, before);
    return true;
  }

 private:
  // Behind a NULL any number may stand, also one that is no value of the enum.
  static NativeColumnPtr make_numbers(const DataType& type) {
    if (type.id() == TypeId::Enum8) return std::make_unique<NumberCells<int8_t>>();
    return std::make_unique<NumberCells<int16_t>>();
  }

  void check_enum_cells(const NullableColumn& nullable, size_t begin) const {
    dispatch_number(type_->kind(), [&]<class T>() {
      const std::span<const T> values = values_of<T>(*nullable.nested());
      const auto& entries = type_->enum_entries();
      for (size_t row = begin; row < values.size(); ++row) {
        if (nullable.nulls()[row] != 0) continue;
        const auto is_value = [&](const EnumEntry& entry) {
          return static_cast<T>(entry.value) == values[row];
        };
        if (std::none_of(entries.begin(), entries.end(), is_value)) {
          throw Error(ErrorCode::IncorrectData,
                      "Native data has bytes that are no value of " + type_->name());
        }
      }
    });
  }

  // The nested cell of a NULL is the default; senders may leave anything there.
  static void clear_null_cells(NullableColumn& nullable, size_t begin) {
    const size_t size = nullable.size();
    size_t first = begin;
    while (first < size && nullable.nulls()[first] == 0) ++first;
    if (first == size) return;
    const ColumnPtr received = nullable.nested()->slice(begin, size - begin);
    Column& nested = nullable.mutable_nested();
    truncate(nested, begin);
    for (size_t row = begin; row < size; ++row) {
      if (nullable.nulls()[row] != 0) {
        nested.append_default(1);
      } else {
        nested.append(*received, row - begin, 1);
      }
    }
  }

  DataTypePtr type_;
  bool is_enum_;
  NativeColumnPtr nested_;
};

class TupleCells final : public NativeColumn {
 public:
  explicit TupleCells(std::vector<NativeColumnPtr> elements) : elements_(std::move(elements)) {}
  void write_prefix(std::string& out) const override {
    for (const NativeColumnPtr& element : elements_) element->write_prefix(out);
  }
  void write(const Column& column, size_t begin, size_t end, std::string& out) const override {
    const auto& tuple = static_cast<const TupleColumn&>(column);
    for (size_t i = 0; i < elements_.size(); ++i) {
      elements_[i]->write(*tuple.element(i), begin, end, out);
    }
  }
  bool skip_prefix(ByteCursor& bytes) const override {
    for (const NativeColumnPtr& element : elements_) {
      if (!element->skip_prefix(bytes)) return false;
    }
    return true;
  }
  bool skip(ByteCursor& bytes, size_t count) const override {
    for (const NativeColumnPtr& element : elements_) {
      if (!element->skip(bytes, count)) return false;
    }
    return true;
  }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    auto& tuple = static_cast<TupleColumn&>(column);
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (!elements_[i]->read(bytes, count, tuple.mutable_element(i))) return false;
    }
    for (size_t i = 0; i < count; ++i) tuple.close_row();
    return true;
  }

 private:
  std::vector<NativeColumnPtr> elements_;
};

class ListCells final : public NativeColumn {
 public:
  explicit ListCells(NativeColumnPtr element) : element_(std::move(element)) {}
  void write_prefix(std::string& out) const override { element_->write_prefix(out); }
  void write(const Column& column, size_t begin, size_t end, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const uint32_t first = array.offsets()[begin];
    ByteWriter writer(out);
    for (size_t row = begin; row < end; ++row) writer.put_u64(array.offsets()[row + 1] - first);
    element_->write(*array.elements(), first, array.offsets()[end], out);
  }
  bool skip_prefix(ByteCursor& bytes) const override { return element_->skip_prefix(bytes); }
  bool skip(ByteCursor& bytes, size_t count) const override {
    size_t element_count = 0;
    return check_offsets(bytes, count, element_count) && bytes.skip(count * sizeof(uint64_t)) &&
           element_->skip(bytes, element_count);
  }
  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    auto& array = static_cast<ArrayColumn&>(column);
    size_t element_count = 0;
    if (!check_offsets(bytes, count, element_count)) return false;
    MutableColumnPtr elements = array.elements()->make_empty();
    ByteCursor offsets = bytes;
    bytes.skip(count * sizeof(uint64_t));
    if (!element_->read(bytes, element_count, *elements)) return false;
    uint64_t begin = 0;
    for (size_t row = 0; row < count; ++row) {
      uint64_t end = 0;
      offsets.read(end);
      array.mutable_elements().append(*elements, begin, end - begin);
      array.close_list();
      begin = end;
    }
    return true;
  }

 private:
  // Looks at the ends of `count` lists: they must ascend.
  static bool check_offsets(ByteCursor bytes, size_t count, size_t& element_count) {
    if (count > bytes.remaining() / sizeof(uint64_t)) return false;
    uint64_t last = 0;
    for (size_t row = 0; row < count; ++row) {
      uint64_t end = 0;
      bytes.read(end);
      if (end < last) throw_damaged("a list ends before it begins, at", end);
      last = end;
    }
    // Elements take at least a byte each, or a share of a LowCardinality's index.
    if (last > bytes.remaining()) return false;
    element_count = last;
    return true;
  }

  NativeColumnPtr element_;
};

class LowCardinalityCells final : public NativeColumn {
 public:
  explicit LowCardinalityCells(const DataTypePtr& inner)
      : key_type_(without_nullable(inner)),
        is_nullable_(inner->is_nullable()),
        keys_(make_native_column(key_type_)) {}

  void write_prefix(std::string& out) const override { ByteWriter(out).put_u64(kVersion); }

  void write(const Column& column, size_t begin, size_t end, std::string& out) const override;

  bool skip_prefix(ByteCursor& bytes) const override {
    uint64_t version = 0;
    if (!bytes.read(version)) return false;
    if (version != kVersion) throw_damaged("LowCardinality has version", version);
    return true;
  }

  bool skip(ByteCursor& bytes, size_t count) const override {
    if (count == 0) return true;
    uint64_t key_count = 0;
    unsigned index_bytes = 0;
    return read_flags(bytes, key_count, index_bytes) && keys_->skip(bytes, key_count) &&
           read_index_count(bytes, count) && count <= bytes.remaining() / index_bytes &&
           bytes.skip(count * index_bytes);
  }

  bool read(ByteCursor& bytes, size_t count, Column& column) const override {
    if (count == 0) return true;
    uint64_t key_count = 0;
    unsigned index_bytes = 0;
    MutableColumnPtr keys = make_column(*key_type_);
    if (!read_flags(bytes, key_count, index_bytes) || !keys_->read(bytes, key_count, *keys) ||
        !read_index_count(bytes, count) || count > bytes.remaining() / index_bytes) {
      return false;
    }
    std::vector<RowIndex> rows(count);
    for (RowIndex& row : rows) {
      uint64_t index = 0;
      std::memcpy(&index, bytes.at(), index_bytes);
      bytes.skip(index_bytes);
      if (index >= key_count) throw_damaged("LowCardinality has no key", index);
      row = static_cast<RowIndex>(index);
    }
    const ColumnPtr cells = keys->select(rows);
    if (!is_nullable_) {
      column.append(*cells, 0, count);
      return true;
    }
    auto& nullable = static_cast<NullableColumn&>(column);
    for (size_t i = 0; i < count; ++i) {
      if (rows[i] == 0) {
        nullable.append_default(1);
      } else {
        nullable.mutable_nested().append(*cells, i, 1);
        nullable.mutable_nulls().push_back(0);
      }
    }
    return true;
  }

 private:
  static constexpr uint64_t kVersion = 1;
  static constexpr uint64_t kHasKeys = 0x600;
  static constexpr uint64_t kNeedsGlobalDictionary = 0x100;

  static bool read_flags(ByteCursor& bytes, uint64_t& key_count, unsigned& index_bytes) {
    uint64_t flags = 0;
    if (!bytes.read(flags)) return false;
    constexpr uint64_t kLogBytesMax = 3;
    if ((flags & kNeedsGlobalDictionary) != 0 || (flags & 0xFF) > kLogBytesMax) {
      throw_damaged("LowCardinality has flags", flags);
    }
    index_bytes = 1U << (flags & 0xFF);
    return bytes.read(key_count) && key_count <= bytes.remaining();
  }

  static bool read_index_count(ByteCursor& bytes, size_t expected) {
    uint64_t count = 0;
    if (!bytes.read(count)) return false;
    if (count != expected) throw_damaged("LowCardinality has a wrong row count,", count);
    return true;
  }

  DataTypePtr key_type_;
  bool is_nullable_;
  NativeColumnPtr keys_;
};

void LowCardinalityCells::write(const Column& column, size_t begin, size_t end,
                                std::string& out) const {
  if (begin == end) return;
  const NullableColumn* nullable =
      is_nullable_ ? &static_cast<const NullableColumn&>(column) : nullptr;
  const Column& cells = is_nullable_ ? *nullable->nested() : column;
  // Keys by their RowBinary bytes, which are equal only for equal cells.
  const auto key_cell = make_binary_cell(key_type_);
  std::unordered_map<std::string, uint64_t> known;
  MutableColumnPtr keys = make_column(*key_type_);
  keys->append_default(is_nullable_ ? 2 : 1);
  std::string bytes;
  key_cell->write(*keys, 0, bytes);
  known.emplace(bytes, is_nullable_ ? 1 : 0);
  std::vector<uint64_t> indexes;
  indexes.reserve(end - begin);
  for (size_t row = begin; row < end; ++row) {
    if (nullable != nullptr && nullable->nulls()[row] != 0) {
      indexes.push_back(0);
      continue;
    }
    bytes.clear();
    key_cell->write(cells, row, bytes);
    const auto [entry, is_new] = known.try_emplace(bytes, keys->size());
    if (is_new) keys->append(cells, row, 1);
    indexes.push_back(entry->second);
  }
  uint64_t log_bytes = 0;
  while (log_bytes < 3 && (keys->size() - 1) >> (8U << log_bytes) != 0) ++log_bytes;
  ByteWriter writer(out);
  writer.put_u64(kHasKeys | log_bytes);
  writer.put_u64(keys->size());
  keys_->write(*keys, 0, keys->size(), out);
  writer.put_u64(indexes.size());
  for (const uint64_t index : indexes) {
    out.append(reinterpret_cast<const char*>(&index), size_t{1} << log_bytes);
  }
}

std::vector<NativeColumnPtr> make_elements(const DataType& type) {
  std::vector<NativeColumnPtr> elements;
  for (const DataTypePtr& element : type.arguments()) {
    elements.push_back(make_native_column(element));
  }
  return elements;
}

}  // namespace

std::unique_ptr<const NativeColumn> make_native_column(const DataTypePtr& type) {
  switch (type->id()) {
    case TypeId::Nothing:
      return std::make_unique<NothingCells>();
    case TypeId::Bool:
    case TypeId::Uuid:
    case TypeId::Ipv6:
    case TypeId::Enum8:
    case TypeId::Enum16:
    case TypeId::String:
    case TypeId::AggregateFunction:
    case TypeId::FixedString:
      return std::make_unique<BinaryCells>(type);
    case TypeId::Nullable:
      return std::make_unique<NullableCells>(type->argument(0));
    case TypeId::LowCardinality:
      return std::make_unique<LowCardinalityCells>(type->argument(0));
    case TypeId::Array:
      return std::make_unique<ListCells>(make_native_column(type->argument(0)));
    case TypeId::Map:
      return std::make_unique<ListCells>(std::make_unique<TupleCells>(make_elements(*type)));
    case TypeId::Tuple:
      return std::make_unique<TupleCells>(make_elements(*type));
    default:
      return dispatch_number(type->kind(), []<class T>() -> NativeColumnPtr {
        return std::make_unique<NumberCells<T>>();
      });
  }
}

}  // namespace freshet
