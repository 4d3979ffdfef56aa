#include "query/plan/rollup_match.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "query/plan/aggregate_calls.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// --- Time zones

// Whether the type is of times without a zone of their own, or made of such.
bool is_of_session_zone(const DataType& type) {
  const bool is_time = type.id() == TypeId::DateTime || type.id() == TypeId::DateTime64;
  if (is_time && type.time_zone() == nullptr) return true;
  return std::ranges::any_of(type.arguments(),
                             [](const auto& argument) { return is_of_session_zone(*argument); });
}

// Whether a function may look at the session's clocks. Reading a column does not.
bool depends_on_zone(const BoundExpression& expression) {
  if (expression.kind != BoundExpression::Kind::Column &&
      expression.kind != BoundExpression::Kind::Constant) {
    if (is_of_session_zone(*expression.type)) return true;
    for (const auto& argument : expression.arguments) {
      if (is_of_session_zone(*argument->type) || depends_on_zone(*argument)) return true;
    }
  }
  return false;
}

// --- Names of aggregates

bool strip_suffix(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix) || name.size() == suffix.size()) return false;
  name.resize(name.size() - suffix.size());
  return true;
}

std::string merge_name(const std::string& name) {
  return name.ends_with("Merge") ? name : name + "Merge";
}

// Aggregates of which it does not matter how often they see a row.
bool ignores_repetition(std::string name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "uniq",           "uniqExact", "min",    "max",         "any",       "anyLast",
      "groupUniqArray", "argMin",    "argMax", "groupBitAnd", "groupBitOr"};
  strip_suffix(name, "If");
  return name.ends_with("Distinct") || std::ranges::find(kNames, name) != kNames.end();
}

// Of those, whose results merge like cells. A group has a row.
bool is_own_merge(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"min",     "max",         "any",
                                                      "anyLast", "groupBitAnd", "groupBitOr"};
  return std::ranges::find(kNames, name) != kNames.end();
}

// Whether the merge gives of no cells what does not change others: sumIf() of no rows is 0.
bool has_neutral_cell(std::string_view merge) {
  constexpr std::array<std::string_view, 5> kNames = {"sum", "sumWithOverflow", "groupBitAnd",
                                                      "groupBitOr", "groupBitXor"};
  return std::ranges::find(kNames, merge) != kNames.end();
}

// Null when the function does not take that.
AggregateFunctionPtr bind(const AggregateCall& call) {
  try {
    return bind_aggregate(call.function_name, call.parameters, argument_types(call));
  } catch (const Error&) {
    return nullptr;
  }
}

AggregateCall call_of(std::string name, const std::vector<Value>& parameters,
                      std::vector<BoundExpressionPtr> arguments) {
  AggregateCall call;
  call.function_name = std::move(name);
  call.parameters = parameters;
  call.arguments = std::move(arguments);
  call.function = bind(call);
  call.name = call.function_name + "()";
  return call;
}

// Whether the part's steps fit each other, and give `result`.
bool fits(const CallPart& part, const DataType& result) {
  for (const AggregateCall* call : {&part.raw, &part.rolled, &part.direct}) {
    if (call->function == nullptr) return false;
  }
  const DataTypePtr& cell = part.raw.function->result_type();
  if (*cell != *part.rolled.function->result_type()) return false;
  if (*part.direct.function->result_type() != result) return false;
  AggregateCall merge = call_of(part.merge, {}, {column_expression(0, cell, "")});
  return merge.function != nullptr && *merge.function->result_type() == result;
}

std::optional<CallPart> checked(CallPart part, const AggregateCall& call) {
  if (!fits(part, *call.function->result_type())) return std::nullopt;
  return part;
}

}  // namespace

bool RollupMatch::same_zone() const {
  return functions_.time_zone->name() == store_.time_zone->name();
}

bool RollupMatch::is_same(const BoundExpression& asked, const BoundExpression& kept) {
  if (!same_expression(asked, kept)) return false;
  if (same_zone() || !depends_on_zone(asked)) return true;
  is_of_other_zone_ = true;
  return false;
}

