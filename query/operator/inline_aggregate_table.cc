#include "query/operator/inline_aggregate_table.h"

#include <cstring>
#include <utility>

#include "query/operator/packed_hash.h"

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

  void clear() {
    slots_ = std::vector<Slot>();
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

 public:
  InlineAggregateTable(const GroupKey& key, const StateLayout& layout)
      : key_(key), layout_(layout), parts_(1) {}

  void find_or_insert(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    pack(columns, row_count);
    // When slots have moved, rows found before are looked up again: they are all there then.
    while (look_up<true>(row_count, rows)) {
    }
  }
  void find(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    pack(columns, row_count);
    look_up<false>(row_count, rows);
  }

  uint64_t group_count() const override {
    uint64_t count = 0;
    for (const Part& part : parts_) count += part.size();
    return count;
  }
  uint64_t memory_bytes() const override {
    uint64_t bytes = 0;
    for (const Part& part : parts_) bytes += part.memory_bytes();
    return bytes;
  }
  size_t partition_count() const override { return parts_.size(); }

  void split() override {
    if (parts_.size() != 1) return;
    Part whole = std::move(parts_[0]);
    parts_ = std::vector<Part>(kPartitionCount);
    for_each(whole, [&](Slot& slot) { take(part_of(hash_packed(slot.key)), slot); });
  }

  void merge_partition(AggregateTable& other_table, size_t partition) override {
    Part& from = static_cast<InlineAggregateTable&>(other_table).parts_[partition];
    Part& into = parts_[partition];
    if (into.size() == 0) {
      std::swap(into, from);
      return;
    }
    for_each(
        from, [&](Slot& slot) { take(into, slot); }, &into);
    from.clear();
  }

  std::vector<ColumnPtr> read_partition(size_t partition, size_t& cursor, size_t count,
                                        std::vector<char*>& rows) const override {
    // States are read where they are; reading changes none.
    Part& part = const_cast<Part&>(parts_[partition]);
    const std::span<Slot> slots = part.slots();
    Buffer<Key> keys;
    rows.clear();
    for (; cursor < slots.size() && rows.size() < count; ++cursor) {
      if (slots[cursor].key == 0) continue;
      keys.push_back(slots[cursor].key);
      rows.push_back(slots[cursor].row());
    }
    if (cursor == slots.size() && rows.size() < count) {
      if (part.has_zero()) {
        keys.push_back(0);
        rows.push_back(part.zero().row());
      }
      ++cursor;
    }
    return key_.unpack(keys);
  }

 private:
  void pack(std::span<const ColumnPtr> columns, size_t row_count) {
    key_.pack(columns, row_count, keys_);
    hashes_.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) hashes_[i] = hash_packed(keys_[i]);
  }

  Part& part_of(uint64_t hash) {
    return parts_.size() == 1 ? parts_[0] : parts_[partition_of_hash(hash)];
  }

  // True: slots have moved since rows were noted.
  template <bool kInsert>
  bool look_up(size_t row_count, char** rows) {
    bool moved = false;
    const bool prefetch = parts_.size() != 1 || parts_[0].is_large();
    for (size_t i = 0; i < row_count; ++i) {
      if (prefetch && i + kPrefetchDistance < row_count) {
        const uint64_t ahead = hashes_[i + kPrefetchDistance];
        part_of(ahead).prefetch(ahead);
      }
      // Rows of one key often follow each other.
      if (i != 0 && keys_[i] == keys_[i - 1]) {
        rows[i] = rows[i - 1];
        continue;
      }
      if constexpr (kInsert) {
        bool is_new = false;
        Slot* slot = part_of(hashes_[i]).find_or_insert(keys_[i], hashes_[i], is_new, moved);
        if (is_new) layout_.create(slot->row());
        rows[i] = slot->row();
      } else {
        Slot* slot = part_of(hashes_[i]).find(keys_[i], hashes_[i]);
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
      layout_.merge(slot->row(), from.row());
    }
  }

  const GroupKey& key_;
  const StateLayout& layout_;
  std::vector<Part> parts_;
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
