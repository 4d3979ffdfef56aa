#include "query/operator/scan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/operator/block_pruner.h"
#include "query/operator/execution_context.h"
#include "storage/base/limits.h"
#include "storage/column/number_column.h"
#include "storage/table/row_fetch.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

// Blocks that a worker claims at once: enough to make claiming cheap, few enough that workers end
// at about the same time.
constexpr size_t kBlocksPerTask = 4;
// Scans of fewer blocks cost less than asking what is known of them.
constexpr size_t kRememberedBlocksMin = 8;
// A column that is needed until the end.
constexpr size_t kOutputUse = std::numeric_limits<size_t>::max();

// Answers of one conjunct for every entry of the dictionary met last.
struct EntryAnswers {
  std::shared_ptr<const Dictionary> dictionary;
  Buffer<uint8_t> passes;
};

uint64_t part_of_task(const TableVersion& table, const ScanTask& task) {
  if (task.segment != nullptr) {
    const auto it = std::find(table.segments.begin(), table.segments.end(), task.segment);
    return static_cast<uint64_t>(it - table.segments.begin());
  }
  const auto it = std::find(table.memtable.begin(), table.memtable.end(), task.chunk);
  return table.segments.size() + static_cast<uint64_t>(it - table.memtable.begin());
}

}  // namespace

struct ScanSource::Worker {
  const ScanTask* task = nullptr;
  size_t next_block = 0;              // position in task->blocks, or 0 for a memtable task
  std::vector<EntryAnswers> answers;  // by conjunct
};

// The rows of a block that are still in question.
struct ScanSource::Rows {
  size_t count = 0;
  bool all = true;
  std::vector<RowIndex> selected;  // of the block, unless `all`
  Chunk chunk;                     // columns read so far, `count` cells each
};

ScanSource::ScanSource(ScanOptions options)
    : options_(std::move(options)),
      plan_(plan_scan(
          *options_.table, options_.filter, kBlocksPerTask,
          block_pruner(*options_.table, options_.range_conditions, options_.index_filter))),
      column_last_use_(options_.columns.size(), 0) {
  for (size_t i = 0; i < options_.conjuncts.size(); ++i) {
    conjunct_columns_.push_back(columns_of(*options_.conjuncts[i]));
    for (const ColumnIndex column : conjunct_columns_.back()) column_last_use_[column] = i;
  }
  for (const auto& filter : options_.probe_filters) {
    for (const ColumnIndex column : filter->reads()) {
      column_last_use_[column] = options_.conjuncts.size();
    }
  }
  for (const ColumnIndex column : options_.outputs) column_last_use_[column] = kOutputUse;
  leave_out_empty_blocks();
  if (options_.bound != nullptr) order_tasks();
}

ScanSource::~ScanSource() = default;

void ScanSource::prepare(size_t worker_count) {
  if (!options_.probe_filters.empty()) prune_by_joins();
  for (size_t i = 0; i < worker_count; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->answers.resize(options_.conjuncts.size());
  }
}

bool ScanSource::read(ExecutionContext& context, WorkerIndex worker_index, Chunk& chunk) {
  Worker& worker = *workers_[worker_index];
  if (options_.row_limit && rows_given_.load(std::memory_order_relaxed) >= *options_.row_limit) {
    return false;
  }
  size_t block = 0;
  const ScanTask* next = next_block(worker, block);
  while (next != nullptr && is_beyond_bound(*next, block)) {
    blocks_beyond_bound_.fetch_add(1, std::memory_order_relaxed);
    next = next_block(worker, block);
  }
  if (next == nullptr) return false;
  const ScanTask& task = *next;
  if (options_.bounds_suffice && read_bounds(task, block, chunk)) return true;
  const size_t row_count =
      task.segment != nullptr ? task.segment->reader->block_rows(block) : task.chunk->row_count;
  if (const RowBitmap* deleted = task.deleted(block);
      deleted != nullptr && options_.excluder != nullptr) {
    Rows rows;
    rows.count = row_count;
    rows.chunk.row_count = row_count;
    rows.chunk.columns.resize(options_.columns.size());
    chunk = read_block(worker, task, block, std::move(rows));
    options_.excluder->exclude(worker_index, *deleted);
  } else {
    chunk = read_rows(worker_index, task, block, nullptr);
  }
  rows_read_.fetch_add(row_count, std::memory_order_relaxed);
  blocks_read_.fetch_add(task.segment != nullptr ? 1 : 0, std::memory_order_relaxed);
  context.progress.rows_read.fetch_add(row_count, std::memory_order_relaxed);
  context.progress.bytes_read.fetch_add(chunk.memory_bytes(), std::memory_order_relaxed);
  rows_given_.fetch_add(chunk.row_count, std::memory_order_relaxed);
  return true;
}

