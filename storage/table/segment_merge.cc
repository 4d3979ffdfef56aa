#include "storage/table/segment_merge.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "storage/base/limits.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

// One input: its current block, decoded, and the row that comes next.
class Cursor {
 public:
  Cursor(const Segment& segment, const TableColumns& columns, const TableKeys& keys)
      : segment_(&segment), reader_(segment.reader.get()), columns_(&columns), keys_(&keys) {
    load();
  }

  bool at_end() const { return block_ == reader_->block_count(); }
  const std::shared_ptr<const Chunk>& block() const { return rows_; }
  const Chunk& key() const { return key_; }
  size_t row() const { return row_; }
  size_t remaining() const { return rows_->row_count - row_; }
  // Where row `row` of block() is in the segment.
  size_t place(size_t row) const {
    return block_ * kBlockRows + (places_.empty() ? row : places_[row]);
  }

  // Requires: count <= remaining().
  void skip(size_t count) {
    row_ += count;
    if (row_ < rows_->row_count) return;
    ++block_;
    load();
  }

 private:
  void load() {
    row_ = 0;
    rows_ = nullptr;
    key_ = {};
    skip_deleted_blocks();
    if (at_end()) return;
    Chunk rows;
    rows.row_count = reader_->block_rows(block_);
    const RowBitmap* deleted = segment_->deleted.block(block_);
    if (deleted != nullptr) {
      deleted->append_others(rows.row_count, places_);
      rows.row_count = places_.size();
    }
    for (ColumnIndex column = 0; column < columns_->schema().size(); ++column) {
      rows.columns.push_back(deleted != nullptr
                                 ? read_segment_column(*reader_, *columns_, column, block_, places_)
                                 : read_segment_column(*reader_, *columns_, column, block_));
    }
    key_ = keys_->compute_sort_key(rows);
    for (ColumnPtr& column : key_.columns) column = flat(column);
    rows_ = std::make_shared<const Chunk>(std::move(rows));
  }

  void skip_deleted_blocks() {
    places_.clear();
    for (; !at_end(); ++block_) {
      const RowBitmap* deleted = segment_->deleted.block(block_);
      if (deleted == nullptr || deleted->count() < reader_->block_rows(block_)) return;
    }
  }

  const Segment* segment_;
  const SegmentReader* reader_;
  const TableColumns* columns_;
  const TableKeys* keys_;
  size_t block_ = 0;
  size_t row_ = 0;
  std::vector<RowIndex> places_;  // of rows_ in the block; empty: they are all of it
  std::shared_ptr<const Chunk> rows_;
  Chunk key_;
};

// Collects rows of several inputs and puts them in order with one gather for each column.
class OrderedRows {
 public:
  OrderedRows(const Schema& schema, size_t input_count)
      : schema_(&schema), source_of_input_(input_count, kNoSource) {}

  // Rows [row, row + count) of `block` come next. Requires: an input's rows come in their order.
  void add(size_t input, const std::shared_ptr<const Chunk>& block, size_t row, size_t count) {
    size_t& source = source_of_input_[input];
    if (source == kNoSource || sources_[source].block != block) {
      source = sources_.size();
      sources_.push_back({block, row, row});
    }
    sources_[source].end += count;
    pieces_.push_back({source, row, count});
    row_count_ += count;
  }

  size_t row_count() const { return row_count_; }

  Chunk take() {
    std::vector<Chunk> parts;
    std::vector<size_t> offsets;  // of each source in the concatenation
    size_t offset = 0;
    for (const Source& source : sources_) {
      const size_t count = source.end - source.begin;
      const bool is_whole = count == source.block->row_count;
      parts.push_back(is_whole ? *source.block : source.block->slice(source.begin, count));
      offsets.push_back(offset);
      offset += count;
    }
    Chunk result = parts.size() == 1 ? std::move(parts[0]) : concat_chunks(*schema_, parts);
    if (pieces_.size() > sources_.size()) {
      std::vector<RowIndex> order;
      order.reserve(row_count_);
      for (const Piece& piece : pieces_) {
        const size_t begin = offsets[piece.source] + piece.row - sources_[piece.source].begin;
        for (size_t row = 0; row < piece.count; ++row) {
          order.push_back(static_cast<RowIndex>(begin + row));
        }
      }
      result = result.select(order);
    }
    sources_.clear();
    pieces_.clear();
    std::fill(source_of_input_.begin(), source_of_input_.end(), kNoSource);
    row_count_ = 0;
    return result;
  }

