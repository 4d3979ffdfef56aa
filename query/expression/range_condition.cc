#include "query/expression/range_condition.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "query/expression/evaluator.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// Values of an IN list that bounds are compared with; tuples are looked through one by one.
constexpr size_t kRangeSetMax = 100'000;
constexpr size_t kRangeTuplesMax = 1000;

using RangeValuePtr = std::shared_ptr<const RangeValue>;

bool is_usable(const ValueRanges& ranges, size_t block) {
  return ranges.known[block] != 0 && ranges.has_values[block] != 0;
}

// Types whose cells have one order, in zone maps and in comparisons.
bool has_order(const DataTypePtr& type) {
  const DataTypePtr bare = without_nullable(type);
  switch (bare->id()) {
    case TypeId::String:
    case TypeId::FixedString:
    case TypeId::Enum8:
    case TypeId::Enum16:
    case TypeId::Ipv4:
      return true;
    default:
      return is_number(*bare) || is_date_or_time(*bare);
  }
}

class Comparison final : public RangeCondition {
 public:
  // Throws when the sides cannot be compared by order.
  Comparison(const BoundExpression& call, RangeValuePtr left, RangeValuePtr right,
             const FunctionContext& functions)
      : left_(std::move(left)), right_(std::move(right)) {
    const auto side = [&](size_t i) {
      const auto& argument = call.arguments[i];
      const bool constant = argument->kind == BoundExpression::Kind::Constant;
      return constant ? argument : column_expression(i, argument->type, "x");
    };
    const std::vector<BoundExpressionPtr> sides{side(0), side(1)};
    const auto bind = [&](std::string_view name) {
      return function_expression(name, functions, sides);
    };
    is_equality_ = is_call(call, "equals") || is_call(call, "notEquals");
    negated_ = is_call(call, "notEquals");
    if (is_equality_) {
      compare_ = bind("equals");
      less_or_equal_ = bind("lessOrEquals");
      greater_or_equal_ = bind("greaterOrEquals");
    } else {
      compare_ = with_arguments(call, sides);
      // a < b is most often true of the least a and the greatest b; a > b the other way.
      by_least_ = is_call(call, "less") || is_call(call, "lessOrEquals");
    }
  }

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    const ValueRanges left = left_->compute(count, columns);
    const ValueRanges right = right_->compute(count, columns);
    TruthRanges truth(count);
    std::vector<uint8_t> often;   // whether it is true where that is most likely
    std::vector<uint8_t> always;  // and where that is least likely
    if (is_equality_) {
      often = test(less_or_equal_, left.min, right.max);
      const std::vector<uint8_t> also = test(greater_or_equal_, left.max, right.min);
      for (size_t i = 0; i < count; ++i) often[i] &= also[i];
      always = test(compare_, left.min, right.max);
      const std::vector<uint8_t> both = test(compare_, left.max, right.min);
      for (size_t i = 0; i < count; ++i) always[i] &= both[i];
    } else {
      often = test(compare_, by_least_ ? left.min : left.max, by_least_ ? right.max : right.min);
      always = test(compare_, by_least_ ? left.max : left.min, by_least_ ? right.min : right.max);
    }
    for (size_t i = 0; i < count; ++i) {
      truth.may_be_null[i] = left.has_nulls[i] | right.has_nulls[i];
      if (left.has_values[i] == 0 || right.has_values[i] == 0) {
        truth.may_be_true[i] = truth.may_be_false[i] = 0;
      } else if (is_usable(left, i) && is_usable(right, i)) {
        const bool nans = left.has_nans[i] != 0 || right.has_nans[i] != 0;
        truth.may_be_true[i] = often[i];
        truth.may_be_false[i] = always[i] == 0 || nans;
      }
    }
    if (negated_) std::swap(truth.may_be_true, truth.may_be_false);
    return truth;
  }

 private:
  static std::vector<uint8_t> test(const BoundExpressionPtr& comparison, const ColumnPtr& left,
                                   const ColumnPtr& right) {
    std::vector<uint8_t> answers(left->size(), 0);
    std::vector<RowIndex> rows;
    select_true(
        *evaluate_expression(*comparison, {.columns = {left, right}, .row_count = left->size()}),
        rows);
    for (const RowIndex row : rows) answers[row] = 1;
    return answers;
  }

  RangeValuePtr left_;
  RangeValuePtr right_;
  bool is_equality_ = false;
  bool negated_ = false;
  bool by_least_ = false;
  BoundExpressionPtr compare_;  // over $0 and $1
  BoundExpressionPtr less_or_equal_;
  BoundExpressionPtr greater_or_equal_;
};

