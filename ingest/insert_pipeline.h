// InsertPipeline: one INSERT's bytes to durable, visible rows. The whole insert on one page:
//
//   ByteSource -> whole-row pieces -> RowReader (several pieces at once) -> InsertTarget -> commit
//
// Path:      server/handler/insert_handler, ingest/source -> InsertPipeline -> query/engine InsertTarget
// Threads:   any thread; a run uses its caller's thread and the parse workers.
// Errors:    a bad row refuses the whole INSERT (row, column and value in the message), unless
//            input_format_allow_errors_num or _ratio allow it: then bad rows go to the table's
//            quarantine, in the same commit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/engine/query_engine.h"
#include "storage/base/byte_source.h"
#include "storage/base/thread_pool.h"

namespace freshet {

struct InsertRequest {
  QueryRequest query;  // user, database, settings; its text is for the list of running queries
  std::string database;
  std::string table;
  std::vector<std::string> columns;
  std::string format;
  std::string idempotency_key;  // empty: none
  std::optional<SourcePosition> source_position;
  std::string source_name;  // for the quarantine: "http", a path, "tcp:127.0.0.1:9009"
  // Rows that the same source sent in earlier INSERTs; messages and the quarantine count on.
  uint64_t rows_before = 0;
};

struct InsertReport {
  Lsn lsn;
  uint64_t rows = 0;
  uint64_t bytes = 0;             // of input
  uint64_t quarantined_rows = 0;
  bool duplicate = false;
  uint64_t elapsed_ns = 0;
};

class InsertPipeline {
 public:
  // `parse_workers` 0: one per core.
  InsertPipeline(QueryEngine& engine, size_t parse_workers);
  ~InsertPipeline();
  // Reads `input` to its end, commits, and says what was done. Nothing is kept when it throws.
  InsertReport run(const InsertRequest& request, ByteSource& input);

 private:
  QueryEngine& engine_;
  std::unique_ptr<ThreadPool> workers_;
};

}  // namespace freshet
