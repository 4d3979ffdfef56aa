#include "query/operator/group_key.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

template <size_t kBytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using type = uint8_t;
};
template <>
struct UnsignedOf<2> {
  using type = uint16_t;
};
template <>
struct UnsignedOf<4> {
  using type = uint32_t;
};
template <>
struct UnsignedOf<8> {
  using type = uint64_t;
};
template <>
struct UnsignedOf<16> {
  using type = UInt128;
};

// The bits of a cell, the same for cells that are equal.
template <class T>
auto bits_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (value == T{0}) value = T{0};
    if (value != value) value = std::numeric_limits<T>::quiet_NaN();
  }
  typename UnsignedOf<sizeof(T)>::type bits;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

// The nested cells and NULL flags (empty when there are none) of a key column.
struct Cells {
  ColumnPtr column;
  ColumnPtr owner;
  std::span<const uint8_t> nulls;
};

Cells cells_of(const ColumnPtr& column) {
  ColumnPtr cells = flat(column);
  if (cells->kind() != PhysicalKind::Nullable) return {cells, cells, {}};
  const auto& nullable = static_cast<const NullableColumn&>(*cells);
  return {nullable.nested(), cells, nullable.nulls()};
}

const DataTypePtr bare(const DataTypePtr& type) {
  return without_nullable(without_low_cardinality(type));
}

// Bytes of a cell in a packed key; 0 for cells that cannot be packed.
size_t packed_cell_bytes(const DataTypePtr& type) {
  const DataTypePtr cell = bare(type);
  if (!is_number_kind(cell->kind())) return 0;
  return cell_bytes(*cell) + (can_be_null(*type) ? 1 : 0);
}

void put_cell_bytes(const Column& column, size_t row, std::string& out) {
  ByteWriter writer(out);
  write_value(value_at(column, row), writer);
}

}  // namespace

GroupKey::GroupKey(std::vector<DataTypePtr> types) : types_(std::move(types)) {
  bool packable = true;
  for (const DataTypePtr& type : types_) {
    const size_t bytes = packed_cell_bytes(type);
    packable = packable && bytes != 0;
    packed_bytes_ += bytes;
  }
  if (packable && packed_bytes_ <= sizeof(uint64_t)) {
    form_ = KeyForm::Packed64;
  } else if (packable && packed_bytes_ <= sizeof(UInt128)) {
    form_ = KeyForm::Packed128;
  } else if (types_.size() == 1 && !can_be_null(*types_[0]) &&
             bare(types_[0])->kind() == PhysicalKind::String) {
    form_ = KeyForm::Text;
  } else {
    form_ = KeyForm::Bytes;
  }
}

template <class Key>
void GroupKey::pack_as(std::span<const ColumnPtr> columns, size_t row_count,
                       Buffer<Key>& keys) const {
  keys.resize(row_count);
  std::fill(keys.begin(), keys.end(), Key{0});
  size_t shift = 0;
  for (size_t c = 0; c < types_.size(); ++c) {
    const Cells cells = cells_of(columns[c]);
    dispatch_number(cells.column->kind(), [&]<class T>() {
      if constexpr (sizeof(T) <= sizeof(Key)) {
        const std::span<const T> values = values_of<T>(*cells.column);
        if (cells.nulls.empty()) {
          for (size_t i = 0; i < row_count; ++i) {
            keys[i] |= static_cast<Key>(static_cast<Key>(bits_of(values[i])) << shift);
          }
        } else {
          for (size_t i = 0; i < row_count; ++i) {
            const T value = cells.nulls[i] != 0 ? T{0} : values[i];
            keys[i] |= static_cast<Key>(static_cast<Key>(bits_of(value)) << shift);
          }
        }
        shift += 8 * sizeof(T);
      }
    });
    if (can_be_null(*types_[c])) {
      if (!cells.nulls.empty()) {
        for (size_t i = 0; i < row_count; ++i) {
          keys[i] |= static_cast<Key>(static_cast<Key>(cells.nulls[i]) << shift);
        }
      }
      shift += 8;
    }
  }
}

