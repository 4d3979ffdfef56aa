#include <algorithm>

#include "query/function/dictionary_results.h"
#include "query/function/function.h"
#include "query/function/kernel.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_null_literal(const DataType& type) {
  return type.is_nullable() && type.argument(0)->id() == TypeId::Nothing;
}

DataTypePtr strip_low_cardinality(const DataTypePtr& type) {
  switch (type->id()) {
    case TypeId::LowCardinality:
      return strip_low_cardinality(type->argument(0));
    case TypeId::Array:
      return array_type(strip_low_cardinality(type->argument(0)));
    case TypeId::Map:
      return map_type(strip_low_cardinality(type->argument(0)),
                      strip_low_cardinality(type->argument(1)));
    case TypeId::Tuple: {
      std::vector<DataTypePtr> elements;
      for (const DataTypePtr& element : type->arguments()) {
        elements.push_back(strip_low_cardinality(element));
      }
      return tuple_type(std::move(elements), type->tuple_names());
    }
    default:
      return type;
  }
}

const NullableColumn& nullable_cells(const Column& column) {
  return static_cast<const NullableColumn&>(flat_cells(column));
}

// The cells inside a Nullable column: of its form, NULLs as defaults.
ColumnPtr nested_cells(const ColumnPtr& column) {
  if (column->kind() != PhysicalKind::Nullable) return column;
  const ColumnPtr& nested = nullable_cells(*column).nested();
  if (!is_constant(*column)) return nested;
  return std::make_shared<ConstantColumn>(nested, column->size());
}

// Runs the kernel on the rows that are not NULL; the rest are defaults.
ColumnPtr run_on_rows(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
                      std::span<const uint8_t> nulls) {
  Buffer<RowIndex> rows;
  for (size_t i = 0; i < nulls.size(); ++i) {
    if (nulls[i] == 0) rows.push_back(static_cast<RowIndex>(i));
  }
  std::vector<ColumnPtr> selected;
  for (const ColumnPtr& argument : arguments) selected.push_back(argument->select(rows));
  MutableColumnPtr out = make_column(*function.bare_type);
  if (rows.empty()) {
    out->append_default(nulls.size());
    return out;
  }
  const ColumnPtr results = function.kernel(selected, rows.size());
  size_t next = 0;
  for (size_t i = 0; i < nulls.size(); ++i) {
    if (nulls[i] != 0) {
      out->append_default(1);
    } else {
      out->append(*results, next++, 1);
    }
  }
  return out;
}

// Arguments Flat or Constant.
ColumnPtr run(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
              size_t row_count) {
  if (function.entry->nulls == NullPolicy::Handle) return function.kernel(arguments, row_count);
  const bool result_nullable = can_be_null(*function.type);
  std::vector<ColumnPtr> bare(arguments.begin(), arguments.end());
  Buffer<uint8_t> nulls;
  for (ColumnPtr& argument : bare) {
    if (argument->kind() != PhysicalKind::Nullable) continue;
    const NullableColumn& cells = nullable_cells(*argument);
    if (!is_constant(*argument)) {
      merge_nulls(cells, nulls);
    } else if (cells.nulls()[0] != 0 && result_nullable) {
      return null_column(*function.type, row_count);
    }
    argument = nested_cells(argument);
  }
  if (!result_nullable) return function.kernel(bare, row_count);
  if (nulls.empty()) return make_nullable(function.kernel(bare, row_count), {});
  ColumnPtr result;
  try {
    result = function.kernel(bare, row_count);
  } catch (const Error&) {
    result = run_on_rows(function, bare, nulls);
  }
  return make_nullable(result, std::move(nulls));
}

ColumnPtr run_on_one_row(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
                         size_t row_count) {
  std::vector<ColumnPtr> cells;
  for (const ColumnPtr& argument : arguments) {
    cells.push_back(static_cast<const ConstantColumn&>(*argument).cell());
  }
  return std::make_shared<ConstantColumn>(flat(run(function, cells, 1)), row_count);
}

