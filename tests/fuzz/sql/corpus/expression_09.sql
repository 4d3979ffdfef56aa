SELECT count() FILTER (WHERE x > 1), sum(x) FILTER (WHERE y)
