#include "storage/format/markdown.h"

#include "storage/format/cell_alignment.h"
#include "storage/format/escape.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

class MarkdownWriter final : public ChunkWriter {
 public:
  explicit MarkdownWriter(const FormatOptions& options) : options_(options) {}

  void begin(const Schema& schema, std::string& out) override {
    out += '|';
    for (const NamedType& column : schema.columns()) {
      out += ' ';
      append_escaped(out, column.name);
      out += " |";
    }
    out += "\n|";
    for (const NamedType& column : schema.columns()) {
      out += aligns_right(*column.type) ? "-:|" : ":-|";
    }
    out += '\n';
    rows_ = RowsWriter(separated_layout(schema.size(), "| ", " | ", " |\n"),
                       make_cell_writers(schema, CellStyle::Escaped, options_));
  }
  void write(const Chunk& chunk, std::string& out) override { rows_.write(chunk, out); }
  void end(const Summary&, std::string&) override {}

 private:
  FormatOptions options_;
  RowsWriter rows_;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_markdown_writer(const FormatOptions& options) {
  return std::make_unique<MarkdownWriter>(options);
}

}  // namespace freshet
