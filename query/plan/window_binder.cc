#include "query/plan/window_binder.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "query/expression/evaluator.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/number_column.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

std::string window_text(const WindowSpec& spec) {
  FunctionCall call;
  call.name = "f";
  call.over = std::make_shared<const WindowSpec>(spec);
  const std::string text = to_sql(*make_expression(std::move(call), {}));
  const std::string_view before = "f() OVER (";
  return text.substr(before.size(), text.size() - before.size() - 1);
}

[[noreturn]] void refuse_window(const std::string& message) {
  throw Error(ErrorCode::BadArguments, message);
}

// A window that begins with a name: the named one with what is added.
WindowSpec derive(const WindowSpec& parent, const WindowSpec& spec) {
  if (spec.reference) return parent;
  if (parent.frame) {
    refuse_window(
        "Parent window '" + spec.window +
        "' is not allowed to define a frame: while processing derived window definition '" +
        window_text(spec) + "'");
  }
  if (!spec.partition_by.empty()) {
    refuse_window("Derived window definition '" + window_text(spec) +
                  "' is not allowed to override PARTITION BY");
  }
  if (!spec.order_by.empty() && !parent.order_by.empty()) {
    refuse_window("Derived window definition '" + window_text(spec) +
                  "' is not allowed to override a non-empty ORDER BY");
  }
  WindowSpec derived = spec;
  derived.window.clear();
  derived.partition_by = parent.partition_by;
  if (derived.order_by.empty()) derived.order_by = parent.order_by;
  return derived;
}

bool is_offset(FrameEdgeKind kind) {
  return kind == FrameEdgeKind::Preceding || kind == FrameEdgeKind::Following;
}

// In order of the rows that they stand for.
int position_of(FrameEdgeKind kind) { return static_cast<int>(kind); }

void check_frame(const FrameBounds& frame, const WindowFrame& written) {
  if (frame.begin.kind == FrameEdgeKind::UnboundedFollowing) {
    refuse_window("Frame start cannot be UNBOUNDED FOLLOWING");
  }
  if (frame.end.kind == FrameEdgeKind::UnboundedPreceding) {
    refuse_window("Frame end cannot be UNBOUNDED PRECEDING");
  }
  const auto text = [](const FrameEdge& edge) {
    return std::to_string(edge.offset) +
           (edge.kind == FrameEdgeKind::Preceding ? " PRECEDING" : " FOLLOWING");
  };
  if (is_offset(frame.begin.kind) && is_offset(frame.end.kind)) {
    const bool same_side = frame.begin.kind == frame.end.kind;
    const bool ordered = !same_side ? frame.begin.kind == FrameEdgeKind::Preceding
                         : frame.begin.kind == FrameEdgeKind::Preceding
                             ? frame.begin.offset >= frame.end.offset
                             : frame.begin.offset <= frame.end.offset;
    if (ordered) return;
    refuse_window("Frame start offset " + text(frame.begin) +
                  " does not precede the frame end offset " + text(frame.end));
  }
  if (position_of(frame.begin.kind) > position_of(frame.end.kind)) {
    WindowSpec spec;
    spec.frame = written;
    refuse_window("Window frame '" + window_text(spec) + "' is invalid");
  }
}

// RANGE with offsets: distances of the one ORDER BY column.
void check_range_offset(const FrameBounds& frame, const BoundWindow& window) {
  if (frame.by_rows || (!is_offset(frame.begin.kind) && !is_offset(frame.end.kind))) return;
  if (window.order_by.size() != 1) {
    refuse_window("The RANGE OFFSET window frame requires exactly one ORDER BY column, " +
                  std::to_string(window.order_by.size()) + " given");
  }
  const DataTypePtr& type = window.order_by[0].expression->type;
  const DataTypePtr bare = without_nullable(type);
  const bool is_scaled = bare->id() == TypeId::Decimal || bare->id() == TypeId::DateTime64;
  const bool is_dictionary = *without_low_cardinality(type) != *type;
  if (!is_number_kind(bare->kind()) || is_scaled || is_dictionary) {
    throw Error(ErrorCode::NotImplemented, "The RANGE OFFSET frame for '" + type->name() +
                                               "' ORDER BY column is not implemented");
  }
  for (const FrameEdge* edge : {&frame.begin, &frame.end}) {
    if (!is_offset(edge->kind)) continue;
    const bool fits = dispatch_number(bare->kind(), [&]<class T>() {
      if constexpr (std::is_floating_point_v<T> || sizeof(T) >= sizeof(uint64_t)) {
        return true;
      } else {
        return edge->offset <= static_cast<uint64_t>(std::numeric_limits<T>::max());
      }
    });
    if (!fits) {
      throw Error(ErrorCode::ArgumentOutOfBound,
                  "Cannot convert value '" + std::to_string(edge->offset) +
                      "': it cannot be represented as " + bare->name());
    }
  }
}

