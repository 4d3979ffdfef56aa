#include "storage/format/row_binary.h"

#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/format/binary_cell.h"
#include "storage/format/row_builder.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

// More columns than a table can have: the header is damaged.
constexpr uint64_t kColumnsMax = 100'000;

class RowBinaryReader final : public RowReader {
 public:
  RowBinaryReader(const Schema& expected, const FormatOptions& options, HeaderRows header)
      : columns_(expected), options_(options), header_(header) {
    choose_cells({});
  }

  const Schema& schema() const override { return columns_.schema(); }

  std::optional<size_t> read_header(std::string_view input, bool last) override {
    if (header_ == HeaderRows::None || (input.empty() && last)) return 0;
    ByteCursor bytes(input);
    uint64_t count = 0;
    std::vector<std::string> names;
    std::vector<std::string> types;
    bool complete = bytes.read_varint(count);
    if (complete && count > kColumnsMax) {
      throw Error(ErrorCode::IncorrectData,
                  "The RowBinary header has too many columns: " + std::to_string(count));
    }
    complete = complete && read_strings(bytes, count, names);
    if (complete && header_ == HeaderRows::NamesAndTypes) {
      complete = read_strings(bytes, count, types);
    }
    if (!complete) {
      if (!last) return std::nullopt;
      throw Error(ErrorCode::CannotReadAllData, "The RowBinary header is cut off");
    }
    columns_.take_names(names, options_.skip_unknown_fields, "RowBinary");
    if (header_ == HeaderRows::NamesAndTypes) columns_.check_types(types, "RowBinary");
    choose_cells(types);
    return bytes.offset();
  }

  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    ByteCursor bytes(input);
    size_t complete = 0;
    while (skip_row(bytes) && bytes.offset() > complete) complete = bytes.offset();
    return complete;
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override {
    RowBuilder rows(schema(), first_row);
    ByteCursor bytes(piece);
    while (bytes.remaining() > 0) {
      const size_t begin = bytes.offset();
      const std::optional<size_t> bad_field = read_row(bytes, rows);
      if (!bad_field) {
        if (bytes.offset() == begin) {
          throw Error(ErrorCode::IncorrectData, "RowBinary rows without columns have no bytes");
        }
        rows.accept_row();
        continue;
      }
      const ColumnIndex column = columns_.column_of(*bad_field);
      const NamedType* problem = column == kSkippedField ? nullptr : &schema()[column];
      ByteCursor row(piece.substr(begin));
      const bool whole = skip_row(row);
      const size_t row_bytes = whole ? row.offset() : piece.size() - begin;
      std::string reason = whole && problem != nullptr
                               ? "the bytes are no value of " + problem->type->name()
                               : std::string("the row is cut off");
      rows.reject_row(problem, std::move(reason), piece.substr(begin, row_bytes));
      bytes = ByteCursor(piece);
      bytes.skip(begin + row_bytes);
    }
    return rows.finish();
  }

 private:
  static bool read_strings(ByteCursor& bytes, uint64_t count, std::vector<std::string>& out) {
    for (uint64_t i = 0; i < count; ++i) {
      std::string_view text;
      if (!bytes.read_string(text)) return false;
      out.emplace_back(text);
    }
    return true;
  }

  // `types`: those of the fields, as the header has them, if it does.
  void choose_cells(const std::vector<std::string>& types) {
    cells_.clear();
    for (size_t field = 0; field < columns_.field_count(); ++field) {
      const ColumnIndex column = columns_.column_of(field);
      if (column != kSkippedField) {
        cells_.push_back(make_binary_cell(schema()[column].type));
      } else if (field < types.size()) {
        cells_.push_back(make_binary_cell(parse_data_type(types[field])));
      } else {
        throw Error(ErrorCode::IncorrectData,
                    "An unknown column cannot be skipped in RowBinaryWithNames, which does not say "
                    "its type; it is column " + std::to_string(field + 1));
      }
    }
  }

  bool skip_row(ByteCursor& bytes) const {
    for (const auto& cell : cells_) {
      if (!cell->skip(bytes)) return false;
    }
    return true;
  }

  // The field that could not be read, if there is one.
  std::optional<size_t> read_row(ByteCursor& bytes, RowBuilder& rows) const {
    for (size_t field = 0; field < cells_.size(); ++field) {
      const ColumnIndex column = columns_.column_of(field);
      const bool good = column == kSkippedField ? cells_[field]->skip(bytes)
                                                : cells_[field]->read(bytes, rows.column(column));
      if (!good) return field;
    }
    return std::nullopt;
  }

  InputColumns columns_;
  FormatOptions options_;
  HeaderRows header_;
  std::vector<std::unique_ptr<const BinaryCell>> cells_;
};

class RowBinaryWriter final : public ChunkWriter {
 public:
  explicit RowBinaryWriter(HeaderRows header) : header_(header) {}

  void begin(const Schema& schema, std::string& out) override {
    for (const NamedType& column : schema.columns()) {
      cells_.push_back(make_binary_cell(column.type));
    }
    if (header_ == HeaderRows::None) return;
    ByteWriter bytes(out);
    bytes.put_varint(schema.size());
    for (const NamedType& column : schema.columns()) bytes.put_string(column.name);
    if (header_ != HeaderRows::NamesAndTypes) return;
    for (const NamedType& column : schema.columns()) bytes.put_string(column.type->name());
  }

  void write(const Chunk& chunk, std::string& out) override {
    const std::vector<ColumnPtr> columns = flat_columns(chunk);
    for (size_t row = 0; row < chunk.row_count; ++row) {
      for (size_t c = 0; c < cells_.size(); ++c) cells_[c]->write(*columns[c], row, out);
    }
  }

  void end(const Summary&, std::string&) override {}

 private:
  HeaderRows header_;
  std::vector<std::unique_ptr<const BinaryCell>> cells_;
};

}  // namespace

std::unique_ptr<RowReader> make_row_binary_reader(const Schema& expected,
                                                  const FormatOptions& options,
                                                  HeaderRows header) {
  return std::make_unique<RowBinaryReader>(expected, options, header);
}

std::unique_ptr<ChunkWriter> make_row_binary_writer(const FormatOptions&, HeaderRows header) {
  return std::make_unique<RowBinaryWriter>(header);
}

}  // namespace freshet
