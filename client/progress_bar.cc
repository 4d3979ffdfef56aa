#include "client/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace freshet {

namespace {

constexpr std::chrono::milliseconds kDrawEvery{100};
constexpr size_t kBarCells = 24;

std::string human_bytes(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text.data();
}

}  // namespace

ProgressBar::ProgressBar(std::string name, uint64_t bytes_total, bool enabled)
    : name_(std::move(name)),
      bytes_total_(bytes_total),
      on_terminal_(enabled && isatty(STDERR_FILENO) != 0),
      started_(std::chrono::steady_clock::now()),
      drawn_(started_) {}

std::string ProgressBar::line(uint64_t bytes_done, uint64_t rows_done) const {
  const double seconds = std::max(
      1e-3, std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count());
  std::string text = name_ + "  ";
  if (bytes_total_ != 0) {
    const double part =
        std::min(1.0, static_cast<double>(bytes_done) / static_cast<double>(bytes_total_));
    const auto filled = static_cast<size_t>(part * static_cast<double>(kBarCells));
    text += '[';
    for (size_t i = 0; i < kBarCells; ++i) text += i < filled ? "█" : "░";
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), "] %3.0f %%  ", part * 100);
    text += percent.data();
  }
  std::array<char, 160> rest{};
  std::snprintf(rest.data(), rest.size(), "%s  %llu rows  %.0f rows/s  %s/s  %.1f s",
                human_bytes(static_cast<double>(bytes_done)).c_str(),
                static_cast<unsigned long long>(rows_done),
                static_cast<double>(rows_done) / seconds,
                human_bytes(static_cast<double>(bytes_done) / seconds).c_str(), seconds);
  return text + rest.data();
}

void ProgressBar::show(uint64_t bytes_done, uint64_t rows_done) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal_ || now - drawn_ < kDrawEvery) return;
  drawn_ = now;
  std::fprintf(stderr, "\r\033[K%s", line(bytes_done, rows_done).c_str());
}

void ProgressBar::finish(uint64_t bytes_done, uint64_t rows_done) {
  std::fprintf(stderr, "%s%s\n", on_terminal_ ? "\r\033[K" : "",
               line(bytes_done, rows_done).c_str());
}

}  // namespace freshet
