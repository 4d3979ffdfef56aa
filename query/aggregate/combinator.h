// Combinators: aggregate functions made of other ones, by suffix of the name.
//
// Each takes the nested function and gives one whose states contain the nested function's state.
// aggregate_registry decides which apply, in which order.
#pragma once

#include "query/aggregate/aggregate.h"

namespace freshet {

// Skips rows in which one of the `nullable` arguments is NULL. With `null_when_empty`, a group
// without any other row gives NULL and the result is Nullable.
AggregateFunctionPtr skip_nulls(AggregateFunctionPtr nested, bool null_when_empty);
// Of an argument that is the literal NULL, whatever the function: NULL, as Nullable(Nothing).
AggregateFunctionPtr only_null();
// -If: the last argument is a condition; rows where it is not true, or NULL, are skipped. With
// `flagged`, states are stored with a byte before them that has no meaning any more.
AggregateFunctionPtr only_if(AggregateFunctionPtr nested, bool flagged);
// -Array: arguments are arrays of equal lengths; their elements are the rows.
AggregateFunctionPtr of_arrays(AggregateFunctionPtr nested);
// -Distinct: every combination of arguments counts once.
AggregateFunctionPtr of_distinct(AggregateFunctionPtr nested, std::vector<DataTypePtr> types);
// -Map: one state for each key of maps, or of pairs of arrays, whose result then is a pair too;
// `drops_zeros`: without keys whose value is 0. -ForEach: one state for each place of arrays.
AggregateFunctionPtr of_maps(AggregateFunctionPtr nested, const DataTypePtr& key, bool of_arrays,
                             bool drops_zeros);
AggregateFunctionPtr for_each_place(AggregateFunctionPtr nested);
// -OrNull, -OrDefault: a group without rows gives NULL, or the result type's default.
AggregateFunctionPtr or_null(AggregateFunctionPtr nested);
AggregateFunctionPtr or_default(AggregateFunctionPtr nested);
// -State: the result is the serialized state, of type `state_type`.
AggregateFunctionPtr state_of(AggregateFunctionPtr nested, DataTypePtr state_type);
// -Merge: the argument is serialized states. -MergeState: -State of that.
AggregateFunctionPtr merge_of(AggregateFunctionPtr nested);

}  // namespace freshet
