// checksum guards stored bytes: XXH3 with 64 bits and seed 0. Part of every disk format; never
// change it.
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet {

uint64_t checksum(std::string_view bytes);

}  // namespace freshet
