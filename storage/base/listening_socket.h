// Listening sockets: TCP from text such as "127.0.0.1:8123", "[::1]:8123", "localhost:0", "*:8123",
// and Unix sockets from a path.
//
// Errors: BadArguments for text that is no address; NetworkError when it cannot be listened on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr_storage;

namespace freshet {

struct HostPort {
  std::string host;  // empty: every address of this machine
  uint16_t port = 0;
};

HostPort parse_host_port(std::string_view text);

// Owns its descriptors, all non-blocking, and the file of a Unix socket.
class ListeningSockets {
 public:
  ListeningSockets() = default;
  ListeningSockets(ListeningSockets&& other) noexcept { swap(other); }
  ListeningSockets& operator=(ListeningSockets&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ListeningSockets() { close(); }

  const std::vector<int>& descriptors() const { return descriptors_; }
  // The one taken, when 0 was asked for; 0 for a Unix socket.
  uint16_t port() const { return port_; }
  // From now on clients are refused by the system.
  void close();

 private:
  friend ListeningSockets listen_on(std::string_view address);
  friend ListeningSockets listen_on_path(const std::string& path);
  void swap(ListeningSockets& other) noexcept;

  std::vector<int> descriptors_;
  uint16_t port_ = 0;
  std::string path_;
};

// One TCP socket for each address that the host name stands for.
ListeningSockets listen_on(std::string_view address);
// A Unix stream socket. The file that a crashed process left behind is replaced; a path at which
// somebody listens, or that is no socket, is an error.
ListeningSockets listen_on_path(const std::string& path);

// "127.0.0.1:50312", "[::1]:50312", "local"
std::string address_text(const sockaddr_storage& address);

}  // namespace freshet
