#include "query/operator/aggregate_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "query/operator/group_runs.h"
#include "query/operator/inline_aggregate_table.h"
#include "query/operator/packed_hash.h"
#include "storage/base/check.h"
#include "storage/base/hash.h"
#include "storage/base/short_bytes.h"
#include "storage/column/row_hash.h"
#include "storage/column/string_column.h"

namespace freshet {

StateLayout::StateLayout(std::vector<AggregateFunctionPtr> functions, size_t header_bytes)
    : functions_(std::move(functions)), header_bytes_(header_bytes), row_bytes_(header_bytes) {
  for (const AggregateFunctionPtr& function : functions_) {
    const size_t alignment = std::max<size_t>(1, function->state_alignment());
    alignment_ = std::max(alignment_, alignment);
    row_bytes_ = (row_bytes_ + alignment - 1) / alignment * alignment;
    offsets_.push_back(row_bytes_);
    row_bytes_ += function->state_bytes();
    zero_is_empty_ = zero_is_empty_ && function->zero_is_empty();
    merges_by_adding_ = merges_by_adding_ && function->merges_by_adding();
    owns_memory_ = owns_memory_ || function->owns_memory();
  }
  row_bytes_ = std::max<size_t>(8, (row_bytes_ + 7) / 8 * 8);
}

void StateLayout::create(char* row) const {
  if (zero_is_empty_) {
    std::memset(row + header_bytes_, 0, row_bytes_ - header_bytes_);
    return;
  }
  for (size_t i = 0; i < functions_.size(); ++i) functions_[i]->create(row + offsets_[i]);
}

void StateLayout::destroy(char* row) const {
  for (size_t i = 0; i < functions_.size(); ++i) {
    if (functions_[i]->owns_memory()) functions_[i]->destroy(row + offsets_[i]);
  }
}

void StateLayout::merge(char* into, char* from) const {
  if (merges_by_adding_) {
    for (size_t at = header_bytes_; at < row_bytes_; at += sizeof(uint64_t)) {
      uint64_t word = 0;
      uint64_t more = 0;
      std::memcpy(&word, into + at, sizeof(word));
      std::memcpy(&more, from + at, sizeof(more));
      word += more;
      std::memcpy(into + at, &word, sizeof(word));
    }
    return;
  }
  for (size_t i = 0; i < functions_.size(); ++i) {
    functions_[i]->merge(into + offsets_[i], from + offsets_[i]);
  }
}

void GroupList::clear() {
  rows.clear();
  slots.clear();
}

void GroupList::keep(std::span<const RowIndex> chosen) {
  for (size_t i = 0; i < chosen.size(); ++i) {
    rows[i] = rows[chosen[i]];
    slots[i] = slots[chosen[i]];
  }
  rows.resize(chosen.size());
  slots.resize(chosen.size());
}

std::vector<ColumnPtr> AggregateTable::read_partition(size_t partition, size_t& cursor,
                                                      size_t count,
                                                      std::vector<char*>& rows) const {
  GroupList groups;
  read_groups(partition, cursor, count, groups);
  std::vector<ColumnPtr> keys = keys_of(groups);
  rows = std::move(groups.rows);
  return keys;
}

bool hash_is_full(const StateLayout& layout, const HashUse& use) {
  constexpr size_t kSecondLevelBytes = size_t{256} << 10;
  constexpr size_t kLastLevelBytes = size_t{4} << 20;
  constexpr uint64_t kRowsPerGroupMin = 8;
  const size_t bytes = use.capacity * use.slot_bytes;
  if (bytes < kSecondLevelBytes || use.groups <= use.capacity / 8 * 3) return false;
  if (bytes >= kLastLevelBytes) return true;
  return !layout.owns_memory() && use.rows < kRowsPerGroupMin * use.groups;
}

bool lookups_were_useless(const HashUse& use) { return use.rows < 3 * use.groups; }

size_t key_header_bytes(const GroupKey& key) {
  return key.form() == KeyForm::Text || key.form() == KeyForm::Bytes ? sizeof(ByteKey) : 0;
}

namespace {

// Tables below this many slots sit in the cache anyway.
constexpr size_t kPrefetchSlotsMin = 16 * 1024;

template <class Key>
struct PackedSlot {
  Key key;
  char* row;
};

// Open addressing with linear probing, at most half full. An empty slot has no row.
template <class Slot>
class SlotArray {
 public:
  size_t size() const { return size_; }
  size_t capacity() const { return slots_.size(); }
  std::span<Slot> slots() { return slots_; }
  std::span<const Slot> slots() const { return slots_; }

