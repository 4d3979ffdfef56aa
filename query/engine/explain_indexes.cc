#include "query/engine/explain_indexes.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "query/operator/block_pruner.h"
#include "query/plan/explain.h"
#include "storage/column/text.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

using Columns = std::set<ColumnIndex>;  // of the table

struct IndexStage {
  std::string type;
  std::vector<std::string> keys;
  ColumnFilter filter;
  std::vector<TableCondition> conditions;
};

Columns key_inputs(const Schema& schema, const std::vector<std::string>& expressions,
                   const ChunkFunctionCompiler& compiler) {
  Columns columns;
  for (const std::string& expression : expressions) {
    if (expression.empty() || expression == "tuple()") continue;
    for (const ColumnIndex column : compiler.compile(schema, expression).inputs) {
      columns.insert(column);
    }
  }
  return columns;
}

std::string value_in_condition(const DataType& type, const Value& value) {
  const std::string text = value_text(type, value);
  return std::holds_alternative<std::string>(value.cell) ? "'" + text + "'" : text;
}

// As ClickHouse writes it: (id in [5, +Inf)).
std::string condition_in_words(const ColumnCondition& condition, const Schema& schema) {
  using Operator = ColumnCondition::Operator;
  const NamedType& column = schema[condition.column];
  const std::string value = condition.values.empty()
                                ? std::string()
                                : value_in_condition(*column.type, condition.values.front());
  switch (condition.op) {
    case Operator::Equal:
      return "(" + column.name + " in [" + value + ", " + value + "])";
    case Operator::NotEqual:
      return "(" + column.name + " not in [" + value + ", " + value + "])";
    case Operator::Less:
      return "(" + column.name + " in (-Inf, " + value + "))";
    case Operator::LessOrEqual:
      return "(" + column.name + " in (-Inf, " + value + "])";
    case Operator::Greater:
      return "(" + column.name + " in (" + value + ", +Inf))";
    case Operator::GreaterOrEqual:
      return "(" + column.name + " in [" + value + ", +Inf))";
    case Operator::In:
      return "(" + column.name + " in " + std::to_string(condition.values.size()) + "-element set)";
    case Operator::IsNull:
      return "(" + column.name + " isNull)";
    case Operator::IsNotNull:
      return "(" + column.name + " isNotNull)";
  }
  return {};
}

std::string stage_condition(const IndexStage& stage, const Schema& schema) {
  std::vector<std::string> parts;
  for (const ColumnCondition& condition : stage.filter.conditions) {
    parts.push_back(condition_in_words(condition, schema));
  }
  for (const TableCondition& condition : stage.conditions) {
    Schema read;
    for (const ColumnIndex column : condition.columns) {
      read.add(schema[column].name, schema[column].type);
    }
    parts.push_back(explain_expression(*condition.expression, read));
  }
  if (parts.empty()) return "true";
  std::string text = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) text = "and(" + parts[i] + ", " + text + ")";
  return text;
}

// Blocks that are left of every segment.
class IndexLines {
 public:
  explicit IndexLines(const TableVersion& table) : table_(table) {
    for (const auto& segment : table.segments) {
      std::vector<uint32_t>& blocks = blocks_.emplace_back(segment->reader->block_count());
      for (uint32_t block = 0; block < blocks.size(); ++block) blocks[block] = block;
    }
  }

  using Prune = std::function<void(const Segment&, std::vector<uint32_t>&)>;
  // `name`: of the effect. With `whole`, a segment stays altogether or goes.
  void add_stage(std::string name, std::vector<std::string> lines, bool whole, const Prune& prune) {
    const auto [parts, granules] = count();
    for (size_t i = 0; i < blocks_.size(); ++i) {
      std::vector<uint32_t> left = blocks_[i];
      if (!left.empty()) prune(*table_.segments[i], left);
      if (!whole || left.empty()) blocks_[i] = std::move(left);
    }
    const auto [parts_left, granules_left] = count();
    effects_.push_back({std::move(name), parts, parts_left, granules, granules_left});
    lines.push_back("Parts: " + std::to_string(parts_left) + "/" + std::to_string(parts));
    lines.push_back("Granules: " + std::to_string(granules_left) + "/" + std::to_string(granules));
    lines_.push_back("  " + lines[0]);
    for (size_t i = 1; i < lines.size(); ++i) lines_.push_back("    " + lines[i]);
  }

  const std::vector<IndexEffect>& effects() const { return effects_; }
  std::vector<std::string> take() {
    std::vector<std::string> all{"Indexes:"};
    all.insert(all.end(), lines_.begin(), lines_.end());
    return all;
  }

