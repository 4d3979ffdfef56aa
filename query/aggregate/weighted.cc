// avgWeighted, sumKahan, entropy, and groupConcat: sums of other kinds.

#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/coded_column.h"
#include "storage/column/decimal.h"
#include "storage/column/number_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/string_column.h"
#include "storage/column/text.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// Number cells as doubles; `divisor`: of decimals, whose cells are whole numbers.
Buffer<double> as_doubles(const ColumnPtr& column, double divisor) {
  const ColumnPtr cells = flat(column);
  Buffer<double> out(cells->size());
  dispatch_number(cells->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*cells);
    for (size_t i = 0; i < values.size(); ++i) out[i] = static_cast<double>(values[i]) / divisor;
  });
  return out;
}

double divisor_of(const DataType& type) {
  return type.id() == TypeId::Decimal ? static_cast<double>(power_of_ten(type.scale())) : 1;
}

void push_double(Column& out, double value) {
  static_cast<NumberColumn<double>&>(out).mutable_values().push_back(value);
}

// --- sumKahan: what the additions lost is added at the end (Neumaier 1974)

struct CompensatedSum {
  double sum = 0;
  double lost = 0;

  void add(double value) {
    const double next = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
};

class SumKahan final : public StateFunction<CompensatedSum> {
 public:
  explicit SumKahan(const DataType& type)
      : StateFunction(simple_type(TypeId::Float64), true), divisor_(divisor_of(type)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Buffer<double> values = as_doubles(arguments[0], divisor_);
    for (size_t i = 0; i < row_count; ++i) at(states[i]).add(values[i]);
  }
  void merge(char* into, char* from) const override {
    at(into).add(at(from).sum);
    at(into).lost += at(from).lost;
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_bytes({state, sizeof(CompensatedSum)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    CompensatedSum other;
    std::memcpy(&other, in.get_bytes(sizeof(other)).data(), sizeof(other));
    at(state).add(other.sum);
    at(state).lost += other.lost;
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const CompensatedSum& sum = at(rows[i] + offset);
      push_double(out, sum.sum + sum.lost);
    }
  }

 private:
  double divisor_;
};

AggregateFunctionPtr bind_sum_kahan(std::span<const Value> parameters,
                                    std::span<const DataTypePtr> types) {
  require_no_parameters("sumKahan", parameters);
  require_arguments("sumKahan", types, 1);
  if (!is_number(*types[0])) refuse_type("sumKahan", *types[0]);
  return std::make_shared<SumKahan>(*types[0]);
}

// --- avgWeighted

struct WeightedMean {
  double sum = 0;
  double weight = 0;
};

class AvgWeighted final : public StateFunction<WeightedMean> {
 public:
  AvgWeighted(const DataType& value, const DataType& weight)
      : StateFunction(simple_type(TypeId::Float64), true),
        value_divisor_(divisor_of(value)),
        weight_divisor_(divisor_of(weight)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Buffer<double> values = as_doubles(arguments[0], value_divisor_);
    const Buffer<double> weights = as_doubles(arguments[1], weight_divisor_);
    for (size_t i = 0; i < row_count; ++i) {
      WeightedMean& mean = at(states[i]);
      mean.sum += values[i] * weights[i];
      mean.weight += weights[i];
    }
  }
  void merge(char* into, char* from) const override {
    at(into).sum += at(from).sum;
    at(into).weight += at(from).weight;
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_bytes({state, sizeof(WeightedMean)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    WeightedMean other;
    std::memcpy(&other, in.get_bytes(sizeof(other)).data(), sizeof(other));
    at(state).sum += other.sum;
    at(state).weight += other.weight;
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const WeightedMean& mean = at(rows[i] + offset);
      push_double(out, mean.sum / mean.weight);
    }
  }

 private:
  double value_divisor_;
  double weight_divisor_;
};

AggregateFunctionPtr bind_avg_weighted(std::span<const Value> parameters,
                                       std::span<const DataTypePtr> types) {
  require_no_parameters("avgWeighted", parameters);
  require_arguments("avgWeighted", types, 2);
  for (const DataTypePtr& type : types) {
    if (!is_number(*type)) refuse_type("avgWeighted", *type);
  }
  return std::make_shared<AvgWeighted>(*types[0], *types[1]);
}

// --- entropy

using HashCounts = std::map<uint64_t, uint64_t>;

// Of the distribution of the values: the sum of -p * log2(p).
class Entropy final : public StateFunction<HashCounts> {
 public:
  Entropy() : StateFunction(simple_type(TypeId::Float64), false) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    Buffer<uint64_t> hashes;
    hash_rows(arguments, row_count, hashes);
    for (size_t i = 0; i < row_count; ++i) ++at(states[i])[hashes[i]];
  }
  void merge(char* into, char* from) const override {
    for (const auto& [hash, count] : at(from)) at(into)[hash] += count;
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).size());
    for (const auto& [hash, count] : at(state)) {
      out.put_varint(hash);
      out.put_varint(count);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t size = in.get_varint();
    in.require_elements(size, 2);
    for (uint64_t i = 0; i < size; ++i) {
      const uint64_t hash = in.get_varint();
      at(state)[hash] += in.get_varint();
    }
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      const HashCounts& counts = at(rows[i] + offset);
      uint64_t total = 0;
      for (const auto& [hash, count] : counts) total += count;
      double entropy = 0;
      for (const auto& [hash, count] : counts) {
        const double part = static_cast<double>(count) / static_cast<double>(total);
        entropy -= part * std::log2(part);
      }
      push_double(out, entropy);
    }
  }
};

