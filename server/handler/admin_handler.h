// AdminHandler: what operators and tools ask of a running server.
//
//   GET /ping, /replicas_status    "Ok."
//   GET /metrics                   Prometheus text
//   GET /source_position?source=S  position committed last for a source, empty when there is none
#pragma once

#include "server/authentication.h"
#include "server/http/router.h"
#include "storage/base/metrics.h"
#include "storage/table/table_store.h"

namespace freshet {

class AdminHandler {
 public:
  // All outlive the handler.
  AdminHandler(TableStore& store, const MetricsRegistry& metrics, const Authenticator& users)
      : store_(store), metrics_(metrics), users_(users) {}
  void ping(HttpExchange& exchange) const;
  void metrics(HttpExchange& exchange) const;
  void source_position(HttpExchange& exchange) const;

 private:
  TableStore& store_;
  const MetricsRegistry& metrics_;
  const Authenticator& users_;
};

}  // namespace freshet
