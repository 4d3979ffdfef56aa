// InsertKeys remembers which named INSERTs each table has taken, so that a repeat adds nothing.
//
//   table 7   "batch-16" @ 1200   "batch-17" @ 1544   ...   at most count_max, none older than
//   age_max
//
// Keys belong to one table: the same key may name another INSERT of another table.
//
// Path:      storage/table/append asks and adds; storage/table/flush writes them to the manifest
// Threads:   every method from any thread.
// Errors:    none.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/base/limits.h"
#include "storage/base/mutex.h"
#include "storage/table/manifest_edit.h"
#include "storage/table/table_definition.h"

namespace freshet {

// How long a table remembers keys.
struct KeyWindow {
  uint64_t count_max = kInsertKeysPerTableMax;
  uint64_t age_max_us = kInsertKeySecondsMax * 1'000'000;
};

// What the table's settings say: non_replicated_deduplication_window keys, if it is not 0, and
// replicated_deduplication_window_seconds.
KeyWindow key_window(const TableDefinition& table);
// Whether INSERTs without a key are told apart by their rows: non_replicated_deduplication_window
// is not 0, as in ClickHouse.
bool deduplicates_blocks(const TableDefinition& table);

class InsertKeys {
 public:
  // The commit that had the key, if the window still holds it.
  std::optional<Lsn> find(TableId table, const std::string& key, KeyWindow window, uint64_t now_us)
      EXCLUDES(mutex_);
  // Requires: keys come in order of their LSN.
  void add(PutInsertKey key) EXCLUDES(mutex_);
  // The table's rows are gone, so the same rows may come again.
  void forget(TableId table) EXCLUDES(mutex_);
  // Keys of commits after `after`, up to `through`, oldest first.
  std::vector<PutInsertKey> between(Lsn after, Lsn through) const EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  struct Table {
    std::deque<PutInsertKey> oldest_first;
    std::unordered_map<std::string, Lsn> lsn_of_key;
  };
  void drop_oldest(Table& table) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<TableId, Table> tables_ GUARDED_BY(mutex_);
  // Of all tables, some of which may be dropped already.
  std::deque<std::pair<Lsn, TableId>> added_ GUARDED_BY(mutex_);
  size_t count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
