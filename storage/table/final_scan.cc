#include "storage/table/final_scan.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>

#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/base/mutex.h"
#include "storage/column/number_column.h"
#include "storage/table/row_fetch.h"
#include "storage/table/scan.h"
#include "storage/table/table_keys.h"

namespace freshet {

namespace {

// Blocks of the largest input that a step merges: enough that its ends, which may share blocks with
// other steps, are cheap; few enough that all workers have some.
constexpr size_t kStepBlocks = 8;
// Name of the column that carries the index of a row through the merger. No column is called so.
constexpr const char* kIndexColumn = " index";

bool is_empty_key(const std::string& expression) {
  return expression.empty() || expression == "tuple()";
}

bool is_plain(const Value& value) {
  const auto* number = std::get_if<double>(&value.cell);
  return !value.is_null() && (number == nullptr || !std::isnan(*number));
}

}  // namespace

// Sorted rows, merged within themselves: a segment's kept blocks, or rows of the memtable.
struct FinalScan::Input {
  std::string partition;
  size_t part = 0;  // of a segment's positions
  std::shared_ptr<const Segment> segment;
  std::vector<uint32_t> blocks;
  // Without a segment.
  std::vector<uint64_t> positions;
  Chunk key;

  mutable Mutex mutex;
  // By block; null: not asked for yet.
  mutable std::vector<std::shared_ptr<const Chunk>> first_keys GUARDED_BY(mutex);

  size_t block_count() const {
    return segment != nullptr ? blocks.size() : (positions.size() + kBlockRows - 1) / kBlockRows;
  }
  size_t block_rows(size_t block) const {
    if (segment != nullptr) return segment->reader->block_rows(blocks[block]);
    return std::min(kBlockRows, positions.size() - block * kBlockRows);
  }
};

// Either blocks that need no merging, or the keys [from, to) of blocks that do.
struct FinalScan::Step {
  struct Part {
    size_t input;
    std::vector<size_t> blocks;  // ascending
  };
  std::shared_ptr<const std::vector<Part>> parts;
  bool merges = false;
  std::shared_ptr<const Chunk> from;  // one row; null: from the first
  std::shared_ptr<const Chunk> to;    // null: to the last
};

// A block, or a part of it, in a merge. Its rows are counted without deleted ones.
struct FinalScan::StepBlock {
  const Input* input;
  size_t block;
  std::shared_ptr<const Chunk> key;
  size_t key_offset;  // of the block's first row in `key`
  size_t begin;       // rows of the block that the step merges
  size_t end;
  std::vector<RowIndex> places;  // of the rows in the block; empty: none is deleted
  std::vector<RowIndex> untied;
  std::vector<RowIndex> chosen;

  std::vector<RowIndex> kept() const {
    std::vector<RowIndex> rows;
    rows.reserve(untied.size() + chosen.size());
    std::merge(untied.begin(), untied.end(), chosen.begin(), chosen.end(),
               std::back_inserter(rows));
    for (RowIndex& row : rows) row = static_cast<RowIndex>(place(row));
    return rows;
  }
  size_t place(size_t row) const { return places.empty() ? row : places[row]; }
};

// A row whose key other inputs have too.
struct FinalScan::Tied {
  StepBlock* block;
  RowIndex row;
};

// Walks the inputs of one step in the order of keys.
class FinalScan::StepMerge {
 public:
  StepMerge(const FinalScan& scan, const Step& step) : scan_(scan) {
    for (const Step::Part& part : *step.parts) add_cursor(part, step);
  }

  std::vector<FinalPiece> run() {
    for (size_t cursor = 0; cursor < cursors_.size(); ++cursor) insert(cursor);
    while (!queue_.empty()) {
      const size_t first = queue_.front();
      if (queue_.size() > 1 && same_key(cursors_[first], cursors_[queue_[1]])) {
        take_ties();
        continue;
      }
      queue_.erase(queue_.begin());
      take_untied(cursors_[first]);
      insert(first);
    }
    return finish();
  }

 private:
  struct Cursor {
    std::vector<StepBlock> blocks;
    size_t at = 0;
    size_t row = 0;

