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
// Nodes of one bound expression: an alias used twice in the next alias doubles it each time
// (ClickHouse's max_expanded_ast_elements).
inline constexpr std::uint32_t kExpressionNodesMax = 500'000;

// Longest text of one input row; a longer one is an error rather than an endless buffer.
inline constexpr std::size_t kInputRowBytesMax = 64 * kMiB;
// Bad rows kept by one INSERT's quarantine before the INSERT fails.
inline constexpr std::size_t kQuarantineRowsPerInsertMax = 1'000'000;

// A log file is closed at this size: large enough that opening files costs nothing, small enough
// that recovery holds one in memory and that space comes back soon after a flush.
inline constexpr std::size_t kWalFileBytesMax = 64 * kMiB;
// Longest log record; recovery reads a record into memory at once. Larger inserts go to staged
// segments, of which the record holds only the names.
inline constexpr std::size_t kWalRecordBytesMax = 256 * kMiB;

// Keys of INSERTs that a table remembers, newest first, and for how long (ClickHouse's
// replicated_deduplication_window, and what its _seconds were for years): a retry comes within
// minutes, a batch job that is run again within days.
inline constexpr std::size_t kInsertKeysPerTableMax = 10'000;
inline constexpr std::uint64_t kInsertKeySecondsMax = 7 * 24 * 3600;
// Of all tables together: they still fit in some ten megabytes of manifest and memory.
inline constexpr std::size_t kInsertKeysMax = 200'000;
// Commits that system.commits shows.
inline constexpr std::size_t kCommitHistoryMax = 10'000;
// Rows beyond which segments are not merged any further: rewriting more gains nothing for reads.
inline constexpr std::size_t kSegmentRowsMax = 8'000'000;
// Segments that one merge reads at once; each holds one decoded block of every column in memory.
inline constexpr std::size_t kMergeInputsMax = 16;
// Log bytes beyond which tables are flushed so that old log files can go: bounds recovery time.
inline constexpr std::size_t kLogBytesMax = 512 * kMiB;

// DELETEs and UPDATEs that system.mutations remembers: enough to look back at a busy day.
inline constexpr std::size_t kMutationsMax = 1'000;

// Queries that run at once; more are refused. Each connection runs one at a time.
inline constexpr std::size_t kRunningQueriesMax = 1000;

// Result bytes that a query's workers may be ahead of its client.
inline constexpr std::size_t kResultQueueBytesMax = 16 * kMiB;

}  // namespace freshet