  // Makes room for one more. `hash_of(slot)` places the slots again.
  template <class HashOf>
  void reserve_one(const HashOf& hash_of) {
    if ((size_ + 1) * 2 <= slots_.size()) return;
    const size_t capacity =
        slots_.empty() ? kSlotsMin : slots_.size() * (slots_.size() < 65536 ? 4 : 2);
    std::vector<Slot> old(capacity, Slot{});
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.row == nullptr) continue;
      size_t index = hash_of(slot) & mask();
      while (slots_[index].row != nullptr) index = (index + 1) & mask();
      slots_[index] = slot;
    }
  }
  size_t mask() const { return slots_.size() - 1; }
  void count_one() { ++size_; }
  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask()]);
  }
  // Keeps the memory.
  void clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    size_ = 0;
  }
  uint64_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr size_t kSlotsMin = 256;

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

// What all key forms share: rows in an arena, a hash table of slots, runs, merging.
// `Form` gives: Slot, hash_of(slot), equal(slot a, slot b, layout), row_bytes(slot, layout).
template <class Form>
class PartitionedTable : public AggregateTable {
 protected:
  using Slot = typename Form::Slot;
  using Runs = GroupRuns<Slot>;
  // See MergedGroups.
  struct Merging {
    const StateLayout& layout;

    uint64_t hash_of(const Slot& slot) const { return Form::hash_of(slot); }
    bool equal(const Slot& a, const Slot& b) const { return Form::equal(a, b, layout); }
    void merge(Slot& into, Slot& from) const { merge_rows(into.row, from.row); }
    void merge_rows(char* into, char* from) const {
      layout.merge(into, from);
      if (layout.owns_memory()) layout.destroy(from);
    }
    void forget(Slot& slot) const { slot.row = nullptr; }
  };

 public:
  explicit PartitionedTable(const StateLayout& layout) : layout_(layout) {}
  ~PartitionedTable() override {
    if (!layout_.owns_memory()) return;
    destroy(slots_.slots());
    runs_.for_each_block([this](std::span<Slot> block) { destroy(block); });
    for (auto& part : merged_) destroy(part.slots());
  }

  uint64_t group_count() const override {
    uint64_t count = slots_.size();
    count += runs_.size();
    for (const auto& part : merged_) count += part.size();
    return count;
  }
  uint64_t memory_bytes() const override {
    uint64_t bytes = arena_.bytes_reserved() + slots_.memory_bytes();
    for (const Arena& arena : arenas_) bytes += arena.bytes_reserved();
    bytes += runs_.memory_bytes();
    for (const auto& part : merged_) bytes += part.memory_bytes();
    return bytes;
  }
  bool is_full() const override { return hash_is_full(layout_, hash_use()); }
  size_t partition_count() const override { return runs_.empty() ? 1 : kPartitionCount; }

  void split() override {
    if (runs_.empty()) runs_.open();
    merged_.resize(kPartitionCount);
    // Rows of one partition then lie one after the other, and the arena stays in the cache.
    const bool move_rows = !layout_.owns_memory() && !remembers_rows();
    if (move_rows) arenas_.resize(kPartitionCount);
    const std::span<const Slot> slots = slots_.slots();
    for (size_t i = 0; i < slots.size(); ++i) {
      if (move_rows && i + kPrefetchDistance < slots.size()) {
        __builtin_prefetch(slots[i + kPrefetchDistance].row);
      }
      if (slots[i].row == nullptr) continue;
      Slot slot = slots[i];
      const size_t partition = partition_of_hash(Form::hash_of(slot));
      if (move_rows) {
        const size_t bytes = Form::row_bytes(slot, layout_);
        char* row = arenas_[partition].allocate(bytes, 16);
        std::memcpy(row, slot.row, bytes);
        slot.row = row;
      }
      runs_.append(partition, slot);
    }
    if (move_rows) arena_.rewind();
    rows_without_lookup_ = move_rows && lookups_were_useless(hash_use()) ? kRowsWithoutLookup : 0;
    slots_.clear();
    rows_looked_up_ = 0;
  }