    bool at_end() const { return at == blocks.size(); }
    StepBlock& block() { return blocks[at]; }
    const Chunk& key() const { return *blocks[at].key; }
    size_t key_row() const { return blocks[at].key_offset + row; }
    // Requires: the rows are in the block.
    void skip(size_t count) {
      row += count;
      if (row < blocks[at].end) return;
      ++at;
      if (!at_end()) row = blocks[at].begin;
    }
  };

  void add_cursor(const Step::Part& part, const Step& step) {
    const Input& input = *scan_.inputs_[part.input];
    const auto starts_before = [&](const std::shared_ptr<const Chunk>& bound) {
      return [&, bound](size_t block) {
        return compare_rows(*scan_.first_key(input, block), 0, *bound, 0, scan_.key_order_) < 0;
      };
    };
    auto first = part.blocks.begin();
    auto last = part.blocks.end();
    if (step.from != nullptr) {
      first = std::partition_point(first, last, starts_before(step.from));
      if (first != part.blocks.begin()) --first;
    }
    if (step.to != nullptr) last = std::partition_point(first, last, starts_before(step.to));
    Cursor cursor;
    for (auto block = first; block != last; ++block) add_block(input, *block, step, cursor);
    if (cursor.blocks.empty()) return;
    cursor.row = cursor.blocks[0].begin;
    cursors_.push_back(std::move(cursor));
  }

  void add_block(const Input& input, size_t block, const Step& step, Cursor& cursor) const {
    StepBlock added{&input, block, nullptr, 0, 0, input.block_rows(block), {}, {}, {}};
    if (input.segment != nullptr) {
      const RowBitmap* deleted = input.segment->deleted.block(input.blocks[block]);
      if (deleted != nullptr) {
        deleted->append_others(added.end, added.places);
        added.end = added.places.size();
      }
      added.key = std::make_shared<const Chunk>(scan_.read_key(input, block, added.places));
    } else {
      added.key = std::shared_ptr<const Chunk>(std::shared_ptr<const Chunk>(), &input.key);
      added.key_offset = block * kBlockRows;
    }
    if (step.from != nullptr) added.begin = lower_bound(added, *step.from);
    if (step.to != nullptr) added.end = lower_bound(added, *step.to);
    if (added.begin < added.end) cursor.blocks.push_back(std::move(added));
  }

  size_t lower_bound(const StepBlock& block, const Chunk& bound) const {
    size_t begin = block.begin;
    size_t end = block.end;
    while (begin < end) {
      const size_t middle = begin + (end - begin) / 2;
      const bool before =
          compare_rows(*block.key, block.key_offset + middle, bound, 0, scan_.key_order_) < 0;
      (before ? begin : end) = before ? middle + 1 : middle;
    }
    return begin;
  }

  int compare(const Cursor& a, size_t key_row, const Cursor& b) const {
    return compare_rows(a.key(), key_row, b.key(), b.key_row(), scan_.key_order_);
  }
  bool same_key(const Cursor& a, const Cursor& b) const { return compare(a, a.key_row(), b) == 0; }

  void insert(size_t cursor) {
    if (cursors_[cursor].at_end()) return;
    const auto comes_before = [&](size_t a, size_t b) {
      const int compared = compare(cursors_[a], cursors_[a].key_row(), cursors_[b]);
      return compared < 0 || (compared == 0 && a < b);
    };
    queue_.insert(std::lower_bound(queue_.begin(), queue_.end(), cursor, comes_before), cursor);
  }

  // The rows before the next input's first one, found by doubling steps. Requires: the cursor is
  // out of the queue, and its next key is less than all in it.
  void take_untied(Cursor& cursor) {
    StepBlock& block = cursor.block();
    size_t count = block.end - cursor.row;
    if (!queue_.empty()) {
      const Cursor& other = cursors_[queue_.front()];
      const auto comes_before = [&](size_t row) {
        return compare(cursor, block.key_offset + row, other) < 0;
      };
      size_t known = cursor.row;
      size_t step = 1;
      while (known + step < block.end && comes_before(known + step)) {
        known += step;
        step *= 2;
      }
      size_t bound = std::min(known + step, block.end);
      while (known + 1 < bound) {
        const size_t middle = known + (bound - known) / 2;
        (comes_before(middle) ? known : bound) = middle;
      }
      count = known + 1 - cursor.row;
    }
    for (size_t i = 0; i < count; ++i) {
      block.untied.push_back(static_cast<RowIndex>(cursor.row + i));
    }
    cursor.skip(count);
  }

