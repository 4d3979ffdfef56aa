#include "query/plan/binder.h"

#include "query/expression/evaluator.h"
#include "query/plan/bind_environment.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

LogicalPlan bind_query(const Query& query, const BindEnvironment& environment) {
  if (const auto* select = std::get_if<Select>(&query.body)) {
    return bind_single_select(*select, environment);
  }
  return bind_set_operation(std::get<SetOperation>(query.body), environment);
}

LogicalPlan bind_select(const Query& query, const BindContext& context) {
  const BindEnvironment environment{context, nullptr, {}, {}, 0};
  return bind_query(query, environment);
}

BoundExpressionPtr bind_expression(const Schema& schema, const Expression& expression,
                                   const BindContext& context) {
  const BindEnvironment environment{context, nullptr, {}, {}, 0};
  const NameScope scope = scope_of(schema);
  ExpressionBinder binder(environment, scope);
  const auto tree = std::make_shared<const Expression>(expression);
  binder.collect_aliases(tree);
  auto bound = binder.bind(tree);
  binder.refuse_aggregates(*bound, "expression");
  if (contains_kind(*bound, BoundExpression::Kind::ArrayJoin)) {
    throw Error{ErrorCode::BadArguments, "arrayJoin is not allowed here: " + bound->name};
  }
  return fold_constants(with_name(bound, binder.header(tree)));
}

Schema table_expression_schema(const TableExpression& table, const BindContext& context) {
  const BindEnvironment environment{context, nullptr, {}, {}, 0};
  const BoundTables bound = bind_table(table, environment);
  Schema schema;
  for (const auto* column : bound.scope.asterisk({})) schema.add(column->name, column->type);
  return schema;
}

ChunkFunction SqlChunkFunctionCompiler::compile(const Schema& schema,
                                                std::string_view expression) const {
  const auto tree = parse_expression_text(expression);
  BindContext context;
  bool is_time_read = false;
  FunctionContext asked = functions_;
  asked.is_time_read = &is_time_read;
  context.functions = &asked;
  bind_expression(schema, *tree, context);
  context.functions = &functions_;
  const auto bound = bind_expression(schema, *tree, context);
  ChunkFunction function;
  function.inputs = columns_of(*bound);
  function.type = bound->type;
  function.compute = [bound](const Chunk& chunk) { return evaluate_expression(*bound, chunk); };
  if (clock_ != nullptr && (is_time_read || !is_deterministic(*bound))) {
    function.compute = [this, schema, text = std::string(expression)](const Chunk& chunk) {
      FunctionContext functions = functions_;
      functions.now_ns = static_cast<int64_t>(clock_->wall_ns());
      BindContext now;
      now.functions = &functions;
      return evaluate_expression(*bind_expression(schema, *parse_expression_text(text), now),
                                 chunk);
    };
  }
  return function;
}

std::vector<ChunkFunctionCompiler::Index> SqlChunkFunctionCompiler::indexes(
    std::string_view create_sql) const {
  std::vector<Index> indexes;
  if (create_sql.find("INDEX ") == std::string_view::npos) return indexes;
  const Statement statement = parse_statement(create_sql);
  const TableElements* elements = nullptr;
  if (const auto* table = std::get_if<CreateTable>(&statement.body)) elements = &table->elements;
  if (const auto* view = std::get_if<CreateView>(&statement.body)) elements = &view->elements;
  if (elements == nullptr) return indexes;
  for (const IndexDefinition& definition : elements->indexes) {
    Index& index = indexes.emplace_back();
    index.name = definition.name;
    index.expression = to_sql(*definition.expression);
    index.type = to_sql(*definition.type);
    const auto* literal =
        definition.granularity == nullptr ? nullptr : as<Literal>(definition.granularity);
    const auto* number = literal == nullptr ? nullptr : std::get_if<uint64_t>(&literal->value);
    if (number != nullptr) index.granularity = *number;
  }
  return indexes;
}

}  // namespace freshet
