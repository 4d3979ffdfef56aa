#include <gtest/gtest.h>

#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

TEST(ValuesReader, TakesLiteralsOfOtherSpellings) {
  EXPECT_EQ(read_rows("Values", "a:UInt8 s:String",
                      "(1.0, 2),(1e1, 'x'), ('7','y\\'z'''),(0x10, '\\d'),(true,'')"),
            "1\t2\n10\tx\n7\ty'z'\n16\t\\d\n1\t\n");
}

TEST(ValuesReader, NullAndDefaultAreAbsent) {
  EXPECT_EQ(read_rows("Values", "a:UInt8 n:Nullable(UInt8)", "(NULL,NULL),(DEFAULT,default)"),
            "0\t\\N\n0\t\\N\nrow 1 absent a\nrow 2 absent a n\n");
  FormatOptions options = utc_options();
  options.null_as_default = false;
  EXPECT_EQ(read_rows("Values", "a:UInt8", "(NULL)", options),
            "row 1 column a: cannot parse 'NULL' as UInt8 | (NULL)\n");
}

TEST(ValuesReader, BracketsAndCommasInsideCellsAreTheCells) {
  EXPECT_EQ(read_rows("Values", "a:Array(String) t:Tuple(UInt8, String) m:Map(String, UInt8)",
                      "(['(',')'], (1,','), {'],':1})"),
            "['(',')']\t(1,',')\t{'],':1}\n");
}

TEST(ValuesReader, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(read_rows("Values", "a:UInt8 s:String",
                      "(1,'a'),(256,'b'),(3),(4,'c',5),(6,now()),(7,d)\nx\n(8,'e'),(9,'f'"),
            "1\ta\n8\te\n"
            "row 2 column a: cannot parse '256' as UInt8 | (256,'b')\n"
            "row 3 column s: the row has 1 of 2 columns | (3)\n"
            "row 4: the row has more than 2 columns | (4,'c',5)\n"
            "row 5 column s: expressions in VALUES are not supported: now() | (6,now())\n"
            "row 6 column s: expressions in VALUES are not supported: d | (7,d)\n"
            "row 7: a row in parentheses is expected | x\n"
            "row 9: the parenthesis of the row is not closed | (9,'f'\n");
}

TEST(ValuesReader, ARowEndsInItsOwnBracket) {
  EXPECT_EQ(read_rows("Values", "a:UInt8", "(1],(2)"),
            "2\nrow 1: the parenthesis of the row is not closed | (1]\n");
  EXPECT_EQ(read_rows("Values", "a:Array(UInt8)", "([1)],([2])"),
            "[2]\nrow 1: the parenthesis of the row is not closed | ([1)]\n");
}

TEST(ValuesWriter, WritesLiterals) {
  EXPECT_EQ(format_rows("Values",
                        "i:UInt8 s:String n:Nullable(UInt8) a:Array(UInt8) t:Tuple(String, UInt8) "
                        "m:Map(String, UInt8) d:Date\n"
                        "1\to'n\\e\t\\N\t[1,2]\t('x',1)\t{'k':1}\t2024-01-01\n"
                        "2\t\t5\t[]\t('',0)\t{}\t2024-01-02"),
            "(1,'o\\'n\\\\e',NULL,[1,2],('x',1),{'k':1},'2024-01-01'),"
            "(2,'',5,[],('',0),{},'2024-01-02')");
}

}  // namespace
}  // namespace freshet