  // All rows of the least key, in the order of inputs.
  void take_ties() {
    size_t count = 1;
    while (count < queue_.size() && same_key(cursors_[queue_[0]], cursors_[queue_[count]])) {
      ++count;
    }
    const std::vector<size_t> sharing(queue_.begin(),
                                      queue_.begin() + static_cast<std::ptrdiff_t>(count));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    for (const size_t index : sharing) {
      Cursor& cursor = cursors_[index];
      const std::shared_ptr<const Chunk> key = cursor.block().key;
      const size_t key_row = cursor.key_row();
      do {
        StepBlock& block = cursor.block();
        tied_.push_back({&block, static_cast<RowIndex>(cursor.row)});
        positions_.push_back(scan_.position(*block.input, block.block, block.place(cursor.row)));
        cursor.skip(1);
      } while (!cursor.at_end() &&
               compare_rows(*key, key_row, cursor.key(), cursor.key_row(), scan_.key_order_) == 0);
    }
    for (const size_t index : sharing) insert(index);
  }

  std::vector<FinalPiece> finish() {
    std::vector<FinalPiece> pieces;
    if (scan_.combines()) {
      Chunk combined = scan_.combine_tied(positions_);
      if (combined.row_count > 0) {
        FinalPiece piece;
        piece.task.chunk = std::make_shared<const Chunk>(std::move(combined));
        piece.all = true;
        pieces.push_back(std::move(piece));
      }
    } else {
      for (const RowIndex index : scan_.choose_tied(positions_)) {
        tied_[index].block->chosen.push_back(tied_[index].row);
      }
    }
    for (const Cursor& cursor : cursors_) {
      for (const StepBlock& block : cursor.blocks) {
        scan_.add_pieces(*block.input, block.block, block.kept(), pieces);
      }
    }
    return pieces;
  }

