SELECT CAST(x AS Nullable(Decimal(18,4))), CAST(x, 'Int8'), x::Int8, 1.1::Decimal(9, 1), [1, 2]::Array(Int8)
