// quantile, quantiles, quantileExact, median, ...: values at given places of the sorted group.
//
// quantile keeps a reservoir sample of 8,192 values (Vitter 1985, algorithm R, with a fixed seed):
// exact below that, interpolated between neighbours. quantileExact keeps all.

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr uint64_t kReservoirSize = 8192;

template <class T>
struct Sample {
  std::vector<T> values;
  uint64_t seen = 0;
  uint64_t random = 0x9E3779B97F4A7C15ULL;

  uint64_t next_random() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  }
};

enum class Keep : uint8_t { Reservoir, All };
enum class Place : uint8_t {
  Interpolated,  // between the neighbours of level * (n - 1)
  Exact,         // element number floor(level * n)
  Low,           // element number ceil(level * n) - 1
  Outside,       // between the neighbours of level * (n + 1) - 1
};

bool is_between(Place place) { return place == Place::Interpolated || place == Place::Outside; }

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return value != value;
  } else {
    return false;
  }
}

// What one of the functions asks for.
struct Request {
  Keep keep;
  Place place;
  std::vector<double> levels;
  bool as_array;
};

// Interpolation of numbers gives a double, everything else an element of the sample.
template <class T, class Out>
class Quantile final : public StateFunction<Sample<T>> {
  using State = Sample<T>;

 public:
  Quantile(DataTypePtr cell_type, Request request)
      : StateFunction<State>(request.as_array ? array_type(cell_type) : cell_type, false),
        request_(std::move(request)) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr column = flat(arguments[0]);
    const std::span<const T> values = values_of<T>(*column);
    if (states.one != nullptr && request_.keep == Keep::All) {
      keep_all(this->at(states.one), values);
      return;
    }
    for (size_t i = 0; i < row_count; ++i) {
      if (!is_nan(values[i])) offer(this->at(states[i]), values[i]);
    }
  }
  void merge(char* into, char* from) const override {
    merge_sample(this->at(into), this->at(from).values, this->at(from).seen);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    const State& sample = this->at(state);
    out.put_varint(sample.seen);
    out.put_varint(sample.values.size());
    out.put_bytes(
        {reinterpret_cast<const char*>(sample.values.data()), sample.values.size() * sizeof(T)});
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t seen = in.get_varint();
    const uint64_t count = in.get_varint();
    in.require_elements(count, sizeof(T));
    std::vector<T> values(count);
    const std::string_view bytes = in.get_bytes(count * sizeof(T));
    if (count != 0) std::memcpy(values.data(), bytes.data(), bytes.size());
    merge_sample(this->at(state), values, seen);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    for (size_t i = 0; i < row_count; ++i) {
      // A sample is put in another order as a copy, lest it be thinned differently; all values are
      // too many to be copied, and their order means nothing.
      std::vector<T> copy;
      if (request_.keep == Keep::Reservoir) copy = this->at(rows[i] + offset).values;
      std::vector<T>& values =
          request_.keep == Keep::Reservoir ? copy : this->at(rows[i] + offset).values;
      order_at_places(values);
      Column* cells = &out;
      if (request_.as_array) cells = &static_cast<ArrayColumn&>(out).mutable_elements();
      for (const double level : request_.levels) append(*cells, values, level);
      if (request_.as_array) static_cast<ArrayColumn&>(out).close_list();
    }
  }

 private:
  void offer(State& sample, T value) const {
    ++sample.seen;
    if (request_.keep == Keep::All || sample.values.size() < kReservoirSize) {
      sample.values.push_back(value);
      return;
    }
    const uint64_t place = sample.next_random() % sample.seen;
    if (place < kReservoirSize) sample.values[place] = value;
  }

  // Those that are numbers.
  static void keep_all(State& sample, std::span<const T> values) {
    if (std::ranges::none_of(values, is_nan<T>)) {
      sample.values.insert(sample.values.end(), values.begin(), values.end());
    } else {
      std::ranges::remove_copy_if(values, std::back_inserter(sample.values), is_nan<T>);
    }
    sample.seen = sample.values.size();
  }

  void merge_sample(State& into, const std::vector<T>& values, uint64_t seen) const {
    if (request_.keep == Keep::All) {
      keep_all(into, values);
      return;
    }
    if (seen <= values.size()) {
      for (const T value : values) offer(into, value);
      return;
    }
    if (into.seen <= into.values.size()) {
      // The other side is the thinned one: its sample stays, ours is offered to it.
      const std::vector<T> mine = std::move(into.values);
      into.values = values;
      into.seen = seen;
      for (const T value : mine) offer(into, value);
      return;
    }
    // Two thinned samples: each slot comes from either side by the sides' weights.
    const uint64_t total = into.seen + seen;
    for (size_t i = 0; i < into.values.size() && i < values.size(); ++i) {
      if (into.next_random() % total < seen) into.values[i] = values[i];
    }
    into.seen = total;
  }

  // Puts those elements where a sort would put them that the levels ask for.
  void order_at_places(std::vector<T>& values) const {
    if (values.empty()) return;
    std::vector<size_t> places;
    for (const double level : request_.levels) {
      if (interpolates()) {
        const auto below = static_cast<size_t>(place_between(values.size(), level));
        places.push_back(below);
        places.push_back(std::min(below + 1, values.size() - 1));
      } else {
        places.push_back(place_of_element(values.size(), level));
      }
    }
    std::sort(places.begin(), places.end());
    size_t first = 0;
    for (const size_t place : places) {
      if (place < first) continue;
      std::nth_element(values.begin() + static_cast<std::ptrdiff_t>(first),
                       values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
      first = place + 1;
    }
  }

  // Requires: the values lie in order at the places of the level.
  void append(Column& out, const std::vector<T>& values, double level) const {
    auto& cells = static_cast<NumberColumn<Out>&>(out).mutable_values();
    if (values.empty()) {
      if constexpr (std::is_floating_point_v<Out>) {
        cells.push_back(std::numeric_limits<Out>::quiet_NaN());
      } else {
        cells.push_back(Out{});
      }
      return;
    }
    if constexpr (!std::is_same_v<T, Out>) {
      cells.push_back(between(values, level));
    } else if constexpr (std::is_same_v<T, double>) {
      cells.push_back(interpolates() ? between(values, level)
                                     : values[place_of_element(values.size(), level)]);
    } else {
      cells.push_back(values[place_of_element(values.size(), level)]);
    }
  }

  bool interpolates() const {
    return !std::is_same_v<T, Out> || (std::is_same_v<T, double> && is_between(request_.place));
  }

  double place_between(size_t size, double level) const {
    const auto count = static_cast<double>(size);
    if (request_.place == Place::Interpolated) return level * (count - 1);
    return std::clamp(level * (count + 1) - 1, 0.0, count - 1);
  }

  double between(const std::vector<T>& values, double level) const {
    const double place = place_between(values.size(), level);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    const double weight = place - static_cast<double>(below);
    return static_cast<double>(values[below]) * (1 - weight) +
           static_cast<double>(values[above]) * weight;
  }

  size_t place_of_element(size_t size, double level) const {
    const auto count = static_cast<double>(size);
    if (request_.place == Place::Exact) {
      return level < 1 ? static_cast<size_t>(level * count) : size - 1;
    }
    const double place = level == 0.5 ? std::floor((count - 1) / 2) : std::floor(level * count);
    return std::min(static_cast<size_t>(place), size - 1);
  }

  const Request request_;
};

