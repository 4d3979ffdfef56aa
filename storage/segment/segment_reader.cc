#include "storage/segment/segment_reader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/segment/column_reader.h"
#include "storage/segment/segment_format.h"
#include "storage/segment/stored_column.h"
#include "storage/segment/string_dictionary.h"

namespace freshet {

namespace {

// Bytes of the file: a view of its mapping, or a copy where it cannot be mapped.
class FileBytes {
 public:
  FileBytes(const ReadFile& file, std::optional<std::string_view> mapping, uint64_t offset,
            uint64_t bytes) {
    if (mapping) {
      view_ = mapping->substr(offset, bytes);
      return;
    }
    copy_.resize(bytes);
    file.read(offset, copy_);
    view_ = {copy_.data(), copy_.size()};
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  Buffer<char> copy_;
};

// A column's part of the footer, parsed when first asked for: with hundreds of columns, opening
// would otherwise cost more than most queries.
struct LazyColumn {
  std::string_view footer_part;

  std::once_flag stored_once;
  StoredColumn stored;
  // One bit for each block whose checksum was found right.
  std::unique_ptr<std::atomic<uint64_t>[]> verified;

  std::once_flag dictionaries_once;
  StreamDictionaries dictionaries;
};

struct LazyIndex {
  StoredPlace place;
  uint32_t block_count = 1;
  std::once_flag once;
  std::unique_ptr<const FileBytes> bytes;
  std::unique_ptr<const SkipIndex> index;
};

}  // namespace

struct SegmentReader::State {
  std::string path;
  std::unique_ptr<ReadFile> file;
  std::optional<std::string_view> mapping;
  std::unique_ptr<const FileBytes> footer;
  uint64_t footer_offset = 0;
  Schema schema;
  uint64_t row_count = 0;
  size_t block_rows = kBlockRows;
  bool has_indexes = false;
  mutable std::unique_ptr<LazyColumn[]> columns;
  std::vector<StoredIndex> stored_indexes;
  mutable std::unique_ptr<LazyIndex[]> indexes;

  size_t block_count() const {
    return static_cast<size_t>((row_count + block_rows - 1) / block_rows);
  }

  void open(FileSystem& files) {
    file = files.open_read(path);
    mapping = file->view();
    require(file->bytes() >= kSegmentHeaderBytes + kSegmentTrailerBytes, "is too short",
            std::to_string(file->bytes()));
    const FileBytes header(*file, mapping, 0, kSegmentHeaderBytes);
    ByteReader head(header.view());
    require(head.get_bytes(kSegmentMagic.size()) == kSegmentMagic, "does not begin as one", "");
    const uint32_t version = head.get_u32();
    has_indexes = version == kSegmentVersionWithIndexes;
    require(version == kSegmentVersion || has_indexes, "has an unknown version",
            std::to_string(version));
    block_rows = head.get_u32();
    require(block_rows > 0 && block_rows <= kBlockRows, "has blocks of other sizes",
            std::to_string(block_rows));

    const StoredPlace place = read_trailer();
    footer_offset = place.offset;
    footer = read_verified_footer(place);
    read_footer();
  }

  // Where the footer is, with its checksum.
  StoredPlace read_trailer() const {
    const uint64_t trailer_offset = file->bytes() - kSegmentTrailerBytes;
    const FileBytes trailer(*file, mapping, trailer_offset, kSegmentTrailerBytes);
    ByteReader tail(trailer.view());
    StoredPlace place;
    place.offset = tail.get_u64();
    place.bytes = tail.get_u64();
    place.checksum = tail.get_u64();
    require(tail.get_bytes(kSegmentEndMagic.size()) == kSegmentEndMagic, "does not end as one", "");
    require(place.offset >= kSegmentHeaderBytes && place.offset <= trailer_offset &&
                place.bytes == trailer_offset - place.offset,
            "has a footer that does not fit", std::to_string(place.offset));
    return place;
  }

  std::unique_ptr<const FileBytes> read_verified_footer(const StoredPlace& place) const {
    auto bytes = std::make_unique<const FileBytes>(*file, mapping, place.offset, place.bytes);
    if (checksum(bytes->view()) != place.checksum) {
      throw Error(ErrorCode::ChecksumDoesntMatch,
                  "Checksum of the footer of segment does not match: " + path);
    }
    return bytes;
  }

  void read_footer() {
    ByteReader reader(footer->view());
    row_count = reader.get_u64();
    const uint64_t column_count = reader.get_varint();
    reader.require_elements(column_count, 3);
    columns = std::make_unique<LazyColumn[]>(column_count);
    for (uint64_t column = 0; column < column_count; ++column) {
      std::string name(reader.get_string());
      schema.add(std::move(name), parse_data_type(reader.get_string()));
      columns[column].footer_part = reader.get_string();
    }
    if (has_indexes) read_indexes(reader);
    require(reader.at_end(), "has a footer with left-over bytes",
            std::to_string(reader.remaining()));
  }

