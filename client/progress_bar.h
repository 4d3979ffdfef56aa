// ProgressBar: one line on a terminal that says how far a long load is; silent elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace freshet {

class ProgressBar {
 public:
  // `bytes_total` 0: the end is not known. Draws on stderr when that is a terminal and `enabled`.
  ProgressBar(std::string name, uint64_t bytes_total, bool enabled);
  // Draws at most some times a second.
  void show(uint64_t bytes_done, uint64_t rows_done);
  // The last state, with a line end, also when stderr is not a terminal.
  void finish(uint64_t bytes_done, uint64_t rows_done);

 private:
  std::string line(uint64_t bytes_done, uint64_t rows_done) const;

  std::string name_;
  uint64_t bytes_total_;
  bool on_terminal_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace freshet
