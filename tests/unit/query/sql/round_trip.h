// Printing a tree and reading it back must give an equal tree.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

// The message of the Error that parsing throws, or "no error".
inline std::string parse_error(std::string_view sql) {
  try {
    parse_statement(sql);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.message();
  }
  return "no error";
}

inline void expect_round_trip(std::string_view sql) {
  SCOPED_TRACE(sql);
  try {
    const Statement statement = parse_statement(sql);
    for (const PrintStyle style : {PrintStyle::OneLine, PrintStyle::MultiLine}) {
      const std::string printed = to_sql(statement, style);
      SCOPED_TRACE(printed);
      EXPECT_TRUE(parse_statement(printed) == statement);
      EXPECT_EQ(to_sql(parse_statement(printed), style), printed);
    }
  } catch (const Error& error) {
    ADD_FAILURE() << error.message();
  }
}

}  // namespace freshet
