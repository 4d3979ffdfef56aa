// What a client sees of answers: buffered, streamed, compressed, cut.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "server/http/http_error.h"
#include "server/http/http_response.h"
#include "tests/unit/server/http/loopback.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

Answer answer_of(HttpHandler handler, const std::string& request = get("/"),
                 bool without_body = false) {
  LoopbackServer server(std::move(handler));
  LoopbackClient client(server.port());
  client.send(request);
  return client.read_answer(without_body);
}

TEST(HttpResponse, SmallAnswerHasALength) {
  const Answer answer = answer_of([](HttpExchange& exchange) {
    exchange.response().set_header("X-One", "1");
    exchange.response().set_header("x-one", "2");
    exchange.response().add_header("X-Two", "a\r\nInjected: b");
    exchange.response().write("Ok.\n");
  });
  EXPECT_EQ(answer.body, "Ok.\n");
  EXPECT_EQ(answer.header("Content-Length"), "4");
  EXPECT_EQ(answer.header("X-One"), "2");
  EXPECT_EQ(answer.header("Injected"), "");
  EXPECT_THAT(answer.header("Date"), HasSubstr(" GMT"));
}

TEST(HttpResponse, HeaderValuesHaveNoControlCharacters) {
  const std::string plain = "caf\xC3\xA9 ~ 0123456789 abcdef";
  std::vector<std::pair<std::string, std::string>> values = {{plain, plain}};
  for (const char control : {'\0', '\t', '\n', '\r', '\x1F', '\x7F'}) {
    for (std::size_t place = 1; place + 1 < plain.size(); ++place) {
      auto& [given, wanted] = values.emplace_back(plain, plain);
      given[place] = control;
      wanted[place] = ' ';
    }
  }
  const Answer answer = answer_of([&](HttpExchange& exchange) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      exchange.response().set_header("X-" + std::to_string(i), values[i].first);
    }
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(answer.header("X-" + std::to_string(i)), values[i].second);
  }
}

