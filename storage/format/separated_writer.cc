#include "storage/format/separated_writer.h"

#include <utility>

#include "storage/format/tuple_spread.h"

namespace freshet {

namespace {

class SeparatedWriter final : public ChunkWriter {
 public:
  SeparatedWriter(SeparatedStyle style, const FormatOptions& options)
      : style_(std::move(style)), options_(options) {}

  void begin(const Schema& schema, std::string& out) override {
    schema_ = schema;
    const Schema written = style_.spread_tuples ? spread_tuples(schema) : schema;
    std::vector<std::string> names;
    std::vector<std::string> types;
    for (const NamedType& column : written.columns()) {
      names.push_back(column.name);
      types.push_back(column.type->name());
    }
    if (style_.header != HeaderRows::None) write_header_row(names, out);
    if (style_.header == HeaderRows::NamesAndTypes) write_header_row(types, out);
    rows_ = RowsWriter(
        separated_layout(written.size(), style_.begin, style_.separator, style_.end),
        make_cell_writers(written, style_.cells, options_));
  }

  void write(const Chunk& chunk, std::string& out) override {
    rows_.write(style_.spread_tuples ? spread_tuples(schema_, chunk) : chunk, out);
  }

  void end(const Summary& summary, std::string& out) override {
    if (!summary.totals) return;
    out += '\n';
    write(*summary.totals, out);
  }

 private:
  void write_header_row(const std::vector<std::string>& texts, std::string& out) const {
    out += style_.begin;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) out += style_.separator;
      style_.append_name(out, texts[i]);
    }
    out += style_.end;
  }

  SeparatedStyle style_;
  FormatOptions options_;
  Schema schema_;
  RowsWriter rows_;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_separated_writer(SeparatedStyle style,
                                                   const FormatOptions& options) {
  return std::make_unique<SeparatedWriter>(std::move(style), options);
}

}  // namespace freshet
