// PartedRows: rows on disk, in partitions by the hash of their keys, so that equal keys are in one
// partition and a partition fits the memory where the whole does not.
//
//   rows ─ hash ─> partition 0: pieces of rows in blocks of the workers' files
//                  partition 1: ...
//
// What is too large for the memory even so is parted again at the next level, by other bits of the
// hash.
//
// Path:      query/operator/{join, distinct} -> PartedRows -> query/operator/{spilled_join,
// distinct} Owns:      its files. Threads:   put() and flush() by many workers, each with its own
// index; then const, for any. Layout:    docs/formats/temporary_file.md
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "query/operator/operator.h"
#include "query/operator/temporary_files.h"

namespace freshet {

class PartedRows {
 public:
  // Past this level parting gains nothing: the hashes are equal, or there are too many rows.
  static constexpr unsigned kLevelMax = 3;

  PartedRows(TemporaryData& data, SpillPurpose purpose, unsigned level, size_t worker_count);
  ~PartedRows();

  static size_t partition_count(unsigned level);
  unsigned level() const { return level_; }

  // `hashes` of the rows' keys.
  void put(WorkerIndex worker, const Chunk& rows, std::span<const uint64_t> hashes);
  // Writes what a worker, or any, has not written yet.
  void flush(WorkerIndex worker);
  void flush_all();

  // Of all workers, after the last flush. Bytes are those of flat columns in memory.
  uint64_t row_count(size_t partition) const;
  uint64_t bytes(size_t partition) const;
  // Calls `take` with the partition's rows, some at a time.
  void read(size_t partition, const std::function<void(Chunk)>& take) const;

  // Where a reader stands in a partition.
  struct Position {
    size_t worker = 0;
    size_t block = 0;
    std::string raw;
    size_t offset = 0;
  };
  // The next rows; false at the end.
  bool read(size_t partition, Position& position, Chunk& rows) const;

 private:
  struct Worker;
  const unsigned level_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace freshet
