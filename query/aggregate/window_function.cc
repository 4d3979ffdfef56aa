#include "query/aggregate/window_function.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "storage/base/error.h"

namespace freshet {

namespace {

using Kind = WindowFunctionKind;

constexpr std::array<WindowFunctionEntry, 14> kWindowFunctions = {{
    {.name = "row_number",
     .kind = Kind::RowNumber,
     .syntax = "row_number() OVER (..)",
     .description = "Number of the row in its partition, from 1.",
     .example = "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY number) AS n "
                "FROM numbers(4))",
     .example_result = "4",
     .case_insensitive = true},
    {.name = "rank",
     .kind = Kind::Rank,
     .syntax = "rank() OVER (.. ORDER BY ..)",
     .description = "Number of the first row that is equal to this one by ORDER BY: ties share a "
                    "rank, and leave a gap.",
     .example = "SELECT max(n) FROM (SELECT rank() OVER (ORDER BY intDiv(number, 2)) AS n "
                "FROM numbers(4))",
     .example_result = "3",
     .case_insensitive = true},
    {.name = "dense_rank",
     .kind = Kind::DenseRank,
     .syntax = "dense_rank() OVER (.. ORDER BY ..)",
     .description = "As rank, without gaps.",
     .example = "SELECT max(n) FROM (SELECT dense_rank() OVER (ORDER BY intDiv(number, 2)) AS n "
                "FROM numbers(4))",
     .example_result = "2",
     .case_insensitive = true},
    {.name = "denseRank",
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "dense_rank"},
    {.name = "percent_rank",
     .kind = Kind::PercentRank,
     .syntax = "percent_rank() OVER (.. ORDER BY ..)",
     .description = "(rank - 1) / (rows of the partition - 1), 0 for a single row.",
     .example = "SELECT max(p) FROM (SELECT percent_rank() OVER (ORDER BY number) AS p "
                "FROM numbers(4))",
     .example_result = "1",
     .case_insensitive = true},
    {.name = "percentRank",
     .syntax = "",
     .description = "",
     .example = "",
     .example_result = "",
     .case_insensitive = true,
     .alias_of = "percent_rank"},
    {.name = "cume_dist",
     .kind = Kind::CumeDist,
     .syntax = "cume_dist() OVER (.. ORDER BY ..)",
     .description = "Share of the partition's rows that are at or before this one by ORDER BY.",
     .example = "SELECT min(d) FROM (SELECT cume_dist() OVER (ORDER BY number) AS d "
                "FROM numbers(4))",
     .example_result = "0.25"},
    {.name = "ntile",
     .kind = Kind::Ntile,
     .syntax = "ntile(n) OVER (.. ORDER BY ..)",
     .description = "Number of the row's bucket when the partition is dealt into n of them, as "
                    "equal as they can be, the larger ones first.",
     .example = "SELECT max(b) FROM (SELECT ntile(3) OVER (ORDER BY number) AS b FROM numbers(10))",
     .example_result = "3",
     .case_insensitive = true},
    {.name = "nth_value",
     .kind = Kind::NthValue,
     .syntax = "nth_value(x, n) OVER (..)",
     .description = "x in the n-th row of the frame, from 1; the type's default when the frame is "
                    "shorter.",
     .example = "SELECT max(v) FROM (SELECT nth_value(number, 2) OVER (ORDER BY number) AS v "
                "FROM numbers(4))",
     .example_result = "1",
     .case_insensitive = true},
    {.name = "lag",
     .kind = Kind::Lag,
     .syntax = "lag(x[, n[, default]]) OVER (.. ORDER BY ..)",
     .description =
         "x in the n-th row before this one in the partition; n is 1 unless it is given. "
         "Takes no frame.",
     .example = "SELECT groupArray(v) FROM (SELECT lag(number, 1, 9) OVER (ORDER BY number) AS v "
                "FROM numbers(3))",
     .example_result = "[9,0,1]",
     .case_insensitive = true},
    {.name = "lead",
     .kind = Kind::Lead,
     .syntax = "lead(x[, n[, default]]) OVER (.. ORDER BY ..)",
     .description = "x in the n-th row after this one in the partition; n is 1 unless it is given. "
                    "Takes no frame.",
     .example = "SELECT groupArray(v) FROM (SELECT lead(number, 1, 9) OVER (ORDER BY number) AS v "
                "FROM numbers(3))",
     .example_result = "[1,2,9]",
     .case_insensitive = true},
    {.name = "lagInFrame",
     .kind = Kind::LagInFrame,
     .syntax = "lagInFrame(x[, n[, default]]) OVER (..)",
     .description = "As lag, but sees only the rows of the frame.",
     .example = "SELECT groupArray(v) FROM (SELECT lagInFrame(number) OVER (ORDER BY number) AS v "
                "FROM numbers(3))",
     .example_result = "[0,0,1]"},
    {.name = "leadInFrame",
     .kind = Kind::LeadInFrame,
     .syntax = "leadInFrame(x[, n[, default]]) OVER (..)",
     .description = "As lead, but sees only the rows of the frame, which by default ends with this "
                    "row.",
     .example = "SELECT groupArray(v) FROM (SELECT leadInFrame(number) OVER (ORDER BY number ROWS "
                "BETWEEN CURRENT ROW AND 1 FOLLOWING) AS v FROM numbers(3))",
     .example_result = "[1,2,0]"},
    {.name = "nonNegativeDerivative",
     .kind = Kind::NonNegativeDerivative,
     .syntax = "nonNegativeDerivative(x, time[, INTERVAL n SECOND]) OVER (.. ORDER BY time)",
     .description =
         "How much x grew since the row before, for each second or interval that passed; "
         "0 when it shrank.",
     .example = "SELECT groupArray(v) FROM (SELECT nonNegativeDerivative(number * 3, "
                "toDateTime(number)) OVER (ORDER BY number) AS v FROM numbers(3))",
     .example_result = "[0,3,3]"},
}};

std::string lower_letters(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

void require_count(std::string_view name, const WindowFunctionCall& call, size_t count) {
  if (call.types.size() == count) return;
  throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
              "Number of arguments for window function " + std::string(name) +
                  " doesn't match: passed " + std::to_string(call.types.size()) + ", should be " +
                  std::to_string(count));
}

void refuse_frame(std::string_view name) {
  throw Error(ErrorCode::BadArguments,
              "Unsupported window frame type for function '" + std::string(name) + "'");
}

bool is_whole_partition(const FrameBounds& frame) {
  return frame.begin == kWholePartition.begin && frame.end == kWholePartition.end;
}

void check_ntile(const WindowFunctionCall& call) {
  require_count("ntile", call, 1);
  const DataType& type = *call.types[0];
  const bool is_unsigned = type.id() == TypeId::UInt8 || type.id() == TypeId::UInt16 ||
                           type.id() == TypeId::UInt32 || type.id() == TypeId::UInt64;
  if (!is_unsigned) {
    throw Error(ErrorCode::BadArguments,
                "'ntile' argument type must be an unsigned integer (not larger than 64-bit), got " +
                    type.name());
  }
  if (call.constants[0] == nullptr) {
    throw Error(ErrorCode::BadArguments, "Argument of 'ntile' function must be a constant");
  }
  if (call.constants[0]->as<uint64_t>() == 0) {
    throw Error(ErrorCode::BadArguments, "Argument of 'ntile' function must be greater than zero");
  }
  if (!call.has_order || (call.frame_is_written && !is_whole_partition(call.frame))) {
    refuse_frame("ntile");
  }
}

void check_offset(const DataType& type) {
  if (is_integer(type)) return;
  throw Error(ErrorCode::BadArguments, "Offset must be an integer, '" + type.name() + "' given");
}

// lag and its kin: x, how many rows away, and what stands for a row that is not there.
void check_shift(std::string_view name, const WindowFunctionCall& call) {
  if (call.types.empty()) {
    throw Error(ErrorCode::TooFewArgumentsForFunction,
                "Function " + std::string(name) + " takes at least one argument");
  }
  if (call.types.size() > 3) {
    throw Error(ErrorCode::TooManyArgumentsForFunction,
                "Function '" + std::string(name) + "' accepts at most 3 arguments, " +
                    std::to_string(call.types.size()) + " given");
  }
  if (call.types.size() > 1) check_offset(*call.types[1]);
  if (call.types.size() > 2 && *call.types[2] != *call.types[0]) {
    const std::optional<DataTypePtr> common = common_type({call.types[0], call.types[2]});
    if (!common) {
      throw Error(ErrorCode::BadArguments,
                  "There is no supertype for the argument type '" + call.types[0]->name() +
                      "' and the default value type '" + call.types[2]->name() + "'");
    }
    if (**common != *call.types[0]) {
      throw Error(ErrorCode::BadArguments,
                  "The supertype '" + (*common)->name() + "' for the argument type '" +
                      call.types[0]->name() + "' and the default value type '" +
                      call.types[2]->name() + "' is not the same as the argument type");
    }
  }
}

// 0 for units whose length varies.
double interval_seconds(IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::Nanosecond:
      return 1e-9;
    case IntervalUnit::Microsecond:
      return 1e-6;
    case IntervalUnit::Millisecond:
      return 1e-3;
    case IntervalUnit::Second:
      return 1;
    case IntervalUnit::Minute:
      return 60;
    case IntervalUnit::Hour:
      return 3600;
    case IntervalUnit::Day:
      return 86400;
    case IntervalUnit::Week:
      return 7 * 86400;
    default:
      return 0;
  }
}

void check_derivative(const WindowFunctionCall& call) {
  if (call.types.size() != 2 && call.types.size() != 3) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Function nonNegativeDerivative takes 2 or 3 arguments");
  }
  if (!is_number(*call.types[0])) {
    throw Error(ErrorCode::BadArguments,
                "Argument 0 must be a number, '" + call.types[0]->name() + "' given");
  }
  const TypeId time = call.types[1]->id();
  if (time != TypeId::DateTime && time != TypeId::DateTime64) {
    throw Error(ErrorCode::BadArguments,
                "Argument 1 must be DateTime or DateTime64, '" + call.types[1]->name() + "' given");
  }
  if (call.types.size() == 3 && call.types[2]->id() != TypeId::Interval) {
    throw Error(ErrorCode::BadArguments,
                "Argument 2 must be an INTERVAL, '" + call.types[2]->name() + "' given");
  }
  if (call.types.size() == 3 && interval_seconds(call.types[2]->interval_unit()) == 0) {
    throw Error(ErrorCode::IllegalTypeOfArgument,
                "The INTERVAL must be a week or shorter, '" + call.types[2]->name() + "' given");
  }
}

