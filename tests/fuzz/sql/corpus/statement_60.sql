EXPLAIN PLAN actions = 1, header = 1 SELECT 1 FORMAT TSVRaw
