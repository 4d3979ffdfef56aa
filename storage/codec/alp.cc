#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_codecs.h"
#include "storage/codec/packed_cells.h"

namespace freshet {

namespace {

// Cells of the block that the decimal places are chosen by.
constexpr size_t kSampleCells = 64;
// With more exceptions than one cell in so many, the block's numbers are not decimal.
constexpr size_t kCellsPerExceptionMin = 8;

// 10^k and 10^-k, each the double that is nearest to it.
struct Powers {
  static constexpr size_t kCount = 19;

  constexpr Powers() {
    long double power = 1;
    for (size_t k = 0; k < kCount; ++k, power *= 10) {
      up[k] = static_cast<double>(power);
      down[k] = static_cast<double>(1 / power);
    }
  }
  std::array<double, kCount> up{};
  std::array<double, kCount> down{};
};

constexpr Powers kPowers;

// number = digits * 10^up * 10^-down: 19.99 is 1999 with up 0 and down 2. The product of both
// powers is taken step by step, as it was when the digits were found: each step rounds. Floats are
// reckoned as doubles and rounded once more.
template <class U>
struct Decimal {
  using F = std::conditional_t<sizeof(U) == 8, double, float>;
  using Digits = std::make_signed_t<U>;
  // More would not make a float.
  static constexpr size_t kPlacesMax = sizeof(U) == 8 ? 18 : 10;

  unsigned up = 0;
  unsigned down = 0;

  // Nothing when `cell` is not exactly what cell_of() gives back, which NaN, infinities and -0
  // never are.
  std::optional<Digits> digits_of(U cell) const {
    // Above it not every integer is a double, or they are no Digits.
    constexpr auto kDigitsMax = static_cast<double>(sizeof(U) == 8 ? 1LL << 51 : 1LL << 30);
    const double scaled =
        static_cast<double>(std::bit_cast<F>(cell)) * kPowers.up[down] * kPowers.down[up];
    if (!(std::abs(scaled) < kDigitsMax)) return std::nullopt;
    // Adding and taking away 1.5 * 2^52 leaves the nearest integer.
    constexpr auto kRound = static_cast<double>(3LL << 51);
    const auto digits = static_cast<Digits>((scaled + kRound) - kRound);
    if (cell_of(static_cast<U>(digits)) != cell) return std::nullopt;
    return digits;
  }

  U cell_of(U digits) const {
    return std::bit_cast<U>(static_cast<F>(static_cast<double>(static_cast<Digits>(digits)) *
                                           kPowers.up[up] * kPowers.down[down]));
  }
};

// The places that make a sample of the cells short.
template <class U>
Decimal<U> choose_decimal(std::span<const U> cells) {
  using Digits = typename Decimal<U>::Digits;
  const size_t step = std::max<size_t>(1, cells.size() / kSampleCells);
  Decimal<U> best;
  size_t best_bits = std::numeric_limits<size_t>::max();
  for (unsigned down = 0; down <= Decimal<U>::kPlacesMax; ++down) {
    for (unsigned up = 0; up <= down; ++up) {
      const Decimal<U> decimal{up, down};
      Digits min = std::numeric_limits<Digits>::max();
      Digits max = std::numeric_limits<Digits>::min();
      size_t exceptions = 0;
      size_t count = 0;
      for (size_t i = 0; i < cells.size(); i += step, ++count) {
        const auto digits = decimal.digits_of(cells[i]);
        exceptions += !digits;
        if (!digits) continue;
        min = std::min(min, *digits);
        max = std::max(max, *digits);
      }
      if (exceptions == count) continue;
      const auto range = static_cast<U>(static_cast<U>(max) - static_cast<U>(min));
      const size_t bits = count * bit_width_of(static_cast<uint64_t>(range)) +
                          exceptions * 8 * (sizeof(U) + sizeof(uint32_t));
      if (bits >= best_bits) continue;
      best = decimal;
      best_bits = bits;
    }
  }
  return best;
}

template <class U>
struct Alp {
  static std::optional<size_t> encoded_bytes(const CellStatistics<U>& statistics) {
    if (!statistics.decimal) return std::nullopt;
    const DecimalCells<U>& cells = *statistics.decimal;
    return 2 + 5 + packed_cells_bytes<U>(statistics.count, cells.range) +
           cells.exceptions.size() * (sizeof(uint32_t) + sizeof(U));
  }

