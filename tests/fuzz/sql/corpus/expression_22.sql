SELECT a IN (1, 2), a IN (1), a IN 1, a IN (SELECT 1), a NOT IN (b), a GLOBAL IN t, a GLOBAL NOT IN (1, 2), (a, b) IN ((1, 2), (3, 4)), a IN (1,), a IN [1, 2]
