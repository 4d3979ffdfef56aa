// Choosing each row's cell among columns: what if, multiIf, coalesce and greatest share.
#pragma once

#include <optional>
#include <span>

#include "query/function/function.h"
#include "storage/base/buffer.h"

namespace freshet {

// Cell i of the result is cell i of branches[choice[i]]. Requires: branches are Flat or Constant
// columns of `type`.
ColumnPtr choose_cells(const DataType& type, std::span<const ColumnPtr> branches,
                       std::span<const uint16_t> choice);

// The type that all branches are cast to; throws NoCommonType.
struct BranchTypes {
  DataTypePtr type;
  std::vector<std::function<ColumnPtr(const ColumnPtr&)>> casts;  // of each branch
};
BranchTypes unify_branches(const FunctionContext& context, const std::vector<DataTypePtr>& types);
// Of the arguments at `indexes`. Where they have no common type, a constant UInt64 that an Int64
// holds counts as one: `if(c, int32_column, 5000000000)`.
BranchTypes unify_branches(const FunctionContext& context, FunctionArguments arguments,
                           std::span<const size_t> indexes);
std::optional<DataTypePtr> common_branch_type(FunctionArguments arguments,
                                              std::span<const size_t> indexes);

}  // namespace freshet
