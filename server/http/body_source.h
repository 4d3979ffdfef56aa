// BodySource hands out the bytes of a request body, as the reader asks for them.
//
// Path:    socket -> RequestReader -> content decoder -> BodySource -> handler
// Threads: one at a time.
// Errors:  HttpError 408 when the client stalls, 400 when it leaves early; CannotDecompress.
#pragma once

#include <cstddef>
#include <string>

#include "storage/base/byte_source.h"

namespace freshet {

// Fills a prefix of the space given and returns its size; 0 only at the end of the body, and then
// every time. May wait for the client. Requires: the space is not empty.
using BodySource = ByteSource;

// The rest of the body as one string; HttpError 413 when it is longer than `bytes_max`.
std::string read_all(BodySource& body, std::size_t bytes_max);

}  // namespace freshet
