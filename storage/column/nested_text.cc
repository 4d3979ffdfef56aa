#include "storage/column/nested_text.h"

#include <vector>

#include "storage/column/nested_column.h"
#include "storage/column/quoted_text.h"

namespace freshet {

namespace {

void skip_spaces(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\n')) {
    rest.remove_prefix(1);
  }
}

bool take(std::string_view& rest, char mark) {
  skip_spaces(rest);
  if (rest.empty() || rest.front() != mark) return false;
  rest.remove_prefix(1);
  return true;
}

// What stands before the next mark of a list, without spaces around it.
std::string_view peek_bare(std::string_view rest) {
  skip_spaces(rest);
  return rest.substr(0, rest.find_first_of(",:)]} \t\n"));
}

// A cell inside a list. Unlike CellText it says where the cell ends, and may leave half a cell
// behind when it fails: the outermost list truncates.
class Literal {
 public:
  virtual ~Literal() = default;
  // Takes one cell off the front of `rest`.
  virtual bool parse(std::string_view& rest, Column& column) const = 0;
  virtual void write(const Column& column, size_t row, std::string& out) const = 0;
};

using LiteralPtr = std::unique_ptr<const Literal>;

LiteralPtr make_literal(const DataTypePtr& type, const TextOptions& options);

// A number stands bare, anything else between quotes.
class PlainLiteral final : public Literal {
 public:
  PlainLiteral(const DataTypePtr& type, const TextOptions& options)
      : cell_(make_cell_text(type, options)),
        is_string_(type->kind() == PhysicalKind::String ||
                   type->kind() == PhysicalKind::FixedString),
        is_bare_(is_number(*type) || type->id() == TypeId::Interval) {}

  bool parse(std::string_view& rest, Column& column) const override {
    skip_spaces(rest);
    if (!rest.empty() && rest.front() == '\'') {
      std::string text;
      return read_quoted(rest, '\'', text) && cell_->parse(text, column);
    }
    if (is_string_) return false;
    const std::string_view bare = peek_bare(rest);
    rest.remove_prefix(bare.size());
    return cell_->parse(bare, column);
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    if (is_bare_) {
      cell_->write(column, row, out);
      return;
    }
    std::string text;
    cell_->write(column, row, text);
    append_quoted(out, text);
  }

 private:
  std::unique_ptr<const CellText> cell_;
  bool is_string_;
  bool is_bare_;
};

class NullableLiteral final : public Literal {
 public:
  explicit NullableLiteral(LiteralPtr nested) : nested_(std::move(nested)) {}

  bool parse(std::string_view& rest, Column& column) const override {
    auto& nullable = static_cast<NullableColumn&>(column);
    skip_spaces(rest);
    const std::string_view bare = peek_bare(rest);
    if (is_null(bare)) {
      rest.remove_prefix(bare.size());
      nullable.append_default(1);
      return true;
    }
    if (!nested_->parse(rest, nullable.mutable_nested())) return false;
    nullable.mutable_nulls().push_back(0);
    return true;
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& nullable = static_cast<const NullableColumn&>(column);
    if (nullable.nulls()[row] != 0) {
      out += "NULL";
    } else {
      nested_->write(*nullable.nested(), row, out);
    }
  }

 private:
  static bool is_null(std::string_view word) {
    constexpr std::string_view kNull = "null";
    if (word.size() != kNull.size()) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      if (static_cast<char>(word[i] | 0x20) != kNull[i]) return false;
    }
    return true;
  }

  LiteralPtr nested_;
};

class ArrayLiteral final : public Literal {
 public:
  explicit ArrayLiteral(LiteralPtr element) : element_(std::move(element)) {}

  bool parse(std::string_view& rest, Column& column) const override {
    auto& array = static_cast<ArrayColumn&>(column);
    if (!take(rest, '[')) return false;
    if (!take(rest, ']')) {
      Column& elements = array.mutable_elements();
      do {
        if (!element_->parse(rest, elements)) return false;
      } while (take(rest, ','));
      if (!take(rest, ']')) return false;
    }
    array.close_list();
    return true;
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const uint32_t begin = array.offsets()[row];
    out += '[';
    for (uint32_t i = begin; i < array.offsets()[row + 1]; ++i) {
      if (i > begin) out += ',';
      element_->write(*array.elements(), i, out);
    }
    out += ']';
  }