bool same_window(const BoundWindow& a, const BoundWindow& b) {
  return std::ranges::equal(a.partition_by, b.partition_by,
                            [](const auto& x, const auto& y) { return same_expression(*x, *y); }) &&
         std::ranges::equal(a.order_by, b.order_by, [](const auto& x, const auto& y) {
           return x.descending == y.descending && x.nulls_first == y.nulls_first &&
                  same_expression(*x.expression, *y.expression);
         });
}

bool same_window_call(const BoundWindowCall& a, const BoundWindowCall& b) {
  return a.window == b.window && a.call.function_name == b.call.function_name &&
         a.call.parameters == b.call.parameters && a.call.function.frame == b.call.function.frame &&
         std::ranges::equal(a.call.arguments, b.call.arguments,
                            [](const auto& x, const auto& y) { return same_expression(*x, *y); });
}

const BoundExpression* find_window_column(const BoundExpression& expression) {
  if (expression.kind == BoundExpression::Kind::Column && expression.column >= kWindowColumn &&
      expression.column < kLambdaColumn) {
    return &expression;
  }
  for (const auto& argument : expression.arguments) {
    if (const auto* found = find_window_column(*argument)) return found;
  }
  return nullptr;
}

// Which rows a window shows: its spec without names.
class WindowSpecBinder {
 public:
  WindowSpecBinder(ExpressionBinder& binder, const std::vector<NamedWindow>& named)
      : binder_(binder), named_(named) {}

  WindowSpec resolve(const WindowSpec& spec) const { return resolve(spec, named_.size()); }

  BoundWindow bind(const WindowSpec& spec) {
    BoundWindow window;
    for (const auto& key : spec.partition_by) {
      for (const auto& expanded : binder_.expand(key)) {
        auto bound = binder_.bind(expanded);
        if (bound->kind != BoundExpression::Kind::Constant) {
          window.partition_by.push_back(std::move(bound));
        }
      }
    }
    for (const auto& item : spec.order_by) {
      if (!item.collation.empty()) {
        throw Error(ErrorCode::NotImplemented, "COLLATE is not supported: " + item.collation);
      }
      window.order_by.push_back(
          {binder_.bind(item.expression), item.descending, item.nulls_first.value_or(false)});
    }
    return window;
  }

  FrameBounds bind_frame(const WindowSpec& spec, const BoundWindow& window) {
    FrameBounds frame;
    if (!spec.frame) return frame;
    if (spec.frame->unit == FrameUnit::Groups) {
      throw Error(ErrorCode::NotImplemented, "Window frame 'GROUPS' is not implemented");
    }
    frame.by_rows = spec.frame->unit == FrameUnit::Rows;
    frame.begin = bind_edge(spec.frame->begin, "start", frame.by_rows);
    frame.end = bind_edge(spec.frame->end, "end", frame.by_rows);
    check_frame(frame, *spec.frame);
    check_range_offset(frame, window);
    return frame;
  }

 private:
  // Names before number `known` of the WINDOW clause may be used.
  WindowSpec resolve(const WindowSpec& spec, size_t known) const {
    if (spec.window.empty()) return spec;
    for (size_t i = 0; i < known; ++i) {
      if (named_[i].name == spec.window) return derive(resolve(*named_[i].spec, i), spec);
    }
    refuse_window("Window '" + spec.window + "' does not exist");
  }