WindowFunction bind_entry(const WindowFunctionEntry& entry, const WindowFunctionCall& call) {
  const std::string_view name = entry.name;
  if (call.nulls == NullsMode::Respect) {
    throw Error(ErrorCode::NotImplemented,
                "Function " + std::string(name) + " does not support RESPECT NULLS");
  }
  if (!call.parameters.empty()) {
    throw Error(ErrorCode::BadArguments,
                "Window function " + std::string(name) + " takes no parameters");
  }
  WindowFunction function;
  function.kind = entry.kind;
  function.frame = call.frame;
  function.result_type = simple_type(TypeId::UInt64);
  switch (entry.kind) {
    case Kind::RowNumber:
      break;
    case Kind::Rank:
    case Kind::DenseRank:
      require_count(name, call, 0);
      break;
    case Kind::PercentRank:
    case Kind::CumeDist:
      require_count(name, call, 0);
      if (call.frame_is_written && (call.frame.by_rows || !is_whole_partition(call.frame))) {
        refuse_frame(name);
      }
      function.result_type = simple_type(TypeId::Float64);
      break;
    case Kind::Ntile:
      check_ntile(call);
      break;
    case Kind::NthValue:
      require_count(name, call, 2);
      check_offset(*call.types[1]);
      function.result_type = call.types[0];
      break;
    case Kind::Lag:
    case Kind::Lead:
      if (call.frame_is_written) {
        throw Error(ErrorCode::BadArguments,
                    "Window function '" + std::string(name) +
                        "' does not expect window frame to be explicitly specified");
      }
      function.frame = kWholePartition;
      [[fallthrough]];
    case Kind::LagInFrame:
    case Kind::LeadInFrame:
      check_shift(name, call);
      function.result_type = call.types[0];
      break;
    case Kind::NonNegativeDerivative:
      check_derivative(call);
      function.result_type = simple_type(TypeId::Float64);
      if (call.types.size() == 3) {
        function.interval_seconds = interval_seconds(call.types[2]->interval_unit());
      }
      break;
    case Kind::Aggregate:
    case Kind::FirstValue:
    case Kind::LastValue:
      break;
  }
  return function;
}

