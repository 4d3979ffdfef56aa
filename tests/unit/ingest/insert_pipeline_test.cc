#include "ingest/insert_pipeline.h"

#include <gtest/gtest.h>

#include "storage/base/limits.h"
#include "storage/base/overloaded_error.h"
#include "tests/unit/ingest/ingest_harness.h"

namespace freshet {
namespace {

class InsertPipelineTest : public testing::Test {
 protected:
  InsertPipelineTest() { ingest_.run("CREATE TABLE t (a UInt32, s String) ORDER BY a"); }
  std::string rows() { return ingest_.run("SELECT * FROM t ORDER BY a"); }

  IngestHarness ingest_;
};

TEST_F(InsertPipelineTest, SaysWhatItTook) {
  const InsertReport report = ingest_.insert("t", "CSV", "1,a\n2,b\n");
  EXPECT_EQ(report.rows, 2u);
  EXPECT_EQ(report.bytes, 8u);
  EXPECT_EQ(report.quarantined_rows, 0u);
  EXPECT_FALSE(report.duplicate);
  EXPECT_EQ(rows(), "1\ta\n2\tb\n");
  EXPECT_EQ(ingest_.insert("t", "CSV", "").rows, 0u);
  EXPECT_EQ(ingest_.insert("t", "CSVWithNames", "").rows, 0u);
}

TEST_F(InsertPipelineTest, ABadRowRefusesAll) {
  EXPECT_EQ(
      ingest_.try_insert("t", "CSV", "1,a\nx,b\n3,c\n"),
      "CANNOT_PARSE_INPUT_ASSERTION_FAILED: Cannot parse input: row 2, column a: cannot parse "
      "'x' as UInt32: (at row 2)\nx,b");
  EXPECT_EQ(rows(), "");
  EXPECT_EQ(ingest_.run("SELECT count() FROM system.tables WHERE name = 't_quarantine'"), "0\n");
}

TEST_F(InsertPipelineTest, BadRowsWithinTheNumberGoToTheQuarantine) {
  ingest_.settings.set("input_format_allow_errors_num", "2");
  const InsertReport report = ingest_.insert("t", "CSV", "1,a\nx,b\n3\n4,d\n");
  EXPECT_EQ(report.rows, 2u);
  EXPECT_EQ(report.quarantined_rows, 2u);
  EXPECT_EQ(rows(), "1\ta\n4\td\n");
  EXPECT_EQ(ingest_.run("SELECT row, column, reason, raw, source FROM t_quarantine ORDER BY row"),
            "2\ta\tcannot parse 'x' as UInt32\tx,b\ttest\n"
            "3\ts\tthe row has 1 of 2 columns\t3\ttest\n");
  // One more is one too many: nothing stays, neither rows nor quarantine.
  EXPECT_EQ(
      ingest_.try_insert("t", "CSV", "5,e\nx,b\n3\ny,z\n").substr(0, 85),
      "CANNOT_PARSE_INPUT_ASSERTION_FAILED: Already have 3 bad rows out of 4, which is more ");
  EXPECT_EQ(ingest_.run("SELECT count() FROM t"), "2\n");
  EXPECT_EQ(ingest_.run("SELECT count() FROM t_quarantine"), "2\n");
}

TEST_F(InsertPipelineTest, TheRatioIsJudgedAtTheEnd) {
  ingest_.settings.set("input_format_allow_errors_ratio", "0.25");
  // The bad row comes first: one of one, but in the end one of four.
  EXPECT_EQ(ingest_.insert("t", "CSV", "x,b\n1,a\n2,a\n3,a\n").quarantined_rows, 1u);
  EXPECT_EQ(ingest_.try_insert("t", "CSV", "x,b\n1,a\n2,a\n").substr(0, 67),
            "CANNOT_PARSE_INPUT_ASSERTION_FAILED: Cannot parse input: row 1, col");
  EXPECT_EQ(ingest_.run("SELECT count() FROM t"), "3\n");
  EXPECT_EQ(ingest_.run("SELECT count() FROM t_quarantine"), "1\n");
}

TEST_F(InsertPipelineTest, RowsOfEarlierInsertsOfTheSourceCountOn) {
  InsertRequest request = ingest_.request("t", "CSV");
  request.rows_before = 1000;
  EXPECT_NE(ingest_.try_insert(request, "1,a\nx,b\n").find("row 1002, column a"),
            std::string::npos);
}

TEST_F(InsertPipelineTest, AbsentCellsTakeTheDefaults) {
  ingest_.run(
      "CREATE TABLE d (a UInt32, b UInt32 DEFAULT a + 1, c String DEFAULT concat('c', "
      "toString(b)), "
      "m UInt32 MATERIALIZED a * 10) ORDER BY a");
  ingest_.insert("d", "JSONEachRow",
                 "{\"a\":1}\n{\"a\":2,\"b\":7}\n{\"c\":\"x\",\"a\":3,\"b\":null}\n");
  ingest_.insert("d", "CSV", "4,,\n5,6,\"\"\n");
  ingest_.insert("d", "Values", "(6, DEFAULT, 'y')");
  InsertRequest named = ingest_.request("d", "CSV");
  named.columns = {"c", "a"};
  ingest_.insert(named, "z,7\n");
  EXPECT_EQ(ingest_.run("SELECT a, b, c, m FROM d ORDER BY a"),
            "1\t2\tc2\t10\n2\t7\tc7\t20\n3\t4\tx\t30\n4\t5\tc5\t40\n5\t6\t\t50\n6\t7\ty\t60\n7\t8\t"
            "z\t70\n");
}

TEST_F(InsertPipelineTest, AHeaderPutsColumnsInPlaceAndLeavesOthersToTheirDefaults) {
  ingest_.run(
      "CREATE TABLE d (a UInt32, b String, c UInt32 DEFAULT a * 2, e Enum8('x' = 5)) ORDER BY a");
  ingest_.insert("d", "CSVWithNames", "b,a\none,1\n");
  ingest_.insert("d", "TabSeparatedWithNames", "c\tb\ta\n7\ttwo\t2\n");
  ingest_.insert("d", "JSONCompactEachRowWithNames",
                 "[\"b\",\"unknown\",\"a\"]\n[\"three\",0,3]\n");
  ingest_.insert("d", "RowBinaryWithNames",
                 std::string_view("\x01\x01"
                                  "a\x04\x00\x00\x00",
                                  7));
  ingest_.insert("d", "Native",
                 std::string_view("\x02\x01\x01"
                                  "b\x06String\x04"
                                  "five\x01"
                                  "a\x06UInt32\x05\x00\x00\x00",
                                  29));
  ingest_.insert("d", "CSV", "b,a\nsix,6\n");
  EXPECT_EQ(
      ingest_.run("SELECT * FROM d ORDER BY a"),
      "1\tone\t2\tx\n2\ttwo\t7\tx\n3\tthree\t6\tx\n4\t\t8\tx\n5\tfive\t10\tx\n6\tsix\t12\tx\n");
  // Within the columns that the INSERT names.
  InsertRequest named = ingest_.request("d", "CSVWithNames");
  named.columns = {"a", "c"};
  ingest_.insert(named, "c,a\n9,8\n");
  EXPECT_EQ(ingest_.run("SELECT * FROM d WHERE a = 8"), "8\t\t9\tx\n");
}

TEST_F(InsertPipelineTest, ARetryWithTheKeyIsNoOperation) {
  InsertRequest request = ingest_.request("t", "CSV");
  request.idempotency_key = "batch-1";
  EXPECT_FALSE(ingest_.insert(request, "1,a\n").duplicate);
  EXPECT_TRUE(ingest_.insert(request, "1,a\n").duplicate);
  EXPECT_EQ(rows(), "1\ta\n");
  request.idempotency_key = "batch-2";
  EXPECT_FALSE(ingest_.insert(request, "1,a\n").duplicate);
  ingest_.settings.set("insert_deduplication_token", "token");
  EXPECT_FALSE(ingest_.insert("t", "CSV", "5,e\n").duplicate);
  EXPECT_TRUE(ingest_.insert("t", "CSV", "5,e\n").duplicate);
  EXPECT_EQ(rows(), "1\ta\n1\ta\n5\te\n");
}

TEST_F(InsertPipelineTest, AKeyNamesAnInsertOfOneTable) {
  ingest_.run("CREATE TABLE u (a UInt32, s String) ORDER BY a");
  InsertRequest request = ingest_.request("t", "CSV");
  InsertRequest other = ingest_.request("u", "CSV");
  request.idempotency_key = other.idempotency_key = "batch-1";
  EXPECT_FALSE(ingest_.insert(request, "1,a\n").duplicate);
  EXPECT_FALSE(ingest_.insert(other, "1,a\n").duplicate);
  EXPECT_EQ(ingest_.run("SELECT count() FROM u"), "1\n");
  // One INSERT may say that it is to be taken in any case.
  request.query.settings.set("insert_deduplicate", "0");
  EXPECT_FALSE(ingest_.insert(request, "2,b\n").duplicate);
  EXPECT_EQ(rows(), "1\ta\n2\tb\n");
}

TEST_F(InsertPipelineTest, RowsNameAnInsertInATableWithAWindow) {
  ingest_.run("ALTER TABLE t MODIFY SETTING non_replicated_deduplication_window = 100");
  EXPECT_FALSE(ingest_.insert("t", "CSV", "1,a\n2,b\n").duplicate);
  // However the bytes come in, and in whatever format.
  EXPECT_TRUE(ingest_.insert("t", "CSV", "1,a\n2,b\n").duplicate);
  const std::string json = R"({"a":1,"s":"a"})"
                           "\n"
                           R"({"s":"b","a":2})"
                           "\n";
  EXPECT_TRUE(ingest_.insert("t", "JSONEachRow", json).duplicate);
  EXPECT_FALSE(ingest_.insert("t", "CSV", "1,a\n").duplicate);
  // A source's positions tell its pieces apart, so that equal ones are both taken.
  InsertRequest piece = ingest_.request("t", "CSV");
  piece.source_position = SourcePosition{"file", "4"};
  EXPECT_FALSE(ingest_.insert(piece, "7,x\n").duplicate);
  piece.source_position = SourcePosition{"file", "8"};
  EXPECT_FALSE(ingest_.insert(piece, "7,x\n").duplicate);
  EXPECT_EQ(rows(), "1\ta\n1\ta\n2\tb\n7\tx\n7\tx\n");
}

TEST(InsertPipelineOverload, RefusesBeforeItReadsAndTakesTheSameLater) {
  constexpr uint64_t kMemoryBytes = 64 << 20;
  IngestHarness ingest(kMemoryBytes);
  ingest.run("CREATE TABLE t (a UInt32) ORDER BY a");
  ingest.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  InsertRequest request = ingest.request("t", "CSV");
  request.idempotency_key = "k";
  constexpr uint64_t kOthersBytes = kMemoryBytes / 32 * 31;
  ASSERT_TRUE(ingest.memory().try_grow(kOthersBytes));
  PiecewiseSource rows("1\n2\n");
  EXPECT_THROW(ingest.pipeline().run(request, rows), OverloadedError);
  ingest.memory().shrink(kOthersBytes);
  // Nothing of the input was taken.
  EXPECT_FALSE(ingest.pipeline().run(request, rows).duplicate);
  EXPECT_EQ(ingest.run("SELECT (SELECT sum(a) FROM t), (SELECT sum(a) FROM v)"), "3\t3\n");
}

TEST_F(InsertPipelineTest, ARefusedInsertLeavesItsKeyFree) {
  InsertRequest request = ingest_.request("t", "CSV");
  request.idempotency_key = "k";
  EXPECT_NE(ingest_.try_insert(request, "x,a\n"), "1");
  EXPECT_FALSE(ingest_.insert(request, "1,a\n").duplicate);
  EXPECT_EQ(rows(), "1\ta\n");
}

TEST_F(InsertPipelineTest, ViewsAndQuarantineAreInTheSameCommit) {
  ingest_.run(
      "CREATE MATERIALIZED VIEW v ENGINE = SummingMergeTree ORDER BY s AS "
      "SELECT s, count() AS c FROM t GROUP BY s");
  ingest_.settings.set("input_format_allow_errors_num", "1");
  ingest_.insert("t", "CSV", "1,a\n2,a\nx,a\n3,b\n");
  EXPECT_EQ(ingest_.run("SELECT s, sum(c) FROM v GROUP BY s ORDER BY s"), "a\t2\nb\t1\n");
  EXPECT_EQ(ingest_.run("SELECT count() FROM t_quarantine"), "1\n");
}

TEST_F(InsertPipelineTest, ManyPiecesAreReadInTheOrderOfTheInput) {
  // Several megabytes: more than one piece, parsed by several workers at once.
  std::string bytes;
  constexpr size_t kRows = 400'000;
  for (size_t i = 0; i < kRows; ++i) bytes += std::to_string(i) + ",some text of a row\n";
  EXPECT_GT(bytes.size(), 3 * 2 * kMiB);
  EXPECT_EQ(ingest_.insert(ingest_.request("t", "CSV"), bytes, 1000).rows, kRows);
  EXPECT_EQ(ingest_.run("SELECT count(), sum(a), uniqExact(a) FROM t"),
            "400000\t79999800000\t400000\n");
  // The number of a bad row in the third piece, and nothing kept.
  const size_t at = bytes.find("\n300000,") + 1;
  bytes[at] = 'x';
  EXPECT_NE(
      ingest_.try_insert("t", "CSV", bytes).find("row 300001, column a: cannot parse 'x00000'"),
      std::string::npos);
  EXPECT_EQ(ingest_.run("SELECT count() FROM t"), "400000\n");
}

TEST_F(InsertPipelineTest, ARowLongerThanAPieceIsARow) {
  const std::string text(5 * kMiB, 'x');
  EXPECT_EQ(ingest_.insert("t", "CSV", "1,a\n2,\"" + text + "\"\n3,c\n").rows, 3u);
  EXPECT_EQ(ingest_.run("SELECT a, length(s) FROM t ORDER BY a"), "1\t1\n2\t5242880\n3\t1\n");
}

TEST_F(InsertPipelineTest, ABrokenInputLeavesNothing) {
  class Broken final : public ByteSource {
   public:
    size_t read(std::span<char> buffer) override {
      if (sent_) throw Error(ErrorCode::NetworkError, "The client is gone");
      sent_ = true;
      std::memcpy(buffer.data(), "1,a\n2,b\n", 8);
      return 8;
    }
    bool sent_ = false;
  } broken;
  EXPECT_THROW(ingest_.pipeline().run(ingest_.request("t", "CSV"), broken), Error);
  EXPECT_EQ(rows(), "");
}

TEST_F(InsertPipelineTest, NamesWhatCannotBeInserted) {
  EXPECT_EQ(ingest_.try_insert("nope", "CSV", "1\n").substr(0, 13), "UNKNOWN_TABLE");
  EXPECT_EQ(ingest_.try_insert("t", "Nope", "1\n"), "UNKNOWN_FORMAT: Unknown format Nope");
  EXPECT_EQ(ingest_.try_insert("t", "Pretty", "1\n"),
            "UNKNOWN_FORMAT: Format Pretty is not suitable for input");
  ingest_.settings.set("input_format_skip_unknown_fields", "0");
  EXPECT_EQ(ingest_.try_insert("t", "CSVWithNames", "a,zz\n1,2\n").substr(0, 14), "INCORRECT_DATA");
  EXPECT_EQ(ingest_.try_insert("t", "Native", "\x02\x01").substr(0, 20), "CANNOT_READ_ALL_DATA");
}

}  // namespace
}  // namespace freshet
