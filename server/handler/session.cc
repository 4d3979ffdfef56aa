#include "server/handler/session.h"

#include <charconv>

#include "storage/base/error.h"

namespace freshet {

namespace {

// As ClickHouse's max_session_timeout.
constexpr int64_t kTimeoutMaxS = 3600;
constexpr int64_t kNsPerSecond = 1'000'000'000;
// Far more than clients at work have; each is a few hundred bytes.
constexpr size_t kSessionsMax = 100'000;

std::chrono::seconds parse_timeout(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    throw Error(ErrorCode::InvalidSessionTimeout, "Invalid session timeout: " + std::string(text));
  }
  if (seconds > kTimeoutMaxS) {
    throw Error(ErrorCode::InvalidSessionTimeout, "Session timeout is larger than " +
                                                      std::to_string(kTimeoutMaxS) +
                                                      " seconds: " + std::string(text));
  }
  return std::chrono::seconds(seconds);
}

bool is_one(const HttpRequest& request, std::string_view name) {
  const auto value = request.parameter(name);
  return value && *value == "1";
}

}  // namespace

SessionRequest read_session_request(const HttpRequest& request) {
  SessionRequest session;
  const auto id = request.parameter("session_id");
  if (!id || id->empty()) return session;
  session.id = *id;
  if (const auto timeout = request.parameter("session_timeout")) {
    session.timeout = parse_timeout(*timeout);
  }
  session.must_exist = is_one(request, "session_check");
  session.closes = is_one(request, "close_session");
  return session;
}

void SessionUse::remember(const QueryReport& report) {
  if (report.new_database) session_.database = *report.new_database;
  for (const auto& [name, value] : report.new_settings) session_.settings.set(name, value);
}

void SessionUse::release() {
  if (store_ == nullptr) return;
  std::exchange(store_, nullptr)->close(key_, request_, session_);
}

SessionUse SessionStore::open(const std::string& user, const SessionRequest& request) {
  SessionUse use;
  if (request.id.empty()) return use;
  const Key key(user, request.id);
  MutexLock lock(mutex_);
  forget_expired(clock_.monotonic_ns());
  auto found = entries_.find(key);
  if (found != entries_.end() && !found->second.in_use &&
      found->second.expires_ns <= clock_.monotonic_ns()) {
    entries_.erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (request.must_exist) {
      throw Error(ErrorCode::SessionNotFound, "Session not found: " + request.id);
    }
    if (entries_.size() >= kSessionsMax) {
      throw Error(ErrorCode::TooManySimultaneousQueries,
                  "Too many sessions, the limit is " + std::to_string(kSessionsMax));
    }
    found = entries_.emplace(key, Entry{}).first;
  } else if (found->second.in_use) {
    throw Error(ErrorCode::SessionIsLocked,
                "Session is locked by a concurrent client: " + request.id);
  }
  found->second.in_use = true;
  use.store_ = this;
  use.key_ = key;
  use.request_ = request;
  use.session_ = found->second.session;
  return use;
}

size_t SessionStore::count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void SessionStore::close(const Key& key, const SessionRequest& request, Session session) {
  MutexLock lock(mutex_);
  if (request.closes) {
    entries_.erase(key);
    return;
  }
  Entry& entry = entries_.at(key);
  entry.session = std::move(session);
  entry.in_use = false;
  entry.expires_ns = clock_.monotonic_ns() + request.timeout.count() * kNsPerSecond;
}

void SessionStore::forget_expired(int64_t now_ns) {
  if (now_ns < next_sweep_ns_) return;
  next_sweep_ns_ = now_ns + 10 * kNsPerSecond;
  std::erase_if(entries_, [&](const auto& row) {
    return !row.second.in_use && row.second.expires_ns <= now_ns;
  });
}

}  // namespace freshet
