#include "query/plan/explain.h"

#include <algorithm>
#include <functional>
#include <span>

#include "storage/column/text.h"

namespace freshet {

namespace {

constexpr size_t kSetValuesShown = 8;

template <class Items, class Print>
std::string list(const Items& items, Print print) {
  std::string text = "[";
  for (const auto& item : items) {
    if (text.size() > 1) text += ", ";
    text += print(item);
  }
  return text + "]";
}

std::string column_text(const Schema& schema, ColumnIndex column) {
  if (column >= schema.size()) return "$" + std::to_string(column);
  const std::string& name = schema[column].name;
  const auto same = std::ranges::count_if(
      schema.columns(), [&](const NamedType& other) { return other.name == name; });
  return same == 1 && !name.empty() ? name : name + "$" + std::to_string(column);
}

std::string constant_text(const DataType& type, const Value& value) {
  std::string text = value_text(type, value);
  const TypeId id = type.is_nullable() ? type.argument(0)->id() : type.id();
  const bool quoted = !value.is_null() &&
                      (id == TypeId::String || id == TypeId::FixedString || id == TypeId::Date ||
                       id == TypeId::DateTime || id == TypeId::DateTime64 || id == TypeId::Date32);
  return quoted ? "'" + text + "'" : text;
}

std::string set_text(const ValueSet& set) {
  if (set.size() > kSetValuesShown) return "{" + std::to_string(set.size()) + " values}";
  auto values = set.values();
  std::ranges::sort(values,
                    [](const Value& a, const Value& b) { return compare_values(a, b) < 0; });
  std::string text = "{";
  for (const auto& value : values) {
    if (text.size() > 1) text += ", ";
    text += constant_text(*set.type(), value);
  }
  return text + "}";
}

std::string_view op_text(ColumnCondition::Operator op) {
  switch (op) {
    case ColumnCondition::Operator::Equal:
      return "=";
    case ColumnCondition::Operator::NotEqual:
      return "!=";
    case ColumnCondition::Operator::Less:
      return "<";
    case ColumnCondition::Operator::LessOrEqual:
      return "<=";
    case ColumnCondition::Operator::Greater:
      return ">";
    case ColumnCondition::Operator::GreaterOrEqual:
      return ">=";
    case ColumnCondition::Operator::In:
      return "in";
    case ColumnCondition::Operator::IsNull:
      return "is null";
    case ColumnCondition::Operator::IsNotNull:
      return "is not null";
  }
  return "";
}

std::string_view kind_text(JoinKind kind) {
  switch (kind) {
    case JoinKind::Inner:
      return "Inner";
    case JoinKind::Left:
      return "Left";
    case JoinKind::Right:
      return "Right";
    case JoinKind::Full:
      return "Full";
    case JoinKind::Cross:
    case JoinKind::Comma:
      return "Cross";
    case JoinKind::Paste:
      return "Paste";
  }
  return "";
}

std::string_view strictness_text(JoinStrictness strictness) {
  switch (strictness) {
    case JoinStrictness::Any:
      return " any";
    case JoinStrictness::Semi:
      return " semi";
    case JoinStrictness::Anti:
      return " anti";
    case JoinStrictness::Asof:
      return " asof";
    case JoinStrictness::Default:
    case JoinStrictness::All:
      return "";
  }
  return "";
}

std::string parameter_text(const Value& value) {
  if (value.is_null()) return "NULL";
  if (const auto* number = std::get_if<uint64_t>(&value.cell)) return std::to_string(*number);
  if (const auto* number = std::get_if<int64_t>(&value.cell)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value.cell)) return "'" + *text + "'";
  if (std::holds_alternative<double>(value.cell)) {
    return value_text(*simple_type(TypeId::Float64), value);
  }
  return "...";
}

std::string expressions_text(const std::vector<BoundExpressionPtr>& expressions,
                             const Schema& schema) {
  return list(expressions, [&](const auto& e) { return explain_expression(*e, schema); });
}

template <class Call>
std::string call_text(const Call& call, const Schema& input) {
  std::string parameters;
  for (const auto& parameter : call.parameters) {
    parameters += (parameters.empty() ? "(" : ", ") + parameter_text(parameter);
  }
  if (!parameters.empty()) parameters += ")";
  const std::string arguments = expressions_text(call.arguments, input);
  return call.function_name + parameters + "(" + arguments.substr(1, arguments.size() - 2) + ")";
}

// The line of one node.
class NodePrinter {
 public:
  explicit NodePrinter(const PlanNode& node) : node_(node) {}

