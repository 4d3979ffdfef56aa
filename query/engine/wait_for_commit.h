// Read your writes: a query that names a commit sees it.
//
//   INSERT ─► X-Freshet-LSN: 1544        SELECT .. SETTINGS min_lsn = 1544
//
// Path:      query_engine::execute -> wait_for_commit -> storage/table
#pragma once

#include "query/engine/query_context.h"

namespace freshet {

// Waits until the commit of the setting min_lsn is visible, then lets the query see it. Throws
// TimeoutExceeded when it does not come within min_lsn_timeout_ms, or before the query's deadline;
// QueryWasCancelled when the query is cancelled meanwhile.
void wait_for_commit(const TableStore& store, QueryContext& context);

}  // namespace freshet
