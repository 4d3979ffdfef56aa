// SqlWriter collects SQL text and knows the layout: blanks in one line, or lines with indentation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/sql/ast_printer.h"

namespace freshet {

class SqlWriter {
 public:
  explicit SqlWriter(PrintStyle style) : style_(style) {}

  void add(std::string_view text) { text_ += text; }
  void add(char c) { text_ += c; }

  // A blank, or the beginning of a new line.
  void new_line() {
    if (style_ == PrintStyle::OneLine) {
      text_ += ' ';
    } else {
      text_ += '\n';
      text_.append(indent_ * 4, ' ');
    }
  }

  // The opening of a bracket whose content has lines of its own, and its closing.
  void open(char bracket) {
    text_ += bracket;
    ++indent_;
    if (style_ == PrintStyle::MultiLine) new_line();
  }
  void close(char bracket) {
    --indent_;
    if (style_ == PrintStyle::MultiLine) new_line();
    text_ += bracket;
  }

  // `a, b, c` after a blank, or one item a line if there are several.
  template <class T, class Write>
  void list(const std::vector<T>& items, Write write) {
    const bool lines = style_ == PrintStyle::MultiLine && items.size() > 1;
    ++indent_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += ',';
      if (lines) {
        new_line();
      } else {
        text_ += ' ';
      }
      write(items[i]);
    }
    --indent_;
  }

  // `a, b, c` in any case.
  template <class T, class Write>
  void inline_list(const std::vector<T>& items, Write write) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += ", ";
      write(items[i]);
    }
  }

  // SETTINGS of the whole statement follow: a query at its end must not swallow them.
  bool settings_follow() const { return settings_follow_; }
  void announce_settings() { settings_follow_ = true; }
  std::string take() { return std::move(text_); }

 private:
  PrintStyle style_;
  bool settings_follow_ = false;
  std::size_t indent_ = 0;
  std::string text_;
};

// expression_printer.cc
// Where the grammar takes `x AS y`.
void write_aliased(SqlWriter& writer, const ExpressionPtr& expression);
// Where it does not: an alias is put into parentheses.
void write_expression(SqlWriter& writer, const ExpressionPtr& expression);
void write_window_spec(SqlWriter& writer, const WindowSpec& spec);
void write_order_item(SqlWriter& writer, const OrderItem& item);
// `minmax`, `Delta(4)`: a call that was perhaps written without parentheses.
void write_call_or_name(SqlWriter& writer, const ExpressionPtr& expression);
std::string dotted_name(const std::vector<std::string>& parts);

// query_printer.cc
void write_query(SqlWriter& writer, const Query& query);
// A query at the end of a statement.
void write_last_query(SqlWriter& writer, const Query& query);
// `(SELECT ..)`.
void write_subquery(SqlWriter& writer, const Query& query);
void write_table_name(SqlWriter& writer, const TableName& name);
void write_table_expression(SqlWriter& writer, const TableExpression& table);
void write_setting(SqlWriter& writer, const SettingChange& setting);

// definition_printer.cc
void write_engine(SqlWriter& writer, const Engine& engine);
void write_storage(SqlWriter& writer, const StorageClause& storage);
void write_elements(SqlWriter& writer, const TableElements& elements);
void write_column(SqlWriter& writer, const ColumnDeclaration& column);
void write_index(SqlWriter& writer, const IndexDefinition& index);
void write_constraint(SqlWriter& writer, const ConstraintDefinition& constraint);
void write_projection(SqlWriter& writer, const ProjectionDefinition& projection);
void write_ttl_item(SqlWriter& writer, const TtlItem& item);
void write_assignment(SqlWriter& writer, const Assignment& assignment);
void write_partition(SqlWriter& writer, const Partition& partition);

// alter_printer.cc
void write_alter(SqlWriter& writer, const Alter& alter);

}  // namespace freshet
