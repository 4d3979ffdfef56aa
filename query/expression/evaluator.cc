#include "query/expression/evaluator.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "query/expression/throwing_functions.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

// rows of [0, row_count) that are not in `rows`, which ascends.
std::vector<RowIndex> complement(const std::vector<RowIndex>& rows, size_t row_count) {
  std::vector<RowIndex> rest;
  rest.reserve(row_count - rows.size());
  size_t next = 0;
  for (RowIndex row = 0; row < row_count; ++row) {
    if (next < rows.size() && rows[next] == row) {
      ++next;
    } else {
      rest.push_back(row);
    }
  }
  return rest;
}

// The rows of `rows` at positions `chosen`.
std::vector<RowIndex> pick(const std::vector<RowIndex>& rows, const std::vector<RowIndex>& chosen) {
  std::vector<RowIndex> picked;
  picked.reserve(chosen.size());
  for (const RowIndex position : chosen) picked.push_back(rows[position]);
  return picked;
}

// `part` holds the cells of `rows`; all other rows of [0, row_count) get a default cell.
ColumnPtr spread(const DataType& type, const ColumnPtr& part, const std::vector<RowIndex>& rows,
                 size_t row_count) {
  if (rows.size() == row_count) return part;
  auto cells = make_column(type);
  cells->append(*part, 0, part->size());
  cells->append_default(1);
  std::vector<RowIndex> source(row_count, static_cast<RowIndex>(part->size()));
  for (RowIndex i = 0; i < rows.size(); ++i) source[rows[i]] = i;
  return cells->select(source);
}

ColumnPtr probe_cells(const ColumnPtr& cells, const ValueSet& set, bool negated,
                      bool nullable_result) {
  if (cells->kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(*cells);
    const ColumnPtr found = probe_cells(nullable.nested(), set, negated, false);
    const auto nulls = nullable.nulls();
    return std::make_shared<NullableColumn>(found, Buffer<uint8_t>(nulls.begin(), nulls.end()));
  }
  Buffer<uint8_t> found;
  set.probe(*cells, found);
  if (negated) {
    for (auto& flag : found) flag ^= 1;
  }
  const size_t count = found.size();
  ColumnPtr result = make_number_column(std::move(found));
  if (!nullable_result) return result;
  return std::make_shared<NullableColumn>(result, Buffer<uint8_t>(count, uint8_t{0}));
}

ColumnPtr evaluate_in_set(const BoundExpression& expression, const ColumnPtr& left) {
  const bool nullable = expression.type->is_nullable();
  const ValueSet& set = *expression.set;
  switch (left->form()) {
    case ColumnForm::Constant: {
      const auto& constant = static_cast<const ConstantColumn&>(*left);
      return std::make_shared<ConstantColumn>(
          probe_cells(constant.cell(), set, expression.negated, nullable), left->size());
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(*left);
      const ColumnPtr& entries = coded.dictionary()->entries;
      // A dictionary larger than the column (few rows are left of a block) is not worth probing.
      if (entries->size() > left->size()) break;
      return probe_cells(entries, set, expression.negated, nullable)->select(coded.codes());
    }
    case ColumnForm::Flat:
      break;
  }
  return probe_cells(flat(left), set, expression.negated, nullable);
}

// Columns that stand for the parameters of the lambdas around an expression.
using LambdaColumns = std::vector<ColumnPtr>;

// Evaluates trees over one chunk. Subexpressions that were seen more than once in prepare() are
// kept, so that each runs once.
class Evaluation {
 public:
  explicit Evaluation(const Chunk& chunk, LambdaColumns parameters = {})
      : chunk_(chunk), parameters_(std::move(parameters)) {}

  void prepare(const BoundExpression& expression) {
    if (expression.arguments.empty() || expression.kind == BoundExpression::Kind::Lambda) return;
    auto& seen = shared_[expression.hash];
    if (++seen.count > 1) return;  // what is below is evaluated with it, once
    for (const auto& argument : expression.arguments) prepare(*argument);
  }

  ColumnPtr evaluate(const BoundExpression& expression) {
    if (expression.arguments.empty()) return evaluate_leaf(expression);
    const auto shared = shared_.find(expression.hash);
    const bool keep = shared != shared_.end() && shared->second.count > 1;
    if (keep && shared->second.expression != nullptr &&
        same_expression(*shared->second.expression, expression)) {
      return shared->second.column;
    }
    ColumnPtr column = evaluate_call(expression);
    if (keep) {
      shared->second.expression = &expression;
      shared->second.column = column;
    }
    return column;
  }

