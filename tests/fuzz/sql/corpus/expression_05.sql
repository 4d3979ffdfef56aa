SELECT *, t.*, * EXCEPT (a, b), * EXCEPT a, * REPLACE (a + 1 AS a) APPLY (toString), COLUMNS('^a'), t.COLUMNS(a, b) APPLY (x -> x + 1), * APPLY quantile(0.9), * EXCEPT ('^x')
