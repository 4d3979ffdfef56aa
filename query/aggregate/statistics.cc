// Variances, standard deviations, covariance, correlation, skewness, kurtosis.
//
// Sums of centred powers, updated one value at a time and merged pairwise (Welford 1962; Chan,
// Golub, LeVeque 1979), so that large means do not cancel the digits.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/decimal.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Calls visit(i, value as double) for every cell of a number column.
template <class Visit>
void for_each_double(const Column& column, const Visit& visit) {
  dispatch_number(column.kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(column);
    for (size_t i = 0; i < values.size(); ++i) visit(i, static_cast<double>(values[i]));
  });
}

// `divisor`: of decimals, whose cells are whole numbers.
Buffer<double> as_doubles(const ColumnPtr& column, double divisor) {
  const ColumnPtr cells = flat(column);
  Buffer<double> values(cells->size());
  for_each_double(*cells, [&](size_t i, double value) { values[i] = value / divisor; });
  return values;
}

double decimal_divisor(const DataType& type) {
  return type.id() == TypeId::Decimal ? static_cast<double>(power_of_ten(type.scale())) : 1;
}

// Float32 of Float32 alone, else Float64.
DataTypePtr statistic_type(std::span<const DataTypePtr> types) {
  const bool narrow = std::ranges::all_of(
      types, [](const DataTypePtr& type) { return type->id() == TypeId::Float32; });
  return simple_type(narrow ? TypeId::Float32 : TypeId::Float64);
}

void append_statistic(double value, Column& out) {
  if (out.kind() == PhysicalKind::F32) {
    static_cast<NumberColumn<float>&>(out).mutable_values().push_back(static_cast<float>(value));
  } else {
    static_cast<NumberColumn<double>&>(out).mutable_values().push_back(value);
  }
}

struct Moments {
  double count = 0;
  double mean = 0;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;

  void merge(const Moments& b) {
    if (b.count == 0) return;
    const double n = count + b.count;
    const double delta = b.mean - mean;
    const double delta2 = delta * delta;
    const double product = count * b.count;
    m4 += b.m4 +
          delta2 * delta2 * product * (count * count - product + b.count * b.count) / (n * n * n) +
          6 * delta2 * (count * count * b.m2 + b.count * b.count * m2) / (n * n) +
          4 * delta * (count * b.m3 - b.count * m3) / n;
    m3 += b.m3 + delta * delta2 * product * (count - b.count) / (n * n) +
          3 * delta * (count * b.m2 - b.count * m2) / n;
    m2 += b.m2 + delta2 * product / n;
    mean += delta * b.count / n;
    count = n;
  }
  // merge() with one value, which takes one division.
  void add(double value) {
    const double before = count;
    count += 1;
    const double delta = value - mean;
    const double step = delta / count;
    const double step2 = step * step;
    const double term = delta * step * before;
    mean += step;
    m4 += term * step2 * (count * count - 3 * count + 3) + 6 * step2 * m2 - 4 * step * m3;
    m3 += term * step * (count - 2) - 3 * step * m2;
    m2 += term;
  }
};

using MomentsResult = double (*)(const Moments&);

class MomentsFunction final : public StateFunction<Moments> {
 public:
  MomentsFunction(MomentsResult result, std::span<const DataTypePtr> types)
      : StateFunction(statistic_type(types), true),
        result_(result),
        divisor_(decimal_divisor(*types[0])) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Buffer<double> values = as_doubles(arguments[0], divisor_);
    for (size_t i = 0; i < row_count; ++i) at(states[i]).add(values[i]);
  }
  void merge(char* into, char* from) const override { at(into).merge(at(from)); }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_bytes({state, sizeof(Moments)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    Moments other;
    std::memcpy(&other, in.get_bytes(sizeof(Moments)).data(), sizeof(Moments));
    at(state).merge(other);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) append_statistic(result_(at(rows[i] + offset)), out);
  }

 private:
  MomentsResult result_;
  double divisor_;
};

