#include <algorithm>

#include "query/plan/binder.h"
#include "query/plan/optimizer_rules.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// An index's expression over the table's columns; null when it is not there any more, or when its
// values depend on the time zone of whoever computes it.
BoundExpressionPtr bind_index(const std::string& expression, const Schema& schema,
                              const FunctionContext& functions) {
  if (const auto column = schema.find(expression)) {
    return column_expression(*column, schema[*column].type, expression);
  }
  try {
    BindContext context;
    context.functions = &functions;
    auto bound = bind_expression(schema, *parse_expression_text(expression), context);
    const bool of_time = std::ranges::any_of(columns_of(*bound), [&](ColumnIndex column) {
      return is_date_or_time(*without_nullable(schema[column].type));
    });
    return of_time ? nullptr : bound;
  } catch (const Error&) {
    return nullptr;
  }
}

// The distinct indexes that segments of the table have.
std::vector<IndexTarget> find_targets(const TableVersion& table, const FunctionContext& functions) {
  std::vector<IndexTarget> targets;
  for (const auto& segment : table.segments) {
    for (const SegmentReader::StoredIndex& stored : segment->reader->indexes()) {
      const bool known = std::ranges::any_of(targets, [&](const IndexTarget& target) {
        return target.spec.expression == stored.expression && target.spec.type == stored.type;
      });
      if (known || stored.columns != table.definition->stored_names()) continue;
      auto spec = parse_skip_index({stored.name, stored.expression, stored.type});
      auto bound = spec ? bind_index(stored.expression, table.schema, functions) : nullptr;
      if (bound == nullptr || !is_indexable(spec->kind, *bound->type)) continue;
      spec->value_type = bound->type;
      spec->columns = stored.columns;
      targets.push_back({std::move(*spec), std::move(bound)});
    }
  }
  return targets;
}

}  // namespace

void use_skip_indexes(PlanNodePtr& plan, const RuleContext& context) {
  for_each_node(plan, [&](PlanNodePtr& node) {
    auto* scan = as<ScanNode>(*node);
    if (scan == nullptr || scan->conjuncts.empty()) return;
    std::vector<IndexTarget> targets = find_targets(*scan->table, context.functions);
    if (targets.empty()) return;
    for (const auto& conjunct : scan->conjuncts) {
      if (!is_deterministic(*conjunct)) continue;
      const auto over_table = remap_columns(conjunct, scan->columns);
      if (auto condition = make_index_condition(*over_table, targets, context.functions)) {
        scan->index_filter.conditions.push_back(std::move(*condition));
      }
    }
    if (!scan->index_filter.conditions.empty()) scan->index_filter.targets = std::move(targets);
  });
}

}  // namespace freshet
