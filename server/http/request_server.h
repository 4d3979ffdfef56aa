// RequestServer serves many connections with few threads: a connection has a thread only while its
// requests run, and in between waits in the kernel.
//
//   accepted ─> waiting ──bytes──> served by a worker ──nothing more there──> waiting ...
//                  │ idle_timeout, stop      │ either side ends
//                  └────────> closed <───────┘
//
// About as many workers run as there are cores, because more would take turns and push each other's
// memory out of the caches. A worker runs its request to the end like any thread. While it waits
// for its client or for the disk (BlockingScope), or when the request takes long, another worker
// takes its place, so that no request waits for a slow one:
//
//   worker   waiting ─> serving ─> blocked ─> serving ─> waiting, or leaves when others run instead
//                          └─ after some milliseconds ─> long
//
// Path:    client -> ClientAcceptor -> RequestServer -> Connection
// Owns:    the acceptor, the connections with their sessions, the workers, a thread that watches.
// Threads: start() and stop() from one thread at a time; the rest from any. One worker at a time
//          has a session.
// Errors:  sessions must not throw.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/blocking_scope.h"
#include "storage/base/client_acceptor.h"
#include "storage/base/metrics.h"
#include "storage/base/mutex.h"
#include "storage/base/socket_stream.h"
#include "storage/base/thread_cache.h"

namespace freshet {

// What one connection is to whoever serves it.
class RequestSession {
 public:
  virtual ~RequestSession() = default;
  // Bytes may have come, or the client's end: serves what is there and returns when nothing more is
  // (SocketStream::drained()). `peer_ended`: the client will send no more. False: close.
  virtual bool serve(bool peer_ended) = 0;
};

class RequestServer {
 public:
  struct Options {
    std::string name;  // of its threads, and in the log
    std::size_t connections_max = 0;
    std::string refusal;  // sent to a client beyond that
    // A connection that sends nothing for so long between requests is closed.
    std::chrono::milliseconds idle_timeout{0};
    std::size_t workers = 0;  // that run at once; 0: one for each core, two at least
    Gauge* open_connections = nullptr;
    Counter* refused_connections = nullptr;
  };
  using MakeSession = std::function<std::unique_ptr<RequestSession>(SocketStream& stream,
                                                                    std::string remote_address)>;

  RequestServer(ListeningSockets sockets, Options options, MakeSession make_session);
  RequestServer(const RequestServer&) = delete;
  RequestServer& operator=(const RequestServer&) = delete;
  // Stops without grace.
  ~RequestServer();

  void start();
  // Returns when all connections are closed: those that wait at once, the others when they are
  // served. After the grace period the sockets are shut down, but sessions must return by
  // themselves: cancel what they run. May be called twice.
  void stop(std::chrono::milliseconds grace);

  uint16_t port() const { return acceptor_.port(); }
  std::size_t connection_count() const EXCLUDES(mutex_);

 private:
  // A connection's place in the table. Events of the kernel name it by number and generation, so
  // that one about a connection that has ended cannot reach the next one in the same place.
  struct Place {
    std::atomic<uint64_t> state{1};  // generation << 2 | PlaceState; a free one is served
    std::atomic<int64_t> waiting_since_ms{0};
    std::unique_ptr<SocketStream> stream;  // changed by the owner, with the lock
    std::unique_ptr<RequestSession> session;
  };
  // Closed when it dies.
  struct Descriptor {
    ~Descriptor();
    const int number;
  };
  class Worker;

  bool take_client(int descriptor, const std::string& remote_address) EXCLUDES(mutex_);
  // A worker's thread from its first wait to its last request.
  void work();
  void serve_event(uint64_t id, uint32_t events);
  // Takes a waiting connection from the kernel. False: it does not wait (any more).
  bool claim(std::size_t number);
  // Requires: claimed.
  void close(std::size_t number) EXCLUDES(mutex_);
  // Those that have waited since before then and have sent nothing.
  void close_waiting(int64_t since_ms_max) EXCLUDES(mutex_);

  // Another worker, unless enough of them run.
  void add_worker();
  // Whether this worker, which has just served, is one too many; then it no longer counts.
  bool leave();
  void watch();
  // Workers with the same request for two ticks no longer count. True: some worker is busy.
  bool look_after_workers() EXCLUDES(workers_mutex_);
  void wake_watcher() EXCLUDES(watch_mutex_);

  const Options options_;
  const MakeSession make_session_;
  const int workers_max_;
  Descriptor epoll_;
  Descriptor leave_;  // an eventfd, readable when workers are to leave
  std::vector<Place> places_;
  std::atomic<bool> leaving_{false};

  mutable Mutex mutex_;
  CondVar connection_closed_;
  std::vector<std::size_t> free_places_ GUARDED_BY(mutex_);
  std::size_t connection_count_ GUARDED_BY(mutex_) = 0;

  std::atomic<int> running_{0};  // workers that wait for a request or serve one, not long
  std::atomic<int> waiting_{0};  // workers that wait for a request
  std::atomic<uint64_t> tick_{0};
  Mutex workers_mutex_;
  std::list<Worker*> workers_ GUARDED_BY(workers_mutex_);
  uint64_t served_before_ GUARDED_BY(workers_mutex_) = 0;

  std::atomic<bool> watcher_sleeps_{false};
  Mutex watch_mutex_;
  CondVar watch_wakes_;
  bool watch_ends_ GUARDED_BY(watch_mutex_) = false;

  ClientAcceptor acceptor_;
  std::thread watching_;
  ThreadCache threads_;  // last: waits for workers, which use the members above
};

}  // namespace freshet
