// AggregateTable: a worker's groups: key -> row of aggregate states.
//
// A chunk's rows are looked up first and then each aggregate function runs over them. Rows lie in
// an arena and never move, or, when they are small, in the slots themselves
// (query/operator/inline_aggregate_table.h). A hash table that has grown to the size of a cache is
// emptied into runs of groups, partitioned by the hash's top bits (group_runs.h); the partitions
// are merged in parallel at the end, without a serial tail.
//
//   Slot of a packed key   [ key | row ]       row: [ states ]
//   Slot of a byte key     [ hash | row ]      row: [ length | states | bytes ]
//
// Path:      query/operator/aggregate -> AggregateTable
// Owns:      rows, keys and states, which it destroys.
// Threads:   one at a time; merges of different partitions may run at once.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "query/aggregate/aggregate.h"
#include "query/operator/group_key.h"
#include "storage/base/arena.h"
#include "storage/column/coded_column.h"

namespace freshet {

// Where each function's state lies in a row.
class StateLayout {
 public:
  StateLayout(std::vector<AggregateFunctionPtr> functions, size_t header_bytes);
  size_t row_bytes() const { return row_bytes_; }
  size_t alignment() const { return alignment_; }
  size_t count() const { return functions_.size(); }
  const AggregateFunction& function(size_t index) const { return *functions_[index]; }
  size_t offset(size_t index) const { return offsets_[index]; }
  // Empty states in a row just allocated.
  void create(char* row) const;
  void destroy(char* row) const;
  bool owns_memory() const { return owns_memory_; }
  // Whether an empty row is all zero bytes.
  bool zero_is_empty() const { return zero_is_empty_; }
  // Whether merge() adds each 64-bit word of the states.
  bool merges_by_adding() const { return merges_by_adding_; }
  void merge(char* into, char* from) const;

 private:
  std::vector<AggregateFunctionPtr> functions_;
  std::vector<size_t> offsets_;
  size_t header_bytes_;
  size_t row_bytes_;
  size_t alignment_ = 1;
  bool zero_is_empty_ = true;
  bool merges_by_adding_ = true;
  bool owns_memory_ = false;
};

// First bytes of the rows of byte keys; the bytes follow the states.
struct ByteKey {
  uint64_t length;
};

inline constexpr size_t kPartitionBits = 8;
inline constexpr size_t kPartitionCount = size_t{1} << kPartitionBits;
// How many rows ahead of the one being looked up a large table's slots are fetched.
inline constexpr size_t kPrefetchDistance = 16;
// Packed keys of up to so many bytes index an array.
inline constexpr size_t kDirectKeyBytesMax = 2;
// How a hash table has done since it was last emptied.
struct HashUse {
  uint64_t rows = 0;  // looked up
  size_t groups = 0;
  size_t capacity = 0;  // slots, of which at most half are taken
  size_t slot_bytes = 0;
};
// Whether it has outgrown the second-level cache, or, when most rows find their group there or the
// states own memory, the last-level one, and is to be emptied: three quarters of what may be taken
// is.
bool hash_is_full(const StateLayout& layout, const HashUse& use);
// So many rows are put into the runs as they come, without being looked up, after a time in which
// nearly each row was a new group. They may be several of one group.
inline constexpr uint64_t kRowsWithoutLookup = 256 * 1024;
bool lookups_were_useless(const HashUse& use);

// Groups of a table: their rows of states, and what tells the table their keys.
struct GroupList {
  std::vector<char*> rows;
  std::vector<const void*> slots;

  void clear();
  // Those at `chosen`, ascending, and no others.
  void keep(std::span<const RowIndex> chosen);
};

class AggregateTable {
 public:
  virtual ~AggregateTable() = default;
  // rows[i] = the row of the group of row i of `keys`; new groups get empty states. Rows are good
  // until the table changes.
  virtual void find_or_insert(std::span<const ColumnPtr> keys, size_t row_count, char** rows) = 0;
  // The same for groups that are there; null for the others. Requires: never split.
  virtual void find(std::span<const ColumnPtr> keys, size_t row_count, char** rows) = 0;
  // Those of the runs are counted as often as they stand there.
  virtual uint64_t group_count() const = 0;
  virtual uint64_t memory_bytes() const = 0;
  // Whether the hash table has outgrown the cache, and is to be split.
  virtual bool is_full() const = 0;
  // Empties the hash table into the partitions.
  virtual void split() = 0;
  // One before the first split, else kPartitionCount.
  virtual size_t partition_count() const = 0;
  // Makes one hash table of a partition of this and of all `others`, whose partition is empty
  // afterwards; they must live as long as this. Requires: equal partition counts and key types,
  // hash tables empty when split.
  virtual void merge_partition(std::span<AggregateTable* const> others, size_t partition) = 0;
  // Frees what a merged partition holds; its groups are no longer wanted. Different partitions may
  // be released at once.
  virtual void release_partition(size_t partition) = 0;
  // Up to `count` groups of a partition, in an order of its own; before it is merged, equal keys
  // may come several times. `cursor` starts at 0 and says where to go on; fewer than `count` means
  // the end. Requires: no changes in between, here and below.
  virtual void read_groups(size_t partition, size_t& cursor, size_t count,
                           GroupList& groups) const = 0;
  virtual std::vector<ColumnPtr> keys_of(const GroupList& groups) const = 0;
  // The keys of read_groups(), and the rows.
  std::vector<ColumnPtr> read_partition(size_t partition, size_t& cursor, size_t count,
                                        std::vector<char*>& rows) const;
};

std::unique_ptr<AggregateTable> make_aggregate_table(const GroupKey& key,
                                                     const StateLayout& layout);
// Bytes that rows of this key form need before the states.
size_t key_header_bytes(const GroupKey& key);

}  // namespace freshet
