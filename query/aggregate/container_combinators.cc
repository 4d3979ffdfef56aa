// -Map and -ForEach: a nested state for each key of a map, or for each place of an array.
//
//   sumMap({'a': 1, 'b': 2}), ({'a': 5})        {'a': 6, 'b': 2}
//   sumForEach([1, 2]), ([10])                  [11, 2]

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "query/aggregate/combinator.h"
#include "query/aggregate/state_function.h"
#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

// Memory of one nested state.
class NestedState {
 public:
  explicit NestedState(const AggregateFunction& function)
      : function_(&function),
        memory_(static_cast<char*>(::operator new(
            std::max<size_t>(function.state_bytes(), 1),
            std::align_val_t(std::max(function.state_alignment(), alignof(std::max_align_t)))))) {
    function.create(memory_);
  }
  NestedState(NestedState&& other) noexcept
      : function_(other.function_), memory_(std::exchange(other.memory_, nullptr)) {}
  NestedState& operator=(NestedState&&) = delete;
  ~NestedState() {
    if (memory_ == nullptr) return;
    function_->destroy(memory_);
    ::operator delete(memory_, std::align_val_t(std::max(function_->state_alignment(),
                                                         alignof(std::max_align_t))));
  }
  char* get() const { return memory_; }

 private:
  const AggregateFunction* function_;
  char* memory_;
};

// --- -Map

struct ValueLess {
  bool operator()(const Value& a, const Value& b) const { return compare_values(a, b) < 0; }
};
using KeyedStates = std::map<Value, NestedState, ValueLess>;

// Of maps, or of two arrays: keys and values. The result is of the same shape; of arrays, a key
// whose value is 0 is left out when `drops_zeros`.
class OfMaps final : public StateFunction<KeyedStates> {
 public:
  OfMaps(AggregateFunctionPtr nested, const DataTypePtr& key, bool of_arrays, bool drops_zeros)
      : StateFunction(of_arrays ? tuple_type({array_type(key), array_type(nested->result_type())})
                                : map_type(key, nested->result_type()),
                      false),
        nested_(std::move(nested)),
        of_arrays_(of_arrays),
        drops_zeros_(drops_zeros) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr lists = flat(arguments[0]);
    const auto& array = static_cast<const ArrayColumn&>(*lists);
    ColumnPtr keys;
    ColumnPtr values;
    ColumnPtr value_lists;
    if (of_arrays_) {
      value_lists = flat(arguments[1]);
      const auto& other = static_cast<const ArrayColumn&>(*value_lists);
      if (!std::ranges::equal(array.offsets(), other.offsets())) {
        throw Error(ErrorCode::BadArguments,
                    "The arrays of keys and of values must be of one length");
      }
      keys = array.elements();
      values = other.elements();
    } else {
      const auto& pairs = static_cast<const TupleColumn&>(*array.elements());
      keys = pairs.element(0);
      values = pairs.element(1);
    }
    std::vector<char*> places(keys->size());
    for (size_t row = 0; row < row_count; ++row) {
      for (uint32_t i = array.offsets()[row]; i < array.offsets()[row + 1]; ++i) {
        places[i] = state_of(at(states[row]), value_at(*keys, i));
      }
    }
    nested_->add(std::span(&values, 1), places.size(), StateRows::of(places.data(), 0));
  }
  void merge(char* into, char* from) const override {
    for (const auto& [key, state] : at(from)) nested_->merge(state_of(at(into), key), state.get());
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).size());
    for (const auto& [key, nested] : at(state)) {
      write_value(key, out);
      nested_->serialize(nested.get(), out);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 1);
    for (uint64_t i = 0; i < count; ++i) {
      const Value key = read_value(in);
      nested_->merge_serialized(state_of(at(state), key), in);
    }
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      if (of_arrays_) {
        finish_arrays(at(rows[i] + offset), static_cast<TupleColumn&>(out));
      } else {
        finish_map(at(rows[i] + offset), static_cast<ArrayColumn&>(out));
      }
    }
  }

 private:
  char* state_of(KeyedStates& states, const Value& key) const {
    const auto found = states.find(key);
    if (found != states.end()) return found->second.get();
    return states.emplace(key, NestedState(*nested_)).first->second.get();
  }

  void finish_map(const KeyedStates& states, ArrayColumn& out) const {
    auto& pairs = static_cast<TupleColumn&>(out.mutable_elements());
    for (const auto& [key, state] : states) {
      append_value(pairs.mutable_element(0), key);
      char* one = state.get();
      nested_->finish(&one, 0, 1, pairs.mutable_element(1));
      pairs.close_row();
    }
    out.close_list();
  }

  void finish_arrays(const KeyedStates& states, TupleColumn& out) const {
    auto& keys = static_cast<ArrayColumn&>(out.mutable_element(0));
    auto& values = static_cast<ArrayColumn&>(out.mutable_element(1));
    for (const auto& [key, state] : states) {
      MutableColumnPtr cell = make_column(*nested_->result_type());
      char* one = state.get();
      nested_->finish(&one, 0, 1, *cell);
      if (drops_zeros_ && is_zero(*cell)) continue;
      append_value(keys.mutable_elements(), key);
      values.mutable_elements().append(*cell, 0, 1);
    }
    keys.close_list();
    values.close_list();
    out.close_row();
  }

  static bool is_zero(const Column& cell) {
    return is_number_kind(cell.kind()) &&
           dispatch_number(cell.kind(), [&]<class T>() { return values_of<T>(cell)[0] == T{0}; });
  }

  AggregateFunctionPtr nested_;
  bool of_arrays_;
  bool drops_zeros_;
};

