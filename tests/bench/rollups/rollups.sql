-- What the dashboard's queries are answered from; one a line.
CREATE ROLLUP IF NOT EXISTS by_hour ON hits (SELECT toStartOfHour(EventTime), TraficSourceID, count(), sum(IsRefresh), avg(ResolutionWidth) GROUP BY toStartOfHour(EventTime), TraficSourceID)
CREATE ROLLUP IF NOT EXISTS by_region ON hits (SELECT EventDate, RegionID, count(), sum(IsRefresh), avg(SendTiming) GROUP BY EventDate, RegionID)
CREATE ROLLUP IF NOT EXISTS by_day ON hits (SELECT toStartOfDay(EventTime), count(), uniq(UserID), avg(SendTiming) GROUP BY toStartOfDay(EventTime))
