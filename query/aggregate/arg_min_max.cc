// argMin(arg, val), argMax(arg, val): the argument in the row of the least or greatest value.

#include <array>

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
  explicit ArgExtreme(DataTypePtr type) : StateFunction(std::move(type), false) {}
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
      if (state.has) {
        append_value(out, state.argument);
      } else {
        out.append_default(1);
      }
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
};

template <bool kMax>
AggregateFunctionPtr bind_arg_extreme(std::span<const Value> parameters,
                                      std::span<const DataTypePtr> types) {
  constexpr const char* kName = kMax ? "argMax" : "argMin";
  require_no_parameters(kName, parameters);
  require_arguments(kName, types, 2);
  return std::make_shared<ArgExtreme<kMax>>(types[0]);
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
