// min, max, any, anyLast: one cell of the group's cells.

#include <array>
#include <string>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

enum class Pick : uint8_t { Min, Max, Any, AnyLast };

// Whether `next` takes the place of `held`, which is there already.
template <Pick kPick, class T>
bool replaces(const T& next, const T& held) {
  if constexpr (kPick == Pick::Min) {
    return next < held;
  } else if constexpr (kPick == Pick::Max) {
    return next > held;
  } else {
    return kPick == Pick::AnyLast;
  }
}

template <class T>
struct NumberState {
  T value = 0;
  bool has = false;
};

// NaN: min and max skip it as long as there is a number, as comparisons with it are false.
template <class T, Pick kPick>
class PickNumber final : public StateFunction<NumberState<T>> {
  using State = NumberState<T>;

 public:
  explicit PickNumber(const DataTypePtr& type)
      : StateFunction<State>(type, true), empty_(is_enum(*type) ? empty_enum(*type) : T{0}) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    if (row_count == 0) return;
    const ColumnPtr column = flat(arguments[0]);
    const std::span<const T> values = values_of<T>(*column);
    if (states.one != nullptr) {
      offer(this->at(states.one), best_of(values));
      return;
    }
    for (size_t i = 0; i < row_count; ++i) offer(this->at(states[i]), values[i]);
  }
  void merge(char* into, char* from) const override {
    const State& other = this->at(from);
    if (other.has) offer(this->at(into), other.value);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    const State& held = this->at(state);
    out.put_u8(held.has ? 1 : 0);
    if (held.has) out.put_bytes({reinterpret_cast<const char*>(&held.value), sizeof(T)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    if (in.get_u8() == 0) return;
    T value;
    std::memcpy(&value, in.get_bytes(sizeof(T)).data(), sizeof(T));
    offer(this->at(state), value);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& values = static_cast<NumberColumn<T>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) {
      const State& held = this->at(rows[i] + offset);
      values.push_back(held.has ? held.value : empty_);
    }
  }

 private:
  static T empty_enum(const DataType& type) {
    return static_cast<T>(empty_cell(type).as<int64_t>());
  }
  static bool is_nan(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      return value != value;
    } else {
      return false;
    }
  }
  static void offer(State& state, T value) {
    const bool better = !state.has || replaces<kPick>(value, state.value) ||
                        (kPick != Pick::Any && is_nan(state.value));
    if (better) state = {value, true};
  }
  static T best_of(std::span<const T> values) {
    if constexpr (kPick == Pick::Any) return values.front();
    if constexpr (kPick == Pick::AnyLast) return values.back();
    T best = values.front();
    for (const T value : values) {
      // A select, not a branch, so that the loop becomes vector code.
      best = replaces<kPick>(value, best) || is_nan(best) ? value : best;
    }
    return best;
  }

  T empty_;
};

struct StringState {
  std::string value;
  bool has = false;
};

template <Pick kPick>
class PickString final : public StateFunction<StringState> {
 public:
  explicit PickString(DataTypePtr type) : StateFunction(std::move(type), false) {}
  bool grows_with_rows() const override { return false; }

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    if (row_count == 0) return;
    const Column& column = *arguments[0];
    if (column.form() == ColumnForm::Dictionary) {
      const auto& coded = static_cast<const DictionaryColumn&>(column);
      const auto& entries = static_cast<const StringColumn&>(*coded.dictionary()->entries);
      const std::span<const uint32_t> codes = coded.codes();
      for (size_t i = 0; i < row_count; ++i) offer(at(states[i]), entries.at(codes[i]));
      return;
    }
    const ColumnPtr cells = flat(arguments[0]);
    const auto& strings = static_cast<const StringColumn&>(*cells);
    for (size_t i = 0; i < row_count; ++i) offer(at(states[i]), strings.at(i));
  }
  void merge(char* into, char* from) const override {
    if (at(from).has) offer(at(into), at(from).value);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_u8(at(state).has ? 1 : 0);
    if (at(state).has) out.put_string(at(state).value);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    if (in.get_u8() != 0) offer(at(state), in.get_string());
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& strings = static_cast<StringColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) strings.append_string(at(rows[i] + offset).value);
  }

 private:
  static void offer(StringState& state, std::string_view value) {
    if (state.has && !replaces<kPick>(value, std::string_view(state.value))) return;
    state.value.assign(value);
    state.has = true;
  }
};

struct BoxedState {
  Value value;
  bool has = false;
};

