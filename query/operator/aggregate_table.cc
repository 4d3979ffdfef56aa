#include "query/operator/aggregate_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "query/operator/inline_aggregate_table.h"
#include "query/operator/packed_hash.h"
#include "storage/base/hash.h"
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
  for (size_t i = 0; i < functions_.size(); ++i) {
    functions_[i]->merge(into + offsets_[i], from + offsets_[i]);
  }
}

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
    const size_t capacity = slots_.empty() ? 256 : slots_.size() * (slots_.size() < 65536 ? 4 : 2);
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
  void clear() {
    slots_.clear();
    slots_.shrink_to_fit();
    size_ = 0;
  }
  uint64_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

// What all key forms share: rows in an arena, partitions of slots, splitting, merging.
// `Form` gives: Slot, hash_of(slot), equal(slot a, slot b).
template <class Form>
class PartitionedTable : public AggregateTable {
 protected:
  using Slot = typename Form::Slot;

 public:
  explicit PartitionedTable(const StateLayout& layout) : layout_(layout), partitions_(1) {}
  ~PartitionedTable() override {
    if (!layout_.owns_memory()) return;
    for (SlotArray<Slot>& partition : partitions_) {
      for (Slot& slot : partition.slots()) {
        if (slot.row != nullptr) layout_.destroy(slot.row);
      }
    }
  }

  uint64_t group_count() const override {
    uint64_t count = 0;
    for (const SlotArray<Slot>& partition : partitions_) count += partition.size();
    return count;
  }
  uint64_t memory_bytes() const override {
    uint64_t bytes = arena_.bytes_reserved();
    for (const SlotArray<Slot>& partition : partitions_) bytes += partition.memory_bytes();
    return bytes;
  }
  size_t partition_count() const override { return partitions_.size(); }

  void split() override {
    if (partitions_.size() != 1) return;
    std::vector<SlotArray<Slot>> parts(kPartitionCount);
    for (const Slot& slot : partitions_[0].slots()) {
      if (slot.row != nullptr) place(parts[partition_of_hash(Form::hash_of(slot))], slot);
    }
    partitions_ = std::move(parts);
  }

  void merge_partition(AggregateTable& other_table, size_t partition) override {
    auto& other = static_cast<PartitionedTable&>(other_table);
    SlotArray<Slot>& from = other.partitions_[partition];
    SlotArray<Slot>& into = partitions_[partition];
    if (into.size() == 0) {
      std::swap(into, from);
      return;
    }
    const std::span<Slot> slots = from.slots();
    for (size_t i = 0; i < slots.size(); ++i) {
      if (i + kPrefetchDistance < slots.size() && slots[i + kPrefetchDistance].row != nullptr) {
        into.prefetch(Form::hash_of(slots[i + kPrefetchDistance]));
      }
      if (slots[i].row == nullptr) continue;
      char* row = place(into, slots[i]);
      if (row == slots[i].row) continue;
      layout_.merge(row, slots[i].row);
      if (layout_.owns_memory()) layout_.destroy(slots[i].row);
    }
    from.clear();
  }

  std::vector<ColumnPtr> read_partition(size_t partition, size_t& cursor, size_t count,
                                        std::vector<char*>& rows) const override {
    const std::span<const Slot> slots = partitions_[partition].slots();
    std::vector<const Slot*> found;
    rows.clear();
    for (; cursor < slots.size() && found.size() < count; ++cursor) {
      if (slots[cursor].row == nullptr) continue;
      found.push_back(&slots[cursor]);
      rows.push_back(slots[cursor].row);
    }
    return read_keys(found);
  }

 protected:
  virtual std::vector<ColumnPtr> read_keys(const std::vector<const Slot*>& slots) const = 0;

  // The row of the slot's key: the slot's own when the key is new there.
  static char* place(SlotArray<Slot>& part, const Slot& slot) {
    part.reserve_one([](const Slot& s) { return Form::hash_of(s); });
    size_t index = Form::hash_of(slot) & part.mask();
    const std::span<Slot> slots = part.slots();
    while (slots[index].row != nullptr) {
      if (Form::equal(slots[index], slot)) return slots[index].row;
      index = (index + 1) & part.mask();
    }
    slots[index] = slot;
    part.count_one();
    return slot.row;
  }

