#include "query/operator/final_scan.h"

#include <numeric>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/operator/block_pruner.h"
#include "query/operator/execution_context.h"

namespace freshet {

namespace {

// Rows of a memtable chunk that pass conditions over `columns` of the table.
std::vector<RowIndex> passing_rows(const Chunk& chunk, const std::vector<ColumnIndex>& columns,
                                   const std::vector<BoundExpressionPtr>& conjuncts) {
  Chunk read;
  read.row_count = chunk.row_count;
  for (const ColumnIndex column : columns) read.columns.push_back(chunk.columns[column]);
  std::vector<RowIndex> rows(chunk.row_count);
  std::iota(rows.begin(), rows.end(), RowIndex{0});
  for (const BoundExpressionPtr& conjunct : conjuncts) {
    std::vector<RowIndex> kept;
    select_true(*evaluate_expression(*conjunct, read), kept);
    if (kept.size() == read.row_count) continue;
    for (size_t i = 0; i < kept.size(); ++i) rows[i] = rows[kept[i]];
    rows.resize(kept.size());
    if (rows.empty()) break;
    read = read.select(kept);
  }
  return rows;
}

FinalScanOptions final_options(const FinalSourceOptions& options) {
  FinalScanOptions result;
  result.columns = options.scan.columns;
  result.key_filter = options.key_filter;
  if (!options.key_range_conditions.empty()) {
    result.key_pruner = [version = options.scan.table, conditions = options.key_range_conditions](
                            const Segment& segment, std::vector<uint32_t>& blocks) {
      prune_by_ranges(*version, segment, conditions, blocks);
    };
  }
  result.across_partitions = options.across_partitions;
  if (!options.key_conjuncts.empty()) {
    result.key_rows = [columns = options.scan.columns, conjuncts = options.key_conjuncts](
                          const Chunk& chunk) { return passing_rows(chunk, columns, conjuncts); };
  }
  return result;
}

ScanOptions scan_of(ScanOptions options, const TableVersion& version) {
  options.table = &version;
  options.row_limit.reset();
  return options;
}

}  // namespace

FinalSource::FinalSource(FinalSourceOptions options, const ChunkFunctionCompiler& compiler,
                         const RowMerger& merger)
    : rows_(*options.scan.table, compiler, merger, final_options(options)),
      row_limit_(options.scan.row_limit),
      scan_(scan_of(std::move(options.scan), rows_.version())) {
  for (const ScanTask& task : scan_.plan().tasks) {
    if (task.segment == nullptr) continue;
    std::vector<bool>& kept = kept_blocks_[task.segment.get()];
    kept.resize(task.segment->reader->block_count(), false);
    for (const uint32_t block : task.blocks) kept[block] = true;
  }
}

FinalSource::~FinalSource() = default;

void FinalSource::prepare(size_t worker_count) {
  scan_.prepare(worker_count);
  workers_.resize(worker_count);
}

bool FinalSource::is_kept(const FinalPiece& piece) const {
  if (piece.task.segment == nullptr) return true;
  const auto found = kept_blocks_.find(piece.task.segment.get());
  return found != kept_blocks_.end() && found->second[piece.block];
}

bool FinalSource::read(ExecutionContext& context, WorkerIndex worker_index, Chunk& chunk) {
  Worker& worker = workers_[worker_index];
  if (row_limit_ && rows_given_.load(std::memory_order_relaxed) >= *row_limit_) return false;
  if (worker.next == worker.pieces.size()) {
    const size_t step = next_step_.fetch_add(1, std::memory_order_relaxed);
    if (step >= rows_.step_count()) return false;
    worker.pieces = rows_.read_step(step);
    worker.next = 0;
    chunk = {};
    return true;
  }
  const FinalPiece& piece = worker.pieces[worker.next++];
  chunk = {};
  if (!is_kept(piece)) return true;
  chunk = scan_.read_rows(worker_index, piece.task, piece.block, piece.all ? nullptr : &piece.rows);
  const bool whole = piece.all && piece.task.chunk != nullptr;
  const uint64_t rows_read = whole       ? piece.task.chunk->row_count
                             : piece.all ? piece.task.segment->reader->block_rows(piece.block)
                                         : piece.rows.size();
  context.progress.rows_read.fetch_add(rows_read, std::memory_order_relaxed);
  context.progress.bytes_read.fetch_add(chunk.memory_bytes(), std::memory_order_relaxed);
  rows_given_.fetch_add(chunk.row_count, std::memory_order_relaxed);
  return true;
}

}  // namespace freshet