BoundExpressionPtr RollupMatch::derive_key(const BoundExpression& expression) {
  const auto& keys = rollup_.shape.keys;
  for (ColumnIndex i = 0; i < keys.size(); ++i) {
    if (is_same(expression, *keys[i])) return column_expression(i, keys[i]->type, keys[i]->name);
  }
  return nullptr;
}

bool RollupMatch::bound_time(const BoundExpression& time, const TimeGrain& fine,
                             const TimeGrain& coarse) {
  const auto is_utc = [](const TimeGrain& grain) {
    return grain.zone == nullptr || grain.zone->is_utc();
  };
  const TypeId type = without_nullable(time.type)->id();
  // From 1970 on, which is where these types begin, nothing of theirs is cut off.
  if (type == TypeId::Date) return true;
  if (type == TypeId::DateTime && is_utc(fine) && is_utc(coarse)) return true;
  if (time.kind != BoundExpression::Kind::Column) return false;
  bounded_.insert(time.column);
  return true;
}

// f(time) as f(key), where the key is a moment of the bucket in which the time lies.
BoundExpressionPtr RollupMatch::derive_time(const BoundExpressionPtr& expression) {
  const auto asked = time_call(*expression, functions_);
  if (!asked) return nullptr;
  const BoundExpressionPtr& time = expression->arguments[asked->argument];
  const auto& keys = rollup_.shape.keys;
  for (ColumnIndex i = 0; i < keys.size(); ++i) {
    const auto kept = time_call(*keys[i], store_);
    if (!kept || !kept->is_member || !same_expression(*keys[i]->arguments[kept->argument], *time)) {
      continue;
    }
    if (!same_zone() && depends_on_zone(*time)) continue;
    if (!refines(kept->grain, asked->grain)) {
      is_of_other_zone_ |= !same_zone() && kept->grain.zone != nullptr;
      continue;
    }
    const bool from_day = without_nullable(keys[i]->type)->id() == TypeId::Date ||
                          without_nullable(keys[i]->type)->id() == TypeId::Date32;
    if (from_day && kept->grain.zone != nullptr) {
      // A day becomes its midnight in the zone that the time has.
      const auto& own = without_nullable(time->type)->time_zone();
      if ((own ? own : functions_.time_zone)->name() != kept->grain.zone->name()) continue;
    }
    if (!bound_time(*time, kept->grain, asked->grain)) continue;
    std::vector<BoundExpressionPtr> arguments = expression->arguments;
    arguments[asked->argument] =
        cast_expression(column_expression(i, keys[i]->type, keys[i]->name), time->type, functions_);
    return with_arguments(*expression, std::move(arguments));
  }
  return nullptr;
}

BoundExpressionPtr RollupMatch::derive(const BoundExpressionPtr& expression) {
  if (expression->kind == BoundExpression::Kind::Constant) return expression;
  if (auto key = derive_key(*expression)) return key;
  switch (expression->kind) {
    case BoundExpression::Kind::Column:
      return expression->column >= kLambdaColumn ? expression : nullptr;
    case BoundExpression::Kind::ArrayJoin:
      return nullptr;
    case BoundExpression::Kind::Function:
      if (!expression->function.entry->deterministic) return nullptr;
      if (auto time = derive_time(expression)) return time;
      break;
    default:
      break;
  }
  std::vector<BoundExpressionPtr> arguments;
  for (const auto& argument : expression->arguments) {
    arguments.push_back(derive(argument));
    if (arguments.back() == nullptr) return nullptr;
  }
  if (arguments == expression->arguments) return expression;
  return with_arguments(*expression, std::move(arguments));
}

std::optional<RollupBuckets> RollupMatch::buckets_of(const BoundExpression& time) {
  std::optional<RollupBuckets> best;
  const auto& keys = rollup_.shape.keys;
  for (ColumnIndex i = 0; i < keys.size(); ++i) {
    const auto kept = time_call(*keys[i], store_);
    if (!kept || !kept->is_member || !kept->is_monotonic) continue;
    const BoundExpressionPtr& argument = keys[i]->arguments[kept->argument];
    if (!same_expression(*argument, time)) continue;
    if (!same_zone() && depends_on_zone(time)) continue;
    if (best && !refines(kept->grain, best->call.grain)) continue;
    if (!bound_time(time, kept->grain, kept->grain)) continue;
    best = RollupBuckets{i, argument, *kept};
  }
  return best;
}

