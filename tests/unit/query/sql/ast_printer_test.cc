#include "query/sql/ast_printer.h"

#include <gtest/gtest.h>

#include "tests/unit/query/sql/round_trip.h"

namespace freshet {
namespace {

constexpr std::string_view kExpressions[] = {
    "1, 1.5, -1, -1.5e10, 0x1F, 18446744073709551616, NULL, true, FALSE, inf, -inf, nan, '', "
    "'it''s'",
    "'a\\n\\t\\0\\x01\\\\', x'00ff', $tag$it's$tag$",
    "DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00', INTERVAL 1 DAY, INTERVAL '1 day 2 hour'",
    "[], [1, 2], (), (1,), (1, 'a'), [(1, [2])]",
    "a, a.b, a.b.c, `select`, `a b`, \"x\"\"y\", t.`from`",
    "*, t.*, * EXCEPT (a, b), * EXCEPT a, * REPLACE (a + 1 AS a) APPLY (toString), COLUMNS('^a'), "
    "t.COLUMNS(a, b) APPLY (x -> x + 1), * APPLY quantile(0.9), * EXCEPT ('^x')",
    "count(), count(*), count(DISTINCT a, b), quantile(0.9)(x), quantiles(0.5, 0.9)(x)",
    "sum(x) OVER (), sum(x) OVER w, sum(x) OVER (w ROWS 1 PRECEDING), lag(x, 1) OVER (PARTITION BY "
    "a, b "
    "ORDER BY c DESC NULLS FIRST, d RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)",
    "first_value(x) IGNORE NULLS, any(x) RESPECT NULLS OVER (ORDER BY y)",
    "count() FILTER (WHERE x > 1), sum(x) FILTER (WHERE y)",
    "arrayMap(x -> x + 1, a), arrayMap((x, y) -> (x, y), a, b), f(x -> (y -> x + y))",
    "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END, CASE x WHEN 1 THEN 'a' END",
    "CAST(x AS Nullable(Decimal(18,4))), CAST(x, 'Int8'), x::Int8, 1.1::Decimal(9, 1), [1, "
    "2]::Array(Int8)",
    "CAST(x AS y, 'Int8'), CAST((x AS y) AS Int8), CAST((x AS y))",
    "EXTRACT(YEAR FROM d), extract(x, 'a'), SUBSTRING(s FROM 2 FOR 3), substring(s, 1), "
    "POSITION('a' IN s), "
    "position(s, 'a'), TRIM(BOTH 'x' FROM s), TRIM(s), LTRIM(s), TRIM(LEADING FROM s)",
    "DATE_ADD(DAY, 1, d), DATE_SUB(d, INTERVAL 1 WEEK), DATE_DIFF(MONTH, a, b), dateDiff('day', a, "
    "b), "
    "dateDiff(`day`, a, b)",
    "a + b * c - d / e % f, (a + b) * c, a - (b - c), (a - b) - c, a DIV b, a MOD b, -a, -(-a), "
    "-(1), - -a",
    "a || b || c, a || (b || c), (a || b) || c, concat(a, b)",
    "a AND b AND c, a AND (b AND c), (a AND b) AND c, a OR b AND c, (a OR b) AND c, NOT a, NOT (a "
    "AND b), "
    "NOT NOT a, and(a, b), or(a, b, c)",
    "a = b, a == b, a != b, a <> b, a < b, a <= b, a > b, a >= b, a <=> b, a IS NOT DISTINCT FROM "
    "b, "
    "a IS DISTINCT FROM b, (a = b) = c, a = (b = c)",
    "a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND 2, a AND b BETWEEN c AND d AND e, a BETWEEN b AND c OR "
    "d",
    "a LIKE 'x', a NOT LIKE 'x', a ILIKE 'x', a NOT ILIKE 'x', a REGEXP 'x'",
    "a IN (1, 2), a IN (1), a IN 1, a IN (SELECT 1), a NOT IN (b), a GLOBAL IN t, a GLOBAL NOT IN "
    "(1, 2), "
    "(a, b) IN ((1, 2), (3, 4)), a IN (1,), a IN [1, 2]",
    "a IS NULL, a IS NOT NULL, (a IS NULL) = 0, a = 1 IS NULL, NOT a IS NULL, a IS TRUE, a IS NOT "
    "FALSE",
    "a ? b : c, a ? b : c ? d : e, (a ? b : c) + 1",
    "a[1], a[1][2], (a + b)[1], f(x)[1], [1, 2][1], a[-1]",
    "t.1, t.1.2, (t).name, f(x).1, f(x).name.other, (1, 2).1, a[1].2, (a + b).1, (t.1)[2]",
    "x AT TIME ZONE 'UTC'",
    "(SELECT 1), (SELECT 1 UNION ALL SELECT 2), EXISTS (SELECT 1), exists(SELECT 1), "
    "((SELECT 1) UNION ALL (SELECT 2)), ((SELECT 1))",
    "{x:UInt8} + 1, {a:Array(Nullable(String))}",
    "(a AS b) + 1, f(a AS b), [a AS b], (a AS b, c)",
    "interval, case, date, timestamp, key, format(a), left(a, 1), any(a), `distinct`(a), "
    "`interval`(1)",
};

TEST(AstPrinter, ExpressionsSurviveTheRoundTrip) {
  for (const std::string_view list : kExpressions) expect_round_trip("SELECT " + std::string(list));
}

constexpr std::string_view kQueries[] = {
    "SELECT 1",
    "(SELECT 1)",
    "FROM t SELECT a",
    "SELECT a b, c AS d, \"e\" f, g `h i`, FROM t",
    "SELECT DISTINCT a FROM t",
    "SELECT DISTINCT ON (a, b) a FROM t",
    "SELECT ALL a FROM t",
    "WITH 1 AS x, (SELECT 2) AS y, z AS (SELECT 3), w (a, b) AS (SELECT 4, 5) SELECT x FROM z",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
    "SELECT * FROM db.t AS x FINAL SAMPLE 1/10 OFFSET 1/2",
    "SELECT * FROM t FINAL",
    "SELECT * FROM numbers(10) n, (SELECT 1) AS s (a, b), VALUES('a Int8', (1), (2)) AS v",
    "SELECT * FROM ((SELECT 1) UNION ALL (SELECT 2))",
    "SELECT * FROM view(SELECT 1)",
    "SELECT * FROM null('a Int8')",
    "SELECT * FROM t ARRAY JOIN a AS b, c LEFT ARRAY JOIN d",
    "SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (x, y) RIGHT OUTER JOIN d USING z",
    "SELECT * FROM a FULL OUTER JOIN b ON a.x = b.x CROSS JOIN c, d PASTE JOIN e",
    "SELECT * FROM a ANY LEFT JOIN b USING (x) LEFT ANTI JOIN c USING (x) SEMI LEFT JOIN d USING "
    "(x)",
    "SELECT * FROM a ASOF LEFT JOIN b ON a.x = b.x AND a.t >= b.t GLOBAL ALL INNER JOIN c USING "
    "(x)",
    "SELECT a FROM t PREWHERE b WHERE c GROUP BY d HAVING e QUALIFY f ORDER BY g LIMIT 1",
    "SELECT a FROM t GROUP BY a, b WITH TOTALS",
    "SELECT a FROM t GROUP BY a, b WITH ROLLUP WITH TOTALS",
    "SELECT a FROM t GROUP BY CUBE(a, b)",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), b, ())",
    "SELECT a, count() FROM t GROUP BY ALL ORDER BY ALL DESC NULLS LAST",
    "SELECT a FROM t WINDOW w AS (PARTITION BY b), v AS (w ORDER BY c)",
    "SELECT a FROM t ORDER BY a, b ASC, c DESC NULLS FIRST, d NULLS LAST, e COLLATE 'en'",
    "SELECT a FROM t LIMIT 10",
    "SELECT a FROM t LIMIT 5, 10",
    "SELECT a FROM t LIMIT 10 OFFSET 5",
    "SELECT a FROM t ORDER BY a LIMIT 10 WITH TIES",
    "SELECT a FROM t LIMIT 2 BY a, b LIMIT 10",
    "SELECT a FROM t LIMIT 2 OFFSET 1 BY a OFFSET 3",
    "SELECT a FROM t ORDER BY a OFFSET 3 ROWS FETCH FIRST 5 ROWS ONLY",
    "SELECT a FROM t ORDER BY a FETCH NEXT 1 ROW WITH TIES",
    "SELECT a FROM t SETTINGS max_threads = 1, x = 'a', y = -1.5, z",
    "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3",
    "SELECT 1 UNION DISTINCT SELECT 2 UNION ALL SELECT 3",
    "SELECT 1 UNION (SELECT 2 UNION ALL SELECT 3)",
    "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4 EXCEPT DISTINCT (SELECT 5)",
    "SELECT * EXCEPT SELECT 1",
    "SELECT 1 FORMAT JSON",
    "SELECT 1 SETTINGS a = 1 FORMAT JSON",
    "SELECT 1 FORMAT JSON SETTINGS a = 1;",
    "(SELECT 1) UNION ALL (SELECT 2) SETTINGS a = 1",
    "SELECT 1 INTO OUTFILE 'x.csv' TRUNCATE COMPRESSION 'gzip' FORMAT CSV",
    "SELECT '', a /* c */ FROM t -- d\n# e\nWHERE b;;",
};

