SELECT a AND b AND c, a AND (b AND c), (a AND b) AND c, a OR b AND c, (a OR b) AND c, NOT a, NOT (a AND b), NOT NOT a, and(a, b), or(a, b, c)
