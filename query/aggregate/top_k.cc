// topK(k)(x): the values met most often, most frequent first, with 3k counters (top_counters.h).

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "query/aggregate/family.h"
#include "query/aggregate/integer_words.h"
#include "query/aggregate/state_function.h"
#include "query/aggregate/top_counters.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/string_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

constexpr uint64_t kLoadFactor = 3;
constexpr uint64_t kTopMax = 65536;

// Numbers of up to 64 bits are their own keys.
struct IntegerKeys {
  using Key = uint64_t;

  explicit IntegerKeys(const ColumnPtr& column) : words(integer_words(*flat(column))) {}
  uint64_t operator[](size_t i) const { return words[i]; }

  static uint64_t key_of(const Value& value, const DataType& type) {
    const MutableColumnPtr cell = make_column(type);
    append_value(*cell, value);
    return integer_words(*cell)[0];
  }
  static Value value_of(uint64_t key, const DataType& type) {
    const MutableColumnPtr cell = make_column(type);
    append_integer_word(key, *cell);
    return value_at(*cell, 0);
  }

  Buffer<uint64_t> words;
};

struct StringKeys {
  using Key = std::string;

  explicit StringKeys(const ColumnPtr& column) : cells(flat(column)) {}
  std::string_view operator[](size_t i) const {
    return static_cast<const StringColumn&>(*cells).at(i);
  }

  static std::string key_of(const Value& value, const DataType&) { return value.as<std::string>(); }
  static Value value_of(const std::string& key, const DataType&) { return Value(key); }

  ColumnPtr cells;
};

// The bytes of a boxed cell.
struct ValueKeys {
  using Key = std::string;

  explicit ValueKeys(const ColumnPtr& column) : cells(flat(column)) {}
  std::string operator[](size_t i) const { return bytes_of(value_at(*cells, i)); }

  static std::string key_of(const Value& value, const DataType&) { return bytes_of(value); }
  static Value value_of(const std::string& key, const DataType&) {
    ByteReader in(key);
    return read_value(in);
  }
  static std::string bytes_of(const Value& value) {
    std::string bytes;
    ByteWriter out(bytes);
    write_value(value, out);
    return bytes;
  }

  ColumnPtr cells;
};

template <class Keys>
class TopK final : public StateFunction<TopCounters<typename Keys::Key>> {
  using Counters = TopCounters<typename Keys::Key>;
  using Counter = typename Counters::Counter;

 public:
  TopK(DataTypePtr element, uint64_t k)
      : StateFunction<Counters>(array_type(element), false), element_(std::move(element)), k_(k) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Keys keys(arguments[0]);
    for (size_t i = 0; i < row_count; ++i) this->at(states[i]).add(keys[i], 1, counters_max());
  }
  void merge(char* into, char* from) const override {
    this->at(into).merge(this->at(from), counters_max());
  }
  // The filter is left out: what comes back knows less of values that have no counter.
  void serialize(const char* state, ByteWriter& out) const override {
    const auto counters = this->at(state).counters();
    out.put_varint(counters.size());
    for (const Counter* counter : counters) {
      write_value(Keys::value_of(counter->key, *element_), out);
      out.put_varint(counter->count);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t size = in.get_varint();
    in.require_elements(size, 2);
    Counters other;
    for (uint64_t i = 0; i < size; ++i) {
      const auto key = Keys::key_of(read_value(in), *element_);
      other.add(key, in.get_varint(), counters_max());
    }
    this->at(state).merge(other, counters_max());
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      auto counters = this->at(rows[i] + offset).counters();
      // Whatever the order of the rows, as far as counts tell.
      std::ranges::sort(counters, [](const Counter* a, const Counter* b) {
        return a->count != b->count ? a->count > b->count : a->key < b->key;
      });
      counters.resize(std::min<size_t>(counters.size(), k_));
      for (const Counter* counter : counters) {
        append_value(lists.mutable_elements(), Keys::value_of(counter->key, *element_));
      }
      lists.close_list();
    }
  }

 private:
  size_t counters_max() const { return k_ * kLoadFactor; }

  DataTypePtr element_;
  uint64_t k_;
};

AggregateFunctionPtr bind_top_k(std::span<const Value> parameters,
                                std::span<const DataTypePtr> types) {
  require_arguments("topK", types, 1);
  const double parameter = parameters.empty() ? 10 : number_parameter("topK", parameters[0]);
  if (!(parameter >= 1 && parameter <= static_cast<double>(kTopMax))) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "Parameter of topK must be from 1 to 65536, got " + std::to_string(parameter));
  }
  const auto k = static_cast<uint64_t>(parameter);
  const PhysicalKind kind = types[0]->kind();
  if (is_integer_word(kind)) return std::make_shared<TopK<IntegerKeys>>(types[0], k);
  if (kind == PhysicalKind::String) return std::make_shared<TopK<StringKeys>>(types[0], k);
  return std::make_shared<TopK<ValueKeys>>(types[0], k);
}

constexpr std::array<AggregateEntry, 1> kTopKAggregates = {{
    {.name = "topK",
     .bind = bind_top_k,
     .syntax = "topK(k)(x)",
     .description = "The k values met most often, most frequent first; approximate past 3k values.",
     .example = "SELECT topK(1)(intDiv(number, 3)) FROM numbers(4)",
     .example_result = "[0]"},
}};

}  // namespace

std::span<const AggregateEntry> top_k_aggregates() { return kTopKAggregates; }

}  // namespace freshet
