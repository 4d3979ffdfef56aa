// NameScope: what names mean in one SELECT: the columns of its FROM clause, by table.
//
//   FROM t AS a JOIN u USING (id)     t(id, x), u(id, y)
//     tables  a: id -> $0, x -> $1    u: id -> $2, y -> $3
//     merged  id -> $0                what USING makes of the two
//
// Path:      query/plan/table_binder fills -> query/plan/expression_binder asks
// Threads:   one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/expression/expression.h"
#include "query/sql/ast.h"
#include "storage/column/schema.h"

namespace freshet {

struct ScopeColumn {
  std::string name;
  DataTypePtr type;
  ColumnIndex index = 0;  // in the output of the FROM clause's plan
  bool in_asterisk = true;
};

struct ScopeTable {
  // With an alias, only that qualifies its columns; without, `table` and `database.table` do.
  std::string alias;
  std::string database;
  std::string table;
  std::vector<ScopeColumn> columns;

  bool answers_to(const std::vector<std::string>& qualifier) const;
  const ScopeColumn* find(std::string_view column) const;
};

class NameScope {
 public:
  std::vector<ScopeTable> tables;
  // Columns of JOIN ... USING: unqualified names look here first.
  std::vector<ScopeColumn> merged;

  // The column that an identifier's parts name, and how many of the parts: the rest are names of
  // tuple elements. The first table wins when several have the name. Null: none.
  struct Match {
    const ScopeColumn* column = nullptr;
    size_t parts = 0;
  };
  Match find(const std::vector<std::string>& parts) const;
  // `a.*`: whether any table answers to the qualifier.
  bool has_table(const std::vector<std::string>& qualifier) const;
  // Columns of `*` or, with a qualifier, `t.*`, in ClickHouse's order.
  std::vector<const ScopeColumn*> asterisk(const std::vector<std::string>& qualifier) const;
  // The shortest parts that find() resolves to this column.
  std::vector<std::string> shortest_name(const ScopeColumn& column) const;
  // Names near `name`, best first, for "Maybe you meant".
  std::vector<std::string> similar(std::string_view name) const;

  // Every index is moved by `offset`: the right side of a join.
  void shift(ColumnIndex offset);
};

// At most three of `names` that are a few typing errors away from `name`.
std::vector<std::string> similar_names(std::string_view name,
                                       const std::vector<std::string>& names);
// ". Maybe you meant: ['a', 'b']", or nothing when there are none.
std::string maybe_you_meant(const std::vector<std::string>& names);

}  // namespace freshet
