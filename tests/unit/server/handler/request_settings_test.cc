#include "server/handler/request_settings.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"

namespace freshet {
namespace {

RequestSettings read(std::vector<HttpParameter> parameters, const Session& session = {}) {
  HttpRequest request;
  request.method = HttpMethod::Post;
  request.parameters = std::move(parameters);
  return read_request_settings(request, session);
}

TEST(RequestSettings, BufferSizeHasTwoNames) {
  EXPECT_EQ(read({{"buffer_size", "1000"}}).buffer_bytes, 1000u);
  EXPECT_EQ(read({{"http_response_buffer_size", "2000"}}).buffer_bytes, 2000u);
  EXPECT_EQ(read({}).buffer_bytes, 0u);
}

TEST(RequestSettings, CompressionLevelComesFromRequestAndSession) {
  EXPECT_EQ(read({}).compression_level, 0);
  EXPECT_EQ(read({{"http_zlib_compression_level", "9"}}).compression_level, 9);
  EXPECT_EQ(read({{"http_zlib_compression_level", "-7"}}).compression_level, 1);
  Session session;
  session.settings.set("http_zlib_compression_level", "5");
  EXPECT_EQ(read({}, session).compression_level, 5);
}

TEST(RequestSettings, ASettingThatWouldChangeTheAnswerIsRefusedWhenItIsNotThere) {
  for (const char* name : {"extremes", "group_by_use_nulls", "transform_null_in"}) {
    EXPECT_NO_THROW(read({{name, "0"}})) << name;
    EXPECT_THROW(read({{name, "1"}}), Error) << name;
  }
}

}  // namespace
}  // namespace freshet
