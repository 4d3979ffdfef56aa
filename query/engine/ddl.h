// Statements that change the catalog: CREATE, DROP, TRUNCATE, RENAME, EXCHANGE, OPTIMIZE.
//
// Path:      query_engine -> run_ddl -> storage/table/table_store
// Threads:   any; takes services.catalog_lock itself.
// Errors:    ClickHouse's codes; nothing is changed by a statement that throws.
#pragma once

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/sql/ast.h"

namespace freshet {

// False: the statement is of another kind. CREATE TABLE .. AS SELECT and POPULATE report the rows
// written and their LSN in `report`.
bool run_ddl(EngineServices& services, QueryContext& context, const Statement& statement,
             QueryReport& report);

}  // namespace freshet
