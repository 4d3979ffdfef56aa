#include "query/operator/inline_aggregate_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "query/operator/group_runs.h"
#include "query/operator/packed_hash.h"
#include "storage/base/check.h"

namespace freshet {

namespace {

constexpr size_t kSlotsMin = 256;

template <class Key, size_t kStateWords>
struct InlineSlot {
  Key key;
  uint64_t states[kStateWords];

  char* row() { return reinterpret_cast<char*>(states); }
};

// Open addressing with linear probing, at most half full.
template <class Slot>
class InlineSlots {
 public:
  using Key = decltype(Slot::key);

  // Groups, the one of key 0 among them.
  size_t size() const { return used_ + (has_zero_ ? 1 : 0); }
  std::span<Slot> slots() { return slots_; }
  bool has_zero() const { return has_zero_; }
  Slot& zero() { return zero_; }
  uint64_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }
  size_t capacity() const { return slots_.size(); }
  bool is_large() const { return slots_.size() * sizeof(Slot) >= kPrefetchBytesMin; }
  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask()]);
  }

  // Null: not there.
  Slot* find(Key key, uint64_t hash) {
    if (key == 0) return has_zero_ ? &zero_ : nullptr;
    if (slots_.empty()) return nullptr;
    for (size_t index = hash & mask();; index = (index + 1) & mask()) {
      if (slots_[index].key == key) return &slots_[index];
      if (slots_[index].key == 0) return nullptr;
    }
  }

  // `is_new`: the states are all zero bytes. `moved` is set when other slots have moved.
  Slot* find_or_insert(Key key, uint64_t hash, bool& is_new, bool& moved) {
    if (key == 0) {
      is_new = !has_zero_;
      has_zero_ = true;
      return &zero_;
    }
    if (slots_.empty()) slots_.resize(kSlotsMin);
    size_t index = hash & mask();
    for (; slots_[index].key != 0; index = (index + 1) & mask()) {
      if (slots_[index].key == key) {
        is_new = false;
        return &slots_[index];
      }
    }
    is_new = true;
    if ((used_ + 1) * 2 > slots_.size()) {
      resize(slots_.size() * (slots_.size() < 65536 ? 4 : 2));
      moved = true;
      index = free_index(hash);
    }
    ++used_;
    slots_[index].key = key;
    return &slots_[index];
  }

  // Keeps the memory.
  void clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    used_ = 0;
    has_zero_ = false;
    zero_ = Slot{};
  }

 private:
  // Below this the slots sit in the cache anyway.
  static constexpr size_t kPrefetchBytesMin = 256 * 1024;

  size_t mask() const { return slots_.size() - 1; }
  size_t free_index(uint64_t hash) const {
    size_t index = hash & mask();
    while (slots_[index].key != 0) index = (index + 1) & mask();
    return index;
  }
  void resize(size_t slot_count) {
    std::vector<Slot> old(slot_count);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) slots_[free_index(hash_packed(slot.key))] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
  bool has_zero_ = false;
  Slot zero_{};
};

template <class Key, size_t kStateWords>
class InlineAggregateTable final : public AggregateTable {
  using Slot = InlineSlot<Key, kStateWords>;
  using Part = InlineSlots<Slot>;
  using Runs = GroupRuns<Slot>;
  // See MergedGroups.
  struct Form {
    const StateLayout& layout;

    uint64_t hash_of(const Slot& slot) const { return hash_packed(slot.key); }
    bool equal(const Slot& a, const Slot& b) const { return a.key == b.key; }
    void merge(Slot& into, Slot& from) const {
      if (layout.merges_by_adding()) {
        for (size_t i = 0; i < kStateWords; ++i) into.states[i] += from.states[i];
      } else {
        layout.merge(into.row(), from.row());
      }
    }
    // States of a slot own nothing.
    void forget(Slot&) const {}
  };

 public:
  InlineAggregateTable(const GroupKey& key, const StateLayout& layout)
      : key_(key), layout_(layout) {}