  SlotArray<Slot>& part_of(uint64_t hash) {
    return partitions_.size() == 1 ? partitions_[0] : partitions_[partition_of_hash(hash)];
  }
  bool is_large() const {
    return partitions_.size() != 1 || partitions_[0].capacity() >= kPrefetchSlotsMin;
  }
  char* new_row() {
    char* row = arena_.allocate(layout_.row_bytes(), 16);
    layout_.create(row);
    return row;
  }

  const StateLayout& layout_;
  Arena arena_;
  std::vector<SlotArray<Slot>> partitions_;
};

template <class Key>
struct PackedForm {
  using Slot = PackedSlot<Key>;
  static uint64_t hash_of(const Slot& slot) { return hash_packed(slot.key); }
  static bool equal(const Slot& a, const Slot& b) { return a.key == b.key; }
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
          this->part_of(hashes_[i + kPrefetchDistance]).prefetch(hashes_[i + kPrefetchDistance]);
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
    SlotArray<Slot>& part = this->part_of(hash);
    if constexpr (kInsert) {
      part.reserve_one([](const Slot& s) { return hash_packed(s.key); });
    } else if (part.size() == 0) {
      return nullptr;
    }
    const std::span<Slot> slots = part.slots();
    size_t index = hash & part.mask();
    while (slots[index].row != nullptr) {
      if (slots[index].key == key) return slots[index].row;
      index = (index + 1) & part.mask();
    }
    if constexpr (!kInsert) return nullptr;
    slots[index] = {key, this->new_row()};
    part.count_one();
    return slots[index].row;
  }

  std::vector<ColumnPtr> read_keys(const std::vector<const Slot*>& slots) const override {
    Buffer<Key> keys(slots.size());
    for (size_t i = 0; i < slots.size(); ++i) keys[i] = slots[i]->key;
    return key_.unpack(keys);
  }

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

inline std::string_view key_of_row(const char* row) {
  ByteKey key;
  std::memcpy(&key, row, sizeof(key));
  return key.view();
}

struct ByteForm {
  using Slot = ByteSlot;
  static uint64_t hash_of(const Slot& slot) { return slot.hash; }
  static bool equal(const Slot& a, const Slot& b) {
    return a.hash == b.hash && key_of_row(a.row) == key_of_row(b.row);
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
    const bool prefetch = is_large();
    for (size_t i = 0; i < row_count; ++i) {
      if (prefetch && i + kPrefetchDistance < row_count) {
        part_of(hashes_[i + kPrefetchDistance]).prefetch(hashes_[i + kPrefetchDistance]);
      }
      rows[i] = row_of<kInsert>(text_at(i), hashes_[i]);
    }
  }

  // Null: not there, and not inserted.
  template <bool kInsert>
  char* row_of(std::string_view text, uint64_t hash) {
    SlotArray<ByteSlot>& part = part_of(hash);
    if constexpr (kInsert) {
      part.reserve_one([](const ByteSlot& s) { return s.hash; });
    } else if (part.size() == 0) {
      return nullptr;
    }
    const std::span<ByteSlot> slots = part.slots();
    size_t index = hash & part.mask();
    while (slots[index].row != nullptr) {
      if (slots[index].hash == hash && key_of_row(slots[index].row) == text)
        return slots[index].row;
      index = (index + 1) & part.mask();
    }
    if constexpr (!kInsert) return nullptr;
    char* row = new_row();
    const std::string_view copy = arena_.copy(text);
    const ByteKey key{copy.data(), copy.size()};
    std::memcpy(row, &key, sizeof(key));
    slots[index] = {hash, row};
    part.count_one();
    return row;
  }

  std::vector<ColumnPtr> read_keys(const std::vector<const ByteSlot*>& slots) const override {
    std::vector<std::string_view> keys;
    keys.reserve(slots.size());
    for (const ByteSlot* slot : slots) keys.push_back(key_of_row(slot->row));
    return key_.parse(keys);
  }

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
