#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/table/scan.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

// Flushes that an INSERT waits for when memory is short, before it is refused.
constexpr int kMemoryWaitsMax = 4;
// Batches of one INSERT that wait to be written, or are being written, while it reads on.
constexpr size_t kStagingMax = 2;

}  // namespace

struct InsertTransaction::State {
  struct Table {
    Table(TableHandlePtr table_handle, TableDefinitionPtr table_definition)
        : handle(std::move(table_handle)),
          definition(std::move(table_definition)),
          schema(definition->stored_schema()),
          schema_checksum(compute_schema_checksum(definition->file_schema())),
          unique_key(unique_key_columns(*definition)),
          rows(schema) {}

    bool has_rows() const { return rows.row_count() > 0 || !staged.empty(); }

    TableHandlePtr handle;
    TableDefinitionPtr definition;
    Schema schema;
    uint64_t schema_checksum;
    std::vector<ColumnIndex> unique_key;
    Memtable rows;  // those that are not staged
    uint64_t budget_bytes = 0;
    std::vector<std::shared_ptr<Segment>> staged;
    RowPlaces deletes;
    std::optional<uint64_t> generation;
    std::optional<uint64_t> first_row;
    // A Mutation commits: it holds the table's gate, and knows which rows its rows replace.
    bool is_mutated = false;
  };
  // The turn to commit to a table with a UNIQUE KEY, and what its rows were looked up in.
  struct Turn {
    Table* table;
    FairLock mutating;
    std::optional<FairLock> placing;
    SnapshotPtr snapshot;
  };

  explicit State(TableStore::State& table_store) : store(table_store) {}
  ~State() {
    // Staging under way still reads this object's rows and makes files.
    while (!staging.empty()) {
      try {
        finish_staging();
      } catch (const std::exception&) {
        // A failed build has removed its files; the INSERT is given up anyway.
      }
    }
    for (const auto& [id, table] : tables) {
      store.memory.shrink(table.budget_bytes);
      if (!keep_staged) discard_staged(table);
    }
  }

  // All that may take long before the commit: rows that still go to disk, waiting for flushes. With
  // `flush_is_held` the caller keeps the tables from being flushed: nothing may wait for that.
  void prepare(bool flush_is_held);
  CommitReceipt commit();
  void require_usable() const;
  // `layout` says how rows of a table that is new to the INSERT are laid out; null: as it is now.
  Table& table(TableId id, const TableDefinitionPtr& layout = nullptr);
  // Rows that were laid out for an older definition, as the newest has them.
  void catch_up(Table& table);
  void take_memory(uint64_t bytes);
  // The table with most rows in memory; null when none has enough to be worth a segment.
  Table* largest_table();
  // Hands the rows of the table to a worker that writes segments.
  void stage(Table& table);
  // Waits for the oldest such work and takes its segments; throws what it threw.
  void finish_staging();
  void finish_all_staging();
  void discard_staged(const Table& table) const;
  // Of the rows in memory with equal unique keys, the last ones stay.
  void drop_repeated_keys(Table& table);
  // Finds the rows that the new ones replace, and keeps them in place.
  void look_up(Turn& turn);
  // The commit is in the log: those after it find its rows.
  void end_turn(const Turn& turn, Lsn lsn);
  uint64_t memory_bytes() const;
  // Nothing to commit.
  bool is_empty() const;
  // One try: the record is made of the tables as they are laid out here. False when one was altered
  // meanwhile: nothing happened.
  bool commit_rows(Appender::Outcome& outcome);
  Appender::Logged log_rows();

  struct Staging {
    Table* table;
    uint64_t budget_bytes;
    std::future<std::vector<std::shared_ptr<Segment>>> segments;
  };

  TableStore::State& store;
  std::map<TableId, Table> tables;
  std::deque<Staging> staging;
  std::string key;
  TableId key_table;
  std::vector<SourcePosition> positions;
  uint64_t row_count = 0;
  uint64_t bytes = 0;
  bool ended = false;
  bool broken = false;
  // The log has them, or may have.
  bool keep_staged = false;
};

