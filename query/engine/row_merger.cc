#include "query/engine/row_merger.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "query/engine/run_aggregation.h"
#include "storage/base/check.h"
#include "storage/column/number_column.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

// Sorted rows cut where the key changes.
struct KeyRuns {
  std::vector<RowIndex> starts;  // and the row count at the end
  size_t count() const { return starts.size() - 1; }
};

KeyRuns find_runs(const TableDefinition& definition, const Schema& schema, const Chunk& rows,
                  const ChunkFunctionCompiler& compiler) {
  Chunk key;
  key.row_count = rows.row_count;
  std::vector<SortColumn> order;
  for (const std::string& expression : definition.order_by) {
    const auto column = schema.find(expression);
    order.push_back({.column = key.columns.size()});
    key.columns.push_back(column ? rows.columns[*column]
                                 : flat(compiler.compile(schema, expression).compute(rows)));
  }
  KeyRuns runs;
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (row == 0 || compare_rows(key, row - 1, key, row, order) != 0) {
      runs.starts.push_back(static_cast<RowIndex>(row));
    }
  }
  runs.starts.push_back(static_cast<RowIndex>(rows.row_count));
  return runs;
}

// Columns that decide about keys and partitions keep their cells.
std::set<ColumnIndex> key_columns(const TableDefinition& definition, const Schema& schema,
                                  const ChunkFunctionCompiler& compiler) {
  std::set<ColumnIndex> columns;
  const auto add = [&](const std::string& expression) {
    if (expression.empty()) return;
    if (const auto column = schema.find(expression)) {
      columns.insert(*column);
      return;
    }
    for (const ColumnIndex column : compiler.compile(schema, expression).inputs) {
      columns.insert(column);
    }
  };
  for (const std::string& expression : definition.order_by) add(expression);
  add(definition.partition_by);
  return columns;
}

bool is_summable(const DataTypePtr& type) { return is_number(*without_nullable(type)); }

bool is_aggregate(const DataType& type) {
  return type.id() == TypeId::AggregateFunction || type.is_simple_aggregate();
}

// The type's default: NULL of a Nullable type, whose 0 is not one.
bool is_zero_cell(const DataType& type, const Value& value) {
  if (can_be_null(type)) return value.is_null();
  return std::visit(
      [](const auto& cell) {
        using Cell = std::decay_t<decltype(cell)>;
        if constexpr (std::is_arithmetic_v<Cell> || std::is_same_v<Cell, Int128> ||
                      std::is_same_v<Cell, UInt128>) {
          return cell == 0;
        }
        return false;
      },
      value.cell);
}

// Summing and Aggregating: one row for each run.
class CombinedRows {
 public:
  CombinedRows(const TableDefinition& definition, const Schema& schema,
               const ChunkFunctionCompiler& compiler)
      : definition_(definition),
        schema_(schema),
        keys_(key_columns(definition, schema, compiler)) {}

  Chunk combine(const Chunk& rows, const KeyRuns& runs) const {
    const std::span<const RowIndex> firsts(runs.starts.data(), runs.count());
    Chunk result;
    result.row_count = runs.count();
    std::vector<ColumnIndex> summed;
    bool has_states = false;
    for (ColumnIndex column = 0; column < schema_.size(); ++column) {
      const DataTypePtr& type = schema_[column].type;
      const ColumnPtr cells = flat(rows.columns[column]);
      const bool is_key = keys_.contains(column);
      if (!is_key && is_aggregate(*type) && is_merged(column)) {
        result.columns.push_back(aggregate_runs(type, cells, runs.starts));
        has_states = true;
      } else if (!is_key && is_summed(column)) {
        result.columns.push_back(sum_runs(type, cells, runs.starts));
        summed.push_back(column);
      } else {
        result.columns.push_back(runs.count() == rows.row_count ? cells : cells->select(firsts));
      }
    }
    return summed.empty() || has_states ? result : without_zero_rows(std::move(result), summed);
  }

 private:
  bool is_summed(ColumnIndex column) const {
    return definition_.merge_mode == MergeMode::Summing && is_summable(schema_[column].type) &&
           is_merged(column);
  }
  // Summing tables may name the columns that are merged; the others keep their first cell.
  bool is_merged(ColumnIndex column) const {
    if (definition_.merge_mode != MergeMode::Summing) return true;
    const auto& named = definition_.engine_arguments;
    return named.empty() || std::ranges::find(named, schema_[column].name) != named.end();
  }

  Chunk without_zero_rows(Chunk rows, const std::vector<ColumnIndex>& summed) const {
    std::vector<RowIndex> kept;
    for (size_t row = 0; row < rows.row_count; ++row) {
      const bool all_zero = std::ranges::all_of(summed, [&](ColumnIndex column) {
        return is_zero_cell(*schema_[column].type, value_at(*rows.columns[column], row));
      });
      if (!all_zero) kept.push_back(static_cast<RowIndex>(row));
    }
    return kept.size() == rows.row_count ? rows : rows.select(kept);
  }

