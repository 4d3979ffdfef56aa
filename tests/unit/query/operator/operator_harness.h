// Operators in tests: chunks as text through a pipeline of one's own, by one worker or several.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "query/operator/execution_context.h"
#include "query/operator/operator.h"
#include "tests/support/chunk_text.h"

namespace freshet {

// "name:Type ..." and its rows, cut into chunks where a line is "--".
inline std::vector<Chunk> chunks_from_text(std::string_view text) {
  const std::string header(text.substr(0, text.find('\n') + 1));
  text.remove_prefix(header.size());
  std::vector<Chunk> chunks;
  for (;;) {
    const size_t cut = text.find("--\n");
    chunks.push_back(chunk_from_text(header + std::string(text.substr(0, cut))));
    if (cut == std::string_view::npos) return chunks;
    text.remove_prefix(cut + 3);
  }
}

// Outlives the operators: they give back their memory to its lease.
class OperatorHarness {
 public:
  explicit OperatorHarness(size_t worker_count = 1) : worker_count_(worker_count) {}

  ExecutionContext context() {
    return {.cancelled = cancelled_,
            .deadline = std::chrono::steady_clock::time_point::max(),
            .memory = lease_,
            .progress = progress_,
            .worker_count = worker_count_,
            .run_parallel = [this](size_t count, const std::function<void(size_t)>& task) {
              on_threads([&](size_t worker) {
                for (size_t i = worker; i < count; i += worker_count_) task(i);
              });
            }};
  }

  // Chunk i goes to worker i % worker_count; the workers run at once.
  void fill(Sink& sink, const std::vector<Chunk>& chunks) {
    sink.prepare(worker_count_);
    ExecutionContext running = context();
    on_threads([&](size_t worker) {
      for (size_t i = worker; i < chunks.size(); i += worker_count_) {
        if (!sink.consume(running, worker, chunks[i])) return;
      }
    });
    sink.finish(running);
  }

  // Rows that come out for `chunks`, one after the other, a line each.
  std::string process(Transform& transform, const Schema& output,
                      const std::vector<Chunk>& chunks) {
    transform.prepare(worker_count_);
    ExecutionContext running = context();
    std::string text;
    for (const Chunk& chunk : chunks) {
      const bool more = transform.process(running, 0, chunk, [&](Chunk rows) {
        text += chunk_rows_text(output, rows);
        return true;
      });
      if (!more) {
        text += "enough\n";
        break;
      }
    }
    return text;
  }

  // Rows of a source that one worker reads, in its order.
  std::string read(Source& source, const Schema& output) {
    source.prepare(worker_count_);
    ExecutionContext running = context();
    std::string text;
    for (Chunk chunk; source.read(running, 0, chunk);) text += chunk_rows_text(output, chunk);
    return text;
  }

 private:
  void on_threads(const std::function<void(size_t)>& run) {
    std::vector<std::thread> threads;
    for (size_t worker = 1; worker < worker_count_; ++worker) {
      threads.emplace_back([&run, worker] { run(worker); });
    }
    run(0);
    for (std::thread& thread : threads) thread.join();
  }

  size_t worker_count_;
  std::atomic<bool> cancelled_{false};
  MemoryBudget budget_{0};
  MemoryLease lease_{budget_};
  QueryProgress progress_;
};

inline std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  std::string joined;
  for (const std::string& line : lines) joined += line;
  return joined;
}

}  // namespace freshet
