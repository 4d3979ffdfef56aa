// Sorted runs on disk: where ORDER BY puts rows that the query's memory has no room for, and how
// they become one order again.
//
//   worker 0   memory full -> sort -> run: blocks in order, file 0 ┐ a block of each run at a time:
//   worker 1   memory full -> sort -> run: ...              file 1 ┘ 1 4 7 | 2 3 9 | 5 5 8
//
// The merge takes what is certain to come first: all loaded rows up to the least of the runs' last
// loaded rows (1 4 2 3 5 5 7 above, for run 0 may go on with another 7 but with nothing less),
// sorts them together, which for nearly sorted columns beats comparing row by row, and loads the
// next block of the runs that are through. More runs than the memory has blocks for are first
// merged into fewer, longer ones.
//
// Path:      query/operator/sort -> RunWriter => RunMerge -> ordered rows
// Owns:      a writer its file.
// Threads:   one for each writer; the merge is one thread's, and the writers are done then.
// Layout:    docs/formats/temporary_file.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/operator/execution_context.h"
#include "query/operator/temporary_files.h"
#include "storage/column/row_order.h"

namespace freshet {

// What rows look like and how they are ordered. With a limit only the first of all rows matter.
struct RunOrder {
  Schema schema;
  std::vector<SortColumn> columns;
  std::optional<uint64_t> limit;
};

struct SortedRun {
  const TemporaryFile* file = nullptr;
  std::vector<TemporaryBlock> blocks;
};

class RunWriter {
 public:
  // `order` outlives the writer.
  RunWriter(TemporaryData& data, const RunOrder& order)
      : order_(order), file_(data.create(SpillPurpose::Sort)) {}

  // A run of the rows of `chunks`, which are gone afterwards.
  void write_sorted(const ExecutionContext& context, std::vector<Chunk>& chunks);
  // The same in pieces: rows that come after all that were put since begin_run().
  void begin_run();
  void put(const Chunk& rows);

  const std::vector<SortedRun>& runs() const { return runs_; }

 private:
  void put_block(const Chunk& rows);

  const RunOrder& order_;
  std::unique_ptr<TemporaryFile> file_;
  std::vector<SortedRun> runs_;
  std::string raw_;
};

class RunMerge {
 public:
  // `order` and the runs' files outlive the merge.
  RunMerge(const RunOrder& order, std::vector<SortedRun> runs);
  ~RunMerge();

  // The next rows; false when there are no more, or the limit is reached.
  bool next(const ExecutionContext& context, Chunk& chunk);

 private:
  struct Input;
  // Until no more runs are left than can be read at once.
  void merge_to_fewer(const ExecutionContext& context);
  bool next_of(const ExecutionContext& context, std::vector<Input>& inputs, Chunk& chunk);
  // Loads blocks and gathers what comes first into ready_.
  bool gather(const ExecutionContext& context, std::vector<Input>& inputs);

  const RunOrder& order_;
  std::vector<SortedRun> runs_;
  std::vector<Input> inputs_;
  bool started_ = false;
  uint64_t rows_given_ = 0;
  Chunk ready_;
  std::vector<RowIndex> sorted_;  // of ready_
  size_t next_ = 0;               // in sorted_
  std::vector<std::unique_ptr<RunWriter>> longer_;
  std::optional<MemoryReservation> memory_;
};

}  // namespace freshet