  const TableDefinition& definition_;
  const Schema& schema_;
  std::set<ColumnIndex> keys_;
};

ColumnPtr argument_column(const TableDefinition& definition, const Schema& schema,
                          const Chunk& rows, size_t argument) {
  const auto column = schema.find(definition.engine_arguments[argument]);
  CHECK(column.has_value());
  return flat(rows.columns[*column]);
}

// The row of the greatest version; of equal ones, or without a version, the last.
std::vector<RowIndex> keep_newest(const TableDefinition& definition, const Schema& schema,
                                  const Chunk& rows, const KeyRuns& runs) {
  ColumnPtr version;
  if (!definition.engine_arguments.empty()) {
    version = argument_column(definition, schema, rows, 0);
  }
  std::vector<RowIndex> kept;
  for (size_t run = 0; run < runs.count(); ++run) {
    RowIndex newest = runs.starts[run + 1] - 1;
    if (version != nullptr) {
      newest = runs.starts[run];
      for (RowIndex row = newest + 1; row < runs.starts[run + 1]; ++row) {
        if (compare_cells(*version, newest, *version, row) <= 0) newest = row;
      }
    }
    kept.push_back(newest);
  }
  return kept;
}

// ClickHouse's rule: of each run, the first cancel row unless there are more state rows, and the
// last state row unless there are more cancel rows; nothing when a run with as many of both ends in
// a cancel row.
std::vector<RowIndex> collapse(const TableDefinition& definition, const Schema& schema,
                               const Chunk& rows, const KeyRuns& runs) {
  const ColumnPtr column = argument_column(definition, schema, rows, 0);
  const std::span<const int8_t> signs = values_of<int8_t>(*column);
  std::vector<RowIndex> kept;
  for (size_t run = 0; run < runs.count(); ++run) {
    size_t states = 0;
    size_t cancels = 0;
    std::optional<RowIndex> first_cancel;
    std::optional<RowIndex> last_state;
    for (RowIndex row = runs.starts[run]; row < runs.starts[run + 1]; ++row) {
      if (signs[row] > 0) {
        ++states;
        last_state = row;
      } else {
        ++cancels;
        if (!first_cancel) first_cancel = row;
      }
    }
    const bool ends_in_state = signs[runs.starts[run + 1] - 1] > 0;
    if (states == cancels && !ends_in_state) continue;
    std::vector<RowIndex> both;
    if (states <= cancels) both.push_back(*first_cancel);
    if (states >= cancels) both.push_back(*last_state);
    std::ranges::sort(both);
    kept.insert(kept.end(), both.begin(), both.end());
  }
  return kept;
}

// Rows of equal key and version and opposite signs go in pairs, whatever their order; the version
// is a part of the sort key.
std::vector<RowIndex> collapse_versions(const TableDefinition& definition, const Schema& schema,
                                        const Chunk& rows, const KeyRuns& runs) {
  const ColumnPtr column = argument_column(definition, schema, rows, 0);
  const std::span<const int8_t> signs = values_of<int8_t>(*column);
  std::vector<RowIndex> kept;
  for (size_t run = 0; run < runs.count(); ++run) {
    const size_t begin = kept.size();
    for (RowIndex row = runs.starts[run]; row < runs.starts[run + 1]; ++row) {
      const bool cancels_last = kept.size() > begin && (signs[kept.back()] > 0) != (signs[row] > 0);
      if (cancels_last) {
        kept.pop_back();
      } else {
        kept.push_back(row);
      }
    }
  }
  return kept;
}

Chunk merge_rows(const TableDefinition& definition, Chunk rows,
                 const ChunkFunctionCompiler& compiler) {
  if (rows.row_count == 0 || definition.merge_mode == MergeMode::Plain) return rows;
  const Schema schema = definition.stored_schema();
  for (ColumnPtr& column : rows.columns) column = flat(column);
  const KeyRuns runs = find_runs(definition, schema, rows, compiler);
  std::vector<RowIndex> kept;
  switch (definition.merge_mode) {
    case MergeMode::Plain:
      return rows;
    case MergeMode::Summing:
    case MergeMode::Aggregating:
      return CombinedRows(definition, schema, compiler).combine(rows, runs);
    case MergeMode::Replacing:
      kept = keep_newest(definition, schema, rows, runs);
      break;
    case MergeMode::Collapsing:
      kept = collapse(definition, schema, rows, runs);
      break;
    case MergeMode::VersionedCollapsing:
      kept = collapse_versions(definition, schema, rows, runs);
      break;
  }
  return kept.size() == rows.row_count ? rows : rows.select(kept);
}

}  // namespace

RowMerger make_row_merger(const ChunkFunctionCompiler& compiler) {
  return [&compiler](const TableDefinition& definition, Chunk rows) {
    return merge_rows(definition, std::move(rows), compiler);
  };
}

}  // namespace freshet