  FrameEdge bind_edge(const FrameBound& written, std::string_view which, bool by_rows) {
    FrameEdge edge;
    switch (written.kind) {
      case FrameBoundKind::UnboundedPreceding:
        edge.kind = FrameEdgeKind::UnboundedPreceding;
        return edge;
      case FrameBoundKind::UnboundedFollowing:
        edge.kind = FrameEdgeKind::UnboundedFollowing;
        return edge;
      case FrameBoundKind::CurrentRow:
        return edge;
      case FrameBoundKind::Preceding:
        edge.kind = FrameEdgeKind::Preceding;
        break;
      case FrameBoundKind::Following:
        edge.kind = FrameEdgeKind::Following;
        break;
    }
    const auto bound = fold_constants(binder_.bind(written.offset));
    const bool is_constant = bound->kind == BoundExpression::Kind::Constant;
    if (!is_constant || !is_number(*bound->type)) {
      refuse_window("Window frame " + std::string(which == "start" ? "begin" : "end") +
                    " OFFSET expression must be constant with numeric type. Actual: " +
                    to_sql(*written.offset));
    }
    const auto* number = std::get_if<uint64_t>(&bound->value.cell);
    const auto* signed_number = std::get_if<int64_t>(&bound->value.cell);
    constexpr uint64_t kOffsetEnd = std::numeric_limits<int32_t>::max();
    if (number != nullptr && *number < kOffsetEnd) {
      edge.offset = *number;
    } else if (signed_number != nullptr && *signed_number >= 0 &&
               static_cast<uint64_t>(*signed_number) < kOffsetEnd) {
      edge.offset = static_cast<uint64_t>(*signed_number);
    } else {
      refuse_window("Frame " + std::string(which) + " offset for '" + (by_rows ? "ROWS" : "RANGE") +
                    "' frame must be a nonnegative 32-bit integer, '" +
                    value_text(*bound->type, bound->value) + "' of type '" + bound->type->name() +
                    "' given");
    }
    return edge;
  }

  ExpressionBinder& binder_;
  const std::vector<NamedWindow>& named_;
};

}  // namespace

void ExpressionBinder::name_windows(const std::vector<NamedWindow>& windows) {
  for (size_t i = 0; i < windows.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (windows[k].name == windows[i].name) {
        refuse_window("Window '" + windows[i].name + "' is already defined");
      }
    }
  }
  named_windows_ = windows;
}

