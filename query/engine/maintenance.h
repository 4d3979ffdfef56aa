// BACKUP, RESTORE and CHECK TABLE: statements about files, which answer with rows.
//
// Path:      query_engine -> run_maintenance -> storage/table/backup
#pragma once

#include <optional>
#include <utility>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/sql/ast.h"

namespace freshet {

// Nothing for other statements.
std::optional<std::pair<Schema, Chunk>> run_maintenance(EngineServices& services,
                                                        QueryContext& context,
                                                        const Statement& statement);

// maintenance.cc's parts.
std::pair<Schema, Chunk> run_backup(EngineServices& services, QueryContext& context,
                                    const Backup& backup);
std::pair<Schema, Chunk> run_check_table(EngineServices& services, QueryContext& context,
                                         const CheckTable& check);

}  // namespace freshet
