SELECT EXTRACT(YEAR FROM d), extract(x, 'a'), SUBSTRING(s FROM 2 FOR 3), substring(s, 1), POSITION('a' IN s), position(s, 'a'), TRIM(BOTH 'x' FROM s), TRIM(s), LTRIM(s), TRIM(LEADING FROM s)
