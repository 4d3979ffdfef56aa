// Mutation: rows of one table go, and others may come, in one commit: what DELETE and UPDATE are
// made of.
//
//   begin ── snapshot ── the caller finds rows there ── remove, append ── commit: one log record
//            (flushes and merges may move the rows meanwhile: they are followed)
//
// Mutations of a table run one after the other, so that each sees what the one before did; inserts
// go on. Rows of tables that merge rows of equal key (ReplacingMergeTree and its like), or roll
// expired ones up, cannot be followed once that is done: flushes and merges of such a table wait
// until its mutation ends.
//
// Path:      query/engine DELETE, UPDATE -> Mutation -> InsertTransaction -> log, LiveTables
// Owns:      the table's turn among mutations. Dropped without commit(): nothing happened.
// Threads:   one; must not outlive the store.
// Errors:    as InsertTransaction's.
#pragma once

#include <memory>

#include "storage/table/table_store.h"

namespace freshet {

class Mutation {
 public:
  ~Mutation();
  // What the rows are looked for in.
  const SnapshotPtr& snapshot() const;
  const TableVersion& table() const;
  // Row `row` of a part of table(): parts are the segments in order, then the memtable's chunks.
  // Removing a row twice is removing it once.
  void remove(size_t part, uint64_t row);
  uint64_t removed_count() const;
  // Rows that come instead, laid out as the table's stored schema.
  void append(Chunk rows);
  // Durable and visible to every later snapshot() when it returns.
  CommitReceipt commit();

 private:
  friend class TableStore;
  struct State;
  explicit Mutation(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace freshet
