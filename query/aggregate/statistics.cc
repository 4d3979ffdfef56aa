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
#include "query/aggregate/sum_doubles.h"
#include "storage/base/vector_clones.h"
#include "storage/column/decimal.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The cells of a number column as doubles. `divisor`: of decimals, whose cells are whole numbers.
class Doubles {
 public:
  Doubles(const ColumnPtr& column, double divisor) : cells_(flat(column)) {
    if (cells_->kind() == PhysicalKind::F64) {
      values_ = values_of<double>(*cells_);
      return;
    }
    dispatch_number(cells_->kind(), [&]<class T>() {
      const std::span<const T> values = values_of<T>(*cells_);
      converted_.resize(values.size());
      if (divisor == 1) {
        for (size_t i = 0; i < values.size(); ++i) converted_[i] = static_cast<double>(values[i]);
      } else {
        for (size_t i = 0; i < values.size(); ++i) {
          converted_[i] = static_cast<double>(values[i]) / divisor;
        }
      }
    });
    values_ = converted_;
  }
  Doubles(const Doubles&) = delete;
  Doubles& operator=(const Doubles&) = delete;

  double operator[](size_t i) const { return values_[i]; }
  std::span<const double> values() const { return values_; }

 private:
  ColumnPtr cells_;
  Buffer<double> converted_;
  std::span<const double> values_;
};

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

// Sums of values side by side: one sum alone waits for each addition.
constexpr size_t kLanes = 8;
using Lanes = std::array<double, kLanes>;

double total(const Lanes& lanes) {
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

// powers[p] = the sum of (value - mean)^p, for p in [2, kOrder].
template <size_t kOrder>
FRESHET_VECTOR_CLONES void add_powers(const double* __restrict values, size_t count, double mean,
                                      double* __restrict powers) {
  Lanes sums2{};
  Lanes sums3{};
  Lanes sums4{};
  const auto add = [&](size_t lane, double value) {
    const double delta = value - mean;
    const double square = delta * delta;
    sums2[lane] += square;
    if constexpr (kOrder >= 3) sums3[lane] += square * delta;
    if constexpr (kOrder >= 4) sums4[lane] += square * square;
  };
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) add(k, values[i + k]);
  }
  for (; i < count; ++i) add(0, values[i]);
  powers[2] = total(sums2);
  if constexpr (kOrder >= 3) powers[3] = total(sums3);
  if constexpr (kOrder >= 4) powers[4] = total(sums4);
}

// Sums of centred powers up to kOrder, from 2 to 4.
template <size_t kOrder>
struct Moments {
  double count = 0;
  double mean = 0;
  std::array<double, kOrder - 1> m{};  // of power 2, 3, 4

  void merge(const Moments& b) {
    if (b.count == 0) return;
    const double n = count + b.count;
    const double delta = b.mean - mean;
    const double delta2 = delta * delta;
    const double product = count * b.count;
    if constexpr (kOrder >= 4) {
      m[2] +=
          b.m[2] +
          delta2 * delta2 * product * (count * count - product + b.count * b.count) / (n * n * n) +
          6 * delta2 * (count * count * b.m[0] + b.count * b.count * m[0]) / (n * n) +
          4 * delta * (count * b.m[1] - b.count * m[1]) / n;
    }
    if constexpr (kOrder >= 3) {
      m[1] += b.m[1] + delta * delta2 * product * (count - b.count) / (n * n) +
              3 * delta * (count * b.m[0] - b.count * m[0]) / n;
    }
    m[0] += b.m[0] + delta2 * product / n;
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
    if constexpr (kOrder >= 4) {
      m[2] += term * step2 * (count * count - 3 * count + 3) + 6 * step2 * m[0] - 4 * step * m[1];
    }
    if constexpr (kOrder >= 3) m[1] += term * step * (count - 2) - 3 * step * m[0];
    m[0] += term;
  }
  // merge() with many at once: their mean first, and then what is about it.
  void add(std::span<const double> values) {
    if (values.empty()) return;
    Moments others;
    others.count = static_cast<double>(values.size());
    others.mean = sum_doubles(values) / others.count;
    std::array<double, kOrder + 1> powers;
    add_powers<kOrder>(values.data(), values.size(), others.mean, powers.data());
    std::copy(powers.begin() + 2, powers.end(), others.m.begin());
    merge(others);
  }
};

template <size_t kOrder>
using MomentsResult = double (*)(const Moments<kOrder>&);

template <size_t kOrder>
class MomentsFunction final : public StateFunction<Moments<kOrder>> {
 public:
  MomentsFunction(MomentsResult<kOrder> result, std::span<const DataTypePtr> types)
      : StateFunction<Moments<kOrder>>(statistic_type(types), true),
        result_(result),
        divisor_(decimal_divisor(*types[0])) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const Doubles values(arguments[0], divisor_);
    if (states.one != nullptr) {
      this->at(states.one).add(values.values());
      return;
    }
    for (size_t i = 0; i < row_count; ++i) this->at(states[i]).add(values[i]);
  }
  void merge(char* into, char* from) const override { this->at(into).merge(this->at(from)); }
  // All orders are stored alike; powers beyond kOrder are 0.
  void serialize(const char* state, ByteWriter& out) const override {
    const Moments<kOrder>& moments = this->at(state);
    std::array<double, kStored> stored{moments.count, moments.mean};
    std::copy(moments.m.begin(), moments.m.end(), stored.begin() + 2);
    out.put_bytes({reinterpret_cast<const char*>(stored.data()), sizeof(stored)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    std::array<double, kStored> stored;
    std::memcpy(stored.data(), in.get_bytes(sizeof(stored)).data(), sizeof(stored));
    Moments<kOrder> other{stored[0], stored[1], {}};
    std::copy_n(stored.begin() + 2, other.m.size(), other.m.begin());
    this->at(state).merge(other);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      append_statistic(result_(this->at(rows[i] + offset)), out);
    }
  }

 private:
  static constexpr size_t kStored = 5;

  MomentsResult<kOrder> result_;
  double divisor_;
};

