// What an operator chooses for rows over sockets: where to listen, for which table, within which
// limits. Protocol: docs/sockets.md.
//
// Units: bytes; milliseconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/limits.h"

namespace freshet {

// One listener. Either `tcp` or `unix_path` is set.
struct SocketListenerOptions {
  std::string tcp = {};  // HOST:PORT
  std::string unix_path = {};
  // "db.table" or "db.table (a, b)"; empty: every client says it in its first line.
  std::string table = {};
  std::string format = {};  // set when `table` is
  std::vector<std::pair<std::string, std::string>> settings = {};
  bool acknowledge = false;
};

// Defaults; the server's configuration may change them.
struct SocketLimits {
  // Of one listener. A connection holds a thread while it lives.
  std::size_t connections_max = 256;
  // Rows gathered for one commit: large enough that its fsync is cheap for each row.
  std::size_t batch_bytes = kMiB;
  // How long a row may wait for others before it is committed.
  std::chrono::milliseconds batch_wait{100};

  // Longest first line, the same as a query's.
  std::size_t head_bytes_max = kQueryBytesMax;
  std::chrono::milliseconds head_timeout{30'000};
  // Longest silence. Sources of events may be quiet for long; dead machines are found by keep-alive
  // probes anyway.
  std::chrono::milliseconds idle_timeout{3'600'000};
  // A client that takes no byte of its acknowledgements for so long is dropped.
  std::chrono::milliseconds write_timeout{30'000};
  // After an error the client's bytes are read and dropped for so long, because closing with unread
  // bytes resets the connection and the client may lose the error's text.
  std::chrono::milliseconds drain_timeout{2'000};
};

}  // namespace freshet