  void merge_partition(std::span<AggregateTable* const> others, size_t partition) override {
    if (runs_.empty()) {
      for (AggregateTable* other : others) {
        auto& from = static_cast<PartitionedTable&>(*other).slots_;
        take(from.slots(), slots_);
        from.clear();
      }
      return;
    }
    std::vector<Runs*> runs{&runs_};
    for (AggregateTable* other : others) {
      runs.push_back(&static_cast<PartitionedTable&>(*other).runs_);
    }
    merged_[partition].take(runs, partition, group_count_estimate_, Merging{layout_});
  }
  void release_partition(size_t partition) override {
    if (merged_.empty()) {
      if (layout_.owns_memory()) destroy(slots_.slots());
      slots_ = {};
    } else {
      if (layout_.owns_memory()) destroy(merged_[partition].slots());
      merged_[partition] = {};
    }
  }

  void read_groups(size_t partition, size_t& cursor, size_t count,
                   GroupList& groups) const override {
    groups.clear();
    size_t skip = cursor;
    const auto read = [&](std::span<const Slot> slots) {
      if (skip >= slots.size()) {
        skip -= slots.size();
        return;
      }
      for (size_t i = std::exchange(skip, 0); i < slots.size() && groups.rows.size() < count; ++i) {
        ++cursor;
        if (slots[i].row == nullptr) continue;
        groups.rows.push_back(slots[i].row);
        groups.slots.push_back(&slots[i]);
      }
    };
    if (runs_.empty()) {
      read(slots_.slots());
    } else {
      const_cast<Runs&>(runs_).for_each_block(partition, read);
      read(const_cast<MergedGroups<Slot>&>(merged_[partition]).slots());
    }
  }

 protected:
  static const Slot& slot_at(const GroupList& groups, size_t index) {
    return *static_cast<const Slot*>(groups.slots[index]);
  }
  // Whether the table has noted rows elsewhere than in slots, so that they must stay in place.
  virtual bool remembers_rows() const = 0;

  bool is_large() const { return slots_.capacity() >= kPrefetchSlotsMin; }

  // Whether the next rows are to be put by add_group() without a lookup. Counts them.
  bool skips_lookup(size_t row_count) {
    if (rows_without_lookup_ == 0 || remembers_rows()) {
      rows_looked_up_ += row_count;
      return false;
    }
    rows_without_lookup_ -= std::min<uint64_t>(rows_without_lookup_, row_count);
    return true;
  }
  // A row of `bytes` bytes of a partition's arena, of a group that may be there already. `slot` is
  // the group's, without the row. Its states are empty.
  char* add_group(Slot slot, size_t bytes) {
    const size_t partition = partition_of_hash(Form::hash_of(slot));
    slot.row = arenas_[partition].allocate(bytes, 16);
    __builtin_prefetch(slot.row + bytes + kBufferAlignment, 1);
    layout_.create(slot.row);
    runs_.append(partition, slot);
    return slot.row;
  }

  const StateLayout& layout_;
  Arena arena_;
  SlotArray<Slot> slots_;

 private:
  void destroy(std::span<Slot> slots) {
    for (Slot& slot : slots) {
      if (slot.row != nullptr) layout_.destroy(slot.row);
    }
  }

  void take(std::span<Slot> slots, SlotArray<Slot>& into) {
    for (size_t i = 0; i < slots.size(); ++i) {
      if (i + kPrefetchDistance < slots.size()) {
        const Slot& ahead = slots[i + kPrefetchDistance];
        if (ahead.row != nullptr) into.prefetch(Form::hash_of(ahead));
      }
      if (slots[i].row == nullptr) continue;
      char* row = place(into, slots[i]);
      if (row != slots[i].row) Merging{layout_}.merge_rows(row, slots[i].row);
      slots[i].row = nullptr;
    }
  }

  // The row of the slot's key: the slot's own when the key is new there.
  char* place(SlotArray<Slot>& part, const Slot& slot) const {
    part.reserve_one([](const Slot& s) { return Form::hash_of(s); });
    size_t index = Form::hash_of(slot) & part.mask();
    const std::span<Slot> slots = part.slots();
    while (slots[index].row != nullptr) {
      if (Form::equal(slots[index], slot, layout_)) return slots[index].row;
      index = (index + 1) & part.mask();
    }
    slots[index] = slot;
    part.count_one();
    return slot.row;
  }

