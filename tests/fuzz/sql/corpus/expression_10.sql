SELECT arrayMap(x -> x + 1, a), arrayMap((x, y) -> (x, y), a, b), f(x -> (y -> x + y))
