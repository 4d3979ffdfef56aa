SELECT CAST(x AS y, 'Int8'), CAST((x AS y) AS Int8), CAST((x AS y))
