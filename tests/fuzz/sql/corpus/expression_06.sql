SELECT count(), count(*), count(DISTINCT a, b), quantile(0.9)(x), quantiles(0.5, 0.9)(x)