  void read_indexes(ByteReader& reader) {
    const uint64_t count = reader.get_varint();
    reader.require_elements(count, 22);
    indexes = std::make_unique<LazyIndex[]>(count);
    for (uint64_t i = 0; i < count; ++i) {
      StoredIndex& stored = stored_indexes.emplace_back();
      stored.name = reader.get_string();
      stored.expression = reader.get_string();
      stored.type = reader.get_string();
      stored.columns = reader.get_string();
      indexes[i].block_count = static_cast<uint32_t>(reader.get_varint());
      indexes[i].place = get_place(reader, footer_offset);
      stored.bytes = indexes[i].place.bytes;
    }
  }

  const SkipIndex& index(size_t number) const {
    LazyIndex& lazy = indexes[number];
    std::call_once(lazy.once, [&] {
      const std::string what = "skip index " + stored_indexes[number].name;
      lazy.bytes = std::make_unique<FileBytes>(*file, mapping, lazy.place.offset, lazy.place.bytes);
      if (checksum(lazy.bytes->view()) != lazy.place.checksum) {
        throw Error(ErrorCode::ChecksumDoesntMatch,
                    "Checksum does not match in segment file " + path + ", " + what);
      }
      try {
        lazy.index =
            std::make_unique<const SkipIndex>(lazy.bytes->view(), lazy.block_count, block_count());
      } catch (const Error& error) {
        throw Error(error.code(), "Segment file " + path + ", " + what + ": " + error.message());
      }
    });
    return *lazy.index;
  }

  void require(bool condition, const char* complaint, const std::string& value) const {
    if (condition) return;
    throw Error(ErrorCode::CorruptedData,
                "Segment file " + path + " " + complaint + (value.empty() ? "" : ": " + value));
  }

  [[noreturn]] void rethrow(const Error& error, ColumnIndex column, const std::string& part) const {
    throw Error(error.code(), "Segment file " + path + ", column " + schema[column].name + ", " +
                                  part + ": " + error.message());
  }

  LazyColumn& column(ColumnIndex index) const {
    CHECK(index < schema.size());
    LazyColumn& lazy = columns[index];
    std::call_once(lazy.stored_once, [&] {
      try {
        lazy.stored =
            get_stored_column(*schema[index].type, lazy.footer_part, block_count(), footer_offset);
      } catch (const Error& error) {
        rethrow(error, index, "footer");
      }
      lazy.verified = std::make_unique<std::atomic<uint64_t>[]>((block_count() + 63) / 64);
    });
    return lazy;
  }

  void verify(std::string_view bytes, const StoredPlace& place, ColumnIndex column,
              const std::string& part) const {
    const uint64_t found = checksum(bytes);
    if (found == place.checksum) return;
    throw Error(ErrorCode::ChecksumDoesntMatch, "Checksum does not match in segment file " + path +
                                                    ", column " + schema[column].name + ", " +
                                                    part + ", at offset " +
                                                    std::to_string(place.offset));
  }

  void verify_block(std::string_view bytes, LazyColumn& lazy, ColumnIndex column,
                    size_t block) const {
    std::atomic<uint64_t>& word = lazy.verified[block / 64];
    const uint64_t bit = uint64_t{1} << (block % 64);
    // A mapped block stays as it was when it was verified; a copy is read anew each time.
    if (mapping && (word.load(std::memory_order_relaxed) & bit) != 0) return;
    verify(bytes, lazy.stored.blocks[block], column, "block " + std::to_string(block));
    word.fetch_or(bit, std::memory_order_relaxed);
  }

  const StreamDictionaries& dictionaries(LazyColumn& lazy, ColumnIndex column) const {
    std::call_once(lazy.dictionaries_once, [&] {
      const DataType& type = *schema[column].type;
      StreamDictionaries loaded(count_streams(type));
      for (const DictionaryPlace& stored : lazy.stored.dictionaries) {
        const FileBytes bytes(*file, mapping, stored.place.offset, stored.place.bytes);
        verify(bytes.view(), stored.place, column, "dictionary");
        try {
          if (stored.stream >= loaded.size()) {
            throw Error(ErrorCode::CorruptedData,
                        "It has no stream " + std::to_string(stored.stream));
          }
          loaded[stored.stream] =
              decode_dictionary(bytes.view(), is_nullable_string_stream(type, stored.stream));
        } catch (const Error& error) {
          rethrow(error, column, "dictionary");
        }
      }
      lazy.dictionaries = std::move(loaded);
    });
    return lazy.dictionaries;
  }

