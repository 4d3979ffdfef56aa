// The one table of aggregate functions, and the order in which combinators apply.

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_map>
#include <utility>

#include "query/aggregate/combinator.h"
#include "query/aggregate/family.h"
#include "storage/base/check.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

struct Registry {
  std::vector<const AggregateEntry*> entries;
  std::unordered_map<std::string, const AggregateEntry*> by_name;
  std::unordered_map<std::string, const AggregateEntry*> by_lower_name;

  Registry() {
    const std::array families = {sum_count_aggregates(),   min_max_aggregates(),
                                 arg_min_max_aggregates(), distinct_count_aggregates(),
                                 quantile_aggregates(),    group_array_aggregates(),
                                 statistics_aggregates(),  top_k_aggregates(),
                                 weighted_aggregates(),    funnel_aggregates()};
    for (const auto& family : families) {
      for (const AggregateEntry& entry : family) {
        entries.push_back(&entry);
        by_name.emplace(entry.name, &entry);
        if (entry.case_insensitive) by_lower_name.emplace(lower(entry.name), &entry);
      }
    }
  }
};

// Built on first use from constant tables, never changed.
const Registry& registry() {
  static const Registry built;
  return built;
}

bool ends_with(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix);
}

// "sum" of "sumIf" when the suffix is there and the rest is an aggregate's name.
bool strip(std::string_view name, std::string_view suffix, std::string_view& rest) {
  if (!ends_with(name, suffix)) return false;
  rest = name.substr(0, name.size() - suffix.size());
  return is_aggregate_name(rest);
}

constexpr std::array<std::string_view, 11> kSuffixes = {
    "If",         "Array", "Distinct", "OrNull",      "OrDefault", "Map",
    "MergeState", "State", "Merge",    "SimpleState", "ForEach"};

// "quantile(0.5)" as AggregateFunction types write it.
std::string with_parameters(std::string_view name, std::span<const Value> parameters) {
  std::string text(name);
  if (parameters.empty()) return text;
  text += '(';
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (i != 0) text += ", ";
    const Value& value = parameters[i];
    if (std::holds_alternative<double>(value.cell)) {
      text += value_text(*simple_type(TypeId::Float64), value);
    } else if (std::holds_alternative<uint64_t>(value.cell)) {
      text += std::to_string(value.as<uint64_t>());
    } else if (std::holds_alternative<int64_t>(value.cell)) {
      text += std::to_string(value.as<int64_t>());
    } else {
      throw Error(
          ErrorCode::NotImplemented,
          "Only numbers can be parameters of a stored aggregate state: " + std::string(name));
    }
  }
  return text + ')';
}

void require_state(std::string_view name, std::span<const DataTypePtr> types) {
  if (types.size() == 1 && types[0]->id() == TypeId::AggregateFunction) return;
  throw Error(ErrorCode::IllegalTypeOfArgument, "Illegal argument of aggregate function " +
                                                    std::string(name) +
                                                    ": expected one AggregateFunction state, got " +
                                                    (types.empty() ? "nothing" : types[0]->name()));
}

// sumMap(map), or of arrays of keys and of values.
AggregateFunctionPtr bind_map(std::string_view name, std::string_view of,
                              std::span<const Value> parameters,
                              std::span<const DataTypePtr> types) {
  if (types.size() == 1 && types[0]->id() == TypeId::Map) {
    const DataTypePtr value = types[0]->argument(1);
    return of_maps(bind_aggregate(of, parameters, {&value, 1}), types[0]->argument(0), false,
                   false);
  }
  const bool are_arrays =
      types.size() == 2 && types[0]->id() == TypeId::Array && types[1]->id() == TypeId::Array;
  if (!are_arrays) {
    throw Error(ErrorCode::IllegalTypeOfArgument,
                "Aggregate function " + std::string(name) + " requires a Map, or two arrays");
  }
  const DataTypePtr value = types[1]->argument(0);
  return of_maps(bind_aggregate(of, parameters, {&value, 1}), types[0]->argument(0), true,
                 of == "sum");
}

