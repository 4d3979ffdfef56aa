// DELETE and UPDATE: rows that a condition picks are deleted, or replaced, in one commit.
//
//   DELETE FROM t WHERE c         SELECT <position> FROM t WHERE c              -> rows that go
//   UPDATE t SET a = e WHERE c    SELECT e AS a, b, .., <position> FROM t WHERE c
//                                                       -> rows that go, and rows that come instead
//
// The query runs on the snapshot of a storage Mutation, which follows rows that are flushed or
// merged meanwhile. Views that follow the table are not told: they have what was inserted, as in
// ClickHouse.
//
// Path:      query_engine -> ddl -> mutate -> select_runner, storage/table/mutation
// Errors:    CannotUpdateColumn, NoSuchColumnInTable, MultipleAssignmentsToColumn, NotImplemented
// for
//            tables that are not stored, what the query throws.
#pragma once

#include "query/engine/ddl_statements.h"

namespace freshet {

// Whether all of its commands are DELETE and UPDATE; throws NotImplemented when only some are.
bool is_mutation(const Alter& alter);

// Each takes the catalog lock, shared: DDL waits, INSERTs go on.
void run_delete(DdlScope& scope, const Delete& statement);
void run_update(DdlScope& scope, const Update& statement);
// One command after the other, each a commit of its own.
void run_alter_mutations(DdlScope& scope, const Alter& alter);

}  // namespace freshet
