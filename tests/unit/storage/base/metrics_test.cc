#include "storage/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet {
namespace {

using testing::HasSubstr;

TEST(Histogram, QuantilesAreRightWithinAQuarter) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100'000; ++value) histogram.record(value);
  EXPECT_EQ(histogram.count(), 100'000U);
  EXPECT_EQ(histogram.sum(), 5'000'050'000U);
  for (const double fraction : {0.01, 0.5, 0.9, 0.99}) {
    const double exact = fraction * 100'000;
    const auto found = static_cast<double>(histogram.quantile(fraction));
    EXPECT_GE(found, exact);
    EXPECT_LE(found, exact * 1.25);
  }
}

TEST(Histogram, TakesTheWholeRange) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  for (unsigned bit = 0; bit < 64; ++bit) histogram.record(uint64_t{1} << bit);
  histogram.record(0);
  histogram.record(~uint64_t{0});
  EXPECT_EQ(histogram.count(), 66U);
  EXPECT_EQ(histogram.count_below(1), 1U);
  EXPECT_EQ(histogram.count_below(1024), 11U);
}

TEST(MetricsRegistry, ReturnsTheSameMetricForAName) {
  MetricsRegistry registry;
  registry.counter("rows_total", "Rows").add(2);
  registry.counter("rows_total", "Rows").add(3);
  ASSERT_EQ(registry.samples().size(), 1U);
  EXPECT_EQ(registry.samples()[0].value, 5);
  EXPECT_EQ(registry.samples()[0].help, "Rows");
}

TEST(MetricsRegistry, PrintsPrometheusText) {
  MetricsRegistry registry;
  registry.counter("requests_total{code=\"200\"}", "Requests answered").add(7);
  registry.counter("requests_total{code=\"500\"}", "Requests answered").add(1);
  registry.gauge("connections", "Open connections").set(-2);
  registry.computed_gauge("uptime_seconds", "Seconds since start", [] { return 1.5; });
  registry.histogram("sync_seconds", "Time of a sync", 1e-9).record(3'000'000);
  const std::string text = registry.prometheus_text();
  EXPECT_THAT(text, HasSubstr("# HELP freshet_requests_total Requests answered\n"
                              "# TYPE freshet_requests_total counter\n"
                              "freshet_requests_total{code=\"200\"} 7\n"
                              "freshet_requests_total{code=\"500\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE freshet_connections gauge\nfreshet_connections -2\n"));
  EXPECT_THAT(text, HasSubstr("freshet_uptime_seconds 1.5\n"));
  EXPECT_THAT(text, HasSubstr("freshet_sync_seconds_bucket{le=\"0.001048575\"} 0\n"
                              "freshet_sync_seconds_bucket{le=\"0.004194303\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("freshet_sync_seconds_bucket{le=\"+Inf\"} 1\n"
                              "freshet_sync_seconds_sum 0.003\n"
                              "freshet_sync_seconds_count 1\n"));
}

}  // namespace
}  // namespace freshet
