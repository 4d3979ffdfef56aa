#include "storage/format/json_result.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

std::string result(std::string_view format, std::string_view rows,
                   const ChunkWriter::Summary& summary = {}) {
  const TypedChunk typed = typed_chunk_from_text(rows);
  const auto writer = find_format(format).make_writer(utc_options());
  std::string out;
  writer->begin(typed.schema, out);
  if (typed.chunk.row_count != 0) writer->write(typed.chunk, out);
  writer->end(summary, out);
  return out;
}

TEST(JsonResult, IsOneObject) {
  ChunkWriter::Summary summary;
  summary.elapsed_s = 0.5;
  summary.rows_read = 10;
  summary.bytes_read = 80;
  summary.rows_before_limit = 7;
  EXPECT_EQ(result("JSON", "id:UInt8 name:String\n1\tx\n2\ty\n", summary),
            R"({
	"meta":
	[
		{
			"name": "id",
			"type": "UInt8"
		},
		{
			"name": "name",
			"type": "String"
		}
	],

	"data":
	[
		{
			"id": 1,
			"name": "x"
		},
		{
			"id": 2,
			"name": "y"
		}
	],

	"rows": 2,

	"rows_before_limit_at_least": 7,

	"statistics":
	{
		"elapsed": 0.5,
		"rows_read": 10,
		"bytes_read": 80
	}
}
)");
}

TEST(JsonResult, WithoutRowsTheListIsEmpty) {
  const std::string text = result("JSONCompact", "id:UInt8\n");
  EXPECT_NE(text.find("\t\"data\":\n\t[\n\n\t],\n\n\t\"rows\": 0,\n"), std::string::npos) << text;
}

TEST(JsonColumns, AreAnArrayEach) {
  EXPECT_EQ(result("JSONColumns", "number:UInt64 a:Array(UInt8)\n0\t[0]\n1\t[1]\n"),
            "{\n\t\"number\": [0, 1],\n\t\"a\": [[0], [1]]\n}\n");
}

}  // namespace
}  // namespace freshet
