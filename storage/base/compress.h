// General compression of byte blocks behind two functions.
//
// Errors: damaged input throws CannotDecompress; a wrong raw size counts as damage.
// Layout: None is the bytes themselves, Lz4 one LZ4 block (no frame), Zstd one zstd frame. The
//         raw size is stored by the caller.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet {

// Values are stored on disk.
enum class Compression : uint8_t { None = 0, Lz4 = 1, Zstd = 2 };

// Level 0 is the method's default; Lz4 uses its slower high-compression form from level 3 on.
std::string compress(Compression method, std::string_view raw, int level = 0);
// Returns the count of bytes appended to `out`.
std::size_t append_compressed(Compression method, std::string_view raw, int level,
                              std::string& out);

// Requires: `out` has room for `raw_bytes`.
void decompress(Compression method, std::string_view packed, std::size_t raw_bytes, char* out);

}  // namespace freshet
