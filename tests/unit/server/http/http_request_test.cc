#include "server/http/http_request.h"

#include <gtest/gtest.h>

#include "server/http/http_error.h"

namespace freshet {
namespace {

TEST(HttpRequest, DecodesPathAndRepeatedParameters) {
  HttpRequest request;
  parse_target("/a%2Fb+c?role=x&role=y+z&query=SELECT%201%2B1&flag&empty=#fragment", request);
  EXPECT_EQ(request.path, "/a/b+c");
  ASSERT_EQ(request.parameters.size(), 5u);
  EXPECT_EQ(request.parameters[0].value, "x");
  EXPECT_EQ(request.parameters[1].value, "y z");
  EXPECT_EQ(request.parameter("role"), "x");
  EXPECT_EQ(request.parameter("query"), "SELECT 1+1");
  EXPECT_EQ(request.parameter("flag"), "");
  EXPECT_EQ(request.parameter("missing"), std::nullopt);
}

TEST(HttpRequest, AcceptsTheFormsOfATarget) {
  HttpRequest request;
  parse_target("http://proxy:8123?query=1", request);
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(request.parameter("query"), "1");
  parse_target("*", request);
  EXPECT_EQ(request.path, "*");
  EXPECT_THROW(parse_target("ping", request), HttpError);
}

TEST(HttpRequest, RefusesBrokenEscapes) {
  HttpRequest request;
  for (const char* target : {"/%", "/%4", "/%4g", "/?a=%zz"}) {
    EXPECT_THROW(parse_target(target, request), HttpError) << target;
  }
}

TEST(HttpRequest, FindsHeadersInAnyLetterCase) {
  HttpRequest request;
  request.headers = {{"Content-Type", "a"}, {"X-One", "1"}, {"x-one", "2"}};
  EXPECT_EQ(request.header("content-TYPE"), "a");
  EXPECT_EQ(request.header("X-ONE"), "1");
  EXPECT_EQ(request.header("X"), std::nullopt);
}

TEST(HttpError, StatusFollowsTheCodeUnlessItIsGiven) {
  EXPECT_EQ(http_status_of(Error(ErrorCode::UnknownTable, "t")), 404);
  EXPECT_EQ(http_status_of(Error(ErrorCode::SyntaxError, "s")), 400);
  EXPECT_EQ(http_status_of(Error(ErrorCode::AuthenticationFailed, "u")), 403);
  EXPECT_EQ(http_status_of(Error(ErrorCode::NotImplemented, "n")), 501);
  EXPECT_EQ(http_status_of(Error(ErrorCode::Readonly, "r")), 500);
  EXPECT_EQ(http_status_of(HttpError(431, ErrorCode::BadArguments, "h")), 431);
}

TEST(HttpError, TextAndBlockHaveTheFormThatClientsParse) {
  const std::string text = error_body(Error(ErrorCode::UnknownTable, "No table x"), "26.7.2.1");
  EXPECT_EQ(text,
            "Code: 60. DB::Exception: No table x. (UNKNOWN_TABLE) (version 26.7.2.1 (official "
            "build))\n");
  const std::string tag = make_exception_tag();
  EXPECT_EQ(tag.size(), 16u);
  EXPECT_EQ(tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), std::string::npos);
  EXPECT_EQ(
      exception_block("abcdefghijklmnop", "oops\n"),
      "\r\n__exception__\r\nabcdefghijklmnop\r\noops\n5 abcdefghijklmnop\r\n__exception__\r\n");
}

}  // namespace
}  // namespace freshet
