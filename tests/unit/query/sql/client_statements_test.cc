// Statements of the kinds that drivers, BI tools and dbt send.
#include <gtest/gtest.h>

#include "tests/unit/query/sql/round_trip.h"

namespace freshet {
namespace {

constexpr std::string_view kStatements[] = {
    "SELECT version(), timezone()",
    "SELECT name, value, readonly FROM system.settings LIMIT 10000",
    "SELECT 1 AS check",
    "SELECT * FROM (SELECT 1) LIMIT 0 FORMAT JSON;",
    "SELECT count(*) AS `count_1`, \"t\".\"a\" AS \"x y\" FROM \"db\".\"t\" GROUP BY 2 ORDER BY 1 "
    "DESC NULLS LAST",
    "SELECT CAST(null AS Nullable(String)) AS TABLE_CAT, t.database AS TABLE_SCHEM FROM "
    "system.tables t JOIN "
    "system.databases d ON system.tables.database = system.databases.name WHERE t.database LIKE "
    "'%' AND "
    "TABLE_TYPE IN ('TABLE', 'VIEW') ORDER BY t.database, t.name",
    "SELECT multiIf(position(upper(type), 'NULLABLE') > 0, 1, 0) ? 'YES' : 'NO', "
    "x::Nullable(Int32), "
    "IF (c == 0, NULL, c), system.columns.type FROM system.columns",
    "SELECT c.1, trim(c.2) FROM system.tables ARRAY JOIN arrayZip(splitByChar(',', primary_key), "
    "arrayEnumerate(splitByChar(',', primary_key))) AS c WHERE system.tables.primary_key <> '' AND "
    "name ILIKE 'a'",
    "SELECT dt.name, attrs.c2 FROM system.data_type_families AS dt LEFT JOIN (SELECT * FROM VALUES "
    "(('Bool', 1, true, 0, 0), ('Int8', 2, false, 0, 0))) AS attrs ON (dt.name = attrs.c1)",
    "SELECT CAST(NULL AS Nullable(String)) AS a WHERE 1 = 0 LIMIT 0",
    "SELECT name FROM system.functions UNION ALL SELECT name FROM system.table_functions LIMIT "
    "10000",
    "WITH splitByChar('.', version()) AS parts SELECT parts[1], (a, b) IN ((1, 2), (3, 4)) FROM t",
    "SELECT toStartOfInterval(ts, INTERVAL 5 minute) AS t, avg(v) FROM m WHERE ts BETWEEN now() - "
    "INTERVAL 1 HOUR "
    "AND now() AND host IN ('a') GROUP BY t ORDER BY t",
    "SELECT intDiv(toUInt32(ts), 60) * 60 * 1000 AS t, groupArray((a, c)) AS g FROM (SELECT ts, a, "
    "count() c "
    "FROM x GROUP BY ts, a) GROUP BY t FORMAT JSON",
    "SELECT sum(x) AS s, s / 2, quantiles(0.5, 0.9)(y)[1] FROM t HAVING (COUNT(1) > 0)",
    "SELECT EXTRACT(EPOCH FROM ts), DATE_TRUNC('day', ts), LEFT(a, 2), CHAR_LENGTH(b), TRUNC(c, 1) "
    "FROM t",
    "SELECT arrayFilter(x -> x.1 > 1, arr), arraySort((a, b) -> -b, p, q) FROM t",
    "SELECT lagInFrame(v, 1, 0) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 1 PRECEDING AND "
    "CURRENT ROW) FROM t",
    "/* {\"app\": \"dbt\"} */ create table `d`.`t__tmp` engine = MergeTree() order by (tuple()) "
    "SETTINGS "
    "replicated_deduplication_window=0 as (select 1 as a)",
    "create or replace view `d`.`v` as ( with x as (select 1) select * from x )",
    "insert into `d`.`t` (\"a\", \"b\") select a, b from `d`.`t__tmp`",
    "EXCHANGE TABLES `d`.`a` AND `d`.`b`",
    "alter table d.t replace partition 202001 from d.s",
    "CREATE TABLE IF NOT EXISTS t (id UUID, ts DateTime64(3, 'UTC') DEFAULT now64(3), n Nested(a "
    "UInt8, b String), "
    "m Map(String, Array(Nullable(Int32))), INDEX i ts TYPE minmax GRANULARITY 1) "
    "ENGINE=MergeTree() "
    "PARTITION BY toYYYYMM(ts) ORDER BY (id) TTL toDateTime(ts) + INTERVAL 30 DAY",
    "OPTIMIZE TABLE t FINAL SETTINGS x = 1",
    "ALTER TABLE t DELETE WHERE id = 1 SETTINGS mutations_sync = 1",
    "EXISTS DATABASE `d`",
    "SELECT engine FROM system.databases WHERE name = database()",
    "SET allow_nondeterministic_mutations=1",
    "KILL QUERY WHERE query_id='4e0c' ASYNC",
    "DESCRIBE TABLE `d`.`t`",
    "SHOW TABLES FROM \"db\"",
    "INSERT INTO d.t (a, b) FORMAT Native",
    "SELECT {id:UInt64} AS a, {names:Array(String)} AS b",
};

TEST(ClientStatements, AllParseAndSurviveTheRoundTrip) {
  for (const std::string_view sql : kStatements) expect_round_trip(sql);
}

}  // namespace
}  // namespace freshet
