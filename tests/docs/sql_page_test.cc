// Pages with SQL are true: their ```sql blocks run in order on a server, a ```result block is what
// the statement before it answers, and each statement of a ```sql refused block is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "client/http_client.h"
#include "query/sql/parser.h"
#include "server/config.h"
#include "server/server.h"

namespace freshet {
namespace {

struct Block {
  std::string kind;  // behind the backquotes
  std::string text;
};

std::vector<Block> read_blocks(const std::string& path) {
  constexpr std::string_view kFence = "```";
  std::ifstream in(path);
  std::vector<Block> blocks;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kFence)) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(kFence.size()), ""});
    } else if (inside) {
      blocks.back().text += line + '\n';
    }
  }
  return blocks;
}

// A server on a data directory of its own.
class SqlPage : public testing::Test {
 protected:
  SqlPage() : directory_(make_directory()), server_(config()) { server_.start(); }
  ~SqlPage() override {
    server_.stop();
    std::filesystem::remove_all(directory_);
  }

  // USE holds for the statements after it.
  HttpAnswer run(std::string_view statement) {
    HttpClient client(parse_server_address("127.0.0.1:" + std::to_string(server_.http_port())));
    return client.post({{"session_id", "page"}}, {}, statement);
  }

  // `freshet ingest FILE --table T --format F -s NAME=VALUE ..`, by way of HTTP.
  void ingest(const std::string& command) {
    SCOPED_TRACE(command);
    std::smatch words;
    ASSERT_TRUE(std::regex_search(command, words,
                                  std::regex("ingest (\\S+) --table (\\S+) --format (\\S+)")));
    HttpClient::Parameters parameters = {
        {"session_id", "page"},
        {"query", "INSERT INTO " + words[2].str() + " FORMAT " + words[3].str()}};
    const std::regex setting("-s (\\w+)=(?:'([^']*)'|(\\S+))");
    for (std::sregex_iterator match(command.begin(), command.end(), setting), end; match != end;
         ++match) {
      parameters[(*match)[1].str()] = (*match)[2].str() + (*match)[3].str();
    }
    HttpClient client(parse_server_address("127.0.0.1:" + std::to_string(server_.http_port())));
    std::ifstream file(words[1].str(), std::ios::binary);
    const std::string rows((std::istreambuf_iterator<char>(file)), {});
    EXPECT_FALSE(rows.empty());
    const HttpAnswer answer = client.post(parameters, {}, rows);
    EXPECT_EQ(answer.status, 200) << answer.body;
  }

  struct Counts {
    size_t run = 0;
    size_t refused = 0;
    size_t results = 0;
  };
  Counts run_page(const std::string& path) {
    Counts counts;
    std::string last;
    for (const Block& block : read_blocks(path)) {
      if (block.kind == "sh") ingest(block.text);
      if (block.kind == "result") {
        EXPECT_EQ(last, block.text);
        ++counts.results;
      }
      if (block.kind != "sql" && block.kind != "sql refused") continue;
      for (const SourceRange range : split_statements(block.text)) {
        const std::string statement = block.text.substr(range.begin, range.end - range.begin);
        SCOPED_TRACE(statement);
        const HttpAnswer answer = run(statement);
        last = answer.body;
        if (block.kind == "sql") {
          EXPECT_EQ(answer.status, 200) << answer.body;
          ++counts.run;
        } else {
          EXPECT_NE(answer.status, 200) << "is no longer refused: move it on the page";
          EXPECT_THAT(answer.body, testing::ContainsRegex(
                                       "NOT_IMPLEMENTED|UNKNOWN_FUNCTION|UNKNOWN_IDENTIFIER"));
          ++counts.refused;
        }
      }
    }
    return counts;
  }

 private:
  static std::string make_directory() {
    std::string path = std::filesystem::temp_directory_path() / "freshet-sql-page-XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }
  ServerConfig config() const {
    ServerConfig config = default_config();
    config.data = directory_;
    config.http_listen = "127.0.0.1:0";
    return config;
  }

  std::string directory_;
  Server server_;
};

TEST_F(SqlPage, RollupsAnswerWhatTheySay) {
  const Counts counts = run_page("docs/rollups.md");
  EXPECT_GT(counts.run, 10u);
  EXPECT_GT(counts.results, 5u);
}

TEST_F(SqlPage, SqlRunsAndRefusesWhatItSays) {
  const Counts counts = run_page("docs/sql.md");
  EXPECT_GT(counts.run, 50u);
  EXPECT_GT(counts.refused, 20u);
}

}  // namespace
}  // namespace freshet
