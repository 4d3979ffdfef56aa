#include <utility>

#include "storage/format/escape.h"
#include "storage/format/json_lines.h"
#include "storage/format/row_layout.h"
#include "storage/format/separated_writer.h"

namespace freshet {

namespace {

CellStyle cell_style(JsonCells cells) {
  return cells == JsonCells::Typed ? CellStyle::Json : CellStyle::JsonText;
}

class JsonObjectWriter final : public ChunkWriter {
 public:
  JsonObjectWriter(const FormatOptions& options, JsonCells cells)
      : options_(options), cells_(cells) {}

  void begin(const Schema& schema, std::string&) override {
    RowLayout layout;
    for (const NamedType& column : schema.columns()) {
      std::string& before = layout.before.emplace_back(layout.before.empty() ? "{" : ",");
      append_json_string(before, column.name);
      before += ':';
    }
    layout.after = "}\n";
    rows_ = RowsWriter(std::move(layout), make_cell_writers(schema, cell_style(cells_), options_));
  }
  void write(const Chunk& chunk, std::string& out) override { rows_.write(chunk, out); }
  void end(const Summary&, std::string&) override {}

 private:
  FormatOptions options_;
  JsonCells cells_;
  RowsWriter rows_;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_json_object_writer(const FormatOptions& options,
                                                     JsonCells cells) {
  return std::make_unique<JsonObjectWriter>(options, cells);
}

std::unique_ptr<ChunkWriter> make_json_array_writer(const FormatOptions& options, JsonCells cells,
                                                    HeaderRows header) {
  SeparatedStyle style;
  style.begin = "[";
  style.separator = ", ";
  style.end = "]\n";
  style.cells = cell_style(cells);
  style.header = header;
  style.append_name = append_json_string;
  return make_separated_writer(std::move(style), options);
}

}  // namespace freshet
