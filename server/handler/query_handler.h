// QueryHandler: SQL over HTTP, `GET|POST /`. Queries stream their result in the asked format;
// INSERTs with data stream their body into the insert pipeline.
//
// Path:      server/http/router -> QueryHandler -> query/engine, ingest/insert_pipeline
// Threads:   handle() on many connection threads at once.
// Errors:    thrown to the HTTP layer, which turns them into a status, or into an exception block
//            when part of the answer was sent already.
#pragma once

#include <string>

#include "ingest/insert_pipeline.h"
#include "query/engine/query_engine.h"
#include "server/authentication.h"
#include "server/handler/request_settings.h"
#include "server/handler/session.h"
#include "server/http/http_exchange.h"

namespace freshet {

struct QueryHandlerOptions {
  std::string server_version;
  std::string display_name;
  std::string time_zone;
};

class QueryHandler {
 public:
  // All but the options outlive the handler.
  QueryHandler(QueryEngine& engine, InsertPipeline& inserts, const Authenticator& users,
               const Clock& clock, QueryHandlerOptions options);
  void handle(HttpExchange& exchange);

 private:
  void run_query(HttpExchange& exchange, RequestSettings& settings, SessionUse& session,
                 const StatementHead& head);
  void run_insert(HttpExchange& exchange, RequestSettings& settings, SessionUse& session,
                  const StatementHead& head, ByteSource& data);
  void set_headers(HttpExchange& exchange, RequestSettings& settings) const;

  QueryEngine& engine_;
  InsertPipeline& inserts_;
  const Authenticator& users_;
  SessionStore sessions_;
  QueryHandlerOptions options_;
};

}  // namespace freshet
