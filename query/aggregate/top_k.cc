// topK(k)(x): the values met most often, most frequent first, by the space-saving algorithm
// (Metwally, Agrawal, El Abbadi 2005): 3k counters; a new value takes over the smallest one's.

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/nested_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

struct ValueLess {
  bool operator()(const Value& a, const Value& b) const { return compare_values(a, b) < 0; }
};

using Counters = std::map<Value, uint64_t, ValueLess>;

constexpr uint64_t kLoadFactor = 3;
constexpr uint64_t kTopMax = 65536;

class TopK final : public StateFunction<Counters> {
 public:
  TopK(DataTypePtr element, uint64_t k) : StateFunction(array_type(element), false), k_(k) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    for (size_t i = 0; i < row_count; ++i) count(at(states[i]), value_at(*arguments[0], i), 1);
  }
  void merge(char* into, char* from) const override {
    for (const auto& [value, times] : at(from)) count(at(into), value, times);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).size());
    for (const auto& [value, times] : at(state)) {
      write_value(value, out);
      out.put_varint(times);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t size = in.get_varint();
    in.require_elements(size, 2);
    for (uint64_t i = 0; i < size; ++i) {
      const Value value = read_value(in);
      count(at(state), value, in.get_varint());
    }
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      std::vector<std::pair<uint64_t, const Value*>> order;
      for (const auto& [value, times] : at(rows[i] + offset)) order.emplace_back(times, &value);
      std::stable_sort(order.begin(), order.end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
      order.resize(std::min<size_t>(order.size(), k_));
      for (const auto& [times, value] : order) append_value(lists.mutable_elements(), *value);
      lists.close_list();
    }
  }

 private:
  void count(Counters& counters, const Value& value, uint64_t times) const {
    if (const auto it = counters.find(value); it != counters.end()) {
      it->second += times;
      return;
    }
    uint64_t inherited = 0;
    if (counters.size() >= k_ * kLoadFactor) {
      const auto least =
          std::min_element(counters.begin(), counters.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      inherited = least->second;
      counters.erase(least);
    }
    counters.emplace(value, inherited + times);
  }

  uint64_t k_;
};

AggregateFunctionPtr bind_top_k(std::span<const Value> parameters,
                                std::span<const DataTypePtr> types) {
  require_arguments("topK", types, 1);
  const double k = parameters.empty() ? 10 : number_parameter("topK", parameters[0]);
  if (!(k >= 1 && k <= static_cast<double>(kTopMax))) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "Parameter of topK must be from 1 to 65536, got " + std::to_string(k));
  }
  return std::make_shared<TopK>(types[0], static_cast<uint64_t>(k));
}

constexpr std::array<AggregateEntry, 1> kTopKAggregates = {{
    {.name = "topK",
     .bind = bind_top_k,
     .syntax = "topK(k)(x)",
     .description = "The k values met most often, most frequent first; approximate past 3k values.",
     .example = "SELECT topK(1)(intDiv(number, 3)) FROM numbers(4)",
     .example_result = "[0]",
     .default_when_only_null = true},
}};

}  // namespace

std::span<const AggregateEntry> top_k_aggregates() { return kTopKAggregates; }

}  // namespace freshet
