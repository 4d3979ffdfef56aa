INSERT INTO t SETTINGS async_insert = 1, x = 'y' FORMAT JSONEachRow {"a": 1}