// --- Aggregates

const RollupShape::Aggregate* RollupMatch::find_kept(const AggregateCall& call,
                                                     ColumnIndex& column) {
  const auto& shape = rollup_.shape;
  for (size_t i = 0; i < shape.aggregates.size(); ++i) {
    const AggregateCall& kept = shape.aggregates[i].call;
    const bool same =
        kept.function_name == call.function_name && kept.parameters == call.parameters &&
        std::ranges::equal(call.arguments, kept.arguments,
                           [&](const auto& a, const auto& b) { return is_same(*a, *b); });
    if (!same) continue;
    column = shape.keys.size() + i;
    return &shape.aggregates[i];
  }
  return nullptr;
}

BoundExpressionPtr RollupMatch::kept_column(ColumnIndex column) const {
  const auto& shape = rollup_.shape;
  const AggregateCall& partial = shape.aggregates[column - shape.keys.size()].partial;
  return column_expression(column, partial.function->result_type(), partial.name);
}

// sum(x) that is kept as such.
std::optional<CallPart> RollupMatch::kept_part(const AggregateCall& call) {
  ColumnIndex column = 0;
  const auto* kept = find_kept(call, column);
  if (kept == nullptr) return std::nullopt;
  const BoundExpressionPtr cells = kept_column(column);
  CallPart part;
  part.merge = kept->merge;
  part.raw = call_of(kept->partial.function_name, call.parameters, call.arguments);
  const std::string again = kept->is_plain() ? kept->merge : kept->merge + "State";
  part.rolled = call_of(again, {}, {cells});
  part.direct = call_of(kept->merge, {}, {cells});
  if (part.rolled.function != nullptr && *cells->type == *part.rolled.function->result_type()) {
    part.column = column;
  }
  return checked(std::move(part), call);
}

// uniqState(x), where uniq(x) is kept.
std::optional<CallPart> RollupMatch::state_part(const AggregateCall& call) {
  AggregateCall base = call;
  if (!strip_suffix(base.function_name, "State")) return std::nullopt;
  ColumnIndex column = 0;
  const auto* kept = find_kept(base, column);
  if (kept == nullptr || kept->is_plain()) return std::nullopt;
  CallPart part;
  part.column = column;
  part.merge = kept->merge + "State";
  part.raw = call_of(call.function_name, call.parameters, call.arguments);
  part.rolled = call_of(part.merge, {}, {kept_column(column)});
  part.direct = part.rolled;
  return checked(std::move(part), call);
}

// sumIf(x, c) where sum(x) is kept and the keys tell c.
std::optional<CallPart> RollupMatch::chosen_part(const AggregateCall& call) {
  AggregateCall base = call;
  if (!strip_suffix(base.function_name, "If") || base.arguments.empty()) return std::nullopt;
  // What is NULL is not chosen, but states of such calls are others.
  if (can_be_null(*base.arguments.back()->type)) return std::nullopt;
  const BoundExpressionPtr chosen = derive(base.arguments.back());
  if (chosen == nullptr) return std::nullopt;
  base.arguments.pop_back();
  simplify_count(base);
  ColumnIndex column = 0;
  const auto* kept = find_kept(base, column);
  if (kept == nullptr) return std::nullopt;
  const std::vector<BoundExpressionPtr> cells = {kept_column(column), chosen};
  CallPart part;
  if (!kept->is_plain()) {
    part.raw = call_of(base.function_name + "StateIf", call.parameters, call.arguments);
    part.rolled = call_of(kept->merge + "StateIf", {}, cells);
    part.merge = kept->merge;
    part.direct = call_of(kept->merge + "If", {}, cells);
  } else if (has_neutral_cell(kept->merge)) {
    part.raw = call_of(call.function_name, call.parameters, call.arguments);
    part.rolled = call_of(kept->merge + "If", {}, cells);
    part.merge = kept->merge;
    part.direct = part.rolled;
  } else {
    part.raw = call_of(call.function_name + "State", call.parameters, call.arguments);
    part.rolled = call_of(kept->merge + "IfState", {}, cells);
    part.merge = kept->merge + "IfMerge";
    part.direct = call_of(kept->merge + "If", {}, cells);
  }
  return checked(std::move(part), call);
}

