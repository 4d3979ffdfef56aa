SELECT a FROM t SETTINGS max_threads = 1, x = 'a', y = -1.5, z
