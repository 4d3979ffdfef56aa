// What users do in order: retention, windowFunnel.

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "query/aggregate/family.h"
#include "query/aggregate/state_function.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr size_t kConditionsMax = 32;

// Of the conditions from argument `first` on.
void check_conditions(const char* name, std::span<const DataTypePtr> types, size_t first) {
  if (types.size() <= first || types.size() - first > kConditionsMax) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                std::string("Aggregate function ") + name + " takes 1 to 32 conditions, got " +
                    std::to_string(types.size() - std::min(first, types.size())));
  }
  for (const DataTypePtr& type : types.subspan(first)) {
    if (type->id() != TypeId::UInt8 && type->id() != TypeId::Bool) refuse_type(name, *type);
  }
}

std::vector<ColumnPtr> flat_columns(std::span<const ColumnPtr> columns) {
  std::vector<ColumnPtr> cells;
  for (const ColumnPtr& column : columns) cells.push_back(flat(column));
  return cells;
}

// retention(c1, c2, ...): [c1 was met, c1 and c2 were met, c1 and c3 were met, ...].
struct Met {
  uint32_t conditions = 0;  // bit i: condition i was met
};

class Retention final : public StateFunction<Met> {
 public:
  explicit Retention(size_t condition_count)
      : StateFunction(array_type(simple_type(TypeId::UInt8)), true),
        condition_count_(condition_count) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    for (size_t k = 0; k < condition_count_; ++k) {
      const ColumnPtr cells = flat(arguments[k]);
      const std::span<const uint8_t> truths = values_of<uint8_t>(*cells);
      for (size_t i = 0; i < row_count; ++i) {
        if (truths[i] != 0) at(states[i]).conditions |= uint32_t{1} << k;
      }
    }
  }
  void merge(char* into, char* from) const override { at(into).conditions |= at(from).conditions; }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).conditions);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    at(state).conditions |= static_cast<uint32_t>(in.get_varint());
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& lists = static_cast<ArrayColumn&>(out);
    for (size_t i = 0; i < row_count; ++i) {
      const uint32_t met = at(rows[i] + offset).conditions;
      auto& cells = static_cast<NumberColumn<uint8_t>&>(lists.mutable_elements()).mutable_values();
      for (size_t k = 0; k < condition_count_; ++k) {
        cells.push_back((met & 1) != 0 && (met >> k & 1) != 0 ? 1 : 0);
      }
      lists.close_list();
    }
  }

 private:
  size_t condition_count_;
};

AggregateFunctionPtr bind_retention(std::span<const Value> parameters,
                                    std::span<const DataTypePtr> types) {
  require_no_parameters("retention", parameters);
  check_conditions("retention", types, 0);
  return std::make_shared<Retention>(types.size());
}

// windowFunnel(window)(time, c1, c2, ...): how many of the conditions were met one after the other,
// all of them within the window that the first one opens.
struct Event {
  uint64_t time = 0;
  uint8_t condition = 0;
};

class WindowFunnel final : public StateFunction<std::vector<Event>> {
 public:
  WindowFunnel(uint64_t window, size_t condition_count)
      : StateFunction(simple_type(TypeId::UInt8), false),
        window_(window),
        condition_count_(condition_count) {}

  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const std::vector<ColumnPtr> cells = flat_columns(arguments);
    dispatch_number(cells[0]->kind(), [&]<class T>() {
      const std::span<const T> times = values_of<T>(*cells[0]);
      for (size_t i = 0; i < row_count; ++i) {
        for (size_t k = 1; k <= condition_count_; ++k) {
          if (values_of<uint8_t>(*cells[k])[i] == 0) continue;
          at(states[i]).push_back({static_cast<uint64_t>(times[i]), static_cast<uint8_t>(k - 1)});
        }
      }
    });
  }
  void merge(char* into, char* from) const override {
    std::vector<Event>& events = at(into);
    const std::vector<Event>& other = at(from);
    events.insert(events.end(), other.begin(), other.end());
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_varint(at(state).size());
    for (const Event& event : at(state)) {
      out.put_varint(event.time);
      out.put_u8(event.condition);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 2);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t time = in.get_varint();
      const uint8_t condition = in.get_u8();
      if (condition >= condition_count_) {
        throw Error(ErrorCode::CorruptedData,
                    "A state of windowFunnel has condition " + std::to_string(condition));
      }
      at(state).push_back({time, condition});
    }
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& cells = static_cast<NumberColumn<uint8_t>&>(out).mutable_values();
    for (size_t i = 0; i < row_count; ++i) cells.push_back(level_of(at(rows[i] + offset)));
  }

 private:
  uint8_t level_of(std::vector<Event> events) const {
    std::ranges::sort(events, [](const Event& a, const Event& b) {
      return a.time != b.time ? a.time < b.time : a.condition < b.condition;
    });
    // When the chain of which condition k is the newest link was opened.
    std::vector<std::optional<uint64_t>> opened(condition_count_);
    for (const Event& event : events) {
      const size_t k = event.condition;
      if (k == 0) {
        opened[0] = event.time;
      } else if (opened[k - 1] && event.time - *opened[k - 1] <= window_) {
        opened[k] = opened[k - 1];
      }
    }
    size_t level = condition_count_;
    while (level > 0 && !opened[level - 1]) --level;
    return static_cast<uint8_t>(level);
  }

  uint64_t window_;
  size_t condition_count_;
};

AggregateFunctionPtr bind_window_funnel(std::span<const Value> parameters,
                                        std::span<const DataTypePtr> types) {
  constexpr const char* kName = "windowFunnel";
  if (parameters.empty()) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Aggregate function windowFunnel requires the window's length");
  }
  if (parameters.size() > 1) {
    throw Error(ErrorCode::NotImplemented, "The modes of windowFunnel are not supported");
  }
  const double window = number_parameter(kName, parameters[0]);
  if (!(window >= 0)) {
    throw Error(ErrorCode::BadArguments,
                "The window of windowFunnel must not be negative, got " + std::to_string(window));
  }
  if (types.empty()) require_arguments(kName, types, 2);
  const DataType& time = *types[0];
  const bool is_time =
      time.id() == TypeId::Date || time.id() == TypeId::DateTime || is_unsigned_integer(time);
  if (!is_time) refuse_type(kName, time);
  check_conditions(kName, types, 1);
  return std::make_shared<WindowFunnel>(static_cast<uint64_t>(window), types.size() - 1);
}

constexpr std::array<AggregateEntry, 2> kFunnelAggregates = {{
    {.name = "retention",
     .bind = bind_retention,
     .syntax = "retention(c1, c2, ...)",
     .description = "For each condition 1 when both it and the first one were met in the group.",
     .example = "SELECT retention(number = 1, number = 2, number = 9) FROM numbers(5)",
     .example_result = "[1,1,0]"},
    {.name = "windowFunnel",
     .bind = bind_window_funnel,
     .syntax = "windowFunnel(window)(time, c1, c2, ...)",
     .description = "How many conditions were met in turn within a window from the first one on.",
     .example = "SELECT windowFunnel(10)(number, number = 1, number = 3, number = 2) FROM "
                "numbers(5)",
     .example_result = "2"},
}};

}  // namespace

std::span<const AggregateEntry> funnel_aggregates() { return kFunnelAggregates; }

}  // namespace freshet
