// ValuesSource: chunks that are there already: literals, system tables, results of subqueries.
#pragma once

#include <atomic>
#include <vector>

#include "query/operator/operator.h"

namespace freshet {

class ValuesSource final : public Source {
 public:
  explicit ValuesSource(std::vector<Chunk> chunks) : chunks_(std::move(chunks)) {}
  void prepare(size_t) override {}
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override { return 1; }

 private:
  std::vector<Chunk> chunks_;
  size_t next_ = 0;
};

// numbers(offset, count, step): UInt64 cells offset + i * step, in kBlockRows pieces; `count` of
// all ones is endless. zeros(count): UInt8 cells of 0.
class GeneratorSource final : public Source {
 public:
  enum class Kind : uint8_t { Numbers, Zeros };
  // Without `with_column` only the row counts matter.
  GeneratorSource(Kind kind, uint64_t offset, uint64_t count, uint64_t step, bool with_column)
      : kind_(kind), offset_(offset), count_(count), step_(step), with_column_(with_column) {}
  void prepare(size_t) override {}
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override;

 private:
  Kind kind_;
  uint64_t offset_;
  uint64_t count_;
  uint64_t step_;
  bool with_column_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace freshet
