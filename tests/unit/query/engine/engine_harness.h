// A QueryEngine over a store in memory, for tests: SQL in, rows as text out.
#pragma once

#include <string>
#include <string_view>

#include "query/engine/query_engine.h"
#include "query/engine/rollup_build.h"
#include "query/engine/row_merger.h"
#include "query/engine/row_rollup.h"
#include "query/plan/binder.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/manual_clock.h"

namespace freshet {

class EngineHarness {
 public:
  // `memory_bytes_max` 0: any amount.
  explicit EngineHarness(size_t worker_count = 2, uint64_t memory_bytes_max = 0)
      : worker_count_(worker_count), memory_(memory_bytes_max) {
    open();
  }

  void open() {
    engine_.reset();
    store_.reset();
    functions_.time_zone = TimeZone::utc();
    StoreOptions store_options;
    store_options.directory = "/data";
    store_options.background_work = false;
    store_options.roll_up = make_row_rollup(compiler_);
    store_options.build_rollup = make_rollup_build(functions_, memory_);
    store_ = std::make_unique<TableStore>(store_options, files_, clock_, memory_, metrics_,
                                          compiler_, make_row_merger(compiler_));
    EngineOptions options;
    options.worker_count = worker_count_;
    options.server_version = "26.7.2.1";
    engine_ = std::make_unique<QueryEngine>(options, *store_, clock_, memory_, metrics_);
  }

  // Rows with tabs between cells, a newline after each.
  std::string run(const std::string& sql) {
    QueryRequest request;
    request.text = sql;
    request.database = database;
    request.settings = settings;
    TextSink sink;
    report = engine_->execute(request, sink);
    if (report.new_database) database = *report.new_database;
    return sink.text;
  }

  // "CODE_NAME: message" of the error, or what run() gives.
  std::string try_run(const std::string& sql) {
    try {
      return run(sql);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
  }

  std::unique_ptr<InsertTarget> open_insert(const std::string& table,
                                            const std::vector<std::string>& columns = {}) {
    QueryRequest request;
    request.database = database;
    return engine_->open_insert(request, "", table, columns);
  }

  TableStore& store() { return *store_; }
  QueryEngine& engine() { return *engine_; }
  MemoryBudget& memory() { return memory_; }
  ManualClock& clock() { return clock_; }
  FaultFileSystem& files() { return files_; }

  std::string database = "default";
  Settings settings;
  QueryReport report;

 private:
  class TextSink final : public ResultSink {
   public:
    void begin(const Schema& result) override { schema = result; }
    void put(Chunk chunk) override { text += chunk_rows_text(schema, chunk); }
    bool wanted() override { return true; }
    Schema schema;
    std::string text;
  };

  const size_t worker_count_;
  FaultFileSystem files_;
  ManualClock clock_;
  MemoryBudget memory_;
  MetricsRegistry metrics_;
  FunctionContext functions_;
  SqlChunkFunctionCompiler compiler_{functions_, &clock_};
  std::unique_ptr<TableStore> store_;
  std::unique_ptr<QueryEngine> engine_;
};

}  // namespace freshet
