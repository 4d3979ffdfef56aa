SELECT a || b || c, a || (b || c), (a || b) || c, concat(a, b)