TEST(AstPrinter, QueriesSurviveTheRoundTrip) {
  for (const std::string_view sql : kQueries) expect_round_trip(sql);
}

constexpr std::string_view kStatements[] = {
    "CREATE DATABASE IF NOT EXISTS d ENGINE = Atomic COMMENT 'c'",
    "CREATE TABLE t (a Int8) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS db.t (a UInt64, b Nullable(String) DEFAULT 'x' COMMENT 'c', "
    "c DateTime64(3,'UTC') CODEC(Delta(4), ZSTD), d Date MATERIALIZED toDate(c), e ALIAS a + 1, "
    "f Int32 NULL, g Int8 NOT NULL, h EPHEMERAL, i String EPHEMERAL 'x', j Enum8('a' = 1, 'b'=-2) "
    "TTL d + INTERVAL 1 DAY, "
    "k Tuple(x Int8, `y z` Array(String)), l AggregateFunction(quantiles(0.5, 0.9), UInt64), "
    "INDEX i1 (a, b) TYPE bloom_filter(0.01) GRANULARITY 4, INDEX i2 a TYPE minmax, "
    "CONSTRAINT c1 CHECK a > 0, CONSTRAINT c2 ASSUME b = 'x', PROJECTION p (SELECT a, b ORDER BY "
    "b)) "
    "ENGINE = ReplacingMergeTree(c) PARTITION BY toYYYYMM(d) ORDER BY (a, b) PRIMARY KEY a SAMPLE "
    "BY a "
    "TTL d + INTERVAL 1 MONTH DELETE WHERE a = 1, d + INTERVAL 1 YEAR TO DISK 'x', "
    "d RECOMPRESS CODEC(ZSTD(3)), d GROUP BY a SET b = max(b) "
    "SETTINGS index_granularity = 1024, x = 'y' COMMENT 'table'",
    "CREATE TABLE t (a Int8 PRIMARY KEY, PRIMARY KEY (a, b), b Int8,) ORDER BY tuple()",
    "CREATE TABLE t (a Int8, b Int8) UNIQUE KEY (a, b) ENGINE = MergeTree ORDER BY a TTL b",
    "CREATE TABLE t (index UInt8, key String, date Date) ENGINE = Memory()",
    "CREATE OR REPLACE TABLE t ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a",
    "REPLACE TABLE t (a Int8)",
    "CREATE TEMPORARY TABLE t (a Int8)",
    "CREATE TABLE t AS db.other ENGINE = Memory",
    "CREATE TABLE t CLONE AS other",
    "CREATE TABLE t EMPTY AS SELECT 1",
    "CREATE TABLE t AS numbers(10)",
    "CREATE TABLE t (a Int8) FORMAT JSON;",
    "CREATE VIEW v AS SELECT 1",
    "CREATE OR REPLACE VIEW db.v (a, b) AS SELECT 1, 2 UNION ALL SELECT 3, 4",
    "CREATE VIEW IF NOT EXISTS v (a Int8) COMMENT 'c' AS SELECT 1",
    "CREATE VIEW v AS (SELECT 1) SETTINGS a = 1",
    "CREATE MATERIALIZED VIEW v TO db.t AS SELECT a FROM s",
    "CREATE MATERIALIZED VIEW IF NOT EXISTS v (a Int8, c AggregateFunction(sum, Int8)) "
    "ENGINE = AggregatingMergeTree PARTITION BY a ORDER BY a POPULATE AS SELECT a, sumState(b) AS "
    "c FROM s GROUP BY a",
    "DROP TABLE t",
    "DROP TABLE IF EXISTS a, db.b SYNC",
    "DROP TEMPORARY TABLE t",
    "DROP VIEW IF EXISTS v NO DELAY",
    "DROP DATABASE IF EXISTS d",
    "TRUNCATE t",
    "TRUNCATE TABLE IF EXISTS db.t",
    "TRUNCATE DATABASE d",
    "RENAME TABLE a TO b, db.c TO d",
    "RENAME DATABASE a TO b",
    "EXCHANGE TABLES a AND b",
    "EXISTS t",
    "EXISTS TABLE db.t",
    "EXISTS DATABASE d FORMAT JSON",
    "EXISTS VIEW v",
    "SHOW DATABASES",
    "SHOW DATABASES NOT LIKE '%x%' LIMIT 3",
    "SHOW TABLES FROM db ILIKE '%t%' LIMIT 10",
    "SHOW FULL TABLES IN db WHERE name = 'x'",
    "SHOW COLUMNS FROM t FROM db LIKE 'a'",
    "SHOW FULL COLUMNS IN db.t",
    "SHOW CREATE TABLE db.t",
    "SHOW CREATE t FORMAT TSVRaw",
    "SHOW CREATE VIEW v",
    "SHOW CREATE DATABASE d",
    "SHOW PROCESSLIST",
    "SHOW SETTINGS LIKE 'max%'",
    "SHOW CHANGED SETTINGS ILIKE '%x%'",
    "SHOW FUNCTIONS",
    "DESCRIBE t",
    "DESC TABLE \"db\".\"t\"",
    "DESCRIBE TABLE (SELECT 1 AS a)",
    "DESCRIBE numbers(1) FORMAT CSV",
    "DESCRIBE SELECT 1",
    "USE db",
    "SET a = 1, b = 'x', c = -1, d = true",
    "SET ROLE DEFAULT",
    "SET ROLE a, `b c`",
    "EXPLAIN SELECT 1",
    "EXPLAIN AST SELECT 1",
    "EXPLAIN SYNTAX run_passes = 1 SELECT 1",
    "EXPLAIN PLAN actions = 1, header = 1 SELECT 1 FORMAT TSVRaw",
    "EXPLAIN PIPELINE INSERT INTO t SELECT 1",
    "INSERT INTO t SELECT 1",
    "INSERT INTO db.t (a, b.c, `d e`) WITH 1 AS x SELECT x, 2, 3",
    "INSERT INTO t (a) (SELECT 1 UNION ALL SELECT 2)",
    "INSERT INTO t (* EXCEPT(a, b)) SELECT 1",
    "INSERT INTO t (*) VALUES (1)",
    "INSERT INTO t SETTINGS async_insert = 1, x = 'y' FORMAT JSONEachRow {\"a\": 1}",
    "INSERT INTO TABLE FUNCTION file('x.csv') SELECT 1",
    "INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV\n1",
    "INSERT INTO t FROM INFILE 'x.csv.gz' COMPRESSION 'gzip' FORMAT CSV",
    "KILL QUERY WHERE query_id = 'x' SYNC",
    "KILL QUERY WHERE query_id = 'x' TEST",
    "KILL MUTATION WHERE table = 't'",
    "OPTIMIZE TABLE db.t PARTITION 202001 FINAL DEDUPLICATE",
    "OPTIMIZE TABLE t PARTITION ID 'x'",
    "SYSTEM FLUSH LOGS",
    "SYSTEM STOP MERGES db.t",
    "SYSTEM START MERGES t",
    "BACKUP TABLE t TO Disk('backups', 'x')",
    "BACKUP TABLE db.t AS db.u, DATABASE d AS e TO File('x') SETTINGS base_backup = File('y')",
    "RESTORE ALL FROM File('x') SETTINGS structure_only = 1",
    "CHECK TABLE db.t",
    "CHECK TABLE t PARTITION 202001",
    "ALTER TABLE db.t ADD COLUMN IF NOT EXISTS a Int8 DEFAULT 1 AFTER b, ADD COLUMN c String "
    "FIRST, "
    "DROP COLUMN IF EXISTS d, CLEAR COLUMN e IN PARTITION 1, RENAME COLUMN f TO g, MODIFY COLUMN h "
    "String CODEC(LZ4), "
    "MODIFY COLUMN i REMOVE TTL, COMMENT COLUMN j 'x', MODIFY COMMENT 'y', ALTER COLUMN k TYPE "
    "Int16",
    "ALTER TABLE t UPDATE a = 1, b = b + 1 IN PARTITION 1 WHERE c, DELETE WHERE d = 1",
    "ALTER TABLE t DROP PARTITION 202001, DETACH PARTITION ALL, ATTACH PARTITION (1, 'a') FROM s, "
    "REPLACE PARTITION ID 'x' FROM s, MOVE PARTITION tuple() TO TABLE s, DROP PART 'all_1_1_0'",
    "ALTER TABLE t MODIFY TTL d + INTERVAL 1 DAY, e + INTERVAL 2 DAY, REMOVE TTL",
    "ALTER TABLE t DROP DETACHED PARTITION 1, DROP DETACHED PART 'p', MATERIALIZE TTL, "
    "MATERIALIZE TTL IN PARTITION 2, DROP COLUMN a",
    "ALTER TABLE t MODIFY SETTING a = 1, b = 2, RESET SETTING c, d, MODIFY ORDER BY (a, b)",
    "ALTER TABLE t ADD INDEX i a TYPE minmax GRANULARITY 1, DROP INDEX i, MATERIALIZE INDEX i IN "
    "PARTITION 1, "
    "ADD CONSTRAINT c CHECK a, DROP CONSTRAINT c, ADD PROJECTION p (SELECT a ORDER BY a), "
    "DROP PROJECTION p, MATERIALIZE PROJECTION p, MATERIALIZE COLUMN a",
    "ALTER TABLE t ADD PROJECTION IF NOT EXISTS p (SELECT a, sum(b) GROUP BY a) AFTER q, "
    "DROP PROJECTION IF EXISTS p, CLEAR PROJECTION IF EXISTS p IN PARTITION 1, "
    "MATERIALIZE PROJECTION p IN PARTITION ID 'x'",
    "CREATE ROLLUP IF NOT EXISTS `a b` ON d.t (WITH toDate(c) AS d SELECT d, count() GROUP BY d)",
    "CREATE ROLLUP r ON t AS SELECT a, sum(b) GROUP BY a",
    "DROP ROLLUP IF EXISTS `a b` ON d.t",
    "SHOW ROLLUPS",
    "SHOW ROLLUPS FROM d.t LIKE 'a%'",
    "ALTER TABLE t MODIFY QUERY SELECT 1",
    "DELETE FROM db.t WHERE a = 1",
    "DELETE FROM t IN PARTITION 1 WHERE a",
    "UPDATE t SET a = 1, b = b + 1 WHERE c",
};

