// Expressions by precedence climbing. Operators and special forms become calls of the functions
// listed at FunctionCall.
//
// Path:      TokenCursor -> here -> Expression
// Errors:    SyntaxError; TooDeepRecursion.
#pragma once

#include <vector>

#include "query/sql/expression_ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Bare: `x y` names x as y, as in a SELECT list; else only `x AS y` does.
enum class AliasStyle { Explicit, Bare };

// Any expression but without an alias at its top.
ExpressionPtr parse_expression(TokenCursor& cursor);
ExpressionPtr parse_aliased_expression(TokenCursor& cursor, AliasStyle style);
// At least one; a comma must be followed by another.
std::vector<ExpressionPtr> parse_expression_list(TokenCursor& cursor, AliasStyle style);

// `a`, `a.b`: an identifier only.
Identifier parse_identifier(TokenCursor& cursor);
// A literal of SETTINGS or SET, with sign.
Literal parse_literal(TokenCursor& cursor);

// Only the operators that bind at least as tightly as `precedence`.
ExpressionPtr parse_operators(TokenCursor& cursor, int precedence);
// What begins with the current token and needs no operator: literal, name, call, parentheses.
ExpressionPtr parse_primary(TokenCursor& cursor);

}  // namespace freshet
