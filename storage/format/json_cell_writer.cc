// Cells as JSON values: the half of cell_writer.h that spreads lists over lines.
#include <cmath>
#include <utility>
#include <vector>

#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/format/cell_writer.h"
#include "storage/format/escape.h"

namespace freshet {

namespace {

// Brackets, commas and line starts of one list.
class Layout {
 public:
  explicit Layout(std::optional<size_t> indent_tabs) : indent_tabs_(indent_tabs) {}

  void open(std::string& out, char bracket) const {
    out += bracket;
    start_line(out, 1);
  }
  void next(std::string& out) const {
    out += ',';
    start_line(out, 1);
  }
  void close(std::string& out, char bracket) const {
    start_line(out, 0);
    out += bracket;
  }
  std::string_view colon() const { return indent_tabs_ ? ": " : ":"; }

 private:
  void start_line(std::string& out, size_t more_tabs) const {
    if (!indent_tabs_) return;
    out += '\n';
    out.append(*indent_tabs_ + more_tabs, '\t');
  }

  std::optional<size_t> indent_tabs_;
};

std::optional<size_t> deeper(std::optional<size_t> indent_tabs) {
  return indent_tabs ? std::optional(*indent_tabs + 1) : std::nullopt;
}

// JSON has no spelling for infinities and NaN.
template <class T>
class JsonFloat final : public CellWriter {
 public:
  JsonFloat(CellWriterPtr number, bool quote_denormals)
      : number_(std::move(number)), quote_denormals_(quote_denormals) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const bool finite = std::isfinite(static_cast<const NumberColumn<T>&>(column).values()[row]);
    if (!finite && !quote_denormals_) {
      out += "null";
      return;
    }
    if (!finite) out += '"';
    number_->write(column, row, out);
    if (!finite) out += '"';
  }

 private:
  CellWriterPtr number_;
  bool quote_denormals_;
};

class JsonNullable final : public CellWriter {
 public:
  explicit JsonNullable(CellWriterPtr nested) : nested_(std::move(nested)) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& nullable = static_cast<const NullableColumn&>(column);
    if (nullable.nulls()[row] != 0) {
      out += "null";
    } else {
      nested_->write(*nullable.nested(), row, out);
    }
  }

 private:
  CellWriterPtr nested_;
};

class JsonArray final : public CellWriter {
 public:
  JsonArray(CellWriterPtr element, Layout layout) : element_(std::move(element)), layout_(layout) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const uint32_t begin = array.offsets()[row];
    const uint32_t end = array.offsets()[row + 1];
    if (begin == end) {
      out += "[]";
      return;
    }
    for (uint32_t i = begin; i < end; ++i) {
      if (i == begin) {
        layout_.open(out, '[');
      } else {
        layout_.next(out);
      }
      element_->write(*array.elements(), i, out);
    }
    layout_.close(out, ']');
  }

 private:
  CellWriterPtr element_;
  Layout layout_;
};

class JsonTuple final : public CellWriter {
 public:
  // `names`: JSON strings of the element names, or none to write a list.
  JsonTuple(std::vector<CellWriterPtr> elements, std::vector<std::string> names, Layout layout)
      : elements_(std::move(elements)), names_(std::move(names)), layout_(layout) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& tuple = static_cast<const TupleColumn&>(column);
    const bool as_object = !names_.empty();
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (i == 0) {
        layout_.open(out, as_object ? '{' : '[');
      } else {
        layout_.next(out);
      }
      if (as_object) {
        out += names_[i];
        out += layout_.colon();
      }
      elements_[i]->write(*tuple.element(i), row, out);
    }
    layout_.close(out, as_object ? '}' : ']');
  }

 private:
  std::vector<CellWriterPtr> elements_;
  std::vector<std::string> names_;
  Layout layout_;
};

class JsonMap final : public CellWriter {
 public:
  JsonMap(CellWriterPtr key, CellWriterPtr value, Layout layout)
      : key_(std::move(key)), value_(std::move(value)), layout_(layout) {}
  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const auto& pairs = static_cast<const TupleColumn&>(*array.elements());
    const uint32_t begin = array.offsets()[row];
    const uint32_t end = array.offsets()[row + 1];
    if (begin == end) {
      out += "{}";
      return;
    }
    for (uint32_t i = begin; i < end; ++i) {
      if (i == begin) {
        layout_.open(out, '{');
      } else {
        layout_.next(out);
      }
      key_->write(*pairs.element(0), i, out);
      out += layout_.colon();
      value_->write(*pairs.element(1), i, out);
    }
    layout_.close(out, '}');
  }

 private:
  CellWriterPtr key_;
  CellWriterPtr value_;
  Layout layout_;
};

bool is_list(const DataType& type) {
  switch (type.id()) {
    case TypeId::Array:
    case TypeId::Tuple:
    case TypeId::Map:
      return true;
    case TypeId::Nullable:
    case TypeId::LowCardinality:
      return is_list(*type.argument(0));
    default:
      return false;
  }
}

CellWriterPtr make_json_tuple(const DataType& type, const FormatOptions& options,
                              std::optional<size_t> indent_tabs) {
  std::vector<CellWriterPtr> elements;
  for (const DataTypePtr& element : type.arguments()) {
    elements.push_back(make_json_cell_writer(element, options, deeper(indent_tabs)));
  }
  std::vector<std::string> names;
  if (options.json_named_tuples_as_objects) {
    for (const std::string& name : type.tuple_names()) append_json_string(names.emplace_back(), name);
  }
  return std::make_unique<JsonTuple>(std::move(elements), std::move(names), Layout(indent_tabs));
}

bool is_64bit_integer(const DataType& type) {
  return type.id() == TypeId::Int64 || type.id() == TypeId::UInt64 || type.id() == TypeId::Interval;
}

}  // namespace

CellWriterPtr make_json_cell_writer(const DataTypePtr& type, const FormatOptions& options,
                                    std::optional<size_t> indent_tabs) {
  switch (type->id()) {
    case TypeId::Nullable:
      return std::make_unique<JsonNullable>(
          make_json_cell_writer(type->argument(0), options, indent_tabs));
    case TypeId::LowCardinality:
      return make_json_cell_writer(type->argument(0), options, indent_tabs);
    case TypeId::Array: {
      const DataTypePtr& element = type->argument(0);
      // Simple elements share one line.
      const auto layout_tabs = is_list(*element) ? indent_tabs : std::nullopt;
      return std::make_unique<JsonArray>(
          make_json_cell_writer(element, options, deeper(indent_tabs)), Layout(layout_tabs));
    }
    case TypeId::Tuple:
      return make_json_tuple(*type, options, indent_tabs);
    case TypeId::Map:
      return std::make_unique<JsonMap>(
          make_cell_writer(type->argument(0), CellStyle::JsonText, options),
          make_json_cell_writer(type->argument(1), options, deeper(indent_tabs)),
          Layout(indent_tabs));
    case TypeId::Float32:
      return std::make_unique<JsonFloat<float>>(
          make_cell_writer(type, CellStyle::Raw, options), options.json_quote_denormals);
    case TypeId::Float64:
      return std::make_unique<JsonFloat<double>>(
          make_cell_writer(type, CellStyle::Raw, options), options.json_quote_denormals);
    default:
      break;
  }
  const bool is_bare = (is_number(*type) || type->id() == TypeId::Interval) &&
                       !(options.json_quote_64bit_integers && is_64bit_integer(*type));
  return make_cell_writer(type, is_bare ? CellStyle::Raw : CellStyle::JsonText, options);
}

}  // namespace freshet