const ScanTask* ScanSource::next_block(Worker& worker, size_t& block) {
  if (worker.task == nullptr) {
    const size_t index = next_task_.fetch_add(1, std::memory_order_relaxed);
    if (index >= plan_.tasks.size()) return nullptr;
    worker.task = &plan_.tasks[index];
    worker.next_block = 0;
  }
  const ScanTask* task = worker.task;
  block = task->segment != nullptr ? task->blocks[worker.next_block++] : 0;
  if (task->segment == nullptr || worker.next_block == task->blocks.size()) worker.task = nullptr;
  return task;
}

Chunk ScanSource::read_rows(WorkerIndex worker, const ScanTask& task, size_t block,
                            const std::vector<RowIndex>* selected) const {
  Rows rows;
  rows.count =
      task.segment != nullptr ? task.segment->reader->block_rows(block) : task.chunk->row_count;
  if (selected != nullptr && selected->size() < rows.count) {
    rows.all = false;
    rows.selected = *selected;
    rows.count = selected->size();
  }
  rows.chunk.row_count = rows.count;
  rows.chunk.columns.resize(options_.columns.size());
  if (selected == nullptr && !leave_out_deleted(task, block, rows)) return {};
  return read_block(*workers_[worker], task, block, std::move(rows));
}

Chunk ScanSource::read_block(Worker& worker, const ScanTask& task, size_t block, Rows rows) const {
  const bool whole = rows.all;
  if (!apply_bound(task, block, rows)) return {};
  // The conditions have to find no row by themselves, not with the help of a bound.
  const bool all_asked = whole && rows.all;
  for (size_t i = 0; i < options_.conjuncts.size(); ++i) {
    if (apply_conjunct(worker, i, task, block, rows)) continue;
    if (all_asked) note_empty_block(task, block);
    return {};
  }
  if (!apply_probe_filters(task, block, rows)) return {};
  Chunk result;
  result.row_count = rows.count;
  for (const ColumnIndex column : options_.outputs) {
    load_column(task, block, column, rows);
    result.columns.push_back(rows.chunk.columns[column]);
  }
  if (options_.row_position) {
    const uint64_t part = part_of_task(*options_.table, task);
    const uint64_t first = task.segment != nullptr ? block * kBlockRows : 0;
    Buffer<uint64_t> positions(rows.count);
    for (size_t i = 0; i < rows.count; ++i) {
      positions[i] = row_position(part, first + (rows.all ? i : rows.selected[i]));
    }
    result.columns.push_back(make_number_column(std::move(positions)));
  }
  return result;
}

void ScanSource::leave_out_empty_blocks() {
  if (options_.condition_cache == nullptr || options_.conjuncts.empty()) return;
  if (plan_.blocks_kept < kRememberedBlocksMin) return;
  condition_ = ConditionCache::condition(options_.conjuncts, options_.columns,
                                         options_.table->definition, options_.time_zone);
  if (condition_ == nullptr) return;
  const size_t blocks_before = plan_.blocks_kept;
  prune_tasks([this](const Segment& segment, std::vector<uint32_t>& blocks) {
    options_.condition_cache->take_out_empty(*condition_, segment.reader, blocks);
  });
  blocks_known_empty_ = blocks_before - plan_.blocks_kept;
}

void ScanSource::prune_tasks(const BlockPruner& prune) {
  for (ScanTask& task : plan_.tasks) {
    if (task.segment == nullptr) continue;
    const size_t before = task.blocks.size();
    prune(*task.segment, task.blocks);
    if (task.blocks.size() == before) continue;
    uint64_t rows = 0;
    for (const uint32_t block : task.blocks) rows += task.segment->reader->block_rows(block);
    plan_.rows_skipped += task.row_count - rows;
    plan_.row_count -= task.row_count - rows;
    plan_.blocks_kept -= before - task.blocks.size();
    task.row_count = rows;
  }
  std::erase_if(plan_.tasks, [](const ScanTask& task) {
    return task.segment != nullptr && task.blocks.empty();
  });
}

void ScanSource::note_empty_block(const ScanTask& task, size_t block) const {
  if (condition_ == nullptr || task.segment == nullptr) return;
  options_.condition_cache->add_empty(condition_, task.segment->reader, block);
}

