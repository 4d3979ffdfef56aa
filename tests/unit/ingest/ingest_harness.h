// INSERTs of bytes into an engine in memory, for tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "ingest/insert_pipeline.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {

// Bytes that come `step` at a time.
class PiecewiseSource final : public ByteSource {
 public:
  explicit PiecewiseSource(std::string_view text, size_t step = ~size_t{0})
      : text_(text), step_(step) {}
  size_t read(std::span<char> buffer) override {
    const size_t bytes = std::min({buffer.size(), text_.size(), step_});
    std::memcpy(buffer.data(), text_.data(), bytes);
    text_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view text_;
  size_t step_;
};

class IngestHarness {
 public:
  explicit IngestHarness(uint64_t memory_bytes_max = 0) : sql_(2, memory_bytes_max) {}

  std::string run(const std::string& sql) { return sql_.run(sql); }

  InsertRequest request(const std::string& table, const std::string& format) const {
    InsertRequest request;
    request.query.settings = settings;
    request.table = table;
    request.format = format;
    request.source_name = "test";
    return request;
  }
  InsertReport insert(const InsertRequest& request, std::string_view bytes,
                      size_t step = ~size_t{0}) {
    PiecewiseSource source(bytes, step);
    return pipeline_.run(request, source);
  }
  InsertReport insert(const std::string& table, const std::string& format, std::string_view bytes) {
    return insert(request(table, format), bytes);
  }
  // "CODE_NAME: message", or "rows" when it went well.
  std::string try_insert(const InsertRequest& request, std::string_view bytes) {
    try {
      const InsertReport report = insert(request, bytes);
      return std::to_string(report.rows);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
  }
  std::string try_insert(const std::string& table, const std::string& format,
                         std::string_view bytes) {
    return try_insert(request(table, format), bytes);
  }

  QueryEngine& engine() { return sql_.engine(); }
  MemoryBudget& memory() { return sql_.memory(); }
  InsertPipeline& pipeline() { return pipeline_; }

  Settings settings;

 private:
  EngineHarness sql_;
  InsertPipeline pipeline_{sql_.engine(), 3};
};

}  // namespace freshet
