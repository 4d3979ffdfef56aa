#include <cstring>

#include "storage/base/error.h"
#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"

namespace freshet {

namespace {

template <class U>
struct Plain {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    return statistics.count * sizeof(U);
  }

  static void encode(std::span<const U> cells, const CellStatistics<U>&, std::string& out) {
    out.append(reinterpret_cast<const char*>(cells.data()), cells.size_bytes());
  }

  static void decode(std::string_view bytes, std::span<U> out) {
    verify(bytes, out.size());
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    verify(bytes, count);
    for (const RowIndex row : rows) {
      std::memcpy(out++, bytes.data() + row * sizeof(U), sizeof(U));
    }
  }

  static void verify(std::string_view bytes, size_t count) {
    if (bytes.size() == count * sizeof(U)) return;
    throw Error(ErrorCode::CorruptedData, std::to_string(count) + " cells of " +
                                              std::to_string(sizeof(U)) + " bytes cannot take " +
                                              std::to_string(bytes.size()));
  }
};

}  // namespace

template <class U>
NumberCodec<U> plain_codec() {
  using Codec = Plain<U>;
  return {.id = CodecId::Plain,
          .name = "plain",
          .weight_percent = 100,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint8_t> plain_codec();
template NumberCodec<uint16_t> plain_codec();
template NumberCodec<uint32_t> plain_codec();
template NumberCodec<uint64_t> plain_codec();
template NumberCodec<WordOf<16>::Type> plain_codec();

}  // namespace freshet
