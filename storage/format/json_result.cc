#include "storage/format/json_result.h"

#include <utility>
#include <vector>

#include "storage/column/number_text.h"
#include "storage/format/escape.h"
#include "storage/format/row_layout.h"

namespace freshet {

namespace {

std::string json_string(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted;
}

class JsonResultWriter final : public ChunkWriter {
 public:
  JsonResultWriter(const FormatOptions& options, JsonResultStyle style)
      : options_(options), style_(style) {}

  void begin(const Schema& schema, std::string& out) override {
    schema_ = schema;
    out += "{\n\t\"meta\":\n\t[\n";
    for (ColumnIndex i = 0; i < schema.size(); ++i) {
      if (i > 0) out += ",\n";
      out += "\t\t{\n\t\t\t\"name\": ";
      append_valid_utf8(out, json_string(schema[i].name));
      out += ",\n\t\t\t\"type\": ";
      append_valid_utf8(out, json_string(schema[i].type->name()));
      out += "\n\t\t}";
    }
    out += "\n\t],\n\n\t\"data\":\n\t[\n";
    constexpr size_t kRowTabs = 2;
    rows_ = make_rows(kRowTabs, std::string(kRowTabs, '\t'));
  }

  void write(const Chunk& chunk, std::string& out) override { rows_.write(chunk, out); }

  void end(const Summary& summary, std::string& out) override {
    out += "\n\t],\n\n";
    if (summary.totals) {
      constexpr size_t kTotalsTabs = 1;
      // An object opens on a line of its own.
      out += style_.rows_are_objects ? "\t\"totals\":\n" : "\t\"totals\": ";
      make_rows(kTotalsTabs, style_.rows_are_objects ? "\t" : "").write(*summary.totals, out);
      out += ",\n\n";
    }
    out += "\t\"rows\": " + std::to_string(rows_.rows_written());
    if (summary.rows_before_limit) {
      out += ",\n\n\t\"rows_before_limit_at_least\": " + std::to_string(*summary.rows_before_limit);
    }
    out += ",\n\n\t\"statistics\":\n\t{\n\t\t\"elapsed\": ";
    append_float(out, summary.elapsed_s);
    out += ",\n\t\t\"rows_read\": " + std::to_string(summary.rows_read);
    out += ",\n\t\t\"bytes_read\": " + std::to_string(summary.bytes_read);
    out += "\n\t}\n}\n";
  }

 private:
  // Rows that start with `indent` and lie `tabs` deep.
  RowsWriter make_rows(size_t tabs, const std::string& indent) const {
    std::vector<CellWriterPtr> cells;
    for (const NamedType& column : schema_.columns()) {
      if (style_.cells_are_strings) {
        cells.push_back(make_cell_writer(column.type, CellStyle::JsonText, options_));
      } else {
        const auto cell_tabs = style_.rows_are_objects ? std::optional(tabs + 1) : std::nullopt;
        cells.push_back(make_json_cell_writer(column.type, options_, cell_tabs));
      }
    }
    RowLayout layout = style_.rows_are_objects
                           ? object_layout(tabs, indent)
                           : separated_layout(schema_.size(), indent + "[", ", ", "]");
    layout.between = ",\n";
    layout.valid_utf8 = true;
    return RowsWriter(std::move(layout), std::move(cells));
  }

  RowLayout object_layout(size_t tabs, const std::string& indent) const {
    RowLayout layout;
    for (const NamedType& column : schema_.columns()) {
      const std::string_view opening = layout.before.empty() ? "{\n" : ",\n";
      layout.before.push_back((layout.before.empty() ? indent : std::string()) +
                              std::string(opening) + std::string(tabs + 1, '\t') +
                              json_string(column.name) + ": ");
    }
    layout.after = "\n" + std::string(tabs, '\t') + "}";
    return layout;
  }

  FormatOptions options_;
  JsonResultStyle style_;
  Schema schema_;
  RowsWriter rows_;
};

class JsonColumnsWriter final : public ChunkWriter {
 public:
  explicit JsonColumnsWriter(const FormatOptions& options) : options_(options) {}

  void begin(const Schema& schema, std::string& out) override {
    out += "{\n";
    for (const NamedType& column : schema.columns()) {
      texts_.push_back("\t" + json_string(column.name) + ": [");
      cells_.push_back(make_json_cell_writer(column.type, options_));
    }
  }

  void write(const Chunk& chunk, std::string&) override {
    const std::vector<ColumnPtr> columns = flat_columns(chunk);
    for (size_t c = 0; c < cells_.size(); ++c) {
      for (size_t row = 0; row < chunk.row_count; ++row) {
        if (has_rows_ || row > 0) texts_[c] += ", ";
        cells_[c]->write(*columns[c], row, texts_[c]);
      }
    }
    has_rows_ = has_rows_ || chunk.row_count > 0;
  }

  void end(const Summary&, std::string& out) override {
    for (size_t c = 0; c < texts_.size(); ++c) {
      out += texts_[c];
      out += c + 1 < texts_.size() ? "],\n" : "]\n";
    }
    out += "}\n";
  }

 private:
  FormatOptions options_;
  std::vector<std::string> texts_;
  std::vector<CellWriterPtr> cells_;
  bool has_rows_ = false;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_json_result_writer(const FormatOptions& options,
                                                     JsonResultStyle style) {
  return std::make_unique<JsonResultWriter>(options, style);
}

std::unique_ptr<ChunkWriter> make_json_columns_writer(const FormatOptions& options) {
  return std::make_unique<JsonColumnsWriter>(options);
}

}  // namespace freshet
