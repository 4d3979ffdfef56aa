#include "storage/format/pretty.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/format/cell_alignment.h"
#include "storage/format/cell_writer.h"
#include "storage/format/display_width.h"
#include "storage/format/readable_number.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

// Tables that are this wide with this many columns and at most so many rows read better vertically.
constexpr size_t kVerticalRowsMax = 10;
constexpr size_t kVerticalColumnsMin = 5;
constexpr size_t kVerticalWidthMin = 250;
// Names are repeated below tables of this many rows.
constexpr size_t kFooterRowsMin = 50;
constexpr size_t kCellWidthMax = 10'000;

constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kGray = "\033[90m";
constexpr std::string_view kPlain = "\033[0m";

void repeat(std::string& out, std::string_view text, size_t count) {
  for (size_t i = 0; i < count; ++i) out += text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (;;) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// The characters of one kind of horizontal line.
struct Edge {
  std::string_view left, dash, cross, right;
};
constexpr Edge kHeavyTop = {"┏", "━", "┳", "┓"};
constexpr Edge kHeavyBottom = {"┡", "━", "╇", "┩"};
constexpr Edge kFooterTop = {"┢", "━", "╈", "┪"};
constexpr Edge kFooterBottom = {"┗", "━", "┻", "┛"};
constexpr Edge kBetween = {"├", "─", "┼", "┤"};
constexpr Edge kLightTop = {"┌", "─", "┬", "┐"};
constexpr Edge kLightBottom = {"└", "─", "┴", "┘"};

// One drawn table: the texts of its cells, their widths, and the pen.
class Table {
 public:
  struct Row {
    uint64_t number;
    std::vector<std::string> cells;
  };

  Table(const Schema& schema, std::vector<Row> rows, uint64_t row_total, PrettyBox box,
        const FormatOptions& options)
      : schema_(schema),
        rows_(std::move(rows)),
        row_total_(row_total),
        box_(box),
        width_max_(options.pretty_column_width_max),
        color_(options.pretty_color) {
    number_width_ = std::to_string(row_total).size() + 2;
    measure();
  }

  // Whether the table would better be Vertical.
  bool is_unwieldy() const {
    if (row_total_ > kVerticalRowsMax || widths_.size() < kVerticalColumnsMin) return false;
    size_t width = 0;
    for (const size_t column : widths_) width += column;
    return has_line_ends_ || width >= kVerticalWidthMin;
  }

  void draw(std::string& out) const {
    draw_header(out);
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (i > 0 && box_ == PrettyBox::Full) draw_edge(kBetween, out);
      if (i > 0 && rows_[i].number != rows_[i - 1].number + 1) {
        draw_gap(out);
        if (box_ == PrettyBox::Full) draw_edge(kBetween, out);
      }
      draw_row(rows_[i], out);
    }
    draw_footer(out);
  }

 private:
  void measure() {
    size_t start = number_width_ + 2;  // where the first column's texts begin
    for (ColumnIndex c = 0; c < schema_.size(); ++c) {
      size_t width = display_width(schema_[c].name);
      for (Row& row : rows_) {
        std::string& cell = row.cells[c];
        size_t cell_width = 0;
        const std::vector<std::string_view> lines = lines_of(cell);
        has_line_ends_ = has_line_ends_ || lines.size() > 1;
        for (const std::string_view line : lines) {
          cell_width = std::max(cell_width, display_width(line, start));
        }
        if (cell_width > kCellWidthMax && !is_single_cell()) {
          cell.resize(bytes_of_width(cell, kCellWidthMax));
          cell += "⋯";
          cell_width = kCellWidthMax + 1;
        }
        width = std::max(width, cell_width);
      }
      widths_.push_back(std::min(width, width_max_));
      start += widths_.back() + 3;
    }
  }

  bool is_single_cell() const { return row_total_ == 1 && schema_.size() == 1; }

  void draw_margin(std::string& out) const { out.append(number_width_, ' '); }

  void draw_edge(const Edge& edge, std::string& out) const {
    draw_margin(out);
    out += edge.left;
    for (ColumnIndex c = 0; c < widths_.size(); ++c) {
      if (c > 0) out += edge.cross;
      repeat(out, edge.dash, widths_[c] + 2);
    }
    out += edge.right;
    out += '\n';
  }

  void draw_name(ColumnIndex c, std::string_view padding, std::string& out) const {
    const size_t width = display_width(schema_[c].name);
    const size_t pad = widths_[c] > width ? widths_[c] - width : 0;
    const bool right = aligns_right(*schema_[c].type);
    if (right) repeat(out, padding, pad);
    if (color_) out += kBold;
    out += schema_[c].name;
    if (color_) out += kPlain;
    if (!right) repeat(out, padding, pad);
  }

  // The names inside an edge, as PrettyCompact has them.
  void draw_named_edge(const Edge& edge, std::string& out) const {
    draw_margin(out);
    for (ColumnIndex c = 0; c < widths_.size(); ++c) {
      out += c == 0 ? edge.left : edge.cross;
      out += edge.dash;
      draw_name(c, edge.dash, out);
      out += edge.dash;
    }
    out += edge.right;
    out += '\n';
  }

  void draw_name_line(std::string& out) const {
    draw_margin(out);
    for (ColumnIndex c = 0; c < widths_.size(); ++c) {
      out += c == 0 ? "┃ " : " ┃ ";
      draw_name(c, " ", out);
    }
    out += " ┃\n";
  }

  void draw_spaced_names(std::string& out) const {
    draw_margin(out);
    for (ColumnIndex c = 0; c < widths_.size(); ++c) {
      out += c == 0 ? " " : "   ";
      draw_name(c, " ", out);
    }
    out += '\n';
  }

  void draw_header(std::string& out) const {
    switch (box_) {
      case PrettyBox::Full:
        draw_edge(kHeavyTop, out);
        draw_name_line(out);
        draw_edge(kHeavyBottom, out);
        break;
      case PrettyBox::Compact:
        draw_named_edge(kLightTop, out);
        break;
      case PrettyBox::Space:
        draw_spaced_names(out);
        out += '\n';
        break;
    }
  }

  void draw_footer(std::string& out) const {
    const bool has_names = row_total_ >= kFooterRowsMin;
    switch (box_) {
      case PrettyBox::Full:
        if (!has_names) {
          draw_edge(kLightBottom, out);
          break;
        }
        draw_edge(kFooterTop, out);
        draw_name_line(out);
        draw_edge(kFooterBottom, out);
        break;
      case PrettyBox::Compact:
        if (has_names) {
          draw_named_edge(kLightBottom, out);
        } else {
          draw_edge(kLightBottom, out);
        }
        break;
      case PrettyBox::Space:
        if (has_names) {
          out += '\n';
          draw_spaced_names(out);
          out += '\n';
        }
        break;
    }
  }

  // Stands for the rows that are left out.
  void draw_gap(std::string& out) const {
    size_t width = 1;
    for (const size_t column : widths_) width += column + 3;
    if (box_ == PrettyBox::Space) width -= 3;
    draw_margin(out);
    for (size_t i = 0; i < width; ++i) out += i % 2 == 0 ? "─" : " ";
    out += '\n';
  }

  void draw_row(const Row& row, std::string& out) const {
    std::vector<std::vector<std::string_view>> cells;
    size_t line_count = 1;
    for (const std::string& cell : row.cells) {
      cells.push_back(lines_of(cell));
      line_count = std::max(line_count, cells.back().size());
    }
    const std::string_view bar = box_ == PrettyBox::Space ? "" : "│";
    for (size_t line = 0; line < line_count; ++line) {
      draw_row_number(row, line, out);
      size_t start = number_width_ + 2;
      for (ColumnIndex c = 0; c < widths_.size(); ++c) {
        if (c > 0 && box_ == PrettyBox::Space) out += ' ';
        out += bar;
        draw_cell_line(c, cells[c], line, start, out);
        start += widths_[c] + 3;
      }
      out += bar;
      draw_tip(row, out);
      out += '\n';
    }
  }

  void draw_row_number(const Row& row, size_t line, std::string& out) const {
    if (line > 0) {
      draw_margin(out);
      return;
    }
    const std::string number = std::to_string(row.number) + ". ";
    if (color_) out += kGray;
    out.append(number_width_ - number.size(), ' ');
    out += number;
    if (color_) out += kPlain;
  }

  void draw_cell_line(ColumnIndex c, const std::vector<std::string_view>& lines, size_t line,
                      size_t start, std::string& out) const {
    const std::string_view text = line < lines.size() ? lines[line] : std::string_view();
    const bool goes_on = line + 1 < lines.size();
    const size_t width = display_width(text, start);
    const size_t pad = widths_[c] > width ? widths_[c] - width : 0;
    const bool right = aligns_right(*schema_[c].type);
    const bool gray = color_ && text == kShownNull;
    out += line > 0 && line < lines.size() ? "↳" : " ";
    if (right) out.append(pad, ' ');
    if (gray) out += kGray;
    out += text;
    if (gray) out += kPlain;
    if (!right) out.append(pad, ' ');
    out += goes_on ? "↴" : " ";
  }

  // A single large number is also spelled out.
  void draw_tip(const Row& row, std::string& out) const {
    if (!is_single_cell()) return;
    if (!is_number(*without_nullable(schema_[0].type))) return;
    const std::optional<std::string> readable = readable_number(row.cells[0]);
    if (!readable) return;
    if (color_) out += kGray;
    out += " -- " + *readable;
    if (color_) out += kPlain;
  }

  const Schema& schema_;
  std::vector<Row> rows_;
  uint64_t row_total_;
  PrettyBox box_;
  size_t width_max_;
  bool color_;
  size_t number_width_;
  std::vector<size_t> widths_;
  bool has_line_ends_ = false;
};

