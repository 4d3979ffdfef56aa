#include "storage/format/csv.h"

#include <utility>

#include "storage/base/error.h"
#include "storage/column/string_column.h"
#include "storage/format/csv_cursor.h"
#include "storage/format/escape.h"
#include "storage/format/row_builder.h"
#include "storage/format/separated_writer.h"
#include "storage/format/tuple_spread.h"

namespace freshet {

void append_csv_text(std::string& out, const CsvField& field) {
  std::string_view rest = field.text;
  while (field.has_doubled_quotes) {
    const size_t quote = rest.find('"');
    if (quote == std::string_view::npos) break;
    out += rest.substr(0, quote + 1);
    rest.remove_prefix(quote + 2);
  }
  out += rest;
}

namespace {

struct FieldCells {
  ColumnIndex column = kSkippedField;
  const DataType* type = nullptr;
  std::unique_ptr<const CellText> text;
  bool is_string = false;
  bool can_be_null = false;
  bool empty_is_zero = false;
};

class CsvReader final : public RowReader {
 public:
  CsvReader(const Schema& expected, const FormatOptions& options, HeaderRows header)
      : expected_(expected),
        leaves_(spread_tuples(expected)),
        has_tuples_(!(leaves_ == expected)),
        columns_(leaves_),
        options_(options),
        header_(header) {
    choose_cells();
  }

  const Schema& schema() const override { return schema_; }

  std::optional<size_t> read_header(std::string_view input, bool last) override {
    std::optional<size_t> taken = byte_order_mark(input, last);
    if (!taken) return std::nullopt;
    const std::optional<std::vector<std::string>> names = read_header_row(input, last, *taken);
    if (!names) return std::nullopt;
    if (header_ == HeaderRows::None) {
      // A first row that holds nothing but column names is a header though none was announced.
      if (!are_all_names(*names)) return byte_order_mark(input, last);
      take_names(*names);
      return taken;
    }
    if (names->empty()) return taken;
    if (header_ == HeaderRows::NamesAndTypes) {
      const std::optional<std::vector<std::string>> types = read_header_row(input, last, *taken);
      if (!types) return std::nullopt;
      take_names(*names);
      columns_.check_types(*types, "CSV");
    } else {
      take_names(*names);
    }
    return taken;
  }

  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    CsvCursor cursor(input, options_.csv_delimiter);
    size_t complete = 0;
    while (!cursor.at_end()) {
      if (cursor.next().end == CsvField::End::Row) {
        complete = static_cast<size_t>(cursor.at() - input.data());
      }
    }
    return complete;
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override;

 private:
  void choose_cells() {
    fields_.clear();
    for (size_t i = 0; i < columns_.field_count(); ++i) {
      FieldCells& field = fields_.emplace_back();
      field.column = columns_.column_of(i);
      if (field.column == kSkippedField) continue;
      const DataTypePtr& type = columns_.schema()[field.column].type;
      field.type = type.get();
      field.text = make_cell_text(type, options_.text);
      field.is_string = type->kind() == PhysicalKind::String;
      field.can_be_null = can_be_null(*type);
      const DataTypePtr inner = without_nullable(without_low_cardinality(type));
      field.empty_is_zero = inner->id() == TypeId::Decimal ||
                            (is_integer(*inner) && inner->id() != TypeId::Bool);
    }
    choose_tuples();
  }

  // The columns of chunks, and in which order their leaves are to be put together.
  void choose_tuples() {
    if (!has_tuples_) {
      schema_ = columns_.schema();
      return;
    }
    schema_ = Schema();
    leaf_order_.clear();
    for (const NamedType& column : expected_.columns()) {
      const Schema leaves = spread_tuples(Schema({column}));
      std::vector<ColumnIndex> order;
      for (const NamedType& leaf : leaves.columns()) {
        if (const auto found = columns_.schema().find(leaf.name)) order.push_back(*found);
      }
      if (order.empty()) continue;
      if (order.size() != leaves.size()) {
        throw Error(ErrorCode::IncorrectData,
                    "The CSV header names only some elements of tuple " + column.name);
      }
      schema_.add(column.name, column.type);
      leaf_order_.insert(leaf_order_.end(), order.begin(), order.end());
    }
  }

  void gather(Parsed& parsed) const;

  bool are_all_names(const std::vector<std::string>& cells) const {
    for (const std::string& cell : cells) {
      if (!leaves_.find(cell)) return false;
    }
    return !cells.empty();
  }

  void take_names(const std::vector<std::string>& names) {
    columns_.take_names(names, options_.skip_unknown_fields, "CSV");
    choose_cells();
  }

  std::optional<std::vector<std::string>> read_header_row(std::string_view input, bool last,
                                                          size_t& taken) const {
    CsvCursor cursor(input.substr(taken), options_.csv_delimiter);
    std::vector<std::string> cells;
    CsvField field;
    field.end = CsvField::End::Row;
    if (!cursor.at_end()) {
      do {
        field = cursor.next();
        append_csv_text(cells.emplace_back(), field);
      } while (field.end == CsvField::End::Field);
    }
    const bool complete = field.end == CsvField::End::Row && !cells.empty();
    if (!complete && !last) return std::nullopt;
    taken = static_cast<size_t>(cursor.at() - input.data());
    return cells;
  }

