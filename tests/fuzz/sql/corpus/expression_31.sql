SELECT interval, case, date, timestamp, key, format(a), left(a, 1), any(a), `distinct`(a), `interval`(1)
