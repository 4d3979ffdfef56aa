// A TableStore with everything it needs, for tests: a compiler that knows column names and
// div(column, n), a merger that keeps the last row of each key, and rows as text.
#pragma once

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/number_column.h"
#include "storage/column/row_order.h"
#include "storage/column/text.h"
#include "storage/table/table_store.h"
#include "tests/support/chunk_text.h"
#include "tests/support/manual_clock.h"

namespace freshet {

// "name" and "div(name, 10)", the latter over UInt64 columns; for columns that change, also
// "add(name, 10)" and "CAST(name or call, 'UInt64 or String')".
class SimpleCompiler : public ChunkFunctionCompiler {
 public:
  ChunkFunction compile(const Schema& schema, std::string_view expression) const override {
    if (expression.starts_with("CAST(")) return compile_cast(schema, expression);
    if (expression.starts_with("add(")) return compile_add(schema, expression);
    uint64_t divisor = 0;
    if (expression.starts_with("div(")) {
      const size_t comma = expression.find(", ");
      const std::string_view number = expression.substr(comma + 2);
      std::from_chars(number.data(), number.data() + number.size(), divisor);
      expression = expression.substr(4, comma - 4);
    }
    const auto found = schema.find(expression);
    if (!found) {
      throw Error(ErrorCode::UnknownIdentifier, "No column " + std::string(expression));
    }
    const ColumnIndex column = *found;
    const auto compute = [column, divisor](const Chunk& chunk) -> ColumnPtr {
      if (divisor == 0) return chunk.columns[column];
      Buffer<uint64_t> quotients;
      for (size_t row = 0; row < chunk.row_count; ++row) {
        quotients.push_back(value_at(*chunk.columns[column], row).as<uint64_t>() / divisor);
      }
      return make_number_column<uint64_t>(std::move(quotients));
    };
    return {.inputs = {column}, .type = schema[column].type, .compute = compute};
  }

 private:
  ChunkFunction compile_cast(const Schema& schema, std::string_view expression) const {
    const size_t comma = expression.rfind(", '");
    ChunkFunction inner = compile(schema, expression.substr(5, comma - 5));
    const std::string_view quoted = expression.substr(comma + 3);
    const DataTypePtr to = parse_data_type(quoted.substr(0, quoted.size() - 2));
    const auto compute = [inner, to](const Chunk& chunk) -> ColumnPtr {
      const ColumnPtr cells = inner.compute(chunk);
      MutableColumnPtr result = make_column(*to);
      for (size_t row = 0; row < chunk.row_count; ++row) {
        const Value value = value_at(*cells, row);
        const bool is_text = inner.type->id() == TypeId::String;
        const std::string text = is_text ? value.as<std::string>() : value_text(*inner.type, value);
        if (to->id() == TypeId::String) {
          append_value(*result, Value(text));
          continue;
        }
        uint64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
          throw Error(ErrorCode::CannotParseText, "Not a number: " + text);
        }
        append_value(*result, Value(number));
      }
      return ColumnPtr(std::move(result));
    };
    return {.inputs = inner.inputs, .type = to, .compute = compute};
  }

  ChunkFunction compile_add(const Schema& schema, std::string_view expression) const {
    const size_t comma = expression.find(", ");
    uint64_t added = 0;
    const std::string_view number = expression.substr(comma + 2);
    std::from_chars(number.data(), number.data() + number.size(), added);
    const ColumnIndex column = *schema.find(expression.substr(4, comma - 4));
    const auto compute = [column, added](const Chunk& chunk) -> ColumnPtr {
      Buffer<uint64_t> sums;
      for (size_t row = 0; row < chunk.row_count; ++row) {
        sums.push_back(value_at(*chunk.columns[column], row).as<uint64_t>() + added);
      }
      return make_number_column<uint64_t>(std::move(sums));
    };
    return {.inputs = {column}, .type = simple_type(TypeId::UInt64), .compute = compute};
  }
};

inline Chunk keep_last_of_each_key(const TableDefinition& definition, Chunk rows) {
  const Schema schema = definition.stored_schema();
  std::vector<SortColumn> order;
  for (const std::string& name : definition.order_by)
    order.push_back({.column = *schema.find(name)});
  std::vector<RowIndex> kept;
  for (size_t row = 0; row < rows.row_count; ++row) {
    const bool is_last =
        row + 1 == rows.row_count || compare_rows(rows, row, rows, row + 1, order) != 0;
    if (is_last) kept.push_back(static_cast<RowIndex>(row));
  }
  return rows.select(kept);
}

