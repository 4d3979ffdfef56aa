// Opens InsertTargets: where rows of an INSERT, INSERT SELECT or CREATE AS SELECT go, together with
// the rows that they mean for the views which follow the table.
//
//   input rows -> DEFAULT, MATERIALIZED -> table's rows -> InsertTransaction
//                                       -> each view's SELECT -> its target's rows -> same transaction
//
// Path:      query_engine::open_insert, insert_select -> InsertTarget -> storage/table
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"

namespace freshet {

// `context` outlives the result. With `hold_catalog` the target holds services.catalog_lock shared
// while it lives; without it the caller holds the lock (DDL that fills a table it is making).
// `rows_are_sent`: a client has the rows and may send them again, so they may name the INSERT;
// those of a SELECT may come in another order.
std::unique_ptr<InsertTarget> open_insert_target(EngineServices& services,
                                                 std::shared_ptr<QueryContext> context,
                                                 const std::string& database,
                                                 const std::string& table,
                                                 const std::vector<std::string>& columns,
                                                 bool hold_catalog, bool rows_are_sent = false);

}  // namespace freshet