 private:
  std::pair<size_t, size_t> count() const {
    size_t parts = 0;
    size_t granules = 0;
    for (const auto& blocks : blocks_) {
      parts += blocks.empty() ? 0 : 1;
      granules += blocks.size();
    }
    return {parts, granules};
  }

  const TableVersion& table_;
  std::vector<std::vector<uint32_t>> blocks_;
  std::vector<std::string> lines_;
  std::vector<IndexEffect> effects_;
};

// Moves the conditions that read columns of `columns` only; a condition may serve several indexes.
IndexStage choose_conditions(const ScanNode& scan, std::string type, const Columns& columns,
                             bool others) {
  IndexStage stage;
  stage.type = std::move(type);
  std::set<std::string> names;
  const auto is_of = [&](const std::vector<ColumnIndex>& read) {
    const bool inside =
        std::ranges::all_of(read, [&](ColumnIndex column) { return columns.contains(column); });
    if (inside == others) return false;
    for (const ColumnIndex column : read) names.insert(scan.table->schema[column].name);
    return true;
  };
  const ColumnFilter& filter = scan.final ? scan.final->key_filter : scan.filter;
  for (const ColumnCondition& condition : filter.conditions) {
    if (is_of({condition.column})) stage.filter.conditions.push_back(condition);
  }
  const auto& ranges = scan.final ? scan.final->key_range_conditions : scan.range_conditions;
  for (const TableCondition& condition : ranges) {
    std::vector<ColumnIndex> read;
    for (const ColumnIndex column : columns_of(*condition.expression)) {
      read.push_back(condition.columns[column]);
    }
    if (is_of(read)) stage.conditions.push_back(condition);
  }
  stage.keys.assign(names.begin(), names.end());
  return stage;
}

void add_stage(const ScanNode& scan, const IndexStage& stage, bool whole, IndexLines& lines) {
  std::vector<std::string> text{stage.type};
  if (!stage.keys.empty()) text.push_back("Keys:");
  for (const std::string& key : stage.keys) text.push_back("  " + key);
  text.push_back("Condition: " + stage_condition(stage, scan.table->schema));
  lines.add_stage(
      stage.type, std::move(text), whole,
      [&](const Segment& segment, std::vector<uint32_t>& blocks) {
        const std::vector<uint32_t> kept = kept_blocks(*scan.table, segment, stage.filter);
        std::erase_if(blocks,
                      [&](uint32_t block) { return !std::ranges::binary_search(kept, block); });
        prune_by_ranges(*scan.table, segment, stage.conditions, blocks);
      });
}

void add_stages(const ScanNode& scan, const ChunkFunctionCompiler& keys, IndexLines& lines) {
  const TableDefinition& definition = *scan.table->definition;
  Columns of_keys = key_inputs(scan.table->schema, definition.order_by, keys);
  if (!definition.partition_by.empty() && definition.partition_by != "tuple()") {
    const Columns inputs = key_inputs(scan.table->schema, {definition.partition_by}, keys);
    add_stage(scan, choose_conditions(scan, "Min-Max", inputs, false), true, lines);
    IndexStage partition;
    partition.type = "Partition";
    add_stage(scan, partition, true, lines);
    of_keys.insert(inputs.begin(), inputs.end());
  }
  if (!definition.order_by.empty()) {
    const Columns inputs = key_inputs(scan.table->schema, definition.order_by, keys);
    add_stage(scan, choose_conditions(scan, "PrimaryKey", inputs, false), false, lines);
  }
  const IndexStage others = choose_conditions(scan, "ZoneMap", of_keys, true);
  if (!others.filter.conditions.empty() || !others.conditions.empty()) {
    add_stage(scan, others, false, lines);
  }
  if (scan.final) return;
  for (size_t target = 0; target < scan.index_filter.targets.size(); ++target) {
    const SkipIndexSpec& spec = scan.index_filter.targets[target].spec;
    const IndexFilter filter = filter_of_index(scan.index_filter, target);
    if (filter.conditions.empty()) continue;
    lines.add_stage("Skip " + spec.name,
                    {"Skip", "Name: " + spec.name, "Description: " + spec.type}, false,
                    [&](const Segment& segment, std::vector<uint32_t>& blocks) {
                      prune_by_indexes(segment, filter, blocks);
                    });
  }
}

}  // namespace

std::vector<std::string> index_lines(const ScanNode& scan, const ChunkFunctionCompiler& keys) {
  IndexLines lines(*scan.table);
  add_stages(scan, keys, lines);
  return lines.take();
}

std::vector<IndexEffect> index_effects(const ScanNode& scan, const ChunkFunctionCompiler& keys) {
  IndexLines lines(*scan.table);
  add_stages(scan, keys, lines);
  return lines.effects();
}

}  // namespace freshet
