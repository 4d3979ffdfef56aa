#include "server/http/request_server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/base/thread_pool.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What a connection's place in the table is for.
enum PlaceState : uint64_t {
  kWaiting = 0,   // for bytes
  kServed = 1,    // has an owner, or is free
  kSignalled = 2  // has an owner, and the kernel has told of bytes or an end since
};
constexpr uint64_t kPlaceStateMask = 3;

// How often requests are looked at that run: a request that runs for two such ticks takes long.
constexpr milliseconds kTick{2};
// After so many ticks without a request the watcher sleeps until the next one.
constexpr int kIdleTicksMax = 50;
// How often an ordered stop looks for connections that wait.
constexpr milliseconds kStopLook{10};
// Event of the descriptor that makes workers leave.
constexpr uint64_t kLeaveEvent = std::numeric_limits<uint64_t>::max();

int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

milliseconds sweep_interval(milliseconds idle_timeout) {
  return std::clamp<milliseconds>(idle_timeout / 8, milliseconds(5), milliseconds(1000));
}

constexpr uint32_t kEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

uint64_t event_id(std::size_t number, uint64_t generation) {
  return generation << 32 | static_cast<uint64_t>(number);
}

int worker_count(std::size_t wanted) {
  const std::size_t cores = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  return static_cast<int>(wanted != 0 ? wanted : cores);
}

}  // namespace

// A worker's standing, which it changes itself; only the watcher makes `serving` to `long`.
class RequestServer::Worker final : public BlockingListener {
 public:
  enum State : uint64_t { kWaits = 0, kServes = 1, kBlocks = 2, kTakesLong = 3 };

  explicit Worker(RequestServer& server) : server_(server) {}

  void begin_request() {
    state_.exchange(stamp(kServes));
    served_.store(served() + 1, std::memory_order_relaxed);
  }
  void end_request() {
    if ((state_.exchange(kWaits) & kStateMask) == kTakesLong) server_.running_.fetch_add(1);
  }

  void begin_blocking() override {
    uint64_t state = state_.load();
    if ((state & kStateMask) != kServes || !state_.compare_exchange_strong(state, kBlocks)) return;
    server_.running_.fetch_sub(1);
    if (server_.waiting_.load() == 0) server_.add_worker();
  }
  void end_blocking() override {
    if (state_.load() != kBlocks) return;
    server_.running_.fetch_add(1);
    state_.exchange(stamp(kServes));
  }

  // On the watcher's thread.
  bool is_busy() const { return (state_.load() & kStateMask) != kWaits; }
  uint64_t served() const { return served_.load(std::memory_order_relaxed); }
  void look(uint64_t tick) {
    uint64_t state = state_.load();
    if ((state & kStateMask) != kServes || (state >> kStateBits) + 2 > tick) return;
    if (state_.compare_exchange_strong(state, kTakesLong)) server_.running_.fetch_sub(1);
  }

 private:
  static constexpr unsigned kStateBits = 2;
  static constexpr uint64_t kStateMask = 3;

  uint64_t stamp(State state) const {
    return server_.tick_.load(std::memory_order_relaxed) << kStateBits | state;
  }

  RequestServer& server_;
  std::atomic<uint64_t> state_{kWaits};  // tick of the change << 2 | State
  std::atomic<uint64_t> served_{0};
};

