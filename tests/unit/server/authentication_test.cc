#include "server/authentication.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"

namespace freshet {
namespace {

const Authenticator& authenticator() {
  static const Authenticator authenticator(
      {{"default", sha256_hex("")}, {"ann", sha256_hex("s:cret")}, {"bob", sha256_hex("")}});
  return authenticator;
}

std::string user_of(std::vector<HttpHeader> headers, std::vector<HttpParameter> parameters = {}) {
  HttpRequest request;
  request.headers = std::move(headers);
  request.parameters = std::move(parameters);
  try {
    return authenticator().authenticate(request);
  } catch (const Error& error) {
    EXPECT_EQ(error.number(), 516);
    return error.message();
  }
}

std::string failed(std::string user) {
  return user.append(
      ": Authentication failed: password is incorrect, or there is no user with such name.");
}

TEST(Authenticator, HashesAsTheStandardSays) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Authenticator, AcceptsEachKindOfCredentials) {
  EXPECT_EQ(user_of({}), "default");
  EXPECT_EQ(user_of({{"x-clickhouse-user", "ann"}, {"X-ClickHouse-Key", "s:cret"}}), "ann");
  EXPECT_EQ(user_of({{"Authorization", "Basic YW5uOnM6Y3JldA=="}}), "ann");
  EXPECT_EQ(user_of({}, {{"user", "ann"}, {"password", "s:cret"}}), "ann");
  EXPECT_EQ(user_of({}, {{"user", "bob"}}), "bob");
  EXPECT_EQ(user_of({{"X-ClickHouse-Key", ""}}), "default");
}

TEST(Authenticator, RefusesWrongOnesAlike) {
  EXPECT_EQ(user_of({{"X-ClickHouse-User", "ann"}}), failed("ann"));
  EXPECT_EQ(user_of({}, {{"user", "nobody"}, {"password", "x"}}), failed("nobody"));
  EXPECT_EQ(user_of({{"X-ClickHouse-Key", "x"}}), failed("default"));
}

TEST(Authenticator, RefusesMixedKinds) {
  const std::string message =
      user_of({{"X-ClickHouse-User", "bob"}, {"Authorization", "Basic Ym9iOg=="}});
  EXPECT_TRUE(message.starts_with("Invalid authentication")) << message;
  EXPECT_NE(user_of({{"X-ClickHouse-User", "bob"}}, {{"user", "bob"}}), "bob");
}

TEST(Authenticator, RefusesOtherSchemesAndBrokenBase64) {
  EXPECT_TRUE(user_of({{"Authorization", "Bearer token"}}).ends_with("not Bearer"));
  EXPECT_NE(user_of({{"Authorization", "Basic ###"}}), "default");
  EXPECT_NE(user_of({{"Authorization", "Basic YW5u"}}), "ann");
}

}  // namespace
}  // namespace freshet
