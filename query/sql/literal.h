// Number literals: text to value and back in ClickHouse's notation.
#pragma once

#include <string>
#include <string_view>

#include "query/sql/expression_ast.h"

namespace freshet {

// `digits` is the text of a Number token, or inf, infinity, nan.
Literal parse_number_literal(std::string_view digits, bool negative);

// How ClickHouse names the column of this literal: `1`, `1.5`, `1000.`, `'a'`, `NULL`, `true`.
std::string literal_name(const Literal& literal);

// As SQL text that is read back as the same value; decimals keep the digits they were written with.
std::string literal_sql(const Literal& literal);

}  // namespace freshet