// uniq(k) of a key.
std::optional<CallPart> RollupMatch::key_part(const AggregateCall& call) {
  AggregateCall base = call;
  const bool wants_state = strip_suffix(base.function_name, "State");
  if (!ignores_repetition(base.function_name)) return std::nullopt;
  std::vector<BoundExpressionPtr> arguments;
  for (const auto& argument : call.arguments) {
    arguments.push_back(derive(argument));
    if (arguments.back() == nullptr) return std::nullopt;
  }
  CallPart part;
  part.direct = call_of(call.function_name, call.parameters, arguments);
  if (is_own_merge(call.function_name)) {
    part.raw = call_of(call.function_name, call.parameters, call.arguments);
    part.rolled = part.direct;
    part.merge = call.function_name;
  } else {
    const std::string state = base.function_name + "State";
    part.raw = call_of(state, call.parameters, call.arguments);
    part.rolled = call_of(state, call.parameters, arguments);
    part.merge = merge_name(base.function_name) + (wants_state ? "State" : "");
  }
  return checked(std::move(part), call);
}

// count(k) of a key that may be NULL.
std::optional<CallPart> RollupMatch::counted_part(const AggregateCall& call) {
  if (!is_named(call, "count") || call.arguments.size() != 1) return std::nullopt;
  const BoundExpressionPtr key = derive(call.arguments[0]);
  if (key == nullptr) return std::nullopt;
  ColumnIndex column = 0;
  if (find_kept(make_call("count", {}), column) == nullptr) return std::nullopt;
  CallPart part;
  part.raw = call;
  part.rolled = call_of("sumIf", {},
                        {kept_column(column), function_expression("isNotNull", functions_, {key})});
  part.merge = "sum";
  part.direct = part.rolled;
  return checked(std::move(part), call);
}

std::optional<CallPart> RollupMatch::part_of(const AggregateCall& call) {
  if (auto part = kept_part(call)) return part;
  if (auto part = state_part(call)) return part;
  if (auto part = key_part(call)) return part;
  if (auto part = counted_part(call)) return part;
  return chosen_part(call);
}

// avg(x) = sum(x) / count(x), as it is computed without rollups.
std::optional<MatchedCall> RollupMatch::average(const AggregateCall& call) {
  const bool chooses = call.function_name == "avgIf";
  if (!chooses && call.function_name != "avg") return std::nullopt;
  if (call.arguments.size() != (chooses ? 2 : 1)) return std::nullopt;
  const DataTypePtr& type = call.arguments[0]->type;
  const DataTypePtr number = without_nullable(without_low_cardinality(type));
  const bool is_plain =
      is_integer(*number) || number->id() == TypeId::Float64 || number->id() == TypeId::Float32;
  if (!is_plain) return std::nullopt;
  std::vector<BoundExpressionPtr> counted = call.arguments;
  if (!can_be_null(*type)) counted.erase(counted.begin());
  const AggregateCall sum = call_of(chooses ? "sumIf" : "sum", {}, call.arguments);
  const AggregateCall count = call_of(chooses ? "countIf" : "count", {}, counted);
  if (sum.function == nullptr || count.function == nullptr) return std::nullopt;
  auto sum_part = part_of(sum);
  auto count_part = sum_part ? part_of(count) : std::nullopt;
  if (!count_part) return std::nullopt;
  return MatchedCall{{*std::move(sum_part), *std::move(count_part)}};
}

std::optional<MatchedCall> RollupMatch::match(const AggregateCall& asked) {
  AggregateCall call = asked;
  call.function_name = canonical_function_name(call.function_name);
  simplify_count(call);
  if (auto part = part_of(call)) return MatchedCall{{*std::move(part)}};
  return average(call);
}

}  // namespace freshet
