// A tour of malformed input against a whole server: each gets a clear error, nothing is kept of it,
// and the server goes on.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "server/server.h"

namespace freshet {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class MalformedInput : public testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() / ("freshet_malformed_" + std::to_string(getpid()));
    std::filesystem::remove_all(directory_);
    ServerConfig config = default_config();
    config.data = directory_.string();
    config.http_listen = "127.0.0.1:0";
    config.tcp_listen = "127.0.0.1:0";
    // Rows are committed at the end of their stream, so that a bad row refuses all of it.
    config.socket_batch_wait_ms = 3'600'000;
    server_ = std::make_unique<Server>(config);
    server_->start();
    EXPECT_THAT(post("/", "CREATE TABLE t (a Int32, s String) ENGINE = MergeTree ORDER BY a"),
                HasSubstr(" 200 "));
  }
  void TearDown() override {
    // Whatever came in: the server still answers, and only good rows are there.
    EXPECT_THAT(post("/", "SELECT 'alive', count() FROM t"), HasSubstr("alive\t0\n"));
    server_->stop();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  static int connect_to(uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
  }

  // Sends bytes as they are, closes the sending side, and reads the answer to its end.
  static std::string exchange_with(uint16_t port, const std::string& bytes) {
    const int descriptor = connect_to(port);
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count =
          send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    shutdown(descriptor, SHUT_WR);
    std::string answer;
    char space[4096];
    for (ssize_t count; (count = recv(descriptor, space, sizeof(space), 0)) > 0;) {
      answer.append(space, static_cast<size_t>(count));
    }
    close(descriptor);
    return answer;
  }

  std::string exchange(const std::string& bytes) const {
    return exchange_with(server_->http_port(), bytes);
  }
  // To the door for rows.
  std::string stream(const std::string& bytes) const {
    return exchange_with(server_->row_ports().at(0), bytes);
  }
  std::string stream_rows(const std::string& format, const std::string& rows) const {
    return stream("INSERT INTO t FORMAT " + format + " SETTINGS acknowledge = 1\n" + rows);
  }

  std::string post(const std::string& target, const std::string& body) const {
    return exchange("POST " + target +
                    " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  std::string insert(const std::string& format, const std::string& body) const {
    return post("/?query=INSERT%20INTO%20t%20FORMAT%20" + format, body);
  }

  std::filesystem::path directory_;
  std::unique_ptr<Server> server_;
};

TEST_F(MalformedInput, TruncatedJsonNamesTheRow) {
  const std::string answer = insert("JSONEachRow", "{\"a\":1,\"s\":\"x\"}\n{\"a\":2,\"s\":\"y");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, HasSubstr("row 2"));
}

