// Listening sockets from text such as "127.0.0.1:8123", "[::1]:8123", "localhost:0", "*:8123".
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

// One TCP socket for each address that the host name stands for, non-blocking. Owned by the caller.
struct ListeningSockets {
  std::vector<int> descriptors;
  uint16_t port = 0;  // the one taken, when 0 was asked for
};
ListeningSockets listen_on(std::string_view address);

// "127.0.0.1:50312", "[::1]:50312"
std::string address_text(const sockaddr_storage& address);

}  // namespace freshet