BoundExpressionPtr ExpressionBinder::bind_window_call(const FunctionCall& call,
                                                      const ExpressionPtr& expression) {
  const std::string name = column_name(*with_alias(expression, ""));
  if (inside_aggregate_) {
    throw Error(ErrorCode::IllegalAggregation,
                "Window function " + name + " is found inside an aggregate function in query");
  }
  if (inside_window_) {
    throw Error(ErrorCode::IllegalAggregation,
                "Window function " + name + " is found inside another window function in query");
  }
  if (!lambda_parameters_.empty()) {
    throw Error(ErrorCode::NotImplemented, "Window function inside of a lambda: " + name);
  }
  inside_window_ = true;
  BoundWindowCall bound;
  BoundWindow window;
  WindowFunctionCall wanted;
  try {
    WindowSpecBinder specs(*this, named_windows_);
    const WindowSpec spec = specs.resolve(*call.over);
    window = specs.bind(spec);
    wanted.frame = specs.bind_frame(spec, window);
    wanted.frame_is_written = spec.frame.has_value();
    wanted.has_order = !spec.order_by.empty();
    const bool is_star = call.arguments.size() == 1 && as<Asterisk>(call.arguments[0]) != nullptr;
    if (!is_star || to_lower(call.name) != "count") bound.call.arguments = bind_arguments(call);
    for (const auto& parameter : call.parameters) {
      wanted.parameters.push_back(bind_constant(parameter, "Parameter of " + call.name)->value);
    }
  } catch (...) {
    inside_window_ = false;
    throw;
  }
  inside_window_ = false;

  wanted.name = call.distinct ? distinct_aggregate_name(call.name) : call.name;
  if (call.null_treatment == NullTreatment::IgnoreNulls) wanted.nulls = NullsMode::Ignore;
  if (call.null_treatment == NullTreatment::RespectNulls) wanted.nulls = NullsMode::Respect;
  for (const auto& argument : bound.call.arguments) {
    wanted.types.push_back(without_low_cardinality(argument->type));
    wanted.constants.push_back(argument->kind == BoundExpression::Kind::Constant ? &argument->value
                                                                                 : nullptr);
  }
  bound.call.function = bind_window_function(wanted);
  bound.call.name = name;
  bound.call.function_name = wanted.name;
  if (wanted.nulls == NullsMode::Respect) bound.call.function_name += " respect nulls";
  bound.call.parameters = std::move(wanted.parameters);
  const bool has_default = bound.call.arguments.size() == 3 &&
                           bound.call.function.kind != WindowFunctionKind::NonNegativeDerivative &&
                           bound.call.function.kind != WindowFunctionKind::Aggregate;
  if (has_default) bound.call.arguments[2] = cast(bound.call.arguments[2], wanted.types[0]);

  BoundWindows probes;
  probes.windows.push_back(window);
  probes.calls.push_back(bound);
  for (const auto* part : probes.expressions()) {
    if (const auto* inner = find_window_column(**part)) {
      throw Error(ErrorCode::IllegalAggregation, "Window function " + inner->name +
                                                     " is found inside another window function "
                                                     "in query");
    }
  }

  auto& windows = windows_.windows;
  const auto same = std::ranges::find_if(
      windows, [&](const BoundWindow& known) { return same_window(known, window); });
  bound.window = static_cast<size_t>(same - windows.begin());
  if (same == windows.end()) windows.push_back(std::move(window));
  auto& calls = windows_.calls;
  const auto known = std::ranges::find_if(
      calls, [&](const BoundWindowCall& other) { return same_window_call(other, bound); });
  const auto position = static_cast<ColumnIndex>(known - calls.begin());
  if (known == calls.end()) calls.push_back(std::move(bound));
  return column_expression(kWindowColumn + position, calls[position].call.function.result_type,
                           name);
}

void ExpressionBinder::refuse_windows(const BoundExpression& bound, std::string_view place) {
  if (const auto* window = find_window_column(bound)) {
    throw Error(ErrorCode::IllegalAggregation, "Window function " + window->name + " is found " +
                                                   std::string(place) + " in query");
  }
}

std::vector<BoundExpressionPtr*> BoundWindows::expressions() {
  std::vector<BoundExpressionPtr*> all;
  for (auto& window : windows) {
    for (auto& key : window.partition_by) all.push_back(&key);
    for (auto& key : window.order_by) all.push_back(&key.expression);
  }
  for (auto& call : calls) {
    for (auto& argument : call.call.arguments) all.push_back(&argument);
  }
  return all;
}

namespace {

// A window whose keys are columns of the rows.
struct PlacedWindow {
  std::vector<ColumnIndex> partition_by;
  std::vector<SortColumn> order_by;

  size_t key_count() const { return partition_by.size() + order_by.size(); }
};

bool has_column(std::span<const SortColumn> sort, ColumnIndex column) {
  return std::ranges::any_of(sort, [&](const SortColumn& by) { return by.column == column; });
}

// Whether rows sorted so are in order for the window as well.
bool serves(std::span<const SortColumn> sort, const PlacedWindow& window) {
  if (sort.size() < window.key_count()) return false;
  const auto partition = sort.first(window.partition_by.size());
  for (const ColumnIndex column : window.partition_by) {
    if (!has_column(partition, column)) return false;
  }
  const auto order = sort.subspan(partition.size(), window.order_by.size());
  return std::ranges::equal(order, window.order_by, [](const SortColumn& a, const SortColumn& b) {
    return a.column == b.column && a.descending == b.descending && a.nulls_first == b.nulls_first;
  });
}

class WindowPlacer {
 public:
  WindowPlacer(PlanNodePtr rows, const BoundWindows& windows)
      : windows_(windows), rows_(std::move(rows)) {}

