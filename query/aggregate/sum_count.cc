// count, sum, sumWithOverflow, avg, avgWeighted, countIf's base, bitwise group functions.

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "query/aggregate/sum_doubles.h"
#include "storage/base/check.h"
#include "storage/base/vector_clones.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

// Integers wrap.
template <class A>
A plus(A a, A b) {
  if constexpr (std::is_floating_point_v<A>) {
    return a + b;
  } else if constexpr (std::is_same_v<A, Int128>) {
    return static_cast<Int128>(static_cast<UInt128>(a) + static_cast<UInt128>(b));
  } else {
    return static_cast<A>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
}

template <class A>
inline constexpr bool kIsWord = std::is_integral_v<A> && sizeof(A) == sizeof(uint64_t);

template <class A, class T>
FRESHET_VECTOR_CLONES A sum_of_cells(const T* __restrict values, size_t count) {
  if constexpr (std::is_floating_point_v<A>) {
    // Running sums side by side: one alone waits for each addition, and the compiler may not
    // reorder floats.
    constexpr size_t kLanes = 8;
    std::array<A, kLanes> sums{};
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (size_t k = 0; k < kLanes; ++k) sums[k] += static_cast<A>(values[i + k]);
    }
    for (size_t width = kLanes / 2; width > 0; width /= 2) {
      for (size_t k = 0; k < width; ++k) sums[k] += sums[k + width];
    }
    A sum = sums[0];
    for (; i < count; ++i) sum += static_cast<A>(values[i]);
    return sum;
  } else {
    A sum = 0;
    for (size_t i = 0; i < count; ++i) sum = plus(sum, static_cast<A>(values[i]));
    return sum;
  }
}

template <class A, class T>
A sum_of(std::span<const T> values) {
  return sum_of_cells<A>(values.data(), values.size());
}

// Of those cells whose bit in `except`, a bit for each cell, is not set. Looking at every cell
// costs no more than adding them all: both wait for the cells to come.
template <class A, class T>
FRESHET_VECTOR_CLONES A sum_of_cells_except(const T* __restrict values, size_t count,
                                            const uint64_t* __restrict except) {
  const auto unless_excepted = [](T value, uint64_t bits, size_t i) {
    if constexpr (std::is_floating_point_v<A>) {
      return (bits >> i & 1) != 0 ? A{0} : static_cast<A>(value);
    } else {
      return static_cast<A>(static_cast<A>(value) & (static_cast<A>(bits >> i & 1) - 1));
    }
  };
  A sum = 0;
  for (; count >= 64; count -= 64, values += 64, ++except) {
    const uint64_t bits = *except;
    for (size_t i = 0; i < 64; ++i) sum = plus(sum, unless_excepted(values[i], bits, i));
  }
  for (size_t i = 0; i < count; ++i) sum = plus(sum, unless_excepted(values[i], *except, i));
  return sum;
}

template <class A, class T>
A sum_except(std::span<const T> values, const RowBitmap& except) {
  return sum_of_cells_except<A>(values.data(), values.size(), except.words().data());
}

class Count final : public StateFunction<uint64_t> {
 public:
  Count() : StateFunction(simple_type(TypeId::UInt64), true) {}

  void add(std::span<const ColumnPtr>, size_t row_count, StateRows states) const override {
    if (states.one != nullptr) {
      at(states.one) += row_count;
      return;
    }
    for (size_t i = 0; i < row_count; ++i) ++at(states[i]);
  }
  bool can_add_except() const override { return true; }
  void add_except(std::span<const ColumnPtr>, size_t row_count, const RowBitmap& except,
                  char* state) const override {
    at(state) += row_count - except.count();
  }
  bool merges_by_adding() const override { return true; }
  void merge(char* into, char* from) const override { at(into) += at(from); }
  void serialize(const char* state, ByteWriter& out) const override { out.put_varint(at(state)); }
  void merge_serialized(char* state, ByteReader& in) const override {
    at(state) += in.get_varint();
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& values = static_cast<NumberColumn<uint64_t>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) values.push_back(at(rows[i] + offset));
  }
};

