#include <array>

#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

template <class U>
struct Distinct {
  static U range_of(const DistinctCells<U>& distinct) {
    return static_cast<U>(distinct.cells.back() - distinct.cells.front());
  }

  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    if (!statistics.distinct) return std::nullopt;
    const DistinctCells<U>& distinct = *statistics.distinct;
    const auto last_code = static_cast<uint32_t>(distinct.cells.size() - 1);
    return 5 + packed_cells_bytes<U>(distinct.cells.size(), range_of(distinct)) +
           packed_cells_bytes<uint32_t>(statistics.count, last_code);
  }

  static void encode(std::span<const U>, const CellStatistics<U>& statistics, std::string& out) {
    const DistinctCells<U>& distinct = *statistics.distinct;
    const auto last_code = static_cast<uint32_t>(distinct.cells.size() - 1);
    ByteWriter(out).put_varint(distinct.cells.size());
    put_packed_cells<U>(distinct.cells, distinct.cells.front(), range_of(distinct), out);
    put_packed_cells<uint32_t>(distinct.codes, 0, last_code, out);
  }

  struct Parsed {
    Buffer<U> cells;
    PackedCells<uint32_t> codes;

    Parsed(std::string_view bytes, size_t count) {
      ByteReader reader(bytes);
      const uint64_t cell_count = reader.get_varint();
      if (cell_count == 0 || cell_count > count) throw_code(cell_count, count);
      cells.resize(cell_count);
      PackedCells<U>::get(reader, cell_count).decode(cells);
      codes = PackedCells<uint32_t>::get(reader, count);
    }

    U at(uint32_t code) const {
      if (code >= cells.size()) [[unlikely]]
        throw_code(code, cells.size());
      return cells[code];
    }

    [[noreturn]] static void throw_code(uint64_t code, size_t bound) {
      throw Error(ErrorCode::CorruptedData, "Code of a distinct cell is not below " +
                                                std::to_string(bound) + ": " +
                                                std::to_string(code));
    }
  };

  static void decode(std::string_view bytes, std::span<U> out) {
    const Parsed parsed(bytes, out.size());
    Buffer<uint32_t> codes(out.size());
    parsed.codes.decode(codes);
    for (size_t i = 0; i < out.size(); ++i) out[i] = parsed.at(codes[i]);
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    const Parsed parsed(bytes, count);
    Buffer<uint32_t> codes(rows.size());
    parsed.codes.decode_selected(rows, codes.data());
    for (const uint32_t code : codes) *out++ = parsed.at(code);
  }
};

}  // namespace

template <class U>
NumberCodec<U> distinct_codec() {
  using Codec = Distinct<U>;
  return {.id = CodecId::Distinct,
          .name = "distinct",
          .weight_percent = 110,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint16_t> distinct_codec();
template NumberCodec<uint32_t> distinct_codec();
template NumberCodec<uint64_t> distinct_codec();
template NumberCodec<WordOf<16>::Type> distinct_codec();

}  // namespace freshet
