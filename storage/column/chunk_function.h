// Compiled chunk-to-column code, handed down to storage by the query layer: partition keys, sort
// keys, defaults.
//
// Path:      query/expression compiles -> storage/table, ingest call
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column/chunk.h"
#include "storage/column/schema.h"

namespace freshet {

struct ChunkFunction {
  // Columns of the input schema that `compute` reads.
  std::vector<ColumnIndex> inputs;
  DataTypePtr type;
  // Takes a chunk laid out as the schema it was compiled for; columns that are not inputs may be
  // null pointers. Returns `row_count` cells in any form. Any thread.
  std::function<ColumnPtr(const Chunk&)> compute;
};

class ChunkFunctionCompiler {
 public:
  virtual ~ChunkFunctionCompiler() = default;
  // Compiles one SQL expression over columns of `schema`. Throws Error as a query would.
  virtual ChunkFunction compile(const Schema& schema, std::string_view expression) const = 0;
  // An INDEX clause of a table. Texts are SQL.
  struct Index {
    std::string name;
    std::string expression;
    std::string type;  // "bloom_filter(0.01)"
    uint64_t granularity = 1;
  };
  // The INDEX clauses of a table's CREATE statement, given as SQL.
  virtual std::vector<Index> indexes(std::string_view) const { return {}; }
};

}  // namespace freshet