  PlanNodePtr place() {
    const size_t width = rows_->schema.size();
    place_keys();
    // The longest sorts first: they serve the others.
    std::vector<size_t> by_length(placed_.size());
    std::iota(by_length.begin(), by_length.end(), size_t{0});
    std::ranges::stable_sort(by_length, [&](size_t a, size_t b) {
      return placed_[a].key_count() > placed_[b].key_count();
    });
    std::vector<WindowNode> nodes;
    std::vector<size_t> node_of(placed_.size());
    for (const size_t i : by_length) {
      const auto found = std::ranges::find_if(
          nodes, [&](const WindowNode& node) { return serves(node.sort, placed_[i]); });
      node_of[i] = static_cast<size_t>(found - nodes.begin());
      if (found == nodes.end()) nodes.push_back(sorted_for(placed_[i]));
    }
    column_of_call_.resize(windows_.calls.size());
    for (size_t i = 0; i < nodes.size(); ++i) add_node(std::move(nodes[i]), i, node_of);
    return in_call_order(width);
  }

 private:
  ColumnIndex column_for(const BoundExpressionPtr& key) {
    if (key->kind == BoundExpression::Kind::Column) return key->column;
    for (size_t i = 0; i < added_.size(); ++i) {
      if (same_expression(*added_[i], *key)) return rows_->schema.size() + i;
    }
    added_.push_back(key);
    return rows_->schema.size() + added_.size() - 1;
  }

  void place_keys() {
    for (const BoundWindow& window : windows_.windows) {
      PlacedWindow& placed = placed_.emplace_back();
      for (const auto& key : window.partition_by) {
        const ColumnIndex column = column_for(key);
        const auto& known = placed.partition_by;
        if (std::ranges::find(known, column) == known.end()) placed.partition_by.push_back(column);
      }
      for (const auto& key : window.order_by) {
        placed.order_by.push_back({column_for(key.expression), key.descending, key.nulls_first});
      }
    }
    if (!added_.empty()) rows_ = append_columns(std::move(rows_), added_);
  }

  static WindowNode sorted_for(const PlacedWindow& window) {
    WindowNode node;
    for (const ColumnIndex column : window.partition_by)
      node.sort.push_back({column, false, false});
    node.sort.insert(node.sort.end(), window.order_by.begin(), window.order_by.end());
    return node;
  }

  void add_node(WindowNode node, size_t number, const std::vector<size_t>& node_of) {
    Schema schema = rows_->schema;
    for (ColumnIndex i = 0; i < schema.size(); ++i) node.outputs.push_back(i);
    for (size_t i = 0; i < windows_.calls.size(); ++i) {
      const BoundWindowCall& bound = windows_.calls[i];
      if (node_of[bound.window] != number) continue;
      WindowCall call = bound.call;
      call.partition_columns = placed_[bound.window].partition_by.size();
      call.order_columns = placed_[bound.window].order_by.size();
      column_of_call_[i] = schema.size();
      schema.add(call.name, call.function.result_type);
      node.calls.push_back(std::move(call));
    }
    rows_ = make_plan(std::move(node), std::move(schema), std::move(rows_));
  }

  // The first `width` columns, then those of the calls.
  PlanNodePtr in_call_order(size_t width) {
    ProjectNode project;
    Schema schema;
    const auto add = [&](ColumnIndex column) {
      const NamedType& named = rows_->schema[column];
      project.expressions.push_back(column_of(rows_->schema, column));
      schema.add(named.name, named.type);
    };
    for (ColumnIndex i = 0; i < width; ++i) add(i);
    for (const ColumnIndex column : column_of_call_) add(column);
    return make_plan(std::move(project), std::move(schema), std::move(rows_));
  }

  const BoundWindows& windows_;
  PlanNodePtr rows_;
  std::vector<BoundExpressionPtr> added_;
  std::vector<PlacedWindow> placed_;
  std::vector<ColumnIndex> column_of_call_;
};

}  // namespace

PlanNodePtr add_windows(PlanNodePtr rows, const BoundWindows& windows) {
  if (windows.calls.empty()) return rows;
  return WindowPlacer(std::move(rows), windows).place();
}

}  // namespace freshet
