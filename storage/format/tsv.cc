#include "storage/format/tsv.h"

#include <cstring>
#include <utility>

#include "storage/column/string_column.h"
#include "storage/format/escape.h"
#include "storage/format/mark_scanner.h"
#include "storage/format/row_builder.h"
#include "storage/format/separated_writer.h"

namespace freshet {

namespace {

void append_raw(std::string& out, std::string_view text) { out += text; }

// How the cells of one field are read.
struct FieldCells {
  ColumnIndex column = kSkippedField;
  const DataType* type = nullptr;
  std::unique_ptr<const CellText> text;
  bool is_string = false;       // a plain StringColumn: bytes go straight in
  bool can_be_null = false;
  bool keeps_escapes = false;   // lists read the escapes inside their quotes themselves
  bool empty_is_zero = false;   // numbers, as ClickHouse has it
};

class TsvReader final : public RowReader {
 public:
  TsvReader(const Schema& expected, const FormatOptions& options, HeaderRows header,
            TsvEscapes escapes)
      : columns_(expected), options_(options), header_(header), escapes_(escapes) {
    choose_cells();
  }

  const Schema& schema() const override { return columns_.schema(); }

  std::optional<size_t> read_header(std::string_view input, bool last) override {
    const std::optional<size_t> mark = byte_order_mark(input, last);
    if (!mark) return std::nullopt;
    size_t taken = *mark;
    const std::optional<std::vector<std::string>> names = read_header_row(input, last, taken);
    if (!names) return std::nullopt;
    // A first row that holds nothing but column names is a header though none was announced.
    if (header_ == HeaderRows::None && !are_all_names(*names)) return mark;
    if (names->empty()) return taken;  // no input at all
    std::vector<std::string> types;
    if (header_ == HeaderRows::NamesAndTypes) {
      std::optional<std::vector<std::string>> row = read_header_row(input, last, taken);
      if (!row) return std::nullopt;
      types = std::move(*row);
    }
    columns_.take_names(*names, options_.skip_unknown_fields, "TSV");
    if (header_ == HeaderRows::NamesAndTypes) columns_.check_types(types, "TSV");
    choose_cells();
    return taken;
  }

  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    for (size_t end = input.size(); end > 0;) {
      const void* found = memrchr(input.data(), '\n', end);
      if (found == nullptr) return 0;
      const auto at = static_cast<size_t>(static_cast<const char*>(found) - input.data());
      if (!is_escaped(input, at)) return at + 1;
      end = at;
    }
    return 0;
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override;

 private:
  struct Row;

  void choose_cells() {
    fields_.clear();
    for (size_t i = 0; i < columns_.field_count(); ++i) {
      FieldCells& field = fields_.emplace_back();
      field.column = columns_.column_of(i);
      if (field.column == kSkippedField) continue;
      const DataTypePtr& type = schema()[field.column].type;
      field.type = type.get();
      field.text = make_cell_text(type, options_.text);
      const DataTypePtr inner = without_nullable(without_low_cardinality(type));
      field.is_string = type->kind() == PhysicalKind::String;
      field.can_be_null = can_be_null(*type);
      field.keeps_escapes = inner->kind() == PhysicalKind::Array ||
                            inner->kind() == PhysicalKind::Tuple;
      field.empty_is_zero = is_integer(*inner) && inner->id() != TypeId::Bool;
      field.empty_is_zero = field.empty_is_zero || inner->id() == TypeId::Decimal;
    }
  }

  bool are_all_names(const std::vector<std::string>& cells) const {
    for (const std::string& cell : cells) {
      if (!schema().find(cell)) return false;
    }
    return !cells.empty();
  }

  // Whether an odd number of backslashes stands before `at`.
  bool is_escaped(std::string_view input, size_t at) const {
    if (escapes_ == TsvEscapes::None) return false;
    size_t count = 0;
    while (count < at && input[at - count - 1] == '\\') ++count;
    return count % 2 == 1;
  }

  // Cells of the row at `taken`, which then is past it; nothing when it is not complete.
  std::optional<std::vector<std::string>> read_header_row(std::string_view input, bool last,
                                                          size_t& taken) const {
    std::string_view rest = input.substr(taken);
    const size_t line_end = rest.find('\n');
    if (line_end == std::string_view::npos && !last) return std::nullopt;
    taken += line_end == std::string_view::npos ? rest.size() : line_end + 1;
    rest = rest.substr(0, line_end);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    std::vector<std::string> cells;
    while (!rest.empty()) {
      const size_t tab = rest.find('\t');
      append_cell_text(cells.emplace_back(), rest.substr(0, tab));
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
      if (rest.empty()) cells.emplace_back();
    }
    return cells;
  }

