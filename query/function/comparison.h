// Binding of comparisons, for the families that compare.
#pragma once

#include "query/function/comparison_loop.h"
#include "query/function/function.h"

namespace freshet {

// Of types that may be Nullable only inside tuples. The result is UInt8, or Nullable(UInt8) for
// tuples with NULLs. `function` names it in errors.
BoundFunction bind_comparison(Comparison comparison, std::string_view function,
                              const FunctionContext& context, FunctionArguments arguments);

}  // namespace freshet
