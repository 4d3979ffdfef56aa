// Statements that ask about the server: SHOW, DESCRIBE, EXISTS, EXPLAIN of the syntax tree.
//
// Path:      query_engine -> run_show -> chunk of text
#pragma once

#include <optional>
#include <utility>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/sql/ast.h"

namespace freshet {

// A result computed at once. Nothing: the statement is of another kind.
std::optional<std::pair<Schema, Chunk>> run_show(EngineServices& services, QueryContext& context,
                                                 const Statement& statement);

}  // namespace freshet
