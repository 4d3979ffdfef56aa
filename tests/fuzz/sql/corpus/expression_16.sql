SELECT a + b * c - d / e % f, (a + b) * c, a - (b - c), (a - b) - c, a DIV b, a MOD b, -a, -(-a), -(1), - -a
