// uniqExact and the uniq family: how many distinct values.
//
// uniqExact keeps every value (strings as 128-bit hashes). uniq thins out its set when it grows
// past 65,536 hashes: it keeps only hashes with ever more trailing zero bits and scales the count
// up (adaptive sampling; Wegman 1984, Flajolet 1990).

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "query/aggregate/distinct_set.h"
#include "query/aggregate/family.h"
#include "query/aggregate/integer_words.h"
#include "query/aggregate/state_function.h"
#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

constexpr size_t kPrefetchDistance = 12;

void finish_count(Column& out, uint64_t count) {
  static_cast<NumberColumn<uint64_t>&>(out).mutable_values().push_back(count);
}

void put_key(ByteWriter& out, uint64_t key) { out.put_u64(key); }
void put_key(ByteWriter& out, const Key128& key) {
  out.put_u64(key.low);
  out.put_u64(key.high);
}
void get_key(ByteReader& in, uint64_t& key) { key = in.get_u64(); }
void get_key(ByteReader& in, Key128& key) {
  key.low = in.get_u64();
  key.high = in.get_u64();
}

template <class Key>
class UniqExact : public StateFunction<DistinctSet<Key>> {
  using Set = DistinctSet<Key>;

 public:
  UniqExact() : StateFunction<Set>(simple_type(TypeId::UInt64), false) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    Buffer<Key> keys;
    make_keys(arguments, row_count, keys);
    if (states.one != nullptr) {
      Set& set = this->at(states.one);
      for (size_t i = 0; i < row_count; ++i) {
        if (i + kPrefetchDistance < row_count) set.prefetch(keys[i + kPrefetchDistance]);
        set.insert(keys[i]);
      }
      return;
    }
    for (size_t i = 0; i < row_count; ++i) {
      // The set, and then where its key is going to be.
      if (i + 2 * kPrefetchDistance < row_count) {
        __builtin_prefetch(states[i + 2 * kPrefetchDistance]);
      }
      if (i + kPrefetchDistance < row_count) {
        this->at(states[i + kPrefetchDistance]).prefetch(keys[i + kPrefetchDistance]);
      }
      this->at(states[i]).insert(keys[i]);
    }
  }
  void merge(char* into, char* from) const override { this->at(into).merge(this->at(from)); }
  void serialize(const char* state, ByteWriter& out) const override {
    const Set& set = this->at(state);
    out.put_varint(set.size());
    set.for_each([&](const Key& key) { put_key(out, key); });
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, sizeof(Key));
    Set& set = this->at(state);
    // They come in the order of their slots: without the room at once they would all crowd at the
    // begin of a small table.
    set.reserve(set.size() + count);
    for (uint64_t i = 0; i < count; ++i) {
      Key key;
      get_key(in, key);
      set.insert(key);
    }
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) finish_count(out, this->at(rows[i] + offset).size());
  }

 private:
  virtual void make_keys(std::span<const ColumnPtr> arguments, size_t row_count,
                         Buffer<Key>& keys) const = 0;
};

// Numbers of up to 64 bits are their own keys.
class UniqExactNumber final : public UniqExact<uint64_t> {
  void make_keys(std::span<const ColumnPtr> arguments, size_t row_count,
                 Buffer<uint64_t>& keys) const override {
    const ColumnPtr column = flat(arguments[0]);
    if (is_integer_word(column->kind())) {
      keys = integer_words(*column);
    } else if (column->kind() == PhysicalKind::F32) {
      make_float_keys(values_of<float>(*column), row_count, keys);
    } else {
      make_float_keys(values_of<double>(*column), row_count, keys);
    }
  }

  template <class T>
  static void make_float_keys(std::span<const T> values, size_t row_count, Buffer<uint64_t>& keys) {
    keys.resize(row_count);
    for (size_t i = 0; i < row_count; ++i) {
      // -0.0 and 0.0 are one value, and so are all NaNs.
      T value = values[i] == T{0} ? T{0} : values[i];
      if (value != value) value = std::numeric_limits<T>::quiet_NaN();
      keys[i] = 0;
      std::memcpy(&keys[i], &value, sizeof(T));
    }
  }
};

