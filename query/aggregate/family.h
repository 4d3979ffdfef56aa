// The families of aggregate functions: each .cc file gives its rows to aggregate_registry.
#pragma once

#include <span>
#include <string>

#include "query/aggregate/aggregate.h"
#include "storage/base/error.h"

namespace freshet {

std::span<const AggregateEntry> sum_count_aggregates();
std::span<const AggregateEntry> min_max_aggregates();
std::span<const AggregateEntry> arg_min_max_aggregates();
std::span<const AggregateEntry> distinct_count_aggregates();
std::span<const AggregateEntry> quantile_aggregates();
std::span<const AggregateEntry> group_array_aggregates();
std::span<const AggregateEntry> statistics_aggregates();
std::span<const AggregateEntry> top_k_aggregates();
std::span<const AggregateEntry> weighted_aggregates();
std::span<const AggregateEntry> funnel_aggregates();

// Throws NumberOfArgumentsDoesntMatch unless there are `count` arguments.
void require_arguments(const char* name, std::span<const DataTypePtr> types, size_t count);
// Throws IllegalTypeOfArgument naming the function and the type.
[[noreturn]] void refuse_type(const char* name, const DataType& type);
// Throws unless there are no parameters.
void require_no_parameters(const char* name, std::span<const Value> parameters);
// The cell that stands for none: of an Enum its least entry, else 0 or empty.
Value empty_cell(const DataType& type);
// A numeric parameter as a double. Throws BadArguments.
double number_parameter(const char* name, const Value& value);

}  // namespace freshet
