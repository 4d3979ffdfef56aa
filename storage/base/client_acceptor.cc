#include "storage/base/client_acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"
#include "storage/base/thread_pool.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A refused client has so long to read why.
constexpr milliseconds kRefusedLinger{500};
constexpr std::size_t kRefusedMax = 128;

}  // namespace

ClientAcceptor::ClientAcceptor(ListeningSockets sockets, Options options, Take take)
    : options_(std::move(options)),
      take_(std::move(take)),
      sockets_(std::move(sockets)),
      port_(sockets_.port()),
      stop_descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(stop_descriptor_ >= 0);
}

ClientAcceptor::~ClientAcceptor() {
  stop();
  ::close(stop_descriptor_);
}

void ClientAcceptor::start() {
  CHECK(!accepting_.joinable() && !stopping_);
  accepting_ = std::thread([this] { accept_clients(); });
}

void ClientAcceptor::stop() {
  stopping_ = true;
  const uint64_t one = 1;
  CHECK(::write(stop_descriptor_, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
  if (accepting_.joinable()) accepting_.join();
  sockets_.close();
}

void ClientAcceptor::accept_clients() {
  name_this_thread(options_.name + "-accept");
  std::vector<pollfd> entries;
  for (const int descriptor : sockets_.descriptors()) entries.push_back({descriptor, POLLIN, 0});
  entries.push_back({stop_descriptor_, POLLIN, 0});
  while (!stopping_) {
    const int timeout_ms = refused_.empty() ? -1 : 100;
    const int ready = ::poll(entries.data(), entries.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) {
      log_error("accept_failed", {{"listener", options_.name}, {"error", std::strerror(errno)}});
      break;
    }
    for (std::size_t i = 0; ready > 0 && i + 1 < entries.size(); ++i) {
      if (entries[i].revents != 0) accept_from(entries[i].fd);
    }
    close_refused(steady_clock::now());
  }
  close_refused(steady_clock::time_point::max());
}

void ClientAcceptor::accept_from(int listening_descriptor) {
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof(address);
  const int descriptor = ::accept4(listening_descriptor, reinterpret_cast<sockaddr*>(&address),
                                   &address_bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log_warning("accept_failed", {{"listener", options_.name}, {"error", std::strerror(errno)}});
      // The client stays queued; without a pause this loop would spin.
      std::this_thread::sleep_for(milliseconds(50));
    }
    return;
  }
  if (address.ss_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    // A client whose machine died is found out at last, whatever the limits on silence say.
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  }
  if (!take_(descriptor, address_text(address))) refuse(descriptor);
}

void ClientAcceptor::refuse(int descriptor) {
  options_.refused_clients->add();
  // A new socket's send buffer takes the whole text.
  (void)::send(descriptor, options_.refusal.data(), options_.refusal.size(), MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  refused_.push_back({descriptor, steady_clock::now() + kRefusedLinger});
}

void ClientAcceptor::close_refused(steady_clock::time_point now) {
  while (!refused_.empty() && (refused_.front().close_at <= now || refused_.size() > kRefusedMax)) {
    // Unread bytes at the close would reset the connection under the answer.
    std::array<char, 64 * kKiB> dropped;
    (void)::recv(refused_.front().descriptor, dropped.data(), dropped.size(), 0);
    ::close(refused_.front().descriptor);
    refused_.pop_front();
  }
}

}  // namespace freshet