class PrettyWriter final : public ChunkWriter {
 public:
  PrettyWriter(const FormatOptions& options, PrettyBox box) : options_(options), box_(box) {}

  void begin(const Schema& schema, std::string&) override {
    schema_ = schema;
    cells_ = make_cell_writers(schema, CellStyle::Shown, options_);
  }

  void write(const Chunk& chunk, std::string&) override {
    if (chunk.row_count == 0) return;
    parts_.push_back({chunk, row_total_});
    row_total_ += chunk.row_count;
    drop_hidden_rows();
  }

  void end(const Summary& summary, std::string& out) override {
    if (row_total_ > 0) draw(parts_, shown_rows(), row_total_, out);
    if (row_total_ > options_.pretty_rows_max) {
      if (box_ == PrettyBox::Space) out += '\n';
      out += "Showed " + std::to_string(options_.pretty_rows_max) + " out of " +
             std::to_string(row_total_) + " rows.\n";
    }
    if (!summary.totals || summary.totals->row_count == 0) return;
    out += "\nTotals:\n";
    const Part part = {summary.totals->slice(0, 1), 0};
    std::vector<Table::Row> row;
    append_rows(part, 0, 1, row);
    draw({part}, std::move(row), 1, out);
  }

 private:
  struct Part {
    Chunk chunk;
    uint64_t first_row;  // 0-based
  };

