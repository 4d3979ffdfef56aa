// What a client sees that sends requests in every honest and dishonest way.

#include "server/http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "storage/base/overloaded_error.h"
#include "tests/unit/server/http/loopback.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Answers with the path and the body it got.
void echo(HttpExchange& exchange) {
  exchange.response().write(exchange.request().path + ":");
  exchange.response().write(read_all(exchange.body(), 1 << 30));
}

TEST(Connection, AnswersSeveralRequestsOnOneConnection) {
  LoopbackServer server(echo);
  LoopbackClient client(server.port());
  for (const char* path : {"/a", "/b", "/c"}) {
    client.send(get(path));
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, std::string(path) + ":");
    EXPECT_EQ(answer.header("Connection"), "Keep-Alive");
    EXPECT_EQ(answer.header("Keep-Alive"), "timeout=10");
  }
  EXPECT_EQ(server.listener().connection_count(), 1u);
}

TEST(Connection, SaysWhenARefusedRequestMayComeAgain) {
  LoopbackServer server([](HttpExchange&) {
    throw OverloadedError(ErrorCode::MemoryLimitExceeded, "Too much for now", 3);
  });
  LoopbackClient client(server.port());
  client.send(get("/"));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("Retry-After"), "3");
  EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), "241");
}

TEST(Connection, AnswersPipelinedRequestsInOrder) {
  LoopbackServer server(echo);
  LoopbackClient client(server.port());
  client.send(get("/1") + post("/2", "two") + "\r\n" + get("/3") + post("/4", "four"));
  EXPECT_EQ(client.read_answer().body, "/1:");
  EXPECT_EQ(client.read_answer().body, "/2:two");
  EXPECT_EQ(client.read_answer().body, "/3:");
  EXPECT_EQ(client.read_answer().body, "/4:four");
}

