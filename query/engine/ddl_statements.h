// The statements behind run_ddl(), one function each. All but those of alter.cc run with the
// catalog held alone and with `scope.context.snapshot` taken after that.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/sql/ast.h"

namespace freshet {

struct DdlScope {
  EngineServices& services;
  QueryContext& context;
  QueryReport& report;

  const Snapshot& snapshot() const { return *context.snapshot; }
  const std::string& database() const { return context.database; }
};

// The statement's, with the time zone of what the store computes, which is the same for all
// sessions.
FunctionContext store_functions(const DdlScope& scope);

// create_database.cc, create_table.cc, create_view.cc
void create_database(DdlScope& scope, const CreateDatabase& create);
void create_table(DdlScope& scope, const CreateTable& create);
void create_view(DdlScope& scope, const CreateView& create);
// drop.cc
void drop(DdlScope& scope, const Drop& drop);
void truncate(DdlScope& scope, const Truncate& truncate);
// rename.cc
void rename(DdlScope& scope, const Rename& rename);
// alter.cc. They hold the catalog shared, so that INSERTs go on.
void alter(DdlScope& scope, const Alter& alter);
// The same as ALTER TABLE .. ADD PROJECTION and DROP PROJECTION.
void create_rollup(DdlScope& scope, const CreateRollup& create);
void drop_rollup(DdlScope& scope, const DropRollup& drop);

// Makes tables in one step. With `replace`, tables of these names (and a replaced view's inner
// table) go in the same step. `fill`, if any, runs before the tables get their names: it finds each
// under the name that it is given, in the definitions' order. Nothing stays when it throws.
// Throws TableAlreadyExists without `replace`.
using FillTables = std::function<void(const std::vector<TableDefinitionPtr>& made)>;
void install_tables(DdlScope& scope, std::vector<TableDefinition> definitions, bool replace,
                    const FillTables& fill = {});

// Runs a query and puts its rows into the named columns of a table; no names: by position into all
// that can be inserted into.
void fill_table(DdlScope& scope, const TableDefinition& table,
                const std::vector<std::string>& columns, const LogicalPlan& plan);

}  // namespace freshet
