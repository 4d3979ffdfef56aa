#include "storage/table/table_ttl.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "storage/column/number_column.h"
#include "storage/column/quoted_text.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

std::string moment_text(const std::string& expression) {
  return "ifNull(toInt64(CAST(" + expression + ", 'DateTime64(0)')), 0)";
}

std::string condition_text(const std::string& condition) { return "if(" + condition + ", 1, 0)"; }

std::vector<ColumnPtr> compute_keys(const std::vector<ChunkFunction>& functions,
                                    const Chunk& rows) {
  std::vector<ColumnPtr> keys;
  for (const ChunkFunction& function : functions) keys.push_back(flat(function.compute(rows)));
  return keys;
}

bool same_cells(const std::vector<ColumnPtr>& columns, size_t a, size_t b) {
  return std::all_of(columns.begin(), columns.end(), [&](const ColumnPtr& column) {
    return compare_cells(*column, a, *column, b) == 0;
  });
}

}  // namespace

TableTtl::TableTtl(TableDefinitionPtr definition, const ChunkFunctionCompiler& compiler,
                   const RowRollup& roll_up)
    : definition_(std::move(definition)),
      roll_up_(&roll_up),
      schema_(definition_->stored_schema()) {
  for (const TtlRule& rule : definition_->ttl_rules) {
    if (!rule.group_by.empty() && !roll_up) continue;
    Rule compiled{&rule, compiler.compile(schema_, moment_text(rule.expression)), std::nullopt, {}};
    if (!rule.where.empty()) compiled.where = compiler.compile(schema_, condition_text(rule.where));
    for (const std::string& key : rule.group_by) {
      compiled.group.push_back(compiler.compile(schema_, key));
    }
    const bool is_shorter =
        shortest_group_.empty() || compiled.group.size() < shortest_group_.size();
    if (!compiled.group.empty() && is_shorter) shortest_group_ = compiled.group;
    rules_.push_back(std::move(compiled));
  }
  for (const ColumnDefinition& column : definition_->columns) {
    if (column.ttl.empty() || !column.is_stored()) continue;
    ColumnRule rule{*schema_.find(column.name), compiler.compile(schema_, moment_text(column.ttl)),
                    std::nullopt};
    if (!column.default_expression.empty()) {
      std::string text = "CAST(" + column.default_expression + ", ";
      append_quoted(text, column.type->name());
      rule.default_value = compiler.compile(schema_, text + ")");
    }
    columns_.push_back(std::move(rule));
  }
}

Buffer<int64_t> TableTtl::moments(const Chunk& rows, const ChunkFunction& moment,
                                  const std::optional<ChunkFunction>& where) {
  const ColumnPtr cells = flat(moment.compute(rows));
  const std::span<const int64_t> values = values_of<int64_t>(*cells);
  Buffer<int64_t> result(rows.row_count);
  for (size_t row = 0; row < rows.row_count; ++row) {
    result[row] = values[row] == 0 ? kNever : values[row];
  }
  if (!where) return result;
  const ColumnPtr holds = flat(where->compute(rows));
  const std::span<const uint8_t> flags = values_of<uint8_t>(*holds);
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (flags[row] == 0) result[row] = kNever;
  }
  return result;
}

Chunk TableTtl::expire(Chunk rows, int64_t now, std::vector<RowIndex>* stayed) const {
  rows = delete_rows(std::move(rows), now, stayed);
  for (const Rule& rule : rules_) {
    if (!rule.rule->group_by.empty()) rows = roll_up_rows(std::move(rows), rule, now);
  }
  for (const ColumnRule& rule : columns_) {
    const Buffer<int64_t> expiry = moments(rows, rule.moment, std::nullopt);
    std::vector<RowIndex> order(rows.row_count);
    bool any = false;
    for (size_t row = 0; row < rows.row_count; ++row) {
      const bool expired = expiry[row] <= now;
      any |= expired;
      order[row] = static_cast<RowIndex>(expired ? rows.row_count + row : row);
    }
    if (!any) continue;
    const DataType& type = *schema_[rule.column].type;
    const ColumnPtr defaults = rule.default_value ? flat(rule.default_value->compute(rows))
                                                  : flat(make_default_column(type, rows.row_count));
    const ColumnPtr parts[] = {flat(rows.columns[rule.column]), defaults};
    rows.columns[rule.column] = concat_columns(type, parts)->select(order);
  }
  return rows;
}

