#include "query/operator/aggregate.h"

#include <algorithm>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/operator/execution_context.h"
#include "storage/base/allocation_count.h"
#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/base/mutex.h"

namespace freshet {

namespace {

std::vector<DataTypePtr> types_of(const std::vector<BoundExpressionPtr>& expressions) {
  std::vector<DataTypePtr> types;
  for (const BoundExpressionPtr& expression : expressions) types.push_back(expression->type);
  return types;
}

std::vector<AggregateFunctionPtr> functions_of(const std::vector<AggregateArguments>& calls) {
  std::vector<AggregateFunctionPtr> functions;
  for (const AggregateArguments& call : calls) functions.push_back(call.function);
  return functions;
}

}  // namespace

// One worker's groups: a table, or without keys a single row.
struct AggregateSink::Worker {
  std::unique_ptr<AggregateTable> table;
  Arena arena;
  char* single = nullptr;
  bool saw_rows = false;
  bool chosen_only = false;  // the table has the chosen groups and takes no others
  std::vector<char*> rows;
  const RowBitmap* excluded = nullptr;  // of the next chunk; may be null
  int64_t state_bytes = 0;              // what states hold outside of their rows
  std::unique_ptr<GroupSpill> spill;
  std::optional<MemoryReservation> memory;
};

// The groups that come out when only so many are wanted.
struct AggregateSink::Choice {
  size_t limit = 0;
  std::atomic<bool> made{false};
  Mutex mutex;
  // Written once, before `made`.
  std::vector<ColumnPtr> keys;
  // When all workers are done: the rows of the chosen groups in the first worker's table.
  std::vector<char*> rows;
};

AggregateSink::AggregateSink(std::vector<BoundExpressionPtr> keys,
                             std::vector<AggregateArguments> calls, bool empty_without_rows,
                             std::optional<uint64_t> group_limit)
    : key_(types_of(keys)),
      layout_(functions_of(calls), keys.empty() ? 0 : key_header_bytes(key_)),
      expressions_(std::move(keys)),
      key_count_(expressions_.size()),
      empty_without_rows_(empty_without_rows) {
  for (const AggregateArguments& call : calls) {
    argument_counts_.push_back(call.arguments.size());
    expressions_.insert(expressions_.end(), call.arguments.begin(), call.arguments.end());
  }
  // More groups than one chunk holds are not worth choosing among.
  if (key_count_ != 0 && group_limit && *group_limit <= kBlockRows) {
    choice_ = std::make_unique<Choice>();
    choice_->limit = *group_limit;
  }
}

AggregateSink::~AggregateSink() {
  for (const auto& worker : workers_) {
    if (worker->single != nullptr) layout_.destroy(worker->single);
  }
}

void AggregateSink::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) {
    auto worker = std::make_unique<Worker>();
    if (key_count_ == 0) {
      worker->single = worker->arena.allocate(layout_.row_bytes(), 16);
      layout_.create(worker->single);
    } else {
      worker->table = make_aggregate_table(key_, layout_);
    }
    workers_.push_back(std::move(worker));
  }
}

bool AggregateSink::consume(ExecutionContext& context, WorkerIndex worker_index, Chunk chunk) {
  Worker& worker = *workers_[worker_index];
  worker.saw_rows = worker.saw_rows || chunk.row_count != 0;
  if (groups_are_chosen()) {
    // Without functions the keys are all there is to know.
    if (layout_.count() == 0) return false;
    add_chosen(worker, chunk);
  } else {
    const std::vector<ColumnPtr> columns = evaluate_expressions(expressions_, chunk);
    const std::span<const ColumnPtr> all(columns);
    if (worker.table != nullptr) {
      worker.rows.resize(chunk.row_count);
      worker.table->find_or_insert(all.first(key_count_), chunk.row_count, worker.rows.data());
    }
    add_rows(worker, all.subspan(key_count_), chunk.row_count);
    if (choice_ != nullptr && worker.table->group_count() >= choice_->limit) {
      choose_groups(*worker.table);
    }
  }
  hold_memory(context, worker);
  return true;
}

void AggregateSink::hold_memory(const ExecutionContext& context, Worker& worker) {
  if (!worker.memory) worker.memory.emplace(context.memory);
  uint64_t bytes = static_cast<uint64_t>(std::max<int64_t>(0, worker.state_bytes));
  if (worker.table == nullptr) {
    worker.memory->resize(bytes);
    return;
  }
  bytes += worker.table->memory_bytes();
  const uint64_t threshold = context.spill.aggregation;
  // What is chosen among few groups is few groups.
  const bool can_spill = context.can_spill(threshold) && choice_ == nullptr;
  if (!can_spill) {
    worker.memory->resize(bytes);
  } else if (!context.hold_or_spill(*worker.memory, bytes, threshold)) {
    spill(context, worker);
    return;
  }
  // Groups are chosen from a table of one piece, and soon.
  if (choice_ == nullptr && worker.table->is_full()) worker.table->split();
}

