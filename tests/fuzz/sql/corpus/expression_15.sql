SELECT DATE_ADD(DAY, 1, d), DATE_SUB(d, INTERVAL 1 WEEK), DATE_DIFF(MONTH, a, b), dateDiff('day', a, b), dateDiff(`day`, a, b)