// Runs on the entries of the dictionary argument; null when that does not pay.
ColumnPtr run_on_entries(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
                         size_t dictionary_index, size_t row_count) {
  const auto& coded = static_cast<const DictionaryColumn&>(*arguments[dictionary_index]);
  const std::shared_ptr<const Dictionary>& dictionary = coded.dictionary();
  const auto compute = [&] {
    const size_t entry_count = dictionary->entries->size();
    std::vector<ColumnPtr> entries;
    for (size_t i = 0; i < arguments.size(); ++i) {
      entries.push_back(
          i == dictionary_index
              ? dictionary->entries
              : std::make_shared<ConstantColumn>(
                    static_cast<const ConstantColumn&>(*arguments[i]).cell(), entry_count));
    }
    return run(function, entries, entry_count);
  };
  if (function.dictionary_results) {
    const auto result = function.dictionary_results->find(dictionary, row_count, compute);
    return result ? result->select(coded.codes()) : nullptr;
  }
  if (dictionary->entries->size() * 2 > row_count) return nullptr;
  try {
    return DictionaryResult(compute()).select(coded.codes());
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

ResolvedFunction resolve_function(std::string_view name, const FunctionContext& context,
                                  FunctionArguments arguments) {
  const FunctionEntry* entry = find_function(name);
  if (entry == nullptr) {
    std::string message = "Unknown function " + std::string(name);
    const std::vector<std::string> similar = similar_function_names(name);
    for (size_t i = 0; i < similar.size(); ++i) {
      message += (i == 0 ? ". Maybe you meant: ['" : "', '") + similar[i];
    }
    if (!similar.empty()) message += "']";
    throw Error(ErrorCode::UnknownFunction, std::move(message));
  }
  ResolvedFunction resolved;
  resolved.entry = entry;
  std::vector<FunctionArgument> bare(arguments.begin(), arguments.end());
  bool nullable = false;
  bool null_literal = false;
  size_t varying = 0;
  for (FunctionArgument& argument : bare) {
    argument.type = strip_low_cardinality(argument.type);
    resolved.argument_types.push_back(argument.type);
    varying += !argument.constant;
    if (entry->nulls == NullPolicy::Handle) continue;
    nullable |= argument.type->is_nullable();
    null_literal |= is_null_literal(*argument.type);
    argument.type = without_nullable(argument.type);
    if (argument.constant) argument.constant = nested_cells(argument.constant);
  }
  if (null_literal) {
    resolved.type = nullable_type(simple_type(TypeId::Nothing));
    resolved.bare_type = resolved.type;
    return resolved;
  }
  BoundFunction bound = entry->bind(context, bare);
  resolved.bare_type = bound.type;
  resolved.type =
      nullable && fits_in_nullable(*bound.type) ? nullable_type(bound.type) : bound.type;
  resolved.kernel = std::move(bound.kernel);
  if (varying == 1 && entry->deterministic) {
    resolved.dictionary_results = std::make_shared<DictionaryResults>();
  }
  return resolved;
}

ColumnPtr evaluate(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
                   size_t row_count) {
  if (row_count == 0) return make_column(*function.type);
  if (!function.kernel) return null_column(*function.type, row_count);
  constexpr size_t kNone = ~size_t{0};
  size_t constants = 0;
  size_t dictionaries = 0;
  size_t dictionary_index = kNone;
  for (size_t i = 0; i < arguments.size(); ++i) {
    constants += arguments[i]->form() == ColumnForm::Constant;
    if (arguments[i]->form() != ColumnForm::Dictionary) continue;
    ++dictionaries;
    dictionary_index = i;
  }
  if (function.entry->deterministic) {
    if (constants == arguments.size()) return run_on_one_row(function, arguments, row_count);
    if (dictionaries == 1 && constants + 1 == arguments.size()) {
      ColumnPtr result = run_on_entries(function, arguments, dictionary_index, row_count);
      if (result) return result;
    }
  }
  if (dictionaries == 0) return run(function, arguments, row_count);
  std::vector<ColumnPtr> flattened;
  for (const ColumnPtr& argument : arguments) {
    flattened.push_back(argument->form() == ColumnForm::Dictionary ? flat(argument) : argument);
  }
  return run(function, flattened, row_count);
}

}  // namespace freshet
