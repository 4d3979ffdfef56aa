#include "server/http/listening_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "storage/base/error.h"

namespace freshet {
namespace {

[[noreturn]] void throw_cannot_listen(std::string_view address, std::string_view reason) {
  throw Error(ErrorCode::NetworkError,
              "Cannot listen, " + std::string(reason) + ": " + std::string(address));
}

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

  ListeningSockets result{{}, wanted.port};
  int last_error = EADDRNOTAVAIL;
  bool in_use = false;
  for (addrinfo* info = found; info != nullptr; info = info->ai_next) {
    set_port(*info->ai_addr, result.port);
    const int descriptor = try_listen(*info);
    if (descriptor >= 0) {
      result.descriptors.push_back(descriptor);
      if (result.port == 0) result.port = bound_port(descriptor);
      continue;
    }
    // A machine without IPv6 still resolves names to its addresses: one that works is enough.
    last_error = errno;
    in_use = in_use || errno == EADDRINUSE;
  }
  if (result.descriptors.empty() || in_use) {
    for (const int descriptor : result.descriptors) ::close(descriptor);
    throw_cannot_listen(
        address, in_use ? "the address is in use by another program" : std::strerror(last_error));
  }
  return result;
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
