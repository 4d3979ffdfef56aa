#include "query/function/function.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/query/function/select_text.h"

namespace freshet {
namespace {

TEST(FunctionRegistry, EveryExampleGivesItsResult) {
  for (const FunctionEntry* entry : all_functions()) {
    if (!entry->alias_of.empty()) continue;
    SCOPED_TRACE(entry->name);
    EXPECT_FALSE(entry->syntax.empty());
    EXPECT_FALSE(entry->description.empty());
    EXPECT_FALSE(entry->category.empty());
    try {
      EXPECT_EQ(select_text(entry->example), entry->example_result) << entry->example;
    } catch (const Error& error) {
      ADD_FAILURE() << entry->example << ": " << error.display();
    }
  }
}

// A kernel has one loop for constants and others for columns: they must agree. Functions that want
// a constant say so.
TEST(FunctionRegistry, ColumnsGiveWhatConstantsGive) {
  for (const FunctionEntry* entry : all_functions()) {
    if (!entry->alias_of.empty() || !entry->deterministic) continue;
    SCOPED_TRACE(entry->name);
    try {
      EXPECT_EQ(select_text(entry->example, LiteralForm::Column), entry->example_result)
          << entry->example;
    } catch (const Error& error) {
      const bool wants_constant =
          error.code() == ErrorCode::IllegalColumn || error.code() == ErrorCode::NoCommonType;
      if (!wants_constant) ADD_FAILURE() << entry->example << ": " << error.display();
    }
  }
}

TEST(FunctionRegistry, FindsNamesInAnyCaseWhereClickHouseDoes) {
  EXPECT_EQ(find_function("plus")->name, "plus");
  EXPECT_EQ(find_function("PLUS"), nullptr);
  EXPECT_EQ(find_function("cast")->name, "CAST");
  EXPECT_EQ(find_function("MOD")->name, "modulo");
}

TEST(FunctionRegistry, UnknownNamesComeWithNearOnes) {
  try {
    resolve_function("toIn32", test_context(), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::UnknownFunction);
    EXPECT_NE(error.message().find("Maybe you meant: ['toInt32'"), std::string::npos)
        << error.message();
  }
}

}  // namespace
}  // namespace freshet