 private:
  struct Shared {
    size_t count = 0;
    const BoundExpression* expression = nullptr;
    ColumnPtr column;
  };

  ColumnPtr evaluate_leaf(const BoundExpression& expression) {
    if (expression.kind == BoundExpression::Kind::Column) {
      if (expression.column >= kLambdaColumn)
        return parameters_.at(expression.column - kLambdaColumn);
      CHECK(expression.column < chunk_.columns.size() && chunk_.columns[expression.column]);
      return chunk_.columns[expression.column];
    }
    if (expression.kind == BoundExpression::Kind::Constant) {
      return make_constant_column(*expression.type, expression.value, chunk_.row_count);
    }
    CHECK(expression.kind == BoundExpression::Kind::Function);
    return freshet::evaluate(expression.function, {}, chunk_.row_count);
  }

  ColumnPtr evaluate_call(const BoundExpression& expression) {
    switch (expression.kind) {
      case BoundExpression::Kind::InSet:
        return evaluate_in_set(expression, evaluate(*expression.arguments[0]));
      case BoundExpression::Kind::Function:
        break;
      default:
        throw Error{ErrorCode::LogicalError,
                    "Expression cannot be evaluated over a chunk: " + expression.name};
    }
    if (is_lazy(expression)) return evaluate_lazily(expression);
    std::vector<ColumnPtr> arguments(expression.arguments.size());
    std::vector<size_t> lambdas;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (expression.arguments[i]->kind == BoundExpression::Kind::Lambda) {
        lambdas.push_back(i);
      } else {
        arguments[i] = evaluate(*expression.arguments[i]);
      }
    }
    for (const size_t i : lambdas) {
      arguments[i] = evaluate_lambda(*expression.arguments[i], expression, arguments);
    }
    return freshet::evaluate(expression.function, arguments, chunk_.row_count);
  }

  // The lambda's results for all elements of the array arguments, which follow it, as lists of the
  // same lengths. A Map gives two parameters, key and value.
  ColumnPtr evaluate_lambda(const BoundExpression& lambda, const BoundExpression& call,
                            std::vector<ColumnPtr>& arguments) {
    LambdaColumns parameters = parameters_;
    const ArrayColumn* first = nullptr;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i] || arguments[i]->kind() != PhysicalKind::Array) continue;
      if (parameters.size() == parameters_.size() + lambda.lambda_parameters) break;
      arguments[i] = flat(arguments[i]);
      const auto& array = static_cast<const ArrayColumn&>(*arguments[i]);
      if (first == nullptr) {
        first = &array;
      } else if (!std::ranges::equal(first->offsets(), array.offsets())) {
        throw Error{ErrorCode::SizesOfArraysDontMatch,
                    "Array arguments must have equal sizes in function " +
                        std::string(call.function.entry->name)};
      }
      if (call.arguments[i]->type->id() == TypeId::Map && lambda.lambda_parameters == 2) {
        const auto& pairs = static_cast<const TupleColumn&>(*array.elements());
        parameters.push_back(pairs.element(0));
        parameters.push_back(pairs.element(1));
      } else {
        parameters.push_back(array.elements());
      }
    }
    CHECK(first != nullptr && parameters.size() == parameters_.size() + lambda.lambda_parameters);
    std::vector<RowIndex> row_of_element;
    row_of_element.reserve(first->elements()->size());
    for (RowIndex row = 0; row < chunk_.row_count; ++row) {
      row_of_element.insert(row_of_element.end(), first->offsets()[row + 1] - first->offsets()[row],
                            row);
    }
    const BoundExpression& body = *lambda.arguments[0];
    const Chunk elements = select_inputs(body, row_of_element);
    for (size_t i = 0; i < parameters_.size(); ++i) {
      parameters[i] = parameters_[i]->select(row_of_element);
    }
    const ColumnPtr results = Evaluation(elements, std::move(parameters)).evaluate(body);
    return std::make_shared<ArrayColumn>(
        flat(results), Buffer<uint32_t>(first->offsets().begin(), first->offsets().end()));
  }

  // The columns that `expression` reads, at `rows`.
  Chunk select_inputs(const BoundExpression& expression, std::span<const RowIndex> rows) const {
    Chunk part;
    part.row_count = rows.size();
    part.columns.resize(chunk_.columns.size());
    for (const ColumnIndex column : columns_of(expression)) {
      part.columns[column] = chunk_.columns[column]->select(rows);
    }
    return part;
  }

  static bool is_lazy(const BoundExpression& expression) {
    const std::string_view name = expression.function.entry->name;
    if (name != "if" && name != "multiIf" && name != "and" && name != "or") return false;
    for (size_t i = 1; i < expression.arguments.size(); ++i) {
      if (may_throw(*expression.arguments[i])) return true;
    }
    return false;
  }

  ColumnPtr evaluate_lazily(const BoundExpression& expression) {
    const std::string_view name = expression.function.entry->name;
    std::vector<ColumnPtr> arguments = name == "and" || name == "or"
                                           ? evaluate_until(expression, name == "or")
                                           : evaluate_branches(expression);
    return freshet::evaluate(expression.function, arguments, chunk_.row_count);
  }

  ColumnPtr evaluate_rows(const BoundExpression& expression, const std::vector<RowIndex>& rows) {
    if (rows.size() == chunk_.row_count) return evaluate(expression);
    if (rows.empty()) return make_column(*expression.type);
    const Chunk part = select_inputs(expression, rows);
    LambdaColumns parameters;
    for (const auto& parameter : parameters_) parameters.push_back(parameter->select(rows));
    return Evaluation(part, std::move(parameters)).evaluate(expression);
  }

  // if and multiIf: condition, value, condition, value, ..., value. What a row does not reach is a
  // default there, which the function does not look at.
  std::vector<ColumnPtr> evaluate_branches(const BoundExpression& expression) {
    std::vector<ColumnPtr> arguments;
    std::vector<RowIndex> rows(chunk_.row_count);
    for (RowIndex row = 0; row < rows.size(); ++row) rows[row] = row;
    const auto spread_rows = [&](const BoundExpression& argument, const ColumnPtr& part,
                                 const std::vector<RowIndex>& at) {
      arguments.push_back(spread(*argument.type, part, at, chunk_.row_count));
    };
    const auto& list = expression.arguments;
    for (size_t i = 0; i + 1 < list.size(); i += 2) {
      const ColumnPtr condition = evaluate_rows(*list[i], rows);
      std::vector<RowIndex> chosen;
      select_true(*condition, chosen);
      spread_rows(*list[i], condition, rows);
      const auto chosen_rows = pick(rows, chosen);
      spread_rows(*list[i + 1], evaluate_rows(*list[i + 1], chosen_rows), chosen_rows);
      rows = pick(rows, complement(chosen, rows.size()));
    }
    spread_rows(*list.back(), evaluate_rows(*list.back(), rows), rows);
    return arguments;
  }

  // and, or: a row stops at the first false (`stop` false) or true argument. The defaults of the
  // arguments behind it, which are false, change nothing.
  std::vector<ColumnPtr> evaluate_until(const BoundExpression& expression, bool stop) {
    std::vector<ColumnPtr> arguments;
    std::vector<RowIndex> rows(chunk_.row_count);
    for (RowIndex row = 0; row < rows.size(); ++row) rows[row] = row;
    for (const auto& argument : expression.arguments) {
      const ColumnPtr part = evaluate_rows(*argument, rows);
      arguments.push_back(spread(*argument->type, part, rows, chunk_.row_count));
      std::vector<RowIndex> going;
      if (stop) {
        select_true(*part, going);
        going = complement(going, rows.size());
      } else {
        select_not_false(*part, going);
      }
      rows = pick(rows, going);
    }
    return arguments;
  }

  // True or NULL.
  static void select_not_false(const Column& condition, std::vector<RowIndex>& rows) {
    const ColumnPtr cells = flat_slice(condition, 0, condition.size());
    std::vector<RowIndex> is_true;
    select_true(*cells, is_true);
    if (cells->kind() != PhysicalKind::Nullable) {
      rows = std::move(is_true);
      return;
    }
    const auto nulls = static_cast<const NullableColumn&>(*cells).nulls();
    size_t next = 0;
    for (RowIndex row = 0; row < nulls.size(); ++row) {
      const bool chosen = next < is_true.size() && is_true[next] == row;
      if (chosen) ++next;
      if (chosen || nulls[row] != 0) rows.push_back(row);
    }
  }

  const Chunk& chunk_;
  LambdaColumns parameters_;
  std::unordered_map<uint64_t, Shared> shared_;
};

