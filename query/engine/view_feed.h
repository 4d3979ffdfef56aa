// ViewFeed: what rows of an INSERT mean for the materialized views that follow the table.
//
//   rows of t -> each view's SELECT over just these rows -> rows of its target
//                                                        -> the views that follow the target
//
// All rows go to the INSERT's own transaction: they become visible together with the rows of t.
//
// Path:      insert_target -> ViewFeed -> InsertTransaction
// Threads:   one.
// Errors:    what a view's SELECT throws, naming the view: the INSERT is refused as a whole.
#pragma once

#include <map>
#include <vector>

#include "query/engine/engine_services.h"
#include "query/engine/query_context.h"
#include "query/engine/row_completion.h"

namespace freshet {

class ViewFeed {
 public:
  // All outlive the feed; `context.snapshot` says which views there are.
  ViewFeed(EngineServices& services, QueryContext& context, InsertTransaction& transaction)
      : services_(services), context_(context), transaction_(transaction) {}

  // `rows` are flat and laid out as the stored schema of `table`.
  void feed(const TableDefinitionPtr& table, const Chunk& rows) { feed(table, rows, 0); }

 private:
  struct View {
    TableDefinitionPtr definition;
    TableDefinitionPtr target;
    QueryPtr query;
    // Made at the first rows, when the result's columns are known.
    std::optional<RowCompletion> completion;
  };

  void feed(const TableDefinitionPtr& table, const Chunk& rows, size_t depth);
  void feed_view(View& view, const TableVersion& rows, size_t depth);
  std::vector<View>& views_of(TableId table);

  EngineServices& services_;
  QueryContext& context_;
  InsertTransaction& transaction_;
  std::map<TableId, std::vector<View>> views_;
};

// Whether rows of the table are kept: not by engine Null.
bool stores_rows(const TableDefinition& table);

}  // namespace freshet
