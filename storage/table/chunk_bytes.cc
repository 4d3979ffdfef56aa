#include "storage/table/chunk_bytes.h"

#include <cstring>
#include <limits>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/compress.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// Below this many raw bytes LZ4 has nothing to find.
constexpr size_t kCompressBytesMin = 512;

void append_lengths(std::span<const uint32_t> offsets, ByteWriter& writer) {
  for (size_t row = 0; row + 1 < offsets.size(); ++row) {
    writer.put_varint(offsets[row + 1] - offsets[row]);
  }
}

Buffer<uint32_t> read_offsets(size_t rows, ByteReader& reader) {
  reader.require_elements(rows, 1);
  Buffer<uint32_t> offsets(rows + 1);
  offsets[0] = 0;
  uint64_t end = 0;
  for (size_t row = 0; row < rows; ++row) {
    const uint64_t length = reader.get_varint();
    if (length > std::numeric_limits<uint32_t>::max() - end) {
      throw Error(ErrorCode::CorruptedData,
                  "Length of a logged cell is out of range: " + std::to_string(length));
    }
    end += length;
    offsets[row + 1] = static_cast<uint32_t>(end);
  }
  return offsets;
}

template <class T>
std::string_view raw_bytes(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

void append_column(const Column& column, std::string& out) {
  CHECK(column.form() == ColumnForm::Flat);
  ByteWriter writer(out);
  switch (column.kind()) {
    case PhysicalKind::String: {
      const auto& strings = static_cast<const StringColumn&>(column);
      append_lengths(strings.offsets(), writer);
      writer.put_bytes(strings.bytes());
      return;
    }
    case PhysicalKind::FixedString:
      writer.put_bytes(static_cast<const FixedStringColumn&>(column).bytes());
      return;
    case PhysicalKind::Array: {
      const auto& lists = static_cast<const ArrayColumn&>(column);
      append_lengths(lists.offsets(), writer);
      append_column(*lists.elements(), out);
      return;
    }
    case PhysicalKind::Tuple: {
      const auto& tuples = static_cast<const TupleColumn&>(column);
      for (size_t index = 0; index < tuples.element_count(); ++index) {
        append_column(*tuples.element(index), out);
      }
      return;
    }
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      writer.put_bytes(raw_bytes(nullable.nulls()));
      append_column(*nullable.nested(), out);
      return;
    }
    default:
      dispatch_number(column.kind(),
                      [&]<class T>() { writer.put_bytes(raw_bytes(values_of<T>(column))); });
  }
}

template <class T>
Buffer<T> read_cells(size_t count, ByteReader& reader) {
  reader.require_elements(count, sizeof(T));
  const std::string_view bytes = reader.get_bytes(count * sizeof(T));
  Buffer<T> cells(count);
  if (count > 0) std::memcpy(cells.data(), bytes.data(), bytes.size());
  return cells;
}

// `like` is an empty column of the shape to read.
ColumnPtr read_column_bytes(const Column& like, size_t rows, ByteReader& reader) {
  switch (like.kind()) {
    case PhysicalKind::String: {
      Buffer<uint32_t> offsets = read_offsets(rows, reader);
      Buffer<char> bytes = read_cells<char>(offsets.back(), reader);
      return std::make_shared<StringColumn>(std::move(offsets), std::move(bytes));
    }
    case PhysicalKind::FixedString: {
      const size_t width = static_cast<const FixedStringColumn&>(like).cell_bytes();
      reader.require_elements(rows, width);
      return std::make_shared<FixedStringColumn>(width, read_cells<char>(rows * width, reader));
    }
    case PhysicalKind::Array: {
      Buffer<uint32_t> offsets = read_offsets(rows, reader);
      ColumnPtr elements = read_column_bytes(*static_cast<const ArrayColumn&>(like).elements(),
                                             offsets.back(), reader);
      return std::make_shared<ArrayColumn>(std::move(elements), std::move(offsets));
    }
    case PhysicalKind::Tuple: {
      const auto& tuple = static_cast<const TupleColumn&>(like);
      std::vector<ColumnPtr> elements;
      for (size_t index = 0; index < tuple.element_count(); ++index) {
        elements.push_back(read_column_bytes(*tuple.element(index), rows, reader));
      }
      return std::make_shared<TupleColumn>(std::move(elements), rows);
    }
    case PhysicalKind::Nullable: {
      Buffer<uint8_t> nulls = read_cells<uint8_t>(rows, reader);
      ColumnPtr nested =
          read_column_bytes(*static_cast<const NullableColumn&>(like).nested(), rows, reader);
      return std::make_shared<NullableColumn>(std::move(nested), std::move(nulls));
    }
    default:
      return dispatch_number(like.kind(), [&]<class T>() -> ColumnPtr {
        return make_number_column<T>(read_cells<T>(rows, reader));
      });
  }
}

}  // namespace

void append_chunk_bytes(const Chunk& chunk, std::string& out) {
  std::string raw;
  raw.reserve(chunk.memory_bytes());
  for (const ColumnPtr& column : chunk.columns) {
    CHECK(column->size() == chunk.row_count);
    append_column(*column, raw);
  }
  std::string packed;
  if (raw.size() >= kCompressBytesMin) packed = compress(Compression::Lz4, raw);
  const bool pays = !packed.empty() && packed.size() < raw.size() - raw.size() / 8;
  ByteWriter writer(out);
  writer.put_varint(chunk.row_count);
  writer.put_u8(static_cast<uint8_t>(pays ? Compression::Lz4 : Compression::None));
  writer.put_varint(raw.size());
  writer.put_string(pays ? packed : raw);
}

Chunk read_chunk_bytes(const Schema& schema, ByteReader& reader) {
  Chunk chunk;
  chunk.row_count = reader.get_varint();
  const uint8_t compression = reader.get_u8();
  const uint64_t raw_bytes = reader.get_varint();
  const std::string_view stored = reader.get_string();
  if (compression > static_cast<uint8_t>(Compression::Zstd) ||
      (compression == 0 && raw_bytes != stored.size()) ||
      // LZ4 cannot shrink further than 255 to 1.
      raw_bytes / 256 > stored.size()) {
    throw Error(ErrorCode::CorruptedData,
                "Size of a logged chunk does not fit its bytes: " + std::to_string(raw_bytes));
  }
  std::string unpacked;
  if (compression != 0) {
    unpacked.resize(raw_bytes);
    decompress(static_cast<Compression>(compression), stored, raw_bytes, unpacked.data());
  }
  ByteReader cells(compression != 0 ? std::string_view(unpacked) : stored);
  for (const NamedType& column : schema.columns()) {
    chunk.columns.push_back(read_column_bytes(*make_column(*column.type), chunk.row_count, cells));
  }
  if (!cells.at_end()) {
    throw Error(ErrorCode::CorruptedData,
                "Bytes left over after a logged chunk: " + std::to_string(cells.remaining()));
  }
  return chunk;
}

}  // namespace freshet