bool is_nan(const Value& value) {
  const auto* number = std::get_if<double>(&value.cell);
  return number != nullptr && std::isnan(*number);
}

class InValues final : public RangeCondition {
 public:
  InValues(const ValueSet& set, bool negated, RangeValuePtr value)
      : value_(std::move(value)), values_(set.values()), negated_(negated) {
    const DataType& type = *set.type();
    std::erase_if(values_, [](const Value& v) { return v.is_null() || is_nan(v); });
    if (type.kind() == PhysicalKind::FixedString) {
      for (Value& v : values_) std::get<std::string>(v.cell).resize(cell_bytes(type));
    }
    std::ranges::sort(values_,
                      [](const Value& a, const Value& b) { return compare_values(a, b) < 0; });
  }

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    const ValueRanges ranges = value_->compute(count, columns);
    TruthRanges truth(count);
    for (size_t i = 0; i < count; ++i) {
      truth.may_be_null[i] = ranges.has_nulls[i];
      if (ranges.has_values[i] == 0) {
        truth.may_be_true[i] = truth.may_be_false[i] = 0;
      } else if (is_usable(ranges, i) && ranges.has_nans[i] == 0) {
        const Value min = value_at(*ranges.min, i);
        const Value max = value_at(*ranges.max, i);
        const auto first = std::ranges::lower_bound(
            values_, min, [](const Value& a, const Value& b) { return compare_values(a, b) < 0; });
        const bool hit = first != values_.end() && compare_values(*first, max) <= 0;
        truth.may_be_true[i] = hit;
        truth.may_be_false[i] = !hit || compare_values(min, max) != 0;
      }
    }
    if (negated_) std::swap(truth.may_be_true, truth.may_be_false);
    return truth;
  }

 private:
  RangeValuePtr value_;
  std::vector<Value> values_;  // ascending
  bool negated_;
};

// (a, b) IN ((1, 2), ..): some tuple has all its elements between the bounds.
class InTuples final : public RangeCondition {
 public:
  InTuples(std::vector<Value> tuples, std::vector<RangeValuePtr> elements)
      : tuples_(std::move(tuples)), elements_(std::move(elements)) {}

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    std::vector<ValueRanges> ranges;
    for (const auto& element : elements_) {
      ranges.push_back(element == nullptr ? ValueRanges() : element->compute(count, columns));
    }
    TruthRanges truth(count);
    for (size_t block = 0; block < count; ++block) {
      truth.may_be_true[block] = std::ranges::any_of(tuples_, [&](const Value& tuple) {
        return may_be_in(tuple.as<ValueList>(), ranges, block);
      });
    }
    return truth;
  }

 private:
  static bool may_be_in(const ValueList& tuple, const std::vector<ValueRanges>& ranges,
                        size_t block) {
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (ranges[i].size() == 0 || !is_usable(ranges[i], block) || ranges[i].has_nans[block] != 0) {
        continue;
      }
      if (compare_values(tuple[i], value_at(*ranges[i].min, block)) < 0 ||
          compare_values(tuple[i], value_at(*ranges[i].max, block)) > 0) {
        return false;
      }
    }
    return true;
  }

  std::vector<Value> tuples_;
  std::vector<RangeValuePtr> elements_;  // null: not known
};

