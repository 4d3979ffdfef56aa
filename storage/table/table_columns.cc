#include "storage/table/table_columns.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/quoted_text.h"
#include "storage/table/commit_record.h"

namespace freshet {

namespace {

constexpr const char* kCell = "cell";

std::string cast_text(const std::string& expression, const DataType& to) {
  std::string text = "CAST(" + expression + ", ";
  append_quoted(text, to.name());
  return text + ")";
}

DataTypePtr plain(const DataTypePtr& type) {
  return without_nullable(without_low_cardinality(type));
}

// Casts that have an answer for every cell.
bool always_works(const DataTypePtr& from, const DataTypePtr& to) {
  if (can_be_null(*from) && !can_be_null(*to)) return false;
  const DataType& source = *plain(from);
  const DataType& target = *plain(to);
  const auto is_plain_number = [](const DataType& type) {
    return is_integer(type) || is_float(type);
  };
  return source == target || target.id() == TypeId::String ||
         (is_plain_number(source) && is_plain_number(target));
}

// A name in files stands for one type.
void require_type(const NamedType& stored, const DataTypePtr& type) {
  if (stored.type == type || stored.type->name() == type->name()) return;
  throw Error(ErrorCode::CorruptedData, "Column " + stored.name + " of type " + type->name() +
                                            " is stored as " + stored.type->name());
}

}  // namespace

TableColumns::TableColumns(TableDefinitionPtr definition, const ChunkFunctionCompiler* compiler)
    : definition_(std::move(definition)),
      compiler_(compiler),
      schema_(definition_->stored_schema()),
      file_schema_(definition_->file_schema()),
      layout_(compute_schema_checksum(file_schema_)) {
  for (const ColumnDefinition& column : definition_->columns) {
    if (column.default_kind == DefaultKind::Alias) continue;
    Source source{&column, std::nullopt};
    if (column.is_stored()) {
      source.column = source_of_column_.size();
      source_of_column_.push_back(sources_.size());
    }
    sources_.push_back(source);
    source_schema_.add(column.name, column.type);
  }
}

std::optional<TableColumns::Place> TableColumns::find(const Schema& stored,
                                                      ColumnIndex column) const {
  const std::string& name = file_schema_[column].name;
  if (column < stored.size() && stored[column].name == name) return Place{column, 0};
  if (const auto found = stored.find(name)) return Place{*found, 0};
  const std::vector<PastColumn>& past = sources_[source_of_column_[column]].definition->past;
  for (size_t casts = 1; casts <= past.size(); ++casts) {
    const auto found = stored.find(past[past.size() - casts].stored_as);
    if (found) return Place{*found, casts};
  }
  return std::nullopt;
}

bool TableColumns::has_all(const Schema& stored) const {
  for (ColumnIndex column = 0; column < schema_.size(); ++column) {
    const auto place = find(stored, column);
    if (!place || place->casts > 0) return false;
  }
  return true;
}

std::vector<ColumnIndex> TableColumns::missing(const Schema& stored) const {
  std::vector<ColumnIndex> columns;
  for (ColumnIndex column = 0; column < schema_.size(); ++column) {
    if (!find(stored, column)) columns.push_back(column);
  }
  return columns;
}

ColumnPtr TableColumns::read(const Schema& stored, ColumnIndex column, size_t row_count,
                             const ReadStored& read_stored) const {
  return read_source({stored, row_count, read_stored}, source_of_column_[column]);
}

Chunk TableColumns::convert(const Chunk& rows, const Schema& stored) const {
  Chunk converted;
  converted.row_count = rows.row_count;
  const ReadStored read_stored = [&](ColumnIndex column) { return rows.columns[column]; };
  for (ColumnIndex column = 0; column < schema_.size(); ++column) {
    converted.columns.push_back(flat(read(stored, column, rows.row_count, read_stored)));
  }
  return converted;
}

std::vector<ColumnIndex> TableColumns::doubtful_casts(const Schema& stored) const {
  std::vector<ColumnIndex> doubtful;
  for (ColumnIndex column = 0; column < schema_.size(); ++column) {
    const auto place = find(stored, column);
    if (!place) continue;
    const ColumnDefinition& definition = *sources_[source_of_column_[column]].definition;
    for (size_t step = definition.past.size() - place->casts; step < definition.past.size();
         ++step) {
      const bool is_last = step + 1 == definition.past.size();
      const DataTypePtr& to = is_last ? definition.type : definition.past[step + 1].type;
      if (always_works(definition.past[step].type, to)) continue;
      doubtful.push_back(column);
      break;
    }
  }
  return doubtful;
}

ColumnPtr TableColumns::read_source(const Rows& rows, size_t source) const {
  const auto place =
      sources_[source].column ? find(rows.stored, *sources_[source].column) : std::nullopt;
  const ColumnDefinition& definition = *sources_[source].definition;
  if (!place) return compute_default(rows, source, *definition.type);
  const DataTypePtr& type = place->casts == 0
                                ? definition.type
                                : definition.past[definition.past.size() - place->casts].type;
  require_type(rows.stored[place->stored], type);
  ColumnPtr cells = rows.read_stored(place->stored);
  const std::vector<PastColumn>& past = definition.past;
  for (size_t step = past.size() - place->casts; step < past.size(); ++step) {
    cells = cast(rows, source, step, std::move(cells));
  }
  return cells;
}

ColumnPtr TableColumns::compute_default(const Rows& rows, size_t source,
                                        const DataType& type) const {
  const ColumnDefinition& definition = *sources_[source].definition;
  if (definition.default_expression.empty()) return make_default_column(type, rows.count);
  const ChunkFunction& function =
      compiled(source_schema_, cast_text(definition.default_expression, type));
  Chunk inputs;
  inputs.row_count = rows.count;
  inputs.columns.resize(sources_.size());
  for (const ColumnIndex input : function.inputs) inputs.columns[input] = read_source(rows, input);
  return function.compute(inputs);
}

// From past[step] to what came after it.
ColumnPtr TableColumns::cast(const Rows& rows, size_t source, size_t step, ColumnPtr cells) const {
  const ColumnDefinition& definition = *sources_[source].definition;
  const DataTypePtr& from = definition.past[step].type;
  const bool is_last = step + 1 == definition.past.size();
  const DataTypePtr& to = is_last ? definition.type : definition.past[step + 1].type;
  const bool loses_nulls = can_be_null(*from) && !can_be_null(*to);
  const DataTypePtr between = loses_nulls ? nullable_type(to) : to;
  Schema schema;
  schema.add(kCell, from);
  const ChunkFunction& function = compiled(schema, cast_text(kCell, *between));
  Chunk input;
  input.row_count = rows.count;
  input.columns.push_back(std::move(cells));
  ColumnPtr result = function.compute(input);
  return loses_nulls ? fill_nulls(rows, source, flat(result), to) : result;
}

// ALTER takes NULLs away from a column only when it has a default, which is then what they become.
ColumnPtr TableColumns::fill_nulls(const Rows& rows, size_t source, const ColumnPtr& cells,
                                   const DataTypePtr& type) const {
  if (cells->kind() != PhysicalKind::Nullable) return cells;
  const auto& nullable = static_cast<const NullableColumn&>(*cells);
  std::vector<RowIndex> order(rows.count);
  bool has_nulls = false;
  for (size_t row = 0; row < rows.count; ++row) {
    const bool is_null = nullable.nulls()[row] != 0;
    has_nulls |= is_null;
    order[row] = static_cast<RowIndex>(is_null ? rows.count + row : row);
  }
  if (!has_nulls) return nullable.nested();
  const ColumnPtr filling = flat(compute_default(rows, source, *type));
  const ColumnPtr parts[] = {nullable.nested(), filling};
  return concat_columns(*type, parts)->select(order);
}

const ChunkFunction& TableColumns::compiled(const Schema& schema,
                                            const std::string& expression) const {
  std::string key = expression;
  for (const NamedType& column : schema.columns()) key += "\n" + column.type->name();
  {
    MutexLock lock(mutex_);
    const auto found = functions_.find(key);
    if (found != functions_.end()) return found->second;
  }
  CHECK(compiler_ != nullptr);
  ChunkFunction function = compiler_->compile(schema, expression);
  MutexLock lock(mutex_);
  return functions_.emplace(std::move(key), std::move(function)).first->second;
}

}  // namespace freshet