// Without NULLs: `types` are not Nullable.
AggregateFunctionPtr bind_bare(std::string_view name, std::span<const Value> parameters,
                               std::span<const DataTypePtr> types) {
  if (const AggregateEntry* entry = find_aggregate(name)) return entry->bind(parameters, types);
  std::string_view rest;
  if (strip(name, "Array", rest)) {
    std::vector<DataTypePtr> elements;
    for (const DataTypePtr& type : types) {
      if (type->id() != TypeId::Array) {
        throw Error(ErrorCode::IllegalTypeOfArgument, "Aggregate function " + std::string(name) +
                                                          " requires arrays, got " + type->name());
      }
      elements.push_back(type->argument(0));
    }
    return of_arrays(bind_aggregate(rest, parameters, elements));
  }
  if (strip(name, "ForEach", rest)) {
    std::vector<DataTypePtr> elements;
    for (const DataTypePtr& type : types) {
      if (type->id() != TypeId::Array) {
        throw Error(ErrorCode::IllegalTypeOfArgument, "Aggregate function " + std::string(name) +
                                                          " requires arrays, got " + type->name());
      }
      elements.push_back(type->argument(0));
    }
    return for_each_place(bind_aggregate(rest, parameters, elements));
  }
  if (strip(name, "Map", rest)) return bind_map(name, rest, parameters, types);
  if (strip(name, "Distinct", rest)) {
    return of_distinct(bind_aggregate(rest, parameters, types), {types.begin(), types.end()});
  }
  if (strip(name, "OrNull", rest)) return or_null(bind_aggregate(rest, parameters, types));
  if (strip(name, "OrDefault", rest)) return or_default(bind_aggregate(rest, parameters, types));
  return nullptr;
}

// Whether a group of only NULLs gives the default instead of NULL.
bool gives_default(std::string_view name) {
  if (const AggregateEntry* entry = find_aggregate(name)) return entry->default_when_only_null;
  for (const std::string_view suffix : {"If", "Array", "Distinct", "OrDefault"}) {
    std::string_view rest;
    if (strip(name, suffix, rest)) return suffix == "OrDefault" || gives_default(rest);
  }
  return false;
}

bool can_be_nullable(const DataType& type) {
  const TypeId id = type.id();
  return id != TypeId::Array && id != TypeId::Map && id != TypeId::Tuple &&
         id != TypeId::AggregateFunction;
}

// -If: NULLs in the values are the nested function's, which gives NULL when no row was chosen; a
// condition that is NULL is not true.
AggregateFunctionPtr bind_if(std::string_view name, std::string_view of,
                             std::span<const Value> parameters,
                             std::span<const DataTypePtr> types) {
  if (types.empty()) {
    throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
                "Aggregate function " + std::string(name) + " requires a condition");
  }
  const DataTypePtr condition = without_nullable(types.back());
  if (!is_integer(*condition) && condition->id() != TypeId::Nothing) {
    throw Error(
        ErrorCode::IllegalTypeOfArgument,
        "Illegal type of the condition of " + std::string(name) + ": " + types.back()->name());
  }
  const std::span<const DataTypePtr> values = types.first(types.size() - 1);
  AggregateFunctionPtr nested = bind_aggregate(of, parameters, values);
  const bool any_nullable =
      std::ranges::any_of(values, [](const DataTypePtr& type) { return type->is_nullable(); });
  const bool flagged = types.back()->is_nullable() && !any_nullable &&
                       can_be_nullable(*nested->result_type()) && !gives_default(of);
  return only_if(std::move(nested), flagged);
}

}  // namespace

void AggregateFunction::add_except(std::span<const ColumnPtr>, size_t, const RowBitmap&,
                                   char*) const {
  CHECK(can_add_except());
}

const AggregateEntry* find_aggregate(std::string_view name) {
  const Registry& known = registry();
  const AggregateEntry* entry = nullptr;
  if (const auto it = known.by_name.find(std::string(name)); it != known.by_name.end()) {
    entry = it->second;
  } else if (const auto lowered = known.by_lower_name.find(lower(name));
             lowered != known.by_lower_name.end()) {
    entry = lowered->second;
  }
  if (entry != nullptr && !entry->alias_of.empty()) return find_aggregate(entry->alias_of);
  return entry;
}

std::span<const AggregateEntry* const> all_aggregates() { return registry().entries; }

bool is_aggregate_name(std::string_view name) {
  if (find_aggregate(name) != nullptr) return true;
  std::string_view rest;
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&](std::string_view suffix) { return strip(name, suffix, rest); });
}

