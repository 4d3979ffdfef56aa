// What CREATE and ALTER share: columns, indexes, constraints, projections, TTL, storage clauses.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// `name [type] [NULL] [DEFAULT expr] [COMMENT 's'] [CODEC(..)] [TTL expr] [PRIMARY KEY]`.
ColumnDeclaration parse_column_declaration(TokenCursor& cursor);
// These three begin after the words INDEX, CONSTRAINT and PROJECTION.
IndexDefinition parse_index_definition(TokenCursor& cursor);
ConstraintDefinition parse_constraint_definition(TokenCursor& cursor);
ProjectionDefinition parse_projection_definition(TokenCursor& cursor);
// `(columns, INDEX .., CONSTRAINT .., PROJECTION .., PRIMARY KEY ..)`.
TableElements parse_table_elements(TokenCursor& cursor);

// `a = 1, b = 2`.
std::vector<Assignment> parse_assignments(TokenCursor& cursor);
TtlItem parse_ttl_item(TokenCursor& cursor);
// ENGINE, PARTITION BY, PRIMARY KEY, ORDER BY, SAMPLE BY, UNIQUE KEY, TTL, SETTINGS and COMMENT in
// any order, as many as come.
void parse_storage_clauses(TokenCursor& cursor, StorageClause* storage, std::string* comment);
// `[=] name[(arguments)]`, after the word ENGINE.
Engine parse_engine(TokenCursor& cursor);

bool accept_if_exists(TokenCursor& cursor);
bool accept_if_not_exists(TokenCursor& cursor);
// Throws NotImplemented at ON CLUSTER.
void refuse_on_cluster(TokenCursor& cursor);

}  // namespace freshet
