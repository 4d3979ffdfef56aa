// HttpLimits bounds what one client may take: bytes, time and threads. Defaults; the server's
// configuration may change them.
//
// Units: bytes; milliseconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "storage/base/limits.h"

namespace freshet {

struct HttpLimits {
  // One more is answered 503.
  std::size_t connections_max = 1024;
  // Whole queries travel in the address, so it gets ClickHouse's max_uri_size.
  std::size_t uri_bytes_max = kMiB;
  // All header lines together. Cookies and tokens fit; nothing honest needs more.
  std::size_t header_bytes_max = 64 * kKiB;
  // Answer bytes held back before the head is sent, so that an early error still sets the status.
  // Clients that decompress with fetch lose an error block in a cut answer, hence generous.
  std::size_t response_buffer_bytes = kMiB;

  // How long an idle connection is kept for the next request; announced to the client.
  std::chrono::milliseconds keep_alive_timeout{10'000};
  // First to last byte of a request's head; stops clients that send one byte at a time.
  std::chrono::milliseconds header_timeout{30'000};
  // Silence within a request body.
  std::chrono::milliseconds body_idle_timeout{30'000};
  // A client that takes no byte of its answer for so long is dropped.
  std::chrono::milliseconds write_timeout{30'000};

  // After an early error the rest of the request body is read and dropped, because closing with
  // unread bytes resets the connection and the client may lose the answer.
  uint64_t drain_bytes_max = kGiB;
  std::chrono::milliseconds drain_timeout{10'000};
  // How long a closing connection waits for the client to close too.
  std::chrono::milliseconds linger_timeout{1'000};
};

}  // namespace freshet
