#include "query/operator/column_bytes.h"

#include <cstring>
#include <utility>

#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

template <class T>
void put_cells(std::span<const T> cells, std::string& out) {
  out.append(reinterpret_cast<const char*>(cells.data()), cells.size_bytes());
}

template <class T>
Buffer<T> get_cells(size_t count, ByteReader& in) {
  in.require_elements(count, sizeof(T));
  const std::string_view bytes = in.get_bytes(count * sizeof(T));
  Buffer<T> cells(count);
  if (count != 0) std::memcpy(cells.data(), bytes.data(), bytes.size());
  return cells;
}

// Lengths compress better than offsets.
void put_lengths(std::span<const uint32_t> offsets, std::string& out) {
  Buffer<uint32_t> lengths(offsets.size() - 1);
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = offsets[i + 1] - offsets[i];
  put_cells(std::span<const uint32_t>(lengths), out);
}

Buffer<uint32_t> get_offsets(size_t count, ByteReader& in) {
  const Buffer<uint32_t> lengths = get_cells<uint32_t>(count, in);
  Buffer<uint32_t> offsets(count + 1);
  offsets[0] = 0;
  for (size_t i = 0; i < count; ++i) offsets[i + 1] = offsets[i] + lengths[i];
  return offsets;
}

void write_column(const Column& column, std::string& out) {
  const PhysicalKind kind = column.kind();
  out.push_back(static_cast<char>(kind));
  switch (kind) {
    case PhysicalKind::String: {
      const auto& strings = static_cast<const StringColumn&>(column);
      put_lengths(strings.offsets(), out);
      out.append(strings.bytes());
      return;
    }
    case PhysicalKind::FixedString: {
      const auto& strings = static_cast<const FixedStringColumn&>(column);
      ByteWriter(out).put_varint(strings.cell_bytes());
      out.append(strings.bytes());
      return;
    }
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      put_cells(nullable.nulls(), out);
      write_column(*nullable.nested(), out);
      return;
    }
    case PhysicalKind::Array: {
      const auto& lists = static_cast<const ArrayColumn&>(column);
      put_lengths(lists.offsets(), out);
      write_column(*lists.elements(), out);
      return;
    }
    case PhysicalKind::Tuple: {
      const auto& tuple = static_cast<const TupleColumn&>(column);
      ByteWriter(out).put_varint(tuple.element_count());
      for (size_t i = 0; i < tuple.element_count(); ++i) write_column(*tuple.element(i), out);
      return;
    }
    default:
      dispatch_number(kind, [&]<class T>() { put_cells(values_of<T>(column), out); });
  }
}

ColumnPtr read_column(size_t row_count, ByteReader& in) {
  const auto kind = static_cast<PhysicalKind>(in.get_u8());
  switch (kind) {
    case PhysicalKind::String: {
      Buffer<uint32_t> offsets = get_offsets(row_count, in);
      Buffer<char> bytes = get_cells<char>(offsets.back(), in);
      return std::make_shared<StringColumn>(std::move(offsets), std::move(bytes));
    }
    case PhysicalKind::FixedString: {
      const uint64_t cell_bytes = in.get_varint();
      in.require_elements(row_count, cell_bytes);
      return std::make_shared<FixedStringColumn>(cell_bytes,
                                                 get_cells<char>(row_count * cell_bytes, in));
    }
    case PhysicalKind::Nullable: {
      Buffer<uint8_t> nulls = get_cells<uint8_t>(row_count, in);
      return std::make_shared<NullableColumn>(read_column(row_count, in), std::move(nulls));
    }
    case PhysicalKind::Array: {
      Buffer<uint32_t> offsets = get_offsets(row_count, in);
      ColumnPtr elements = read_column(offsets.back(), in);
      return std::make_shared<ArrayColumn>(std::move(elements), std::move(offsets));
    }
    case PhysicalKind::Tuple: {
      const uint64_t count = in.get_varint();
      in.require_elements(count, 1);
      std::vector<ColumnPtr> elements;
      for (uint64_t i = 0; i < count; ++i) elements.push_back(read_column(row_count, in));
      return std::make_shared<TupleColumn>(std::move(elements), row_count);
    }
    default:
      if (!is_number_kind(kind)) {
        throw Error(ErrorCode::CorruptedData, "A temporary file has a column of unknown kind " +
                                                  std::to_string(static_cast<unsigned>(kind)));
      }
      return dispatch_number(kind, [&]<class T>() -> ColumnPtr {
        return make_number_column(get_cells<T>(row_count, in));
      });
  }
}

}  // namespace

void write_columns(std::span<const ColumnPtr> columns, size_t row_count, std::string& out) {
  ByteWriter(out).put_varint(columns.size());
  for (const ColumnPtr& column : columns) {
    CHECK(column->size() == row_count);
    write_column(*flat(column), out);
  }
}

std::vector<ColumnPtr> read_columns(size_t row_count, ByteReader& in) {
  const uint64_t count = in.get_varint();
  in.require_elements(count, 1);
  std::vector<ColumnPtr> columns;
  for (uint64_t i = 0; i < count; ++i) columns.push_back(read_column(row_count, in));
  return columns;
}

}  // namespace freshet
