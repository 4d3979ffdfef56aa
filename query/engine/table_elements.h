// What stands inside CREATE TABLE's parentheses and in its storage clause, checked and turned into
// the parts of a TableDefinition.
//
// Path:      create_table, create_view -> here -> TableDefinition
// Errors:    ClickHouse's codes: IllegalColumn, UnknownType, UnknownIdentifier, BadArguments, ...
#pragma once

#include <string>
#include <vector>

#include "query/plan/binder.h"
#include "query/sql/ast.h"
#include "storage/table/table_definition.h"

namespace freshet {

// Types parsed, or taken from the default's expression; defaults and column TTLs bound.
std::vector<ColumnDefinition> define_columns(const std::vector<ColumnDeclaration>& declarations,
                                             const BindContext& context);
// Columns of a query's result. Throws IllegalColumn for types that tables cannot hold.
std::vector<ColumnDefinition> define_columns(const Schema& schema);

// One column, or those of a Nested, as declared; the type of a column without one stays null.
std::vector<ColumnDefinition> define_declared(const ColumnDeclaration& declaration);
// What CREATE TABLE checks about columns whose types are known: that tables can hold them, that
// defaults, aliases and TTLs can be computed and cast.
void check_columns(const std::vector<ColumnDefinition>& columns, const BindContext& context);

// The column as CREATE TABLE would say it, with its type always written.
ColumnDeclaration declare_column(const ColumnDefinition& column);

// Keys, TTL, settings and engine of `definition`, whose columns are known. Nothing said: MergeTree
// without a key.
void apply_storage(const StorageClause& storage, const BindContext& context,
                   TableDefinition& definition);

// Puts a table's TTL into the definition, as text and as rules. Throws NotImplemented for what TTLs
// cannot do here: disks, volumes, recompression.
void set_ttl(const std::vector<TtlItem>& items, TableDefinition& definition);
// Throws BadTtlExpression, UnknownIdentifier and the like when the table's and its columns' TTLs do
// not work with the other columns and keys.
void check_ttl(const TableDefinition& definition, const BindContext& context);

// INDEX clauses are checked; CONSTRAINT throws NotImplemented. PROJECTION: table_rollups.h.
void check_elements(const TableElements& elements, const std::vector<ColumnDefinition>& columns,
                    const BindContext& context);

// The expressions of `(a, b)`, `a`, or none of `tuple()`.
std::vector<ExpressionPtr> key_expressions(const ExpressionPtr& key);
// "a, b" as SQL.
std::string key_text(const std::vector<std::string>& expressions);

}  // namespace freshet
