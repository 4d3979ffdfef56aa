// ColumnDefaults: the DEFAULT, MATERIALIZED and EPHEMERAL expressions of a table, bound, in an order
// in which each reads only columns that are ready.
//
//   (a UInt8, b DEFAULT c + 1, c DEFAULT a * 2)      order: c, b
//
// Path:      CREATE TABLE checks with it; row_completion computes with it
// Errors:    UnknownIdentifier, CyclicAliases, IllegalAggregation, what casting to the type throws.
#pragma once

#include <vector>

#include "query/plan/binder.h"
#include "storage/table/table_definition.h"

namespace freshet {

struct ColumnDefault {
  ColumnIndex column = 0;         // in ColumnDefaults::schema
  BoundExpressionPtr expression;  // over that schema; its type may differ from the column's
};

struct ColumnDefaults {
  // All columns but ALIAS ones, in the table's order.
  Schema schema;
  // What each schema column is in the definition.
  std::vector<const ColumnDefinition*> definitions;
  std::vector<ColumnDefault> in_order;
};

// `columns` outlive the result, and so do the context's functions.
ColumnDefaults bind_column_defaults(const std::vector<ColumnDefinition>& columns,
                                    const BindContext& context);

// The cells of an expression over `chunk` (laid out as the expression's schema), as `type`.
ColumnPtr evaluate_as(const BoundExpression& expression, const DataTypePtr& type,
                      const Chunk& chunk, const FunctionContext& functions);

// Throws when values of an expression can never be cast to `type`; constants are tried.
void check_castable(const BoundExpression& expression, const DataTypePtr& type,
                    const FunctionContext& functions);

}  // namespace freshet
