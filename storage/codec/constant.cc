#include <algorithm>

#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

template <class U>
struct Constant {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    if (statistics.run_count != 1) return std::nullopt;
    return sizeof(U);
  }

  static void encode(std::span<const U> cells, const CellStatistics<U>&, std::string& out) {
    put_cell<U>(cells[0], out);
  }

  static void decode(std::string_view bytes, std::span<U> out) {
    ByteReader reader(bytes);
    std::fill(out.begin(), out.end(), get_cell<U>(reader));
  }

  static void decode_selected(std::string_view bytes, size_t, std::span<const RowIndex> rows,
                              U* out) {
    decode(bytes, {out, rows.size()});
  }
};

}  // namespace

template <class U>
NumberCodec<U> constant_codec() {
  using Codec = Constant<U>;
  return {.id = CodecId::Constant,
          .name = "constant",
          .weight_percent = 100,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint8_t> constant_codec();
template NumberCodec<uint16_t> constant_codec();
template NumberCodec<uint32_t> constant_codec();
template NumberCodec<uint64_t> constant_codec();
template NumberCodec<WordOf<16>::Type> constant_codec();

}  // namespace freshet
