#include "server/handler/session.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/support/manual_clock.h"

namespace freshet {
namespace {

HttpRequest request_with(std::vector<HttpParameter> parameters) {
  HttpRequest request;
  request.parameters = std::move(parameters);
  return request;
}

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::LogicalError;
}

QueryReport use_and_set(const std::string& database, const std::string& max_threads) {
  QueryReport report;
  report.new_database = database;
  report.new_settings = {{"max_threads", max_threads}};
  return report;
}

TEST(Session, KeepsWhatUseAndSetSaid) {
  ManualClock clock;
  SessionStore store(clock);
  const SessionRequest request{.id = "s"};
  store.open("ann", request).remember(use_and_set("shop", "3"));
  const SessionUse next = store.open("ann", request);
  EXPECT_EQ(next.session().database, "shop");
  EXPECT_EQ(next.session().settings.text("max_threads"), "3");
}

TEST(Session, OtherUsersAndOtherNamesAreOtherSessions) {
  ManualClock clock;
  SessionStore store(clock);
  store.open("ann", {.id = "s"}).remember(use_and_set("shop", "3"));
  EXPECT_EQ(store.open("bob", {.id = "s"}).session().database, "default");
  EXPECT_EQ(store.open("ann", {.id = "t"}).session().database, "default");
}

TEST(Session, WithoutANameNothingIsKept) {
  ManualClock clock;
  SessionStore store(clock);
  store.open("ann", {}).remember(use_and_set("shop", "3"));
  EXPECT_EQ(store.count(), 0u);
  EXPECT_EQ(store.open("ann", {}).session().database, "default");
}

TEST(Session, ServesOneRequestAtATime) {
  ManualClock clock;
  SessionStore store(clock);
  SessionUse use = store.open("ann", {.id = "s"});
  EXPECT_EQ(code_of([&] { store.open("ann", {.id = "s"}); }), ErrorCode::SessionIsLocked);
  use.release();
  store.open("ann", {.id = "s"});
}

TEST(Session, IsForgottenAfterItsTimeout) {
  ManualClock clock;
  SessionStore store(clock);
  const SessionRequest request{.id = "s", .timeout = std::chrono::seconds(5)};
  store.open("ann", request).remember(use_and_set("shop", "3"));
  clock.advance_seconds(4);
  EXPECT_EQ(store.open("ann", request).session().database, "shop");
  clock.advance_seconds(4);
  EXPECT_EQ(store.open("ann", request).session().database, "shop") << "each use begins it anew";
  clock.advance_seconds(5);
  EXPECT_EQ(code_of([&] { store.open("ann", {.id = "s", .must_exist = true}); }),
            ErrorCode::SessionNotFound);
  EXPECT_EQ(store.open("ann", request).session().database, "default");
}

TEST(Session, MayBeClosedByARequest) {
  ManualClock clock;
  SessionStore store(clock);
  store.open("ann", {.id = "s"});
  EXPECT_EQ(store.count(), 1u);
  store.open("ann", {.id = "s", .closes = true});
  EXPECT_EQ(store.count(), 0u);
}

TEST(SessionRequest, ReadsTheParameters) {
  const SessionRequest none = read_session_request(request_with({{"query", "SELECT 1"}}));
  EXPECT_EQ(none.id, "");
  const SessionRequest all = read_session_request(request_with({{"session_id", "s"},
                                                                {"session_timeout", "3600"},
                                                                {"session_check", "1"},
                                                                {"close_session", "1"}}));
  EXPECT_EQ(all.id, "s");
  EXPECT_EQ(all.timeout, std::chrono::seconds(3600));
  EXPECT_TRUE(all.must_exist);
  EXPECT_TRUE(all.closes);
  for (const char* timeout : {"3601", "x", "-1", ""}) {
    EXPECT_EQ(
        code_of([&] {
          read_session_request(request_with({{"session_id", "s"}, {"session_timeout", timeout}}));
        }),
        ErrorCode::InvalidSessionTimeout)
        << timeout;
  }
}

}  // namespace
}  // namespace freshet
