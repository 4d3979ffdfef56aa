#include "query/engine/run_aggregation.h"

#include <string>
#include <utility>
#include <vector>

#include "storage/base/arena.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// One state for each run, destroyed in the end.
class RunStates {
 public:
  RunStates(const AggregateFunction& function, size_t count) : function_(function) {
    const size_t alignment = function.state_alignment();
    const size_t stride = (function.state_bytes() + alignment - 1) / alignment * alignment;
    char* const memory = arena_.allocate(stride * count + 1, alignment);
    states_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      function.create(memory + i * stride);
      states_.push_back(memory + i * stride);
    }
  }
  ~RunStates() {
    if (!function_.owns_memory()) return;
    for (char* state : states_) function_.destroy(state);
  }
  RunStates(const RunStates&) = delete;
  RunStates& operator=(const RunStates&) = delete;

  char* operator[](size_t run) { return states_[run]; }
  char* const* rows() const { return states_.data(); }

 private:
  const AggregateFunction& function_;
  Arena arena_;
  std::vector<char*> states_;
};

// Sums come in 64 bits or more; the column keeps the bits that it has room for.
ColumnPtr narrow_numbers(const ColumnPtr& cells, PhysicalKind kind) {
  return dispatch_number(cells->kind(), [&]<class From>() -> ColumnPtr {
    return dispatch_number(kind, [&]<class To>() -> ColumnPtr {
      Buffer<To> narrow;
      narrow.reserve(cells->size());
      for (const From value : values_of<From>(*cells)) narrow.push_back(static_cast<To>(value));
      return make_number_column<To>(std::move(narrow));
    });
  });
}

ColumnPtr narrow_cells(const ColumnPtr& cells, const DataTypePtr& type) {
  if (cells->kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(*cells);
    const std::span<const uint8_t> nulls = nullable.nulls();
    return std::make_shared<NullableColumn>(narrow_cells(nullable.nested(), without_nullable(type)),
                                            Buffer<uint8_t>(nulls.begin(), nulls.end()));
  }
  return cells->kind() == type->kind() ? cells : narrow_numbers(cells, type->kind());
}

ColumnPtr combine_values(const AggregateFunction& function, const DataTypePtr& type,
                         const ColumnPtr& cells, std::span<const RowIndex> starts) {
  return narrow_cells(aggregate_call_runs(function, std::span(&cells, 1), cells->size(), starts),
                      type);
}

ColumnPtr merge_states(const AggregateFunction& function, const StringColumn& cells,
                       std::span<const RowIndex> starts) {
  auto result = std::make_shared<StringColumn>();
  std::string bytes;
  for (size_t run = 0; run + 1 < starts.size(); ++run) {
    if (starts[run + 1] - starts[run] == 1) {
      result->append_string(cells.at(starts[run]));
      continue;
    }
    RunStates state(function, 1);
    for (RowIndex row = starts[run]; row < starts[run + 1]; ++row) {
      // An empty cell is a state that has seen nothing: the default of the type.
      if (cells.at(row).empty()) continue;
      ByteReader reader(cells.at(row));
      function.merge_serialized(state[0], reader);
    }
    bytes.clear();
    ByteWriter writer(bytes);
    function.serialize(state[0], writer);
    result->append_string(bytes);
  }
  return result;
}

bool has_single_rows_only(const ColumnPtr& cells, std::span<const RowIndex> starts) {
  return starts.size() - 1 == cells->size();
}

AggregateFunctionPtr simple_function(const DataTypePtr& type) {
  return bind_aggregate(type->aggregate(), {}, std::span(&type, 1));
}

}  // namespace

ColumnPtr aggregate_call_runs(const AggregateFunction& function,
                              std::span<const ColumnPtr> arguments, size_t row_count,
                              std::span<const RowIndex> starts) {
  const size_t count = starts.size() - 1;
  RunStates states(function, count);
  std::vector<char*> state_of_row(row_count);
  for (size_t run = 0; run < count; ++run) {
    for (RowIndex row = starts[run]; row < starts[run + 1]; ++row) state_of_row[row] = states[run];
  }
  function.add(arguments, row_count, StateRows::of(state_of_row.data(), 0));
  MutableColumnPtr result = make_column(*function.result_type());
  function.finish(states.rows(), 0, count, *result);
  return ColumnPtr(std::move(result));
}

ColumnPtr aggregate_runs(const DataTypePtr& type, const ColumnPtr& cells,
                         std::span<const RowIndex> starts) {
  if (has_single_rows_only(cells, starts)) return cells;
  if (type->id() == TypeId::AggregateFunction) {
    return merge_states(*aggregate_of_state_type(*type), static_cast<const StringColumn&>(*cells),
                        starts);
  }
  return combine_values(*simple_function(type), type, cells, starts);
}

ColumnPtr sum_runs(const DataTypePtr& type, const ColumnPtr& cells,
                   std::span<const RowIndex> starts) {
  if (has_single_rows_only(cells, starts)) return cells;
  const DataTypePtr bare = without_low_cardinality(type);
  // A Bool is true when one of its cells is, and stays a Bool.
  const bool is_flag = without_nullable(bare)->id() == TypeId::Bool;
  const AggregateFunctionPtr sum = bind_aggregate(is_flag ? "max" : "sum", {}, std::span(&bare, 1));
  CHECK(sum != nullptr);
  return combine_values(*sum, type, cells, starts);
}

void check_simple_aggregate(const DataTypePtr& type) {
  const AggregateFunctionPtr function = simple_function(type);
  if (function != nullptr) {
    const DataTypePtr bare = without_nullable(type);
    const DataTypePtr result = without_nullable(function->result_type());
    if (result->kind() == bare->kind()) return;
    // Wider sums are cut to the column's width.
    if (type->aggregate().starts_with("sum") && is_number(*bare) && is_number(*result)) return;
  }
  throw Error(ErrorCode::BadArguments,
              "The function does not give values of the column's own type: " + type->name());
}

}  // namespace freshet