AggregateFunctionPtr make_quantile(const char* name, std::span<const DataTypePtr> types,
                                   Request request) {
  require_arguments(name, types, 1);
  const DataTypePtr& type = types[0];
  if (!is_number_kind(type->kind()) || type->kind() == PhysicalKind::U128) refuse_type(name, *type);
  // Dates and decimals have no half-way cells of their own, so they get the element below.
  const bool plain_number = is_integer(*type) || is_float(*type);
  if (request.place == Place::Interpolated && !plain_number) request.place = Place::Low;
  if (request.place == Place::Outside) {
    if (!plain_number) refuse_type(name, *type);
    for (const double level : request.levels) {
      if (level > 0 && level < 1) continue;
      throw Error(ErrorCode::BadArguments,
                  std::string("quantileExactExclusive cannot interpolate for level ") +
                      (level == 0 ? "0" : "1"));
    }
  }
  return dispatch_number(type->kind(), [&]<class T>() -> AggregateFunctionPtr {
    if constexpr (sizeof(T) <= 8) {
      if (is_between(request.place)) {
        return std::make_shared<Quantile<T, double>>(simple_type(TypeId::Float64),
                                                     std::move(request));
      }
    }
    return std::make_shared<Quantile<T, T>>(type, std::move(request));
  });
}

double checked_level(const char* name, const Value& value) {
  const double level = number_parameter(name, value);
  if (!(level >= 0 && level <= 1)) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                std::string("Quantile level of ") + name +
                    " is out of range [0..1]: " + std::to_string(level));
  }
  return level;
}

template <Keep kKeep, Place kPlace>
AggregateFunctionPtr bind_quantile(std::span<const Value> parameters,
                                   std::span<const DataTypePtr> types) {
  if (parameters.size() > 1) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Aggregate function quantile requires at most one parameter");
  }
  const double level = parameters.empty() ? 0.5 : checked_level("quantile", parameters[0]);
  return make_quantile("quantile", types, {kKeep, kPlace, {level}, false});
}

template <Keep kKeep, Place kPlace>
AggregateFunctionPtr bind_quantiles(std::span<const Value> parameters,
                                    std::span<const DataTypePtr> types) {
  if (parameters.empty()) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Aggregate function quantiles requires at least one parameter");
  }
  std::vector<double> levels;
  for (const Value& parameter : parameters) levels.push_back(checked_level("quantiles", parameter));
  return make_quantile("quantiles", types, {kKeep, kPlace, std::move(levels), true});
}

