// The 43 queries of the web-analytics workload that the benchmarks run.
#include <gtest/gtest.h>

#include "tests/unit/query/sql/round_trip.h"

namespace freshet {
namespace {

constexpr std::string_view kHitsQueries[] =
    {
        R"sql(SELECT count(*) FROM hits)sql",
        R"sql(SELECT count(*) FROM hits WHERE AdvEngineID != 0)sql",
        R"sql(SELECT sum(AdvEngineID), count(*), avg(ResolutionHeight) FROM hits)sql",
        R"sql(SELECT avg(FUniqID) FROM hits)sql",
        R"sql(SELECT count(DISTINCT FUniqID) FROM hits)sql",
        R"sql(SELECT count(DISTINCT Title) FROM hits)sql",
        R"sql(SELECT min(EventTime), max(EventTime) FROM hits)sql",
        R"sql(SELECT SearchEngineID, count(*) FROM hits WHERE SearchEngineID != 0 GROUP BY SearchEngineID ORDER BY count(*) DESC)sql",
        R"sql(SELECT OS, count(DISTINCT UserID) AS u FROM hits GROUP BY OS ORDER BY u DESC LIMIT 10)sql",
        R"sql(SELECT RegionID, sum(IsLink), count(*) AS c, avg(ResolutionHeight), count(DISTINCT ClientIP) FROM hits GROUP BY RegionID ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT UTMCampaign, count(DISTINCT UserID) AS u FROM hits WHERE UTMCampaign != '' GROUP BY UTMCampaign ORDER BY u DESC LIMIT 10)sql",
        R"sql(SELECT UTMSource, UTMCampaign, count(DISTINCT UserID) AS u FROM hits WHERE UTMCampaign != '' GROUP BY UTMSource, UTMCampaign ORDER BY u DESC LIMIT 10)sql",
        R"sql(SELECT Title, count(*) AS c FROM hits WHERE Title != '' GROUP BY Title ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT SearchPhrase, count(DISTINCT ClientIP) AS u FROM hits WHERE SearchPhrase != '' GROUP BY SearchPhrase ORDER BY u DESC LIMIT 10)sql",
        R"sql(SELECT RegionID, SearchPhrase, count(*) AS c FROM hits WHERE SearchPhrase != '' GROUP BY RegionID, SearchPhrase ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT FUniqID, count(*) FROM hits GROUP BY FUniqID ORDER BY count(*) DESC LIMIT 10)sql",
        R"sql(SELECT UserID, Title, count(*) FROM hits GROUP BY UserID, Title ORDER BY count(*) DESC LIMIT 10)sql",
        R"sql(SELECT UserID, Title, count(*) FROM hits GROUP BY UserID, Title LIMIT 10)sql",
        R"sql(SELECT UserID, toHour(EventTime) AS h, Title, count(*) FROM hits GROUP BY UserID, h, Title ORDER BY count(*) DESC LIMIT 10)sql",
        R"sql(SELECT UserID, URL FROM hits WHERE WatchID = 6230751970960744285)sql",
        R"sql(SELECT count(*) FROM hits WHERE Referer LIKE '%yandex%')sql",
        R"sql(SELECT SearchPhrase, max(URL), count(*) AS c FROM hits WHERE Referer LIKE '%yandex%' AND SearchPhrase != '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT SearchPhrase, min(Referer), max(Title), count(*) AS c, count(DISTINCT UserID) FROM hits WHERE Title LIKE '%Market%' AND Referer NOT LIKE '%.market.%' AND SearchPhrase != '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT * FROM hits WHERE Referer LIKE '%yandex%' ORDER BY EventTime DESC LIMIT 10)sql",
        R"sql(SELECT SearchPhrase FROM hits WHERE SearchPhrase != '' ORDER BY EventTime DESC LIMIT 10)sql",
        R"sql(SELECT SearchPhrase FROM hits WHERE SearchPhrase != '' ORDER BY SearchPhrase DESC LIMIT 10)sql",
        R"sql(SELECT SearchPhrase FROM hits WHERE SearchPhrase != '' ORDER BY EventTime DESC, SearchPhrase LIMIT 10)sql",
        R"sql(SELECT RegionID, avg(length(Referer)) AS l, count(*) AS c FROM hits WHERE Referer != '' GROUP BY RegionID HAVING count(*) > 5000 ORDER BY l DESC LIMIT 25)sql",
        R"sql(SELECT replaceRegexpOne(URL, '^https?://(?:www\.)?([^/]+)/.*$', '\\1') AS k, avg(length(URL)) AS l, count(*) AS c, min(URL) FROM hits WHERE URL != '' GROUP BY k HAVING count(*) > 5000 ORDER BY l DESC LIMIT 25)sql",
        R"sql(SELECT sum(WindowClientWidth), sum(WindowClientWidth + 1), sum(WindowClientWidth + 2), sum(WindowClientWidth + 3), sum(WindowClientWidth + 4), sum(WindowClientWidth + 5), sum(WindowClientWidth + 6), sum(WindowClientWidth + 7), sum(WindowClientWidth + 8), sum(WindowClientWidth + 9), sum(WindowClientWidth + 10), sum(WindowClientWidth + 11), sum(WindowClientWidth + 12), sum(WindowClientWidth + 13), sum(WindowClientWidth + 14), sum(WindowClientWidth + 15), sum(WindowClientWidth + 16), sum(WindowClientWidth + 17), sum(WindowClientWidth + 18), sum(WindowClientWidth + 19) FROM hits)sql",
        R"sql(SELECT OS, RemoteIP, count(*) AS c, sum(IsLink), avg(ResolutionHeight) FROM hits WHERE SearchPhrase != '' GROUP BY OS, RemoteIP ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT WatchID, UserID, count(*) AS c, sum(IsLink), avg(ResolutionHeight) FROM hits WHERE SearchPhrase != '' GROUP BY WatchID, UserID ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT WatchID, UserID, count(*) AS c, sum(IsLink), avg(ResolutionHeight) FROM hits GROUP BY WatchID, UserID ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT Referer, count(*) AS c FROM hits GROUP BY Referer ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT 'all', Referer, count(*) AS c FROM hits GROUP BY 1, Referer ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT RemoteIP, RemoteIP - 1, RemoteIP - 2, RemoteIP - 3, count(*) AS c FROM hits GROUP BY RemoteIP, RemoteIP - 1, RemoteIP - 2, RemoteIP - 3 ORDER BY c DESC LIMIT 10)sql",
        R"sql(SELECT Referer, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND DontCountHits = 0 AND IsRefresh = 0 AND Referer != '' GROUP BY Referer ORDER BY v DESC LIMIT 10)sql",
        R"sql(SELECT Title, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-05' AND EventDate <= '2013-07-20' AND DontCountHits = 0 AND IsRefresh = 0 AND Title != '' GROUP BY Title ORDER BY v DESC LIMIT 10)sql",
        R"sql(SELECT Referer, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND IsRefresh = 0 AND IsLink != 0 AND IsDownload = 0 GROUP BY Referer ORDER BY v DESC LIMIT 10 OFFSET 100)sql",
        R"sql(SELECT TraficSourceID, SearchEngineID, AdvEngineID, if(SearchEngineID = 0 AND AdvEngineID = 0, Referer, '') AS src, URL AS dst, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND IsRefresh = 0 GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, src, dst ORDER BY v DESC LIMIT 10 OFFSET 1000)sql",
        R"sql(SELECT URLHash, EventDate, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND IsRefresh = 0 AND TraficSourceID IN (-1, 6) AND RefererHash = -296158784638538920 GROUP BY URLHash, EventDate ORDER BY v DESC LIMIT 10 OFFSET 100)sql",
        R"sql(SELECT WindowClientWidth, WindowClientHeight, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31' AND IsRefresh = 0 AND DontCountHits = 0 AND URLHash = 4593240633722196291 GROUP BY WindowClientWidth, WindowClientHeight ORDER BY v DESC LIMIT 10)sql",
        R"sql(SELECT toStartOfMinute(EventTime) AS m, count(*) AS v FROM hits WHERE CounterID = 100 AND EventDate >= '2013-07-14' AND EventDate <= '2013-07-15' AND IsRefresh = 0 AND DontCountHits = 0 GROUP BY m ORDER BY m LIMIT 10 OFFSET 1000)sql",
};

TEST(HitsQueries, AllParseAndSurviveTheRoundTrip) {
  EXPECT_EQ(std::size(kHitsQueries), 43u);
  for (const std::string_view sql : kHitsQueries) expect_round_trip(sql);
}

}  // namespace
}  // namespace freshet