constexpr std::string_view kRespectNulls = "_respect_nulls";

WindowFunction bind_over_frame(const WindowFunctionCall& call) {
  WindowFunction function;
  function.frame = call.frame;
  std::string name = call.name;
  const AggregateEntry* entry = find_aggregate(name);
  if (call.nulls == NullsMode::Respect) {
    const AggregateEntry* respecting =
        entry == nullptr ? nullptr : find_aggregate(std::string(entry->name) + "_respect_nulls");
    if (respecting == nullptr) {
      throw Error(ErrorCode::NotImplemented,
                  "Function " + name + " does not support RESPECT NULLS");
    }
    entry = respecting;
    name = respecting->name;
  }
  function.aggregate = bind_aggregate(name, call.parameters, call.types);
  if (function.aggregate == nullptr) {
    throw Error(ErrorCode::UnknownAggregateFunction,
                "Aggregate function with name '" + name + "' does not exist");
  }
  function.result_type = function.aggregate->result_type();
  if (entry == nullptr) return function;
  const bool respects_nulls = entry->name.ends_with(kRespectNulls);
  if (entry->name.starts_with("anyLast")) {
    function.kind = Kind::LastValue;
  } else if (entry->name == "any" || entry->name == "any_respect_nulls") {
    function.kind = Kind::FirstValue;
  } else {
    return function;
  }
  function.aggregate = nullptr;
  function.result_type = call.types[0];
  function.skips_nulls = !respects_nulls && call.types[0]->is_nullable();
  return function;
}