class NullTest final : public RangeCondition {
 public:
  NullTest(RangeValuePtr value, bool wants_null)
      : value_(std::move(value)), wants_null_(wants_null) {}

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    const ValueRanges ranges = value_->compute(count, columns);
    TruthRanges truth(count, false);
    truth.may_be_true = wants_null_ ? ranges.has_nulls : ranges.has_values;
    truth.may_be_false = wants_null_ ? ranges.has_values : ranges.has_nulls;
    return truth;
  }

 private:
  RangeValuePtr value_;
  bool wants_null_;
};

// A number as a condition.
class NotZero final : public RangeCondition {
 public:
  explicit NotZero(RangeValuePtr value) : value_(std::move(value)) {}

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    const ValueRanges ranges = value_->compute(count, columns);
    const Value zero = default_value(*without_nullable(value_->type()));
    TruthRanges truth(count);
    for (size_t i = 0; i < count; ++i) {
      truth.may_be_null[i] = ranges.has_nulls[i];
      if (ranges.has_values[i] == 0) {
        truth.may_be_true[i] = truth.may_be_false[i] = 0;
      } else if (is_usable(ranges, i) && ranges.has_nans[i] == 0) {
        const auto low = compare_values(value_at(*ranges.min, i), zero);
        const auto high = compare_values(value_at(*ranges.max, i), zero);
        truth.may_be_true[i] = low != 0 || high != 0;
        truth.may_be_false[i] = low <= 0 && high >= 0;
      }
    }
    return truth;
  }

 private:
  RangeValuePtr value_;
};

class Prefix final : public RangeCondition {
 public:
  Prefix(RangeValuePtr value, std::string prefix)
      : value_(std::move(value)), prefix_(std::move(prefix)), after_(after_prefix(prefix_)) {}

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    const ValueRanges ranges = value_->compute(count, columns);
    TruthRanges truth(count);
    for (size_t i = 0; i < count; ++i) {
      if (ranges.has_values[i] == 0) {
        truth.may_be_true[i] = 0;
      } else if (is_usable(ranges, i)) {
        const Value min = value_at(*ranges.min, i);
        const Value max = value_at(*ranges.max, i);
        truth.may_be_true[i] =
            max.as<std::string>() >= prefix_ && (!after_ || min.as<std::string>() < *after_);
      }
    }
    return truth;
  }

 private:
  RangeValuePtr value_;
  std::string prefix_;
  std::optional<std::string> after_;
};

// AND, or with `any` OR. A null child may be anything.
class Combination final : public RangeCondition {
 public:
  Combination(std::vector<RangeConditionPtr> children, bool any)
      : children_(std::move(children)), any_(any) {}

  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    TruthRanges truth(count, false);
    // What all children must be able to be, and what one is enough for.
    auto& of_all = any_ ? truth.may_be_false : truth.may_be_true;
    auto& of_any = any_ ? truth.may_be_true : truth.may_be_false;
    of_all.assign(count, 1);
    for (const RangeConditionPtr& child : children_) {
      TruthRanges part = child == nullptr ? TruthRanges(count) : child->compute(count, columns);
      if (any_) std::swap(part.may_be_true, part.may_be_false);
      for (size_t i = 0; i < count; ++i) {
        of_all[i] &= part.may_be_true[i];
        of_any[i] |= part.may_be_false[i];
        truth.may_be_null[i] |= part.may_be_null[i];
      }
    }
    return truth;
  }

 private:
  std::vector<RangeConditionPtr> children_;
  bool any_;
};

class Negation final : public RangeCondition {
 public:
  explicit Negation(RangeConditionPtr child) : child_(std::move(child)) {}
  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    TruthRanges truth = child_->compute(count, columns);
    std::swap(truth.may_be_true, truth.may_be_false);
    return truth;
  }

 private:
  RangeConditionPtr child_;
};