void GroupKey::pack(std::span<const ColumnPtr> columns, size_t row_count,
                    Buffer<uint64_t>& keys) const {
  pack_as(columns, row_count, keys);
}

void GroupKey::pack(std::span<const ColumnPtr> columns, size_t row_count,
                    Buffer<UInt128>& keys) const {
  pack_as(columns, row_count, keys);
}

template <class Key>
std::vector<ColumnPtr> GroupKey::unpack_as(std::span<const Key> keys) const {
  std::vector<ColumnPtr> columns;
  size_t shift = 0;
  for (const DataTypePtr& type : types_) {
    const DataTypePtr cell = bare(type);
    ColumnPtr column = dispatch_number(cell->kind(), [&]<class T>() -> ColumnPtr {
      Buffer<T> values(keys.size());
      if constexpr (sizeof(T) <= sizeof(Key)) {
        using Bits = typename UnsignedOf<sizeof(T)>::type;
        for (size_t i = 0; i < keys.size(); ++i) {
          const auto bits = static_cast<Bits>(keys[i] >> shift);
          std::memcpy(&values[i], &bits, sizeof(T));
        }
        shift += 8 * sizeof(T);
      }
      return make_number_column(std::move(values));
    });
    if (can_be_null(*type)) {
      Buffer<uint8_t> nulls(keys.size());
      for (size_t i = 0; i < keys.size(); ++i)
        nulls[i] = static_cast<uint8_t>(keys[i] >> shift) & 1;
      shift += 8;
      column = std::make_shared<NullableColumn>(std::move(column), std::move(nulls));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<ColumnPtr> GroupKey::unpack(std::span<const uint64_t> keys) const {
  return unpack_as(keys);
}

std::vector<ColumnPtr> GroupKey::unpack(std::span<const UInt128> keys) const {
  return unpack_as(keys);
}

namespace {

// What one column adds to each key: its cells' bytes, by row.
class CellBytes {
 public:
  CellBytes(const ColumnPtr& column, bool nullable) : nullable_(nullable) {
    if (column->form() == ColumnForm::Dictionary && column->kind() == PhysicalKind::String) {
      const auto& coded = static_cast<const DictionaryColumn&>(*column);
      cells_ = {coded.dictionary()->entries, column, {}};
      codes_ = coded.codes();
    } else {
      cells_ = cells_of(column);
    }
    const PhysicalKind kind = cells_.column->kind();
    if (is_number_kind(kind)) {
      dispatch_number(kind, [&]<class T>() { width_ = sizeof(T); });
    } else if (kind == PhysicalKind::String) {
      strings_ = static_cast<const StringColumn*>(cells_.column.get());
    }
  }

  size_t bytes(size_t row) {
    const size_t flag = nullable_ ? 1 : 0;
    if (is_null(row)) return flag;
    if (width_ != 0) return flag + width_;
    if (strings_ != nullptr) return flag + sizeof(uint32_t) + strings_->at(cell(row)).size();
    boxed_.clear();
    put_cell_bytes(*cells_.column, cell(row), boxed_);
    return flag + sizeof(uint32_t) + boxed_.size();
  }

  // Writes bytes(row) bytes. Requires: bytes(row) was called last for this row.
  char* write(size_t row, char* out) {
    if (nullable_) *out++ = is_null(row) ? 1 : 0;
    if (is_null(row)) return out;
    if (width_ != 0) {
      dispatch_number(cells_.column->kind(), [&]<class T>() {
        const auto bits = bits_of(values_of<T>(*cells_.column)[row]);
        std::memcpy(out, &bits, sizeof(T));
      });
      return out + width_;
    }
    std::string_view text = boxed_;
    if (strings_ != nullptr) {
      text = strings_->at(cell(row));
    } else {
      boxed_.clear();
      put_cell_bytes(*cells_.column, cell(row), boxed_);
      text = boxed_;
    }
    const auto length = static_cast<uint32_t>(text.size());
    std::memcpy(out, &length, sizeof(length));
    std::memcpy(out + sizeof(length), text.data(), text.size());
    return out + sizeof(length) + text.size();
  }

 private:
  bool is_null(size_t row) const { return !cells_.nulls.empty() && cells_.nulls[row] != 0; }
  size_t cell(size_t row) const { return codes_.empty() ? row : codes_[row]; }

  bool nullable_;
  Cells cells_;
  std::span<const uint32_t> codes_;
  const StringColumn* strings_ = nullptr;
  size_t width_ = 0;
  std::string boxed_;
};

}  // namespace

void GroupKey::serialize(std::span<const ColumnPtr> columns, size_t row_count, Buffer<char>& bytes,
                         Buffer<uint32_t>& offsets) const {
  std::vector<CellBytes> cells;
  for (size_t c = 0; c < types_.size(); ++c)
    cells.emplace_back(columns[c], can_be_null(*types_[c]));
  offsets.resize(row_count + 1);
  std::fill(offsets.begin(), offsets.end(), 0U);
  // Column by column: the decision about a column's kind stays out of the rows' way.
  for (CellBytes& column : cells) {
    for (size_t i = 0; i < row_count; ++i) {
      offsets[i + 1] += static_cast<uint32_t>(column.bytes(i));
    }
  }
  uint64_t total = 0;
  for (size_t i = 1; i <= row_count; ++i) {
    total += offsets[i];
    if (total > std::numeric_limits<uint32_t>::max()) {
      throw Error(ErrorCode::TooLargeStringSize,
                  "The keys of one batch of rows take more than 4 GiB");
    }
    offsets[i] = static_cast<uint32_t>(total);
  }
  bytes.resize(total);
  std::vector<char*> ends(row_count);
  for (size_t i = 0; i < row_count; ++i) ends[i] = bytes.data() + offsets[i];
  for (CellBytes& column : cells) {
    for (size_t i = 0; i < row_count; ++i) ends[i] = column.write(i, ends[i]);
  }
}

std::vector<ColumnPtr> GroupKey::parse(std::span<const std::string_view> keys) const {
  std::vector<ColumnPtr> columns;
  if (form_ == KeyForm::Text) {
    auto strings = std::make_shared<StringColumn>();
    for (const std::string_view key : keys) strings->append_string(key);
    columns.push_back(std::move(strings));
    return columns;
  }
  std::vector<const char*> cursors(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) cursors[i] = keys[i].data();
  for (const DataTypePtr& type : types_) {
    const DataTypePtr cell = bare(type);
    MutableColumnPtr column = make_column(*cell);
    Buffer<uint8_t> nulls;
    const bool nullable = can_be_null(*type);
    for (const char*& cursor : cursors) {
      if (nullable) {
        nulls.push_back(static_cast<uint8_t>(*cursor++));
        if (nulls.back() != 0) {
          column->append_default(1);
          continue;
        }
      }
      if (is_number_kind(cell->kind())) {
        dispatch_number(cell->kind(), [&]<class T>() {
          T value;
          std::memcpy(&value, cursor, sizeof(T));
          static_cast<NumberColumn<T>&>(*column).mutable_values().push_back(value);
          cursor += sizeof(T);
        });
        continue;
      }
      uint32_t length;
      std::memcpy(&length, cursor, sizeof(length));
      const std::string_view text(cursor + sizeof(length), length);
      cursor += sizeof(length) + length;
      if (cell->kind() == PhysicalKind::String) {
        static_cast<StringColumn&>(*column).append_string(text);
      } else {
        ByteReader reader(text);
        append_value(*column, read_value(reader));
      }
    }
    ColumnPtr done = std::move(column);
    if (nullable) done = std::make_shared<NullableColumn>(std::move(done), std::move(nulls));
    columns.push_back(std::move(done));
  }
  return columns;
}

}  // namespace freshet
