// INDEX clauses of a table: checked, and changed by ALTER TABLE. What they mean is read from the
// table's CREATE statement (storage/column/chunk_function.h).
//
// Path:      create_table, alter -> here; query/engine/system_catalog lists them
// Errors:    IncorrectQuery, BadArguments, IllegalColumn, UnknownIdentifier, as ClickHouse.
#pragma once

#include "query/plan/binder.h"
#include "query/sql/ast.h"

namespace freshet {

void check_index(const IndexDefinition& index, const Schema& schema, const BindContext& context);
// Each, and that their names differ.
void check_indexes(const std::vector<IndexDefinition>& indexes, const Schema& schema,
                   const BindContext& context);

// "bloom_filter" of bloom_filter(0.01).
std::string index_type_name(const IndexDefinition& index);
// As SQL.
std::string index_type_text(const IndexDefinition& index);

// ADD INDEX and DROP INDEX; false for other commands. Segments that are there stay as they are:
// those written or merged from now on have the index, or have it not.
bool alter_indexes(const AlterCommand& command, std::vector<IndexDefinition>& indexes);

}  // namespace freshet
