// Materialized views that ALTER TABLE must not break: they would refuse every later INSERT.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/engine/ddl_statements.h"

namespace freshet {

// `gone` are columns of the table that the statement drops or renames, with that verb. Throws
// AlterOfColumnIsForbidden when a view that follows the table reads one, or when a view's SELECT
// no longer works, or no longer fits the table it feeds.
void check_views(DdlScope& scope, const TableDefinitionPtr& old, const TableDefinitionPtr& altered,
                 const std::vector<std::pair<std::string, std::string>>& gone);

}  // namespace freshet