  void verify_file() const {
    for (ColumnIndex index = 0; index < schema.size(); ++index) {
      const StoredColumn& stored = column(index).stored;
      for (const DictionaryPlace& dictionary : stored.dictionaries) {
        verify_place(dictionary.place, index, "dictionary");
      }
      for (size_t block = 0; block < stored.blocks.size(); ++block) {
        verify_place(stored.blocks[block], index, "block " + std::to_string(block));
      }
    }
    // The footer, with the header and the trailer, as when the file was opened.
    const StoredPlace now = read_trailer();
    require(now.offset == footer_offset, "has a footer that does not fit",
            std::to_string(now.offset));
    read_verified_footer(now);
  }

  void verify_place(const StoredPlace& place, ColumnIndex index, const std::string& part) const {
    const FileBytes bytes(*file, mapping, place.offset, place.bytes);
    verify(bytes.view(), place, index, part);
  }

  // decode(type, bytes, dictionaries) of a block that is verified first.
  template <class Decode>
  auto with_block(ColumnIndex index, size_t block, const Decode& decode) const {
    LazyColumn& lazy = column(index);
    CHECK(block < block_count());
    const StreamDictionaries& loaded = dictionaries(lazy, index);
    const StoredPlace& place = lazy.stored.blocks[block];
    const FileBytes bytes(*file, mapping, place.offset, place.bytes);
    verify_block(bytes.view(), lazy, index, block);
    try {
      return decode(*schema[index].type, bytes.view(), loaded);
    } catch (const Error& error) {
      rethrow(error, index, "block " + std::to_string(block));
    }
  }

  ColumnPtr read(ColumnIndex index, size_t block, size_t block_rows,
                 std::optional<std::span<const RowIndex>> rows) const {
    return with_block(
        index, block,
        [&](const DataType& type, std::string_view bytes, const StreamDictionaries& loaded) {
          return decode_block(type, bytes, block_rows, rows, loaded);
        });
  }

  ColumnPtr read_lengths(ColumnIndex index, size_t block, size_t block_rows,
                         std::optional<std::span<const RowIndex>> rows) const {
    return with_block(
        index, block,
        [&](const DataType&, std::string_view bytes, const StreamDictionaries& loaded) {
          return decode_block_lengths(bytes, block_rows, rows, loaded);
        });
  }
};

std::shared_ptr<const SegmentReader> SegmentReader::open(FileSystem& files,
                                                         const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->open(files);
  return std::shared_ptr<const SegmentReader>(new SegmentReader(std::move(state)));
}

SegmentReader::SegmentReader(std::unique_ptr<const State> state) : state_(std::move(state)) {}
SegmentReader::~SegmentReader() = default;

const Schema& SegmentReader::schema() const { return state_->schema; }
const std::string& SegmentReader::path() const { return state_->path; }
uint64_t SegmentReader::row_count() const { return state_->row_count; }
uint64_t SegmentReader::file_bytes() const { return state_->file->bytes(); }

const ReadFile& SegmentReader::file() const { return *state_->file; }

void SegmentReader::verify_file() const { state_->verify_file(); }

uint64_t SegmentReader::column_encoded_bytes(ColumnIndex column) const {
  return state_->column(column).stored.encoded_bytes();
}

std::vector<std::string> SegmentReader::encodings(ColumnIndex column, size_t block) const {
  return state_->with_block(
      column, block,
      [&](const DataType& type, std::string_view bytes, const StreamDictionaries& dictionaries) {
        return block_encodings(type, bytes, block_rows(block), dictionaries);
      });
}

size_t SegmentReader::block_count() const { return state_->block_count(); }

size_t SegmentReader::block_rows(size_t block) const {
  CHECK(block < block_count());
  return static_cast<size_t>(
      std::min<uint64_t>(state_->block_rows, row_count() - block * state_->block_rows));
}

std::span<const ZoneMap> SegmentReader::zone_maps(ColumnIndex column) const {
  return state_->column(column).stored.zones;
}

bool SegmentReader::ascends(ColumnIndex column) const {
  return state_->column(column).stored.ascends;
}

const ZoneMap& SegmentReader::zone_map(ColumnIndex column, size_t block) const {
  CHECK(block < block_count());
  return state_->column(column).stored.zones[block];
}

const std::vector<SegmentReader::StoredIndex>& SegmentReader::indexes() const {
  return state_->stored_indexes;
}

const SkipIndex& SegmentReader::index(size_t index) const {
  CHECK(index < state_->stored_indexes.size());
  return state_->index(index);
}

ColumnPtr SegmentReader::read_column(ColumnIndex column, size_t block) const {
  return state_->read(column, block, block_rows(block), std::nullopt);
}

ColumnPtr SegmentReader::read_column(ColumnIndex column, size_t block,
                                     std::span<const RowIndex> rows) const {
  return state_->read(column, block, block_rows(block), rows);
}

ColumnPtr SegmentReader::read_lengths(ColumnIndex column, size_t block,
                                      std::optional<std::span<const RowIndex>> rows) const {
  CHECK(schema()[column].type->id() == TypeId::String);
  return state_->read_lengths(column, block, block_rows(block), rows);
}

}  // namespace freshet
