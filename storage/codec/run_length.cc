#include <algorithm>

#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

// Below so many rows a run the other codecs are as small and faster.
constexpr size_t kRowsPerRunMin = 4;

template <class U>
struct RunLength {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    const size_t runs = statistics.run_count;
    if (runs == 0 || runs > statistics.count / kRowsPerRunMin) return std::nullopt;
    return 5 + packed_cells_bytes<U>(runs, statistics.range) +
           packed_cells_bytes<uint32_t>(runs, static_cast<uint32_t>(statistics.count));
  }

  static void encode(std::span<const U> cells, const CellStatistics<U>& statistics,
                     std::string& out) {
    Buffer<U> values;
    Buffer<uint32_t> lengths;
    values.reserve(statistics.run_count);
    lengths.reserve(statistics.run_count);
    for (size_t start = 0; start < cells.size();) {
      size_t end = start + 1;
      while (end < cells.size() && cells[end] == cells[start]) ++end;
      values.push_back(cells[start]);
      lengths.push_back(static_cast<uint32_t>(end - start));
      start = end;
    }
    const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
    ByteWriter(out).put_varint(values.size());
    put_packed_cells<U>(values, statistics.min, statistics.range, out);
    put_packed_cells<uint32_t>(lengths, *shortest, *longest - *shortest, out);
  }

  struct Runs {
    Buffer<U> cells;
    Buffer<uint32_t> lengths;

    Runs(std::string_view bytes, size_t row_count) {
      ByteReader reader(bytes);
      const uint64_t run_count = reader.get_varint();
      if (run_count > row_count) throw_row_count(run_count, row_count);
      cells.resize(run_count);
      lengths.resize(run_count);
      PackedCells<U>::get(reader, run_count).decode(cells);
      PackedCells<uint32_t>::get(reader, run_count).decode(lengths);
      uint64_t rows = 0;
      for (const uint32_t length : lengths) rows += length;
      if (rows != row_count) throw_row_count(rows, row_count);
    }

    [[noreturn]] static void throw_row_count(uint64_t found, size_t wanted) {
      throw Error(ErrorCode::CorruptedData, "Runs of " + std::to_string(wanted) +
                                                " rows cannot hold " + std::to_string(found));
    }
  };

  // In steps of known length, which compilers make vectors of.
  static U* fill(U* out, size_t count, U cell) {
    constexpr size_t kStep = std::max<size_t>(64 / sizeof(U), 8);
    for (; count >= kStep; count -= kStep, out += kStep) {
      for (size_t i = 0; i < kStep; ++i) out[i] = cell;
    }
    for (size_t i = 0; i < count; ++i) *out++ = cell;
    return out;
  }

  static void decode(std::string_view bytes, std::span<U> out) {
    const Runs runs(bytes, out.size());
    U* next = out.data();
    for (size_t i = 0; i < runs.cells.size(); ++i) {
      next = fill(next, runs.lengths[i], runs.cells[i]);
    }
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    const Runs runs(bytes, count);
    size_t run = 0;
    uint64_t run_end = runs.lengths.empty() ? 0 : runs.lengths[0];
    for (const RowIndex row : rows) {
      while (row >= run_end) run_end += runs.lengths[++run];
      *out++ = runs.cells[run];
    }
  }
};

}  // namespace

template <class U>
NumberCodec<U> run_length_codec() {
  using Codec = RunLength<U>;
  return {.id = CodecId::RunLength,
          .name = "run_length",
          .weight_percent = 100,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template NumberCodec<uint8_t> run_length_codec();
template NumberCodec<uint16_t> run_length_codec();
template NumberCodec<uint32_t> run_length_codec();
template NumberCodec<uint64_t> run_length_codec();
template NumberCodec<WordOf<16>::Type> run_length_codec();

}  // namespace freshet
