#include "storage/base/hash.h"

#include <xxhash.h>

namespace freshet::hash_detail {

uint64_t hash_long(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace freshet::hash_detail