AggregateFunctionPtr bind_aggregate(std::string_view name, std::span<const Value> parameters,
                                    std::span<const DataTypePtr> argument_types) {
  if (!is_aggregate_name(name)) return nullptr;
  std::vector<DataTypePtr> types;
  for (const DataTypePtr& type : argument_types) types.push_back(without_low_cardinality(type));

  std::string_view rest;
  if (find_aggregate(name) == nullptr) {
    if (strip(name, "MergeState", rest)) {
      require_state(name, types);
      return state_of(merge_of(aggregate_of_state_type(*types[0])), types[0]);
    }
    if (strip(name, "SimpleState", rest)) {
      throw Error(ErrorCode::NotImplemented,
                  "The SimpleState combinator is not supported: " + std::string(name));
    }
    if (strip(name, "State", rest)) {
      return state_of(bind_aggregate(rest, parameters, types),
                      aggregate_state_type(with_parameters(rest, parameters), types));
    }
    if (strip(name, "Merge", rest)) {
      require_state(name, types);
      return merge_of(aggregate_of_state_type(*types[0]));
    }
    if (strip(name, "If", rest)) return bind_if(name, rest, parameters, types);
    // Whether there are rows is said of those that the condition chooses: sumIfOrNull is
    // sumOrNullIf.
    for (const std::string_view suffix : {"OrNull", "OrDefault"}) {
      std::string_view of;
      if (strip(name, suffix, rest) && strip(rest, "If", of)) {
        std::string swapped(of);
        swapped.append(suffix).append("If");
        return bind_aggregate(swapped, parameters, types);
      }
    }
  }

  bool any_nullable = false;
  std::vector<DataTypePtr> bare;
  for (const DataTypePtr& type : types) {
    any_nullable = any_nullable || type->is_nullable();
    bare.push_back(without_nullable(type));
  }
  const AggregateEntry* entry = find_aggregate(name);
  if (!any_nullable || (entry != nullptr && entry->handles_nulls)) {
    return bind_bare(name, parameters, types);
  }
  const bool only_nulls = std::ranges::any_of(
      bare, [](const DataTypePtr& type) { return type->id() == TypeId::Nothing; });
  // -OrDefault is about groups without rows: of NULLs it gives what it would without.
  std::string_view counted = name;
  for (std::string_view of; strip(counted, "OrDefault", of);) counted = of;
  const bool gives_zero = gives_default(counted);
  if (only_nulls && !gives_zero) return only_null();
  AggregateFunctionPtr nested = bind_bare(name, parameters, bare);
  if (nested == nullptr) return nullptr;
  const bool null_when_empty = can_be_nullable(*nested->result_type()) && !gives_zero;
  return skip_nulls(std::move(nested), null_when_empty);
}

AggregateFunctionPtr aggregate_of_state_type(const DataType& type) {
  const std::string& text = type.aggregate();
  std::string_view name = text;
  std::vector<Value> parameters;
  if (const size_t open = text.find('('); open != std::string::npos) {
    name = std::string_view(text).substr(0, open);
    std::string_view list = std::string_view(text).substr(open + 1, text.size() - open - 2);
    while (!list.empty()) {
      const size_t comma = std::min(list.find(','), list.size());
      const std::string number(list.substr(0, comma));
      if (number.find_first_of(".eE") == std::string::npos) {
        parameters.emplace_back(static_cast<uint64_t>(std::stoull(number)));
      } else {
        parameters.emplace_back(std::stod(number));
      }
      list.remove_prefix(std::min(comma + 1, list.size()));
      while (!list.empty() && list.front() == ' ') list.remove_prefix(1);
    }
  }
  AggregateFunctionPtr function = bind_aggregate(name, parameters, type.arguments());
  if (function == nullptr) {
    throw Error(ErrorCode::UnknownAggregateFunction, "Unknown aggregate function " + text);
  }
  return function;
}

void require_arguments(const char* name, std::span<const DataTypePtr> types, size_t count) {
  if (types.size() == count) return;
  throw Error(ErrorCode::NumberOfArgumentsDoesntMatch,
              std::string("Aggregate function ") + name + " requires " + std::to_string(count) +
                  (count == 1 ? " argument, got " : " arguments, got ") +
                  std::to_string(types.size()));
}

void refuse_type(const char* name, const DataType& type) {
  throw Error(
      ErrorCode::IllegalTypeOfArgument,
      std::string("Illegal type of argument for aggregate function ") + name + ": " + type.name());
}

void require_no_parameters(const char* name, std::span<const Value> parameters) {
  if (parameters.empty()) return;
  throw Error(ErrorCode::BadArguments,
              std::string("Aggregate function ") + name + " takes no parameters");
}

Value empty_cell(const DataType& type) {
  if (is_enum(type) && !type.enum_entries().empty()) {
    return Value(int64_t{type.enum_entries().front().value});
  }
  MutableColumnPtr column = make_column(type);
  column->append_default(1);
  return value_at(*column, 0);
}

double number_parameter(const char* name, const Value& value) {
  if (const auto* number = std::get_if<uint64_t>(&value.cell)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<int64_t>(&value.cell)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value.cell)) return *number;
  throw Error(ErrorCode::BadArguments,
              std::string("Parameters of aggregate function ") + name + " must be numbers");
}

}  // namespace freshet
