// Aggregates fed, merged and stored by hand: what SQL tests cannot say about states.

#include "query/aggregate/aggregate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

// One state in memory of its own.
class State {
 public:
  explicit State(AggregateFunctionPtr function)
      : function_(std::move(function)), memory_(function_->state_bytes() / 8 + 2) {
    function_->create(bytes());
  }
  ~State() { function_->destroy(bytes()); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void add(const std::vector<ColumnPtr>& arguments) {
    function_->add(arguments, arguments.empty() ? 0 : arguments[0]->size(),
                   StateRows::single(bytes()));
  }
  void merge(State& other) { function_->merge(bytes(), other.bytes()); }
  std::string stored() {
    std::string out;
    ByteWriter writer(out);
    function_->serialize(bytes(), writer);
    return out;
  }
  void merge_stored(const std::string& text) {
    ByteReader reader(text);
    function_->merge_serialized(bytes(), reader);
    EXPECT_TRUE(reader.at_end());
  }
  Value result() {
    MutableColumnPtr out = make_column(*function_->result_type());
    char* row = bytes();
    function_->finish(&row, 0, 1, *out);
    return value_at(*out, 0);
  }

 private:
  char* bytes() { return reinterpret_cast<char*>(memory_.data()); }
  AggregateFunctionPtr function_;
  std::vector<uint64_t> memory_;
};

ColumnPtr numbers(std::initializer_list<uint64_t> values) {
  return make_number_column(Buffer<uint64_t>(values));
}

AggregateFunctionPtr bind(const std::string& name, const std::vector<DataTypePtr>& types,
                          const std::vector<Value>& parameters = {}) {
  return bind_aggregate(name, parameters, types);
}

const DataTypePtr kUInt64 = simple_type(TypeId::UInt64);
const DataTypePtr kUInt8 = simple_type(TypeId::UInt8);
const DataTypePtr kString = simple_type(TypeId::String);

// Sums of floats depend on their order by a rounding.
void expect_same_result(const Value& result, const Value& expected) {
  if (std::holds_alternative<double>(result.cell)) {
    EXPECT_DOUBLE_EQ(result.as<double>(), expected.as<double>());
  } else {
    EXPECT_EQ(result, expected);
  }
}

// Every function of numbers: two halves merged, and two halves stored and merged, give what one
// state gives.
TEST(Aggregate, MergedAndStoredHalvesEqualTheWhole) {
  for (const char* name : {"count",         "sum",       "avg",
                           "min",           "max",       "any",
                           "uniq",          "uniqExact", "quantile",
                           "quantileExact", "median",    "varPop",
                           "varSamp",       "stddevPop", "skewPop",
                           "skewSamp",      "kurtPop",   "kurtSamp",
                           "groupBitXor",   "sumOrNull", "uniqExactDistinct"}) {
    SCOPED_TRACE(name);
    const AggregateFunctionPtr function = bind(name, {kUInt64});
    ASSERT_NE(function, nullptr);
    State whole(function);
    whole.add({numbers({1, 2, 3, 4, 100, 2})});
    State left(function);
    State right(function);
    left.add({numbers({1, 2, 3})});
    right.add({numbers({4, 100, 2})});
    State from_store(function);
    from_store.merge_stored(left.stored());
    from_store.merge_stored(right.stored());
    left.merge(right);
    expect_same_result(left.result(), whole.result());
    expect_same_result(from_store.result(), whole.result());
  }
}

TEST(Aggregate, IfSkipsRowsWhoseConditionIsNotTrue) {
  State state(bind("sumIf", {kUInt64, kUInt8}));
  state.add({numbers({1, 10, 100}), make_number_column(Buffer<uint8_t>({1, 0, 1}))});
  EXPECT_EQ(state.result(), Value(uint64_t{101}));
}

TEST(Aggregate, NullsAreSkippedAndNothingElseGivesNull) {
  const AggregateFunctionPtr sum = bind("sum", {nullable_type(kUInt64)});
  State some(sum);
  some.add({column_from_text("Nullable(UInt64)", "1 \\N 5")});
  EXPECT_EQ(some.result(), Value(uint64_t{6}));
  State none(sum);
  none.add({column_from_text("Nullable(UInt64)", "\\N")});
  EXPECT_TRUE(none.result().is_null());
  State count(bind("count", {nullable_type(kUInt64)}));
  count.add({column_from_text("Nullable(UInt64)", "\\N 7")});
  EXPECT_EQ(count.result(), Value(uint64_t{1}));
}

TEST(Aggregate, StatesTravelAsBytesOfTheirColumn) {
  const AggregateFunctionPtr make_state = bind("uniqState", {kString});
  EXPECT_EQ(make_state->result_type()->name(), "AggregateFunction(uniq, String)");
  State state(make_state);
  state.add({column_from_text("String", "a b a")});
  auto states = std::make_shared<StringColumn>();
  states->append_string(std::get<std::string>(state.result().cell));
  State merged(bind("uniqMerge", {make_state->result_type()}));
  merged.add({states});
  merged.add({states});
  EXPECT_EQ(merged.result(), Value(uint64_t{2}));
}

TEST(Aggregate, ParametersStayInTheStateType) {
  const AggregateFunctionPtr state = bind("quantileState", {kUInt64}, {Value(0.9)});
  EXPECT_EQ(state->result_type()->name(), "AggregateFunction(quantile(0.9), UInt64)");
  EXPECT_NE(aggregate_of_state_type(*state->result_type()), nullptr);
}

TEST(Aggregate, UniqIsExactUpToItsSampleAndCloseBeyond) {
  State state(bind("uniq", {kUInt64}));
  Buffer<uint64_t> values;
  for (uint64_t i = 0; i < 60'000; ++i) values.push_back(i * 7919);
  state.add({make_number_column(values)});
  EXPECT_EQ(state.result(), Value(uint64_t{60'000}));
  for (uint64_t i = 60'000; i < 1'000'000; ++i) values.push_back(i * 7919);
  state.add({make_number_column(std::move(values))});
  const auto estimate = static_cast<double>(std::get<uint64_t>(state.result().cell));
  EXPECT_NEAR(estimate, 1e6, 2e4);
}

TEST(Aggregate, DamagedStatesAreNamedNotRead) {
  State state(bind("uniqExact", {kString}));
  EXPECT_THROW(state.merge_stored("\xff\xff\xff\xff\x0f"), Error);
}

TEST(Aggregate, AWrongNumberOfArgumentsIsAnError) {
  EXPECT_THROW(bind("sum", {}), Error);
  EXPECT_THROW(bind("argMin", {kUInt64}), Error);
  EXPECT_THROW(bind("sum", {kString}), Error);
  EXPECT_EQ(bind("noSuchFunction", {kUInt64}), nullptr);
}

}  // namespace
}  // namespace freshet