double var_pop(const Moments& m) { return m.count == 0 ? kNan : m.m2 / m.count; }
double var_samp(const Moments& m) { return m.count < 2 ? kNan : m.m2 / (m.count - 1); }
double stddev_pop(const Moments& m) { return std::sqrt(var_pop(m)); }
double stddev_samp(const Moments& m) { return std::sqrt(var_samp(m)); }
double skew_pop(const Moments& m) { return m.m3 / m.count / std::pow(var_pop(m), 1.5); }
double skew_samp(const Moments& m) { return m.m3 / m.count / std::pow(var_samp(m), 1.5); }
double kurt_pop(const Moments& m) { return m.m4 / m.count / (var_pop(m) * var_pop(m)); }
double kurt_samp(const Moments& m) { return m.m4 / m.count / (var_samp(m) * var_samp(m)); }

struct Comoments {
  double count = 0;
  double mean_x = 0;
  double mean_y = 0;
  double m2_x = 0;
  double m2_y = 0;
  double m_xy = 0;

  void merge(const Comoments& b) {
    if (b.count == 0) return;
    const double n = count + b.count;
    const double dx = b.mean_x - mean_x;
    const double dy = b.mean_y - mean_y;
    const double weight = count * b.count / n;
    m2_x += b.m2_x + dx * dx * weight;
    m2_y += b.m2_y + dy * dy * weight;
    m_xy += b.m_xy + dx * dy * weight;
    mean_x += dx * b.count / n;
    mean_y += dy * b.count / n;
    count = n;
  }
  void add(double x, double y) {
    const double share = 1 / (count + 1);
    const double dx = x - mean_x;
    const double dy = y - mean_y;
    const double weight = count * share;
    m2_x += dx * dx * weight;
    m2_y += dy * dy * weight;
    m_xy += dx * dy * weight;
    mean_x += dx * share;
    mean_y += dy * share;
    count += 1;
  }
};

using ComomentsResult = double (*)(const Comoments&);

class ComomentsFunction final : public StateFunction<Comoments> {
 public:
  ComomentsFunction(ComomentsResult result, std::span<const DataTypePtr> types)
      : StateFunction(statistic_type(types), true),
        result_(result),
        divisor_x_(decimal_divisor(*types[0])),
        divisor_y_(decimal_divisor(*types[1])) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Buffer<double> x = as_doubles(arguments[0], divisor_x_);
    const Buffer<double> y = as_doubles(arguments[1], divisor_y_);
    for (size_t i = 0; i < row_count; ++i) at(states[i]).add(x[i], y[i]);
  }
  void merge(char* into, char* from) const override { at(into).merge(at(from)); }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_bytes({state, sizeof(Comoments)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    Comoments other;
    std::memcpy(&other, in.get_bytes(sizeof(Comoments)).data(), sizeof(Comoments));
    at(state).merge(other);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) append_statistic(result_(at(rows[i] + offset)), out);
  }

 private:
  ComomentsResult result_;
  double divisor_x_;
  double divisor_y_;
};

double covar_pop(const Comoments& m) { return m.count == 0 ? kNan : m.m_xy / m.count; }
double covar_samp(const Comoments& m) { return m.count < 2 ? kNan : m.m_xy / (m.count - 1); }
double corr(const Comoments& m) { return m.m_xy / std::sqrt(m.m2_x * m.m2_y); }

template <MomentsResult kResult>
AggregateFunctionPtr bind_moments(std::span<const Value> parameters,
                                  std::span<const DataTypePtr> types) {
  require_no_parameters("statistics", parameters);
  require_arguments("statistics", types, 1);
  if (!is_number(*types[0])) refuse_type("statistics", *types[0]);
  return std::make_shared<MomentsFunction>(kResult, types);
}

template <ComomentsResult kResult>
AggregateFunctionPtr bind_comoments(std::span<const Value> parameters,
                                    std::span<const DataTypePtr> types) {
  require_no_parameters("statistics", parameters);
  require_arguments("statistics", types, 2);
  for (const DataTypePtr& type : types) {
    if (!is_number(*type)) refuse_type("statistics", *type);
  }
  return std::make_shared<ComomentsFunction>(kResult, types);
}

