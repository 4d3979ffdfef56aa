// Each codec over one block of cells that suits it: bytes of cells a second, in and out.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/codec/cell_statistics.h"
#include "storage/codec/codec_registry.h"

namespace freshet {
namespace {

using Cells = std::vector<uint32_t>;

Cells equal_cells() { return Cells(kBlockRows, 42); }

Cells runs() {
  Random random(1);
  Cells cells;
  while (cells.size() < kBlockRows) {
    cells.insert(cells.end(), 1 + random.below(90), static_cast<uint32_t>(random.next()));
  }
  cells.resize(kBlockRows);
  return cells;
}

Cells steps() {
  Random random(2);
  Cells cells(kBlockRows);
  uint32_t cell = 1'700'000'000;
  for (uint32_t& c : cells) c = cell += static_cast<uint32_t>(random.below(7));
  return cells;
}

Cells small_numbers() {
  Random random(3);
  Cells cells(kBlockRows);
  for (uint32_t& cell : cells) cell = static_cast<uint32_t>(random.below(5000));
  return cells;
}

Cells noise() {
  Random random(4);
  Cells cells(kBlockRows);
  for (uint32_t& cell : cells) cell = static_cast<uint32_t>(random.next());
  return cells;
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBlockRows * sizeof(uint32_t)));
}

void choose_and_encode(benchmark::State& state, Cells (*make_cells)()) {
  const Cells cells = make_cells();
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    auto statistics = compute_statistics<uint32_t>(cells, false);
    choose_number_codec<uint32_t>(cells, statistics).encode(cells, statistics, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  set_bytes(state);
}

void decode(benchmark::State& state, Cells (*make_cells)()) {
  const Cells cells = make_cells();
  auto statistics = compute_statistics<uint32_t>(cells, false);
  const NumberCodec<uint32_t>& codec = choose_number_codec<uint32_t>(cells, statistics);
  std::string bytes;
  codec.encode(cells, statistics, bytes);
  state.SetLabel(std::string(codec.name));
  Cells out(cells.size());
  for (auto _ : state) {
    codec.decode(bytes, out);
    benchmark::DoNotOptimize(out.data());
  }
  set_bytes(state);
}

BENCHMARK_CAPTURE(choose_and_encode, equal, equal_cells);
BENCHMARK_CAPTURE(choose_and_encode, runs, runs);
BENCHMARK_CAPTURE(choose_and_encode, steps, steps);
BENCHMARK_CAPTURE(choose_and_encode, small, small_numbers);
BENCHMARK_CAPTURE(choose_and_encode, noise, noise);
BENCHMARK_CAPTURE(decode, equal, equal_cells);
BENCHMARK_CAPTURE(decode, runs, runs);
BENCHMARK_CAPTURE(decode, steps, steps);
BENCHMARK_CAPTURE(decode, small, small_numbers);
BENCHMARK_CAPTURE(decode, noise, noise);

}  // namespace
}  // namespace freshet