// "id:UInt64 name:String" with the given keys.
inline TableDefinition table_from_text(const std::string& name, std::string_view header,
                                       std::vector<std::string> order_by = {},
                                       std::string partition_by = {}) {
  TableDefinition definition;
  definition.database = "default";
  definition.name = name;
  definition.engine = "MergeTree";
  definition.order_by = std::move(order_by);
  definition.partition_by = std::move(partition_by);
  const Schema schema = schema_from_text(header);
  for (const NamedType& column : schema.columns()) {
    ColumnDefinition column_definition;
    column_definition.name = column.name;
    column_definition.type = column.type;
    definition.columns.push_back(std::move(column_definition));
  }
  return definition;
}

// All rows of a table as one chunk, in the order of the scan.
inline Chunk scan(const TableVersion& version, const ColumnFilter& filter = {}) {
  std::vector<Chunk> parts;
  for (const ScanTask& task : plan_scan(version, filter, 4).tasks) {
    const size_t block_count = task.chunk ? 1 : task.blocks.size();
    for (size_t index = 0; index < block_count; ++index) {
      const size_t block = task.chunk ? 0 : task.blocks[index];
      Chunk part;
      const RowBitmap* deleted = task.deleted(block);
      std::vector<RowIndex> rows;
      if (deleted != nullptr) {
        deleted->append_others(
            task.chunk ? task.chunk->row_count : task.segment->reader->block_rows(block), rows);
      }
      for (ColumnIndex column = 0; column < version.schema.size(); ++column) {
        part.columns.push_back(flat(deleted != nullptr
                                        ? read_task_column(version, task, column, block, rows)
                                        : read_task_column(version, task, column, block)));
      }
      part.row_count = part.columns[0]->size();
      parts.push_back(std::move(part));
    }
  }
  if (parts.empty()) {
    Chunk empty;
    for (const NamedType& column : version.schema.columns()) {
      empty.columns.push_back(make_column(*column.type));
    }
    return empty;
  }
  return concat_chunks(version.schema, parts);
}

class TestStore {
 public:
  // `memory_bytes_max` 0: any amount.
  explicit TestStore(FileSystem& files, StoreOptions options = {}, uint64_t memory_bytes_max = 0)
      : memory(memory_bytes_max), files_(&files) {
    options_ = std::move(options);
    if (options_.directory.empty()) {
      options_.directory = "/data";
      options_.background_work = false;
    }
    open();
  }

  void open() {
    store_.reset();
    store_ = std::make_unique<TableStore>(options_, *files_, clock, memory, metrics, compiler,
                                          keep_last_of_each_key);
  }
  void close() { store_.reset(); }

  TableStore& operator*() { return *store_; }
  TableStore* operator->() { return store_.get(); }

  // Commits rows given as text with a header.
  CommitReceipt insert(const std::string& table, std::string_view text) {
    const auto insert = store_->begin_insert();
    insert->append(id(table), chunk_from_text(text));
    return insert->commit();
  }

  TableId id(const std::string& table) const {
    const SnapshotPtr snapshot = store_->snapshot();
    const TableVersion* version = snapshot->find("default", table);
    if (version == nullptr) throw Error(ErrorCode::UnknownTable, "No table " + table);
    return version->definition->id;
  }

  // Lines of a table, sorted, joined by spaces: "1,a 2,b".
  std::string rows(const std::string& table) const {
    const SnapshotPtr snapshot = store_->snapshot();
    const TableVersion* version = snapshot->find("default", table);
    return version == nullptr ? "no table" : rows_text(*version);
  }

  static std::string rows_text(const TableVersion& version) {
    std::string text = chunk_rows_text(version.schema, scan(version));
    std::replace(text.begin(), text.end(), '\t', ',');
    std::vector<std::string> lines;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines) joined += (joined.empty() ? "" : " ") + line;
    return joined;
  }

  size_t segment_count(const std::string& table) const {
    return store_->snapshot()->find("default", table)->segments.size();
  }

  ManualClock clock;
  MemoryBudget memory;
  MetricsRegistry metrics;
  SimpleCompiler compiler;

 private:
  FileSystem* files_;
  StoreOptions options_;
  std::unique_ptr<TableStore> store_;
};

}  // namespace freshet
