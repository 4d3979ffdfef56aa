#include "storage/table/segment_build.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"
#include "storage/segment/segment_writer.h"
#include "storage/table/segment_options.h"

namespace freshet {

namespace {

bool is_identity(const std::vector<RowIndex>& order) {
  for (size_t row = 0; row < order.size(); ++row) {
    if (order[row] != row) return false;
  }
  return true;
}

// The rows of `parts`, in `order`, as chunks of kBlockRows. Column by column, so that beside the
// result only one column exists twice.
std::vector<Chunk> reorder(const Schema& schema, const std::vector<Chunk>& parts,
                           const std::vector<RowIndex>& order) {
  std::vector<Chunk> blocks((order.size() + kBlockRows - 1) / kBlockRows);
  for (ColumnIndex column = 0; column < schema.size(); ++column) {
    std::vector<ColumnPtr> pieces;
    for (const Chunk& part : parts) pieces.push_back(part.columns[column]);
    const ColumnPtr whole = concat_columns(*schema[column].type, pieces);
    for (size_t block = 0; block < blocks.size(); ++block) {
      const size_t begin = block * kBlockRows;
      const size_t count = std::min(kBlockRows, order.size() - begin);
      blocks[block].columns.push_back(whole->select(std::span(order).subspan(begin, count)));
      blocks[block].row_count = count;
    }
  }
  return blocks;
}

// `sources` is put in the same order.
std::vector<Chunk> sort_parts(const TableKeys& keys, const Schema& schema, std::vector<Chunk> parts,
                              std::vector<uint32_t>& sources) {
  if (keys.sort_order().empty()) return parts;
  std::vector<Chunk> part_keys;
  for (const Chunk& part : parts) part_keys.push_back(keys.compute_sort_key(part));
  const Chunk key = concat_chunks(keys.sort_key_schema(), part_keys);
  const std::vector<RowIndex> order = sort_rows(key, keys.sort_order());
  if (is_identity(order)) return parts;
  if (!sources.empty()) {
    std::vector<uint32_t> sorted(sources.size());
    for (size_t row = 0; row < sorted.size(); ++row) sorted[row] = sources[order[row]];
    sources = std::move(sorted);
  }
  return reorder(schema, parts, order);
}

}  // namespace

std::string segments_directory(const std::string& store_directory) {
  return store_directory + "/segments";
}

std::string segment_directory(const std::string& store_directory, TableId table) {
  return segments_directory(store_directory) + "/" + std::to_string(table.value);
}

std::string segment_path(const std::string& store_directory, TableId table, SegmentId segment) {
  return segment_directory(store_directory, table) + "/" + std::to_string(segment.value) + ".seg";
}

std::vector<SegmentBuilder::Part> SegmentBuilder::split(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const std::vector<RowBitmapPtr>& deleted, bool note_sources) {
  std::vector<Part> parts;
  std::unordered_map<std::string, size_t> by_partition;
  uint32_t first = 0;  // number of the chunk's first row
  for (size_t index = 0; index < chunks.size(); ++index) {
    const auto& chunk = chunks[index];
    const RowBitmap* gone = deleted.empty() ? nullptr : deleted[index].get();
    for (TableKeys::PartitionRows& piece : keys.split_by_partition(*chunk)) {
      if (gone != nullptr) {
        std::erase_if(piece.rows, [&](RowIndex row) { return gone->contains(row); });
        if (piece.rows.empty()) continue;
      }
      const auto [found, added] = by_partition.emplace(piece.partition, parts.size());
      if (added) parts.emplace_back().partition = piece.partition;
      Part& part = parts[found->second];
      part.row_count += piece.rows.size();
      part.chunks.push_back(piece.rows.size() == chunk->row_count ? *chunk
                                                                  : chunk->select(piece.rows));
      if (!note_sources) continue;
      for (const RowIndex row : piece.rows) part.sources.push_back(first + row);
    }
    first += static_cast<uint32_t>(chunk->row_count);
  }
  return parts;
}

std::vector<std::shared_ptr<Segment>> SegmentBuilder::build_parts(
    const TableDefinition& definition, const TableKeys& keys, std::vector<Part> parts,
    const StopTest& stop, std::vector<FlushMove::Output>* moved) const {
  std::vector<std::shared_ptr<Segment>> segments;
  std::optional<SegmentId> unfinished;
  const auto discard_all = [&] {
    if (unfinished) discard(definition.id, *unfinished);
    for (const auto& segment : segments) discard(definition.id, segment->id);
  };
  try {
    const Schema schema = definition.stored_schema();
    files_->create_directories(segment_directory(directory_, definition.id));
    for (Part& part : parts) {
      if (stop()) {
        discard_all();
        return {};
      }
      auto segment = std::make_shared<Segment>();
      segment->id = part.id == SegmentId() ? ids_->next() : part.id;
      segment->newest_id = segment->id;
      segment->partition = part.partition;
      unfinished = segment->id;
      const std::string path = segment_path(directory_, definition.id, segment->id);
      if (write_part(definition, keys, schema, part, path) > 0) {
        segment->reader = SegmentReader::open(*files_, path);
        if (moved != nullptr) moved->push_back({segment->id, std::move(part.sources)});
        segments.push_back(std::move(segment));
      } else {
        // Merging left no rows, as collapsing may.
        discard(definition.id, *unfinished);
      }
      unfinished.reset();
    }
    if (!segments.empty()) files_->sync_directory(segment_directory(directory_, definition.id));
  } catch (const Error&) {
    discard_all();
    throw;
  }
  return segments;
}

uint64_t SegmentBuilder::write_part(const TableDefinition& definition, const TableKeys& keys,
                                    const Schema& schema, Part& part,
                                    const std::string& path) const {
  std::vector<Chunk> sorted = sort_parts(keys, schema, std::move(part.chunks), part.sources);
  if (definition.merge_mode != MergeMode::Plain) {
    Chunk merged = (*merger_)(definition, concat_chunks(schema, sorted));
    sorted.clear();
    sorted.push_back(std::move(merged));
  }
  SegmentWriter writer(*files_, path, definition.file_schema(), segment_options(definition, keys));
  for (Chunk& chunk : sorted) {
    writer.append(chunk);
    chunk = {};
  }
  const uint64_t row_count = writer.row_count();
  writer.finish();
  return row_count;
}

void SegmentBuilder::discard(TableId table, SegmentId segment) const {
  const std::string path = segment_path(directory_, table, segment);
  try {
    files_->remove(path);
  } catch (const Error& error) {
    // The next start removes what nobody references.
    if (error.code() != ErrorCode::FileDoesntExist) {
      log_warning("segment_not_removed", {{"file", path}, {"error", error.message()}});
    }
  }
}

void SegmentBuilder::discard(TableId table, const Segment& segment) const {
  discard(table, segment.id);
  discard_rollups(table, segment);
}

void SegmentBuilder::discard_rollups(TableId table, const Segment& segment) const {
  for (const RollupPart& part : segment.rollups) discard(table, part.rows->id);
}

}  // namespace freshet