constexpr AggregateEntry row(std::string_view name,
                             AggregateFunctionPtr (*bind)(std::span<const Value>,
                                                          std::span<const DataTypePtr>),
                             std::string_view syntax, std::string_view description,
                             std::string_view example, std::string_view result) {
  return {.name = name,
          .bind = bind,
          .syntax = syntax,
          .description = description,
          .example = example,
          .example_result = result,
          .case_insensitive = true};
}

constexpr AggregateEntry alias(std::string_view name, std::string_view of) {
  return {.name = name,
          .bind = nullptr,
          .syntax = "",
          .description = "",
          .example = "",
          .example_result = "",
          .case_insensitive = true,
          .alias_of = of};
}

constexpr std::array<AggregateEntry, 26> kStatisticsAggregates = {{
    row("varPop", bind_moments<var_pop>, "varPop(x)", "Population variance.",
        "SELECT varPop(number) FROM numbers(5)", "2"),
    row("varSamp", bind_moments<var_samp>, "varSamp(x)", "Sample variance.",
        "SELECT varSamp(number) FROM numbers(5)", "2.5"),
    row("stddevPop", bind_moments<stddev_pop>, "stddevPop(x)", "Population standard deviation.",
        "SELECT round(stddevPop(number), 4) FROM numbers(5)", "1.4142"),
    row("stddevSamp", bind_moments<stddev_samp>, "stddevSamp(x)", "Sample standard deviation.",
        "SELECT round(stddevSamp(number), 4) FROM numbers(5)", "1.5811"),
    row("skewPop", bind_moments<skew_pop>, "skewPop(x)", "Population skewness.",
        "SELECT skewPop(number) FROM numbers(5)", "0"),
    row("skewSamp", bind_moments<skew_samp>, "skewSamp(x)", "Sample skewness.",
        "SELECT skewSamp(number) FROM numbers(5)", "0"),
    row("kurtPop", bind_moments<kurt_pop>, "kurtPop(x)", "Population kurtosis.",
        "SELECT round(kurtPop(number), 4) FROM numbers(5)", "1.7"),
    row("kurtSamp", bind_moments<kurt_samp>, "kurtSamp(x)", "Sample kurtosis.",
        "SELECT round(kurtSamp(number), 4) FROM numbers(5)", "1.088"),
    row("covarPop", bind_comoments<covar_pop>, "covarPop(x, y)", "Population covariance.",
        "SELECT covarPop(number, number * 2) FROM numbers(5)", "4"),
    row("covarSamp", bind_comoments<covar_samp>, "covarSamp(x, y)", "Sample covariance.",
        "SELECT covarSamp(number, number * 2) FROM numbers(5)", "5"),
    row("corr", bind_comoments<corr>, "corr(x, y)", "Pearson's correlation coefficient.",
        "SELECT round(corr(number, number * 2), 4) FROM numbers(5)", "1"),
    alias("VAR_POP", "varPop"),
    alias("VAR_SAMP", "varSamp"),
    alias("STDDEV_POP", "stddevPop"),
    alias("STDDEV_SAMP", "stddevSamp"),
    alias("COVAR_POP", "covarPop"),
    alias("COVAR_SAMP", "covarSamp"),
    alias("STD", "stddevPop"),
    alias("STDDEV", "stddevSamp"),
    alias("varPopStable", "varPop"),
    alias("varSampStable", "varSamp"),
    alias("stddevPopStable", "stddevPop"),
    alias("stddevSampStable", "stddevSamp"),
    alias("covarPopStable", "covarPop"),
    alias("covarSampStable", "covarSamp"),
    alias("corrStable", "corr"),
}};

}  // namespace

std::span<const AggregateEntry> statistics_aggregates() { return kStatisticsAggregates; }

}  // namespace freshet
