#include "query/operator/sorted_runs.h"

#include <algorithm>
#include <utility>

#include "query/operator/column_bytes.h"
#include "query/operator/gathered_rows.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// Bytes of a block before compression, about. A merge holds one block of each run, and a copy of
// the rows that come first.
constexpr uint64_t kRunBlockBytes = 256 * kKiB;
constexpr uint64_t kMergeBytesPerRun = 2 * kRunBlockBytes;
constexpr size_t kMergeRunsMin = 8;
constexpr size_t kMergeRunsMax = 512;

}  // namespace

void RunWriter::write_sorted(const ExecutionContext& context, std::vector<Chunk>& chunks) {
  Chunk rows = take_concat_chunks(order_.schema, chunks);
  std::vector<RowIndex> sorted = sort_rows(rows, order_.columns);
  if (order_.limit && sorted.size() > *order_.limit) sorted.resize(*order_.limit);
  begin_run();
  for (size_t i = 0; i < sorted.size(); i += kBlockRows) {
    context.check_running();
    const size_t count = std::min(kBlockRows, sorted.size() - i);
    put(rows.select(std::span(sorted).subspan(i, count)));
  }
  context.temporary->count_part(SpillPurpose::Sort);
}

void RunWriter::begin_run() { runs_.push_back({file_.get(), {}}); }

void RunWriter::put(const Chunk& rows) {
  if (rows.row_count == 0) return;
  const uint64_t row_bytes = std::max<uint64_t>(1, rows.memory_bytes() / rows.row_count);
  const size_t count = std::clamp<uint64_t>(kRunBlockBytes / row_bytes, 1, rows.row_count);
  for (size_t i = 0; i < rows.row_count; i += count) {
    put_block(rows.slice(i, std::min(count, rows.row_count - i)));
  }
}

void RunWriter::put_block(const Chunk& rows) {
  raw_.clear();
  ByteWriter(raw_).put_varint(rows.row_count);
  write_columns(rows.columns, rows.row_count, raw_);
  runs_.back().blocks.push_back(file_->append(raw_));
}

// A run being read: the rows [next, chunk.row_count) of one block, and the blocks after it.
struct RunMerge::Input {
  SortedRun run;
  size_t next_block = 0;
  Chunk chunk;
  size_t next = 0;

  bool has_rows() const { return next < chunk.row_count; }
  bool has_more_blocks() const { return next_block < run.blocks.size(); }
  void load() {
    std::string raw;
    run.file->read(run.blocks[next_block++], raw);
    ByteReader in(raw);
    chunk.row_count = in.get_varint();
    chunk.columns = read_columns(chunk.row_count, in);
    next = 0;
  }
};

RunMerge::RunMerge(const RunOrder& order, std::vector<SortedRun> runs)
    : order_(order), runs_(std::move(runs)) {
  std::erase_if(runs_, [](const SortedRun& run) { return run.blocks.empty(); });
}

RunMerge::~RunMerge() = default;

bool RunMerge::next(const ExecutionContext& context, Chunk& chunk) {
  if (!started_) {
    started_ = true;
    memory_.emplace(context.memory);
    merge_to_fewer(context);
    for (SortedRun& run : runs_) inputs_.push_back({.run = std::move(run), .chunk = {}});
    context.temporary->count_merge(SpillPurpose::Sort);
  }
  if (order_.limit && rows_given_ >= *order_.limit) return false;
  if (!next_of(context, inputs_, chunk)) return false;
  if (order_.limit && chunk.row_count > *order_.limit - rows_given_) {
    chunk = chunk.slice(0, *order_.limit - rows_given_);
  }
  rows_given_ += chunk.row_count;
  return true;
}

void RunMerge::merge_to_fewer(const ExecutionContext& context) {
  const size_t runs_max = std::clamp<uint64_t>(context.spill.sort / 2 / kMergeBytesPerRun,
                                               kMergeRunsMin, kMergeRunsMax);
  while (runs_.size() > runs_max) {
    std::vector<Input> inputs;
    const size_t count = std::min(runs_max, runs_.size() - runs_max + 1);
    for (size_t i = 0; i < count; ++i) inputs.push_back({.run = std::move(runs_[i]), .chunk = {}});
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(count));
    longer_.push_back(std::make_unique<RunWriter>(*context.temporary, order_));
    longer_.back()->begin_run();
    Chunk rows;
    for (uint64_t put = 0; next_of(context, inputs, rows); put += rows.row_count) {
      if (order_.limit && put >= *order_.limit) break;
      longer_.back()->put(rows);
    }
    ready_ = {};
    sorted_.clear();
    next_ = 0;
    // At the end, so that all runs are read about as often.
    runs_.push_back(longer_.back()->runs().back());
    context.temporary->count_merge(SpillPurpose::Sort);
  }
}

bool RunMerge::next_of(const ExecutionContext& context, std::vector<Input>& inputs, Chunk& chunk) {
  if (next_ >= sorted_.size() && !gather(context, inputs)) return false;
  const size_t count = std::min(kBlockRows, sorted_.size() - next_);
  chunk = ready_.select(std::span(sorted_).subspan(next_, count));
  next_ += count;
  return true;
}

bool RunMerge::gather(const ExecutionContext& context, std::vector<Input>& inputs) {
  context.check_running();
  ready_ = {};
  sorted_.clear();
  next_ = 0;
  uint64_t bytes = 0;
  for (Input& input : inputs) {
    if (!input.has_rows() && input.has_more_blocks()) input.load();
    if (!input.has_rows()) input.chunk = {};
    bytes += 2 * input.chunk.memory_bytes();
  }
  memory_->resize(bytes);

  // The least of the last rows behind which a run may have more.
  const Input* bound = nullptr;
  for (const Input& input : inputs) {
    if (!input.has_more_blocks() || !input.has_rows()) continue;
    if (bound == nullptr || compare_rows(input.chunk, input.chunk.row_count - 1, bound->chunk,
                                         bound->chunk.row_count - 1, order_.columns) < 0) {
      bound = &input;
    }
  }
  std::vector<Chunk> parts;
  for (Input& input : inputs) {
    size_t end = input.chunk.row_count;
    if (bound != nullptr && bound != &input) {
      // The first row that comes after the bound.
      size_t begin = input.next;
      while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        const bool after = compare_rows(input.chunk, middle, bound->chunk,
                                        bound->chunk.row_count - 1, order_.columns) > 0;
        (after ? end : begin) = after ? middle : middle + 1;
      }
    }
    if (end > input.next) parts.push_back(input.chunk.slice(input.next, end - input.next));
    input.next = end;
  }
  if (parts.empty()) return false;
  ready_ = take_concat_chunks(order_.schema, parts);
  sorted_ = sort_rows(ready_, order_.columns);
  return true;
}

}  // namespace freshet