RequestServer::RequestServer(ListeningSockets sockets, Options options, MakeSession make_session)
    : options_(std::move(options)),
      make_session_(std::move(make_session)),
      workers_max_(worker_count(options_.workers)),
      epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      leave_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      places_(options_.connections_max),
      acceptor_(std::move(sockets), {options_.name, options_.refusal, options_.refused_connections},
                [this](int descriptor, const std::string& remote_address) {
                  return take_client(descriptor, remote_address);
                }),
      // Each connection may need one at once, and some wait for the first request of another.
      threads_(options_.name, options_.connections_max + static_cast<std::size_t>(workers_max_)) {
  CHECK(epoll_.number >= 0 && leave_.number >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kLeaveEvent;
  CHECK(::epoll_ctl(epoll_.number, EPOLL_CTL_ADD, leave_.number, &event) == 0);
  for (std::size_t number = places_.size(); number > 0; --number) {
    free_places_.push_back(number - 1);
  }
}

RequestServer::Descriptor::~Descriptor() { ::close(number); }

RequestServer::~RequestServer() { stop(milliseconds(0)); }

void RequestServer::start() {
  CHECK(!watching_.joinable());
  watching_ = std::thread([this] { watch(); });
  for (int i = 0; i < workers_max_; ++i) add_worker();
  if (running_.load() == 0) {
    throw Error(ErrorCode::NetworkError, "The system gives no threads to serve requests");
  }
  acceptor_.start();
}

void RequestServer::stop(milliseconds grace) {
  acceptor_.stop();
  const auto deadline = steady_clock::now() + grace;
  MutexLock lock(mutex_);
  while (connection_count_ > 0 && steady_clock::now() < deadline) {
    lock.unlock();
    close_waiting(std::numeric_limits<int64_t>::max());
    lock.lock();
    if (connection_count_ > 0) connection_closed_.wait_for(mutex_, kStopLook);
  }
  if (connection_count_ > 0 && grace.count() > 0) {
    log_warning("connections_cut", {{"listener", options_.name}, {"count", connection_count_}});
  }
  while (connection_count_ > 0) {
    for (Place& place : places_) {
      if (place.stream != nullptr) place.stream->shut_down();
    }
    connection_closed_.wait_for(mutex_, milliseconds(100));
  }
  lock.unlock();
  leaving_ = true;
  const uint64_t one = 1;
  CHECK(::write(leave_.number, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
  {
    MutexLock watch_lock(watch_mutex_);
    watch_ends_ = true;
    watch_wakes_.notify_all();
  }
  if (watching_.joinable()) watching_.join();
}

std::size_t RequestServer::connection_count() const {
  MutexLock lock(mutex_);
  return connection_count_;
}

bool RequestServer::take_client(int descriptor, const std::string& remote_address) {
  std::size_t number = 0;
  {
    MutexLock lock(mutex_);
    if (free_places_.empty()) return false;
    number = free_places_.back();
    free_places_.pop_back();
    ++connection_count_;
  }
  options_.open_connections->add(1);
  Place& place = places_[number];
  auto stream = std::make_unique<SocketStream>(descriptor);
  place.session = make_session_(*stream, remote_address);
  {
    MutexLock lock(mutex_);
    place.stream = std::move(stream);
  }
  place.waiting_since_ms.store(now_ms(), std::memory_order_relaxed);
  const uint64_t generation = place.state.load(std::memory_order_relaxed) >> 2;
  place.state.store(generation << 2 | kWaiting);
  epoll_event event{};
  event.events = kEvents;
  event.data.u64 = event_id(number, generation);
  if (::epoll_ctl(epoll_.number, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    log_warning("accept_failed", {{"listener", options_.name}, {"error", std::strerror(errno)}});
    if (claim(number)) close(number);
  }
  return true;
}

void RequestServer::work() {
  Worker worker(*this);
  {
    MutexLock lock(workers_mutex_);
    workers_.push_back(&worker);
  }
  BlockingScope::set_listener(&worker);
  bool leaves = false;
  while (!leaves) {
    epoll_event event{};
    waiting_.fetch_add(1);
    const int count = ::epoll_wait(epoll_.number, &event, 1, -1);
    waiting_.fetch_sub(1);
    if (count == 1 && event.data.u64 != kLeaveEvent) {
      worker.begin_request();
      if (watcher_sleeps_.load()) wake_watcher();
      serve_event(event.data.u64, event.events);
      worker.end_request();
      leaves = leave();
    } else if (leaving_) {
      running_.fetch_sub(1);
      leaves = true;
    }
  }
  BlockingScope::set_listener(nullptr);
  MutexLock lock(workers_mutex_);
  workers_.remove(&worker);
}

void RequestServer::serve_event(uint64_t id, uint32_t events) {
  const auto number = static_cast<std::size_t>(id & 0xFFFFFFFF);
  Place& place = places_[number];
  uint64_t state = place.state.load();
  uint64_t served = 0;
  do {
    if (event_id(number, state >> 2) != id) return;
    if ((state & kPlaceStateMask) != kWaiting) {
      // Its owner looks once more. A second signal says no more than the first.
      if ((state & kPlaceStateMask) == kSignalled) return;
      if (place.state.compare_exchange_weak(state, (state & ~kPlaceStateMask) | kSignalled)) return;
      served = 0;
      continue;
    }
    served = (state & ~kPlaceStateMask) | kServed;
  } while (served == 0 || !place.state.compare_exchange_weak(state, served));

  bool peer_ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  while (place.session->serve(peer_ended)) {
    place.waiting_since_ms.store(now_ms(), std::memory_order_relaxed);
    uint64_t expected = served;
    if (place.state.compare_exchange_strong(expected, (served & ~kPlaceStateMask) | kWaiting)) {
      return;
    }
    place.state.store(served);
    peer_ended = true;  // perhaps: it is looked at
  }
  close(number);
}

bool RequestServer::claim(std::size_t number) {
  std::atomic<uint64_t>& place = places_[number].state;
  uint64_t state = place.load();
  return (state & kPlaceStateMask) == kWaiting &&
         place.compare_exchange_strong(state, (state & ~kPlaceStateMask) | kServed);
}

void RequestServer::close(std::size_t number) {
  Place& place = places_[number];
  std::unique_ptr<SocketStream> stream;
  {
    // stop() may be about to shut it down.
    MutexLock lock(mutex_);
    stream = std::move(place.stream);
  }
  place.session.reset();
  stream.reset();
  options_.open_connections->add(-1);
  const uint64_t next_generation = ((place.state.load() >> 2) + 1) & 0xFFFFFFFF;
  place.state.store(next_generation << 2 | kServed);
  MutexLock lock(mutex_);
  free_places_.push_back(number);
  --connection_count_;
  connection_closed_.notify_all();
}

void RequestServer::close_waiting(int64_t since_ms_max) {
  for (std::size_t number = 0; number < places_.size(); ++number) {
    Place& place = places_[number];
    if ((place.state.load() & kPlaceStateMask) != kWaiting ||
        place.waiting_since_ms.load(std::memory_order_relaxed) > since_ms_max || !claim(number)) {
      continue;
    }
    if (!place.stream->has_input()) {
      close(number);
      continue;
    }
    // Bytes have just come. Their event may have found the connection claimed, so it is made again.
    const uint64_t generation = place.state.load() >> 2;
    const int descriptor = place.stream->descriptor();
    epoll_event event{};
    event.events = kEvents;
    event.data.u64 = event_id(number, generation);
    place.state.store(generation << 2 | kWaiting);
    ::epoll_ctl(epoll_.number, EPOLL_CTL_MOD, descriptor, &event);
  }
}

void RequestServer::add_worker() {
  int running = running_.load();
  do {
    if (running >= workers_max_ || leaving_) return;
  } while (!running_.compare_exchange_weak(running, running + 1));
  if (!threads_.try_run([this] { work(); })) running_.fetch_sub(1);
}

bool RequestServer::leave() {
  int running = running_.load();
  do {
    if (running <= workers_max_) return false;
  } while (!running_.compare_exchange_weak(running, running - 1));
  return true;
}

void RequestServer::wake_watcher() {
  MutexLock lock(watch_mutex_);
  watcher_sleeps_ = false;
  watch_wakes_.notify_all();
}

bool RequestServer::look_after_workers() {
  const uint64_t tick = tick_.load(std::memory_order_relaxed);
  bool is_busy = false;
  uint64_t served = 0;
  {
    MutexLock lock(workers_mutex_);
    for (Worker* worker : workers_) {
      worker->look(tick);
      is_busy |= worker->is_busy();
      served += worker->served();
    }
    is_busy |= served != std::exchange(served_before_, served);
  }
  if (waiting_.load() == 0) add_worker();
  return is_busy;
}

void RequestServer::watch() {
  name_this_thread(options_.name + "-watch");
  const milliseconds interval = sweep_interval(options_.idle_timeout);
  auto next_sweep = steady_clock::now() + interval;
  int idle_ticks = 0;
  MutexLock lock(watch_mutex_);
  while (!watch_ends_) {
    tick_.fetch_add(1, std::memory_order_relaxed);
    // Told to sleep before it looks: a request that begins after the look wakes it.
    watcher_sleeps_ = idle_ticks >= kIdleTicksMax;
    lock.unlock();
    idle_ticks = look_after_workers() ? 0 : idle_ticks + 1;
    if (steady_clock::now() >= next_sweep) {
      close_waiting(now_ms() - options_.idle_timeout.count());
      next_sweep = steady_clock::now() + interval;
    }
    lock.lock();
    if (watch_ends_) return;
    if (watcher_sleeps_ && idle_ticks > kIdleTicksMax) {
      watch_wakes_.wait_for(watch_mutex_, next_sweep - steady_clock::now());
      if (!watcher_sleeps_) idle_ticks = 0;
    } else {
      watcher_sleeps_ = false;
      watch_wakes_.wait_for(watch_mutex_, kTick);
    }
  }
}

}  // namespace freshet