Key128 string_key(std::string_view text) {
  const Hash128 hash = hash128_bytes(text);
  return {hash.low, hash.high};
}

class UniqExactString final : public UniqExact<Key128> {
  void make_keys(std::span<const ColumnPtr> arguments, size_t row_count,
                 Buffer<Key128>& keys) const override {
    keys.resize(row_count);
    if (arguments[0]->form() == ColumnForm::Dictionary) {
      const auto& coded = static_cast<const DictionaryColumn&>(*arguments[0]);
      const auto& entries = static_cast<const StringColumn&>(*coded.dictionary()->entries);
      // One hash per distinct string pays only when strings repeat within the chunk.
      if (entries.size() <= row_count) {
        Buffer<Key128> entry_keys(entries.size());
        for (size_t i = 0; i < entries.size(); ++i) entry_keys[i] = string_key(entries.at(i));
        for (size_t i = 0; i < row_count; ++i) keys[i] = entry_keys[coded.codes()[i]];
        return;
      }
      for (size_t i = 0; i < row_count; ++i) keys[i] = string_key(entries.at(coded.codes()[i]));
      return;
    }
    const ColumnPtr column = flat(arguments[0]);
    const auto& strings = static_cast<const StringColumn&>(*column);
    for (size_t i = 0; i < row_count; ++i) keys[i] = string_key(strings.at(i));
  }
};

// Several arguments, wide numbers, arrays: 128 bits made of two row hashes.
class UniqExactRow final : public UniqExact<Key128> {
  void make_keys(std::span<const ColumnPtr> arguments, size_t row_count,
                 Buffer<Key128>& keys) const override {
    Buffer<uint64_t> hashes;
    hash_rows(arguments, row_count, hashes);
    keys.resize(row_count);
    Buffer<uint64_t> second;
    const std::vector<ColumnPtr> reversed(arguments.rbegin(), arguments.rend());
    hash_rows(reversed, row_count, second);
    for (size_t i = 0; i < row_count; ++i) {
      keys[i] = {hashes[i], hash_u64(second[i] ^ 0x5851F42D4C957F2DULL)};
    }
  }
};

// The adaptive sample of uniq.
class ThinnedSet {
 public:
  static constexpr uint64_t kSizeMax = 1 << 16;

  void insert(uint64_t hash) {
    if ((hash & mask()) != 0) return;
    if (set_.insert(hash) && set_.size() > kSizeMax) thin();
  }
  // Asks the memory for the slot of a hash that will be inserted soon.
  void prefetch(uint64_t hash) const {
    if ((hash & mask()) == 0) set_.prefetch(hash);
  }
  void merge(const ThinnedSet& other) {
    expect(other.set_.size(), other.skip_bits_);
    other.set_.for_each([this](uint64_t hash) { insert(hash); });
  }
  uint64_t estimate() const { return set_.size() << skip_bits_; }

  void write(ByteWriter& out) const {
    out.put_u8(skip_bits_);
    out.put_varint(set_.size());
    set_.for_each([&](uint64_t hash) { out.put_u64(hash); });
  }
  void merge_from(ByteReader& in) {
    const uint8_t skip_bits = in.get_u8();
    const uint64_t count = in.get_varint();
    in.require_elements(count, sizeof(uint64_t));
    expect(count, skip_bits);
    for (uint64_t i = 0; i < count; ++i) insert(in.get_u64());
  }