TEST(Connection, UnreadBodyIsSkippedBeforeTheNextRequest) {
  LoopbackServer server([](HttpExchange& exchange) { exchange.response().write("done"); });
  LoopbackClient client(server.port());
  client.send(post("/", std::string(300'000, 'x')) + get("/"));
  EXPECT_EQ(client.read_answer().body, "done");
  EXPECT_EQ(client.read_answer().body, "done");
}

TEST(Connection, ClosesWhenTheClientAsks) {
  LoopbackServer server(echo);
  LoopbackClient client(server.port());
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.read_answer().header("Connection"), "close");
  EXPECT_TRUE(client.read_to_end());
}

TEST(Connection, OldProtocolGetsNoChunks) {
  LoopbackServer server([](HttpExchange& exchange) {
    exchange.response().write("a");
    exchange.response().flush();
    exchange.response().write("b");
  });
  LoopbackClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  std::string all;
  for (std::string piece; !(piece = client.read_some(4096)).empty();) all += piece;
  EXPECT_THAT(all, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(all.ends_with("\r\n\r\nab")) << all;
}

TEST(Connection, ChunkedBodyMayBeSplitAtEveryByte) {
  LoopbackServer server(echo);
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n5;name=value\r\ndefgh\r\n0\r\nTrailer: x\r\n\r\n";
  LoopbackClient client(server.port());
  for (std::size_t split = 1; split < request.size(); ++split) {
    client.send(request.substr(0, split));
    std::this_thread::sleep_for(milliseconds(1));
    client.send(request.substr(split));
    ASSERT_EQ(client.read_answer().body, "/c:abcdefgh") << split;
  }
  for (const char byte : request) {
    client.send(std::string_view(&byte, 1));
  }
  EXPECT_EQ(client.read_answer().body, "/c:abcdefgh");
}

TEST(Connection, LargeChunkedBodyArrivesWhole) {
  LoopbackServer server([](HttpExchange& exchange) {
    uint64_t bytes = 0;
    uint64_t sum = 0;
    std::string space(10'000, ' ');
    while (const std::size_t got = exchange.body().read(space)) {
      for (std::size_t i = 0; i < got; ++i) sum += static_cast<unsigned char>(space[i]);
      bytes += got;
    }
    exchange.response().write(std::to_string(bytes) + " " + std::to_string(sum));
  });
  LoopbackClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece(0x12345, '\1');
  for (int i = 0; i < 50; ++i) client.send("12345\r\n" + piece + "\r\n");
  client.send("0\r\n\r\n" + get("/next"));
  EXPECT_EQ(client.read_answer().body, "3728250 3728250");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Connection, CompressedBodyIsExpanded) {
  LoopbackServer server(echo);
  const std::string text(100'000, 'z');
  for (const ContentEncoding encoding :
       {ContentEncoding::Gzip, ContentEncoding::Zstd, ContentEncoding::Lz4}) {
    const auto encoder = make_encoder(encoding);
    std::string packed;
    encoder->encode(text, packed);
    encoder->finish(packed);
    LoopbackClient client(server.port());
    client.send(
        post("/z", packed, "Content-Encoding: " + std::string(encoding_name(encoding)) + "\r\n"));
    EXPECT_EQ(client.read_answer().body, "/z:" + text) << encoding_name(encoding);
  }
}

TEST(Connection, UnknownContentEncodingIsNotImplemented) {
  LoopbackServer server(echo);
  LoopbackClient client(server.port());
  client.send(post("/", "x", "Content-Encoding: snappy\r\n"));
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 501);
  EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), "48");
  EXPECT_THAT(answer.body, HasSubstr("snappy"));
}

TEST(Connection, SaysContinueOnlyWhenTheBodyIsWanted) {
  LoopbackServer server([](HttpExchange& exchange) {
    if (exchange.request().path == "/refuse") throw Error(ErrorCode::UnknownTable, "No table t");
    echo(exchange);
  });
  {
    LoopbackClient client(server.port());
    client.send(
        "POST /take HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 100);
    client.send("abc");
    EXPECT_EQ(client.read_answer().body, "/take:abc");
  }
  {
    LoopbackClient client(server.port());
    client.send(
        "POST /refuse HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n"
        "Expect: 100-continue\r\n\r\n");
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.header("Connection"), "close");
  }
}

struct BrokenRequest {
  const char* name;
  std::string bytes;
  int status;
  int code;
};

TEST(Connection, BrokenRequestsGetAClearErrorAndAClose) {
  HttpLimits limits;
  limits.uri_bytes_max = 5'000;
  limits.header_bytes_max = 4'000;
  LoopbackServer server(echo, limits);
  const std::string long_text(60'000, 'a');
  const BrokenRequest cases[] = {
      {"garbage", "what is this\r\n\r\n", 400, 36},
      {"tls on a plain port",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n", 400, 36},
      {"no version", "GET /\r\n\r\n", 400, 36},
      {"http 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 36},
      {"long address", get("/" + long_text), 414, 36},
      {"address a little too long", get("/" + long_text.substr(0, 5'000)), 414, 36},
      {"endless address", "GET /" + long_text, 414, 36},
      {"one large header", get("/", "X: " + long_text + "\r\n"), 431, 36},
      {"header a little too large", get("/", "X: " + long_text.substr(0, 4'000) + "\r\n"), 431, 36},
      {"header of more than 64 KiB", get("/", "X: " + long_text + long_text + "\r\n"), 431, 36},
      {"post without length", "POST / HTTP/1.1\r\nHost: t\r\n\r\nSELECT 1", 411, 381},
      {"bad length", "POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 400, 36},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
       36},
      {"length and chunks",
       "POST / HTTP/1.1\r\nContent-Length: 1\r\n"
       "Transfer-Encoding: chunked\r\n\r\n",
       400, 36},
      {"unknown transfer", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, 48},
      {"bad chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, 36},
      {"bad escape", get("/?query=%f"), 400, 36},
  };
  for (const BrokenRequest& broken : cases) {
    LoopbackClient client(server.port());
    client.send(broken.bytes);
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, broken.status) << broken.name;
    EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), std::to_string(broken.code))
        << broken.name;
    EXPECT_THAT(answer.body, StartsWith("Code: ")) << broken.name;
    EXPECT_TRUE(answer.complete) << broken.name;
    client.end_writing();
    EXPECT_TRUE(client.read_to_end()) << broken.name;
  }
}

TEST(Connection, ManySmallHeadersCountTogether) {
  HttpLimits limits;
  limits.header_bytes_max = 4'000;
  LoopbackServer server(echo, limits);
  LoopbackClient client(server.port());
  client.send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 500; ++i) client.send("X-Number: " + std::to_string(i) + "\r\n");
  EXPECT_EQ(client.read_answer().status, 431);
}

TEST(Connection, SlowHeadTimesOut) {
  HttpLimits limits;
  limits.header_timeout = milliseconds(100);
  LoopbackServer server(echo, limits);
  LoopbackClient client(server.port());
  const std::string request = get("/");
  Answer answer;
  for (std::size_t i = 0; i + 3 < request.size(); ++i) {
    if (!client.send(request.substr(i, 1))) break;
    std::this_thread::sleep_for(milliseconds(10));
  }
  answer = client.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), "159");
}

TEST(Connection, SilentBodyTimesOut) {
  HttpLimits limits;
  limits.body_idle_timeout = milliseconds(50);
  LoopbackServer server(echo, limits);
  LoopbackClient client(server.port());
  client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.read_answer().status, 408);
}

TEST(Connection, IdleConnectionIsClosedWithoutAWord) {
  HttpLimits limits;
  limits.keep_alive_timeout = milliseconds(50);
  LoopbackServer server(echo, limits);
  LoopbackClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_some(100), "");
  EXPECT_TRUE(client.read_to_end());
}

TEST(Connection, HalfClosedClientGetsItsAnswer) {
  LoopbackServer server(echo);
  LoopbackClient client(server.port());
  client.send(post("/half", "body"));
  client.end_writing();
  EXPECT_EQ(client.read_answer().body, "/half:body");
  EXPECT_TRUE(client.read_to_end());
}

TEST(Connection, BodyCutByTheClientIsAnError) {
  LoopbackServer server(echo);
  for (const char* head :
       {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"}) {
    LoopbackClient client(server.port());
    client.send("POST / HTTP/1.1\r\n" + std::string(head));
    client.end_writing();
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 400) << head;
    EXPECT_THAT(answer.body, HasSubstr("ended within the request body")) << head;
  }
}

TEST(Connection, ErrorArrivesWhileTheBodyIsStillBeingSent) {
  LoopbackServer server([](HttpExchange& exchange) {
    std::string space(100, ' ');
    exchange.body().read(space);
    throw Error(ErrorCode::CannotParseInputAssertionFailed, "Row 1 is broken");
  });
  for (const bool chunked : {false, true}) {
    LoopbackClient client(server.port());
    const std::size_t piece_bytes = 1 << 20;
    const int pieces = 30;
    client.send("POST / HTTP/1.1\r\nHost: t\r\n");
    client.send(chunked ? "Transfer-Encoding: chunked\r\n\r\n"
                        : "Content-Length: " + std::to_string(piece_bytes * pieces) + "\r\n\r\n");
    const std::string piece(piece_bytes, 'x');
    // The client reads nothing until it has sent everything.
    for (int i = 0; i < pieces; ++i) {
      if (chunked) client.send("100000\r\n");
      ASSERT_TRUE(client.send(piece)) << chunked << ' ' << i;
      if (chunked) client.send("\r\n");
    }
    if (chunked) client.send("0\r\n\r\n");
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), "27");
    if (chunked) continue;
    // The length was known and small: the connection goes on.
    client.send(post("/", "y"));
    EXPECT_EQ(client.read_answer().status, 400);
  }
}

TEST(Connection, RestOfABodyIsDroppedOnlyUpToTheLimit) {
  HttpLimits limits;
  limits.drain_bytes_max = 1 << 20;
  LoopbackServer server([](HttpExchange&) { throw Error(ErrorCode::UnknownTable, "No table t"); },
                        limits);
  LoopbackClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999\r\n\r\n");
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Connection"), "close");
  const std::string piece(1 << 20, 'x');
  bool open = true;
  for (int i = 0; i < 200 && open; ++i) open = client.send(piece);
  EXPECT_FALSE(open);
}

}  // namespace
}  // namespace freshet
