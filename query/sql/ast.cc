#include "query/sql/ast.h"

#include <algorithm>
#include <bit>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

bool Literal::operator==(const Literal& other) const {
  const auto* a = std::get_if<double>(&value);
  const auto* b = std::get_if<double>(&other.value);
  // By bits: nan is the same literal as nan.
  if (a && b) return std::bit_cast<uint64_t>(*a) == std::bit_cast<uint64_t>(*b);
  return value == other.value;
}

bool Insert::operator==(const Insert& other) const {
  return target == other.target && columns == other.columns &&
         columns_except == other.columns_except && settings == other.settings &&
         source == other.source && format == other.format && query == other.query &&
         infile == other.infile && compression == other.compression;
}

namespace {

uint32_t tallest(const std::vector<ExpressionPtr>& list) {
  uint32_t height = 0;
  for (const auto& item : list) height = std::max(height, item->height);
  return height;
}

uint32_t height_below(const std::vector<ColumnTransformer>& transformers) {
  uint32_t height = 0;
  for (const auto& transformer : transformers) {
    if (const auto* apply = std::get_if<ColumnApply>(&transformer)) {
      height = std::max(height, tallest(apply->parameters));
      if (apply->lambda) height = std::max(height, apply->lambda->height);
    } else if (const auto* replace = std::get_if<ColumnReplace>(&transformer)) {
      for (const auto& item : replace->replacements) {
        height = std::max(height, item.expression->height);
      }
    }
  }
  return height;
}

uint32_t height_below(const FunctionCall& call) {
  uint32_t height = std::max(tallest(call.arguments), tallest(call.parameters));
  if (call.over) {
    height = std::max(height, tallest(call.over->partition_by));
    for (const auto& item : call.over->order_by) height = std::max(height, item.expression->height);
    if (const auto& frame = call.over->frame) {
      if (frame->begin.offset) height = std::max(height, frame->begin.offset->height);
      if (frame->end.offset) height = std::max(height, frame->end.offset->height);
    }
  }
  return height;
}

uint32_t height_below(const ExpressionNode& node) {
  if (const auto* call = std::get_if<FunctionCall>(&node)) return height_below(*call);
  if (const auto* lambda = std::get_if<Lambda>(&node)) return lambda->body->height;
  if (const auto* subquery = std::get_if<Subquery>(&node)) return subquery->query->height;
  if (const auto* asterisk = std::get_if<Asterisk>(&node))
    return height_below(asterisk->transformers);
  if (const auto* columns = std::get_if<ColumnsMatcher>(&node))
    return height_below(columns->transformers);
  return 0;
}

}  // namespace

ExpressionPtr make_expression(ExpressionNode node, SourceRange range, std::string alias) {
  const uint32_t height = height_below(node) + 1;
  if (height > kQueryDepthMax) {
    throw Error{ErrorCode::TooDeepRecursion, "Expression is nested too deeply; levels allowed: " +
                                                 std::to_string(kQueryDepthMax)};
  }
  return std::make_shared<const Expression>(
      Expression{std::move(node), std::move(alias), range, height});
}

ExpressionPtr make_call(std::string name, std::vector<ExpressionPtr> arguments, SourceRange range) {
  FunctionCall call;
  call.name = std::move(name);
  call.arguments = std::move(arguments);
  return make_expression(std::move(call), range);
}

ExpressionPtr with_alias(const ExpressionPtr& expression, std::string alias) {
  Expression copy = *expression;
  copy.alias = std::move(alias);
  return std::make_shared<const Expression>(std::move(copy));
}

}  // namespace freshet
