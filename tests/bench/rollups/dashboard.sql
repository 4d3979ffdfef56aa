-- A dashboard over hits; one query a line. Time series, top lists, ragged ranges, distinct users.
SELECT toStartOfHour(EventTime) AS h, count() FROM hits GROUP BY h ORDER BY h
SELECT toStartOfHour(EventTime) AS h, count(), avg(ResolutionWidth) FROM hits WHERE TraficSourceID = 3 GROUP BY h ORDER BY h
SELECT toDate(EventTime) AS d, TraficSourceID AS s, count() FROM hits WHERE EventTime >= '2013-07-08 00:00:00' AND EventTime < '2013-07-22 00:00:00' GROUP BY d, s ORDER BY d, s
SELECT toHour(EventTime) AS h, count(), sum(IsRefresh) FROM hits GROUP BY h ORDER BY h
SELECT RegionID, count() AS c FROM hits GROUP BY RegionID ORDER BY c DESC, RegionID LIMIT 10
SELECT RegionID, count() AS c, sum(IsRefresh) FROM hits WHERE EventDate >= '2013-07-10' AND EventDate <= '2013-07-16' GROUP BY RegionID ORDER BY c DESC, RegionID LIMIT 20
SELECT RegionID, avg(SendTiming) AS a, count() AS c FROM hits WHERE RegionID IN (2, 229, 34) GROUP BY RegionID ORDER BY RegionID
SELECT TraficSourceID AS s, count() AS c FROM hits WHERE EventTime >= '2013-07-15 00:00:00' GROUP BY s HAVING c > 1000 ORDER BY c DESC, s
SELECT toDate(EventTime) AS d, uniq(UserID) FROM hits GROUP BY d ORDER BY d
SELECT toMonday(EventTime) AS w, uniq(UserID), count() FROM hits GROUP BY w ORDER BY w
SELECT count(), avg(ResolutionWidth) FROM hits WHERE EventTime >= '2013-07-03 10:20:00' AND EventTime < '2013-07-28 15:45:00'
SELECT TraficSourceID AS s, count() AS c, avg(ResolutionWidth) FROM hits WHERE EventTime >= '2013-07-01 00:30:00' GROUP BY s ORDER BY c DESC, s