// Makes room for `count` rows behind the first `before`, twice as many as there were at least:
// to clear memory for all rows of a block costs more than most selections.
RowIndex* make_room(std::vector<RowIndex>& rows, size_t before, size_t count) {
  const size_t room = rows.size() - before;
  if (room < count) rows.resize(before + std::max(count, 2 * room));
  return rows.data() + before;
}

template <class T>
void select_nonzero(std::span<const T> values, std::vector<RowIndex>& rows) {
  // Branch-free: every row is written, the end moves only past chosen ones.
  const size_t before = rows.size();
  RowIndex* out = rows.data() + before;
  size_t count = 0;
  RowIndex row = 0;
  if constexpr (sizeof(T) == 1) {
    // Most conditions leave few rows, and eight flags are one word.
    for (; row + sizeof(uint64_t) <= values.size(); row += sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, values.data() + row, sizeof(word));
      if (word == 0) continue;
      out = make_room(rows, before, count + sizeof(word));
      for (RowIndex i = row; i < row + sizeof(word); ++i) {
        out[count] = i;
        count += values[i] != T{} ? 1 : 0;
      }
    }
  }
  out = make_room(rows, before, count + (values.size() - row));
  for (; row < values.size(); ++row) {
    out[count] = row;
    count += values[row] != T{} ? 1 : 0;
  }
  rows.resize(before + count);
}

