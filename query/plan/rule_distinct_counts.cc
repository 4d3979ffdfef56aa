// SELECT k, uniqExact(x) GROUP BY k counts the groups of GROUP BY k, x. Those grow in partitions
// that fit a cache, are merged by all workers, and go to disk; a set of values for each k does none
// of it. What other aggregates ask for is computed for each (k, x), and then put together:
//
//   Aggregate keys [k] calls [uniqExact(x), count(), avg(y)]
//
//   Project [k, uniqExact(x), count(), sum(y) / count()]
//     Aggregate keys [k] calls [count(x), sum(count()), sum(sum(y))]
//       Aggregate keys [k, x] calls [count(), sum(y)]

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "query/aggregate/integer_words.h"
#include "query/plan/aggregate_calls.h"
#include "query/plan/optimizer_rules.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

// Whether GROUP BY tells apart exactly those values that uniqExact does, and as cheaply.
bool is_word_of_bits(const DataTypePtr& type) {
  return is_integer_word(without_nullable(without_low_cardinality(type))->kind());
}

// Strings are told apart by 128 bits of a hash, as uniqExact does.
bool is_string(const DataTypePtr& type) { return type->id() == TypeId::String; }

bool is_count_of_distinct(const AggregateCall& call) {
  if (!is_named(call, "uniqexact") || call.arguments.size() != 1) return false;
  return is_word_of_bits(call.arguments[0]->type) || is_string(call.arguments[0]->type);
}

// Whether the cells of all keys together are a number of 128 bits: keys that are not would be
// written out for each row, which costs more than sets do.
bool is_packable(const std::vector<BoundExpressionPtr>& keys) {
  size_t bytes = 0;
  for (const auto& key : keys) {
    const DataTypePtr cell = without_nullable(without_low_cardinality(key->type));
    if (!is_number_kind(cell->kind())) return false;
    bytes += cell_bytes(*cell) + (can_be_null(*key->type) ? 1 : 0);
  }
  return bytes <= sizeof(UInt128);
}

// The one x of all uniqExact(x); null: there is none, or several.
BoundExpressionPtr distinct_argument(const AggregateNode& aggregate) {
  BoundExpressionPtr argument;
  for (const AggregateCall& call : aggregate.calls) {
    if (!is_count_of_distinct(call)) continue;
    if (argument != nullptr && !same_expression(*argument, *call.arguments[0])) return nullptr;
    argument = call.arguments[0];
  }
  return argument;
}

bool is_word(const DataTypePtr& type) {
  return !can_be_null(*type) && is_integer(*type) && is_word_of_bits(type);
}

// How a call is made of calls over smaller groups: `outer` over the result of `inner`.
struct Parts {
  AggregateCall inner;
  std::string_view outer;
};

// The calls that a call is made of: one, or the sum and the count of an average; none: it cannot
// be.
std::vector<Parts> parts_of(const AggregateCall& call) {
  constexpr std::array<std::string_view, 4> kSums = {"sum", "count", "sumif", "countif"};
  constexpr std::array<std::string_view, 2> kExtremes = {"min", "max"};
  std::vector<Parts> parts;
  // Merging states that own memory costs more than it saves.
  if (call.function->owns_memory()) return parts;
  const auto named = [&](std::string_view name) { return is_named(call, name); };
  if (std::ranges::any_of(kSums, named)) {
    parts.push_back({call, "sum"});
  } else if (const auto* extreme = std::ranges::find_if(kExtremes, named);
             extreme != kExtremes.end()) {
    parts.push_back({call, *extreme});
  } else if (named("avg") && is_word(call.arguments[0]->type)) {
    parts.push_back({make_call("sum", call.arguments), "sum"});
    parts.push_back({make_call("count", {}), "sum"});
  }
  return parts;
}

class DistinctCountRewriter {
 public:
  DistinctCountRewriter(PlanNodePtr& node, const RuleContext& context)
      : node_(node), aggregate_(*as<AggregateNode>(*node)), context_(context) {}