TEST(AstPrinter, StatementsSurviveTheRoundTrip) {
  for (const std::string_view sql : kStatements) expect_round_trip(sql);
}

struct Printed {
  std::string_view sql;
  std::string_view text;
};

TEST(AstPrinter, PrintsOperatorsWithOnlyTheNeededParentheses) {
  const Printed cases[] = {
      {"((a+b))*c", "(a + b) * c"},
      {"(a*b)+c", "a * b + c"},
      {"a-(b+c)", "a - (b + c)"},
      {"(a AND b) OR c", "a AND b OR c"},
      {"a AND (b OR c)", "a AND (b OR c)"},
      {"NOT(a)", "NOT a"},
      {"(NOT a) = b", "(NOT a) = b"},
      {"x between 1 and 2", "x >= 1 AND x <= 2"},
      {"- (1)", "-(1)"},
      {"x in (1)", "x IN (1)"},
      {"x::Int8", "CAST(x, 'Int8')"},
      {"case when a then b end", "multiIf(a, b, NULL)"},
      {"`a` . `b c`", "a.`b c`"},
      {"'it''s'", "'it\\'s'"},
      {"0.10", "0.10"},
      {"0xff", "255"},
      {"count( * )", "count(*)"},
      {"x as y", "x AS y"},
  };
  for (const auto& [sql, text] : cases) EXPECT_EQ(to_sql(*parse_expression_text(sql)), text) << sql;
}

