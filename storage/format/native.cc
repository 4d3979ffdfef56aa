#include "storage/format/native.h"

#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/format/byte_cursor.h"
#include "storage/format/input_columns.h"
#include "storage/format/native_column.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

// Larger blocks than any client sends: the bytes are no Native data.
constexpr uint64_t kBlockRowsMax = uint64_t{1} << 31;
constexpr uint64_t kBlockColumnsMax = 100'000;

// Clients before this protocol version do not know zones of DateTime.
constexpr uint64_t kTimeZoneVersion = 54'337;
// Since this protocol version a byte after each type says whether its serialization is special.
constexpr uint64_t kSerializationByteVersion = 54'454;
// Block info of a block that is neither a bucket of an aggregation nor an overflow.
constexpr std::string_view kBlockInfo{"\x01\x00\x02\xFF\xFF\xFF\xFF\x00", 8};

class NativeReader final : public RowReader {
 public:
  NativeReader(const Schema& expected, const FormatOptions& options)
      : columns_(expected), options_(options) {}

  const Schema& schema() const override { return columns_.schema(); }

  // There is no header to take, but the first block names the columns.
  std::optional<size_t> read_header(std::string_view input, bool last) override {
    ByteCursor bytes(input);
    std::vector<std::string> names;
    std::vector<std::string> types;
    const bool complete = walk_block(bytes, [&](std::string_view name, std::string_view type) {
      names.emplace_back(name);
      types.emplace_back(type);
    });
    if (!complete) {
      if (last && !input.empty()) throw_cut_off();
      return last ? std::optional<size_t>(0) : std::nullopt;
    }
    columns_.take_names(names, options_.skip_unknown_fields, "Native");
    for (size_t field = 0; field < types.size(); ++field) check_type(field, types[field]);
    return 0;
  }

  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    ByteCursor bytes(input);
    size_t complete = 0;
    while (bytes.remaining() > 0 && walk_block(bytes, [](auto, auto) {})) complete = bytes.offset();
    return complete;
  }

  Parsed parse(std::string_view piece, uint64_t) const override {
    Parsed parsed;
    std::vector<MutableColumnPtr> columns;
    for (const NamedType& column : schema().columns()) columns.push_back(make_column(*column.type));
    ByteCursor bytes(piece);
    while (bytes.remaining() > 0) parsed.rows_seen += read_block(bytes, columns);
    parsed.chunk.row_count = parsed.rows_seen;
    for (MutableColumnPtr& column : columns) parsed.chunk.columns.push_back(std::move(column));
    parsed.defaults.resize(schema().size());
    return parsed;
  }

 private:
  [[noreturn]] static void throw_cut_off() {
    throw Error(ErrorCode::CannotReadAllData, "The last block of Native data is cut off");
  }

  // The zone of a DateTime is no part of its cells, and old clients do not send it.
  void check_type(size_t field, std::string_view type) const {
    const ColumnIndex index = columns_.column_of(field);
    if (index == kSkippedField) return;
    const NamedType& column = schema()[index];
    if (type == column.type->name()) return;
    const DataTypePtr sent = parse_data_type(type);
    const bool are_times =
        sent->id() == TypeId::DateTime && column.type->id() == TypeId::DateTime;
    if (are_times || *sent == *column.type) return;
    throw Error(ErrorCode::IncorrectData, "Type of '" + column.name + "' must be " +
                                              column.type->name() + ", not " + std::string(type));
  }

  static bool read_counts(ByteCursor& bytes, uint64_t& column_count, uint64_t& row_count) {
    if (!bytes.read_varint(column_count) || !bytes.read_varint(row_count)) return false;
    if (column_count > kBlockColumnsMax || row_count > kBlockRowsMax) {
      throw Error(ErrorCode::IncorrectData, "Native data has a block of " +
                                                std::to_string(column_count) + " columns and " +
                                                std::to_string(row_count) + " rows");
    }
    return true;
  }

  // Goes over one block and tells `on_column` its names and types; false when it is cut off.
  template <class OnColumn>
  static bool walk_block(ByteCursor& bytes, OnColumn on_column) {
    uint64_t column_count = 0;
    uint64_t row_count = 0;
    if (!read_counts(bytes, column_count, row_count)) return false;
    for (uint64_t i = 0; i < column_count; ++i) {
      std::string_view name;
      std::string_view type;
      if (!bytes.read_string(name) || !bytes.read_string(type)) return false;
      on_column(name, type);
      if (row_count == 0) continue;
      const auto column = make_native_column(parse_data_type(type));
      if (!column->skip_prefix(bytes) || !column->skip(bytes, row_count)) return false;
    }
    return true;
  }

  size_t read_block(ByteCursor& bytes, std::vector<MutableColumnPtr>& columns) const {
    uint64_t column_count = 0;
    uint64_t row_count = 0;
    if (!read_counts(bytes, column_count, row_count)) throw_cut_off();
    // Every block has all columns that the first one had; an empty one may end the stream.
    if (column_count != columns_.field_count() && row_count > 0) {
      throw Error(ErrorCode::IncorrectData, "Blocks of Native data differ in their columns: " +
                                                std::to_string(column_count));
    }
    for (uint64_t field = 0; field < column_count; ++field) {
      std::string_view name;
      std::string_view type;
      if (!bytes.read_string(name) || !bytes.read_string(type)) throw_cut_off();
      if (row_count > 0) read_column(bytes, field, name, type, row_count, columns);
    }
    return row_count;
  }

  void read_column(ByteCursor& bytes, size_t field, std::string_view name, std::string_view type,
                   size_t row_count, std::vector<MutableColumnPtr>& columns) const {
    const auto reader = make_native_column(parse_data_type(type));
    const ColumnIndex index = columns_.column_of(field);
    if (!reader->skip_prefix(bytes)) throw_cut_off();
    if (index == kSkippedField) {
      if (!reader->skip(bytes, row_count)) throw_cut_off();
      return;
    }
    if (schema()[index].name != name) {
      throw Error(ErrorCode::IncorrectData, "Blocks of Native data differ in column " +
                                                schema()[index].name + ", which is now " +
                                                std::string(name));
    }
    check_type(field, type);
    if (!reader->read(bytes, row_count, *columns[index])) throw_cut_off();
  }

  InputColumns columns_;
  FormatOptions options_;
};