// A condition that must hold wherever the real one is true.
class Implied final : public RangeCondition {
 public:
  explicit Implied(RangeConditionPtr child) : child_(std::move(child)) {}
  TruthRanges compute(size_t count, const ColumnRanges& columns) const override {
    TruthRanges truth(count);
    truth.may_be_true = child_->compute(count, columns).may_be_true;
    return truth;
  }

 private:
  RangeConditionPtr child_;
};

// Elements of a tuple of expressions, or of a constant one; nothing for another expression.
std::optional<std::vector<BoundExpressionPtr>> elements_of(const BoundExpression& expression) {
  if (is_call(expression, "tuple")) return expression.arguments;
  const auto* list = std::get_if<ValueList>(&expression.value.cell);
  if (expression.kind != BoundExpression::Kind::Constant || list == nullptr ||
      expression.type->id() != TypeId::Tuple) {
    return std::nullopt;
  }
  std::vector<BoundExpressionPtr> elements;
  for (size_t i = 0; i < list->size(); ++i) {
    elements.push_back(constant_expression((*list)[i], expression.type->argument(i)));
  }
  return elements;
}

class Compiler {
 public:
  explicit Compiler(const FunctionContext& functions) : functions_(functions) {}

  RangeConditionPtr compile(const BoundExpressionPtr& condition) const {
    const BoundExpression& e = *condition;
    if (e.kind == BoundExpression::Kind::InSet) return compile_set(e);
    if (e.kind == BoundExpression::Kind::Function) {
      if (is_call(e, "and") || is_call(e, "or")) return compile_combination(e);
      if (is_call(e, "not")) {
        auto child = compile(e.arguments[0]);
        return child == nullptr ? nullptr : std::make_shared<Negation>(std::move(child));
      }
      if (is_call(e, "isNull") || is_call(e, "isNotNull")) {
        auto value = make_range_value(e.arguments[0], functions_);
        if (value == nullptr) return nullptr;
        return std::make_shared<NullTest>(std::move(value), is_call(e, "isNull"));
      }
      if (is_call(e, "like") || is_call(e, "startsWith")) return compile_prefix(e);
      if (is_call(e, "empty") || is_call(e, "notEmpty")) return compile_empty(e);
      if (is_comparison(e)) return compile_comparison(e);
    }
    if (!is_number(*without_nullable(e.type))) return nullptr;
    auto value = make_range_value(condition, functions_);
    return value == nullptr ? nullptr : std::make_shared<NotZero>(std::move(value));
  }

 private:
  static bool is_comparison(const BoundExpression& e) {
    if (e.arguments.size() != 2) return false;
    return is_call(e, "equals") || is_call(e, "notEquals") || is_call(e, "less") ||
           is_call(e, "lessOrEquals") || is_call(e, "greater") || is_call(e, "greaterOrEquals");
  }

  RangeConditionPtr compile_combination(const BoundExpression& e) const {
    std::vector<RangeConditionPtr> children;
    bool any = false;
    for (const auto& argument : e.arguments) {
      children.push_back(compile(argument));
      any |= children.back() != nullptr;
    }
    if (!any) return nullptr;
    return std::make_shared<Combination>(std::move(children), is_call(e, "or"));
  }

  RangeConditionPtr compile_comparison(const BoundExpression& e) const {
    const auto left = elements_of(*e.arguments[0]);
    const auto right = elements_of(*e.arguments[1]);
    if (left && right) return compile_tuples(e, *left, *right);
    if (!has_order(e.arguments[0]->type) || !has_order(e.arguments[1]->type)) return nullptr;
    auto a = make_range_value(e.arguments[0], functions_);
    auto b = make_range_value(e.arguments[1], functions_);
    if (a == nullptr || b == nullptr) return nullptr;
    try {
      return std::make_shared<Comparison>(e, std::move(a), std::move(b), functions_);
    } catch (const Error&) {
      return nullptr;  // there is no order between such sides
    }
  }

