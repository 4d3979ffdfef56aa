#include <algorithm>
#include <string_view>
#include <utility>

#include "ingest/insert_pipeline.h"
#include "query/engine/query_engine.h"
#include "query/engine/rollup_build.h"
#include "query/engine/row_merger.h"
#include "query/engine/row_rollup.h"
#include "query/plan/binder.h"
#include "storage/base/clock.h"
#include "storage/base/error.h"
#include "storage/base/file.h"
#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/column/time_zone.h"
#include "storage/format/format.h"
#include "storage/table/table_store.h"
#include "tests/sql/database.h"

namespace freshet {

namespace {

class TextSink final : public ResultSink {
 public:
  TextSink(const std::string& format, const FormatOptions& options)
      : writer_(find_format(format).make_writer(options)) {}
  void begin(const Schema& schema) override {
    writer_->begin(schema, text);
    began_ = true;
  }
  void put(Chunk chunk) override { writer_->write(chunk, text); }
  bool wanted() override { return true; }
  void end(const QueryReport& report) {
    if (!began_) return;
    ChunkWriter::Summary about;
    about.rows_read = report.rows_read;
    about.bytes_read = report.bytes_read;
    about.rows_before_limit = report.rows_before_limit;
    about.totals = report.totals;
    writer_->end(about, text);
  }

  std::string text;

 private:
  std::unique_ptr<ChunkWriter> writer_;
  bool began_ = false;
};

FunctionContext key_functions() {
  FunctionContext functions;
  functions.time_zone = TimeZone::utc();
  functions.database = "default";
  return functions;
}

StoreOptions store_options(const std::string& directory, const ChunkFunctionCompiler& compiler,
                           const FunctionContext& functions, MemoryBudget& memory) {
  StoreOptions options;
  options.directory = directory;
  options.roll_up = make_row_rollup(compiler);
  options.build_rollup = make_rollup_build(functions, memory);
  return options;
}

EngineOptions engine_options() {
  EngineOptions options;
  options.worker_count = 2;
  options.server_version = "26.7.2.1";
  options.host_name = "localhost";
  return options;
}

class InProcessDatabase final : public SqlDatabase {
 public:
  explicit InProcessDatabase(const std::string& directory)
      : functions_(key_functions()),
        keys_(functions_, &clock_),
        store_(store_options(directory, keys_, functions_, memory_), files_, clock_, memory_,
               metrics_, keys_, make_row_merger(keys_)),
        engine_(engine_options(), store_, clock_, memory_, metrics_),
        inserts_(engine_, 2) {}

  void begin_session() override { session_ = QueryRequest(); }

  SqlAnswer run(const std::string& sql) override {
    try {
      const StatementHead head = engine_.inspect(sql);
      return {false, head.kind == StatementHead::Kind::InsertData ? insert(sql, head)
                                                                  : execute(sql, head)};
    } catch (const Error& error) {
      return {true, error.display()};
    }
  }

 private:
  std::string insert(const std::string& sql, const StatementHead& head) {
    InsertRequest request;
    request.query = session_;
    for (const auto& [name, value] : head.settings) request.query.settings.set(name, value);
    request.database = head.database;
    request.table = head.table;
    request.columns = head.columns;
    request.format = head.format.empty() ? "Values" : head.format;
    request.idempotency_key = request.query.settings.text("insert_deduplication_token");
    request.source_name = "test";
    TextSource data(std::string_view(sql).substr(std::min(head.data_offset, sql.size())));
    inserts_.run(request, data);
    return {};
  }

  std::string execute(const std::string& sql, const StatementHead& head) {
    QueryRequest request = session_;
    request.text = sql;
    Settings formatting = session_.settings;
    for (const auto& [name, value] : head.settings) formatting.set(name, value);
    TextSink sink(head.format.empty() ? "TabSeparated" : head.format,
                  format_options(formatting, "UTC"));
    const QueryReport report = engine_.execute(request, sink);
    sink.end(report);
    if (report.new_database) session_.database = *report.new_database;
    for (const auto& [name, value] : report.new_settings) session_.settings.set(name, value);
    return std::move(sink.text);
  }

  PosixFileSystem files_;
  SystemClock clock_;
  MetricsRegistry metrics_;
  MemoryBudget memory_{0};
  FunctionContext functions_;
  SqlChunkFunctionCompiler keys_;
  TableStore store_;
  QueryEngine engine_;
  InsertPipeline inserts_;
  QueryRequest session_;
};

}  // namespace

std::unique_ptr<SqlDatabase> open_in_process(const std::string& directory) {
  return std::make_unique<InProcessDatabase>(directory);
}

}  // namespace freshet
