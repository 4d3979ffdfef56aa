// length(s), empty(s) and s != '' ask for no bytes of the strings. When nothing else asks for
// column s of a table, its lengths are read in its place: they are stored apart.
//
//   Aggregate calls [avg(length(s))]          Aggregate calls [avg(s.size)]
//     Scan columns [s] where [s != '']   ->     Scan columns [s.size] where [s.size != 0]
//
// As ClickHouse's subcolumn of sizes.

#include <algorithm>

#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

bool is_column(const BoundExpression& e, ColumnIndex column) {
  return e.kind == BoundExpression::Kind::Column && e.column == column;
}

bool is_empty_string(const BoundExpression& e) {
  return e.kind == BoundExpression::Kind::Constant && e.type->id() == TypeId::String &&
         !e.value.is_null() && e.value.as<std::string>().empty();
}

// Whether the call asks for nothing but the length of the column's strings.
bool asks_for_length(const BoundExpression& e, ColumnIndex column) {
  if (e.kind != BoundExpression::Kind::Function || e.arguments.empty()) return false;
  if (is_call(e, "length") || is_call(e, "empty") || is_call(e, "notEmpty")) {
    return is_column(*e.arguments[0], column);
  }
  if (!is_call(e, "equals") && !is_call(e, "notEquals")) return false;
  return (is_column(*e.arguments[0], column) && is_empty_string(*e.arguments[1])) ||
         (is_column(*e.arguments[1], column) && is_empty_string(*e.arguments[0]));
}

// Whether nothing in the expression asks for more.
bool asks_for_lengths_only(const BoundExpression& e, ColumnIndex column) {
  if (asks_for_length(e, column)) return true;
  if (is_column(e, column)) return false;
  return std::ranges::all_of(e.arguments, [&](const BoundExpressionPtr& argument) {
    return asks_for_lengths_only(*argument, column);
  });
}

// The same over a column of lengths.
BoundExpressionPtr over_lengths(const BoundExpressionPtr& expression, ColumnIndex column,
                                const std::string& name, const FunctionContext& functions) {
  return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
    if (!asks_for_length(*e, column)) return nullptr;
    const DataTypePtr type = simple_type(TypeId::UInt64);
    const BoundExpressionPtr length = column_expression(column, type, name);
    if (is_call(*e, "length")) return with_name(length, e->name);
    const bool equal = is_call(*e, "empty") || is_call(*e, "equals");
    return function_expression(equal ? "equals" : "notEquals", functions,
                               {length, constant_expression(Value(uint64_t{0}), type)}, e->name);
  });
}

class LengthRewriter {
 public:
  // `parent` may be null.
  LengthRewriter(PlanNode& scan_node, PlanNode* parent, const RuleContext& context)
      : node_(scan_node), scan_(*as<ScanNode>(scan_node)), parent_(parent), context_(context) {}

  void rewrite() {
    if (scan_.final) return;
    for (ColumnIndex position = 0; position < scan_.columns.size(); ++position) {
      if (type_of(position)->id() == TypeId::String && lengths_suffice(position)) {
        read_lengths(position);
      }
    }
  }

 private:
  const DataTypePtr& type_of(ColumnIndex position) const {
    return scan_.table->schema[scan_.columns[position]].type;
  }

  bool lengths_suffice(ColumnIndex position) const {
    const auto only_lengths = [](ColumnIndex column) {
      return [column](const BoundExpressionPtr& e) { return asks_for_lengths_only(*e, column); };
    };
    if (!std::ranges::all_of(scan_.conjuncts, only_lengths(position))) return false;
    for (ColumnIndex output = 0; output < scan_.outputs.size(); ++output) {
      if (scan_.outputs[output] != position) continue;
      // Other nodes than these give the column on.
      if (parent_ == nullptr ||
          (as<AggregateNode>(*parent_) == nullptr && as<ProjectNode>(*parent_) == nullptr)) {
        return false;
      }
      bool suffices = true;
      for_each_expression(*parent_, [&](const BoundExpressionPtr& e) {
        suffices = suffices && asks_for_lengths_only(*e, output);
      });
      if (!suffices) return false;
    }
    return true;
  }

  void read_lengths(ColumnIndex position) {
    const std::string name = scan_.table->schema[scan_.columns[position]].name + ".size";
    scan_.lengths.push_back(position);
    for (BoundExpressionPtr& conjunct : scan_.conjuncts) {
      conjunct = over_lengths(conjunct, position, name, context_.functions);
    }
    Schema schema;
    for (ColumnIndex output = 0; output < node_.schema.size(); ++output) {
      const NamedType& column = node_.schema[output];
      const bool is_lengths = output < scan_.outputs.size() && scan_.outputs[output] == position;
      if (!is_lengths) {
        schema.add(column.name, column.type);
        continue;
      }
      schema.add(name, simple_type(TypeId::UInt64));
      for_each_expression(*parent_, [&](BoundExpressionPtr& e) {
        e = over_lengths(e, output, name, context_.functions);
      });
    }
    node_.schema = std::move(schema);
  }

  PlanNode& node_;
  ScanNode& scan_;
  PlanNode* parent_;
  const RuleContext& context_;
};

}  // namespace

void read_lengths_of_strings(PlanNodePtr& plan, const RuleContext& context) {
  if (as<ScanNode>(*plan) != nullptr) LengthRewriter(*plan, nullptr, context).rewrite();
  for_each_node(plan, [&](PlanNodePtr& node) {
    for (PlanNodePtr& child : node->children) {
      if (as<ScanNode>(*child) != nullptr) LengthRewriter(*child, node.get(), context).rewrite();
    }
  });
}

}  // namespace freshet
