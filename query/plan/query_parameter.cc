#include "query/plan/expression_binder.h"
#include "storage/base/error.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

// TabSeparated escapes: \t, \n, \\, \', ... ; other characters after a backslash stay as they are.
std::string unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    switch (text[++i]) {
      case 't':
        plain += '\t';
        break;
      case 'n':
        plain += '\n';
        break;
      case 'r':
        plain += '\r';
        break;
      case 'b':
        plain += '\b';
        break;
      case 'f':
        plain += '\f';
        break;
      case '0':
        plain += '\0';
        break;
      default:
        plain += text[i];
        break;
    }
  }
  return plain;
}

}  // namespace

BoundExpressionPtr bind_query_parameter(const QueryParameter& parameter,
                                        const BindContext& context) {
  const auto given = context.parameters.find(parameter.name);
  if (given == context.parameters.end()) {
    throw Error{ErrorCode::UnknownQueryParameter,
                "Substitution `" + parameter.name + "` is not set"};
  }
  const DataTypePtr type = parse_data_type(parameter.type);
  const std::string& text = given->second;
  if (text == "\\N" && can_be_null(*type)) return constant_expression(Value(), type);
  const DataTypePtr cell_type = without_nullable(type);
  const auto parser = make_cell_text(cell_type, {.time_zone = context.functions->time_zone});
  auto column = make_column(*cell_type);
  // Escapes inside arrays, tuples and maps belong to the strings there.
  const bool nested =
      cell_type->kind() == PhysicalKind::Array || cell_type->kind() == PhysicalKind::Tuple;
  if (!parser->parse(nested ? text : unescape(text), *column)) {
    throw Error{ErrorCode::BadQueryParameter, "Value cannot be parsed as " + parameter.type +
                                                  " for query parameter '" + parameter.name +
                                                  "': " + text};
  }
  return constant_expression(value_at(*column, 0), type);
}

}  // namespace freshet