using Variance = Moments<2>;
using Skewness = Moments<3>;
using Kurtosis = Moments<4>;

template <size_t kOrder>
double var_pop(const Moments<kOrder>& m) {
  return m.count == 0 ? kNan : m.m[0] / m.count;
}
template <size_t kOrder>
double var_samp(const Moments<kOrder>& m) {
  return m.count < 2 ? kNan : m.m[0] / (m.count - 1);
}
double stddev_pop(const Variance& m) { return std::sqrt(var_pop(m)); }
double stddev_samp(const Variance& m) { return std::sqrt(var_samp(m)); }
double skew_pop(const Skewness& m) { return m.m[1] / m.count / std::pow(var_pop(m), 1.5); }
double skew_samp(const Skewness& m) { return m.m[1] / m.count / std::pow(var_samp(m), 1.5); }
double kurt_pop(const Kurtosis& m) { return m.m[2] / m.count / (var_pop(m) * var_pop(m)); }
double kurt_samp(const Kurtosis& m) { return m.m[2] / m.count / (var_samp(m) * var_samp(m)); }

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
  // merge() with many at once.
  void add(std::span<const double> x, std::span<const double> y) {
    if (x.empty()) return;
    Comoments others;
    others.count = static_cast<double>(x.size());
    others.mean_x = sum_doubles(x) / others.count;
    others.mean_y = sum_doubles(y) / others.count;
    add_products(x.data(), y.data(), x.size(), others);
    merge(others);
  }

 private:
  FRESHET_VECTOR_CLONES static void add_products(const double* __restrict x,
                                                 const double* __restrict y, size_t size,
                                                 Comoments& moments) {
    Lanes sums_x{};
    Lanes sums_y{};
    Lanes sums_xy{};
    const auto add_one = [&](size_t lane, size_t i) {
      const double dx = x[i] - moments.mean_x;
      const double dy = y[i] - moments.mean_y;
      sums_x[lane] += dx * dx;
      sums_y[lane] += dy * dy;
      sums_xy[lane] += dx * dy;
    };
    size_t i = 0;
    for (; i + kLanes <= size; i += kLanes) {
      for (size_t k = 0; k < kLanes; ++k) add_one(k, i + k);
    }
    for (; i < size; ++i) add_one(0, i);
    moments.m2_x = total(sums_x);
    moments.m2_y = total(sums_y);
    moments.m_xy = total(sums_xy);
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
    const Doubles x(arguments[0], divisor_x_);
    const Doubles y(arguments[1], divisor_y_);
    if (states.one != nullptr) {
      at(states.one).add(x.values(), y.values());
      return;
    }
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

template <size_t kOrder, MomentsResult<kOrder> kResult>
AggregateFunctionPtr bind_moments(std::span<const Value> parameters,
                                  std::span<const DataTypePtr> types) {
  require_no_parameters("statistics", parameters);
  require_arguments("statistics", types, 1);
  if (!is_number(*types[0])) refuse_type("statistics", *types[0]);
  return std::make_shared<MomentsFunction<kOrder>>(kResult, types);
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
    row("varPop", bind_moments<2, var_pop>, "varPop(x)", "Population variance.",
        "SELECT varPop(number) FROM numbers(5)", "2"),
    row("varSamp", bind_moments<2, var_samp>, "varSamp(x)", "Sample variance.",
        "SELECT varSamp(number) FROM numbers(5)", "2.5"),
    row("stddevPop", bind_moments<2, stddev_pop>, "stddevPop(x)", "Population standard deviation.",
        "SELECT round(stddevPop(number), 4) FROM numbers(5)", "1.4142"),
    row("stddevSamp", bind_moments<2, stddev_samp>, "stddevSamp(x)", "Sample standard deviation.",
        "SELECT round(stddevSamp(number), 4) FROM numbers(5)", "1.5811"),
    row("skewPop", bind_moments<3, skew_pop>, "skewPop(x)", "Population skewness.",
        "SELECT skewPop(number) FROM numbers(5)", "0"),
    row("skewSamp", bind_moments<3, skew_samp>, "skewSamp(x)", "Sample skewness.",
        "SELECT skewSamp(number) FROM numbers(5)", "0"),
    row("kurtPop", bind_moments<4, kurt_pop>, "kurtPop(x)", "Population kurtosis.",
        "SELECT round(kurtPop(number), 4) FROM numbers(5)", "1.7"),
    row("kurtSamp", bind_moments<4, kurt_samp>, "kurtSamp(x)", "Sample kurtosis.",
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