 private:
  static constexpr size_t kNoSource = ~size_t{0};

  // Rows [begin, end) of a block are in the output.
  struct Source {
    std::shared_ptr<const Chunk> block;
    size_t begin;
    size_t end;
  };
  struct Piece {
    size_t source;
    size_t row;
    size_t count;
  };
  const Schema* schema_;
  std::vector<size_t> source_of_input_;
  std::vector<Source> sources_;
  std::vector<Piece> pieces_;
  size_t row_count_ = 0;
};

// What happens to sorted rows before they are written: nothing, or merging of equal keys.
class MergedOutput {
 public:
  MergedOutput(const TableDefinition& definition, const Schema& schema, const TableKeys& keys,
               const RowMerger& merger, SegmentWriter& writer, const MergeTtl& ttl)
      : definition_(&definition),
        schema_(&schema),
        keys_(&keys),
        merger_(&merger),
        writer_(&writer),
        ttl_(ttl) {}

  void put(Chunk rows) {
    if (definition_->merge_mode == MergeMode::Plain) {
      write(std::move(rows));
      return;
    }
    if (held_.row_count > 0) {
      const Chunk parts[] = {std::move(held_), std::move(rows)};
      rows = concat_chunks(*schema_, parts);
    }
    // The last run may go on in the next rows: it is held back.
    const size_t last_run = start_of_last_run(rows);
    if (last_run > 0) {
      write((*merger_)(*definition_, rows.slice(0, last_run)));
      held_ = rows.slice(last_run, rows.row_count - last_run);
    } else {
      held_ =
          rows.row_count > kBlockRows ? (*merger_)(*definition_, std::move(rows)) : std::move(rows);
    }
  }

  // Where each row went that was put, in a table that neither merges nor rolls up; empty without
  // TTLs.
  const Buffer<uint32_t>& after_ttl() const { return after_ttl_; }

  void finish() {
    if (held_.row_count > 0) write((*merger_)(*definition_, std::move(held_)));
    if (held_group_.row_count > 0) {
      writer_->append(ttl_.ttl->expire(std::move(held_group_), ttl_.now_s));
    }
  }

 private:
  // Rows that are final but for TTLs.
  void write(Chunk rows) {
    if (ttl_.ttl == nullptr) {
      writer_->append(rows);
      return;
    }
    if (ttl_.ttl->rolls_up()) {
      // The last group may go on in the next rows.
      if (held_group_.row_count > 0) {
        const Chunk parts[] = {std::move(held_group_), std::move(rows)};
        rows = concat_chunks(*schema_, parts);
      }
      const size_t last_group = ttl_.ttl->start_of_last_group(rows);
      held_group_ = rows.slice(last_group, rows.row_count - last_group);
      if (last_group == 0) return;
      rows = rows.slice(0, last_group);
    }
    std::vector<RowIndex> stayed;
    const size_t count = rows.row_count;
    rows = ttl_.ttl->expire(std::move(rows), ttl_.now_s, &stayed);
    after_ttl_.resize(after_ttl_.size() + count, MergeMove::kNowhere);
    for (const RowIndex row : stayed) after_ttl_[after_ttl_.size() - count + row] = written_++;
    if (rows.row_count > 0) writer_->append(rows);
  }

  size_t start_of_last_run(const Chunk& rows) const {
    if (rows.row_count == 0) return 0;
    const Chunk key = keys_->compute_sort_key(rows);
    size_t start = rows.row_count - 1;
    while (start > 0 && compare_rows(key, start - 1, key, start, keys_->sort_order()) == 0) --start;
    return start;
  }

  const TableDefinition* definition_;
  const Schema* schema_;
  const TableKeys* keys_;
  const RowMerger* merger_;
  SegmentWriter* writer_;
  const MergeTtl ttl_;
  Chunk held_;        // a run of equal keys that may go on
  Chunk held_group_;  // likewise, of rows to roll up
  Buffer<uint32_t> after_ttl_;
  uint32_t written_ = 0;
};