  void find_or_insert(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    pack(columns, row_count);
    if (rows_without_lookup_ != 0) {
      add_groups(row_count, rows);
      return;
    }
    rows_looked_up_ += row_count;
    // When slots have moved, rows found before are looked up again: they are all there then.
    while (look_up<true>(row_count, rows)) {
    }
  }
  void find(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    pack(columns, row_count);
    look_up<false>(row_count, rows);
  }

  uint64_t group_count() const override {
    uint64_t count = slots_.size();
    count += runs_.size();
    for (const auto& part : merged_) count += part.size();
    return count;
  }
  uint64_t memory_bytes() const override {
    uint64_t bytes = slots_.memory_bytes();
    bytes += runs_.memory_bytes();
    for (const auto& part : merged_) bytes += part.memory_bytes();
    return bytes;
  }
  bool is_full() const override { return hash_is_full(layout_, hash_use()); }
  size_t partition_count() const override { return runs_.empty() ? 1 : kPartitionCount; }

  void split() override {
    if (runs_.empty()) runs_.open();
    merged_.resize(kPartitionCount);
    for_each(slots_, [&](const Slot& slot) {
      runs_.append(partition_of_hash(hash_packed(slot.key)), slot);
    });
    rows_without_lookup_ = lookups_were_useless(hash_use()) ? kRowsWithoutLookup : 0;
    slots_.clear();
    rows_looked_up_ = 0;
  }

  void merge_partition(std::span<AggregateTable* const> others, size_t partition) override {
    if (runs_.empty()) {
      for (AggregateTable* other : others) {
        Part& from = static_cast<InlineAggregateTable&>(*other).slots_;
        for_each(
            from, [&](Slot& slot) { take(slots_, slot); }, &slots_);
        from.clear();
      }
      return;
    }
    std::vector<Runs*> runs{&runs_};
    for (AggregateTable* other : others) {
      runs.push_back(&static_cast<InlineAggregateTable&>(*other).runs_);
    }
    merged_[partition].take(runs, partition, group_count_estimate_, Form{layout_});
  }
  void release_partition(size_t partition) override {
    if (merged_.empty()) {
      slots_ = {};
    } else {
      merged_[partition] = {};
    }
  }

  void read_groups(size_t partition, size_t& cursor, size_t count,
                   GroupList& groups) const override {
    // States are read where they are; reading changes none.
    auto& table = const_cast<InlineAggregateTable&>(*this);
    groups.clear();
    size_t skip = cursor;
    // Whether a slot is a group's is not told by its key where the key may be 0.
    const auto read = [&](std::span<Slot> slots, bool all_used) {
      if (skip >= slots.size()) {
        skip -= slots.size();
        return;
      }
      for (size_t i = std::exchange(skip, 0); i < slots.size() && groups.rows.size() < count; ++i) {
        ++cursor;
        if (slots[i].key == 0 && !all_used) continue;
        groups.rows.push_back(slots[i].row());
        groups.slots.push_back(&slots[i]);
      }
    };
    if (runs_.empty()) {
      read(table.slots_.slots(), false);
      if (table.slots_.has_zero()) read({&table.slots_.zero(), 1}, true);
    } else {
      table.runs_.for_each_block(partition, [&](std::span<Slot> block) { read(block, true); });
      read(table.merged_[partition].slots(), true);
    }
  }

  std::vector<ColumnPtr> keys_of(const GroupList& groups) const override {
    Buffer<Key> keys(groups.slots.size());
    for (size_t i = 0; i < keys.size(); ++i)
      keys[i] = static_cast<const Slot*>(groups.slots[i])->key;
    return key_.unpack(keys);
  }