  const FinalScan& scan_;
  std::vector<Cursor> cursors_;  // in the order of inputs
  std::vector<size_t> queue_;    // least next key first, of equal ones the earlier input
  std::vector<Tied> tied_;
  std::vector<uint64_t> positions_;  // of tied_
};

FinalScan::FinalScan(const TableVersion& version, const ChunkFunctionCompiler& compiler,
                     const RowMerger& merger, FinalScanOptions options)
    : version_(version), merger_(merger), options_(std::move(options)) {
  CHECK(version.definition->merge_mode != MergeMode::Plain);
  choose_columns(compiler);
  add_segment_inputs();
  add_memtable_inputs(compiler);
  // Within a partition segments come first, oldest first.
  std::stable_sort(inputs_.begin(), inputs_.end(),
                   [](const auto& a, const auto& b) { return a->partition < b->partition; });
  const bool across = merges_across_partitions(compiler);
  for (size_t begin = 0; begin < inputs_.size();) {
    size_t end = begin + 1;
    while (end < inputs_.size() &&
           (across || inputs_[end]->partition == inputs_[begin]->partition)) {
      ++end;
    }
    plan_steps(begin, end);
    begin = end;
  }
}

FinalScan::~FinalScan() = default;

size_t FinalScan::step_count() const { return steps_.size(); }

bool FinalScan::combines() const {
  const MergeMode mode = version_.definition->merge_mode;
  return mode == MergeMode::Summing || mode == MergeMode::Aggregating;
}

void FinalScan::choose_columns(const ChunkFunctionCompiler& compiler) {
  const TableDefinition& definition = *version_.definition;
  const Schema& schema = version_.schema;
  std::set<ColumnIndex> key_inputs;
  for (const std::string& expression : definition.order_by) {
    if (is_empty_key(expression)) continue;
    key_functions_.push_back(compiler.compile(schema, expression));
    key_order_.push_back({.column = key_schema_.size()});
    key_schema_.add(expression, key_functions_.back().type);
    key_inputs.insert(key_functions_.back().inputs.begin(), key_functions_.back().inputs.end());
  }
  key_inputs_.assign(key_inputs.begin(), key_inputs.end());

  std::set<ColumnIndex> columns = key_inputs;
  for (const std::string& argument : definition.engine_arguments) {
    if (const auto column = schema.find(argument)) columns.insert(*column);
  }
  merge_definition_ = definition;
  merge_definition_.columns.clear();
  merge_definition_.partition_by.clear();
  if (combines()) {
    columns.insert(options_.columns.begin(), options_.columns.end());
    if (!is_empty_key(definition.partition_by)) {
      merge_definition_.partition_by = definition.partition_by;
      for (const ColumnIndex column : compiler.compile(schema, definition.partition_by).inputs) {
        columns.insert(column);
      }
    }
    // Whether a row's sums are all zero depends on every one of them.
    for (ColumnIndex column = 0; column < schema.size(); ++column) {
      const DataType& type = *without_nullable(schema[column].type);
      const bool may_be_summed =
          is_number(type) || type.id() == TypeId::AggregateFunction || type.is_simple_aggregate();
      if (definition.merge_mode == MergeMode::Summing && may_be_summed) columns.insert(column);
    }
  }
  merge_columns_.assign(columns.begin(), columns.end());
  for (const ColumnIndex column : merge_columns_) {
    ColumnDefinition defined;
    defined.name = schema[column].name;
    defined.type = schema[column].type;
    merge_definition_.columns.push_back(std::move(defined));
  }
  if (!combines()) {
    ColumnDefinition index;
    index.name = kIndexColumn;
    index.type = simple_type(TypeId::UInt64);
    merge_definition_.columns.push_back(std::move(index));
  }
}

void FinalScan::add_segment_inputs() {
  for (size_t part = 0; part < version_.segments.size(); ++part) {
    const auto& segment = version_.segments[part];
    auto input = std::make_unique<Input>();
    input->partition = segment->partition;
    input->part = part;
    input->segment = segment;
    input->blocks = kept_blocks(version_, *segment, options_.key_filter);
    if (options_.key_pruner) options_.key_pruner(*segment, input->blocks);
    if (!input->blocks.empty()) inputs_.push_back(std::move(input));
  }
}

void FinalScan::add_memtable_inputs(const ChunkFunctionCompiler& compiler) {
  const TableKeys keys(*version_.definition, compiler);
  std::map<std::string, std::vector<uint64_t>> by_partition;  // in the order of insertion
  for (size_t i = 0; i < version_.memtable.size(); ++i) {
    const Chunk& chunk = *version_.memtable[i];
    const uint64_t part = version_.segments.size() + i;
    std::vector<uint8_t> passes(chunk.row_count, options_.key_rows == nullptr ? 1 : 0);
    if (options_.key_rows != nullptr) {
      const std::vector<RowIndex> rows = options_.key_rows(chunk);
      if (rows.empty()) continue;
      for (const RowIndex row : rows) passes[row] = 1;
    }
    const auto& deleted = version_.memtable_deleted;
    if (!deleted.empty() && deleted[i] != nullptr) {
      deleted[i]->for_each([&](size_t row) { passes[row] = 0; });
    }
    for (const TableKeys::PartitionRows& rows : keys.split_by_partition(chunk)) {
      for (const RowIndex row : rows.rows) {
        if (passes[row] != 0) by_partition[rows.partition].push_back(row_position(part, row));
      }
    }
  }
  for (auto& [partition, positions] : by_partition) {
    add_sorted_input(std::move(positions), partition);
  }
}

void FinalScan::add_sorted_input(std::vector<uint64_t> positions, const std::string& partition) {
  const auto key_of = [&](std::span<const uint64_t> rows) {
    const RowFetch fetch(version_, rows);
    Chunk columns;
    columns.row_count = rows.size();
    columns.columns.resize(version_.schema.size());
    for (const ColumnIndex column : key_inputs_) columns.columns[column] = fetch.read(column);
    return compute_key(columns);
  };
  auto input = std::make_unique<Input>();
  input->partition = partition;
  const auto put_in_order = [&] {
    const std::vector<RowIndex> order = sort_rows(input->key, key_order_);
    input->key = input->key.select(order);
    for (const RowIndex row : order) input->positions.push_back(positions[row]);
  };
  input->key = key_of(positions);
  put_in_order();

  // Merged within itself, as a segment is.
  std::vector<RowIndex> stay;
  std::vector<RowIndex> tied;
  const size_t count = input->positions.size();
  // Summing drops rows of zeros, also of keys that come once.
  const bool merges_all = version_.definition->merge_mode == MergeMode::Summing;
  for (size_t begin = 0; begin < count;) {
    size_t end = begin + 1;
    while (end < count && compare_rows(input->key, begin, input->key, end, key_order_) == 0) ++end;
    for (size_t row = begin; row < end; ++row) {
      (end - begin == 1 && !merges_all ? stay : tied).push_back(static_cast<RowIndex>(row));
    }
    begin = end;
  }
  if (!tied.empty()) {
    positions.clear();
    for (const RowIndex row : tied) positions.push_back(input->positions[row]);
    Chunk combined;
    if (combines()) {
      combined = combine_tied(positions);
    } else {
      for (const RowIndex index : choose_tied(positions)) stay.push_back(tied[index]);
      std::sort(stay.begin(), stay.end());
    }
    positions.clear();
    for (const RowIndex row : stay) positions.push_back(input->positions[row]);
    if (combined.row_count > 0) {
      const uint64_t part = version_.segments.size() + version_.memtable.size();
      for (size_t row = 0; row < combined.row_count; ++row) {
        positions.push_back(row_position(part, row));
      }
      version_.memtable.push_back(std::make_shared<const Chunk>(std::move(combined)));
      if (!version_.memtable_deleted.empty()) version_.memtable_deleted.push_back(nullptr);
    }
    if (positions.empty()) return;
    input->key = key_of(positions);
    input->positions.clear();
    put_in_order();
  }
  inputs_.push_back(std::move(input));
}

bool FinalScan::merges_across_partitions(const ChunkFunctionCompiler& compiler) const {
  const TableDefinition& definition = *version_.definition;
  if (!options_.across_partitions) return false;
  if (is_empty_key(definition.partition_by)) return true;
  const auto& keys = definition.order_by;
  const auto is_key = [&](const std::string& expression) {
    return std::ranges::find(keys, expression) != keys.end();
  };
  if (is_key(definition.partition_by)) return false;
  const auto inputs = compiler.compile(version_.schema, definition.partition_by).inputs;
  return !std::ranges::all_of(
      inputs, [&](ColumnIndex column) { return is_key(version_.schema[column].name); });
}

// Blocks whose first key column overlaps with no block of another input need no merging; the others
// are put together to regions that share no key.
void FinalScan::plan_steps(size_t begin, size_t end) {
  std::vector<Bounds> bounds;
  bool all_known = !key_order_.empty();
  for (size_t input = begin; input < end && all_known; ++input) {
    for (size_t block = 0; block < inputs_[input]->block_count() && all_known; ++block) {
      auto found = first_column_bounds(*inputs_[input], block);
      all_known = found.has_value();
      if (all_known)
        bounds.push_back({std::move(found->first), std::move(found->second), input, block});
    }
  }
  std::map<size_t, std::vector<size_t>> region;  // blocks by input
  if (!all_known) {
    for (size_t input = begin; input < end; ++input) {
      for (size_t block = 0; block < inputs_[input]->block_count(); ++block) {
        region[input].push_back(block);
      }
    }
    add_region(region);
    return;
  }
  std::stable_sort(bounds.begin(), bounds.end(), [](const Bounds& a, const Bounds& b) {
    return compare_values(a.min, b.min) < 0;
  });
  std::map<size_t, std::vector<size_t>> free;
  for (size_t first = 0; first < bounds.size();) {
    const Value* max = &bounds[first].max;
    size_t last = first;
    region.clear();
    while (last < bounds.size() && compare_values(bounds[last].min, *max) <= 0) {
      if (compare_values(*max, bounds[last].max) < 0) max = &bounds[last].max;
      region[bounds[last].input].push_back(bounds[last].block);
      ++last;
    }
    if (region.size() > 1) {
      add_region(region);
    } else {
      auto& blocks = free[region.begin()->first];
      blocks.insert(blocks.end(), region.begin()->second.begin(), region.begin()->second.end());
    }
    first = last;
  }
  for (const auto& [input, blocks] : free) add_free_steps(input, blocks);
}

std::optional<std::pair<Value, Value>> FinalScan::first_column_bounds(const Input& input,
                                                                      size_t block) const {
  Value min;
  Value max;
  if (input.segment == nullptr) {
    const size_t first = block * kBlockRows;
    min = value_at(*input.key.columns[0], first);
    max = value_at(*input.key.columns[0], first + input.block_rows(block) - 1);
  } else {
    const auto column = version_.schema.find(key_schema_[0].name);
    if (!column) return std::nullopt;
    const ZoneMap* zone =
        find_zone_map(version_, *input.segment->reader, *column, input.blocks[block]);
    if (zone == nullptr || zone->null_count > 0 || zone->nan_count > 0) return std::nullopt;
    min = zone->min;
    max = zone->max;
  }
  if (!is_plain(min) || !is_plain(max)) return std::nullopt;
  return std::pair(std::move(min), std::move(max));
}

void FinalScan::add_free_steps(size_t input, const std::vector<size_t>& blocks) {
  for (size_t first = 0; first < blocks.size(); first += kStepBlocks) {
    const auto begin = blocks.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kStepBlocks, blocks.size() - first));
    Step step;
    step.parts = std::make_shared<const std::vector<Step::Part>>(
        1, Step::Part{input, std::vector<size_t>(begin, begin + count)});
    steps_.push_back(std::move(step));
  }
}

