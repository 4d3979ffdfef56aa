#include "server/handler/multipart_form.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"

namespace freshet {
namespace {

std::optional<std::string> boundary_of(const char* content_type) {
  HttpRequest request;
  request.headers.push_back({"content-type", content_type});
  return multipart_boundary(request);
}

TEST(MultipartForm, IsKnownByItsContentType) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  EXPECT_EQ(boundary_of("text/plain"), std::nullopt);
  EXPECT_THROW(boundary_of("multipart/form-data"), Error);
  EXPECT_EQ(multipart_boundary(HttpRequest()), std::nullopt);
}

TEST(MultipartForm, GivesNamesAndContents) {
  const std::vector<FormPart> parts = parse_multipart(
      "--X\r\n"
      "Content-Disposition: form-data; name=\"query\"\r\n\r\n"
      "SELECT {a:String}\r\n, 1\r\n"
      "--X\r\n"
      "content-disposition: form-data; name=param_a\r\nContent-Type: text/plain\r\n\r\n"
      "\r\n"
      "--X\r\n"
      "Content-Disposition: form-data; filename=\"t.tsv\"; name=\"a \\\"table\\\"\"\r\n\r\n"
      "1\t--X\r\n"
      "--X--\r\n",
      "X");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "query");
  EXPECT_EQ(parts[0].content, "SELECT {a:String}\r\n, 1");
  EXPECT_EQ(parts[0].file_name, std::nullopt);
  EXPECT_EQ(parts[1].name, "param_a");
  EXPECT_EQ(parts[1].content, "");
  EXPECT_EQ(parts[2].name, "a \"table\"");
  EXPECT_EQ(parts[2].content, "1\t--X");
  EXPECT_EQ(parts[2].file_name, "t.tsv");
}

TEST(MultipartForm, BrokenOnesAreErrors) {
  for (const char* body :
       {"", "nothing", "--X", "--X\r\n", "--X\r\nContent-Disposition: form-data; name=a\r\n",
        "--X\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
        "--X\r\nContent-Disposition: form-data\r\n\r\n\r\n--X--",
        "--X\r\nContent-Type: text/plain\r\n\r\n\r\n--X--", "--Xjunk\r\n\r\n--X--"}) {
    EXPECT_THROW(parse_multipart(body, "X"), Error) << body;
  }
}

}  // namespace
}  // namespace freshet
