// QueryEngine: SQL text in, chunks out; every statement kind but the bytes of INSERT ... FORMAT,
// which ingest/insert_pipeline feeds through open_insert().
//
// Path:      server/handler, ingest -> QueryEngine -> query/plan, query/operator -> ResultSink
// Owns:      workers, running queries, settings' defaults.
// Threads:   every method from any thread; one call runs on its caller's thread plus workers.
// Errors:    Error with ClickHouse's codes; nothing is changed by a statement that throws.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine/settings.h"
#include "storage/base/clock.h"
#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/column/chunk.h"
#include "storage/table/table_store.h"

namespace freshet {

struct Statement;

struct QueryRequest {
  std::string text;
  // The text as inspect() has parsed it, with the same parameters; null: execute() parses it.
  std::shared_ptr<const Statement> statement;
  std::string database = "default";
  std::string user = "default";
  std::string query_id;  // empty: the engine makes one (a UUID)
  Settings settings;
  // {name:Type} parameters: TSV-escaped text of the declared type.
  std::map<std::string, std::string> parameters;
};

// Where the rows of a result go. Called on the thread that called execute().
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // Once, before any rows; not called for statements without a result set (DDL, SET, INSERT).
  virtual void begin(const Schema& schema) = 0;
  // May block on a slow client: workers wait with bounded memory, other queries go on.
  virtual void put(Chunk chunk) = 0;
  // False: the client is gone; the query is cancelled. Asked now and then.
  virtual bool wanted() = 0;
};

// What a statement is, found without running it.
struct StatementHead {
  enum class Kind : uint8_t {
    Other,       // run it with execute()
    InsertData,  // INSERT with rows as bytes: run it with InsertPipeline
  };
  Kind kind = Kind::Other;
  // FORMAT clause of the query (output) or of the INSERT (input; "Values" for VALUES); may be
  // empty.
  std::string format;
  // InsertData: offset in the text where the data begins.
  size_t data_offset = 0;
  std::string database;  // InsertData: as written, may be empty
  std::string table;
  std::vector<std::string> columns;  // InsertData: as written; empty: all
  // SETTINGS clause.
  std::vector<std::pair<std::string, std::string>> settings;
  bool writes = false;  // not allowed when readonly
  std::shared_ptr<const Statement> statement;
};

struct QueryReport {
  uint64_t rows_read = 0;
  uint64_t bytes_read = 0;
  uint64_t total_rows_to_read = 0;
  uint64_t rows_written = 0;
  uint64_t bytes_written = 0;
  uint64_t result_rows = 0;
  uint64_t result_bytes = 0;
  uint64_t elapsed_ns = 0;
  uint64_t memory_peak_bytes = 0;
  uint64_t temporary_bytes_written = 0;  // what the memory had no room for
  std::optional<uint64_t> rows_before_limit;
  std::optional<Chunk> totals;
  std::optional<Lsn> lsn;  // of the statement's commit
  bool duplicate = false;  // the INSERT was there already: nothing was added
  std::string query_id;
  // USE and SET: what the session should remember.
  std::optional<std::string> new_database;
  std::vector<std::pair<std::string, std::string>> new_settings;
};

// An INSERT under way into one table and the views that follow it. Holds off DDL on these tables
// until it is destroyed. One thread.
class InsertTarget {
 public:
  virtual ~InsertTarget() = default;
  // Columns that rows may have: those named in the INSERT, or all that can be inserted into.
  virtual const Schema& input_schema() const = 0;
  virtual const std::string& database() const = 0;
  virtual const std::string& table() const = 0;
  // Takes rows laid out as input_schema(). `defaults` as in RowReader::Parsed (may be empty): those
  // cells take the column's DEFAULT expression. Fills in columns that were not named, computes
  // MATERIALIZED ones, and puts the rows and every view's rows for them into the transaction.
  virtual void put(Chunk rows, const std::vector<Buffer<uint8_t>>& defaults) = 0;
  // Rows for the table's quarantine, which is made when it is first needed:
  // `<table>_quarantine` (time DateTime64(3), row UInt64, column String, reason String, raw String,
  // source String).
  virtual void put_quarantine(Chunk rows) = 0;
  virtual InsertTransaction& transaction() = 0;
  // All or nothing: the rows, the views' rows, the quarantine.
  virtual CommitReceipt commit() = 0;
};

struct EngineOptions {
  size_t worker_count = 0;  // 0: one per core
  std::string server_version;
  std::string host_name;
  std::string time_zone = "UTC";
  // Where BACKUP puts what it is told to; empty: `backups` in the store's directory.
  std::string backup_directory;
  // What temporary files of all queries may take on disk; 0: any amount.
  uint64_t temporary_bytes_max = 0;
  // What scans remember of their conditions; 0: nothing.
  uint64_t condition_cache_bytes = uint64_t{100} << 20;
};

struct RunningQuery {
  std::string query_id;
  std::string user;
  std::string text;
  double elapsed_s = 0;
  uint64_t rows_read = 0;
  uint64_t bytes_read = 0;
  uint64_t total_rows_to_read = 0;
  uint64_t memory_bytes = 0;
};

class QueryEngine {
 public:
  QueryEngine(EngineOptions options, TableStore& store, Clock& clock, MemoryBudget& memory,
              MetricsRegistry& metrics);
  ~QueryEngine();

  // Looks at the text up to where an INSERT's data begins. Throws SyntaxError.
  StatementHead inspect(std::string_view text,
                        const std::map<std::string, std::string>& parameters = {}) const;
  QueryReport execute(QueryRequest request, ResultSink& sink);
  // `table` may be empty-database: request.database is used then.
  std::unique_ptr<InsertTarget> open_insert(const QueryRequest& request,
                                            const std::string& database, const std::string& table,
                                            const std::vector<std::string>& columns);

  // Throws UnknownDatabase.
  void require_database(const std::string& name) const;
  // The server's zone, for DateTime columns that name none.
  const std::string& time_zone() const;

  std::vector<RunningQuery> running_queries() const;
  // False: no such query.
  bool cancel(std::string_view query_id);
  void cancel_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace freshet
