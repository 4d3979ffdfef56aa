#include "storage/format/cell_writer.h"

#include <utility>

#include "storage/column/nested_column.h"
#include "storage/column/quoted_text.h"
#include "storage/column/string_column.h"
#include "storage/format/escape.h"

namespace freshet {

namespace {

using AppendText = void (*)(std::string& out, std::string_view text);

void append_raw(std::string& out, std::string_view text) { out += text; }
void append_single_quoted(std::string& out, std::string_view text) { append_quoted(out, text); }

// The cell's text as it is.
class PlainCellWriter final : public CellWriter {
 public:
  explicit PlainCellWriter(std::unique_ptr<const CellText> text) : text_(std::move(text)) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    text_->write(column, row, out);
  }

 private:
  std::unique_ptr<const CellText> text_;
};

// The cell's text between quotes, for texts that never contain one.
class FencedCellWriter final : public CellWriter {
 public:
  FencedCellWriter(std::unique_ptr<const CellText> text, char quote)
      : text_(std::move(text)), quote_(quote) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    out += quote_;
    text_->write(column, row, out);
    out += quote_;
  }

 private:
  std::unique_ptr<const CellText> text_;
  char quote_;
};

// The cell's text, then escaped.
class EscapedCellWriter final : public CellWriter {
 public:
  EscapedCellWriter(std::unique_ptr<const CellText> text, AppendText append)
      : text_(std::move(text)), append_(append) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    std::string text;
    text_->write(column, row, text);
    append_(out, text);
  }

 private:
  std::unique_ptr<const CellText> text_;
  AppendText append_;
};

// Strings are escaped straight out of the column.
template <class StringsColumn>
class StringCellWriter final : public CellWriter {
 public:
  explicit StringCellWriter(AppendText append) : append_(append) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    append_(out, static_cast<const StringsColumn&>(column).at(row));
  }

 private:
  AppendText append_;
};

class NullableCellWriter final : public CellWriter {
 public:
  NullableCellWriter(CellWriterPtr nested, std::string_view null)
      : nested_(std::move(nested)), null_(null) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& nullable = static_cast<const NullableColumn&>(column);
    if (nullable.nulls()[row] != 0) {
      out += null_;
    } else {
      nested_->write(*nullable.nested(), row, out);
    }
  }

 private:
  CellWriterPtr nested_;
  std::string_view null_;
};

AppendText append_function(CellStyle style) {
  switch (style) {
    case CellStyle::Escaped:
      return append_escaped;
    case CellStyle::Csv:
      return append_csv_quoted;
    case CellStyle::Quoted:
      return append_single_quoted;
    case CellStyle::Json:
    case CellStyle::JsonText:
      return append_json_string;
    case CellStyle::Raw:
    case CellStyle::Shown:
      break;
  }
  return append_raw;
}

std::string_view null_text(CellStyle style) {
  switch (style) {
    case CellStyle::Quoted:
      return "NULL";
    case CellStyle::JsonText:
      return "\"ᴺᵁᴸᴸ\"";
    case CellStyle::Shown:
      return kShownNull;
    default:
      return "\\N";
  }
}

// '\0': the style writes such cells bare.
char fence_of(CellStyle style) {
  switch (style) {
    case CellStyle::Csv:
    case CellStyle::JsonText:
      return '"';
    case CellStyle::Quoted:
      return '\'';
    default:
      return '\0';
  }
}

CellWriterPtr make_string_cell(const DataType& type, AppendText append) {
  if (type.kind() == PhysicalKind::FixedString) {
    return std::make_unique<StringCellWriter<FixedStringColumn>>(append);
  }
  return std::make_unique<StringCellWriter<StringColumn>>(append);
}

bool is_bare_number(const DataType& type) {
  return is_number(type) || type.id() == TypeId::Interval || type.id() == TypeId::Bool;
}

}  // namespace

CellWriterPtr make_cell_writer(const DataTypePtr& type, CellStyle style,
                               const FormatOptions& options) {
  if (style == CellStyle::Json) return make_json_cell_writer(type, options);
  switch (type->id()) {
    case TypeId::Nullable:
      return std::make_unique<NullableCellWriter>(
          make_cell_writer(type->argument(0), style, options), null_text(style));
    case TypeId::LowCardinality:
      return make_cell_writer(type->argument(0), style, options);
    case TypeId::String:
    case TypeId::FixedString:
    case TypeId::AggregateFunction:
      return make_string_cell(*type, append_function(style));
    case TypeId::Enum8:
    case TypeId::Enum16:
      return std::make_unique<EscapedCellWriter>(make_cell_text(type, options.text),
                                                 append_function(style));
    case TypeId::Array:
    case TypeId::Tuple:
    case TypeId::Map:
      // Strings inside are escaped already; CSV and JSON strings quote the whole on top.
      if (style == CellStyle::Csv || style == CellStyle::JsonText) {
        return std::make_unique<EscapedCellWriter>(make_cell_text(type, options.text),
                                                   append_function(style));
      }
      return std::make_unique<PlainCellWriter>(make_cell_text(type, options.text));
    default:
      break;
  }
  const char fence = is_bare_number(*type) && style != CellStyle::JsonText ? '\0' : fence_of(style);
  if (fence == '\0') return std::make_unique<PlainCellWriter>(make_cell_text(type, options.text));
  return std::make_unique<FencedCellWriter>(make_cell_text(type, options.text), fence);
}

}  // namespace freshet
