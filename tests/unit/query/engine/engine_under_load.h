// A QueryEngine over a store that flushes and merges by itself, for tests with many threads.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {

class RowSink final : public ResultSink {
 public:
  void begin(const Schema& result) override { schema = result; }
  void put(Chunk chunk) override { text += chunk_rows_text(schema, chunk); }
  bool wanted() override { return true; }
  Schema schema;
  std::string text;
};

// Rows with tabs between cells, a newline after each. Any thread.
inline std::string run(QueryEngine& engine, const std::string& sql) {
  QueryRequest request;
  request.text = sql;
  request.database = "default";
  RowSink sink;
  engine.execute(request, sink);
  return sink.text;
}

class EngineUnderLoad : public testing::Test {
 protected:
  // A memtable is flushed past so many rows; an INSERT of so many is staged.
  EngineUnderLoad(uint64_t flush_rows_max, uint64_t stage_rows_min)
      : store_(store_options(flush_rows_max, stage_rows_min), files_, clock_, memory_, metrics_,
               compiler_, make_row_merger(compiler_)) {}

 private:
  static FunctionContext key_functions() {
    FunctionContext functions;
    functions.time_zone = TimeZone::utc();
    return functions;
  }
  StoreOptions store_options(uint64_t flush_rows_max, uint64_t stage_rows_min) {
    StoreOptions options;
    options.build_rollup = make_rollup_build(functions_, memory_);
    options.directory = "/data";
    options.flush_rows_max = flush_rows_max;
    options.stage_rows_min = stage_rows_min;
    return options;
  }
  static EngineOptions engine_options() {
    EngineOptions options;
    options.worker_count = 2;
    return options;
  }

  FaultFileSystem files_;
  SystemClock clock_;
  MemoryBudget memory_{0};
  MetricsRegistry metrics_;
  FunctionContext functions_ = key_functions();
  SqlChunkFunctionCompiler compiler_{functions_, &clock_};

 protected:
  TableStore store_;
  QueryEngine engine_{engine_options(), store_, clock_, memory_, metrics_};
};

}  // namespace freshet
