// Every bound of the program in one place, with the reason for its value. Bounds that a user may
// change are defaults here and rows in query/engine/settings or server/config.
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;
inline constexpr std::size_t kGiB = 1024 * kMiB;

// Rows of a segment block and of a chunk on its way through a pipeline: 16 K eight-byte values are
// 128 KiB, so that a handful of columns stays in a core's second-level cache.
inline constexpr std::size_t kBlockRows = 16 * 1024;

// Longest SQL text (ClickHouse's max_query_size). INSERT data does not count.
inline constexpr std::size_t kQueryBytesMax = 256 * kKiB;
// Deepest nesting of expressions and subqueries; the parser recurses.
inline constexpr std::size_t kQueryDepthMax = 500;

// Longest text of one input row; a longer one is an error rather than an endless buffer.
inline constexpr std::size_t kInputRowBytesMax = 64 * kMiB;
// Bad rows kept by one INSERT's quarantine before the INSERT fails.
inline constexpr std::size_t kQuarantineRowsPerInsertMax = 1'000'000;

// Result bytes that a query's workers may be ahead of its client.
inline constexpr std::size_t kResultQueueBytesMax = 16 * kMiB;

}  // namespace freshet