TEST_F(MalformedInput, AWrongTypeNamesRowColumnAndValue) {
  const std::string answer = insert("TabSeparated", "1\tx\nabc\ty\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, HasSubstr("row 2, column a: cannot parse 'abc' as Int32"));
}

TEST_F(MalformedInput, AnUnterminatedQuoteIsABadRow) {
  EXPECT_THAT(insert("CSV", "1,\"abc\n2,x\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(MalformedInput, AnEndlessLineIsRefusedBeforeItFillsTheMemory) {
  const std::string answer = insert("TabSeparated", std::string(100'000'000, 'a'));
  EXPECT_THAT(answer, HasSubstr("is longer than 67108864 bytes"));
}

TEST_F(MalformedInput, InvalidUtf8InJsonIsABadRow) {
  EXPECT_THAT(insert("JSONEachRow", "{\"a\":5,\"s\":\"\xff\xfe\"}"), HasSubstr("not valid UTF-8"));
}

TEST_F(MalformedInput, AnUnknownTableIs404) {
  EXPECT_THAT(post("/", "SELECT * FROM nosuch"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(post("/?query=INSERT%20INTO%20nosuch%20FORMAT%20CSV", "1\n"),
              StartsWith("HTTP/1.1 404"));
}

TEST_F(MalformedInput, BadSqlHasACaretUnderThePlace) {
  const std::string answer = post("/", "SELECT a FROM t WHERE a = = 1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, HasSubstr("\n                          ^"));
}

TEST_F(MalformedInput, OversizeHeadersAreRefused) {
  const std::string answer =
      exchange("GET /ping HTTP/1.1\r\nHost: x\r\nX-Big: " + std::string(200'000, 'a') + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431"));
}

TEST_F(MalformedInput, AHalfClosedConnectionGetsItsAnswer) {
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nSELECT 1"),
              HasSubstr("\r\n\r\n1\n"));
}

TEST_F(MalformedInput, ABodyThatEndsEarlyKeepsNothing) {
  EXPECT_THAT(exchange("POST /?query=INSERT%20INTO%20t%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\n"
                       "Content-Length: 1000\r\n\r\n1\tx\n"),
              testing::Not(HasSubstr(" 200 ")));
}

TEST_F(MalformedInput, GarbageInsteadOfHttpIsRefused) {
  EXPECT_THAT(exchange("\x16\x03\x01 not http at all\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(MalformedInput, ABodyInBadChunksKeepsNothing) {
  EXPECT_THAT(exchange("POST /?query=INSERT%20INTO%20t%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n4\r\n1\tx\n\r\nzz\r\n2\ty\n\r\n"),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(MalformedInput, ABodyThatIsNotGzipKeepsNothing) {
  EXPECT_THAT(exchange("POST /?query=INSERT%20INTO%20t%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\n"
                       "Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
                       "1\tx\n"),
              StartsWith("HTTP/1.1 400"));
}

// --- the same through the door for rows

TEST_F(MalformedInput, ASocketNamesTheRowOfTruncatedJson) {
  const std::string answer =
      stream_rows("JSONEachRow", "{\"a\":1,\"s\":\"x\"}\n{\"a\":2,\"s\":\"y");
  EXPECT_THAT(answer, StartsWith("ERROR 27 "));
  EXPECT_THAT(answer, HasSubstr("row 2"));
}

TEST_F(MalformedInput, ASocketNamesRowColumnAndValueOfAWrongType) {
  const std::string answer = stream_rows("TabSeparated", "1\tx\nabc\ty\n");
  EXPECT_THAT(answer, StartsWith("ERROR 27 "));
  EXPECT_THAT(answer, HasSubstr("row 2, column a: cannot parse 'abc' as Int32"));
}

TEST_F(MalformedInput, ASocketRefusesAnUnterminatedQuote) {
  EXPECT_THAT(stream_rows("CSV", "1,\"abc\n2,x\n"), StartsWith("ERROR 27 "));
}

TEST_F(MalformedInput, ASocketRefusesAnEndlessLineBeforeItFillsTheMemory) {
  const std::string answer = stream_rows("TabSeparated", std::string(100'000'000, 'a'));
  EXPECT_THAT(answer, StartsWith("ERROR 131 "));
  EXPECT_THAT(answer, HasSubstr("is longer than 67108864 bytes"));
}

TEST_F(MalformedInput, ASocketRefusesInvalidUtf8InJson) {
  EXPECT_THAT(stream_rows("JSONEachRow", "{\"a\":5,\"s\":\"\xff\xfe\"}\n"),
              HasSubstr("not valid UTF-8"));
}

TEST_F(MalformedInput, ASocketSaysThatATableOrFormatIsUnknown) {
  EXPECT_THAT(stream("INSERT INTO nosuch FORMAT CSV\n1\n"), StartsWith("ERROR 60 "));
  EXPECT_THAT(stream("INSERT INTO t FORMAT NoSuch\n1\n"), StartsWith("ERROR 73 "));
  EXPECT_THAT(stream("INSERT INTO t (nosuch) FORMAT CSV\n1\n"), StartsWith("ERROR 16 "));
}

TEST_F(MalformedInput, ASocketNamesThePlaceOfBadSql) {
  const std::string answer = stream("INSERT INTO t FORM CSV\n1,x\n");
  EXPECT_THAT(answer, StartsWith("ERROR 62 "));
  EXPECT_THAT(answer, HasSubstr("INSERT INTO t FORM CSV               ^\n"));
  EXPECT_THAT(stream("SELECT 1\n"), StartsWith("ERROR "));
  EXPECT_THAT(stream("\x16\x03\x01 not sql at all\n"), StartsWith("ERROR 62 "));
}

TEST_F(MalformedInput, ASocketRefusesAnOversizeHead) {
  const std::string answer = stream("INSERT INTO t " + std::string(1'000'000, 'a'));
  EXPECT_THAT(answer, StartsWith("ERROR 229 "));
  EXPECT_THAT(answer, HasSubstr("The first line is longer than"));
}

TEST_F(MalformedInput, ASocketThatClosesWithoutAWordIsForgotten) {
  EXPECT_EQ(stream(""), "");
  EXPECT_EQ(stream("INSERT INTO t FORMAT CSV\n"), "");
}

TEST_F(MalformedInput, AHeaderThatIsCutOrWrongKeepsNothing) {
  EXPECT_EQ(stream_rows("CSVWithNames", "a,s"), "");
  const std::string strict = ", input_format_skip_unknown_fields = 0\n";
  EXPECT_THAT(stream("INSERT INTO t FORMAT CSVWithNames SETTINGS acknowledge = 1" + strict +
                     "a,nosuch\n1,x\n"),
              StartsWith("ERROR 117 "));
  EXPECT_THAT(post("/?input_format_skip_unknown_fields=0&query=INSERT%20INTO%20t%20FORMAT%20"
                   "CSVWithNames",
                   "a,nosuch\n1,x\n"),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(MalformedInput, HttpAtTheDoorForRowsIsRefused) {
  EXPECT_THAT(stream("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("ERROR 62 "));
}

}  // namespace
}  // namespace freshet