void InsertTransaction::State::require_usable() const {
  CHECK(!ended);
  if (broken) {
    throw Error(ErrorCode::UnfinishedCommit, "The INSERT failed before; its rows are given up");
  }
}

InsertTransaction::State::Table& InsertTransaction::State::table(TableId id,
                                                                 const TableDefinitionPtr& layout) {
  const auto found = tables.find(id);
  if (found != tables.end()) return found->second;
  TableHandlePtr handle = store.require_handle(id);
  return tables
      .try_emplace(id, std::move(handle), layout != nullptr ? layout : store.require_table(id))
      .first->second;
}

void InsertTransaction::State::catch_up(Table& table) {
  const TableColumnsPtr newest = store.live.columns(table.handle->id);
  if (newest == nullptr || newest->layout() == table.schema_checksum) return;
  finish_all_staging();
  // Staged segments are converted when read: their values must allow it.
  for (const auto& segment : table.staged) {
    const SegmentReader& reader = *segment->reader;
    for (const ColumnIndex column : newest->doubtful_casts(reader.schema())) {
      for (size_t block = 0; block < reader.block_count(); ++block) {
        read_segment_column(reader, *newest, column, block);
      }
    }
  }
  const Schema written = table.definition->file_schema();
  Memtable rows(newest->schema());
  for (const auto& chunk : table.rows.chunks()) {
    rows.append(std::make_shared<const Chunk>(newest->convert(*chunk, written)));
  }
  table.rows = std::move(rows);
  table.definition = newest->definition();
  table.schema = newest->schema();
  table.schema_checksum = newest->layout();
  table.unique_key = unique_key_columns(*table.definition);
}

uint64_t InsertTransaction::State::memory_bytes() const {
  uint64_t sum = 0;
  for (const auto& [id, table] : tables) sum += table.budget_bytes;
  return sum;
}

InsertTransaction::State::Table* InsertTransaction::State::largest_table() {
  Table* largest = nullptr;
  for (auto& [id, table] : tables) {
    if (table.rows.row_count() < kBlockRows) continue;
    if (largest == nullptr || table.budget_bytes > largest->budget_bytes) largest = &table;
  }
  return largest;
}

void InsertTransaction::State::take_memory(uint64_t wanted) {
  for (int waits = 0; !store.memory.try_grow(wanted);) {
    if (!staging.empty()) {
      finish_staging();
    } else if (Table* largest = largest_table()) {
      stage(*largest);
    } else if (++waits > kMemoryWaitsMax || !store.background ||
               !store.background->wait_for_memory()) {
      store.admission.refuse_memory(wanted);
    }
  }
}

// Partitions with few rows stay in memory, so that an insert into many partitions does not make as
// many small files each time; unless most rows are in such partitions.
void InsertTransaction::State::stage(Table& table) {
  const auto keys = table.handle->keys(table.definition, store.compiler);
  drop_repeated_keys(table);
  std::vector<SegmentBuilder::Part> parts = SegmentBuilder::split(*keys, table.rows.chunks());
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.row_count > b.row_count; });
  uint64_t left_rows = table.rows.row_count();
  const uint64_t left_rows_max = left_rows / 4;
  // Later rows replace staged ones of their key, so that no row of theirs may stay behind.
  size_t staged_count = table.unique_key.empty() ? 0 : parts.size();
  while (staged_count < parts.size() &&
         (parts[staged_count].row_count >= kBlockRows || left_rows > left_rows_max)) {
    left_rows -= parts[staged_count].row_count;
    ++staged_count;
  }
  const auto split = parts.begin() + static_cast<std::ptrdiff_t>(staged_count);
  std::vector<SegmentBuilder::Part> kept(std::make_move_iterator(split),
                                         std::make_move_iterator(parts.end()));
  parts.erase(split, parts.end());
  // Ids say which rows are newer, so they are given before workers take turns.
  for (SegmentBuilder::Part& part : parts) part.id = store.segment_ids.next();
  table.rows.clear();
  for (SegmentBuilder::Part& part : kept) {
    for (Chunk& chunk : part.chunks) {
      table.rows.append(std::make_shared<const Chunk>(std::move(chunk)));
    }
  }
  const uint64_t bytes_kept = std::min(table.rows.bytes(), table.budget_bytes);
  const uint64_t bytes_staged = table.budget_bytes - bytes_kept;
  table.budget_bytes = bytes_kept;

  // Shared, because tasks of the pool must be copyable.
  auto task = std::make_shared<std::packaged_task<std::vector<std::shared_ptr<Segment>>()>>(
      [&store = store, handle = table.handle, definition = table.definition, keys,
       parts = std::move(parts)]() mutable {
        return store.builder.build_parts(*definition, *keys, std::move(parts),
                                         [&] { return handle->dropped.load(); });
      });
  staging.push_back({&table, bytes_staged, task->get_future()});
  if (!store.staging_pool || !store.staging_pool->submit([task] { (*task)(); })) (*task)();
  if (!store.staging_pool) finish_staging();
  while (staging.size() > kStagingMax) finish_staging();
}