bool ScanSource::leave_out_deleted(const ScanTask& task, size_t block, Rows& rows) const {
  const RowBitmap* deleted = task.deleted(block);
  if (deleted == nullptr) return true;
  const size_t left = rows.count - deleted->count();
  if (left == 0) return false;
  // Which rows they are matters to whoever reads cells or positions; counting needs no more.
  if (!options_.columns.empty() || !options_.conjuncts.empty() || options_.row_position) {
    rows.selected.reserve(left);
    deleted->append_others(rows.count, rows.selected);
  }
  rows.all = false;
  rows.count = left;
  rows.chunk.row_count = left;
  return true;
}

void ScanSource::load_column(const ScanTask& task, size_t block, ColumnIndex column,
                             Rows& rows) const {
  ColumnPtr& loaded = rows.chunk.columns[column];
  if (loaded != nullptr) return;
  const ColumnIndex in_table = options_.columns[column];
  if (std::ranges::find(options_.lengths, column) != options_.lengths.end()) {
    std::optional<std::span<const RowIndex>> selected;
    if (!rows.all) selected = rows.selected;
    loaded = read_task_lengths(*options_.table, task, in_table, block, selected);
    return;
  }
  loaded = rows.all ? read_task_column(*options_.table, task, in_table, block)
                    : read_task_column(*options_.table, task, in_table, block, rows.selected);
}

bool ScanSource::apply_conjunct(Worker& worker, size_t conjunct, const ScanTask& task, size_t block,
                                Rows& rows) const {
  const BoundExpression& condition = *options_.conjuncts[conjunct];
  const std::vector<ColumnIndex>& reads = conjunct_columns_[conjunct];
  for (const ColumnIndex column : reads) load_column(task, block, column, rows);

  std::vector<RowIndex> kept;  // of the rows in question
  const ColumnPtr only = reads.size() == 1 ? rows.chunk.columns[reads[0]] : nullptr;
  // Answers for all entries pay when the segment has more rows to ask about than entries.
  const bool by_entry = only != nullptr && only->form() == ColumnForm::Dictionary &&
                        task.segment != nullptr && is_deterministic(condition) &&
                        static_cast<const DictionaryColumn&>(*only).dictionary()->entries->size() <=
                            std::max<uint64_t>(kBlockRows, task.segment->reader->row_count() / 4);
  if (by_entry) {
    const auto& coded = static_cast<const DictionaryColumn&>(*only);
    EntryAnswers& answers = worker.answers[conjunct];
    if (answers.dictionary != coded.dictionary()) {
      const size_t entry_count = coded.dictionary()->entries->size();
      Chunk entries;
      entries.row_count = entry_count;
      entries.columns.resize(options_.columns.size());
      entries.columns[reads[0]] = coded.dictionary()->entries;
      std::vector<RowIndex> passing;
      select_true(*evaluate_expression(condition, entries), passing);
      answers.passes.assign(entry_count, 0);
      for (const RowIndex entry : passing) answers.passes[entry] = 1;
      answers.dictionary = coded.dictionary();
    }
    const std::span<const uint32_t> codes = coded.codes();
    kept.resize(codes.size());
    size_t count = 0;
    for (size_t i = 0; i < codes.size(); ++i) {
      kept[count] = static_cast<RowIndex>(i);
      count += answers.passes[codes[i]];
    }
    kept.resize(count);
  } else {
    select_true(*evaluate_expression(condition, rows.chunk), kept);
  }

  if (kept.size() == rows.count) return true;
  if (kept.empty()) return false;
  keep_rows(std::move(kept), conjunct, rows);
  return true;
}

void ScanSource::keep_rows(std::vector<RowIndex> kept, std::optional<size_t> conjunct,
                           Rows& rows) const {
  for (ColumnIndex c = 0; c < rows.chunk.columns.size(); ++c) {
    ColumnPtr& column = rows.chunk.columns[c];
    if (column == nullptr) continue;
    column = !conjunct || column_last_use_[c] > *conjunct ? column->select(kept) : nullptr;
  }
  if (rows.all) {
    rows.selected = std::move(kept);
    rows.all = false;
  } else {
    for (size_t i = 0; i < kept.size(); ++i) rows.selected[i] = rows.selected[kept[i]];
    rows.selected.resize(kept.size());
  }
  rows.count = rows.selected.size();
  rows.chunk.row_count = rows.count;
}

