SELECT a = b, a == b, a != b, a <> b, a < b, a <= b, a > b, a >= b, a <=> b, a IS NOT DISTINCT FROM b, a IS DISTINCT FROM b, (a = b) = c, a = (b = c)
