#include "storage/base/hash.h"

#include <xxhash.h>

namespace freshet::hash_detail {

uint64_t hash_long(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace freshet::hash_detail

namespace freshet {

Hash128 hash128_bytes(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

}  // namespace freshet