void InsertTransaction::State::finish_staging() {
  Staging oldest = std::move(staging.front());
  staging.pop_front();
  Table& table = *oldest.table;
  oldest.segments.wait();
  store.memory.shrink(oldest.budget_bytes);
  std::vector<std::shared_ptr<Segment>> built;
  try {
    built = oldest.segments.get();
  } catch (const Error&) {
    // The directory went with the table.
    if (!table.handle->dropped) throw;
  }
  for (auto& segment : built) {
    store.metrics.staged_bytes.add(segment->reader->file_bytes());
    table.staged.push_back(std::move(segment));
  }
  if (table.handle->dropped) {
    throw Error(ErrorCode::UnknownTable,
                "Table was dropped: " + table.definition->database + "." + table.definition->name);
  }
}

void InsertTransaction::State::finish_all_staging() {
  while (!staging.empty()) finish_staging();
}

void InsertTransaction::State::discard_staged(const Table& table) const {
  for (const auto& segment : table.staged) {
    store.builder.discard(table.handle->id, segment->id);
  }
}

std::unique_ptr<InsertTransaction> TableStore::begin_insert() {
  return std::unique_ptr<InsertTransaction>(
      new InsertTransaction(std::make_unique<InsertTransaction::State>(*state_)));
}

InsertTransaction::InsertTransaction(std::unique_ptr<State> state) : state_(std::move(state)) {}

InsertTransaction::~InsertTransaction() = default;

void InsertTransaction::append(TableId id, Chunk chunk) {
  append_rows(*state_, id, nullptr, std::move(chunk));
}

void InsertTransaction::append(const TableDefinitionPtr& layout, Chunk chunk) {
  append_rows(*state_, layout->id, layout, std::move(chunk));
}

void InsertTransaction::append_rows(State& state, TableId id, const TableDefinitionPtr& layout,
                                    Chunk chunk) {
  state.require_usable();
  // Until the end of this call: rows may get lost on the way when it throws.
  state.broken = true;
  State::Table& table = state.table(id, layout);
  if (layout != nullptr && layout != table.definition) {
    // Two definitions of one table in one INSERT: all rows become those of the newest.
    state.catch_up(table);
    const TableColumns columns(table.definition, &state.store.compiler);
    const Schema written = layout->file_schema();
    if (compute_schema_checksum(written) != columns.layout()) {
      chunk = columns.convert(chunk, written);
    }
  }
  CHECK(chunk.columns.size() == table.schema.size());
  if (chunk.row_count == 0) {
    state.broken = false;
    return;
  }
  for (ColumnIndex column = 0; column < chunk.columns.size(); ++column) {
    chunk.columns[column] = flat(chunk.columns[column]);
    CHECK(chunk.columns[column]->size() == chunk.row_count);
    CHECK(chunk.columns[column]->kind() == table.schema[column].type->kind());
  }
  table.handle->keys(table.definition, state.store.compiler)->require_computable(chunk);
  const uint64_t bytes = chunk.memory_bytes();
  state.take_memory(bytes);
  table.budget_bytes += bytes;
  state.row_count += chunk.row_count;
  state.bytes += bytes;
  table.rows.append(std::make_shared<const Chunk>(std::move(chunk)));

  const StoreOptions& options = state.store.options;
  if (table.rows.row_count() >= options.stage_rows_min) state.stage(table);
  if (state.memory_bytes() >= options.stage_bytes_min) {
    if (State::Table* largest = state.largest_table()) state.stage(*largest);
  }
  state.broken = false;
}

