// SELECTs without FROM, evaluated by the functions alone: what tests of functions read and write.
#pragma once

#include <string>
#include <string_view>

#include "query/function/function.h"

namespace freshet {

enum class LiteralForm {
  Constant,
  Column,  // every literal is a column of a few equal rows, so that kernels run on columns
};

// What functions know in these tests: UTC, 2024-03-15 10:20:30 UTC, user "default".
const FunctionContext& test_context();

// "SELECT 1 + 1, 'a'" -> "2\ta", escaped as TabSeparated. Throws what functions throw.
std::string select_text(std::string_view sql, LiteralForm form = LiteralForm::Constant);
// The type of one expression: type_text("1 + 1") -> "UInt16".
std::string type_text(std::string_view expression);
// "7", or "ILLEGAL_DIVISION" when it throws: value_text_of("intDiv(1, 0)").
std::string value_or_error(std::string_view expression, LiteralForm form = LiteralForm::Constant);

}  // namespace freshet