Chunk TableTtl::delete_rows(Chunk rows, int64_t now, std::vector<RowIndex>* stayed) const {
  if (stayed != nullptr) {
    stayed->resize(rows.row_count);
    std::iota(stayed->begin(), stayed->end(), RowIndex{0});
  }
  for (const Rule& rule : rules_) {
    if (!rule.rule->group_by.empty() || rows.row_count == 0) continue;
    const Buffer<int64_t> expiry = moments(rows, rule.moment, rule.where);
    std::vector<RowIndex> kept;
    for (size_t row = 0; row < rows.row_count; ++row) {
      if (expiry[row] > now) kept.push_back(static_cast<RowIndex>(row));
    }
    if (kept.size() == rows.row_count) continue;
    rows = rows.select(kept);
    if (stayed == nullptr) continue;
    for (size_t i = 0; i < kept.size(); ++i) (*stayed)[i] = (*stayed)[kept[i]];
    stayed->resize(kept.size());
  }
  return rows;
}

// The row of a group takes the place of its first expired row.
Chunk TableTtl::roll_up_rows(Chunk rows, const Rule& rule, int64_t now) const {
  const Buffer<int64_t> expiry = moments(rows, rule.moment, rule.where);
  std::vector<RowIndex> expired;
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (expiry[row] <= now) expired.push_back(static_cast<RowIndex>(row));
  }
  if (expired.empty()) return rows;
  const Chunk old = rows.select(expired);
  const Chunk rolled = (*roll_up_)(*definition_, *rule.rule, old);
  // Groups come in the order of their first rows.
  const std::vector<ColumnPtr> keys = compute_keys(rule.group, old);
  std::vector<RowIndex> order;
  std::vector<bool> is_expired(rows.row_count, false);
  for (const RowIndex row : expired) is_expired[row] = true;
  size_t group = 0;
  size_t seen = 0;
  for (size_t row = 0; row < rows.row_count; ++row) {
    if (!is_expired[row]) {
      order.push_back(static_cast<RowIndex>(row));
      continue;
    }
    const bool begins = seen == 0 || !same_cells(keys, seen - 1, seen);
    ++seen;
    if (begins && group < rolled.row_count) {
      order.push_back(static_cast<RowIndex>(rows.row_count + group++));
    }
  }
  const Chunk parts[] = {std::move(rows), rolled};
  return concat_chunks(schema_, parts).select(order);
}

size_t TableTtl::start_of_last_group(const Chunk& rows) const {
  if (rows.row_count == 0) return 0;
  const std::vector<ColumnPtr> keys = compute_keys(shortest_group_, rows);
  size_t start = rows.row_count - 1;
  while (start > 0 && same_cells(keys, start - 1, start)) --start;
  return start;
}

void TableTtl::add_to_outlook(const Chunk& rows, int64_t applied, Outlook& outlook) const {
  Buffer<int64_t> ends(rows.row_count, kNever);
  const auto note = [&](const Buffer<int64_t>& expiry) {
    for (const int64_t moment : expiry) {
      if (moment > applied) outlook.next = std::min(outlook.next, moment);
    }
  };
  for (const Rule& rule : rules_) {
    const Buffer<int64_t> expiry = moments(rows, rule.moment, rule.where);
    if (!rule.rule->group_by.empty()) {
      note(expiry);
      continue;
    }
    for (size_t row = 0; row < rows.row_count; ++row) {
      ends[row] = std::min(ends[row], expiry[row]);
      outlook.next = std::min(outlook.next, expiry[row]);
    }
  }
  for (const ColumnRule& rule : columns_) note(moments(rows, rule.moment, std::nullopt));
  for (const int64_t end : ends) outlook.end = std::max(outlook.end, end);
}

std::vector<ColumnIndex> TableTtl::outlook_inputs() const {
  std::set<ColumnIndex> inputs;
  const auto add = [&](const ChunkFunction& function) {
    inputs.insert(function.inputs.begin(), function.inputs.end());
  };
  for (const Rule& rule : rules_) {
    add(rule.moment);
    if (rule.where) add(*rule.where);
  }
  for (const ColumnRule& rule : columns_) add(rule.moment);
  return {inputs.begin(), inputs.end()};
}

}  // namespace freshet