 private:
  LiteralPtr element_;
};

class TupleLiteral final : public Literal {
 public:
  explicit TupleLiteral(std::vector<LiteralPtr> elements) : elements_(std::move(elements)) {}

  bool parse(std::string_view& rest, Column& column) const override {
    auto& tuple = static_cast<TupleColumn&>(column);
    if (!take(rest, '(')) return false;
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (i > 0 && !take(rest, ',')) return false;
      if (!elements_[i]->parse(rest, tuple.mutable_element(i))) return false;
    }
    if (elements_.size() == 1) take(rest, ',');  // "(1,)"
    if (!take(rest, ')')) return false;
    tuple.close_row();
    return true;
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& tuple = static_cast<const TupleColumn&>(column);
    out += '(';
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (i > 0) out += ',';
      elements_[i]->write(*tuple.element(i), row, out);
    }
    out += ')';
  }

 private:
  std::vector<LiteralPtr> elements_;
};

class MapLiteral final : public Literal {
 public:
  MapLiteral(LiteralPtr key, LiteralPtr value) : key_(std::move(key)), value_(std::move(value)) {}

  bool parse(std::string_view& rest, Column& column) const override {
    auto& array = static_cast<ArrayColumn&>(column);
    if (!take(rest, '{')) return false;
    if (!take(rest, '}')) {
      auto& pairs = static_cast<TupleColumn&>(array.mutable_elements());
      do {
        if (!key_->parse(rest, pairs.mutable_element(0)) || !take(rest, ':') ||
            !value_->parse(rest, pairs.mutable_element(1))) {
          return false;
        }
        pairs.close_row();
      } while (take(rest, ','));
      if (!take(rest, '}')) return false;
    }
    array.close_list();
    return true;
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    const auto& array = static_cast<const ArrayColumn&>(column);
    const auto& pairs = static_cast<const TupleColumn&>(*array.elements());
    const uint32_t begin = array.offsets()[row];
    out += '{';
    for (uint32_t i = begin; i < array.offsets()[row + 1]; ++i) {
      if (i > begin) out += ',';
      key_->write(*pairs.element(0), i, out);
      out += ':';
      value_->write(*pairs.element(1), i, out);
    }
    out += '}';
  }

 private:
  LiteralPtr key_;
  LiteralPtr value_;
};

LiteralPtr make_literal(const DataTypePtr& type, const TextOptions& options) {
  switch (type->id()) {
    case TypeId::Nullable:
      return std::make_unique<NullableLiteral>(make_literal(type->argument(0), options));
    case TypeId::LowCardinality:
      return make_literal(type->argument(0), options);
    case TypeId::Array:
      return std::make_unique<ArrayLiteral>(make_literal(type->argument(0), options));
    case TypeId::Map:
      return std::make_unique<MapLiteral>(make_literal(type->argument(0), options),
                                          make_literal(type->argument(1), options));
    case TypeId::Tuple: {
      std::vector<LiteralPtr> elements;
      for (const DataTypePtr& element : type->arguments()) {
        elements.push_back(make_literal(element, options));
      }
      return std::make_unique<TupleLiteral>(std::move(elements));
    }
    default:
      return std::make_unique<PlainLiteral>(type, options);
  }
}

class NestedText final : public CellText {
 public:
  explicit NestedText(LiteralPtr literal) : literal_(std::move(literal)) {}

  bool parse(std::string_view text, Column& column) const override {
    const size_t before = column.size();
    if (literal_->parse(text, column)) {
      skip_spaces(text);
      if (text.empty()) return true;
    }
    truncate(column, before);
    return false;
  }

  void write(const Column& column, size_t row, std::string& out) const override {
    literal_->write(column, row, out);
  }

 private:
  LiteralPtr literal_;
};

}  // namespace

std::unique_ptr<const CellText> make_nested_text(const DataTypePtr& type,
                                                 const TextOptions& options) {
  return std::make_unique<NestedText>(make_literal(type, options));
}

}  // namespace freshet
