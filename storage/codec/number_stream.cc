#include "storage/codec/number_stream.h"

#include "storage/codec/cell_statistics.h"
#include "storage/codec/codec_registry.h"

namespace freshet {

namespace {

// Compressed cells cannot be decoded one by one. Plain ones must save what makes up for that;
// packed ones are small already and must save more.
unsigned saving_percent_min(CodecId codec) { return codec == CodecId::Plain ? 10 : 20; }

}  // namespace

template <class U>
void put_number_stream(std::span<const U> cells, CellKind kind, CompressionLevel level,
                       std::string& out) {
  CellStatistics<U> statistics = compute_statistics<U>(cells, kind);
  const NumberCodec<U>& codec = choose_number_codec<U>(cells, kind, statistics);
  std::string bytes;
  codec.encode(cells, statistics, bytes);
  out.push_back(static_cast<char>(codec.id));
  put_byte_stream(bytes, level, saving_percent_min(codec.id), out);
}

template <class U>
NumberStream<U> NumberStream<U>::get(ByteReader& reader, size_t count) {
  const auto id = static_cast<CodecId>(reader.get_u8());
  const NumberCodec<U>& codec = find_number_codec<U>(id);
  return NumberStream(codec, ByteStream::get(reader), count);
}

template <class U>
void NumberStream<U>::decode(std::span<U> out) {
  codec_->decode(bytes_.all(), out);
}

template <class U>
void NumberStream<U>::decode_selected(std::span<const RowIndex> rows, U* out) {
  codec_->decode_selected(bytes_.all(), count_, rows, out);
}

#define FRESHET_INSTANTIATE(U)                                                       \
  template void put_number_stream<U>(std::span<const U>, CellKind, CompressionLevel, \
                                     std::string&);                                  \
  template class NumberStream<U>;
FRESHET_INSTANTIATE(uint8_t)
FRESHET_INSTANTIATE(uint16_t)
FRESHET_INSTANTIATE(uint32_t)
FRESHET_INSTANTIATE(uint64_t)
FRESHET_INSTANTIATE(WordOf<16>::Type)
#undef FRESHET_INSTANTIATE

}  // namespace freshet