  HashUse hash_use() const {
    return {rows_looked_up_, slots_.size(), slots_.capacity(), sizeof(Slot)};
  }

  uint64_t rows_looked_up_ = 0;  // since the hash table was empty
  uint64_t rows_without_lookup_ = 0;
  // By partition, once split.
  Runs runs_;
  std::vector<Arena> arenas_;  // of rows that were moved or added
  std::vector<MergedGroups<Slot>> merged_;
  GroupCountEstimate group_count_estimate_;
};

template <class Key>
struct PackedForm {
  using Slot = PackedSlot<Key>;
  static uint64_t hash_of(const Slot& slot) { return hash_packed(slot.key); }
  static bool equal(const Slot& a, const Slot& b, const StateLayout&) { return a.key == b.key; }
  static size_t row_bytes(const Slot&, const StateLayout& layout) { return layout.row_bytes(); }
};

template <class Key>
class PackedTable final : public PartitionedTable<PackedForm<Key>> {
  using Parent = PartitionedTable<PackedForm<Key>>;
  using Slot = PackedSlot<Key>;

 public:
  PackedTable(const GroupKey& key, const StateLayout& layout) : Parent(layout), key_(key) {
    if (key.packed_bytes() <= kDirectKeyBytesMax)
      direct_.resize(size_t{1} << (8 * key.packed_bytes()), nullptr);
  }

  void find_or_insert(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    look_up<true>(columns, row_count, rows);
  }
  void find(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    look_up<false>(columns, row_count, rows);
  }

  std::vector<ColumnPtr> keys_of(const GroupList& groups) const override {
    Buffer<Key> keys(groups.slots.size());
    for (size_t i = 0; i < keys.size(); ++i) keys[i] = Parent::slot_at(groups, i).key;
    return key_.unpack(keys);
  }

 private:
  template <bool kInsert>
  void look_up(std::span<const ColumnPtr> columns, size_t row_count, char** rows) {
    key_.pack(columns, row_count, keys_);
    if (!direct_.empty()) {
      for (size_t i = 0; i < row_count; ++i) {
        char*& row = direct_[static_cast<size_t>(keys_[i])];
        if constexpr (kInsert) {
          if (row == nullptr) [[unlikely]] {
            row = row_of<true>(keys_[i], hash_packed(keys_[i]));
          }
        }
        rows[i] = row;
      }
      return;
    }
    if constexpr (kInsert) {
      if (this->skips_lookup(row_count)) {
        for (size_t i = 0; i < row_count; ++i) {
          rows[i] = this->add_group({keys_[i], nullptr}, this->layout_.row_bytes());
        }
        return;
      }
    }
    hashes_.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) hashes_[i] = hash_packed(keys_[i]);
    if (this->is_large()) {
      find_rows<kInsert, true>(row_count, rows);
    } else {
      find_rows<kInsert, false>(row_count, rows);
    }
  }

  template <bool kInsert, bool kPrefetch>
  void find_rows(size_t row_count, char** rows) {
    for (size_t i = 0; i < row_count; ++i) {
      if constexpr (kPrefetch) {
        if (i + kPrefetchDistance < row_count) {
          this->slots_.prefetch(hashes_[i + kPrefetchDistance]);
        }
      }
      // Rows of one key often follow each other.
      if (i != 0 && keys_[i] == keys_[i - 1]) {
        rows[i] = rows[i - 1];
        continue;
      }
      rows[i] = row_of<kInsert>(keys_[i], hashes_[i]);
    }
  }

  // Null: not there, and not inserted.
  template <bool kInsert>
  char* row_of(Key key, uint64_t hash) {
    SlotArray<Slot>& table = this->slots_;
    if constexpr (kInsert) {
      table.reserve_one([](const Slot& s) { return hash_packed(s.key); });
    } else if (table.size() == 0) {
      return nullptr;
    }
    const std::span<Slot> slots = table.slots();
    size_t index = hash & table.mask();
    while (slots[index].row != nullptr) {
      if (slots[index].key == key) return slots[index].row;
      index = (index + 1) & table.mask();
    }
    if constexpr (!kInsert) return nullptr;
    char* row = this->arena_.allocate(this->layout_.row_bytes(), 16);
    this->layout_.create(row);
    slots[index] = {key, row};
    table.count_one();
    return row;
  }

  bool remembers_rows() const override { return !direct_.empty(); }

  const GroupKey& key_;
  // Keys of up to 16 bits index this array instead of being hashed.
  std::vector<char*> direct_;
  Buffer<Key> keys_;
  Buffer<uint64_t> hashes_;
};

