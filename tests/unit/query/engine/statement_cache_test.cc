#include "query/engine/statement_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {
namespace {

TEST(StatementCache, KeepsATextThatComesAgain) {
  StatementCache cache(1000);
  const auto first = cache.parse("SELECT 1");
  EXPECT_EQ(cache.count(), 0u);
  const auto second = cache.parse("SELECT 1");
  EXPECT_EQ(cache.count(), 1u);
  EXPECT_NE(second, first);
  EXPECT_EQ(cache.parse("SELECT 1"), second);
  EXPECT_EQ(to_sql(*second), to_sql(*first));
}

TEST(StatementCache, TellsTextsApartByEachByte) {
  StatementCache cache(1000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(to_sql(*cache.parse("SELECT 'a'")), "SELECT 'a'");
    EXPECT_EQ(to_sql(*cache.parse("SELECT 'A'")), "SELECT 'A'");
    EXPECT_EQ(to_sql(*cache.parse("SELECT 'a' ")), "SELECT 'a'");
  }
  EXPECT_EQ(cache.count(), 3u);
}

TEST(StatementCache, ForgetsTheTextThatWasUsedLeastLately) {
  const std::string text = "SELECT 10";
  StatementCache cache(3 * text.size());
  const auto keep = [&](const std::string& each) {
    cache.parse(each);
    return cache.parse(each);
  };
  keep("SELECT 10");
  const auto eleven = keep("SELECT 11");
  const auto twelve = keep("SELECT 12");
  const auto ten = cache.parse("SELECT 10");
  const auto thirteen = keep("SELECT 13");
  EXPECT_EQ(cache.count(), 3u);
  EXPECT_EQ(cache.parse("SELECT 10"), ten);
  EXPECT_EQ(cache.parse("SELECT 12"), twelve);
  EXPECT_EQ(cache.parse("SELECT 13"), thirteen);
  EXPECT_NE(cache.parse("SELECT 11"), eleven);
  // What it has given stays valid.
  EXPECT_EQ(to_sql(*eleven), "SELECT 11");
}

TEST(StatementCache, KeepsQueriesOfUsualLengthOnly) {
  StatementCache cache(1 << 20);
  const std::string insert = "INSERT INTO t VALUES (1)";
  const std::string drop = "DROP TABLE t";
  const std::string wrong = "SELECT FROM WHERE";
  const std::string longer = "SELECT '" + std::string(5000, 'x') + "'";
  for (int i = 0; i < 3; ++i) {
    cache.parse(insert);
    cache.parse(drop);
    cache.parse(longer);
    EXPECT_THROW(cache.parse(wrong), Error);
  }
  EXPECT_EQ(cache.count(), 0u);
}

TEST(StatementCache, IsSharedByThreads) {
  StatementCache cache(50);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const std::string text = "SELECT " + std::to_string((i * (t + 1)) % 9);
        EXPECT_EQ(to_sql(*cache.parse(text)), text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace freshet