bool ScanSource::read_bounds(const ScanTask& task, size_t block, Chunk& chunk) const {
  if (task.segment == nullptr || task.deleted(block) != nullptr) return false;
  Chunk bounds;
  bounds.row_count = 2;
  for (const ColumnIndex output : options_.outputs) {
    const ColumnIndex in_table = options_.columns[output];
    const ZoneMap* zone = find_zone_map(*options_.table, *task.segment->reader, in_table, block);
    if (zone == nullptr || !zone->exact || zone->nan_count > 0) return false;
    MutableColumnPtr cells = make_column(*options_.table->schema[in_table].type);
    if (zone->min.is_null()) {
      cells->append_default(2);
    } else {
      append_value(*cells, zone->min);
      append_value(*cells, zone->max);
    }
    bounds.columns.push_back(std::move(cells));
  }
  chunk = std::move(bounds);
  return true;
}

ScanCounters ScanSource::counters() const {
  ScanCounters counters;
  counters.rows_read = rows_read_.load();
  counters.blocks_read = blocks_read_.load();
  counters.blocks_beyond_bound = blocks_beyond_bound_.load();
  counters.blocks_known_empty = blocks_known_empty_;
  counters.blocks_without_partner = blocks_without_partner_;
  for (const auto& filter : options_.probe_filters) {
    counters.rows_without_partner += filter->rows_dropped();
  }
  return counters;
}

void ScanSource::prune_by_joins() {
  const size_t blocks_before = plan_.blocks_kept;
  for (const auto& filter : options_.probe_filters) {
    const bool excludes_all = filter->excludes_all();
    prune_tasks([&](const Segment& segment, std::vector<uint32_t>& blocks) {
      if (excludes_all) {
        blocks.clear();
      } else {
        filter->prune(*options_.table, segment, blocks);
      }
    });
    if (excludes_all) plan_.tasks.clear();
  }
  blocks_without_partner_ = blocks_before - plan_.blocks_kept;
}

bool ScanSource::apply_probe_filters(const ScanTask& task, size_t block, Rows& rows) const {
  for (const auto& filter : options_.probe_filters) {
    if (!filter->wants_rows()) continue;
    for (const ColumnIndex column : filter->reads()) load_column(task, block, column, rows);
    std::vector<RowIndex> kept;
    filter->select(rows.chunk, kept);
    if (kept.empty()) return false;
    if (kept.size() < rows.count) keep_rows(std::move(kept), options_.conjuncts.size(), rows);
  }
  return true;
}

const ZoneMap* ScanSource::bound_zone(const ScanTask& task, size_t block) const {
  if (task.segment == nullptr) return nullptr;
  const ColumnIndex column = options_.columns[options_.outputs[options_.bound_output]];
  const ZoneMap* zone = find_zone_map(*options_.table, *task.segment->reader, column, block);
  return zone == nullptr || zone->min.is_null() ? nullptr : zone;
}

void ScanSource::order_tasks() {
  struct Piece {
    ScanTask task;
    const ZoneMap* zone;
  };
  std::vector<Piece> pieces;
  for (ScanTask& task : plan_.tasks) {
    if (task.segment == nullptr) {
      pieces.push_back({std::move(task), nullptr});
      continue;
    }
    for (const uint32_t block : task.blocks) {
      ScanTask piece;
      piece.segment = task.segment;
      piece.blocks = {block};
      piece.row_count = task.segment->reader->block_rows(block);
      const ZoneMap* zone = bound_zone(task, block);
      pieces.push_back({std::move(piece), zone});
    }
  }
  std::ranges::stable_sort(pieces, [&](const Piece& a, const Piece& b) {
    // Those of which nothing is known are first.
    if (a.zone == nullptr || b.zone == nullptr) return a.zone == nullptr && b.zone != nullptr;
    return options_.bound->is_better(a.zone->min, a.zone->max, b.zone->min, b.zone->max);
  });
  plan_.tasks.clear();
  for (Piece& piece : pieces) plan_.tasks.push_back(std::move(piece.task));
}

bool ScanSource::is_beyond_bound(const ScanTask& task, size_t block) const {
  if (options_.bound == nullptr || !options_.bound->is_known()) return false;
  const ZoneMap* zone = bound_zone(task, block);
  return zone != nullptr && options_.bound->excludes(zone->min, zone->max);
}

bool ScanSource::apply_bound(const ScanTask& task, size_t block, Rows& rows) const {
  if (options_.bound == nullptr || !options_.bound->is_known()) return true;
  const ColumnIndex column = options_.outputs[options_.bound_output];
  load_column(task, block, column, rows);
  std::vector<RowIndex> kept;
  if (!options_.bound->select(*rows.chunk.columns[column], kept)) return true;
  if (kept.empty()) return false;
  if (kept.size() < rows.count) keep_rows(std::move(kept), std::nullopt, rows);
  return true;
}

}  // namespace freshet