TEST(AstPrinter, LaysOutCreateTableAsClickHouseDoes) {
  const Statement statement = parse_statement(
      "create table db.t (a UInt8, b String default 'x', index i b type minmax granularity 2) "
      "engine MergeTree order by (a, b) partition by a settings index_granularity=8192 comment "
      "'c'");
  EXPECT_EQ(to_sql(statement, PrintStyle::MultiLine),
            "CREATE TABLE db.t\n"
            "(\n"
            "    `a` UInt8,\n"
            "    `b` String DEFAULT 'x',\n"
            "    INDEX i b TYPE minmax GRANULARITY 2\n"
            ")\n"
            "ENGINE = MergeTree\n"
            "PARTITION BY a\n"
            "ORDER BY (a, b)\n"
            "SETTINGS index_granularity = 8192\n"
            "COMMENT 'c'");
  EXPECT_EQ(to_sql(std::get<CreateTable>(statement.body).storage),
            "MergeTree PARTITION BY a ORDER BY (a, b) SETTINGS index_granularity = 8192");
}

TEST(AstPrinter, LaysOutSelectAsClickHouseDoes) {
  const Statement statement = parse_statement(
      "select a, count() as c from (select 1 as a) as t inner join u using (a) where a > 1 group "
      "by a, b "
      "order by c desc limit 3");
  EXPECT_EQ(to_sql(statement, PrintStyle::MultiLine),
            "SELECT\n"
            "    a,\n"
            "    count() AS c\n"
            "FROM\n"
            "(\n"
            "    SELECT 1 AS a\n"
            ") AS t\n"
            "INNER JOIN u USING (a)\n"
            "WHERE a > 1\n"
            "GROUP BY\n"
            "    a,\n"
            "    b\n"
            "ORDER BY c DESC\n"
            "LIMIT 3");
}

}  // namespace
}  // namespace freshet