  void rewrite() {
    argument_ = distinct_argument(aggregate_);
    // Groups of which only some are wanted are found sooner one by one.
    if (argument_ == nullptr || aggregate_.group_limit) return;
    for (const AggregateCall& call : aggregate_.calls) {
      calls_.push_back(is_count_of_distinct(call) ? std::vector<Parts>() : parts_of(call));
      if (calls_.back().empty() && !is_count_of_distinct(call)) return;
    }
    inner_.keys = aggregate_.keys;
    inner_.keys.push_back(
        is_string(argument_->type)
            ? function_expression("xxh3_128", context_.functions, {argument_}, argument_->name)
            : argument_);
    if (!is_packable(inner_.keys)) return;
    make_inner();
    make_outer();
  }

 private:
  // Groups by the keys and the argument.
  void make_inner() {
    for (const auto& call : calls_) {
      for (const Parts& part : call) position_of(inner_.calls, part.inner);
    }
    for (const auto& key : inner_.keys) inner_schema_.add(key->name, key->type);
    for (const auto& call : inner_.calls) {
      inner_schema_.add(call.name, call.function->result_type());
    }
  }

  void make_outer() {
    const size_t key_count = aggregate_.keys.size();
    AggregateNode outer;
    outer.empty_without_rows = aggregate_.empty_without_rows;
    Schema schema;
    ProjectNode layout;
    for (ColumnIndex i = 0; i < key_count; ++i) {
      const NamedType& column = node_->schema[i];
      outer.keys.push_back(column_expression(i, column.type, column.name));
      layout.expressions.push_back(outer.keys.back());
      schema.add(column.name, column.type);
    }
    std::vector<std::vector<size_t>> positions;  // of each call's parts in the outer node
    for (const auto& call : calls_) {
      auto& of_call = positions.emplace_back();
      if (call.empty()) of_call.push_back(position_of(outer.calls, count_of_argument()));
      for (const Parts& part : call) {
        const size_t inner = inner_.keys.size() + position_of(inner_.calls, part.inner);
        const NamedType& column = inner_schema_[inner];
        of_call.push_back(position_of(
            outer.calls, make_call(std::string(part.outer),
                                   {column_expression(inner, column.type, column.name)})));
      }
    }
    for (const AggregateCall& call : outer.calls) {
      schema.add(call.name, call.function->result_type());
    }
    for (size_t i = 0; i < positions.size(); ++i) {
      const NamedType& wanted = node_->schema[key_count + i];
      BoundExpressionPtr value = column_of(schema, key_count + positions[i][0]);
      if (positions[i].size() == 2) {
        value = function_expression("divide", context_.functions,
                                    {value, column_of(schema, key_count + positions[i][1])});
      }
      layout.expressions.push_back(
          with_name(cast_expression(value, wanted.type, context_.functions), wanted.name));
    }
    PlanNodePtr groups =
        make_plan(std::move(inner_), std::move(inner_schema_), std::move(node_->children[0]));
    groups = make_plan(std::move(outer), std::move(schema), std::move(groups));
    Schema wanted = std::move(node_->schema);
    node_ = make_plan(std::move(layout), std::move(wanted), std::move(groups));
  }

  AggregateCall count_of_argument() const {
    const size_t position = inner_.keys.size() - 1;
    return make_call("count", {column_of(inner_schema_, position)});
  }
  static BoundExpressionPtr column_of(const Schema& schema, size_t position) {
    return column_expression(position, schema[position].type, schema[position].name);
  }

  PlanNodePtr& node_;
  AggregateNode& aggregate_;
  const RuleContext& context_;
  BoundExpressionPtr argument_;
  std::vector<std::vector<Parts>> calls_;  // of each call; none: a count of distinct values
  AggregateNode inner_;
  Schema inner_schema_;
};

}  // namespace

void count_distinct_as_groups(PlanNodePtr& plan, const RuleContext& context) {
  for_each_node(plan, [&](PlanNodePtr& node) {
    if (as<AggregateNode>(*node) != nullptr) DistinctCountRewriter(node, context).rewrite();
  });
}

}  // namespace freshet
