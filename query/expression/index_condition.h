// IndexCondition: what skip indexes can say of a condition, as tests for hashes.
//
//   url LIKE '%/cart?id=%' AND (user = 7 OR user IN (8, 9))
//   index on url of 4-grams: all of "/car" "art?" ...     index on user: 7, or 8 or 9
//
// Path:      query/plan/rule_scans compiles -> query/operator/block_pruner tests each block
// Threads:   immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/expression/expression.h"
#include "storage/segment/skip_index.h"

namespace freshet {

// An index that segments of a table have.
struct IndexTarget {
  SkipIndexSpec spec;             // without its function
  BoundExpressionPtr expression;  // over the table's columns
};

struct IndexCondition {
  enum class Kind : uint8_t { All, Any, Test };

  Kind kind = Kind::Test;
  std::vector<IndexCondition> children;  // of All and Any
  size_t index = 0;                      // Test: of the targets
  // Test: one of these must be there, with all its hashes.
  std::vector<std::vector<uint64_t>> alternatives;
};

// Each condition must hold.
struct IndexFilter {
  std::vector<IndexTarget> targets;
  std::vector<IndexCondition> conditions;
};

// What must hold where `condition`, over the table's columns, is true. Nothing when the indexes
// cannot tell.
std::optional<IndexCondition> make_index_condition(const BoundExpression& condition,
                                                   const std::vector<IndexTarget>& targets,
                                                   const FunctionContext& functions);

// What of the filter one of its indexes answers alone.
IndexFilter filter_of_index(const IndexFilter& filter, size_t index);

}  // namespace freshet
