CREATE MATERIALIZED VIEW IF NOT EXISTS v (a Int8, c AggregateFunction(sum, Int8)) ENGINE = AggregatingMergeTree PARTITION BY a ORDER BY a POPULATE AS SELECT a, sumState(b) AS c FROM s GROUP BY a