class NativeWriter final : public ChunkWriter {
 public:
  explicit NativeWriter(const FormatOptions& options) : version_(options.client_protocol_version) {}

  void begin(const Schema& schema, std::string&) override {
    schema_ = schema;
    for (const NamedType& column : schema.columns()) {
      columns_.push_back(make_native_column(column.type));
    }
  }

  void write(const Chunk& chunk, std::string& out) override {
    if (chunk.row_count == 0) return;
    if (version_ > 0) out += kBlockInfo;
    ByteWriter bytes(out);
    bytes.put_varint(schema_.size());
    bytes.put_varint(chunk.row_count);
    const std::vector<ColumnPtr> columns = flat_columns(chunk);
    for (ColumnIndex i = 0; i < schema_.size(); ++i) {
      bytes.put_string(schema_[i].name);
      bytes.put_string(type_name(*schema_[i].type));
      if (version_ >= kSerializationByteVersion) bytes.put_u8(0);
      columns_[i]->write_prefix(out);
      columns_[i]->write(*columns[i], 0, chunk.row_count, out);
    }
  }

  void end(const Summary&, std::string&) override {}

 private:
  std::string_view type_name(const DataType& type) const {
    const bool hides_zone = type.id() == TypeId::DateTime && version_ < kTimeZoneVersion;
    return hides_zone ? std::string_view("DateTime") : std::string_view(type.name());
  }

  uint64_t version_;
  Schema schema_;
  std::vector<std::unique_ptr<const NativeColumn>> columns_;
};

}  // namespace

std::unique_ptr<RowReader> make_native_reader(const Schema& expected,
                                              const FormatOptions& options) {
  return std::make_unique<NativeReader>(expected, options);
}

std::unique_ptr<ChunkWriter> make_native_writer(const FormatOptions& options) {
  return std::make_unique<NativeWriter>(options);
}

}  // namespace freshet
