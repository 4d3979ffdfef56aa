// What an aggregate function is: how its states are made, fed, merged, stored and read.
//
// A state is a run of bytes in a group's row (operator/aggregate_table lays rows out in an arena);
// functions never allocate states themselves. States that own memory say so and are destroyed.
//
//   row of one group:   [ key bytes | state of sum | state of uniq | ... ]
//                                   ^ offset 0       ^ offset 1
//
// Path:      query/operator/aggregate -> AggregateFunction; views store serialize()d states
// Threads:   a bound function is immutable; a state belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/arena.h"
#include "storage/base/bytes.h"
#include "storage/column/column.h"
#include "storage/column/row_set.h"

namespace freshet {

// Where the state of each row's group is. Either every row has a group of its own choice (`rows`),
// or all rows belong to one state (`one`): GROUP BY nothing.
struct StateRows {
  char* const* rows = nullptr;
  size_t offset = 0;
  char* one = nullptr;

  static StateRows of(char* const* rows, size_t offset) { return {rows, offset, nullptr}; }
  static StateRows single(char* state) { return {nullptr, 0, state}; }
  char* operator[](size_t i) const { return one != nullptr ? one : rows[i] + offset; }
};

class AggregateFunction {
 public:
  virtual ~AggregateFunction() = default;

  const DataTypePtr& result_type() const { return result_type_; }
  size_t state_bytes() const { return state_bytes_; }
  size_t state_alignment() const { return state_alignment_; }
  // True: destroy() must be called, because a state owns memory of its own.
  bool owns_memory() const { return owns_memory_; }
  // True: a state of all zero bytes is an empty state (create() may be skipped).
  bool zero_is_empty() const { return zero_is_empty_; }

  // Whether a state is 64-bit words, zero at first, and merge() adds each.
  virtual bool merges_by_adding() const { return false; }

  virtual void create(char* state) const = 0;
  virtual void destroy(char* state) const = 0;
  // Adds row i of `arguments` (Flat, Constant or Dictionary; Nullable taken off by the null
  // wrapper) to states[i], for i in [0, row_count).
  virtual void add(std::span<const ColumnPtr> arguments, size_t row_count,
                   StateRows states) const = 0;
  // Whether add_except() is there: it costs less than picking the rows that stay.
  virtual bool can_add_except() const { return false; }
  // Adds the rows of `arguments` to one state, but not those of `except`. Requires:
  // can_add_except(), row_count <= kBlockRows.
  virtual void add_except(std::span<const ColumnPtr> arguments, size_t row_count,
                          const RowBitmap& except, char* state) const;
  // Whether a state gets larger the more rows it has seen, as a set of distinct values does.
  virtual bool grows_with_rows() const { return owns_memory_; }
  // Adds all that `from` has seen, later than `into`, to `into`; `from` stays as it is.
  virtual void merge(char* into, char* from) const = 0;
  // States to bytes and back: spilling, -State, materialized views.
  virtual void serialize(const char* state, ByteWriter& out) const = 0;
  // Merges serialized bytes into `state`. Throws CorruptedData.
  virtual void merge_serialized(char* state, ByteReader& in) const = 0;
  // Appends one result cell per state to `out`, a flat column of result_type().
  virtual void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const = 0;

 protected:
  AggregateFunction(DataTypePtr result_type, size_t state_bytes, size_t state_alignment,
                    bool owns_memory, bool zero_is_empty)
      : result_type_(std::move(result_type)),
        state_bytes_(state_bytes),
        state_alignment_(state_alignment),
        owns_memory_(owns_memory),
        zero_is_empty_(zero_is_empty) {}

 private:
  DataTypePtr result_type_;
  size_t state_bytes_;
  size_t state_alignment_;
  bool owns_memory_;
  bool zero_is_empty_;
};

using AggregateFunctionPtr = std::shared_ptr<const AggregateFunction>;

struct AggregateEntry {
  std::string_view name;
  // `parameters` are quantile(0.5)'s; types without LowCardinality; Nullable only when
  // `handles_nulls`. Throws as functions do.
  AggregateFunctionPtr (*bind)(std::span<const Value> parameters,
                               std::span<const DataTypePtr> types);
  std::string_view syntax;
  std::string_view description;
  std::string_view example;
  std::string_view example_result;
  // False: rows with a NULL argument are skipped, and a group without any row gives NULL for a
  // Nullable argument (count gives 0).
  bool handles_nulls = false;
  // True: such a group gives the default (0, an empty array) instead of NULL.
  bool default_when_only_null = false;
  bool case_insensitive = false;
  std::string_view alias_of = {};
};

const AggregateEntry* find_aggregate(std::string_view name);
std::span<const AggregateEntry* const> all_aggregates();

// Binds a name with its combinators: -If, -Array, -State, -Merge, -MergeState, -OrNull, -OrDefault,
// -Distinct, and -SimpleState; adds the handling of NULLs. Null when no such function exists (then
// it may be a scalar function). count(DISTINCT x) arrives as uniqExact, other f(DISTINCT x) as
// fDistinct.
AggregateFunctionPtr bind_aggregate(std::string_view name, std::span<const Value> parameters,
                                    std::span<const DataTypePtr> argument_types);
bool is_aggregate_name(std::string_view name);

// The function whose states an AggregateFunction(f, T...) column holds.
AggregateFunctionPtr aggregate_of_state_type(const DataType& type);

}  // namespace freshet
