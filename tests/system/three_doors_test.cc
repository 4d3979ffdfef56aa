// The same rows by file, by HTTP and by socket are the same table: equal counts, equal hashes over
// all columns, equal quarantines. Real input: the example's access log and invoice lines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/system/whole_server.h"

namespace freshet {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kExample = "docs/examples/shop";

// One table of the example, its input, and what the input holds by an independent count.
struct Input {
  std::string table;
  std::string format;
  std::vector<std::pair<std::string, std::string>> settings;
  std::string content;
};

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  EXPECT_NE(from, std::string::npos) << begin;
  const size_t to = text.find(end, from + begin.size());
  EXPECT_NE(to, std::string::npos) << end;
  return text.substr(from + begin.size(), to - from - begin.size());
}

// The statement of the example that creates `table`, for a table of another name.
std::string create_table(const std::string& table, const std::string& name) {
  const std::string begin = "CREATE TABLE IF NOT EXISTS " + table + "\n";
  return "CREATE TABLE " + name + "\n" +
         between(read_whole_file(kExample / "1_tables.sql"), begin, ";");
}

std::string quoted_sql(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

class ThreeDoors : public testing::Test {
 protected:
  // Binds a Unix socket to `input`'s table of that door, and opens TCP for any table.
  static std::string config(const Input& input) {
    std::string settings;
    for (const auto& [name, value] : input.settings) {
      if (!settings.empty()) settings += ", ";
      settings += name + " = '" + value + "'";
    }
    return "[ingest]\ntcp = \"127.0.0.1:0\"\n[[row_listener]]\nunix = \"{directory}/rows.sock\"\n"
           "table = \"" +
           input.table + "_unix\"\nformat = \"" + input.format +
           "\"\nacknowledge = true\nsettings = { " + settings + " }\n";
  }

  static void send_by_file(WholeServer& server, const Input& input) {
    const std::filesystem::path file = server.directory() / "input";
    std::ofstream(file, std::ios::binary) << input.content;
    std::vector<std::string> words = {FRESHET_BINARY, "ingest",
                                      file.string(),  "--quiet",
                                      "--host",       "127.0.0.1:" + server.address().port,
                                      "--table",      input.table + "_file",
                                      "--format",     input.format};
    for (const auto& [name, value] : input.settings) {
      words.insert(words.end(), {"-s", name + "=" + value});
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t process = 0;
    ASSERT_EQ(posix_spawn(&process, FRESHET_BINARY, nullptr, nullptr, arguments.data(), environ),
              0);
    int status = 0;
    ASSERT_EQ(waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }

  static void send_by_http(WholeServer& server, const Input& input) {
    HttpClient client(server.address());
    HttpClient::Parameters parameters(input.settings.begin(), input.settings.end());
    parameters["query"] = "INSERT INTO " + input.table + "_http FORMAT " + input.format;
    const HttpAnswer answer = client.post(parameters, {}, input.content);
    EXPECT_EQ(answer.status, 200) << answer.body;
  }

  static void send_by_tcp(WholeServer& server, const Input& input, size_t row_count) {
    std::string head =
        "INSERT INTO " + input.table + "_tcp FORMAT " + input.format + " SETTINGS acknowledge = 1";
    for (const auto& [name, value] : input.settings) {
      head += ", " + name + " = " + quoted_sql(value);
    }
    expect_acknowledged(
        exchange_tcp(server.server().row_ports().at(0), head + "\n" + input.content), row_count);
  }

  static void send_by_unix(WholeServer& server, const Input& input, size_t row_count) {
    expect_acknowledged(exchange_unix((server.directory() / "rows.sock").string(), input.content),
                        row_count);
  }

  static void expect_acknowledged(const std::string& answer, size_t row_count) {
    EXPECT_THAT(answer, Not(HasSubstr("ERROR")));
    EXPECT_THAT(answer, EndsWith(" " + std::to_string(row_count) + "\n"));
  }

  // All doors; then the tables must agree. Gives the rows of the quarantine, in the input's order:
  // row, column, reason, raw.
  static std::vector<std::string> check(const Input& input, size_t good_count, size_t bad_count) {
    WholeServer server("doors_" + input.table, config(input));
    const std::vector<std::string> doors = {"file", "http", "tcp", "unix"};
    for (const std::string& door : doors) {
      server.query(create_table(input.table, input.table + "_" + door));
    }
    send_by_file(server, input);
    send_by_http(server, input);
    send_by_tcp(server, input, good_count + bad_count);
    send_by_unix(server, input, good_count + bad_count);

    std::vector<std::string> hashes;
    std::vector<std::string> quarantines;
    for (const std::string& door : doors) {
      SCOPED_TRACE(door);
      const std::string table = input.table + "_" + door;
      EXPECT_EQ(server.query("SELECT count() FROM " + table), std::to_string(good_count) + "\n");
      hashes.push_back(
          server.query("SELECT sum(cityHash64(*)), groupBitXor(sipHash64(*)) FROM " + table));
      quarantines.push_back(server.query("SELECT row, column, reason, raw FROM " + table +
                                         "_quarantine ORDER BY row"));
      EXPECT_EQ(server.query("SELECT count(), countIf(reason = ''), uniqExact(source) FROM " +
                             table + "_quarantine"),
                std::to_string(bad_count) + "\t0\t1\n");
    }
    EXPECT_THAT(hashes, testing::Each(hashes.front()));
    EXPECT_THAT(quarantines, testing::Each(quarantines.front()));
    return lines_of(quarantines.front());
  }
};

TEST_F(ThreeDoors, GiveTheSameAccessLog) {
  Input input{"access_log", "Regexp", {}, read_whole_file(kExample / "data/apache_access.log")};
  input.settings = {{"format_regexp",
                     between(read_whole_file(kExample / "README.md"), "format_regexp='", "' \\\n")},
                    {"date_time_input_format", "best_effort"},
                    {"input_format_allow_errors_num", "1000"}};
  // "-" in place of the byte count is not a number; one line is cut before its last quote.
  size_t without_bytes = 0;
  size_t cut = 0;
  const std::vector<std::string> lines = lines_of(input.content);
  for (const std::string& line : lines) {
    const size_t request_end = line.find("\" ", line.find('"') + 1);
    const bool is_cut = line.empty() || line.back() != '"';
    cut += is_cut;
    without_bytes += !is_cut && line.substr(request_end + 5, 3) == " - ";
  }
  ASSERT_EQ(lines.size(), 10'000u);
  ASSERT_GT(without_bytes, 600u);
  ASSERT_EQ(cut, 1u);

  const auto quarantine = check(input, lines.size() - without_bytes - cut, without_bytes + cut);
  const auto column_bytes = [](const std::string& row) {
    return row.find("\tbytes\t") != std::string::npos;
  };
  EXPECT_EQ(static_cast<size_t>(std::count_if(quarantine.begin(), quarantine.end(), column_bytes)),
            without_bytes);
}

TEST_F(ThreeDoors, GiveTheSameInvoiceLinesAndRefuseTheSame) {
  Input input{"invoice_lines",
              "CSVWithNames",
              {{"input_format_allow_errors_num", "10"}},
              read_whole_file(kExample / "data/online_retail.csv")};
  std::vector<std::string> lines = lines_of(input.content);
  ASSERT_EQ(lines.size(), 4'793u);
  const size_t good_count = lines.size() - 1;
  const auto insert_line = [&](size_t row, const std::string& line) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(row), line);
  };
  insert_line(1, "1,A,not a quantity,many,2010-12-01 08:26:00,2.55,1.0,France");
  insert_line(2'000, "2,B,not a time,1,yesterday,2.55,1.0,France");
  insert_line(2'001, "3,C,not a price,1,2010-12-01 08:26:00,2.5.5,1.0,France");
  insert_line(lines.size(), "4,D,too few cells,1");
  input.content.clear();
  for (const std::string& line : lines) input.content += line + "\n";

  const auto quarantine = check(input, good_count, 4);
  ASSERT_EQ(quarantine.size(), 4u);
  EXPECT_THAT(quarantine[0], testing::StartsWith("1\tQuantity\t"));
  EXPECT_THAT(quarantine[1], testing::StartsWith("2000\tInvoiceDate\t"));
  EXPECT_THAT(quarantine[2], testing::StartsWith("2001\tUnitPrice\t"));
  EXPECT_THAT(quarantine[3], testing::StartsWith("4796\t"));
  EXPECT_THAT(quarantine[1], HasSubstr("yesterday"));
  EXPECT_THAT(quarantine[3], EndsWith("\t4,D,too few cells,1"));
}

}  // namespace
}  // namespace freshet