  std::string operator()(const ScanNode& scan) const {
    const auto& definition = *scan.table->definition;
    const Schema read = scan.columns_read();
    std::string text = "Scan " + definition.database + "." + definition.name;
    if (scan.part != nullptr) text += " part";
    if (scan.final) text += " final";
    text += " columns " + list(read.columns(), [](const NamedType& column) { return column.name; });
    if (!scan.conjuncts.empty()) text += " where " + expressions_text(scan.conjuncts, read);
    bool gives_all = scan.outputs.size() == scan.columns.size();
    for (ColumnIndex i = 0; gives_all && i < scan.outputs.size(); ++i) {
      gives_all = scan.outputs[i] == i;
    }
    if (!gives_all) text += " outputs " + columns(scan.outputs, read);
    if (!scan.filter.conditions.empty()) {
      text += " filter " + list(scan.filter.conditions, [&](const ColumnCondition& condition) {
                return condition_text(condition, scan.table->schema);
              });
    }
    if (scan.row_position) text += " with position";
    if (scan.row_limit) text += " limit " + std::to_string(*scan.row_limit);
    return text;
  }
  std::string operator()(const FetchNode& fetch) const {
    return "Fetch " + fetch.table->definition->database + "." + fetch.table->definition->name +
           " columns " + columns(fetch.columns, fetch.table->schema);
  }
  std::string operator()(const FilterNode& filter) const {
    return "Filter " + expressions_text(filter.conjuncts, input());
  }
  std::string operator()(const ProjectNode& project) const {
    std::string text = "Project [";
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      if (i > 0) text += ", ";
      const std::string expression = explain_expression(*project.expressions[i], input());
      text += expression;
      const std::string& name = node_.schema[i].name;
      if (!name.empty() && name != expression) text += " as " + name;
    }
    return text + "]";
  }
  std::string operator()(const AggregateNode& aggregate) const {
    std::string text = "Aggregate";
    if (!aggregate.keys.empty()) text += " keys " + expressions_text(aggregate.keys, input());
    text += " calls " + list(aggregate.calls,
                             [&](const AggregateCall& call) { return call_text(call, input()); });
    if (aggregate.empty_without_rows) text += " empty without rows";
    if (aggregate.group_limit) text += " any " + std::to_string(*aggregate.group_limit) + " groups";
    return text;
  }
  std::string operator()(const WindowNode& window) const {
    std::string text = "Window";
    if (!window.sort.empty()) text += " sort " + sort_text(window.sort);
    text += " calls " + list(window.calls, [&](const WindowCall& call) {
              const std::span<const SortColumn> sort(window.sort);
              std::string over;
              if (call.partition_columns > 0) {
                over += " partition " + sort_text(sort.first(call.partition_columns));
              }
              if (call.order_columns > 0) {
                over +=
                    " order " + sort_text(sort.subspan(call.partition_columns, call.order_columns));
              }
              if (call.function.frame != FrameBounds{}) {
                over += " " + frame_text(call.function.frame);
              }
              return call_text(call, input()) + " over (" + (over.empty() ? over : over.substr(1)) +
                     ")";
            });
    if (window.outputs.size() < input().size()) {
      text += " outputs " + columns(window.outputs, input());
    }
    return text;
  }
  std::string operator()(const JoinNode& join) const {
    const Schema& left = node_.children[0]->schema;
    const Schema& right = node_.children[1]->schema;
    std::vector<NamedType> both = left.columns();
    both.insert(both.end(), right.columns().begin(), right.columns().end());
    const Schema combined(std::move(both));
    std::string text = "Join " + std::string(kind_text(join.kind));
    text += strictness_text(join.strictness);
    if (!join.keys.empty()) {
      text += " on " + list(join.keys, [&](const JoinKey& key) {
                return explain_expression(*key.left, left) + (key.null_safe ? " <=> " : " = ") +
                       explain_expression(*key.right, right);
              });
    }
    if (join.asof) {
      text += " asof " + join.asof->op + "(" + explain_expression(*join.asof->left, left) + ", " +
              explain_expression(*join.asof->right, right) + ")";
    }
    if (join.residual) text += " and " + explain_expression(*join.residual, combined);
    text += " outputs " + columns(join.outputs, combined);
    if (join.build_left) text += " build left";
    return text;
  }
  std::string operator()(const SortNode& sort) const {
    std::string text = "Sort " + sort_text(sort.keys);
    if (sort.limit) text += " limit " + std::to_string(*sort.limit);
    return text;
  }
  std::string operator()(const LimitNode& limit) const {
    std::string text = "Limit";
    if (limit.limit) text += " " + std::to_string(*limit.limit);
    if (limit.offset != 0) text += " offset " + std::to_string(limit.offset);
    if (!limit.ties.empty()) text += " with ties by " + sort_text(limit.ties);
    return text;
  }
  std::string operator()(const LimitByNode& limit) const {
    std::string text = "LimitBy " + std::to_string(limit.limit);
    if (limit.offset != 0) text += " offset " + std::to_string(limit.offset);
    return text + " by " + columns(limit.columns, input());
  }
  std::string operator()(const DistinctNode& distinct) const {
    return distinct.row_limit ? "Distinct limit " + std::to_string(*distinct.row_limit)
                              : "Distinct";
  }
  std::string operator()(const UnionAllNode&) const { return "UnionAll"; }
  std::string operator()(const ValuesNode& values) const {
    return "Values rows " + std::to_string(values.chunk.row_count);
  }
  std::string operator()(const TableFunctionNode& function) const {
    return "TableFunction " + function.name + list(function.arguments, parameter_text);
  }
  std::string operator()(const SystemTableNode& table) const {
    std::string text = "SystemTable " + table.database + "." + table.table + " columns [";
    for (size_t i = 0; i < node_.schema.size(); ++i) {
      text += (i > 0 ? ", " : "") + node_.schema[i].name;
    }
    return text + "]";
  }
  std::string operator()(const ArrayJoinNode& array_join) const {
    return std::string(array_join.left ? "LeftArrayJoin " : "ArrayJoin ") +
           columns(array_join.columns, input());
  }