struct ByteSlot {
  uint64_t hash;
  char* row;
};

std::string_view key_of_row(const char* row, const StateLayout& layout) {
  ByteKey key;
  std::memcpy(&key, row, sizeof(key));
  return {row + layout.row_bytes(), key.length};
}

struct ByteForm {
  using Slot = ByteSlot;
  static uint64_t hash_of(const Slot& slot) { return slot.hash; }
  static bool equal(const Slot& a, const Slot& b, const StateLayout& layout) {
    return a.hash == b.hash && equal_bytes(key_of_row(a.row, layout), key_of_row(b.row, layout));
  }
  static size_t row_bytes(const Slot& slot, const StateLayout& layout) {
    return layout.row_bytes() + key_of_row(slot.row, layout).size();
  }
};

class ByteTable final : public PartitionedTable<ByteForm> {
 public:
  ByteTable(const GroupKey& key, const StateLayout& layout) : PartitionedTable(layout), key_(key) {}

  void find_or_insert(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    look_up<true>(columns, row_count, rows);
  }
  void find(std::span<const ColumnPtr> columns, size_t row_count, char** rows) override {
    look_up<false>(columns, row_count, rows);
  }

  std::vector<ColumnPtr> keys_of(const GroupList& groups) const override {
    std::vector<std::string_view> keys;
    keys.reserve(groups.rows.size());
    for (const char* row : groups.rows) keys.push_back(key_of_row(row, layout_));
    return key_.parse(keys);
  }

 private:
  template <bool kInsert>
  void look_up(std::span<const ColumnPtr> columns, size_t row_count, char** rows) {
    if (key_.form() == KeyForm::Bytes) {
      key_.serialize(columns, row_count, bytes_, offsets_);
      find_texts<kInsert>(row_count, rows, [this](size_t i) {
        return std::string_view(bytes_.data() + offsets_[i], offsets_[i + 1] - offsets_[i]);
      });
      return;
    }
    if (columns[0]->form() == ColumnForm::Dictionary) {
      find_codes<kInsert>(static_cast<const DictionaryColumn&>(*columns[0]), rows);
      return;
    }
    if (columns[0]->form() == ColumnForm::Constant) {
      const auto& cell = static_cast<const ConstantColumn&>(*columns[0]).cell();
      const std::string_view text = static_cast<const StringColumn&>(*cell).at(0);
      std::fill(rows, rows + row_count, row_of<kInsert>(text, hash_bytes(text)));
      return;
    }
    const auto& strings = static_cast<const StringColumn&>(*columns[0]);
    find_texts<kInsert>(row_count, rows, [&strings](size_t i) { return strings.at(i); });
  }

  // Each entry of the dictionary is looked up once, at its first row.
  template <bool kInsert>
  void find_codes(const DictionaryColumn& coded, char** rows) {
    const std::shared_ptr<const Dictionary>& dictionary = coded.dictionary();
    const auto& entries = static_cast<const StringColumn&>(*dictionary->entries);
    if (dictionary_ != dictionary) {
      dictionary_ = dictionary;
      rows_of_codes_.assign(entries.size(), nullptr);
      absent_codes_.clear();
    }
    if constexpr (!kInsert) absent_codes_.resize(entries.size(), 0);
    const std::span<const uint32_t> codes = coded.codes();
    for (size_t i = 0; i < codes.size(); ++i) {
      char*& row = rows_of_codes_[codes[i]];
      bool look = row == nullptr;
      if constexpr (!kInsert) look = look && absent_codes_[codes[i]] == 0;
      if (look) [[unlikely]] {
        const std::string_view text = entries.at(codes[i]);
        row = row_of<kInsert>(text, hash_bytes(text));
        if constexpr (!kInsert) absent_codes_[codes[i]] = row == nullptr;
      }
      rows[i] = row;
    }
  }

