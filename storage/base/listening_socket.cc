#include "storage/base/listening_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include "storage/base/error.h"

namespace freshet {
namespace {

[[noreturn]] void throw_cannot_listen(std::string_view address, std::string_view reason) {
  throw Error(ErrorCode::NetworkError,
              "Cannot listen, " + std::string(reason) + ": " + std::string(address));
}

constexpr const char* kInUse = "the address is in use by another program";

uint16_t bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t bytes = sizeof(address);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &bytes);
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void set_port(sockaddr& address, uint16_t port) {
  if (address.sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port);
  }
}

// The listening descriptor, or -1 with errno.
int try_listen(const addrinfo& info) {
  const int descriptor =
      ::socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol);
  if (descriptor < 0) return -1;
  const int on = 1;
  // A restarted server takes its port at once; on a Unix socket this means nothing.
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // The IPv4 form of the same address gets a socket of its own.
  if (info.ai_family == AF_INET6) {
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  constexpr int kBacklog = 1024;
  if (::bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 &&
      ::listen(descriptor, kBacklog) == 0) {
    return descriptor;
  }
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

bool somebody_listens(const sockaddr_un& address) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const int outcome =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool refused = outcome != 0 && errno == ECONNREFUSED;
  ::close(descriptor);
  return !refused;
}

}  // namespace

HostPort parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  HostPort result;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool host_ok = bracketed || host.find_first_of(":[]") == std::string_view::npos;
    if (error == std::errc() && end == digits.data() + digits.size() && !digits.empty() &&
        host_ok) {
      if (host != "*") result.host = host;
      return result;
    }
  }
  throw Error(ErrorCode::BadArguments,
              "An address is HOST:PORT, such as 127.0.0.1:8123 or [::1]:8123, but this one is " +
                  std::string(text));
}

ListeningSockets listen_on(std::string_view address) {
  const HostPort wanted = parse_host_port(address);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(wanted.host.empty() ? nullptr : wanted.host.c_str(),
                                    std::to_string(wanted.port).c_str(), &hints, &found);
  if (failure != 0) throw_cannot_listen(address, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(found, &::freeaddrinfo);

  ListeningSockets result;
  result.port_ = wanted.port;
  int last_error = EADDRNOTAVAIL;
  bool in_use = false;
  for (addrinfo* info = found; info != nullptr; info = info->ai_next) {
    set_port(*info->ai_addr, result.port_);
    const int descriptor = try_listen(*info);
    if (descriptor >= 0) {
      result.descriptors_.push_back(descriptor);
      if (result.port_ == 0) result.port_ = bound_port(descriptor);
      continue;
    }
    // A machine without IPv6 still resolves names to its addresses: one that works is enough.
    last_error = errno;
    in_use = in_use || errno == EADDRINUSE;
  }
  if (result.descriptors_.empty() || in_use) {
    throw_cannot_listen(address, in_use ? kInUse : std::strerror(last_error));
  }
  return result;
}

ListeningSockets listen_on_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    throw Error(ErrorCode::BadArguments, "The path of a Unix socket has 1 to " +
                                             std::to_string(sizeof(address.sun_path) - 1) +
                                             " bytes, but this one is " + path);
  }
  path.copy(address.sun_path, path.size());
  struct stat file {};
  if (::lstat(path.c_str(), &file) == 0) {
    if (!S_ISSOCK(file.st_mode)) throw_cannot_listen(path, "there is a file that is no socket");
    if (somebody_listens(address)) throw_cannot_listen(path, kInUse);
    ::unlink(path.c_str());
  }
  addrinfo info{};
  info.ai_family = AF_UNIX;
  info.ai_socktype = SOCK_STREAM;
  info.ai_addr = reinterpret_cast<sockaddr*>(&address);
  info.ai_addrlen = sizeof(address);
  const int descriptor = try_listen(info);
  if (descriptor < 0) throw_cannot_listen(path, std::strerror(errno));
  ListeningSockets result;
  result.descriptors_.push_back(descriptor);
  result.path_ = path;
  return result;
}

void ListeningSockets::close() {
  if (!path_.empty()) ::unlink(path_.c_str());
  for (const int descriptor : descriptors_) ::close(descriptor);
  path_.clear();
  descriptors_.clear();
}

void ListeningSockets::swap(ListeningSockets& other) noexcept {
  descriptors_.swap(other.descriptors_);
  std::swap(port_, other.port_);
  path_.swap(other.path_);
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ':' + std::to_string(ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return '[' + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  return "local";
}

}  // namespace freshet