  bool read_cell(const FieldCells& cells, const CsvField& field, RowBuilder& rows,
                 std::string& scratch) const;
  void reject(const char* row_begin, const CsvCursor& cursor, const NamedType* column,
              std::string reason, RowBuilder& rows) const {
    std::string_view raw(row_begin, static_cast<size_t>(cursor.at() - row_begin));
    if (raw.ends_with('\n')) raw.remove_suffix(1);
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    rows.reject_row(column, std::move(reason), raw);
  }

  Schema expected_;
  Schema leaves_;  // the same with the elements of tuples apart
  bool has_tuples_;
  Schema schema_;  // what the chunks have
  std::vector<ColumnIndex> leaf_order_;
  InputColumns columns_;
  FormatOptions options_;
  HeaderRows header_;
  std::vector<FieldCells> fields_;
};

bool CsvReader::read_cell(const FieldCells& cells, const CsvField& field, RowBuilder& rows,
                          std::string& scratch) const {
  Column& column = rows.column(cells.column);
  std::string_view text = field.text;
  if (!field.quoted && text.empty()) {
    rows.append_absent(cells.column);
    return true;
  }
  if (!field.quoted && text == "\\N") {
    if (cells.can_be_null) {
      column.append_default(1);
      return true;
    }
    if (!options_.null_as_default) return false;
    rows.append_absent(cells.column);
    return true;
  }
  if (field.has_doubled_quotes) {
    scratch.clear();
    append_csv_text(scratch, field);
    text = scratch;
  }
  if (cells.is_string) {
    static_cast<StringColumn&>(column).append_string(text);
    return true;
  }
  if (text.empty() && cells.empty_is_zero) text = "0";
  return cells.text->parse(text, column);
}

void CsvReader::gather(Parsed& parsed) const {
  std::vector<ColumnPtr> leaves;
  for (const ColumnIndex leaf : leaf_order_) leaves.push_back(parsed.chunk.columns[leaf]);
  parsed.chunk.columns = gather_tuples(schema_, std::move(leaves));
  // A tuple counts as absent where all of its elements are.
  std::vector<Buffer<uint8_t>> defaults(schema_.size());
  size_t next = 0;
  for (ColumnIndex i = 0; i < schema_.size(); ++i) {
    const size_t leaf_count = spread_tuples(Schema({schema_[i]})).size();
    Buffer<uint8_t>& flags = defaults[i];
    for (size_t leaf = 0; leaf < leaf_count; ++leaf, ++next) {
      const Buffer<uint8_t>& leaf_flags = parsed.defaults[leaf_order_[next]];
      if (leaf == 0) {
        flags = leaf_flags;
        continue;
      }
      if (leaf_flags.empty()) flags.clear();
      for (size_t row = 0; row < flags.size(); ++row) flags[row] &= leaf_flags[row];
    }
  }
  parsed.defaults = std::move(defaults);
}

RowReader::Parsed CsvReader::parse(std::string_view piece, uint64_t first_row) const {
  const Schema& leaves = columns_.schema();
  RowBuilder rows(leaves, first_row);
  CsvCursor cursor(piece, options_.csv_delimiter);
  const size_t field_count = fields_.size();
  std::string scratch;
  while (!cursor.at_end()) {
    const char* const row_begin = cursor.at();
    std::string problem;
    const NamedType* problem_column = nullptr;
    size_t index = 0;
    CsvField field;
    do {
      field = cursor.next();
      if (index < field_count) {
        const FieldCells& cells = fields_[index];
        const NamedType* column = cells.column == kSkippedField ? nullptr : &leaves[cells.column];
        if (field.is_unterminated || field.has_text_after_quote) [[unlikely]] {
          if (problem.empty()) {
            problem = field.is_unterminated ? "the quote is not closed"
                                            : "text follows the closing quote";
            problem_column = column;
          }
        } else if (column != nullptr && problem.empty() &&
                   !read_cell(cells, field, rows, scratch)) [[unlikely]] {
          problem = cannot_parse(field.text, *cells.type);
          problem_column = column;
        }
      }
      ++index;
    } while (field.end == CsvField::End::Field);
    // A delimiter may end the row.
    if (index == field_count + 1 && field.text.empty() && !field.quoted) --index;
    if (problem.empty() && index == field_count) [[likely]] {
      rows.accept_row();
      continue;
    }
    // A quote that never closes has swallowed the rest: only its own line is bad.
    if (field.is_unterminated) cursor.skip_line(row_begin);
    if (problem.empty() && index > field_count) problem = too_many_columns(field_count);
    if (problem.empty()) {
      problem = too_few_columns(index, field_count);
      const ColumnIndex missing = fields_[index].column;
      if (missing != kSkippedField) problem_column = &leaves[missing];
    }
    reject(row_begin, cursor, problem_column, std::move(problem), rows);
  }
  Parsed parsed = rows.finish();
  if (has_tuples_) gather(parsed);
  return parsed;
}

}  // namespace

std::unique_ptr<RowReader> make_csv_reader(const Schema& expected, const FormatOptions& options,
                                           HeaderRows header) {
  return std::make_unique<CsvReader>(expected, options, header);
}

std::unique_ptr<ChunkWriter> make_csv_writer(const FormatOptions& options, HeaderRows header) {
  SeparatedStyle style;
  style.separator = std::string(1, options.csv_delimiter);
  style.end = "\n";
  style.cells = CellStyle::Csv;
  style.header = header;
  style.append_name = append_csv_quoted;
  style.spread_tuples = true;
  return make_separated_writer(std::move(style), options);
}

}  // namespace freshet
