SELECT t.1, t.1.2, (t).name, f(x).1, f(x).name.other, (1, 2).1, a[1].2, (a + b).1, (t.1)[2]
