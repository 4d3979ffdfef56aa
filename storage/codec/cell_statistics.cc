#include "storage/codec/cell_statistics.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

#include "storage/base/hash.h"

namespace freshet {

namespace {

template <class U>
uint64_t hash_word(U word) {
  if constexpr (sizeof(U) == 16) {
    return hash_combine(hash_u64(static_cast<uint64_t>(word)), static_cast<uint64_t>(word >> 64));
  } else {
    // One multiplication is enough for a table that lives for one block.
    return static_cast<uint64_t>(word) * 0x9E3779B97F4A7C15ULL;
  }
}

// T is U or its signed twin. Differences are taken modulo 2^bits and compared as signed numbers, so
// that every difference can be undone and small steps back stay small.
template <class T, class U>
void scan_cells(std::span<const U> cells, CellStatistics<U>& statistics) {
  using Signed = std::make_signed_t<U>;
  auto min = static_cast<T>(cells[0]);
  T max = min;
  Signed delta_min = std::numeric_limits<Signed>::max();
  Signed delta_max = std::numeric_limits<Signed>::min();
  size_t run_count = 1;
  for (size_t i = 1; i < cells.size(); ++i) {
    const auto cell = static_cast<T>(cells[i]);
    min = std::min(min, cell);
    max = std::max(max, cell);
    const auto delta = static_cast<Signed>(static_cast<U>(cells[i] - cells[i - 1]));
    delta_min = std::min(delta_min, delta);
    delta_max = std::max(delta_max, delta);
    run_count += delta != 0;
  }
  statistics.run_count = run_count;
  statistics.min = static_cast<U>(min);
  statistics.range = static_cast<U>(static_cast<U>(max) - static_cast<U>(min));
  if (cells.size() > 1) {
    statistics.delta_min = static_cast<U>(delta_min);
    statistics.delta_range = static_cast<U>(static_cast<U>(delta_max) - static_cast<U>(delta_min));
  }
}

}  // namespace

template <class U>
CellStatistics<U> compute_statistics(std::span<const U> cells, CellKind kind) {
  CellStatistics<U> statistics;
  statistics.count = cells.size();
  if (cells.empty()) return statistics;
  if constexpr (sizeof(U) == 16) {
    statistics.run_count = 1;
    for (size_t i = 1; i < cells.size(); ++i) statistics.run_count += cells[i] != cells[i - 1];
  } else if (kind == CellKind::Signed) {
    scan_cells<std::make_signed_t<U>>(cells, statistics);
  } else {
    scan_cells<U>(cells, statistics);
  }
  return statistics;
}

template <class U>
std::optional<DistinctCells<U>> compute_distinct(std::span<const U> cells, size_t count_max) {
  if (cells.empty()) return std::nullopt;
  constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();
  const unsigned slot_bits = static_cast<unsigned>(std::bit_width(2 * count_max)) + 1;
  std::vector<uint32_t> slots(size_t{1} << slot_bits, kFree);
  const size_t slot_mask = slots.size() - 1;

  DistinctCells<U> result;
  result.codes.resize(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    size_t slot = static_cast<size_t>(hash_word(cells[i]) >> (64 - slot_bits));
    while (slots[slot] != kFree && result.cells[slots[slot]] != cells[i]) {
      slot = (slot + 1) & slot_mask;
    }
    if (slots[slot] == kFree) {
      if (result.cells.size() == count_max) return std::nullopt;
      slots[slot] = static_cast<uint32_t>(result.cells.size());
      result.cells.push_back(cells[i]);
    }
    result.codes[i] = slots[slot];
  }

  std::vector<uint32_t> order(result.cells.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return result.cells[a] < result.cells[b]; });
  Buffer<U> sorted(order.size());
  std::vector<uint32_t> rank(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    sorted[i] = result.cells[order[i]];
    rank[order[i]] = static_cast<uint32_t>(i);
  }
  result.cells = std::move(sorted);
  for (uint32_t& code : result.codes) code = rank[code];
  return result;
}

#define FRESHET_INSTANTIATE(U)                                                    \
  template CellStatistics<U> compute_statistics<U>(std::span<const U>, CellKind); \
  template std::optional<DistinctCells<U>> compute_distinct<U>(std::span<const U>, size_t);
FRESHET_INSTANTIATE(uint8_t)
FRESHET_INSTANTIATE(uint16_t)
FRESHET_INSTANTIATE(uint32_t)
FRESHET_INSTANTIATE(uint64_t)
FRESHET_INSTANTIATE(WordOf<16>::Type)
#undef FRESHET_INSTANTIATE

}  // namespace freshet
