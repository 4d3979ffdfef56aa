INSERT INTO db.t (a, b.c, `d e`) WITH 1 AS x SELECT x, 2, 3