 private:
  const Schema& input() const { return node_.children[0]->schema; }

  static std::string columns(const std::vector<ColumnIndex>& columns, const Schema& schema) {
    return list(columns, [&](ColumnIndex column) { return column_text(schema, column); });
  }
  static std::string condition_text(const ColumnCondition& condition, const Schema& schema) {
    const auto& column = schema[condition.column];
    std::string text = column.name + " " + std::string(op_text(condition.op));
    if (condition.values.empty()) return text;
    if (condition.op == ColumnCondition::Operator::In) {
      return text + " " + std::to_string(condition.values.size()) + " values";
    }
    return text + " " + constant_text(*column.type, condition.values[0]);
  }
  std::string sort_text(std::span<const SortColumn> keys) const {
    return list(keys, [&](const SortColumn& key) {
      return column_text(input(), key.column) + (key.descending ? " desc" : "") +
             (key.nulls_first ? " nulls first" : "");
    });
  }

  const PlanNode& node_;
};

void print(const PlanNode& node, size_t depth, const NodeDetails& details, std::string& out) {
  const auto put_line = [&](size_t level, const std::string& line) {
    out.append(level * 2, ' ');
    out += line;
    out += '\n';
  };
  put_line(depth, std::visit(NodePrinter(node), node.body));
  if (details) {
    for (const std::string& line : details(node)) put_line(depth + 1, line);
  }
  for (const auto& child : node.children) print(*child, depth + 1, details, out);
}

}  // namespace

std::string explain_expression(const BoundExpression& expression, const Schema& input) {
  switch (expression.kind) {
    case BoundExpression::Kind::Column:
      return expression.column < kLambdaColumn ? column_text(input, expression.column)
                                               : expression.name;
    case BoundExpression::Kind::Constant:
      return constant_text(*expression.type, expression.value);
    case BoundExpression::Kind::Function: {
      std::string text(expression.function.entry->name);
      text += "(";
      for (size_t i = 0; i < expression.arguments.size(); ++i) {
        if (i > 0) text += ", ";
        text += explain_expression(*expression.arguments[i], input);
      }
      return text + ")";
    }
    case BoundExpression::Kind::Lambda:
      return "lambda(" + explain_expression(*expression.arguments[0], input) + ")";
    case BoundExpression::Kind::InSet:
      return (expression.negated ? "notIn(" : "in(") +
             explain_expression(*expression.arguments[0], input) + ", " +
             set_text(*expression.set) + ")";
    case BoundExpression::Kind::ArrayJoin:
      return "arrayJoin(" + explain_expression(*expression.arguments[0], input) + ")";
  }
  return {};
}

std::string explain_call(const AggregateCall& call, const Schema& input) {
  return call_text(call, input);
}

std::string explain_plan(const PlanNode& node, const NodeDetails& details) {
  std::string text;
  print(node, 0, details, text);
  return text;
}

std::string explain_plan(const LogicalPlan& plan, const NodeDetails& details) {
  std::string text;
  print(*plan.root, 0, details, text);
  if (plan.totals) {
    text += "Totals\n";
    print(*plan.totals, 1, details, text);
  }
  return text;
}

}  // namespace freshet