void AggregateSink::spill(const ExecutionContext& context, Worker& worker) {
  if (worker.table->group_count() == 0) return;
  if (worker.spill == nullptr) {
    worker.spill = std::make_unique<GroupSpill>(*context.temporary, layout_, 0);
  }
  const auto state_bytes = static_cast<uint64_t>(std::max<int64_t>(0, worker.state_bytes));
  worker.spill->write(context, *worker.table, worker.table->memory_bytes() + state_bytes);
  worker.table = make_aggregate_table(key_, layout_);
  worker.state_bytes = 0;
  if (!worker.memory) worker.memory.emplace(context.memory);
  worker.memory->resize(worker.table->memory_bytes());
}

bool AggregateSink::has_spilled() const {
  return std::ranges::any_of(workers_, [](const auto& worker) { return worker->spill != nullptr; });
}

std::vector<const GroupSpill*> AggregateSink::spills() const {
  std::vector<const GroupSpill*> spills;
  for (const auto& worker : workers_) {
    if (worker->spill != nullptr) spills.push_back(worker->spill.get());
  }
  return spills;
}

void AggregateSink::add_rows(Worker& worker, std::span<const ColumnPtr> arguments,
                             size_t row_count) {
  const int64_t before = thread_allocated_bytes();
  size_t first = 0;
  for (size_t i = 0; i < layout_.count(); ++i) {
    const AggregateFunction& function = layout_.function(i);
    const std::span<const ColumnPtr> own = arguments.subspan(first, argument_counts_[i]);
    first += argument_counts_[i];
    if (worker.table != nullptr) {
      function.add(own, row_count, StateRows::of(worker.rows.data(), layout_.offset(i)));
    } else if (char* state = worker.single + layout_.offset(i); worker.excluded == nullptr) {
      function.add(own, row_count, StateRows::single(state));
    } else {
      function.add_except(own, row_count, *worker.excluded, state);
    }
  }
  worker.excluded = nullptr;
  if (layout_.owns_memory()) worker.state_bytes += thread_allocated_bytes() - before;
}

void AggregateSink::exclude(WorkerIndex worker, const RowBitmap& rows) {
  CHECK(key_count_ == 0);
  workers_[worker]->excluded = &rows;
}

void AggregateSink::add_chosen(Worker& worker, const Chunk& chunk) {
  if (!worker.chosen_only) {
    worker.chosen_only = true;
    worker.rows.resize(choice_->limit);
    worker.table->find_or_insert(choice_->keys, choice_->limit, worker.rows.data());
  }
  const std::span<const BoundExpressionPtr> expressions(expressions_);
  const std::vector<ColumnPtr> keys = evaluate_expressions(expressions.first(key_count_), chunk);
  worker.rows.resize(chunk.row_count);
  worker.table->find(keys, chunk.row_count, worker.rows.data());
  std::vector<RowIndex> found;
  for (size_t i = 0; i < chunk.row_count; ++i) {
    if (worker.rows[i] == nullptr) continue;
    worker.rows[found.size()] = worker.rows[i];
    found.push_back(static_cast<RowIndex>(i));
  }
  if (found.empty()) return;
  const std::vector<ColumnPtr> arguments =
      evaluate_expressions(expressions.subspan(key_count_), chunk.select(found));
  add_rows(worker, arguments, found.size());
}

bool AggregateSink::groups_are_chosen() const {
  return choice_ != nullptr && choice_->made.load(std::memory_order_acquire);
}

void AggregateSink::choose_groups(const AggregateTable& table) {
  CHECK(table.partition_count() == 1);
  MutexLock lock(choice_->mutex);
  if (choice_->made.load(std::memory_order_relaxed)) return;
  size_t cursor = 0;
  std::vector<char*> rows;
  choice_->keys = table.read_partition(0, cursor, choice_->limit, rows);
  choice_->made.store(true, std::memory_order_release);
}

void AggregateSink::finish(ExecutionContext& context) {
  if (key_count_ == 0) {
    merge_single();
  } else if (groups_are_chosen()) {
    merge_chosen();
  } else if (has_spilled()) {
    spill_rest(context);
  } else {
    split_tables();
  }
}

void AggregateSink::spill_rest(ExecutionContext& context) {
  context.run_parallel(workers_.size(), [&](size_t worker) { spill(context, *workers_[worker]); });
}

void AggregateSink::merge_single() {
  Worker& first = *workers_[0];
  for (size_t i = 1; i < workers_.size(); ++i) {
    layout_.merge(first.single, workers_[i]->single);
    first.saw_rows = first.saw_rows || workers_[i]->saw_rows;
  }
}

void AggregateSink::split_tables() {
  const bool split = std::ranges::any_of(
      workers_, [](const auto& worker) { return worker->table->partition_count() > 1; });
  for (const auto& worker : workers_) {
    if (split) worker->table->split();
    if (worker != workers_.front()) others_.push_back(worker->table.get());
  }
}