 private:
  void pack(std::span<const ColumnPtr> columns, size_t row_count) {
    key_.pack(columns, row_count, keys_);
    hashes_.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) hashes_[i] = hash_packed(keys_[i]);
  }

  // Each row becomes a group of its own in the runs, unless it follows one of the same key.
  void add_groups(size_t row_count, char** rows) {
    rows_without_lookup_ -= std::min<uint64_t>(rows_without_lookup_, row_count);
    for (size_t i = 0; i < row_count; ++i) {
      if (i != 0 && keys_[i] == keys_[i - 1]) {
        rows[i] = rows[i - 1];
        continue;
      }
      Slot& slot = runs_.append(partition_of_hash(hashes_[i]), Slot{keys_[i], {}});
      if (!layout_.zero_is_empty()) layout_.create(slot.row());
      rows[i] = slot.row();
    }
  }

  HashUse hash_use() const {
    return {rows_looked_up_, slots_.size(), slots_.capacity(), sizeof(Slot)};
  }

  // True: slots have moved since rows were noted.
  template <bool kInsert>
  bool look_up(size_t row_count, char** rows) {
    bool moved = false;
    const bool prefetch = slots_.is_large();
    for (size_t i = 0; i < row_count; ++i) {
      if (prefetch && i + kPrefetchDistance < row_count) {
        slots_.prefetch(hashes_[i + kPrefetchDistance]);
      }
      // Rows of one key often follow each other.
      if (i != 0 && keys_[i] == keys_[i - 1]) {
        rows[i] = rows[i - 1];
        continue;
      }
      if constexpr (kInsert) {
        bool is_new = false;
        Slot* slot = slots_.find_or_insert(keys_[i], hashes_[i], is_new, moved);
        if (is_new && !layout_.zero_is_empty()) layout_.create(slot->row());
        rows[i] = slot->row();
      } else {
        Slot* slot = slots_.find(keys_[i], hashes_[i]);
        rows[i] = slot == nullptr ? nullptr : slot->row();
      }
    }
    return moved;
  }

  // Slots ahead are prefetched in `target`, where the callback is going to look.
  template <class Callback>
  static void for_each(Part& part, const Callback& callback, const Part* target = nullptr) {
    const std::span<Slot> slots = part.slots();
    for (size_t i = 0; i < slots.size(); ++i) {
      if (target != nullptr && i + kPrefetchDistance < slots.size()) {
        target->prefetch(hash_packed(slots[i + kPrefetchDistance].key));
      }
      if (slots[i].key != 0) callback(slots[i]);
    }
    if (part.has_zero()) callback(part.zero());
  }

  void take(Part& into, Slot& from) {
    bool is_new = false;
    bool moved = false;
    Slot* slot = into.find_or_insert(from.key, hash_packed(from.key), is_new, moved);
    if (is_new) {
      std::memcpy(slot->states, from.states, sizeof(from.states));
    } else {
      Form{layout_}.merge(*slot, from);
    }
  }

  const GroupKey& key_;
  const StateLayout& layout_;
  Part slots_;
  uint64_t rows_looked_up_ = 0;  // since the hash table was empty
  uint64_t rows_without_lookup_ = 0;
  // By partition, once split.
  Runs runs_;
  std::vector<MergedGroups<Slot>> merged_;
  GroupCountEstimate group_count_estimate_;
  Buffer<Key> keys_;
  Buffer<uint64_t> hashes_;
};

template <class Key>
std::unique_ptr<AggregateTable> make_for_key(const GroupKey& key, const StateLayout& layout) {
  switch (layout.row_bytes()) {
    case 8:
      return std::make_unique<InlineAggregateTable<Key, 1>>(key, layout);
    case 16:
      return std::make_unique<InlineAggregateTable<Key, 2>>(key, layout);
    case 24:
      return std::make_unique<InlineAggregateTable<Key, 3>>(key, layout);
    case 32:
      return std::make_unique<InlineAggregateTable<Key, 4>>(key, layout);
    // Wider slots lose by what growing copies more than they win by what looking up saves.
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<AggregateTable> make_inline_aggregate_table(const GroupKey& key,
                                                            const StateLayout& layout) {
  if (layout.owns_memory() || layout.alignment() > alignof(uint64_t)) return nullptr;
  if (key.packed_bytes() <= kDirectKeyBytesMax) return nullptr;
  switch (key.form()) {
    case KeyForm::Packed64:
      return make_for_key<uint64_t>(key, layout);
    case KeyForm::Packed128:
      return make_for_key<UInt128>(key, layout);
    default:
      return nullptr;
  }
}

}  // namespace freshet
