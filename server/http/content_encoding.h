// Content encodings of HTTP: streams that compress answers and expand request bodies.
//
// Path:   raw body -> make_decoder -> handler; HttpResponse -> BodyEncoder -> socket
// Errors: damaged or cut input throws CannotDecompress; a name that is not supported throws
//         NotImplemented.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/body_source.h"

namespace freshet {

// Deflate is the zlib format (RFC 1950), as HTTP defines it; Lz4 is the LZ4 frame format.
enum class ContentEncoding : uint8_t { Identity, Zstd, Lz4, Gzip, Deflate };

// The name in a Content-Encoding header.
std::string_view encoding_name(ContentEncoding encoding);
// The first of zstd, lz4, gzip, deflate that an Accept-Encoding header names and does not rule out
// with q=0; Identity when none.
ContentEncoding choose_encoding(std::string_view accept_encoding);

// Reads `raw`, which must outlive the result, and hands out its expanded bytes. `encoding` is a
// Content-Encoding header: "gzip", or several names in the order in which they were applied. Null
// when nothing has to be expanded.
std::unique_ptr<BodySource> make_decoder(std::string_view encoding, BodySource& raw);

// One compressed stream. Every call appends what is ready to `out`.
class BodyEncoder {
 public:
  virtual ~BodyEncoder() = default;

  virtual void encode(std::string_view bytes, std::string& out) = 0;
  // Everything encoded so far can be expanded by the receiver.
  virtual void flush(std::string& out) = 0;
  // Ends the stream; nothing may follow.
  virtual void finish(std::string& out) = 0;
};

// Level 0 is the encoding's default for answers. Requires: `encoding` is not Identity.
std::unique_ptr<BodyEncoder> make_encoder(ContentEncoding encoding, int level = 0);

}  // namespace freshet