  static void encode(std::span<const U>, const CellStatistics<U>& statistics, std::string& out) {
    const DecimalCells<U>& cells = *statistics.decimal;
    ByteWriter writer(out);
    writer.put_u8(cells.up);
    writer.put_u8(cells.down);
    put_packed_cells<U>(cells.digits, cells.min, cells.range, out);
    writer.put_varint(cells.exceptions.size());
    for (const auto& [row, cell] : cells.exceptions) {
      writer.put_u32(row);
      put_cell<U>(cell, out);
    }
  }

  struct Parsed {
    Decimal<U> decimal;
    PackedCells<U> digits;
    std::vector<std::pair<uint32_t, U>> exceptions;  // by row, ascending

    Parsed(std::string_view bytes, size_t count) {
      ByteReader reader(bytes);
      decimal.up = reader.get_u8();
      decimal.down = reader.get_u8();
      if (std::max(decimal.up, decimal.down) > Decimal<U>::kPlacesMax) {
        throw Error(ErrorCode::CorruptedData,
                    "Decimal places are too many: " + std::to_string(decimal.up) + ", " +
                        std::to_string(decimal.down));
      }
      digits = PackedCells<U>::get(reader, count);
      const uint64_t exception_count = reader.get_varint();
      reader.require_elements(exception_count, sizeof(uint32_t) + sizeof(U));
      for (uint64_t i = 0; i < exception_count; ++i) {
        const uint32_t row = reader.get_u32();
        if (row >= count || (i > 0 && row <= exceptions.back().first)) {
          throw Error(
              ErrorCode::CorruptedData,
              "Row of a number that is not decimal is out of place: " + std::to_string(row));
        }
        exceptions.emplace_back(row, get_cell<U>(reader));
      }
    }
  };

  static void decode(std::string_view bytes, std::span<U> out) {
    const Parsed parsed(bytes, out.size());
    parsed.digits.decode(out);
    for (U& cell : out) cell = parsed.decimal.cell_of(cell);
    for (const auto& [row, cell] : parsed.exceptions) out[row] = cell;
  }

  static void decode_selected(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                              U* out) {
    const Parsed parsed(bytes, count);
    parsed.digits.decode_selected(rows, out);
    for (U& cell : std::span(out, rows.size())) cell = parsed.decimal.cell_of(cell);
    for (const auto& [row, cell] : parsed.exceptions) {
      const auto place = std::ranges::lower_bound(rows, row);
      if (place != rows.end() && *place == row) out[place - rows.begin()] = cell;
    }
  }
};

}  // namespace

template <class U>
std::optional<DecimalCells<U>> compute_decimal(std::span<const U> cells) {
  using Digits = typename Decimal<U>::Digits;
  if (cells.empty()) return std::nullopt;
  const Decimal<U> decimal = choose_decimal<U>(cells);
  DecimalCells<U> result;
  result.up = static_cast<uint8_t>(decimal.up);
  result.down = static_cast<uint8_t>(decimal.down);
  result.digits.resize(cells.size());
  const size_t exceptions_max = cells.size() / kCellsPerExceptionMin;
  std::optional<Digits> min;
  Digits max = 0;
  for (size_t row = 0; row < cells.size(); ++row) {
    const auto digits = decimal.digits_of(cells[row]);
    if (!digits) {
      if (result.exceptions.size() == exceptions_max) return std::nullopt;
      result.exceptions.emplace_back(static_cast<uint32_t>(row), cells[row]);
      continue;
    }
    result.digits[row] = static_cast<U>(*digits);
    max = min ? std::max(max, *digits) : *digits;
    min = min ? std::min(*min, *digits) : *digits;
  }
  if (!min) return std::nullopt;
  for (const auto& [row, cell] : result.exceptions) result.digits[row] = static_cast<U>(*min);
  result.min = static_cast<U>(*min);
  result.range = static_cast<U>(static_cast<U>(max) - static_cast<U>(*min));
  return result;
}

template <class U>
NumberCodec<U> alp_codec() {
  using Codec = Alp<U>;
  return {.id = CodecId::Alp,
          .name = "alp",
          .weight_percent = 110,
          .encoded_bytes = Codec::encoded_bytes,
          .encode = Codec::encode,
          .decode = Codec::decode,
          .decode_selected = Codec::decode_selected};
}

template std::optional<DecimalCells<uint32_t>> compute_decimal(std::span<const uint32_t>);
template std::optional<DecimalCells<uint64_t>> compute_decimal(std::span<const uint64_t>);
template NumberCodec<uint32_t> alp_codec();
template NumberCodec<uint64_t> alp_codec();

}  // namespace freshet
