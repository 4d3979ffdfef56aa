// Choosing each row's cell among columns: what if, multiIf, coalesce and greatest share.
#pragma once

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

}  // namespace freshet