// How many of the cursor's next rows come before `other`'s next row; `ties` says whether equal ones
// do. By doubling steps: long runs and single rows are both found quickly.
size_t count_before(const Cursor& cursor, const Cursor& other, bool ties,
                    std::span<const SortColumn> order) {
  const auto comes_before = [&](size_t row) {
    const int compared = compare_rows(cursor.key(), row, other.key(), other.row(), order);
    return compared < 0 || (ties && compared == 0);
  };
  const size_t end = cursor.row() + cursor.remaining();
  size_t known = cursor.row();  // comes before, by the caller's choice of the cursor
  size_t step = 1;
  while (known + step < end && comes_before(known + step)) {
    known += step;
    step *= 2;
  }
  size_t bound = std::min(known + step, end);  // does not come before, or is the end
  while (known + 1 < bound) {
    const size_t middle = known + (bound - known) / 2;
    if (comes_before(middle)) {
      known = middle;
    } else {
      bound = middle;
    }
  }
  return known + 1 - cursor.row();
}

}  // namespace

bool merge_segments(const std::vector<SegmentPtr>& inputs, const TableColumns& columns,
                    const TableKeys& keys, const RowMerger& merger, SegmentWriter& writer,
                    const StopTest& stop, const MergeTtl& ttl,
                    const std::function<void(uint64_t rows_read)>& progress,
                    std::vector<MergeMove::Input>* moved) {
  const TableDefinition& definition = *columns.definition();
  const Schema& schema = columns.schema();
  const std::span<const SortColumn> order = keys.sort_order();
  std::vector<std::unique_ptr<Cursor>> cursors;
  for (const SegmentPtr& input : inputs) {
    cursors.push_back(std::make_unique<Cursor>(*input, columns, keys));
  }
  const bool rolls_up = ttl.ttl != nullptr && ttl.ttl->rolls_up();
  const bool notes_moves =
      moved != nullptr && definition.merge_mode == MergeMode::Plain && !rolls_up;
  if (notes_moves) {
    for (const SegmentPtr& input : inputs) {
      moved->push_back({input->id, {}});
      moved->back().targets.assign(static_cast<size_t>(input->reader->row_count()),
                                   MergeMove::kNowhere);
    }
  }
  uint32_t target = 0;
  // Least next row first; of equal ones the older input.
  std::vector<size_t> queue;
  const auto comes_before = [&](size_t a, size_t b) {
    const int compared = compare_rows(cursors[a]->key(), cursors[a]->row(), cursors[b]->key(),
                                      cursors[b]->row(), order);
    return compared < 0 || (compared == 0 && a < b);
  };
  const auto insert = [&](size_t input) {
    if (cursors[input]->at_end()) return;
    queue.insert(std::lower_bound(queue.begin(), queue.end(), input, comes_before), input);
  };
  for (size_t input = 0; input < cursors.size(); ++input) insert(input);

  MergedOutput output(definition, schema, keys, merger, writer, ttl);
  OrderedRows rows(schema, inputs.size());
  uint64_t rows_read = 0;
  while (!queue.empty()) {
    const size_t input = queue.front();
    queue.erase(queue.begin());
    Cursor& cursor = *cursors[input];
    size_t count = cursor.remaining();
    if (!queue.empty()) {
      count = count_before(cursor, *cursors[queue.front()], input < queue.front(), order);
    }
    count = std::min(count, kBlockRows - rows.row_count());
    rows.add(input, cursor.block(), cursor.row(), count);
    if (notes_moves) {
      for (size_t row = cursor.row(); row < cursor.row() + count; ++row) {
        (*moved)[input].targets[cursor.place(row)] = target++;
      }
    }
    cursor.skip(count);
    insert(input);
    if (rows.row_count() == kBlockRows || queue.empty()) {
      rows_read += rows.row_count();
      if (progress) progress(rows_read);
      if (stop()) return false;
      output.put(rows.take());
    }
  }
  output.finish();
  if (notes_moves && ttl.ttl != nullptr) {
    for (MergeMove::Input& input : *moved) {
      for (uint32_t& row : input.targets) {
        if (row != MergeMove::kNowhere) row = output.after_ttl()[row];
      }
    }
  }
  return true;
}

}  // namespace freshet
