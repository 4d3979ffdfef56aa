// An input may arrive in any pieces: wherever it is cut, the rows and the complaints are the same.
#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/random.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

struct Input {
  std::string_view name;
  std::string_view format;
  std::string_view header;
  std::string bytes;
};

// The good and bad rows of an input that arrives as first `cut` bytes, then the rest.
std::string read_cut(const Input& input, size_t cut) {
  const auto reader =
      find_format(input.format).make_reader(schema_from_text(input.header), utc_options());
  std::string pending = input.bytes.substr(0, cut);
  std::string text;
  std::string bad;
  uint64_t rows = 0;
  bool has_header = false;
  for (const bool last : {false, true}) {
    if (last) pending += input.bytes.substr(cut);
    if (!has_header) {
      const auto taken = reader->read_header(pending, last);
      if (!taken) continue;
      pending.erase(0, *taken);
      has_header = true;
    }
    const size_t complete = reader->complete_rows(pending, last);
    EXPECT_LE(complete, pending.size());
    if (last) {
      EXPECT_EQ(complete, pending.size());
    }
    if (complete == 0) continue;
    const auto parsed = reader->parse(std::string_view(pending).substr(0, complete), rows + 1);
    EXPECT_EQ(parsed.rows_seen, parsed.chunk.row_count + parsed.bad.size());
    rows += parsed.rows_seen;
    text += chunk_rows_text(reader->schema(), parsed.chunk);
    bad += bad_rows_text(parsed.bad);
    pending.erase(0, complete);
  }
  return text + bad;
}

const std::string kRows =
    "id:UInt32 s:String n:Nullable(Int8) a:Array(String)\n"
    "1\tone\t-1\t['x','y']\n"
    "22\t\t\\N\t[]\n"
    "333\ta,b \"c\" 'd'\t7\t['q\\'',']}']\n";

std::string rows_in(std::string_view format) { return format_rows(format, kRows); }

const std::vector<Input>& inputs() {
  static const std::string_view kHeader = "id:UInt32 s:String n:Nullable(Int8) a:Array(String)";
  static const std::vector<Input> all = [] {
    std::vector<Input> list;
    for (const FormatEntry& format : all_formats()) {
      if (format.make_reader == nullptr || format.make_writer == nullptr) continue;
      if (!format.alias_of.empty()) continue;
      // Native names no rows by number: a damaged block is refused as a whole.
      list.push_back({format.name, format.name, kHeader, rows_in(format.name)});
    }
    const auto add = [&](std::string_view name, std::string_view format, std::string_view header,
                         std::string bytes) {
      list.push_back({name, format, header, std::move(bytes)});
    };
    add("CsvQuotesAndLineEnds", "CSV", "a:UInt8 s:String",
        "1,\"two\nlines\"\r\n2,\"say \"\"hi\"\"\"\n3,bare \"quote\"\n4,\n");
    add("CsvBadRows", "CSV", "a:UInt8 s:String", "1,a\nx,b\n3\n4,d,e\n5,\"f\"g\n6,\"h\"\n\n7,i\n");
    add("CsvQuoteThatNeverCloses", "CSV", "a:UInt8 s:String", "1,a\n2,\"b\n3,c\n4,d\n");
    add("CsvByteOrderMark", "CSVWithNames", "a:UInt8 s:String", "\xEF\xBB\xBFs,a\nx,1\ny,2\n");
    add("TsvEscapes", "TabSeparated", "a:UInt8 s:String",
        "1\tx\\ty\\\\\n2\t\\\n3\n4\tends\\\\\n5\twindows\r\n6\t\n");
    add("TsvBadRows", "TabSeparated", "a:UInt8 s:String", "1\ta\nx\tb\n3\n4\td\te\n\n5\tf");
    add("JsonSpread", "JSONEachRow", "a:UInt8 s:String",
        "{\"a\":1,\n \"s\":\"{x}\"}\n\n{\"a\":\n2, \"s\":\"\\\"}\"},{\"a\":3,\"s\":\"\"}");
    add("JsonArray", "JSONEachRow", "a:UInt8 s:String",
        "[{\"a\":1,\"s\":\"x\"},\n {\"a\":2,\"s\":\"y\"}]\n");
    add("JsonBadRows", "JSONEachRow", "a:UInt8 s:String",
        "{\"a\":1,\"s\":\"x\"}\n{\"a\":2,\"s\":\n{\"a\":3,\"s\":\"z\"}\nnonsense\n{\"a\":400}\n"
        "{\"a\":5,\"s\":\"open\n{\"a\":6}\n{\"b\":7}\n{\"a\":8}]}\n{\"a\":9}\n{\"a\":10");
    add("JsonCompactBadRows", "JSONCompactEachRow", "a:UInt8 s:String",
        "[1,\"x\"]\n[2]\n[3,\"y\",4]\n[\"x\",\"y\"]\n[5,\"[\"]\n[6,\n[7,\"z\"]\n");
    add("ValuesSpread", "Values", "a:UInt8 s:String",
        "(1,'(x'), (2, 'it''s;--') ,\n(3,'\\'/*') /* (4,'x') */;-- (5,'y')\n(6,'')");
    add("ValuesBadRows", "Values", "a:UInt8 s:String",
        "(1,'x'),(256,'y'),(3),(4,'z',5)\nnonsense\n(6,'a'),(7,'b'");
    add("RegexpLines", "LineAsString", "s:String", "one\ntwo\r\n\nfour");
    add("JsonAsString", "JSONAsString", "s:String", "{\"a\":1}\n{\"b\":{\"c\":\"}\"}}\n");
    add("NoBytes", "CSV", "a:UInt8 s:String", "");
    add("NoBytesTsvWithNames", "TabSeparatedWithNames", "a:UInt8 s:String", "");
    add("NamesOnly", "CSVWithNamesAndTypes", "a:UInt8 s:String", "a,s\nUInt8,String\n");
    return list;
  }();
  return all;
}

