// UniqueKeys: where the rows of a table with a UNIQUE KEY are, by their key, so that a commit of
// new rows can delete those that they replace.
//
//   new row's key ── rows staged by the same INSERT (newest first)
//                 ── memtable, by KeySlots: also rows in the log that are not published yet
//                 ── segments, by their KeyIndex; those whose least and greatest key, or whose
//                    partition, rule the key out are not asked
//
// There is at most one live row of each key, so the first one found is it.
//
// Path:      storage/table/insert_transaction -> UniqueKeys -> RowPlaces of the commit record
// Owns:      the indexes, and their share of the memory budget. Without memory for an index, the
//            segment's keys are read instead.
// Threads:   prepare() and forget() any; all else while the table's gate.placing is held.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/table/key_index.h"
#include "storage/table/row_places.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_keys.h"

namespace freshet {

// The key columns of some rows, in any form, and the hash of each row's key.
struct KeyRows {
  Chunk keys;
  Buffer<uint64_t> hashes;

  size_t row_count() const { return keys.row_count; }
};

// `key`: columns of the chunk.
KeyRows compute_key_rows(const Chunk& chunk, std::span<const ColumnIndex> key);
// Columns of the table's UNIQUE KEY in its stored schema.
std::vector<ColumnIndex> unique_key_columns(const TableDefinition& definition);

// Of rows with equal keys, all but the last: for each chunk, null when it has none. Empty when no
// chunk has one.
std::vector<RowBitmapPtr> find_repeated_keys(
    const std::vector<std::shared_ptr<const Chunk>>& chunks, std::span<const ColumnIndex> key);

class UniqueKeys {
 public:
  explicit UniqueKeys(std::shared_ptr<KeyIndexMemory> memory)
      : memory_(memory), indexes_(std::move(memory)) {}
  UniqueKeys(const UniqueKeys&) = delete;
  UniqueKeys& operator=(const UniqueKeys&) = delete;
  ~UniqueKeys();

  // Makes ready for a commit: `version` is the newest published state. Requires: no staged segment
  // of an earlier commit is still to be published.
  void begin(const TableVersion& version, uint64_t generation, const TableKeys& keys);
  // Adds the places of the rows that new rows of the commit under way replace. `staged` are
  // segments of the same commit with older rows, in the order of their rows.
  void find_replaced(const std::vector<std::shared_ptr<const Chunk>>& rows,
                     std::span<const std::shared_ptr<Segment>> staged);
  void find_replaced(const Segment& rows, std::span<const std::shared_ptr<Segment>> staged);
  RowPlaces take_replaced();
  // The ordinal that the commit's first memtable row will have.
  uint64_t next_row() const { return next_row_; }
  // These rows, those of find_replaced(), are in the log now and come to the memtable next.
  void add(const std::vector<std::shared_ptr<const Chunk>>& rows);

  // Builds the index of a segment that will soon be part of the table.
  void prepare(const TableColumns& columns, const Segment& segment);
  void forget(SegmentId segment) { indexes_.forget(segment); }

 private:
  // A piece of the memtable: published, or still to come.
  struct Part {
    uint64_t first = 0;
    std::shared_ptr<const Chunk> chunk;
    RowBitmapPtr deleted;
  };
  // New rows that nothing was found for yet.
  struct Wanted;

  void follow_memtable();
  const Part& part_of(uint64_t ordinal) const;
  bool is_live(uint64_t ordinal) const;
  bool has_key(uint64_t ordinal, const KeyRows& rows, size_t row) const;
  uint64_t find_slot(const KeyRows& rows, size_t row) const;
  void put_slot(const KeyRows& rows, size_t row, uint64_t ordinal);

  void find_rows(Wanted& wanted, std::span<const std::shared_ptr<Segment>> staged);
  void find_in_memtable(Wanted& wanted);
  void find_in_segment(const Segment& segment, Wanted& wanted);
  bool may_have(const Segment& segment, const Wanted& wanted) const;
  std::shared_ptr<const KeyIndex> index_of(const Segment& segment);
  KeyRows read_key_block(const Segment& segment, size_t block) const;

  void account();

  const std::shared_ptr<KeyIndexMemory> memory_;
  uint64_t slot_bytes_ = 0;  // taken for slots_
  KeyIndexCache indexes_;

  // Of the commit under way.
  const TableVersion* version_ = nullptr;
  const TableKeys* keys_ = nullptr;
  std::vector<ColumnIndex> key_;
  bool key_has_partition_ = false;
  std::map<SegmentId, RowSetBuilder> replaced_;
  std::vector<uint64_t> replaced_memtable_;

  // The memtable, as it will be once all logged commits are published.
  std::optional<uint64_t> generation_;
  KeySlots slots_;  // hash -> ordinal of the key's newest row
  uint64_t first_row_ = 0;
  uint64_t next_row_ = 0;
  std::deque<Part> pending_;  // logged, not published
  std::vector<Part> parts_;   // published ones, then pending_; ascending
};

}  // namespace freshet
