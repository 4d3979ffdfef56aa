// Sessions keep what SET and USE said between HTTP requests that name the same session_id.
//
//   SessionStore::open(user, ...) -> SessionUse: read session(), remember(...), release()
//
// Path:      server/handler/query_handler -> SessionStore
// Owns:      the sessions; one that nobody used for its timeout is forgotten.
// Threads:   the store from any; a session serves one request at a time, a SessionUse one thread.
// Errors:    SessionNotFound (session_check=1), SessionIsLocked (in use), InvalidSessionTimeout.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "query/engine/query_engine.h"
#include "query/engine/settings.h"
#include "server/http/http_request.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"

namespace freshet {

struct Session {
  std::string database = "default";
  Settings settings;
};

// The parameters session_id, session_timeout, session_check and close_session.
struct SessionRequest {
  std::string id;  // empty: the request stands alone
  std::chrono::seconds timeout{60};
  bool must_exist = false;
  bool closes = false;
};
SessionRequest read_session_request(const HttpRequest& request);

class SessionStore;

// One request's hold on its session, or on a session of its own that nobody else sees.
class SessionUse {
 public:
  SessionUse() = default;
  SessionUse(SessionUse&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)),
        key_(std::move(other.key_)),
        request_(std::move(other.request_)),
        session_(std::move(other.session_)) {}
  SessionUse& operator=(SessionUse&&) = delete;
  ~SessionUse() { release(); }

  const Session& session() const { return session_; }
  // What the statement's USE and SET mean for the requests after this one.
  void remember(const QueryReport& report);
  // From now on the next request may use the session. Called before the last byte of an answer is
  // sent, because clients send the next request at once.
  void release();

 private:
  friend class SessionStore;
  SessionStore* store_ = nullptr;  // null: no session, or released
  std::pair<std::string, std::string> key_;
  SessionRequest request_;
  Session session_;
};

class SessionStore {
 public:
  explicit SessionStore(const Clock& clock) : clock_(clock) {}

  SessionUse open(const std::string& user, const SessionRequest& request);
  size_t count() const EXCLUDES(mutex_);

 private:
  friend class SessionUse;
  using Key = std::pair<std::string, std::string>;  // user, session_id

  struct Entry {
    Session session;
    bool in_use = false;
    int64_t expires_ns = 0;
  };

  void close(const Key& key, const SessionRequest& request, Session session) EXCLUDES(mutex_);
  void forget_expired(int64_t now_ns) REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<Key, Entry> entries_ GUARDED_BY(mutex_);
  int64_t next_sweep_ns_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
