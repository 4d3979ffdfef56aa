#include <array>

#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

template <class U>
struct Delta {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    if (statistics.count < 2) return std::nullopt;
    return sizeof(U) + packed_cells_bytes<U>(statistics.count - 1, statistics.delta_range);
  }

  static void encode(std::span<const U> cells, const CellStatistics<U>& statistics,
                     std::string& out) {
    Buffer<U> deltas(cells.size() - 1);
    for (size_t i = 1; i < cells.size(); ++i) {
      deltas[i - 1] = static_cast<U>(cells[i] - cells[i - 1]);
    }
    put_cell<U>(cells[0], out);
    put_packed_cells<U>(deltas, statistics.delta_min, statistics.delta_range, out);
  }

  static void decode(std::string_view bytes, std::span<U> out) {
    ByteReader reader(bytes);
    U cell = get_cell<U>(reader);
    if (out.empty()) return;
    PackedCells<U>::get(reader, out.size() - 1).decode(out.subspan(1));
    out[0] = cell;
    for (U& next : out.subspan(1)) {
      cell = static_cast<U>(cell + next);
      next = cell;
    }
  }

  // In sums of their own, which do not wait for each other.
  static U sum_of(const std::array<U, kPackGroupCells>& deltas) {
    U a = 0;
    U b = 0;
    U c = 0;
    U d = 0;
    for (size_t i = 0; i < deltas.size(); i += 4) {
      a = static_cast<U>(a + deltas[i]);
      b = static_cast<U>(b + deltas[i + 1]);
      c = static_cast<U>(c + deltas[i + 2]);
      d = static_cast<U>(d + deltas[i + 3]);
    }
    return static_cast<U>(a + b + c + d);
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    ByteReader reader(bytes);
    U cell = get_cell<U>(reader);
    size_t i = 0;
    for (; i < rows.size() && rows[i] == 0; ++i) *out++ = cell;
    if (i == rows.size()) return;
    // Groups of deltas without a row that is asked for only have to be summed, which takes vectors,
    // and those behind the last one are not unpacked.
    const PackedCells<U> deltas = PackedCells<U>::get(reader, count - 1);
    std::array<U, kPackGroupCells> space;
    for (size_t first = 0; i < rows.size(); first += space.size()) {
      const auto group = std::span(space).first(std::min(space.size(), deltas.count - first));
      unpack_bits_group<U>(deltas.bits, deltas.count, deltas.width, deltas.min, first, group);
      if (rows[i] > first + group.size()) {
        // Not the last group, which is the only one that may be shorter.
        cell = static_cast<U>(cell + sum_of(space));
        continue;
      }
      for (U& delta : group) delta = cell = static_cast<U>(cell + delta);
      for (; i < rows.size() && rows[i] <= first + group.size(); ++i) {
        *out++ = group[rows[i] - first - 1];
      }
    }
  }
};

}  // namespace

template <class U>
NumberCodec<U> delta_codec() {
  using Codec = Delta<U>;
  return {.id = CodecId::Delta,
          .name = "delta",
          .weight_percent = 125,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint8_t> delta_codec();
template NumberCodec<uint16_t> delta_codec();
template NumberCodec<uint32_t> delta_codec();
template NumberCodec<uint64_t> delta_codec();

}  // namespace freshet
