#include "storage/segment/segment_writer.h"

#include <algorithm>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/base/checksum.h"
#include "storage/base/limits.h"
#include "storage/segment/column_writer.h"
#include "storage/segment/segment_format.h"
#include "storage/segment/stored_column.h"

namespace freshet {

namespace {

// Encoded blocks wait in memory until so many bytes are together, then each column's go to the file
// in one piece: reading a column of a small segment is one sequential read, and building a large
// one takes bounded memory.
constexpr size_t kRunBytesMax = 64 * kMiB;
constexpr size_t kWriteBytes = 1 * kMiB;

}  // namespace

struct SegmentWriter::State {
  FileSystem& files;
  std::string path;
  Schema schema;
  size_t block_rows = kBlockRows;
  std::vector<ColumnWriter> columns;
  std::vector<SkipIndexBuilder> indexes;
  uint64_t row_count = 0;
  size_t open_rows = 0;  // of the open block
  std::unique_ptr<AppendFile> file;
  std::string unwritten;
  bool is_finished = false;

  void put(std::string_view bytes) {
    if (file == nullptr) {
      file = files.open_append(path, AppendMode::Overwrite);
      ByteWriter header(unwritten);
      header.put_bytes(kSegmentMagic);
      header.put_u32(indexes.empty() ? kSegmentVersion : kSegmentVersionWithIndexes);
      header.put_u32(static_cast<uint32_t>(block_rows));
    }
    unwritten.append(bytes);
    if (unwritten.size() >= kWriteBytes) write_out();
  }

  void write_out() {
    file->append(unwritten);
    unwritten.clear();
  }

  StoredPlace store(std::string_view bytes) {
    put({});  // the header comes first
    const StoredPlace place{file->bytes() + unwritten.size(), bytes.size(), checksum(bytes)};
    put(bytes);
    return place;
  }

  void close_block() {
    for (ColumnWriter& column : columns) column.close_block();
    for (SkipIndexBuilder& index : indexes) index.close_block();
    open_rows = 0;
    size_t writable_bytes = 0;
    for (const ColumnWriter& column : columns) writable_bytes += column.writable_bytes();
    if (writable_bytes < kRunBytesMax) return;
    for (ColumnWriter& column : columns) {
      column.write([&](std::string_view bytes) { return store(bytes); });
    }
  }
};

SegmentWriter::SegmentWriter(FileSystem& files, std::string path, Schema schema,
                             SegmentOptions options)
    : state_(new State{.files = files,
                       .path = std::move(path),
                       .schema = std::move(schema),
                       .block_rows = options.block_rows,
                       .columns = {},
                       .indexes = {},
                       .file = nullptr,
                       .unwritten = {}}) {
  CHECK(options.block_rows > 0 && options.block_rows <= kBlockRows);
  CHECK(options.column_levels.empty() || options.column_levels.size() == state_->schema.size());
  for (ColumnIndex column = 0; column < state_->schema.size(); ++column) {
    state_->columns.emplace_back(state_->schema[column].type, options.column_levels.empty()
                                                                  ? options.compression_level
                                                                  : options.column_levels[column]);
  }
  for (SkipIndexSpec& index : options.skip_indexes) state_->indexes.emplace_back(std::move(index));
}

SegmentWriter::~SegmentWriter() = default;

uint64_t SegmentWriter::row_count() const { return state_->row_count; }

void SegmentWriter::append(const Chunk& chunk) {
  State& state = *state_;
  CHECK(!state.is_finished && chunk.columns.size() == state.columns.size());
  for (size_t offset = 0; offset < chunk.row_count;) {
    const size_t count = std::min(chunk.row_count - offset, state.block_rows - state.open_rows);
    for (ColumnIndex column = 0; column < state.columns.size(); ++column) {
      state.columns[column].append(chunk.columns[column], offset, count);
    }
    if (!state.indexes.empty()) {
      const Chunk rows = count == chunk.row_count ? chunk : chunk.slice(offset, count);
      for (SkipIndexBuilder& index : state.indexes) index.append(rows);
    }
    offset += count;
    state.row_count += count;
    state.open_rows += count;
    if (state.open_rows == state.block_rows) state.close_block();
  }
}

void SegmentWriter::finish() {
  State& state = *state_;
  CHECK(!state.is_finished);
  state.is_finished = true;
  if (state.open_rows > 0) state.close_block();

  std::string footer;
  ByteWriter writer(footer);
  writer.put_u64(state.row_count);
  writer.put_varint(state.columns.size());
  std::string stored;
  for (ColumnIndex column = 0; column < state.columns.size(); ++column) {
    const NamedType& named = state.schema[column];
    const StoredColumn places =
        state.columns[column].finish([&](std::string_view bytes) { return state.store(bytes); });
    stored.clear();
    put_stored_column(*named.type, places, stored);
    writer.put_string(named.name);
    writer.put_string(named.type->name());
    writer.put_string(stored);
  }
  if (!state.indexes.empty()) writer.put_varint(state.indexes.size());
  for (SkipIndexBuilder& index : state.indexes) {
    const SkipIndexSpec& spec = index.spec();
    writer.put_string(spec.name);
    writer.put_string(spec.expression);
    writer.put_string(spec.type);
    writer.put_string(spec.columns);
    writer.put_varint(spec.block_count);
    put_place(state.store(index.finish()), writer);
  }
  const StoredPlace place = state.store(footer);
  std::string trailer;
  ByteWriter end(trailer);
  end.put_u64(place.offset);
  end.put_u64(place.bytes);
  end.put_u64(place.checksum);
  end.put_bytes(kSegmentEndMagic);
  state.put(trailer);
  state.write_out();
  state.file->sync();
  state.file.reset();
}

}  // namespace freshet
