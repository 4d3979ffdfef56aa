#include "storage/format/pretty.h"

#include <gtest/gtest.h>

#include "storage/format/display_width.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

constexpr std::string_view kRows =
    "id:UInt8 name:String price:Nullable(Float64)\n"
    "1\tone\t\\N\n"
    "222\tтест 漢字\t2.5\n";

TEST(Pretty, DrawsATable) {
  EXPECT_EQ(format_rows("PrettyCompact", kRows),
            "   ┌──id─┬─name──────┬─price─┐\n"
            "1. │   1 │ one       │  ᴺᵁᴸᴸ │\n"
            "2. │ 222 │ тест 漢字 │   2.5 │\n"
            "   └─────┴───────────┴───────┘\n");
  EXPECT_EQ(format_rows("PrettySpace", kRows),
            "     id   name        price\n"
            "\n"
            "1.    1   one          ᴺᵁᴸᴸ \n"
            "2.  222   тест 漢字     2.5 \n");
}

TEST(Pretty, CellsOfSeveralLinesStayInTheirBox) {
  const Schema schema = schema_from_text("id:UInt8 name:String");
  auto names = make_column(*schema[1].type);
  append_value(*names, Value(std::string("two\nlines")));
  const Chunk chunk{.columns = {column_from_text("UInt8", "2"), std::move(names)}, .row_count = 1};
  EXPECT_EQ(format_rows("Pretty", schema, chunk),
            "   ┏━━━━┳━━━━━━━┓\n"
            "   ┃ id ┃ name  ┃\n"
            "   ┡━━━━╇━━━━━━━┩\n"
            "1. │  2 │ two  ↴│\n"
            "   │    │↳lines │\n"
            "   └────┴───────┘\n");
}

TEST(Vertical, WritesALineForEachCell) {
  EXPECT_EQ(format_rows("Vertical", kRows),
            "Row 1:\n──────\nid:    1\nname:  one\nprice: ᴺᵁᴸᴸ\n\n"
            "Row 2:\n──────\nid:    222\nname:  тест 漢字\nprice: 2.5\n");
}

TEST(Markdown, AlignsNumbersRight) {
  EXPECT_EQ(format_rows("Markdown", kRows),
            "| id | name | price |\n|-:|:-|-:|\n| 1 | one | \\N |\n| 222 | тест 漢字 | 2.5 |\n");
}

TEST(DisplayWidth, CountsTerminalCells) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("тест"), 4U);
  EXPECT_EQ(display_width("漢字"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);          // combining accent
  EXPECT_EQ(display_width("\x1B[1mb\x1B[0m"), 1U);  // colours
  EXPECT_EQ(display_width("\t"), 8U);
  EXPECT_EQ(display_width("\t", 3), 5U);
  EXPECT_EQ(bytes_of_width("漢字", 3), 3U);
  EXPECT_EQ(bytes_of_width("abc", 2), 2U);
}

}  // namespace
}  // namespace freshet
