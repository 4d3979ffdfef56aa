#include "storage/table/mutation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/base/check.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

// Rows of the table may become other rows, which cannot be followed.
bool merges_rows(const TableDefinition& table) {
  return table.merge_mode != MergeMode::Plain ||
         std::ranges::any_of(table.ttl_rules,
                             [](const TtlRule& rule) { return !rule.group_by.empty(); });
}

}  // namespace

struct Mutation::State {
  State(TableStore::State& table_store, TableId table, std::unique_ptr<InsertTransaction> rows);
  ~State();

  // Keeps rows that may be merged from being moved at all.
  void hold_flush_and_merge();
  RowPlaces places() const;

  TableStore::State& store;
  const TableHandlePtr handle;
  // In this order; let go in the opposite one.
  const FairLock mutating;
  std::optional<FairLock> flush_held;
  std::optional<FairLock> merge_held;
  SnapshotPtr snapshot;
  const TableVersion* version = nullptr;
  uint64_t generation = 0;
  std::vector<RowSetBuilder> removed;  // by part
  std::unique_ptr<InsertTransaction> insert;
};

Mutation::State::State(TableStore::State& table_store, TableId table,
                       std::unique_ptr<InsertTransaction> rows)
    : store(table_store),
      handle(store.require_handle(table)),
      mutating(handle->gate.mutating),
      insert(std::move(rows)) {
  if (merges_rows(*store.require_table(table))) hold_flush_and_merge();
  const FairLock placing = hold_places(*handle, store.appender.get());
  generation = handle->generation;
  snapshot = store.live.snapshot();
  version = snapshot->find(table);
  if (version == nullptr) throw_unknown_table(table);
  removed.resize(version->segments.size() + version->memtable.size());
  handle->gate.moves.clear();
  handle->gate.keep_moves = true;
}

Mutation::State::~State() {
  const FairLock placing(handle->gate.placing);
  handle->gate.keep_moves = false;
  handle->gate.moves.clear();
}

void Mutation::State::hold_flush_and_merge() {
  flush_held.emplace(handle->flush_mutex);
  // Rows of the memtable stay older than those that a large UPDATE stages.
  store.flusher.flush_held(*handle, [] { return false; });
  merge_held.emplace(handle->merge_mutex);
}

RowPlaces Mutation::State::places() const {
  RowPlaces places;
  const size_t segment_count = version->segments.size();
  for (size_t part = 0; part < segment_count; ++part) {
    if (removed[part].count() == 0) continue;
    places.segments[version->segments[part]->id] = RowSetBuilder(removed[part]).take();
  }
  uint64_t first = version->memtable_first;
  for (size_t index = 0; index < version->memtable.size(); ++index) {
    const RowSet rows = RowSetBuilder(removed[segment_count + index]).take();
    rows.for_each([&](uint64_t row) { places.memtable.push_back(first + row); });
    first += version->memtable[index]->row_count;
  }
  return places;
}

std::unique_ptr<Mutation> TableStore::begin_mutation(TableId table) {
  auto state = std::make_unique<Mutation::State>(*state_, table, begin_insert());
  return std::unique_ptr<Mutation>(new Mutation(std::move(state)));
}

Mutation::Mutation(std::unique_ptr<State> state) : state_(std::move(state)) {}

Mutation::~Mutation() = default;

const SnapshotPtr& Mutation::snapshot() const { return state_->snapshot; }

const TableVersion& Mutation::table() const { return *state_->version; }

void Mutation::remove(size_t part, uint64_t row) {
  CHECK(part < state_->removed.size());
  state_->removed[part].add(row);
}

uint64_t Mutation::removed_count() const {
  uint64_t count = 0;
  for (const RowSetBuilder& rows : state_->removed) count += rows.count();
  return count;
}

void Mutation::append(Chunk rows) {
  state_->insert->append(state_->version->definition, std::move(rows));
}

CommitReceipt Mutation::commit() {
  State& state = *state_;
  state.insert->prepare(/*flush_is_held=*/state.flush_held.has_value());
  RowPlaces places = state.places();
  const FairLock placing(state.handle->gate.placing);
  for (const auto& move : state.handle->gate.moves) places = move->follow(places);
  state.insert->remove(state.version->definition->id, std::move(places), state.generation);
  return state.insert->commit_prepared();
}

}  // namespace freshet
