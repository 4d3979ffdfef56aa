// Conversion of columns from one type to another, as CAST and the toT() functions do it.
//
// make_cast() decides once about the pair of types and returns the loop. Text becomes cells through
// storage/column/text; the other conversions are in cast_number and cast_time.
#pragma once

#include <functional>

#include "query/function/function.h"

namespace freshet {

enum class CastFailure : uint8_t {
  Throw,    // the first cell that cannot be converted is an error
  Null,     // such cells are NULL: the result is Nullable
  Default,  // such cells are the type's default
};

struct CastOptions {
  CastFailure on_failure = CastFailure::Throw;
  // Numbers that the target cannot hold exactly cannot be converted; else they wrap.
  bool accurate = false;
  // NULL cells become NULL even when the target is not Nullable (the result then is); else they
  // are errors, or defaults.
  bool keep_nulls = false;
};

// Any form in; Flat in gives Flat out, Constant gives Constant, Dictionary gives Flat.
using ColumnCast = std::function<ColumnPtr(const ColumnPtr& column)>;

struct BoundCast {
  DataTypePtr type;  // of the result
  ColumnCast cast;
};

// Throws CannotConvertType when there is no conversion between the types.
BoundCast make_cast(const FunctionContext& context, const DataTypePtr& from, const DataTypePtr& to,
                    const CastOptions& options = {});

// One cell of `to`, which is a plain type, from its text; null when the text is not exactly that.
ColumnPtr parse_cell(const FunctionContext& context, std::string_view text, const DataTypePtr& to);

}  // namespace freshet