// Cut where blocks of the largest input begin.
void FinalScan::add_region(const std::map<size_t, std::vector<size_t>>& region) {
  if (region.size() == 1) {
    add_free_steps(region.begin()->first, region.begin()->second);
    return;
  }
  auto parts = std::make_shared<std::vector<Step::Part>>();
  const Step::Part* largest = nullptr;
  for (const auto& [input, blocks] : region) parts->push_back({input, blocks});
  for (const Step::Part& part : *parts) {
    if (largest == nullptr || part.blocks.size() > largest->blocks.size()) largest = &part;
  }
  Step step;
  step.parts = parts;
  step.merges = true;
  if (!key_order_.empty()) {
    for (size_t cut = kStepBlocks; cut < largest->blocks.size(); cut += kStepBlocks) {
      step.to = first_key(*inputs_[largest->input], largest->blocks[cut]);
      steps_.push_back(step);
      step.from = step.to;
    }
  }
  step.to = nullptr;
  steps_.push_back(std::move(step));
}

std::vector<FinalPiece> FinalScan::read_step(size_t index) const {
  const Step& step = steps_[index];
  if (step.merges) return StepMerge(*this, step).run();
  std::vector<FinalPiece> pieces;
  const Step::Part& part = step.parts->front();
  const Input& input = *inputs_[part.input];
  for (const size_t block : part.blocks) {
    if (input.segment != nullptr) {
      FinalPiece piece;
      piece.task.segment = input.segment;
      piece.block = input.blocks[block];
      piece.all = true;
      pieces.push_back(std::move(piece));
      continue;
    }
    std::vector<RowIndex> rows(input.block_rows(block));
    std::iota(rows.begin(), rows.end(), RowIndex{0});
    add_pieces(input, block, std::move(rows), pieces);
  }
  return pieces;
}