void select_true_flat(const Column& condition, std::vector<RowIndex>& rows) {
  if (condition.kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(condition);
    const auto nulls = nullable.nulls();
    const size_t before = rows.size();
    select_true_flat(*nullable.nested(), rows);
    size_t kept = before;
    for (size_t i = before; i < rows.size(); ++i) {
      const RowIndex row = rows[i];
      rows[kept] = row;
      kept += nulls[row] == 0 ? 1 : 0;
    }
    rows.resize(kept);
    return;
  }
  if (!is_number_kind(condition.kind())) {
    throw Error{ErrorCode::IllegalTypeOfColumnForFilter, "Illegal type of column for filter"};
  }
  dispatch_number(condition.kind(),
                  [&]<class T>() { select_nonzero(values_of<T>(condition), rows); });
}

}  // namespace

ColumnPtr evaluate_expression(const BoundExpression& expression, const Chunk& chunk) {
  Evaluation evaluation(chunk);
  // One call cannot repeat itself: save the look-ups of the common, small expressions.
  if (expression.node_count > 4) evaluation.prepare(expression);
  return evaluation.evaluate(expression);
}

std::vector<ColumnPtr> evaluate_expressions(std::span<const BoundExpressionPtr> expressions,
                                            const Chunk& chunk) {
  Evaluation evaluation(chunk);
  for (const auto& expression : expressions) evaluation.prepare(*expression);
  std::vector<ColumnPtr> columns;
  columns.reserve(expressions.size());
  for (const auto& expression : expressions) columns.push_back(evaluation.evaluate(*expression));
  return columns;
}

void select_true(const Column& condition, std::vector<RowIndex>& rows) {
  switch (condition.form()) {
    case ColumnForm::Flat:
      select_true_flat(condition, rows);
      return;
    case ColumnForm::Constant: {
      std::vector<RowIndex> chosen;
      select_true_flat(*static_cast<const ConstantColumn&>(condition).cell(), chosen);
      if (chosen.empty()) return;
      for (RowIndex row = 0; row < condition.size(); ++row) rows.push_back(row);
      return;
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(condition);
      std::vector<RowIndex> chosen;
      select_true_flat(*coded.dictionary()->entries, chosen);
      std::vector<uint8_t> is_true(coded.dictionary()->entries->size(), 0);
      for (const RowIndex entry : chosen) is_true[entry] = 1;
      const auto codes = coded.codes();
      for (RowIndex row = 0; row < codes.size(); ++row) {
        if (is_true[codes[row]] != 0) rows.push_back(row);
      }
      return;
    }
  }
}

Value evaluate_constant(const BoundExpression& expression) {
  if (expression.kind == BoundExpression::Kind::Constant) return expression.value;
  Chunk one_row;
  one_row.row_count = 1;
  return value_at(*evaluate_expression(expression, one_row), 0);
}

}  // namespace freshet
