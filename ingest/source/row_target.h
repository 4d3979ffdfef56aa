// RowTarget: where the rows of a connection go, read from the line
//
//   INSERT INTO [db.]table [(a, b)] FORMAT F [SETTINGS acknowledge = 1, ...]
//
// Errors: SyntaxError, UnknownSetting and bad values of settings; NotImplemented for
//         insert_deduplication_token, because the batches of a stream differ from try to try.
#pragma once

#include <string_view>

#include "ingest/insert_pipeline.h"
#include "ingest/source/socket_options.h"

namespace freshet {

struct RowTarget {
  InsertRequest insert;
  bool acknowledge = false;
};

// SETTINGS may stand before or after FORMAT.
RowTarget parse_row_target(const QueryEngine& engine, std::string_view line);
// Of a listener that is bound to a table. Requires: !options.table.empty().
RowTarget make_row_target(const QueryEngine& engine, const SocketListenerOptions& options);

}  // namespace freshet
