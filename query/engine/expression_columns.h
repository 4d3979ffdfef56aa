// Names of columns in expressions that definitions keep: keys, defaults, TTLs, indexes.
#pragma once

#include <set>
#include <string>

#include "query/sql/ast.h"

namespace freshet {

// Every column name that the expression may mean: `a.b` gives "a.b" and "a". Parameters of lambdas
// are left out.
std::set<std::string> columns_in(const ExpressionPtr& expression);
// Whether `column` is one of them; of an expression as definitions keep it, which may be empty.
bool reads_column(const std::string& expression, const std::string& column);

// A copy that names `to` where it named the column `from`; parameters of lambdas of that name stay.
ExpressionPtr rename_column_in(const ExpressionPtr& expression, const std::string& from,
                               const std::string& to);

}  // namespace freshet
