// SegmentBuilder writes rows of a table to level-0 segment files: split by partition, sorted, equal
// keys merged when the table says so.
//
//   <directory>/segments/<table id>/<segment id>.seg
//
// Path:      storage/table/flush, storage/table/insert_transaction -> SegmentBuilder ->
// SegmentWriter Threads:   any; each call works by itself. Errors:    a failed build removes the
// files that it made.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/table/row_places.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_keys.h"
#include "storage/table/table_store.h"

namespace freshet {

// Asked now and then by long work; true: stop, the result is not wanted any more.
using StopTest = std::function<bool()>;

// Gives out segment ids, each once in the life of the directory.
class SegmentIds {
 public:
  SegmentId next() { return SegmentId(next_.fetch_add(1)); }
  // Ids up to `id` are in use.
  void skip_through(SegmentId id) {
    uint64_t expected = next_.load();
    while (expected <= id.value && !next_.compare_exchange_weak(expected, id.value + 1)) {
    }
  }
  SegmentId upcoming() const { return SegmentId(next_.load()); }

 private:
  std::atomic<uint64_t> next_{1};
};

std::string segments_directory(const std::string& store_directory);
std::string segment_directory(const std::string& store_directory, TableId table);
std::string segment_path(const std::string& store_directory, TableId table, SegmentId segment);

class SegmentBuilder {
 public:
  SegmentBuilder(FileSystem& files, std::string store_directory, SegmentIds& ids,
                 const RowMerger& merger)
      : files_(&files), directory_(std::move(store_directory)), ids_(&ids), merger_(&merger) {}

  // Rows of one partition, in the order in which they were inserted.
  struct Part {
    SegmentId id;  // 0: the builder takes the next one
    std::string partition;
    std::vector<Chunk> chunks;
    size_t row_count = 0;
    // Filled by split() when it is asked to: of each row, its number among all rows given.
    std::vector<uint32_t> sources;
  };
  // Without the rows of each chunk that are `deleted` (as in TableVersion).
  static std::vector<Part> split(const TableKeys& keys,
                                 const std::vector<std::shared_ptr<const Chunk>>& chunks,
                                 const std::vector<RowBitmapPtr>& deleted = {},
                                 bool note_sources = false);
  // Durable on return, directory entry included. `max_lsn` of the segments is 0; the caller, who
  // publishes, sets it. Nothing when `stop` said so. With `moved`, where the rows of parts that
  // note their sources went. Requires for that: the table's rows are not merged.
  std::vector<std::shared_ptr<Segment>> build_parts(
      const TableDefinition& definition, const TableKeys& keys, std::vector<Part> parts,
      const StopTest& stop, std::vector<FlushMove::Output>* moved = nullptr) const;

  // Removes the files of segments that nobody references; a failure is only logged.
  void discard(TableId table, SegmentId segment) const;
  // And those of its rollups.
  void discard(TableId table, const Segment& segment) const;
  void discard_rollups(TableId table, const Segment& segment) const;

 private:
  // Puts `sources` in the order of the rows.
  uint64_t write_part(const TableDefinition& definition, const TableKeys& keys,
                      const Schema& schema, Part& part, const std::string& path) const;

  FileSystem* files_;
  std::string directory_;
  SegmentIds* ids_;
  const RowMerger* merger_;
};

}  // namespace freshet
