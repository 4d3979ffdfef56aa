// EXPLAIN of a SELECT: its plan, the indexes it uses, its pipelines, and, with ANALYZE, what every
// operator did when it ran.
//
//   EXPLAIN ANALYZE SELECT count() FROM t WHERE id < 5
//
//   Aggregate calls [count()]
//   | rows 5 -> 1, 8 B; 0.02 ms, cpu 0.02 ms, 1 thread
//     Scan default.t columns [id] where [less(id, 5)] outputs []
//     | rows 16384 -> 5, 0 B; 0.11 ms, cpu 0.10 ms, 1 thread
//     | segments 1 of 3, blocks 1 of 40; left out by PrimaryKey: 39 blocks
//   Total 0.31 ms, cpu 0.12 ms; planned in 0.20 ms; read 16384 rows; memory 0.1 MB
//
// Path:      query_engine -> explain_text
#pragma once

#include <string>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/sql/ast.h"

namespace freshet {

// Lines, each ended by a newline. Throws NotImplemented for other kinds and other statements.
std::string explain_text(const Explain& explain, EngineServices& services, QueryContext& context);

}  // namespace freshet