AggregateFunctionPtr bind_median(std::span<const Value> parameters,
                                 std::span<const DataTypePtr> types) {
  require_no_parameters("median", parameters);
  return make_quantile("median", types, {Keep::Reservoir, Place::Interpolated, {0.5}, false});
}

constexpr AggregateEntry quantile_alias(std::string_view name, std::string_view of) {
  return {.name = name,
          .bind = nullptr,
          .syntax = "",
          .description = "",
          .example = "",
          .example_result = "",
          .alias_of = of};
}

constexpr std::array<AggregateEntry, 16> kQuantileAggregates = {{
    {.name = "quantile",
     .bind = bind_quantile<Keep::Reservoir, Place::Interpolated>,
     .syntax = "quantile(level)(x)",
     .description = "Approximate quantile from a sample of 8192 values, interpolated.",
     .example = "SELECT quantile(0.5)(number) FROM numbers(4)",
     .example_result = "1.5"},
    {.name = "quantiles",
     .bind = bind_quantiles<Keep::Reservoir, Place::Interpolated>,
     .syntax = "quantiles(level, ...)(x)",
     .description = "Several approximate quantiles as an array.",
     .example = "SELECT quantiles(0, 1)(number) FROM numbers(4)",
     .example_result = "[0,3]"},
    {.name = "quantileExact",
     .bind = bind_quantile<Keep::All, Place::Exact>,
     .syntax = "quantileExact(level)(x)",
     .description = "Exact quantile: an element of the group; keeps all values in memory.",
     .example = "SELECT quantileExact(0.5)(number) FROM numbers(4)",
     .example_result = "2"},
    {.name = "quantilesExact",
     .bind = bind_quantiles<Keep::All, Place::Exact>,
     .syntax = "quantilesExact(level, ...)(x)",
     .description = "Several exact quantiles as an array.",
     .example = "SELECT quantilesExact(0, 1)(number) FROM numbers(4)",
     .example_result = "[0,3]"},
    {.name = "quantileExactInclusive",
     .bind = bind_quantile<Keep::All, Place::Interpolated>,
     .syntax = "quantileExactInclusive(level)(x)",
     .description = "Exact quantile, interpolated between neighbours (PERCENTILE.INC).",
     .example = "SELECT quantileExactInclusive(0.5)(number) FROM numbers(4)",
     .example_result = "1.5"},
    {.name = "quantileExactLow",
     .bind = bind_quantile<Keep::All, Place::Low>,
     .syntax = "quantileExactLow(level)(x)",
     .description = "Exact quantile; the lower of two middle elements.",
     .example = "SELECT quantileExactLow(0.5)(number) FROM numbers(4)",
     .example_result = "1"},
    {.name = "quantilesExactInclusive",
     .bind = bind_quantiles<Keep::All, Place::Interpolated>,
     .syntax = "quantilesExactInclusive(level, ...)(x)",
     .description = "Several of quantileExactInclusive as an array.",
     .example = "SELECT quantilesExactInclusive(0.25, 0.5)(number) FROM numbers(4)",
     .example_result = "[0.75,1.5]"},
    {.name = "quantileExactExclusive",
     .bind = bind_quantile<Keep::All, Place::Outside>,
     .syntax = "quantileExactExclusive(level)(x)",
     .description = "Exact quantile, interpolated, as of a larger population (PERCENTILE.EXC).",
     .example = "SELECT quantileExactExclusive(0.25)(number) FROM numbers(4)",
     .example_result = "0.25"},
    {.name = "quantilesExactExclusive",
     .bind = bind_quantiles<Keep::All, Place::Outside>,
     .syntax = "quantilesExactExclusive(level, ...)(x)",
     .description = "Several of quantileExactExclusive as an array.",
     .example = "SELECT quantilesExactExclusive(0.25, 0.5)(number) FROM numbers(4)",
     .example_result = "[0.25,1.5]"},
    {.name = "quantilesExactLow",
     .bind = bind_quantiles<Keep::All, Place::Low>,
     .syntax = "quantilesExactLow(level, ...)(x)",
     .description = "Several of quantileExactLow as an array.",
     .example = "SELECT quantilesExactLow(0.25, 0.5)(number) FROM numbers(4)",
     .example_result = "[1,1]"},
    // The upper of two middle elements, which quantileExact gives, too.
    quantile_alias("quantileExactHigh", "quantileExact"),
    quantile_alias("quantilesExactHigh", "quantilesExact"),
    quantile_alias("medianExact", "quantileExact"),
    quantile_alias("medianExactLow", "quantileExactLow"),
    quantile_alias("medianExactHigh", "quantileExact"),
    {.name = "median",
     .bind = bind_median,
     .syntax = "median(x)",
     .description = "quantile(0.5)(x).",
     .example = "SELECT median(number) FROM numbers(4)",
     .example_result = "1.5",
     .case_insensitive = true},
}};

}  // namespace

std::span<const AggregateEntry> quantile_aggregates() { return kQuantileAggregates; }

}  // namespace freshet
