// groupArray, groupUniqArray: the group's cells as an array.

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <unordered_map>

#include "query/aggregate/distinct_set.h"
#include "query/aggregate/family.h"
#include "query/aggregate/integer_words.h"
#include "query/aggregate/state_function.h"
#include "storage/column/nested_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

struct ArrayState {
  MutableColumnPtr cells;                            // made at the first cell
  std::unordered_multimap<uint64_t, size_t> places;  // of groupUniqArray: hash -> cell
};

template <bool kDistinct>
class GroupArray final : public StateFunction<ArrayState> {
 public:
  GroupArray(DataTypePtr element, uint64_t size_max)
      : StateFunction(array_type(element), false),
        element_(std::move(element)),
        size_max_(size_max) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[0]);
    if (!kDistinct && states.one != nullptr) {
      append(at(states.one), *column, 0, row_count);
      return;
    }
    for (size_t i = 0; i < row_count; ++i) append(at(states[i]), *column, i, 1);
  }
  void merge(char* into, char* from) const override {
    const ArrayState& other = at(from);
    if (other.cells != nullptr) append(at(into), *other.cells, 0, other.cells->size());
  }
  void serialize(const char* state, ByteWriter& out) const override {
    const ArrayState& held = at(state);
    const size_t count = held.cells == nullptr ? 0 : held.cells->size();
    out.put_varint(count);
    for (size_t i = 0; i < count; ++i) write_value(value_at(*held.cells, i), out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 1);
    const MutableColumnPtr cells = make_column(*element_);
    for (uint64_t i = 0; i < count; ++i) append_value(*cells, read_value(in));
    append(at(state), *cells, 0, cells->size());
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      const ArrayState& state = at(rows[i] + offset);
      if (state.cells != nullptr) {
        lists.mutable_elements().append(*state.cells, 0, state.cells->size());
      }
      lists.close_list();
    }
  }

 private:
  void append(ArrayState& state, const Column& cells, size_t offset, size_t count) const {
    if (state.cells == nullptr) state.cells = make_column(*element_);
    if constexpr (!kDistinct) {
      const uint64_t room = size_max_ - std::min<uint64_t>(size_max_, state.cells->size());
      state.cells->append(cells, offset, std::min<uint64_t>(count, room));
      return;
    }
    for (size_t i = offset; i < offset + count && state.cells->size() < size_max_; ++i) {
      const uint64_t hash = hash_cell(cells, i);
      bool found = false;
      const auto [begin, end] = state.places.equal_range(hash);
      for (auto it = begin; it != end && !found; ++it) {
        found = compare_cells(*state.cells, it->second, cells, i) == 0;
      }
      if (found) continue;
      state.places.emplace(hash, state.cells->size());
      state.cells->append(cells, i, 1);
    }
  }

  DataTypePtr element_;
  uint64_t size_max_;
};

// groupUniqArray of numbers of up to 64 bits.
class GroupUniqIntegers final : public StateFunction<DistinctSet<uint64_t>> {
 public:
  GroupUniqIntegers(DataTypePtr element, uint64_t size_max)
      : StateFunction(array_type(element), false),
        element_(std::move(element)),
        size_max_(size_max) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Buffer<uint64_t> words = integer_words(*flat(arguments[0]));
    for (size_t i = 0; i < row_count; ++i) insert(at(states[i]), words[i]);
  }
  void merge(char* into, char* from) const override {
    at(from).for_each([&](uint64_t word) { insert(at(into), word); });
  }
  void serialize(const char* state, ByteWriter& out) const override {
    const MutableColumnPtr cells = make_column(*element_);
    append_words(at(state), *cells);
    out.put_varint(cells->size());
    for (size_t i = 0; i < cells->size(); ++i) write_value(value_at(*cells, i), out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 1);
    const MutableColumnPtr cells = make_column(*element_);
    for (uint64_t i = 0; i < count; ++i) append_value(*cells, read_value(in));
    for (const uint64_t word : integer_words(*cells)) insert(at(state), word);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      append_words(at(rows[i] + offset), lists.mutable_elements());
      lists.close_list();
    }
  }

 private:
  void insert(DistinctSet<uint64_t>& set, uint64_t word) const {
    if (set.size() < size_max_) set.insert(word);
  }
  static void append_words(const DistinctSet<uint64_t>& set, Column& column) {
    dispatch_number(column.kind(), [&]<class T>() {
      auto& cells = static_cast<NumberColumn<T>&>(column).mutable_values();
      set.for_each([&](uint64_t word) { cells.push_back(static_cast<T>(word)); });
    });
  }

  DataTypePtr element_;
  uint64_t size_max_;
};

template <bool kDistinct>
AggregateFunctionPtr bind_group_array(std::span<const Value> parameters,
                                      std::span<const DataTypePtr> types) {
  constexpr const char* kName = kDistinct ? "groupUniqArray" : "groupArray";
  require_arguments(kName, types, 1);
  uint64_t size_max = std::numeric_limits<uint64_t>::max();
  if (!parameters.empty()) {
    const double size = number_parameter(kName, parameters[0]);
    if (!(size >= 1)) {
      throw Error(ErrorCode::BadArguments, std::string("Size limit of ") + kName +
                                               " should be positive, got " + std::to_string(size));
    }
    size_max = static_cast<uint64_t>(size);
  }
  if (kDistinct && is_integer_word(types[0]->kind())) {
    return std::make_shared<GroupUniqIntegers>(types[0], size_max);
  }
  return std::make_shared<GroupArray<kDistinct>>(types[0], size_max);
}

constexpr std::array<AggregateEntry, 3> kGroupArrayAggregates = {{
    {.name = "groupArray",
     .bind = bind_group_array<false>,
     .syntax = "groupArray[(max_size)](x)",
     .description = "The group's values that are not NULL, as an array, in no particular order.",
     .example = "SELECT groupArray(number) FROM numbers(3)",
     .example_result = "[0,1,2]"},
    {.name = "array_agg",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "groupArray"},
    {.name = "groupUniqArray",
     .bind = bind_group_array<true>,
     .syntax = "groupUniqArray[(max_size)](x)",
     .description = "The group's distinct values as an array, in no particular order.",
     .example = "SELECT arraySort(groupUniqArray(number % 2)) FROM numbers(5)",
     .example_result = "[0,1]"},
}};

}  // namespace

std::span<const AggregateEntry> group_array_aggregates() { return kGroupArrayAggregates; }

}  // namespace freshet