  // Equal tuples have equal elements; the first elements decide about order, or are equal.
  RangeConditionPtr compile_tuples(const BoundExpression& e,
                                   const std::vector<BoundExpressionPtr>& left,
                                   const std::vector<BoundExpressionPtr>& right) const {
    if (left.size() != right.size() || left.empty() || is_call(e, "notEquals")) return nullptr;
    const bool equal = is_call(e, "equals");
    const bool less = is_call(e, "less") || is_call(e, "lessOrEquals");
    std::vector<RangeConditionPtr> parts;
    for (size_t i = 0; i < (equal ? left.size() : 1); ++i) {
      const std::string_view name = equal ? "equals" : less ? "lessOrEquals" : "greaterOrEquals";
      try {
        parts.push_back(compile(function_expression(name, functions_, {left[i], right[i]})));
      } catch (const Error&) {
        parts.push_back(nullptr);
      }
    }
    return std::make_shared<Implied>(std::make_shared<Combination>(std::move(parts), false));
  }

  RangeConditionPtr compile_set(const BoundExpression& e) const {
    const auto elements = elements_of(*e.arguments[0]);
    if (elements && e.set->type()->id() == TypeId::Tuple) {
      if (e.negated || e.set->size() > kRangeTuplesMax) return nullptr;
      std::vector<RangeValuePtr> values;
      for (size_t i = 0; i < elements->size(); ++i) {
        const DataTypePtr type = without_nullable((*elements)[i]->type);
        const bool same = *type == *without_nullable(e.set->type()->argument(i));
        const bool usable = same && has_order(type) && type->id() != TypeId::FixedString;
        values.push_back(usable ? make_range_value((*elements)[i], functions_) : nullptr);
      }
      return std::make_shared<InTuples>(e.set->values(), std::move(values));
    }
    const DataTypePtr type = without_nullable(e.arguments[0]->type);
    if (!has_order(type) || *e.set->type() != *type || e.set->size() > kRangeSetMax) return nullptr;
    auto value = make_range_value(e.arguments[0], functions_);
    if (value == nullptr) return nullptr;
    return std::make_shared<InValues>(*e.set, e.negated, std::move(value));
  }

  RangeConditionPtr compile_prefix(const BoundExpression& e) const {
    const auto* text = std::get_if<std::string>(&e.arguments[1]->value.cell);
    if (e.arguments[1]->kind != BoundExpression::Kind::Constant || text == nullptr ||
        without_nullable(e.arguments[0]->type)->id() != TypeId::String) {
      return nullptr;
    }
    std::string prefix = is_call(e, "like") ? like_prefix(*text) : *text;
    auto value = make_range_value(e.arguments[0], functions_);
    if (value == nullptr || prefix.empty()) return nullptr;
    return std::make_shared<Prefix>(std::move(value), std::move(prefix));
  }

  RangeConditionPtr compile_empty(const BoundExpression& e) const {
    if (without_nullable(e.arguments[0]->type)->id() != TypeId::String) return nullptr;
    const auto text = constant_expression(Value(std::string()), simple_type(TypeId::String));
    const std::string_view name = is_call(e, "empty") ? "equals" : "notEquals";
    return compile(function_expression(name, functions_, {e.arguments[0], text}));
  }

  const FunctionContext& functions_;
};

}  // namespace

RangeConditionPtr make_range_condition(const BoundExpressionPtr& condition,
                                       const FunctionContext& functions) {
  return Compiler(functions).compile(condition);
}

std::optional<std::string> after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string like_prefix(const std::string& pattern) {
  std::string prefix;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' || pattern[i] == '_') break;
    // In front of anything else a backslash stands for itself.
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] == '\\' && (next == '%' || next == '_' || next == '\\')) ++i;
    prefix += pattern[i];
  }
  return prefix;
}

}  // namespace freshet
