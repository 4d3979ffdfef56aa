// What a request says beside its SQL: the database, and parameters of the query.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/whole_server.h"

namespace freshet {
namespace {

using ::testing::HasSubstr;

TEST(HttpParameters, NameADatabaseThatMustBeThere) {
  WholeServer server("http_database");
  HttpClient client(server.address());
  const HttpAnswer refused = client.post({{"database", "sails"}}, {}, "SELECT 1");
  EXPECT_EQ(refused.status, 404);
  EXPECT_THAT(refused.body, HasSubstr("Database sails does not exist"));
  EXPECT_THAT(refused.body, HasSubstr("UNKNOWN_DATABASE"));
  server.query("CREATE DATABASE sales");
  EXPECT_THAT(client.post({{"database", "sails"}}, {}, "SELECT 1").body, HasSubstr("sales"));
  EXPECT_EQ(client.post({{"database", "sales"}}, {}, "SELECT currentDatabase()").body, "sales\n");
  EXPECT_EQ(client.post({{"database", "system"}}, {}, "SELECT count() FROM one").body, "1\n");
}

TEST(HttpParameters, StandInAQueryForValuesAndForNames) {
  WholeServer server("http_parameters");
  server.query("CREATE TABLE t (id UInt64, name String) ENGINE = MergeTree ORDER BY id");
  server.query("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  HttpClient client(server.address());
  EXPECT_EQ(client
                .post({{"param_table", "t"}, {"param_column", "name"}, {"param_id", "2"}}, {},
                      "SELECT {column:Identifier} FROM {table:Identifier} WHERE id = {id:UInt64}")
                .body,
            "two\n");
  const HttpAnswer missing = client.post({}, {}, "SELECT * FROM {table:Identifier}");
  EXPECT_THAT(missing.body, HasSubstr("Substitution is not set: table"));
}

}  // namespace
}  // namespace freshet