std::string edge_text(const FrameEdge& edge) {
  switch (edge.kind) {
    case FrameEdgeKind::UnboundedPreceding:
      return "unbounded preceding";
    case FrameEdgeKind::Preceding:
      return std::to_string(edge.offset) + " preceding";
    case FrameEdgeKind::CurrentRow:
      return "current row";
    case FrameEdgeKind::Following:
      return std::to_string(edge.offset) + " following";
    case FrameEdgeKind::UnboundedFollowing:
      return "unbounded following";
  }
  return {};
}

}  // namespace

std::string frame_text(const FrameBounds& frame) {
  return (frame.by_rows ? "rows " : "range ") + edge_text(frame.begin) + " .. " +
         edge_text(frame.end);
}

WindowFunction bind_window_function(const WindowFunctionCall& call) {
  if (const WindowFunctionEntry* entry = find_window_function(call.name)) {
    return bind_entry(*entry, call);
  }
  return bind_over_frame(call);
}

const WindowFunctionEntry* find_window_function(std::string_view name) {
  const std::string lowered = lower_letters(name);
  for (const WindowFunctionEntry* entry : all_window_functions()) {
    if (entry->name != name &&
        !(entry->case_insensitive && lower_letters(entry->name) == lowered)) {
      continue;
    }
    return entry->alias_of.empty() ? entry : find_window_function(entry->alias_of);
  }
  return nullptr;
}

std::span<const WindowFunctionEntry* const> all_window_functions() {
  static const std::vector<const WindowFunctionEntry*> entries = [] {
    std::vector<const WindowFunctionEntry*> list;
    for (const WindowFunctionEntry& entry : kWindowFunctions) list.push_back(&entry);
    return list;
  }();
  return entries;
}

}  // namespace freshet
