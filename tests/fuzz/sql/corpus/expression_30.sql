SELECT (a AS b) + 1, f(a AS b), [a AS b], (a AS b, c)