  uint64_t head_rows() const { return (options_.pretty_rows_max + 1) / 2; }
  uint64_t tail_rows() const { return options_.pretty_rows_max / 2; }

  // Forgets chunks that lie wholly between the rows that will be shown.
  void drop_hidden_rows() {
    std::erase_if(parts_, [&](const Part& part) {
      const uint64_t end = part.first_row + part.chunk.row_count;
      return part.first_row >= head_rows() && end + tail_rows() <= row_total_ &&
             row_total_ > options_.pretty_rows_max;
    });
  }

  std::vector<Table::Row> shown_rows() const {
    std::vector<Table::Row> rows;
    const bool all = row_total_ <= options_.pretty_rows_max;
    for (const Part& part : parts_) {
      const uint64_t end = part.first_row + part.chunk.row_count;
      const uint64_t head_end = all ? end : std::clamp(head_rows(), part.first_row, end);
      append_rows(part, 0, head_end - part.first_row, rows);
      const uint64_t tail_begin = std::clamp(row_total_ - tail_rows(), head_end, end);
      if (!all) append_rows(part, tail_begin - part.first_row, part.chunk.row_count, rows);
    }
    return rows;
  }

  void append_rows(const Part& part, size_t begin, size_t end, std::vector<Table::Row>& out) const {
    if (begin >= end) return;
    const std::vector<ColumnPtr> columns = flat_columns(part.chunk.slice(begin, end - begin));
    for (size_t i = 0; i < end - begin; ++i) {
      Table::Row& row = out.emplace_back();
      row.number = part.first_row + begin + i + 1;
      for (size_t c = 0; c < cells_.size(); ++c) {
        cells_[c]->write(*columns[c], i, row.cells.emplace_back());
      }
    }
  }

  void draw(const std::vector<Part>& parts, std::vector<Table::Row> rows, uint64_t row_total,
            std::string& out) const {
    const Table table(schema_, std::move(rows), row_total, box_, options_);
    if (!table.is_unwieldy()) {
      table.draw(out);
      return;
    }
    const auto vertical = make_vertical_writer(options_);
    vertical->begin(schema_, out);
    for (const Part& part : parts) vertical->write(part.chunk, out);
  }

  FormatOptions options_;
  PrettyBox box_;
  Schema schema_;
  std::vector<CellWriterPtr> cells_;
  std::vector<Part> parts_;
  uint64_t row_total_ = 0;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_pretty_writer(const FormatOptions& options, PrettyBox box) {
  return std::make_unique<PrettyWriter>(options, box);
}

}  // namespace freshet