void InsertTransaction::set_idempotency_key(std::string key, TableId table) {
  state_->key = std::move(key);
  state_->key_table = table;
}

void InsertTransaction::set_source_position(SourcePosition position) {
  state_->positions.push_back(std::move(position));
}

void InsertTransaction::remove(TableId id, RowPlaces places, uint64_t generation) {
  State::Table& table = state_->table(id);
  table.deletes = std::move(places);
  table.generation = generation;
  table.is_mutated = true;
}

void InsertTransaction::prepare(bool flush_is_held) { state_->prepare(flush_is_held); }

CommitReceipt InsertTransaction::commit_prepared() { return state_->commit(); }

CommitReceipt InsertTransaction::commit() {
  state_->prepare(/*flush_is_held=*/false);
  return state_->commit();
}

bool InsertTransaction::State::is_empty() const {
  const bool has_deletes = std::any_of(
      tables.begin(), tables.end(), [](const auto& item) { return !item.second.deletes.empty(); });
  return row_count == 0 && !has_deletes && key.empty() && positions.empty();
}

void InsertTransaction::State::prepare(bool flush_is_held) {
  require_usable();
  ended = true;
  finish_all_staging();
  for (auto& [id, table] : tables) drop_repeated_keys(table);
  if (flush_is_held || is_empty()) return;
  std::set<TableId> written;
  for (auto& [id, table] : tables) {
    written.insert(id);
    if (table.staged.empty() || table.definition->merge_mode == MergeMode::Plain) continue;
    // Rows that are in the memtable now are older than the staged ones: they go to a segment that
    // is older, too, so that "the newer row wins" holds.
    store.flusher.flush(*table.handle, [] { return false; });
  }
  if (store.background &&
      !store.background->wait_for_room(written, store.options.commit_wait_ms_max)) {
    store.admission.refuse_backlog(written);
  }
}

void InsertTransaction::State::drop_repeated_keys(Table& table) {
  if (table.unique_key.empty()) return;
  const std::vector<std::shared_ptr<const Chunk>> chunks = table.rows.chunks();
  const std::vector<RowBitmapPtr> repeated = find_repeated_keys(chunks, table.unique_key);
  if (repeated.empty()) return;
  table.rows.clear();
  for (size_t index = 0; index < chunks.size(); ++index) {
    if (repeated[index] == nullptr) {
      table.rows.append(chunks[index]);
      continue;
    }
    std::vector<RowIndex> others;
    repeated[index]->append_others(chunks[index]->row_count, others);
    table.rows.append(std::make_shared<const Chunk>(chunks[index]->select(others)));
  }
}

void InsertTransaction::State::look_up(Turn& turn) {
  Table& table = *turn.table;
  TableHandle& handle = *table.handle;
  turn.placing.emplace(handle.gate.placing);
  // Rows in the log are found by their ordinals, but staged segments only once they are published.
  store.appender->wait_until_published(handle.gate.staged_through);
  table.generation = handle.generation;
  const TableVersion* version = nullptr;
  do {
    turn.snapshot = store.live.snapshot();
    version = turn.snapshot->find(handle.id);
    if (version == nullptr) throw_unknown_table(handle.id);
    // The rows are looked up with the columns that the table's rows have.
    catch_up(table);
  } while (version->columns->layout() != table.schema_checksum);
  UniqueKeys& keys = *handle.unique_keys;
  keys.begin(*version, *table.generation, *handle.keys(version->definition, store.compiler));
  const std::span<const std::shared_ptr<Segment>> staged = table.staged;
  for (size_t index = 0; index < staged.size(); ++index) {
    keys.find_replaced(*staged[index], staged.first(index));
  }
  keys.find_replaced(table.rows.chunks(), staged);
  table.deletes = keys.take_replaced();
  if (table.rows.row_count() > 0) table.first_row = keys.next_row();
}