// --- -ForEach

using PlacedStates = std::vector<NestedState>;

class ForEachPlace final : public StateFunction<PlacedStates> {
 public:
  explicit ForEachPlace(AggregateFunctionPtr nested)
      : StateFunction(array_type(nested->result_type()), false), nested_(std::move(nested)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    std::vector<ColumnPtr> lists;
    std::vector<ColumnPtr> elements;
    for (const ColumnPtr& argument : arguments) {
      lists.push_back(flat(argument));
      const auto& array = static_cast<const ArrayColumn&>(*lists.back());
      if (!std::ranges::equal(array.offsets(),
                              static_cast<const ArrayColumn&>(*lists[0]).offsets())) {
        throw Error(ErrorCode::SizesOfArraysDontMatch,
                    "All arrays passed to an -ForEach aggregate function must be of one length");
      }
      elements.push_back(array.elements());
    }
    const std::span<const uint32_t> offsets = static_cast<const ArrayColumn&>(*lists[0]).offsets();
    std::vector<char*> places(elements[0]->size());
    for (size_t row = 0; row < row_count; ++row) {
      PlacedStates& held = at(states[row]);
      grow(held, offsets[row + 1] - offsets[row]);
      for (uint32_t i = offsets[row]; i < offsets[row + 1]; ++i) {
        places[i] = held[i - offsets[row]].get();
      }
    }
    nested_->add(elements, places.size(), StateRows::of(places.data(), 0));
  }
  void merge(char* into, char* from) const override {
    PlacedStates& held = at(into);
    const PlacedStates& other = at(from);
    grow(held, other.size());
    for (size_t i = 0; i < other.size(); ++i) nested_->merge(held[i].get(), other[i].get());
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).size());
    for (const NestedState& nested : at(state)) nested_->serialize(nested.get(), out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 1);
    grow(at(state), count);
    for (uint64_t i = 0; i < count; ++i) nested_->merge_serialized(at(state)[i].get(), in);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      for (const NestedState& state : at(rows[i] + offset)) {
        char* one = state.get();
        nested_->finish(&one, 0, 1, lists.mutable_elements());
      }
      lists.close_list();
    }
  }

 private:
  void grow(PlacedStates& states, size_t size) const {
    while (states.size() < size) states.emplace_back(*nested_);
  }

  AggregateFunctionPtr nested_;
};

}  // namespace

AggregateFunctionPtr of_maps(AggregateFunctionPtr nested, const DataTypePtr& key, bool of_arrays,
                             bool drops_zeros) {
  return std::make_shared<OfMaps>(std::move(nested), key, of_arrays, drops_zeros);
}

AggregateFunctionPtr for_each_place(AggregateFunctionPtr nested) {
  return std::make_shared<ForEachPlace>(std::move(nested));
}

}  // namespace freshet
