// SipHash-2-4 with a key of zeros, which ClickHouse's sipHash64() gives.
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet {

uint64_t sip_hash64(std::string_view bytes);

}  // namespace freshet
