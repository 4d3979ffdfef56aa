// A query's syntax tree as indented text, one node a line, in the form of ClickHouse's EXPLAIN AST.
#pragma once

#include <string>

#include "query/sql/ast.h"

namespace freshet {

std::string syntax_tree_text(const Query& query);

}  // namespace freshet