// Fixed-width integers and floats are stored as they lie; 128-bit ones too.
template <class T>
void put_raw(ByteWriter& out, const T& value) {
  out.put_bytes({reinterpret_cast<const char*>(&value), sizeof(T)});
}

template <class T>
T get_raw(ByteReader& in) {
  T value;
  std::memcpy(&value, in.get_bytes(sizeof(T)).data(), sizeof(T));
  return value;
}

// Sums cells of T in an accumulator of type A, given as a cell of type R; integers wrap, as
// ClickHouse's do.
template <class T, class A, class R = A>
class Sum final : public StateFunction<A> {
 public:
  explicit Sum(DataTypePtr type) : StateFunction<A>(std::move(type), true) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[0]);
    const std::span<const T> values = values_of<T>(*column);
    if (states.one != nullptr) {
      this->at(states.one) = plus(this->at(states.one), sum_of<A>(values));
      return;
    }
    for (size_t i = 0; i < row_count; ++i) {
      A& sum = this->at(states[i]);
      sum = plus(sum, static_cast<A>(values[i]));
    }
  }
  bool can_add_except() const override { return true; }
  void add_except(std::span<const ColumnPtr> arguments, size_t, const RowBitmap& except,
                  char* state) const override {
    const ColumnPtr column = flat(arguments[0]);
    this->at(state) = plus(this->at(state), sum_except<A>(values_of<T>(*column), except));
  }
  bool merges_by_adding() const override { return kIsWord<A>; }
  void merge(char* into, char* from) const override {
    this->at(into) = plus(this->at(into), this->at(from));
  }
  void serialize(const char* state, ByteWriter& out) const override {
    put_raw(out, this->at(state));
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    this->at(state) = plus(this->at(state), get_raw<A>(in));
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& values = static_cast<NumberColumn<R>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) {
      values.push_back(static_cast<R>(this->at(rows[i] + offset)));
    }
  }
};

template <class A>
struct Mean {
  A sum = 0;
  uint64_t count = 0;
};

// avg: the sum in A (integers exactly, wrapping at 64 bits as ClickHouse does), divided at the end.
template <class T, class A>
class Average final : public StateFunction<Mean<A>> {
 public:
  explicit Average(uint32_t scale)
      : StateFunction<Mean<A>>(simple_type(TypeId::Float64), true), divisor_(1) {
    for (uint32_t i = 0; i < scale; ++i) divisor_ *= 10;
  }

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[0]);
    const std::span<const T> values = values_of<T>(*column);
    if (states.one != nullptr) {
      Mean<A>& mean = this->at(states.one);
      mean.sum = plus(mean.sum, sum_of<A>(values));
      mean.count += row_count;
      return;
    }
    for (size_t i = 0; i < row_count; ++i) {
      Mean<A>& mean = this->at(states[i]);
      mean.sum = plus(mean.sum, static_cast<A>(values[i]));
      ++mean.count;
    }
  }
  bool can_add_except() const override { return true; }
  void add_except(std::span<const ColumnPtr> arguments, size_t row_count, const RowBitmap& except,
                  char* state) const override {
    const ColumnPtr column = flat(arguments[0]);
    Mean<A>& mean = this->at(state);
    mean.sum = plus(mean.sum, sum_except<A>(values_of<T>(*column), except));
    mean.count += row_count - except.count();
  }
  bool merges_by_adding() const override { return kIsWord<A>; }
  void merge(char* into, char* from) const override {
    this->at(into).sum = plus(this->at(into).sum, this->at(from).sum);
    this->at(into).count += this->at(from).count;
  }
  void serialize(const char* state, ByteWriter& out) const override {
    put_raw(out, this->at(state).sum);
    out.put_varint(this->at(state).count);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    this->at(state).sum = plus(this->at(state).sum, get_raw<A>(in));
    this->at(state).count += in.get_varint();
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& values = static_cast<NumberColumn<double>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) {
      const Mean<A>& mean = this->at(rows[i] + offset);
      values.push_back(static_cast<double>(mean.sum) / divisor_ / static_cast<double>(mean.count));
    }
  }

 private:
  double divisor_;
};

