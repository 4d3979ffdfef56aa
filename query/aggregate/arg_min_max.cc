// argMin(arg, val), argMax(arg, val): the argument in the row of the least or greatest value.

#include <array>
#include <cstring>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/number_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

// The argument and the best value so far, boxed: they change rarely, and only the comparison of
// each row with the best must be fast.
struct ArgState {
  Value argument;
  Value best;
  bool has = false;
};

template <bool kMax>
class ArgExtreme final : public StateFunction<ArgState> {
 public:
  explicit ArgExtreme(const DataTypePtr& type)
      : StateFunction(type, false), empty_(empty_cell(*type)) {}
  bool grows_with_rows() const override { return false; }

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[1]);
    if (is_number_kind(column->kind())) {
      dispatch_number(column->kind(), [&]<class T>() {
        add_numbers<T>(*arguments[0], values_of<T>(*column), row_count, states);
      });
      return;
    }
    for (size_t i = 0; i < row_count; ++i) {
      offer(at(states[i]), value_at(*column, i), *arguments[0], i);
    }
  }
  void merge(char* into, char* from) const override {
    if (at(from).has) take(at(into), at(from).argument, at(from).best);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_u8(at(state).has ? 1 : 0);
    if (!at(state).has) return;
    write_value(at(state).argument, out);
    write_value(at(state).best, out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    if (in.get_u8() == 0) return;
    Value argument = read_value(in);
    Value best = read_value(in);
    take(at(state), std::move(argument), std::move(best));
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const ArgState& state = at(rows[i] + offset);
      append_value(out, state.has ? state.argument : empty_);
    }
  }

 private:
  template <class T>
  static void add_numbers(const Column& argument, std::span<const T> values, size_t row_count,
                          StateRows states) {
    using Boxed = std::conditional_t<
        std::is_floating_point_v<T>, double,
        std::conditional_t<(sizeof(T) > 8), T,
                           std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>>;
    for (size_t i = 0; i < row_count; ++i) {
      ArgState& state = at(states[i]);
      const auto value = static_cast<Boxed>(values[i]);
      if (state.has) {
        const Boxed& best = state.best.as<Boxed>();
        if (!(kMax ? value > best : value < best)) continue;
      }
      state = {value_at(argument, i), Value(value), true};
    }
  }
  static bool better(const Value& value, const Value& best) {
    const auto order = compare_values(value, best);
    return kMax ? order > 0 : order < 0;
  }
  static void offer(ArgState& state, Value value, const Column& argument, size_t row) {
    if (state.has && !better(value, state.best)) return;
    state = {value_at(argument, row), std::move(value), true};
  }
  static void take(ArgState& state, Value argument, Value value) {
    if (state.has && !better(value, state.best)) return;
    state = {std::move(argument), std::move(value), true};
  }

  Value empty_;
};

// A number of up to 8 bytes as value_at() gives it, and its bytes.
uint64_t bits_at(const Column& column, size_t row) {
  uint64_t bits = 0;
  dispatch_number(column.kind(), [&]<class T>() {
    if constexpr (sizeof(T) <= sizeof(bits)) {
      std::memcpy(&bits, &values_of<T>(column)[row], sizeof(T));
    }
  });
  return bits;
}
void append_bits(Column& column, uint64_t bits) {
  dispatch_number(column.kind(), [&]<class T>() {
    if constexpr (sizeof(T) <= sizeof(bits)) {
      T value;
      std::memcpy(&value, &bits, sizeof(T));
      static_cast<NumberColumn<T>&>(column).mutable_values().push_back(value);
    }
  });
}

template <class T>
struct NumberArgState {
  T best{};
  bool has = false;
  uint64_t argument = 0;  // its bytes
};

// Both numbers of up to 8 bytes. Bytes of states are those of ArgExtreme.
template <class T, bool kMax>
class NumberArgExtreme final : public StateFunction<NumberArgState<T>> {
  using State = NumberArgState<T>;

 public:
  explicit NumberArgExtreme(const DataTypePtr& type)
      : StateFunction<State>(type, true), empty_(empty_cell(*type)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr argument = flat(arguments[0]);
    const ColumnPtr column = flat(arguments[1]);
    const std::span<const T> values = values_of<T>(*column);
    for (size_t i = 0; i < row_count; ++i) {
      State& state = this->at(states[i]);
      if (state.has && !is_better(values[i], state.best)) continue;
      state = {values[i], true, bits_at(*argument, i)};
    }
  }
  void merge(char* into, char* from) const override {
    const State& other = this->at(from);
    if (other.has) take(this->at(into), other);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    const State& one = this->at(state);
    out.put_u8(one.has ? 1 : 0);
    if (!one.has) return;
    const MutableColumnPtr argument = make_column(*this->result_type());
    append_bits(*argument, one.argument);
    NumberColumn<T> best;
    best.mutable_values().push_back(one.best);
    write_value(value_at(*argument, 0), out);
    write_value(value_at(best, 0), out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    if (in.get_u8() == 0) return;
    const MutableColumnPtr argument = make_column(*this->result_type());
    append_value(*argument, read_value(in));
    NumberColumn<T> best;
    append_value(best, read_value(in));
    take(this->at(state), {best.values()[0], true, bits_at(*argument, 0)});
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const State& state = this->at(rows[i] + offset);
      if (state.has) {
        append_bits(out, state.argument);
      } else {
        append_value(out, empty_);
      }
    }
  }

 private:
  static bool is_better(T value, T best) { return kMax ? value > best : value < best; }
  static void take(State& state, const State& other) {
    if (!state.has || is_better(other.best, state.best)) state = other;
  }

  Value empty_;
};

bool is_small_number(const DataType& type) {
  return is_number_kind(type.kind()) && type.kind() != PhysicalKind::I128 &&
         type.kind() != PhysicalKind::U128;
}

template <bool kMax>
AggregateFunctionPtr bind_arg_extreme(std::span<const Value> parameters,
                                      std::span<const DataTypePtr> types) {
  constexpr const char* kName = kMax ? "argMax" : "argMin";
  require_no_parameters(kName, parameters);
  require_arguments(kName, types, 2);
  AggregateFunctionPtr function;
  if (is_small_number(*types[0]) && is_small_number(*types[1])) {
    dispatch_number(types[1]->kind(), [&]<class T>() {
      if constexpr (sizeof(T) <= sizeof(uint64_t)) {
        function = std::make_shared<NumberArgExtreme<T, kMax>>(types[0]);
      }
    });
  } else {
    function = std::make_shared<ArgExtreme<kMax>>(types[0]);
  }
  return function;
}

constexpr std::array<AggregateEntry, 4> kArgMinMaxAggregates = {{
    {.name = "argMin",
     .bind = bind_arg_extreme<false>,
     .syntax = "argMin(arg, val)",
     .description = "The argument in the row with the least value.",
     .example = "SELECT argMin(number, -number) FROM numbers(4)",
     .example_result = "3"},
    {.name = "argMax",
     .bind = bind_arg_extreme<true>,
     .syntax = "argMax(arg, val)",
     .description = "The argument in the row with the greatest value.",
     .example = "SELECT argMax(number, number) FROM numbers(4)",
     .example_result = "3"},
    {.name = "min_by",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "argMin"},
    {.name = "max_by",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "argMax"},
}};

}  // namespace

std::span<const AggregateEntry> arg_min_max_aggregates() { return kArgMinMaxAggregates; }

}  // namespace freshet