void FinalScan::add_pieces(const Input& input, size_t block, std::vector<RowIndex> rows,
                           std::vector<FinalPiece>& pieces) const {
  if (rows.empty()) return;
  if (input.segment != nullptr) {
    FinalPiece piece;
    piece.task.segment = input.segment;
    piece.block = input.blocks[block];
    piece.rows = std::move(rows);
    pieces.push_back(std::move(piece));
    return;
  }
  // Rows of several chunks, by chunk and in the order in which they lie there.
  std::vector<uint64_t> positions;
  positions.reserve(rows.size());
  for (const RowIndex row : rows) positions.push_back(position(input, block, row));
  std::sort(positions.begin(), positions.end());
  uint64_t current = ~uint64_t{0};
  for (const uint64_t position : positions) {
    const uint64_t part = position >> 32;
    if (part != current) {
      current = part;
      FinalPiece piece;
      piece.task.chunk = version_.memtable[part - version_.segments.size()];
      pieces.push_back(std::move(piece));
    }
    pieces.back().rows.push_back(static_cast<RowIndex>(position));
  }
}

Chunk FinalScan::compute_key(const Chunk& rows) const {
  Chunk key;
  key.row_count = rows.row_count;
  for (const ChunkFunction& function : key_functions_) {
    key.columns.push_back(flat(function.compute(rows)));
  }
  return key;
}

