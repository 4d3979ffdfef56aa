#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

template <class U>
struct BitPacked {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    return packed_cells_bytes<U>(statistics.count, statistics.range);
  }

  static void encode(std::span<const U> cells, const CellStatistics<U>& statistics,
                     std::string& out) {
    put_packed_cells<U>(cells, statistics.min, statistics.range, out);
  }

  static void decode(std::string_view bytes, std::span<U> out) {
    ByteReader reader(bytes);
    PackedCells<U>::get(reader, out.size()).decode(out);
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    ByteReader reader(bytes);
    PackedCells<U>::get(reader, count).decode_selected(rows, out);
  }
};

}  // namespace

template <class U>
NumberCodec<U> bit_packed_codec() {
  using Codec = BitPacked<U>;
  return {.id = CodecId::BitPacked,
          .name = "bit_packed",
          .weight_percent = 100,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint8_t> bit_packed_codec();
template NumberCodec<uint16_t> bit_packed_codec();
template NumberCodec<uint32_t> bit_packed_codec();
template NumberCodec<uint64_t> bit_packed_codec();

}  // namespace freshet
