SELECT 1, 1.5, -1, -1.5e10, 0x1F, 18446744073709551616, NULL, true, FALSE, inf, -inf, nan, '', 'it''s'
