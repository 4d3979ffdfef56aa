#include "storage/format/tsv.h"

#include <cstring>
#include <utility>

#include "storage/column/number_column.h"
#include "storage/column/number_text.h"
#include "storage/column/string_column.h"
#include "storage/format/escape.h"
#include "storage/format/mark_scanner.h"
#include "storage/format/row_builder.h"
#include "storage/format/separated_writer.h"

namespace freshet {

namespace {

void append_raw(std::string& out, std::string_view text) { out += text; }

// Rows that are read column by column at a time: few enough that their text and the places of
// their cells stay in a core's second-level cache.
constexpr size_t kGridRows = 256;
// Positions in a grid fit 31 bits.
constexpr ptrdiff_t kGridBytesMax = ptrdiff_t{1} << 30;

size_t count_lines(std::string_view text) {
  size_t count = 1;
  for (size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) ++count;
  return count;
}

// The places of all cells of some rows. A row takes one entry more than it has fields: the
// position before its first cell, then the end of each cell, all counted from `origin`.
//
//     a \t bc \n d \t e \n         entries  0 2 5 | 5 7 9
//   ^ origin
struct CellGrid {
  static constexpr uint32_t kEscapeBit = uint32_t{1} << 31;

  std::string_view cell(size_t row, size_t field) const {
    const uint32_t* entry = entries.data() + row * (field_count + 1) + field;
    const size_t begin = (entry[0] & ~kEscapeBit) + 1;
    return {origin + begin, (entry[1] & ~kEscapeBit) - begin};
  }
  bool has_escape(size_t row, size_t field) const {
    return (entries[row * (field_count + 1) + field + 1] & kEscapeBit) != 0;
  }

  size_t field_count;
  const char* origin = nullptr;
  size_t row_count = 0;
  std::vector<uint32_t> entries;
};

// How the cells of one field are read.
struct FieldCells {
  ColumnIndex column = kSkippedField;
  const DataType* type = nullptr;
  std::unique_ptr<const CellText> text;
  // The kinds that most cells have are read in place, without a virtual call.
  enum class Fast : uint8_t { None, I16, I32, I64, U8, U16, U32, U64, String } fast = Fast::None;
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
      field.fast = fast_kind(*without_low_cardinality(type));
      field.can_be_null = can_be_null(*type);
      field.keeps_escapes = inner->kind() == PhysicalKind::Array ||
                            inner->kind() == PhysicalKind::Tuple;
      field.empty_is_zero = is_integer(*inner) && inner->id() != TypeId::Bool;
      field.empty_is_zero = field.empty_is_zero || inner->id() == TypeId::Decimal;
    }
  }