// groupBitAnd, groupBitOr, groupBitXor.
enum class BitFold : uint8_t { And, Or, Xor };

template <class T, BitFold kFold>
struct BitState {
  T bits = kFold == BitFold::And ? static_cast<T>(~T{0}) : T{0};
};

template <class T, BitFold kFold>
class GroupBit final : public StateFunction<BitState<T, kFold>> {
 public:
  explicit GroupBit(DataTypePtr type)
      : StateFunction<BitState<T, kFold>>(std::move(type), kFold != BitFold::And) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[0]);
    const std::span<const T> values = values_of<T>(*column);
    for (size_t i = 0; i < row_count; ++i) fold(this->at(states[i]).bits, values[i]);
  }
  void merge(char* into, char* from) const override {
    fold(this->at(into).bits, this->at(from).bits);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    put_raw(out, this->at(state).bits);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    fold(this->at(state).bits, get_raw<T>(in));
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& values = static_cast<NumberColumn<T>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) values.push_back(this->at(rows[i] + offset).bits);
  }

 private:
  static void fold(T& into, T value) {
    if constexpr (kFold == BitFold::And) {
      into = static_cast<T>(into & value);
    } else if constexpr (kFold == BitFold::Or) {
      into = static_cast<T>(into | value);
    } else {
      into = static_cast<T>(into ^ value);
    }
  }
};

AggregateFunctionPtr bind_count(std::span<const Value> parameters,
                                std::span<const DataTypePtr> types) {
  require_no_parameters("count", parameters);
  if (types.size() > 1) require_arguments("count", types, 1);
  return std::make_shared<Count>();
}

template <class T>
AggregateFunctionPtr make_sum(const DataType& type) {
  if (type.id() == TypeId::Decimal) {
    return std::make_shared<Sum<T, Int128>>(decimal_type(38, type.scale()));
  }
  if constexpr (std::is_floating_point_v<T>) {
    return std::make_shared<Sum<T, double>>(simple_type(TypeId::Float64));
  } else if constexpr (sizeof(T) > 8) {
    refuse_type("sum", type);
  } else if constexpr (std::is_signed_v<T>) {
    return std::make_shared<Sum<T, int64_t>>(simple_type(TypeId::Int64));
  } else {
    return std::make_shared<Sum<T, uint64_t>>(simple_type(TypeId::UInt64));
  }
}

bool can_be_summed(const DataType& type) {
  return is_number(type) || type.id() == TypeId::Nothing || type.id() == TypeId::Interval;
}

AggregateFunctionPtr bind_sum(std::span<const Value> parameters,
                              std::span<const DataTypePtr> types) {
  require_no_parameters("sum", parameters);
  require_arguments("sum", types, 1);
  const DataType& type = *types[0];
  if (!can_be_summed(type)) refuse_type("sum", type);
  return dispatch_number(type.kind(), [&]<class T>() { return make_sum<T>(type); });
}

// The sum in the argument's own type.
AggregateFunctionPtr bind_wrapping_sum(std::span<const Value> parameters,
                                       std::span<const DataTypePtr> types) {
  require_no_parameters("sumWithOverflow", parameters);
  require_arguments("sumWithOverflow", types, 1);
  const DataTypePtr& type = types[0];
  if (!is_number(*type)) refuse_type("sumWithOverflow", *type);
  return dispatch_number(type->kind(), [&]<class T>() -> AggregateFunctionPtr {
    if constexpr (std::is_floating_point_v<T>) {
      return std::make_shared<Sum<T, double, T>>(type);
    } else if constexpr (std::is_same_v<T, UInt128>) {
      refuse_type("sumWithOverflow", *type);
    } else if (type->id() == TypeId::Decimal) {
      return std::make_shared<Sum<T, Int128, T>>(type);
    } else if constexpr (sizeof(T) > 8) {
      refuse_type("sumWithOverflow", *type);
    } else if constexpr (std::is_signed_v<T>) {
      return std::make_shared<Sum<T, int64_t, T>>(type);
    } else {
      return std::make_shared<Sum<T, uint64_t, T>>(type);
    }
  });
}

