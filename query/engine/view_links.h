// View links: a materialized view follows the table that its SELECT names, and feeds the table that
// its TO names, whatever tables bear these names now.
//
// A definition's `source` and `target` are those tables' ids, so that an INSERT finds its views
// without reading SQL. Statements that make, rename or drop tables set them anew.
#pragma once

#include "storage/table/table_store.h"

namespace freshet {

// Sets source and target of every materialized view as the names in its statement say; id 0 when
// there is no such table.
void relink_views(TableStore& store);

// What a crash in the middle of a statement may leave: unfinished tables, old links. Called before
// the first statement.
void mend_catalog(TableStore& store);

}  // namespace freshet