void AggregateSink::merge_chosen() {
  choice_->rows.resize(choice_->limit);
  workers_[0]->table->find_or_insert(choice_->keys, choice_->limit, choice_->rows.data());
  std::vector<char*> others(choice_->limit);
  for (size_t i = 1; i < workers_.size(); ++i) {
    workers_[i]->table->find(choice_->keys, choice_->limit, others.data());
    for (size_t group = 0; group < others.size(); ++group) {
      if (others[group] != nullptr) layout_.merge(choice_->rows[group], others[group]);
    }
  }
}

void AggregateSource::prepare(size_t worker_count) {
  cursors_.resize(worker_count);
  sink_.merges_.resize(worker_count);
}

void AggregateSource::set_bound(std::shared_ptr<const SortBound> bound, ColumnIndex column) {
  bound_ = std::move(bound);
  bound_column_ = column;
}

ColumnPtr AggregateSource::results(size_t call, std::span<char* const> rows) const {
  const AggregateFunction& function = sink_.layout_.function(call);
  MutableColumnPtr column = make_column(*function.result_type());
  function.finish(rows.data(), sink_.layout_.offset(call), rows.size(), *column);
  return column;
}

ColumnPtr AggregateSource::apply_bound(GroupList& groups) const {
  if (bound_ == nullptr || !bound_->is_known() || groups.rows.empty()) return nullptr;
  std::vector<RowIndex> chosen;
  if (bound_column_ < sink_.key_count_) {
    const ColumnPtr cells = sink_.workers_[0]->table->keys_of(groups)[bound_column_];
    if (bound_->select(*cells, chosen)) groups.keep(chosen);
    return nullptr;
  }
  const ColumnPtr cells = results(bound_column_ - sink_.key_count_, groups.rows);
  if (!bound_->select(*cells, chosen) || chosen.size() == groups.rows.size()) return cells;
  groups.keep(chosen);
  return cells->select(chosen);
}

size_t AggregateSource::parallelism_max() const {
  if (sink_.key_count_ == 0 || sink_.groups_are_chosen()) return 1;
  return sink_.has_spilled() ? kPartitionCount : sink_.workers_[0]->table->partition_count();
}

bool AggregateSource::read_spilled(const ExecutionContext& context, WorkerIndex worker,
                                   Chunk& chunk, std::vector<char*>& rows) {
  std::unique_ptr<SpilledGroupMerge>& merge = sink_.merges_[worker];
  if (merge == nullptr) merge = std::make_unique<SpilledGroupMerge>(sink_.key_, sink_.layout_);
  while (!merge->next(context, chunk.columns, rows)) {
    const size_t partition = next_partition_.fetch_add(1);
    if (partition >= kPartitionCount) return false;
    merge->start(sink_.spills(), partition);
  }
  return true;
}

bool AggregateSource::read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) {
  const AggregateSink::Worker& groups = *sink_.workers_[0];
  std::vector<char*> rows;
  ColumnPtr bound_cells;  // of the groups that are left
  chunk.columns.clear();
  if (groups.table == nullptr) {
    if (next_partition_.fetch_add(1) != 0) return false;
    if (sink_.empty_without_rows_ && !groups.saw_rows) return false;
    rows.push_back(groups.single);
  } else if (sink_.groups_are_chosen()) {
    if (next_partition_.fetch_add(1) != 0) return false;
    chunk.columns = sink_.choice_->keys;
    rows = sink_.choice_->rows;
  } else if (sink_.has_spilled()) {
    if (!read_spilled(context, worker, chunk, rows)) return false;
  } else {
    Cursor& cursor = cursors_[worker];
    GroupList list;
    while (list.rows.empty()) {
      if (!cursor.partition || cursor.at_end) {
        // A partition is merged by who reads it, while it is in the cache.
        if (cursor.partition) groups.table->release_partition(*cursor.partition);
        const size_t partition = next_partition_.fetch_add(1);
        cursor = {};
        if (partition >= groups.table->partition_count()) return false;
        context.check_running();
        groups.table->merge_partition(sink_.others_, partition);
        cursor.partition = partition;
      }
      groups.table->read_groups(*cursor.partition, cursor.slot, kBlockRows, list);
      cursor.at_end = list.rows.size() < kBlockRows;
      bound_cells = apply_bound(list);
    }
    chunk.columns = groups.table->keys_of(list);
    rows = std::move(list.rows);
  }
  for (size_t i = 0; i < sink_.layout_.count(); ++i) {
    const bool known = bound_cells != nullptr && bound_column_ == sink_.key_count_ + i;
    chunk.columns.push_back(known ? bound_cells : results(i, rows));
  }
  chunk.row_count = rows.size();
  return true;
}

}  // namespace freshet
