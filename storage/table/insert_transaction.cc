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
          rows(schema) {}

    TableHandlePtr handle;
    TableDefinitionPtr definition;
    Schema schema;
    uint64_t schema_checksum;
    Memtable rows;  // those that are not staged
    uint64_t budget_bytes = 0;
    std::vector<std::shared_ptr<Segment>> staged;
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
  uint64_t memory_bytes() const;
  // One try: the record is made of the tables as they are laid out here.
  Appender::Outcome commit_rows();

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
  std::vector<SegmentBuilder::Part> parts = SegmentBuilder::split(*keys, table.rows.chunks());
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.row_count > b.row_count; });
  uint64_t left_rows = table.rows.row_count();
  const uint64_t left_rows_max = left_rows / 4;
  size_t staged_count = 0;
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

Appender::Outcome InsertTransaction::State::commit_rows() {
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
    CommitRecord::TableRows rows{
        .table = id, .schema_checksum = table.schema_checksum, .staged = {}, .chunks = {}};
    LiveTables::Commit::Rows live_rows{.table = id,
                                       .chunks = table.rows.chunks(),
                                       .defaulted = {},
                                       .staged = {},
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
  return store.appender->commit(record, commit, all_staged, window);
}

CommitReceipt InsertTransaction::commit() {
  State& state = *state_;
  TableStore::State& store = state.store;
  state.require_usable();
  state.ended = true;
  state.finish_all_staging();
  CommitReceipt receipt{.lsn = store.live.lsn(), .rows = state.row_count, .bytes = state.bytes};
  if (state.row_count == 0 && state.key.empty() && state.positions.empty()) return receipt;

  std::set<TableId> tables;
  for (auto& [id, table] : state.tables) {
    tables.insert(id);
    if (table.staged.empty() || table.definition->merge_mode == MergeMode::Plain) continue;
    // Rows that are in the memtable now are older than the staged ones: they go to a segment that
    // is older, too, so that "the newer row wins" holds.
    store.flusher.flush(*table.handle, [] { return false; });
  }
  if (store.background &&
      !store.background->wait_for_room(tables, store.options.commit_wait_ms_max)) {
    store.admission.refuse_backlog(tables);
  }

  const auto give_away = [&] {
    state.keep_staged = true;
    for (auto& [id, table] : state.tables) table.budget_bytes = 0;
  };
  Appender::Outcome outcome;
  do {
    for (auto& [id, table] : state.tables) state.catch_up(table);
    try {
      outcome = state.commit_rows();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::CannotFsync) give_away();
      throw;
    }
  } while (outcome.outdated);
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
  if (store.background) store.background->committed(tables);
  return receipt;
}

}  // namespace freshet