  template <bool kInsert, class TextAt>
  void find_texts(size_t row_count, char** rows, const TextAt& text_at) {
    hashes_.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) hashes_[i] = hash_bytes(text_at(i));
    if constexpr (kInsert) {
      if (skips_lookup(row_count)) {
        for (size_t i = 0; i < row_count; ++i) {
          const std::string_view text = text_at(i);
          rows[i] = add_group({hashes_[i], nullptr}, layout_.row_bytes() + text.size());
          write_key(rows[i], text);
        }
        return;
      }
    }
    if (!is_large()) {
      for (size_t i = 0; i < row_count; ++i) rows[i] = row_of<kInsert>(text_at(i), hashes_[i]);
      return;
    }
    // A slot, then its row: each is asked for well before it is looked at.
    for (size_t i = 0; i < std::min(kPrefetchDistance, row_count); ++i) {
      slots_.prefetch(hashes_[i]);
    }
    for (size_t first = 0; first < row_count; first += kPrefetchDistance) {
      const size_t end = std::min(first + kPrefetchDistance, row_count);
      for (size_t i = end; i < std::min(end + kPrefetchDistance, row_count); ++i) {
        slots_.prefetch(hashes_[i]);
      }
      for (size_t i = first; i < end; ++i) {
        rows[i] = row_with_hash(hashes_[i]);
        if (rows[i] != nullptr) __builtin_prefetch(rows[i]);
      }
      for (size_t i = first; i < end; ++i) {
        const std::string_view text = text_at(i);
        if (rows[i] != nullptr && equal_bytes(key_of_row(rows[i], layout_), text)) continue;
        rows[i] = row_of<kInsert>(text, hashes_[i]);
      }
    }
  }

  void write_key(char* row, std::string_view text) const {
    const ByteKey key{text.size()};
    std::memcpy(row, &key, sizeof(key));
    if (!text.empty()) std::memcpy(row + layout_.row_bytes(), text.data(), text.size());
  }

  // The first row on the way that has this hash; null: none.
  char* row_with_hash(uint64_t hash) const {
    if (slots_.size() == 0) return nullptr;
    const std::span<const ByteSlot> slots = slots_.slots();
    size_t index = hash & slots_.mask();
    while (slots[index].row != nullptr && slots[index].hash != hash) {
      index = (index + 1) & slots_.mask();
    }
    return slots[index].row;
  }

  // Null: not there, and not inserted.
  template <bool kInsert>
  char* row_of(std::string_view text, uint64_t hash) {
    if constexpr (kInsert) {
      slots_.reserve_one([](const ByteSlot& s) { return s.hash; });
    } else if (slots_.size() == 0) {
      return nullptr;
    }
    const std::span<ByteSlot> slots = slots_.slots();
    size_t index = hash & slots_.mask();
    while (slots[index].row != nullptr) {
      if (slots[index].hash == hash && equal_bytes(key_of_row(slots[index].row, layout_), text)) {
        return slots[index].row;
      }
      index = (index + 1) & slots_.mask();
    }
    if constexpr (!kInsert) return nullptr;
    char* row = arena_.allocate(layout_.row_bytes() + text.size(), 16);
    layout_.create(row);
    write_key(row, text);
    slots[index] = {hash, row};
    slots_.count_one();
    return row;
  }

  bool remembers_rows() const override { return dictionary_ != nullptr; }

  const GroupKey& key_;
  std::shared_ptr<const Dictionary> dictionary_;
  std::vector<char*> rows_of_codes_;
  std::vector<uint8_t> absent_codes_;  // known not to be there, by find()
  Buffer<char> bytes_;
  Buffer<uint32_t> offsets_;
  Buffer<uint64_t> hashes_;
};

}  // namespace

std::unique_ptr<AggregateTable> make_aggregate_table(const GroupKey& key,
                                                     const StateLayout& layout) {
  if (auto table = make_inline_aggregate_table(key, layout)) return table;
  switch (key.form()) {
    case KeyForm::Packed64:
      return std::make_unique<PackedTable<uint64_t>>(key, layout);
    case KeyForm::Packed128:
      return std::make_unique<PackedTable<UInt128>>(key, layout);
    default:
      return std::make_unique<ByteTable>(key, layout);
  }
}

}  // namespace freshet