 private:
  uint64_t mask() const { return (uint64_t{1} << skip_bits_) - 1; }
  // So many hashes come, in the order of their slots in another table. Without the room at once
  // they would all crowd at the begin of a small one.
  void expect(uint64_t count, uint8_t skip_bits) {
    if (skip_bits > skip_bits_) {
      skip_bits_ = skip_bits;
      keep_sampled();
    }
    set_.reserve(std::min(set_.size() + count, kSizeMax));
  }
  void thin() {
    while (set_.size() > kSizeMax) {
      ++skip_bits_;
      keep_sampled();
    }
  }
  void keep_sampled() {
    std::vector<uint64_t> kept;
    set_.for_each([&](uint64_t hash) {
      if ((hash & mask()) == 0) kept.push_back(hash);
    });
    set_.~DistinctSet<uint64_t>();
    ::new (static_cast<void*>(&set_)) DistinctSet<uint64_t>();
    set_.reserve(kept.size());
    for (const uint64_t hash : kept) set_.insert(hash);
  }

  DistinctSet<uint64_t> set_;
  uint8_t skip_bits_ = 0;
};

class Uniq final : public StateFunction<ThinnedSet> {
 public:
  Uniq() : StateFunction(simple_type(TypeId::UInt64), false) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    Buffer<uint64_t> hashes;
    hash_rows(arguments, row_count, hashes);
    for (size_t i = 0; i < row_count; ++i) {
      if (i + kPrefetchDistance < row_count) {
        at(states[i + kPrefetchDistance]).prefetch(hashes[i + kPrefetchDistance]);
      }
      at(states[i]).insert(hashes[i]);
    }
  }
  void merge(char* into, char* from) const override { at(into).merge(at(from)); }
  void serialize(const char* state, ByteWriter& out) const override { at(state).write(out); }
  void merge_serialized(char* state, ByteReader& in) const override { at(state).merge_from(in); }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) finish_count(out, at(rows[i] + offset).estimate());
  }
};

void require_some(const char* name, std::span<const DataTypePtr> types) {
  if (types.empty()) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                std::string("Incorrect number of arguments for aggregate function ") + name +
                    ", should be at least one");
  }
}

AggregateFunctionPtr bind_uniq_exact(std::span<const Value> parameters,
                                     std::span<const DataTypePtr> types) {
  require_no_parameters("uniqExact", parameters);
  require_some("uniqExact", types);
  const PhysicalKind kind = types[0]->kind();
  if (types.size() == 1 && is_number_kind(kind) && kind != PhysicalKind::I128 &&
      kind != PhysicalKind::U128) {
    return std::make_shared<UniqExactNumber>();
  }
  if (types.size() == 1 && kind == PhysicalKind::String) return std::make_shared<UniqExactString>();
  return std::make_shared<UniqExactRow>();
}

AggregateFunctionPtr bind_uniq(std::span<const Value>, std::span<const DataTypePtr> types) {
  require_some("uniq", types);
  return std::make_shared<Uniq>();
}

constexpr AggregateEntry uniq_alias(std::string_view name) {
  return {.name = name,
          .bind = nullptr,
          .syntax = "",
          .description = "",
          .example = "",
          .example_result = "",
          .alias_of = "uniq"};
}

constexpr std::array<AggregateEntry, 6> kDistinctCountAggregates = {{
    {.name = "uniqExact",
     .bind = bind_uniq_exact,
     .syntax = "uniqExact(x, ...)",
     .description = "Exact number of distinct values; count(DISTINCT x) is the same.",
     .example = "SELECT uniqExact(number % 3) FROM numbers(10)",
     .example_result = "3",
     .default_when_only_null = true},
    {.name = "uniq",
     .bind = bind_uniq,
     .syntax = "uniq(x, ...)",
     .description = "Number of distinct values: exact up to 65536, then within about 0.5 %.",
     .example = "SELECT uniq(number % 3) FROM numbers(10)",
     .example_result = "3",
     .default_when_only_null = true},
    uniq_alias("uniqCombined"),
    uniq_alias("uniqCombined64"),
    uniq_alias("uniqHLL12"),
    uniq_alias("uniqTheta"),
}};

}  // namespace

std::span<const AggregateEntry> distinct_count_aggregates() { return kDistinctCountAggregates; }

}  // namespace freshet
