#include "query/engine/row_rollup.h"

#include <utility>
#include <vector>

#include "query/aggregate/aggregate.h"
#include "query/engine/run_aggregation.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/quoted_text.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

constexpr const char* kCell = "cell";

// `column = function(arguments)`, compiled.
struct Setting {
  ColumnIndex column = 0;
  AggregateFunctionPtr function;
  std::vector<ChunkFunction> arguments;
  ChunkFunction cast;  // of a column `cell` of the function's result
};

Value parameter_value(const ExpressionPtr& expression) {
  const auto* literal = as<Literal>(expression);
  if (literal != nullptr) {
    if (const auto* number = std::get_if<uint64_t>(&literal->value)) return Value(*number);
    if (const auto* number = std::get_if<int64_t>(&literal->value)) return Value(*number);
    if (const auto* number = std::get_if<double>(&literal->value)) return Value(*number);
    if (const auto* text = std::get_if<std::string>(&literal->value)) return Value(*text);
  }
  throw Error(ErrorCode::BadArguments,
              "Parameters of aggregate functions in TTL must be literals: " + to_sql(*expression));
}

Setting compile_setting(const Schema& schema, const TtlRule::Assignment& assignment,
                        const ChunkFunctionCompiler& compiler) {
  const ExpressionPtr value = parse_expression_text(assignment.value);
  const auto* call = as<FunctionCall>(value);
  Setting setting;
  const auto column = schema.find(assignment.column);
  if (!column) {
    throw Error(ErrorCode::BadTtlExpression,
                "There is no stored column to set in TTL: " + assignment.column);
  }
  setting.column = *column;
  if (call != nullptr && !call->distinct && call->over == nullptr) {
    std::vector<DataTypePtr> types;
    std::vector<Value> parameters;
    try {
      for (const ExpressionPtr& argument : call->arguments) {
        setting.arguments.push_back(compiler.compile(schema, to_sql(*argument)));
        types.push_back(without_low_cardinality(setting.arguments.back().type));
      }
      for (const ExpressionPtr& parameter : call->parameters) {
        parameters.push_back(parameter_value(parameter));
      }
      setting.function = bind_aggregate(call->name, parameters, types);
    } catch (const Error& error) {
      // An aggregate inside another call, as in sum(n) + 1.
      if (error.code() != ErrorCode::IllegalAggregation) throw;
    }
  }
  if (setting.function == nullptr) {
    throw Error(ErrorCode::NotImplemented,
                "SET in TTL takes one call of an aggregate function: " + assignment.value);
  }
  Schema result;
  result.add(kCell, setting.function->result_type());
  std::string text = std::string("CAST(") + kCell + ", ";
  append_quoted(text, schema[setting.column].type->name());
  setting.cast = compiler.compile(result, text + ")");
  return setting;
}

// Where each group begins, then the row count.
std::vector<RowIndex> group_starts(const Schema& schema, const TtlRule& rule, const Chunk& rows,
                                   const ChunkFunctionCompiler& compiler) {
  std::vector<ColumnPtr> keys;
  for (const std::string& key : rule.group_by) {
    keys.push_back(flat(compiler.compile(schema, key).compute(rows)));
  }
  std::vector<RowIndex> starts;
  for (size_t row = 0; row < rows.row_count; ++row) {
    bool begins = row == 0;
    for (const ColumnPtr& key : keys) {
      begins = begins || compare_cells(*key, row - 1, *key, row) != 0;
    }
    if (begins) starts.push_back(static_cast<RowIndex>(row));
  }
  starts.push_back(static_cast<RowIndex>(rows.row_count));
  return starts;
}

Chunk roll_up(const TableDefinition& definition, const TtlRule& rule, const Chunk& rows,
              const ChunkFunctionCompiler& compiler) {
  const Schema schema = definition.stored_schema();
  const std::vector<RowIndex> starts = group_starts(schema, rule, rows, compiler);
  Chunk groups = rows.select(std::span(starts).first(starts.size() - 1));
  for (const TtlRule::Assignment& assignment : rule.set) {
    const Setting setting = compile_setting(schema, assignment, compiler);
    std::vector<ColumnPtr> arguments;
    for (const ChunkFunction& argument : setting.arguments) {
      arguments.push_back(flat(argument.compute(rows)));
    }
    Chunk results;
    results.row_count = groups.row_count;
    results.columns.push_back(
        aggregate_call_runs(*setting.function, arguments, rows.row_count, starts));
    groups.columns[setting.column] = flat(setting.cast.compute(results));
  }
  return groups;
}

}  // namespace

RowRollup make_row_rollup(const ChunkFunctionCompiler& compiler) {
  return [&compiler](const TableDefinition& definition, const TtlRule& rule, Chunk rows) {
    return roll_up(definition, rule, rows, compiler);
  };
}

void check_rollup(const TableDefinition& definition, const TtlRule& rule,
                  const ChunkFunctionCompiler& compiler) {
  const Schema schema = definition.stored_schema();
  for (const TtlRule::Assignment& assignment : rule.set) {
    compile_setting(schema, assignment, compiler);
  }
}

}  // namespace freshet