void InsertTransaction::State::end_turn(const Turn& turn, Lsn lsn) {
  TableHandle& handle = *turn.table->handle;
  handle.unique_keys->add(turn.table->rows.chunks());
  handle.gate.logged_through = lsn;
  if (!turn.table->staged.empty()) handle.gate.staged_through = lsn;
}

Appender::Logged InsertTransaction::State::log_rows() {
  CommitRecord record;
  record.time_us = static_cast<uint64_t>(store.clock.wall_ns()) / 1000;
  record.idempotency_key = key;
  record.key_table = key_table;
  KeyWindow window;
  if (key_table != TableId()) window = key_window(*store.require_table(key_table));
  record.positions = positions;
  LiveTables::Commit commit;
  commit.positions = positions;
  std::vector<std::shared_ptr<Segment>> all_staged;
  for (const auto& [id, table] : tables) {
    CommitRecord::TableRows rows{.table = id,
                                 .schema_checksum = table.schema_checksum,
                                 .staged = {},
                                 .chunks = {},
                                 .deletes = table.deletes};
    LiveTables::Commit::Rows live_rows{.table = id,
                                       .chunks = table.rows.chunks(),
                                       .defaulted = {},
                                       .staged = {},
                                       .deletes = table.deletes,
                                       .generation = table.generation,
                                       .first_row = table.first_row,
                                       .budget_bytes = table.budget_bytes};
    rows.chunks = table.rows.chunks();
    for (const auto& segment : table.staged) {
      rows.staged.push_back({segment->id, segment->partition, segment->reader->row_count()});
      live_rows.staged.push_back(segment);
      all_staged.push_back(segment);
    }
    record.tables.push_back(std::move(rows));
    commit.tables.push_back(std::move(live_rows));
  }
  return store.appender->log(record, commit, all_staged, window);
}

bool InsertTransaction::State::commit_rows(Appender::Outcome& outcome) {
  for (auto& [id, table] : tables) catch_up(table);
  // In the order of ids, as everyone takes them; who waits for a mutation keeps no rows in place.
  std::vector<Turn> turns;
  for (auto& [id, table] : tables) {
    const bool replaces = table.handle->unique_keys != nullptr && !table.is_mutated;
    if (!replaces || !table.has_rows()) continue;
    turns.push_back({&table, FairLock(table.handle->gate.mutating), std::nullopt, nullptr});
  }
  for (Turn& turn : turns) look_up(turn);
  Appender::Logged logged = log_rows();
  if (logged.outcome.outdated) return false;
  if (!logged.outcome.duplicate) {
    for (const Turn& turn : turns) end_turn(turn, logged.outcome.lsn);
    // Should it never become durable, no row of the table may be moved before the next start.
    for (auto& [id, table] : tables) {
      if (table.is_mutated) table.handle->gate.logged_through = logged.outcome.lsn;
    }
  }
  // The next one may look for its rows while these are being made durable.
  turns.clear();
  outcome = store.appender->finish(std::move(logged));
  return true;
}

CommitReceipt InsertTransaction::State::commit() {
  CommitReceipt receipt{.lsn = store.live.lsn(), .rows = row_count, .bytes = bytes};
  if (is_empty()) return receipt;
  const auto give_away = [&] {
    keep_staged = true;
    for (auto& [id, table] : tables) table.budget_bytes = 0;
  };
  Appender::Outcome outcome;
  try {
    while (!commit_rows(outcome)) {
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::CannotFsync) give_away();
    throw;
  }
  receipt.lsn = outcome.lsn;
  receipt.duplicate = outcome.duplicate;
  if (outcome.duplicate) {
    receipt.rows = 0;
    receipt.bytes = 0;
    return receipt;
  }
  give_away();
  store.metrics.rows_inserted.add(receipt.rows);
  store.metrics.bytes_inserted.add(receipt.bytes);
  std::set<TableId> written;
  for (const auto& [id, table] : tables) written.insert(id);
  if (store.background) store.background->committed(written);
  return receipt;
}

}  // namespace freshet