AggregateFunctionPtr bind_entropy(std::span<const Value> parameters,
                                  std::span<const DataTypePtr> types) {
  require_no_parameters("entropy", parameters);
  if (types.empty()) require_arguments("entropy", types, 1);
  return std::make_shared<Entropy>();
}

// --- groupConcat

struct JoinedText {
  std::string text;
  uint64_t count = 0;
};

class GroupConcat final : public StateFunction<JoinedText> {
 public:
  GroupConcat(const DataTypePtr& type, std::string separator)
      : StateFunction(simple_type(TypeId::String), false),
        text_(make_cell_text(type, {.time_zone = TimeZone::utc()})),
        separator_(std::move(separator)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr cells = flat(arguments[0]);
    std::string text;
    for (size_t i = 0; i < row_count; ++i) {
      text.clear();
      text_->write(*cells, i, text);
      append(at(states[i]), text, 1);
    }
  }
  void merge(char* into, char* from) const override {
    append(at(into), at(from).text, at(from).count);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).count);
    out.put_string(at(state).text);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    append(at(state), in.get_string(), count);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& strings = static_cast<StringColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) strings.append_string(at(rows[i] + offset).text);
  }

 private:
  void append(JoinedText& into, std::string_view text, uint64_t count) const {
    if (count == 0) return;
    if (into.count != 0) into.text += separator_;
    into.text += text;
    into.count += count;
  }

  std::unique_ptr<const CellText> text_;
  std::string separator_;
};

AggregateFunctionPtr bind_group_concat(std::span<const Value> parameters,
                                       std::span<const DataTypePtr> types) {
  require_arguments("groupConcat", types, 1);
  std::string separator;
  if (!parameters.empty()) {
    const auto* text = std::get_if<std::string>(&parameters[0].cell);
    if (text == nullptr) {
      throw Error(ErrorCode::BadArguments, "The separator of groupConcat must be a text");
    }
    separator = *text;
  }
  if (parameters.size() > 1) {
    throw Error(ErrorCode::NotImplemented, "A limit of groupConcat is not supported");
  }
  return std::make_shared<GroupConcat>(types[0], std::move(separator));
}

constexpr std::array<AggregateEntry, 6> kWeightedAggregates = {{
    {.name = "sumKahan",
     .bind = bind_sum_kahan,
     .syntax = "sumKahan(x)",
     .description = "Sum as Float64 in which additions lose hardly any digits.",
     .example = "SELECT sumKahan(0.1) FROM numbers(10)",
     .example_result = "1"},
    {.name = "avgWeighted",
     .bind = bind_avg_weighted,
     .syntax = "avgWeighted(x, weight)",
     .description = "Weighted arithmetic mean as Float64.",
     .example = "SELECT avgWeighted(number, number) FROM numbers(4)",
     .example_result = "2.3333333333333335"},
    {.name = "entropy",
     .bind = bind_entropy,
     .syntax = "entropy(x, ...)",
     .description = "Entropy of the distribution of the values, in bits.",
     .example = "SELECT entropy(number % 2) FROM numbers(4)",
     .example_result = "1"},
    {.name = "groupConcat",
     .bind = bind_group_concat,
     .syntax = "groupConcat[(separator)](x)",
     .description = "The texts of the group's values in a row, in no particular order.",
     .example = "SELECT groupConcat(',')(number) FROM numbers(3)",
     .example_result = "0,1,2",
     .case_insensitive = true},
    {.name = "group_concat",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "groupConcat"},
    {.name = "string_agg",
     .bind = nullptr,
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "groupConcat"},
}};

}  // namespace

std::span<const AggregateEntry> weighted_aggregates() { return kWeightedAggregates; }

}  // namespace freshet