TEST(HttpResponse, LargeAnswerIsStreamed) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += std::to_string(i) + '\n';
  const Answer answer = answer_of([&](HttpExchange& exchange) {
    for (std::size_t i = 0; i < text.size(); i += 10'001) {
      exchange.response().write(std::string_view(text).substr(i, 10'001));
    }
  });
  EXPECT_EQ(answer.header("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.body, text);
}

TEST(HttpResponse, OneHugeWriteArrivesWhole) {
  const std::string text(40'000'000, 'h');
  const Answer answer = answer_of([&](HttpExchange& exchange) { exchange.response().write(text); });
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.body, text);
}

TEST(HttpResponse, ErrorBeforeTheFirstFlushSetsTheStatus) {
  const Answer answer = answer_of([](HttpExchange& exchange) {
    exchange.response().write(std::string(100'000, 'x'));
    throw Error(ErrorCode::UnknownIdentifier, "Unknown column y");
  });
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("X-ClickHouse-Exception-Code"), "47");
  EXPECT_EQ(answer.body,
            "Code: 47. DB::Exception: Unknown column y. (UNKNOWN_IDENTIFIER) (version 26.7.2.1 "
            "(official build))\n");
}

TEST(HttpResponse, ErrorAfterTheFirstByteLeavesTheAnswerIncomplete) {
  const Answer answer = answer_of([](HttpExchange& exchange) {
    exchange.response().set_header("X-ClickHouse-Exception-Tag", "abcdefghijklmnop");
    exchange.response().write("row 1\n");
    exchange.response().flush();
    throw Error(ErrorCode::MemoryLimitExceeded, "Limit reached");
  });
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.complete);
  EXPECT_THAT(answer.body, HasSubstr("row 1\n\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 241."));
  EXPECT_TRUE(answer.body.ends_with(" abcdefghijklmnop\r\n__exception__\r\n")) << answer.body;
}

TEST(HttpResponse, OtherExceptionsBecomeErrorsToo) {
  const Answer answer =
      answer_of([](HttpExchange&) { throw std::runtime_error("something broke"); });
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("something broke"));
}

std::string expand(ContentEncoding encoding, const std::string& packed) {
  class StringSource : public BodySource {
   public:
    explicit StringSource(std::string_view text) : text_(text) {}
    std::size_t read(std::span<char> space) override {
      const std::size_t got = text_.copy(space.data(), space.size());
      text_.remove_prefix(got);
      return got;
    }

   private:
    std::string_view text_;
  };
  StringSource raw(packed);
  return read_all(*make_decoder(encoding_name(encoding), raw), 1 << 30);
}

TEST(HttpResponse, CompressesSmallAndStreamedAnswers) {
  for (const ContentEncoding encoding : {ContentEncoding::Gzip, ContentEncoding::Deflate,
                                         ContentEncoding::Zstd, ContentEncoding::Lz4}) {
    for (const std::size_t rows : {1u, 400'000u}) {
      std::string text;
      for (std::size_t i = 0; i < rows; ++i) text += "row " + std::to_string(i) + '\n';
      const Answer answer = answer_of([&](HttpExchange& exchange) {
        exchange.response().set_encoding(encoding);
        exchange.response().write(std::string_view(text).substr(0, 3));
        exchange.response().write(std::string_view(text).substr(3));
      });
      EXPECT_TRUE(answer.complete);
      EXPECT_EQ(answer.header("Content-Encoding"), encoding_name(encoding));
      EXPECT_EQ(expand(encoding, answer.body), text) << encoding_name(encoding) << ' ' << rows;
    }
  }
}

TEST(HttpResponse, ErrorInACompressedAnswerIsInsideTheStream) {
  const Answer answer = answer_of([](HttpExchange& exchange) {
    exchange.response().set_encoding(ContentEncoding::Zstd);
    exchange.response().write("row 1\n");
    exchange.response().flush();
    throw Error(ErrorCode::MemoryLimitExceeded, "Limit reached");
  });
  EXPECT_FALSE(answer.complete);
  EXPECT_THAT(expand(ContentEncoding::Zstd, answer.body), HasSubstr("__exception__"));
}

TEST(HttpResponse, EmptyAnswerIsNeverCompressed) {
  const Answer answer = answer_of(
      [](HttpExchange& exchange) { exchange.response().set_encoding(ContentEncoding::Gzip); });
  EXPECT_EQ(answer.header("Content-Length"), "0");
  EXPECT_EQ(answer.header("Content-Encoding"), "");
}

TEST(HttpResponse, HeadGetsHeadersOnly) {
  LoopbackServer server([](HttpExchange& exchange) {
    exchange.response().write("12345");
    if (exchange.request().path == "/stream") exchange.response().flush();
  });
  LoopbackClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\n\r\nHEAD /stream HTTP/1.1\r\n\r\n" + get("/"));
  EXPECT_EQ(client.read_answer(true).header("Content-Length"), "5");
  EXPECT_EQ(client.read_answer(true).status, 200);
  EXPECT_EQ(client.read_answer().body, "12345");
}

TEST(HttpResponse, FlushedBytesArriveBeforeTheAnswerEnds) {
  std::atomic<bool> seen = false;
  LoopbackServer server([&](HttpExchange& exchange) {
    exchange.response().write("first ");
    exchange.response().flush();
    EXPECT_TRUE(comes_true([&] { return seen.load(); }));
    exchange.response().write("second");
  });
  LoopbackClient client(server.port());
  client.send(get("/"));
  std::string received;
  while (received.find("first ") == std::string::npos) received += client.read_some(4096);
  EXPECT_THAT(received, Not(HasSubstr("second")));
  seen = true;
  while (received.find("0\r\n\r\n") == std::string::npos) received += client.read_some(4096);
  EXPECT_THAT(received, HasSubstr("second"));
}

TEST(HttpResponse, EarlyHeadersComeBeforeTheRestOfTheHead) {
  const Answer answer = answer_of([](HttpExchange& exchange) {
    exchange.response().send_early_header("X-ClickHouse-Progress", "{\"read_rows\":\"1\"}");
    exchange.response().send_early_header("X-ClickHouse-Progress", "{\"read_rows\":\"2\"}");
    exchange.response().set_header("X-ClickHouse-Summary", "{}");
    exchange.response().write("data");
  });
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("\"1\"}\r\nX-ClickHouse-Progress: {\"read_rows\":\"2\"}\r\n"));
  EXPECT_EQ(answer.header("X-ClickHouse-Summary"), "{}");
  EXPECT_EQ(answer.body, "data");
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

TEST(HttpResponse, SlowReaderHoldsTheWriterAndMemoryStaysBounded) {
  std::atomic<std::size_t> written = 0;
  std::atomic<std::size_t> most_resident = 0;
  const std::size_t before = resident_bytes();
  const std::string piece(1 << 16, 's');
  const std::size_t pieces = 2'000;
  LoopbackServer server([&](HttpExchange& exchange) {
    for (std::size_t i = 0; i < pieces; ++i) {
      exchange.response().write(piece);
      written += piece.size();
      most_resident = std::max(most_resident.load(), resident_bytes());
    }
  });
  LoopbackClient client(server.port(), 64 * 1024);
  client.send(get("/"));
  std::this_thread::sleep_for(milliseconds(300));
  // Kernel buffers take some megabytes, the rest waits.
  EXPECT_LT(written, pieces * piece.size() / 2);
  std::size_t received = 0;
  std::string tail;
  while (!tail.ends_with("\r\n0\r\n\r\n")) {
    const std::string some = client.read_some(1 << 20);
    ASSERT_FALSE(some.empty());
    received += some.size();
    tail += some;
    tail.erase(0, tail.size() - std::min<std::size_t>(tail.size(), 16));
  }
  EXPECT_GT(received, pieces * piece.size());
  EXPECT_LT(most_resident - std::min(before, most_resident.load()), pieces * piece.size() / 4);
}

TEST(HttpResponse, ReaderThatStopsIsDropped) {
  HttpLimits limits;
  limits.write_timeout = milliseconds(100);
  std::atomic<bool> failed = false;
  LoopbackServer server(
      [&](HttpExchange& exchange) {
        const std::string piece(1 << 16, 's');
        try {
          for (int i = 0; i < 2'000; ++i) exchange.response().write(piece);
        } catch (const Error& error) {
          failed = error.code() == ErrorCode::NetworkError && exchange.response().broken();
          throw;
        }
      },
      limits);
  LoopbackClient client(server.port(), 64 * 1024);
  client.send(get("/"));
  EXPECT_TRUE(comes_true([&] { return failed.load(); }));
  EXPECT_TRUE(comes_true([&] { return server.listener().connection_count() == 0; }));
}

TEST(HttpExchange, TellsAResetFromAHalfClose) {
  std::atomic<PeerState> seen = PeerState::Open;
  std::atomic<bool> running = false;
  LoopbackServer server([&](HttpExchange& exchange) {
    running = true;
    seen = exchange.peer_state();
    while (exchange.peer_state() != PeerState::Gone && !exchange.server_stopping()) {
      seen = exchange.peer_state();
      std::this_thread::sleep_for(milliseconds(1));
    }
    seen = exchange.peer_state();
    running = false;
  });
  LoopbackClient client(server.port());
  client.send(get("/") + get("/pipelined"));
  ASSERT_TRUE(comes_true([&] { return running.load(); }));
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(seen, PeerState::Open);
  client.end_writing();
  EXPECT_TRUE(comes_true([&] { return seen == PeerState::HalfClosed; }));
  EXPECT_TRUE(running);
  client.reset();
  EXPECT_TRUE(comes_true([&] { return seen == PeerState::Gone && !running; }));
}

}  // namespace
}  // namespace freshet
