// InlineAggregateTable: groups whose packed key and small states lie together in one slot, so that
// a row of the input costs one cache miss where a table of pointers costs two.
//
//   slot   [ key | states ]        count() by UInt64: 16 bytes
//
// The slot of key 0 stands apart, because a zero key means an empty slot. States move when the
// table grows: row pointers are good until the next change.
//
// Path:      query/operator/aggregate_table chooses it
// Threads:   as AggregateTable
#pragma once

#include <memory>

#include "query/operator/aggregate_table.h"

namespace freshet {

// Null: the key is not packed, or so short that it indexes an array, or the states are large, own
// memory or want wide alignment.
std::unique_ptr<AggregateTable> make_inline_aggregate_table(const GroupKey& key,
                                                            const StateLayout& layout);

}  // namespace freshet