AggregateFunctionPtr bind_average(std::span<const Value> parameters,
                                  std::span<const DataTypePtr> types) {
  require_no_parameters("avg", parameters);
  require_arguments("avg", types, 1);
  const DataType& type = *types[0];
  if (!can_be_summed(type)) refuse_type("avg", type);
  return dispatch_number(type.kind(), [&]<class T>() -> AggregateFunctionPtr {
    if constexpr (std::is_floating_point_v<T>) {
      return std::make_shared<Average<T, double>>(0);
    } else if constexpr (std::is_same_v<T, UInt128>) {
      refuse_type("avg", type);
    } else if constexpr (std::is_same_v<T, Int128>) {
      return std::make_shared<Average<T, Int128>>(type.scale());
    } else if constexpr (std::is_signed_v<T>) {
      return std::make_shared<Average<T, int64_t>>(type.scale());
    } else {
      return std::make_shared<Average<T, uint64_t>>(0);
    }
  });
}

template <BitFold kFold>
AggregateFunctionPtr bind_group_bit(std::span<const Value> parameters,
                                    std::span<const DataTypePtr> types) {
  require_no_parameters("groupBit", parameters);
  require_arguments("groupBit", types, 1);
  const DataTypePtr& type = types[0];
  if (!is_integer(*type)) refuse_type("groupBit", *type);
  return dispatch_number(type->kind(), [&]<class T>() -> AggregateFunctionPtr {
    if constexpr (std::is_integral_v<T>) {
      return std::make_shared<GroupBit<T, kFold>>(type);
    } else {
      refuse_type("groupBit", *type);
    }
  });
}

constexpr std::array<AggregateEntry, 8> kSumCountAggregates = {{
    {.name = "count",
     .bind = bind_count,
     .syntax = "count() | count(expr)",
     .description = "Number of rows, or of rows where the expression is not NULL.",
     .example = "SELECT count() FROM numbers(3)",
     .example_result = "3",
     .default_when_only_null = true,
     .case_insensitive = true},
    {.name = "sum",
     .bind = bind_sum,
     .syntax = "sum(x)",
     .description = "Sum of numbers; integers in 64 bits, wrapping.",
     .example = "SELECT sum(number) FROM numbers(5)",
     .example_result = "10",
     .case_insensitive = true},
    {.name = "sumWithOverflow",
     .bind = bind_wrapping_sum,
     .syntax = "sumWithOverflow(x)",
     .description = "Sum of numbers in their own type, wrapping.",
     .example = "SELECT sumWithOverflow(toUInt8(200)) FROM numbers(2)",
     .example_result = "144"},
    {.name = "avg",
     .bind = bind_average,
     .syntax = "avg(x)",
     .description = "Arithmetic mean as Float64; nan for no rows.",
     .example = "SELECT avg(number) FROM numbers(5)",
     .example_result = "2",
     .case_insensitive = true},
    {.name = "groupBitAnd",
     .bind = bind_group_bit<BitFold::And>,
     .syntax = "groupBitAnd(x)",
     .description = "Bitwise AND of integers.",
     .example = "SELECT groupBitAnd(number + 4) FROM numbers(4)",
     .example_result = "4"},
    {.name = "groupBitOr",
     .bind = bind_group_bit<BitFold::Or>,
     .syntax = "groupBitOr(x)",
     .description = "Bitwise OR of integers.",
     .example = "SELECT groupBitOr(number) FROM numbers(4)",
     .example_result = "3"},
    {.name = "groupBitXor",
     .bind = bind_group_bit<BitFold::Xor>,
     .syntax = "groupBitXor(x)",
     .description = "Bitwise XOR of integers.",
     .example = "SELECT groupBitXor(number) FROM numbers(3)",
     .example_result = "3"},
    {.name = "BIT_OR",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "groupBitOr"},
}};

}  // namespace

double sum_doubles(std::span<const double> values) { return sum_of<double>(values); }

std::span<const AggregateEntry> sum_count_aggregates() { return kSumCountAggregates; }

}  // namespace freshet