Chunk FinalScan::read_key(const Input& input, size_t block,
                          const std::vector<RowIndex>& places) const {
  ScanTask task;
  task.segment = input.segment;
  Chunk rows;
  rows.row_count = places.empty() ? input.block_rows(block) : places.size();
  rows.columns.resize(version_.schema.size());
  for (const ColumnIndex column : key_inputs_) {
    const uint32_t from = input.blocks[block];
    rows.columns[column] = places.empty() ? read_task_column(version_, task, column, from)
                                          : read_task_column(version_, task, column, from, places);
  }
  return compute_key(rows);
}

std::shared_ptr<const Chunk> FinalScan::first_key(const Input& input, size_t block) const {
  {
    MutexLock lock(input.mutex);
    input.first_keys.resize(input.block_count());
    if (input.first_keys[block] != nullptr) return input.first_keys[block];
  }
  Chunk key;
  if (input.segment == nullptr) {
    key = input.key.slice(block * kBlockRows, 1);
  } else {
    constexpr RowIndex kFirst[] = {0};
    Chunk rows;
    rows.row_count = 1;
    rows.columns.resize(version_.schema.size());
    ScanTask task;
    task.segment = input.segment;
    for (const ColumnIndex column : key_inputs_) {
      rows.columns[column] = read_task_column(version_, task, column, input.blocks[block], kFirst);
    }
    key = compute_key(rows);
  }
  MutexLock lock(input.mutex);
  input.first_keys[block] = std::make_shared<const Chunk>(std::move(key));
  return input.first_keys[block];
}

uint64_t FinalScan::position(const Input& input, size_t block, size_t row) const {
  if (input.segment == nullptr) return input.positions[block * kBlockRows + row];
  return row_position(input.part, uint64_t{input.blocks[block]} * kBlockRows + row);
}

Chunk FinalScan::merge_tied(std::span<const uint64_t> positions) const {
  const RowFetch fetch(version_, positions);
  Chunk rows;
  rows.row_count = positions.size();
  for (const ColumnIndex column : merge_columns_) rows.columns.push_back(fetch.read(column));
  if (!combines()) {
    Buffer<uint64_t> indexes(positions.size());
    std::iota(indexes.begin(), indexes.end(), uint64_t{0});
    rows.columns.push_back(make_number_column(std::move(indexes)));
  }
  return merger_(merge_definition_, std::move(rows));
}

std::vector<RowIndex> FinalScan::choose_tied(std::span<const uint64_t> positions) const {
  std::vector<RowIndex> chosen;
  if (positions.empty()) return chosen;
  const ColumnPtr indexes = flat(merge_tied(positions).columns.back());
  for (const uint64_t index : values_of<uint64_t>(*indexes)) {
    chosen.push_back(static_cast<RowIndex>(index));
  }
  return chosen;
}

Chunk FinalScan::combine_tied(std::span<const uint64_t> positions) const {
  Chunk result;
  if (positions.empty()) return result;
  Chunk merged = merge_tied(positions);
  result.row_count = merged.row_count;
  result.columns.resize(version_.schema.size());
  for (size_t i = 0; i < merge_columns_.size(); ++i) {
    result.columns[merge_columns_[i]] = std::move(merged.columns[i]);
  }
  return result;
}

}  // namespace freshet
