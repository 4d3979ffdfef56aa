// Hashes of packed group keys, and the partition of a large table that a hash belongs to. The low
// bits choose the slot, the top bits the partition.
#pragma once

#include <cstdint>

#include "query/operator/aggregate_table.h"
#include "storage/base/hash.h"

namespace freshet {

inline uint64_t hash_packed(uint64_t key) { return hash_u64(key); }
inline uint64_t hash_packed(UInt128 key) {
  return hash_combine(hash_u64(static_cast<uint64_t>(key)), static_cast<uint64_t>(key >> 64));
}

inline size_t partition_of_hash(uint64_t hash) { return hash >> (64 - kPartitionBits); }

}  // namespace freshet
