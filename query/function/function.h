// What a scalar SQL function is: a row in a family's table, bound once per query, run once per
// chunk.
//
//   FunctionEntry (name, doc, bind) --bind(types, constants)--> BoundFunction (result type, kernel)
//   evaluate(BoundFunction, columns) -> column
//
// evaluate() does what is alike for all functions, so that a kernel's loop sees only plain cells:
//   NULLs       (NullPolicy::Propagate) NULL in, NULL out: the kernel gets the nested columns
//   constants   all arguments Constant: the kernel runs on one row
//   dictionary  one Dictionary argument, the rest Constant: the kernel runs on the entries
//   forms       otherwise every argument is Flat or Constant, never Dictionary
// A kernel that throws on a cell that no row has (a NULL's default, an entry without rows) runs
// again on the rows that there are.
//
// To add a function: one row in the table of its family and its kernel (docs/hacking.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column/column.h"
#include "storage/column/data_type.h"

namespace freshet {

class TimeZone;

// What functions may know of the query they run in. Fixed for the whole query, so that now() is.
struct FunctionContext {
  std::shared_ptr<const TimeZone> time_zone;  // session's or server's, never null
  int64_t now_ns = 0;                         // wall clock at the query's start
  bool* is_time_read = nullptr;               // set when a function asks for it; may be null
  std::string database;
  std::string user;
  std::string query_id;
  std::string server_version;
  std::string host_name;
  uint64_t uptime_s = 0;
  uint64_t random_seed = 0;
};

struct FunctionArgument {
  DataTypePtr type;    // LowCardinality is taken off before
  ColumnPtr constant;  // one cell when the argument is constant, else null
  // The argument is a lambda, x -> f(x): what arrives is its results, as an Array with the lists of
  // the array arguments, so that `type` is Array(type of the body).
  bool is_lambda = false;
};

using FunctionArguments = std::span<const FunctionArgument>;

// Arguments in, `row_count` cells of the bound result type out. Thread-safe.
using Kernel = std::function<ColumnPtr(std::span<const ColumnPtr> arguments, size_t row_count)>;

enum class NullPolicy : uint8_t {
  Propagate,  // bind and kernel see types and columns without Nullable
  Handle,     // bind and kernel see Nullable types and columns as they are
};

struct BoundFunction {
  DataTypePtr type;  // with NullPolicy::Propagate: without Nullable
  Kernel kernel;
};

struct FunctionEntry {
  std::string_view name;
  // Throws NumberOfArgumentsDoesntMatch, IllegalTypeOfArgument, ... naming the function.
  BoundFunction (*bind)(const FunctionContext& context, FunctionArguments arguments) = nullptr;
  std::string_view syntax = {};          // "plus(a, b)"
  std::string_view description = {};     // one line
  std::string_view example = {};         // "SELECT plus(1, 2)"
  std::string_view example_result = {};  // "3", as TabSeparated
  std::string_view category = {};        // "Arithmetic"
  NullPolicy nulls = NullPolicy::Propagate;
  bool case_insensitive = false;
  // False: differs from call to call (rand) or row to row (rowNumberInAllBlocks): never folded, and
  // never run on dictionary entries.
  bool deterministic = true;
  // Set: only `name` and `case_insensitive` count, the rest comes from that entry.
  std::string_view alias_of = {};
};

// The function of that name (any case for case-insensitive ones); null when there is none.
const FunctionEntry* find_function(std::string_view name);
// Every entry, for system.functions, the docs and the tests of examples.
std::span<const FunctionEntry* const> all_functions();
// Names near `name`, for "Maybe you meant: [...]".
std::vector<std::string> similar_function_names(std::string_view name);

// What a function gave for the entries of the dictionaries it met last, shared by all chunks.
class DictionaryResults;

// Binds by the entry's null policy; the type says Nullable when a NULL may come out.
struct ResolvedFunction {
  const FunctionEntry* entry = nullptr;
  DataTypePtr type;       // what evaluate() gives
  DataTypePtr bare_type;  // what the kernel gives
  std::vector<DataTypePtr> argument_types;
  Kernel kernel;                                          // null: always NULL
  std::shared_ptr<DictionaryResults> dictionary_results;  // null: not worth keeping
};

// Throws UnknownFunction (with near names) and what the entry's bind throws.
ResolvedFunction resolve_function(std::string_view name, const FunctionContext& context,
                                  FunctionArguments arguments);

// Arguments in any form, each of `row_count` cells; the result in any form.
ColumnPtr evaluate(const ResolvedFunction& function, std::span<const ColumnPtr> arguments,
                   size_t row_count);

// Conversion as CAST(x AS T) does it. Throws CannotParse..., CannotConvertType when a cell cannot
// be converted; with `null_on_error` such cells become NULL and the result is Nullable.
ColumnPtr cast_column(const FunctionContext& context, const ColumnPtr& column,
                      const DataTypePtr& from, const DataTypePtr& to, bool null_on_error = false);

}  // namespace freshet