  void append_cell_text(std::string& out, std::string_view cell) const {
    if (escapes_ == TsvEscapes::Backslash) {
      append_unescaped(out, cell);
    } else {
      out += cell;
    }
  }

  bool read_cell(const FieldCells& field, std::string_view cell, bool has_escape, RowBuilder& rows,
                 std::string& scratch) const;

  InputColumns columns_;
  FormatOptions options_;
  HeaderRows header_;
  TsvEscapes escapes_;
  std::vector<FieldCells> fields_;
};

bool TsvReader::read_cell(const FieldCells& field, std::string_view cell, bool has_escape,
                          RowBuilder& rows, std::string& scratch) const {
  Column& column = rows.column(field.column);
  if (has_escape) [[unlikely]] {
    if (cell == "\\N") {
      if (field.can_be_null) {
        column.append_default(1);
        return true;
      }
      if (!options_.null_as_default) return false;
      rows.append_absent(field.column);
      return true;
    }
    if (escapes_ == TsvEscapes::Backslash && !field.keeps_escapes) {
      scratch.clear();
      append_unescaped(scratch, cell);
      cell = scratch;
    }
  }
  if (field.is_string) {
    static_cast<StringColumn&>(column).append_string(cell);
    return true;
  }
  if (cell.empty() && field.empty_is_zero) return field.text->parse("0", column);
  return field.text->parse(cell, column);
}

RowReader::Parsed TsvReader::parse(std::string_view piece, uint64_t first_row) const {
  RowBuilder rows(schema(), first_row);
  const char* at = piece.data();
  const char* const end = at + piece.size();
  const size_t field_count = fields_.size();
  MarkScanner marks(at, end, '\t', '\n', '\\');
  std::string scratch;
  while (at < end) {
    const char* const row_begin = at;
    size_t field = 0;
    std::string problem;
    const NamedType* problem_column = nullptr;
    for (;;) {
      // One cell: from `at` to `stop`, where a tab, a newline or the piece's end is.
      bool has_escape = false;
      const char* stop = marks.next();
      while (stop < end && *stop == '\\') [[unlikely]] {
        has_escape = true;
        // What a backslash precedes does not end the cell.
        if (escapes_ == TsvEscapes::Backslash && stop + 1 < end &&
            (stop[1] == '\\' || stop[1] == '\t' || stop[1] == '\n')) {
          marks.next();
        }
        stop = marks.next();
      }
      const bool row_ends = stop == end || *stop == '\n';
      const char* cell_end = stop;
      if (row_ends && cell_end > at && cell_end[-1] == '\r') --cell_end;
      const std::string_view cell(at, static_cast<size_t>(cell_end - at));
      if (field < field_count) {
        const FieldCells& cells = fields_[field];
        if (cells.column != kSkippedField && problem.empty() &&
            !read_cell(cells, cell, has_escape, rows, scratch)) [[unlikely]] {
          problem = cannot_parse(cell, *cells.type);
          problem_column = &schema()[cells.column];
        }
      }
      ++field;
      at = stop + (stop < end);
      if (row_ends) break;
    }
    if (problem.empty() && field == field_count) [[likely]] {
      rows.accept_row();
      continue;
    }
    if (problem.empty() && field > field_count) problem = too_many_columns(field_count);
    if (problem.empty()) {
      problem = too_few_columns(field, field_count);
      const ColumnIndex missing = fields_[field].column;
      if (missing != kSkippedField) problem_column = &schema()[missing];
    }
    const char* row_end = at > row_begin && at[-1] == '\n' ? at - 1 : at;
    rows.reject_row(problem_column, std::move(problem),
                    {row_begin, static_cast<size_t>(row_end - row_begin)});
  }
  return rows.finish();
}

}  // namespace

std::unique_ptr<RowReader> make_tsv_reader(const Schema& expected, const FormatOptions& options,
                                           HeaderRows header, TsvEscapes escapes) {
  return std::make_unique<TsvReader>(expected, options, header, escapes);
}

std::unique_ptr<ChunkWriter> make_tsv_writer(const FormatOptions& options, HeaderRows header,
                                             TsvEscapes escapes) {
  const bool raw = escapes == TsvEscapes::None;
  SeparatedStyle style;
  style.separator = "\t";
  style.end = "\n";
  style.cells = raw ? CellStyle::Raw : CellStyle::Escaped;
  style.header = header;
  style.append_name = raw ? append_raw : append_escaped;
  return make_separated_writer(std::move(style), options);
}

}  // namespace freshet