// Arrays, tuples and fixed strings: boxed cells.
template <Pick kPick>
class PickBoxed final : public StateFunction<BoxedState> {
 public:
  explicit PickBoxed(DataTypePtr type) : StateFunction(std::move(type), false) {}
  bool grows_with_rows() const override { return false; }

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    for (size_t i = 0; i < row_count; ++i) {
      if (kPick == Pick::Any && at(states[i]).has) continue;
      offer(at(states[i]), value_at(*arguments[0], i));
    }
  }
  void merge(char* into, char* from) const override {
    if (at(from).has) offer(at(into), at(from).value);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_u8(at(state).has ? 1 : 0);
    if (at(state).has) write_value(at(state).value, out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    if (in.get_u8() != 0) offer(at(state), read_value(in));
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const BoxedState& state = at(rows[i] + offset);
      if (state.has) {
        append_value(out, state.value);
      } else {
        out.append_default(1);
      }
    }
  }

 private:
  static void offer(BoxedState& state, Value value) {
    if (state.has) {
      const auto order = compare_values(value, state.value);
      const bool better = kPick == Pick::Min   ? order < 0
                          : kPick == Pick::Max ? order > 0
                                               : kPick == Pick::AnyLast;
      if (!better) return;
    }
    state.value = std::move(value);
    state.has = true;
  }
};

template <Pick kPick>
AggregateFunctionPtr bind_pick(std::span<const Value> parameters,
                               std::span<const DataTypePtr> types) {
  constexpr const char* kName = kPick == Pick::Min   ? "min"
                                : kPick == Pick::Max ? "max"
                                : kPick == Pick::Any ? "any"
                                                     : "anyLast";
  require_no_parameters(kName, parameters);
  require_arguments(kName, types, 1);
  const DataTypePtr& type = types[0];
  if (type->id() == TypeId::AggregateFunction) refuse_type(kName, *type);
  if (is_number_kind(type->kind())) {
    return dispatch_number(type->kind(), [&]<class T>() -> AggregateFunctionPtr {
      return std::make_shared<PickNumber<T, kPick>>(type);
    });
  }
  if (type->kind() == PhysicalKind::String) return std::make_shared<PickString<kPick>>(type);
  return std::make_shared<PickBoxed<kPick>>(type);
}

constexpr std::array<AggregateEntry, 17> kMinMaxAggregates = {{
    {.name = "min",
     .bind = bind_pick<Pick::Min>,
     .syntax = "min(x)",
     .description = "Least value.",
     .example = "SELECT min(number) FROM numbers(2, 3)",
     .example_result = "2",
     .case_insensitive = true},
    {.name = "max",
     .bind = bind_pick<Pick::Max>,
     .syntax = "max(x)",
     .description = "Greatest value.",
     .example = "SELECT max(number) FROM numbers(2, 3)",
     .example_result = "4",
     .case_insensitive = true},
    {.name = "any",
     .bind = bind_pick<Pick::Any>,
     .syntax = "any(x)",
     .description = "The first value met; which one it is may differ from run to run.",
     .example = "SELECT any(number) FROM numbers(7, 1)",
     .example_result = "7"},
    {.name = "any_value",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "any"},
    {.name = "first_value",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "any"},
    {.name = "anyLast",
     .bind = bind_pick<Pick::AnyLast>,
     .syntax = "anyLast(x)",
     .description = "The last value met; which one it is may differ from run to run.",
     .example = "SELECT anyLast(number) FROM numbers(7, 1)",
     .example_result = "7"},
    {.name = "last_value",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "anyLast"},
    {.name = "any_respect_nulls",
     .bind = bind_pick<Pick::Any>,
     .syntax = "any_respect_nulls(x) | any(x) RESPECT NULLS",
     .description = "The first value met, also when it is NULL.",
     .example = "SELECT any_respect_nulls(NULL)",
     .example_result = "\\N",
     .handles_nulls = true},
    {.name = "anyLast_respect_nulls",
     .bind = bind_pick<Pick::AnyLast>,
     .syntax = "anyLast_respect_nulls(x) | anyLast(x) RESPECT NULLS",
     .description = "The last value met, also when it is NULL.",
     .example = "SELECT anyLast_respect_nulls(NULL)",
     .example_result = "\\N",
     .handles_nulls = true},
    {.name = "any_value_respect_nulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "any_respect_nulls"},
    {.name = "first_value_respect_nulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "any_respect_nulls"},
    {.name = "last_value_respect_nulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "anyLast_respect_nulls"},
    {.name = "anyRespectNulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .alias_of = "any_respect_nulls"},
    {.name = "anyValueRespectNulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .alias_of = "any_respect_nulls"},
    {.name = "firstValueRespectNulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .alias_of = "any_respect_nulls"},
    {.name = "anyLastRespectNulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .alias_of = "anyLast_respect_nulls"},
    {.name = "lastValueRespectNulls",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .alias_of = "anyLast_respect_nulls"},
}};

}  // namespace

std::span<const AggregateEntry> min_max_aggregates() { return kMinMaxAggregates; }

}  // namespace freshet
