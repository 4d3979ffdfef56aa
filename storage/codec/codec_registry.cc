#include "storage/codec/codec_registry.h"

#include <array>

#include "storage/base/error.h"
#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"

namespace freshet {

namespace {

template <class U>
auto make_table() {
  if constexpr (sizeof(U) == 16) {
    return std::array{constant_codec<U>(), plain_codec<U>(), run_length_codec<U>(),
                      distinct_codec<U>()};
  } else if constexpr (sizeof(U) == 1) {
    return std::array{constant_codec<U>(), plain_codec<U>(), bit_packed_codec<U>(),
                      run_length_codec<U>(), delta_codec<U>()};
  } else if constexpr (sizeof(U) == 2) {
    return std::array{constant_codec<U>(),   plain_codec<U>(), bit_packed_codec<U>(),
                      run_length_codec<U>(), delta_codec<U>(), distinct_codec<U>()};
  } else {
    return std::array{constant_codec<U>(),   plain_codec<U>(), bit_packed_codec<U>(),
                      run_length_codec<U>(), delta_codec<U>(), distinct_codec<U>(),
                      alp_codec<U>()};
  }
}

template <class U>
size_t weighed_bytes(const NumberCodec<U>& codec, size_t bytes) {
  return bytes * codec.weight_percent / 100;
}

// Looking for distinct cells costs a hash each; up to so many bits a row there is little to win.
constexpr size_t kDistinctBitsPerRowMin = 8;
constexpr size_t kDistinctRowsMin = 64;
// Digits of fewer floats are not looked for, nor where they are packed into so small a part.
constexpr size_t kDecimalRowsMin = 64;
constexpr size_t kDecimalGainMax = 8;
// A distinct cell must stand for so many rows.
constexpr size_t kRowsPerDistinctMin = 4;

}  // namespace

template <class U>
std::span<const NumberCodec<U>> number_codecs() {
  static const auto table = make_table<U>();
  return table;
}

template <class U>
const NumberCodec<U>& find_number_codec(CodecId id) {
  for (const NumberCodec<U>& codec : number_codecs<U>()) {
    if (codec.id == id) return codec;
  }
  throw Error(ErrorCode::CorruptedData, "Unknown codec for cells of " + std::to_string(sizeof(U)) +
                                            " bytes: " + std::to_string(static_cast<unsigned>(id)));
}

template <class U>
const NumberCodec<U>& choose_number_codec(std::span<const U> cells, CellKind kind,
                                          CellStatistics<U>& statistics) {
  const NumberCodec<U>* best = nullptr;
  size_t best_bytes = 0;
  const auto offer = [&](const NumberCodec<U>& codec) {
    const std::optional<size_t> bytes = codec.encoded_bytes(statistics);
    if (!bytes) return;
    const size_t weighed = weighed_bytes(codec, *bytes);
    if (best != nullptr && weighed >= best_bytes) return;
    best = &codec;
    best_bytes = weighed;
  };
  for (const NumberCodec<U>& codec : number_codecs<U>()) offer(codec);
  if constexpr (sizeof(U) > 1) {
    if (cells.size() >= kDistinctRowsMin &&
        best_bytes * 8 > cells.size() * kDistinctBitsPerRowMin) {
      statistics.distinct = compute_distinct<U>(cells, cells.size() / kRowsPerDistinctMin);
      offer(find_number_codec<U>(CodecId::Distinct));
    }
  }
  if constexpr (sizeof(U) == 4 || sizeof(U) == 8) {
    // What repeats that much is best found by the codecs above, and decoded faster.
    if (kind == CellKind::Float && cells.size() >= kDecimalRowsMin &&
        best_bytes > cells.size() * sizeof(U) / kDecimalGainMax) {
      statistics.decimal = compute_decimal<U>(cells);
      offer(find_number_codec<U>(CodecId::Alp));
    }
  }
  return *best;
}

#define FRESHET_INSTANTIATE(U)                                                        \
  template std::span<const NumberCodec<U>> number_codecs<U>();                        \
  template const NumberCodec<U>& find_number_codec<U>(CodecId id);                    \
  template const NumberCodec<U>& choose_number_codec<U>(std::span<const U>, CellKind, \
                                                        CellStatistics<U>&);
FRESHET_INSTANTIATE(uint8_t)
FRESHET_INSTANTIATE(uint16_t)
FRESHET_INSTANTIATE(uint32_t)
FRESHET_INSTANTIATE(uint64_t)
FRESHET_INSTANTIATE(WordOf<16>::Type)
#undef FRESHET_INSTANTIATE

}  // namespace freshet