  static FieldCells::Fast fast_kind(const DataType& type) {
    using Fast = FieldCells::Fast;
    switch (type.id()) {
      case TypeId::Int16:
        return Fast::I16;
      case TypeId::Int32:
        return Fast::I32;
      case TypeId::Int64:
        return Fast::I64;
      case TypeId::UInt8:
        return Fast::U8;
      case TypeId::UInt16:
        return Fast::U16;
      case TypeId::UInt32:
        return Fast::U32;
      case TypeId::UInt64:
        return Fast::U64;
      case TypeId::String:
        return Fast::String;
      default:
        return Fast::None;
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

  bool is_shielding(const char* at, const char* end) const;
  const char* find_cell_end(MarkScanner& marks, const char* end, bool& has_escape) const;
  const char* split_rows(const char* at, const char* end, CellGrid& grid) const;
  bool append_grid(const CellGrid& grid, RowBuilder& rows, std::string& scratch) const;
  // One field's cells of all rows of the grid; false when one of them is bad.
  bool append_column(const CellGrid& grid, size_t field, RowBuilder& rows,
                     std::string& scratch) const;
  bool append_strings(const CellGrid& grid, size_t field, RowBuilder& rows,
                      std::string& scratch) const;
  bool append_cells(const CellGrid& grid, size_t field, RowBuilder& rows,
                    std::string& scratch) const;
  const char* read_row(const char* at, const char* end, RowBuilder& rows,
                       std::string& scratch) const;
  static bool read_plain_cell(const FieldCells& field, std::string_view cell, Column& column);
  bool read_escaped_cell(const FieldCells& field, std::string_view cell, RowBuilder& rows,
                         std::string& scratch) const;

  InputColumns columns_;
  FormatOptions options_;
  HeaderRows header_;
  TsvEscapes escapes_;
  std::vector<FieldCells> fields_;
};

// Reads cells of integers; false when one is none.
template <class T>
bool append_numbers(const CellGrid& grid, size_t field, Column& column) {
  Buffer<T>& values = static_cast<NumberColumn<T>&>(column).mutable_values();
  const size_t before = values.size();
  values.resize(before + grid.row_count);
  T* out = values.data() + before;
  for (size_t row = 0; row < grid.row_count; ++row, ++out) {
    const std::string_view cell = grid.cell(row, field);
    if (cell.size() == 1) {  // most cells of wide tables
      const auto digit = static_cast<uint8_t>(cell.front() - '0');
      if (digit > 9) return false;
      *out = static_cast<T>(digit);
    } else if (cell.empty()) {
      *out = 0;
    } else if (!parse_integer(cell, *out)) {
      return false;
    }
  }
  return true;
}

bool TsvReader::append_strings(const CellGrid& grid, size_t field, RowBuilder& rows,
                               std::string& scratch) const {
  auto& strings = static_cast<StringColumn&>(rows.column(fields_[field].column));
  for (size_t row = 0; row < grid.row_count; ++row) {
    const std::string_view cell = grid.cell(row, field);
    if (grid.has_escape(row, field)) [[unlikely]] {
      if (!read_escaped_cell(fields_[field], cell, rows, scratch)) return false;
    } else if (cell.empty()) {
      strings.close_cell();
    } else {
      strings.append_string(cell);
    }
  }
  return true;
}

bool TsvReader::append_cells(const CellGrid& grid, size_t field, RowBuilder& rows,
                             std::string& scratch) const {
  Column& column = rows.column(fields_[field].column);
  for (size_t row = 0; row < grid.row_count; ++row) {
    const std::string_view cell = grid.cell(row, field);
    const bool good = grid.has_escape(row, field)
                          ? read_escaped_cell(fields_[field], cell, rows, scratch)
                          : read_plain_cell(fields_[field], cell, column);
    if (!good) return false;
  }
  return true;
}

bool TsvReader::append_column(const CellGrid& grid, size_t field, RowBuilder& rows,
                              std::string& scratch) const {
  using Fast = FieldCells::Fast;
  Column& column = rows.column(fields_[field].column);
  switch (fields_[field].fast) {
    case Fast::I16:
      return append_numbers<int16_t>(grid, field, column);
    case Fast::I32:
      return append_numbers<int32_t>(grid, field, column);
    case Fast::I64:
      return append_numbers<int64_t>(grid, field, column);
    case Fast::U8:
      return append_numbers<uint8_t>(grid, field, column);
    case Fast::U16:
      return append_numbers<uint16_t>(grid, field, column);
    case Fast::U32:
      return append_numbers<uint32_t>(grid, field, column);
    case Fast::U64:
      return append_numbers<uint64_t>(grid, field, column);
    case Fast::String:
      return append_strings(grid, field, rows, scratch);
    case Fast::None:
      break;
  }
  return append_cells(grid, field, rows, scratch);
}

// A cell without escapes.
bool TsvReader::read_plain_cell(const FieldCells& field, std::string_view cell, Column& column) {
  if (cell.empty() && field.empty_is_zero) return field.text->parse("0", column);
  return field.text->parse(cell, column);
}

// A cell with a backslash somewhere.
bool TsvReader::read_escaped_cell(const FieldCells& field, std::string_view cell, RowBuilder& rows,
                                  std::string& scratch) const {
  Column& column = rows.column(field.column);
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
  return read_plain_cell(field, cell, column);
}

// Whether the backslash at `at` makes the mark behind it part of the cell.
inline bool TsvReader::is_shielding(const char* at, const char* end) const {
  return escapes_ == TsvEscapes::Backslash && at + 1 < end &&
         (at[1] == '\\' || at[1] == '\t' || at[1] == '\n');
}

// The end of the cell that goes on at the next mark: a tab, a line end or the end of the text.
inline const char* TsvReader::find_cell_end(MarkScanner& marks, const char* end,
                                            bool& has_escape) const {
  const char* stop = marks.next();
  while (stop < end && *stop == '\\') [[unlikely]] {
    has_escape = true;
    if (is_shielding(stop, end)) marks.next();
    stop = marks.next();
  }
  return stop;
}

// Finds the cells of up to kGridRows rows that have as many as they should and end in a newline;
// gives where the first other row begins.
const char* TsvReader::split_rows(const char* at, const char* end, CellGrid& grid) const {
  const char* const origin = at - 1;
  grid.origin = origin;
  grid.row_count = 0;
  const size_t last_field = grid.field_count - 1;
  MarkScanner marks(at, end, '\t', '\n', '\\');
  uint32_t* entry = grid.entries.data();
  uint32_t escape = 0;
  size_t field = 0;
  *entry++ = 0;
  while (grid.row_count < kGridRows) {
    const char* stop = marks.next();
    if (stop == end) break;
    const auto position = static_cast<uint32_t>(stop - origin);
    if (*stop == '\t') {
      if (field++ == last_field) break;
      *entry++ = position | escape;
      escape = 0;
    } else if (*stop == '\n') {
      if (field != last_field || stop - origin > kGridBytesMax) break;
      *entry++ = (position - (stop > at && stop[-1] == '\r')) | escape;
      escape = 0;
      field = 0;
      at = stop + 1;
      if (++grid.row_count < kGridRows) *entry++ = position;
    } else {
      escape = CellGrid::kEscapeBit;
      if (is_shielding(stop, end)) marks.next();
    }
  }
  return at;
}

bool TsvReader::append_grid(const CellGrid& grid, RowBuilder& rows, std::string& scratch) const {
  for (size_t field = 0; field < fields_.size(); ++field) {
    if (fields_[field].column == kSkippedField) continue;
    if (!append_column(grid, field, rows, scratch)) {
      rows.drop_unaccepted();
      return false;
    }
  }
  rows.accept_rows(grid.row_count);
  return true;
}

// Reads one row cell by cell and says what is wrong with it; gives where the next begins.
const char* TsvReader::read_row(const char* at, const char* end, RowBuilder& rows,
                                std::string& scratch) const {
  const char* const row_begin = at;
  const size_t field_count = fields_.size();
  MarkScanner marks(at, end, '\t', '\n', '\\');
  size_t field = 0;
  std::string problem;
  const NamedType* problem_column = nullptr;
  for (bool row_ends = false; !row_ends; ++field) {
    bool has_escape = false;
    const char* stop = find_cell_end(marks, end, has_escape);
    row_ends = stop == end || *stop == '\n';
    const char* cell_end = stop;
    if (row_ends && cell_end > at && cell_end[-1] == '\r') --cell_end;
    const std::string_view cell(at, static_cast<size_t>(cell_end - at));
    at = stop + (stop < end);
    if (field >= field_count || !problem.empty()) continue;
    const FieldCells& cells = fields_[field];
    if (cells.column == kSkippedField) continue;
    const bool good = has_escape ? read_escaped_cell(cells, cell, rows, scratch)
                                 : read_plain_cell(cells, cell, rows.column(cells.column));
    if (!good) {
      problem = cannot_parse(cell, *cells.type);
      problem_column = &schema()[cells.column];
    }
  }
  if (problem.empty() && field == field_count) {
    rows.accept_row();
    return at;
  }
  if (problem.empty() && field > field_count) problem = too_many_columns(field_count);
  if (problem.empty()) {
    problem = too_few_columns(field, field_count);
    const ColumnIndex missing = fields_[field].column;
    if (missing != kSkippedField) problem_column = &schema()[missing];
  }
  std::string_view raw(row_begin, static_cast<size_t>(at - row_begin));
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  rows.reject_row(problem_column, std::move(problem), raw);
  return at;
}

RowReader::Parsed TsvReader::parse(std::string_view piece, uint64_t first_row) const {
  RowBuilder rows(schema(), first_row);
  rows.reserve(count_lines(piece));
  const char* at = piece.data();
  const char* const end = at + piece.size();
  CellGrid grid;
  grid.field_count = fields_.size();
  grid.entries.resize(kGridRows * (grid.field_count + 1));
  std::string scratch;
  while (at < end) {
    const char* const block = at;
    if (grid.field_count > 0) at = split_rows(at, end, grid);
    if (grid.row_count > 0 && append_grid(grid, rows, scratch)) continue;
    // The block has a bad row somewhere, or the next row is irregular.
    const char* const stop = at;
    at = block;
    do {
      at = read_row(at, end, rows, scratch);
    } while (at < stop);
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
