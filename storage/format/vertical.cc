#include <algorithm>
#include <utility>
#include <vector>

#include "storage/format/cell_writer.h"
#include "storage/format/display_width.h"
#include "storage/format/pretty.h"
#include "storage/format/readable_number.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

class VerticalWriter final : public ChunkWriter {
 public:
  explicit VerticalWriter(const FormatOptions& options) : options_(options) {}

  void begin(const Schema& schema, std::string&) override {
    size_t width_max = 0;
    for (const NamedType& column : schema.columns()) {
      width_max = std::max(width_max, display_width(column.name));
    }
    for (const NamedType& column : schema.columns()) {
      std::string label = options_.pretty_color ? "\033[1m" : "";
      label += column.name + ":";
      if (options_.pretty_color) label += "\033[0m";
      label.append(width_max - display_width(column.name) + 1, ' ');
      labels_.push_back(std::move(label));
      is_number_.push_back(is_number(*without_nullable(column.type)));
      cells_.push_back(make_cell_writer(column.type, CellStyle::Shown, options_));
    }
  }

  void write(const Chunk& chunk, std::string& out) override {
    const std::vector<ColumnPtr> columns = flat_columns(chunk);
    for (size_t row = 0; row < chunk.row_count; ++row) {
      if (++rows_ > options_.pretty_rows_max) continue;
      if (rows_ > 1) out += '\n';
      write_row("Row " + std::to_string(rows_) + ":", columns, row, out);
    }
  }

  void end(const Summary& summary, std::string& out) override {
    if (rows_ > options_.pretty_rows_max) {
      out += "\nShowed first " + std::to_string(options_.pretty_rows_max) + ".\n";
    }
    if (!summary.totals || summary.totals->row_count == 0) return;
    out += "\n\n";
    write_row("Totals:", flat_columns(*summary.totals), 0, out);
  }

 private:
  void write_row(std::string_view title, const std::vector<ColumnPtr>& columns, size_t row,
                 std::string& out) const {
    out += title;
    out += '\n';
    for (size_t i = 0; i < title.size(); ++i) out += "─";
    out += '\n';
    for (size_t c = 0; c < cells_.size(); ++c) {
      out += labels_[c];
      const size_t cell_begin = out.size();
      cells_[c]->write(*columns[c], row, out);
      if (is_number_[c]) append_tip(cell_begin, out);
      out += '\n';
    }
  }

  // Spells out a large number behind its digits.
  void append_tip(size_t cell_begin, std::string& out) const {
    const auto readable = readable_number(std::string_view(out).substr(cell_begin));
    if (!readable) return;
    if (options_.pretty_color) out += "\033[90m";
    out += " -- " + *readable;
    if (options_.pretty_color) out += "\033[0m";
  }

  FormatOptions options_;
  std::vector<bool> is_number_;
  std::vector<std::string> labels_;
  std::vector<CellWriterPtr> cells_;
  uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_vertical_writer(const FormatOptions& options) {
  return std::make_unique<VerticalWriter>(options);
}

}  // namespace freshet
