SELECT a, a.b, a.b.c, `select`, `a b`, "x""y", t.`from`