class Pieces : public testing::TestWithParam<Input> {};

TEST_P(Pieces, NeverChangeTheRows) {
  const Input& input = GetParam();
  const std::string whole = read_cut(input, 0);
  for (size_t cut = 1; cut <= input.bytes.size(); ++cut) {
    ASSERT_EQ(read_cut(input, cut), whole)
        << "cut at byte " << cut << ": " << input.bytes.substr(0, cut);
  }
}

// What read_cut() gives, or the error's name when the input is refused as a whole.
std::string read_cut_or_error(const Input& input, size_t cut) {
  try {
    return read_cut(input, cut);
  } catch (const Error& error) {
    return std::string(error_name(error.code()));
  }
}

TEST_P(Pieces, OfDamagedInputsAreReadAlikeToo) {
  Random random(17);
  constexpr std::string_view kMarks = "\n\t\r,;\"'`\\\\(){}[]:-0N";
  const auto mark = [&] {
    return random.chance(0.2) ? static_cast<char>(random.below(256))
                              : kMarks[random.below(kMarks.size())];
  };
  for (int i = 0; i < 300; ++i) {
    Input input = GetParam();
    for (size_t changes = 1 + random.below(3); changes > 0 && !input.bytes.empty(); --changes) {
      const size_t at = random.below(input.bytes.size());
      switch (random.below(3)) {
        case 0:
          input.bytes.erase(at, 1);
          break;
        case 1:
          input.bytes.insert(at, 1, mark());
          break;
        default:
          input.bytes[at] = mark();
      }
    }
    const std::string whole = read_cut_or_error(input, 0);
    for (int cuts = 0; cuts < 8; ++cuts) {
      const size_t cut = random.below(input.bytes.size() + 1);
      ASSERT_EQ(read_cut_or_error(input, cut), whole)
          << "cut at byte " << cut << " of: " << input.bytes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs, Pieces, testing::ValuesIn(inputs()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace freshet
