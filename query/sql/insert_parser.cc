#include "query/sql/insert_parser.h"

#include "query/sql/call_parser.h"
#include "query/sql/select_parser.h"

namespace freshet {

namespace {

// After `FORMAT x`: blanks, one `;`, blanks, and one end of line are not data. Everything else is:
// binary formats may begin with any byte.
std::size_t data_offset_after_format(std::string_view text, std::size_t offset) {
  auto skip_blanks = [&] {
    while (offset < text.size() &&
           (text[offset] == ' ' || text[offset] == '\t' || text[offset] == '\f')) {
      ++offset;
    }
  };
  skip_blanks();
  if (offset < text.size() && text[offset] == ';') ++offset;
  skip_blanks();
  if (offset < text.size() && text[offset] == '\r') ++offset;
  if (offset < text.size() && text[offset] == '\n') ++offset;
  return offset;
}

void parse_format(TokenCursor& cursor, Insert* insert) {
  insert->format = cursor.take_word("name of a format");
  if (insert->source == InsertSource::File) return;
  insert->data_offset = data_offset_after_format(cursor.text(), cursor.last_end());
}

std::string parse_column_name(TokenCursor& cursor) {
  std::string name = cursor.take_name("column name");
  while (cursor.accept(TokenKind::Dot)) name += "." + cursor.take_name("column name");
  return name;
}

// `(a, b)`, `(*)`, `(* EXCEPT(a, b))`.
void parse_columns(TokenCursor& cursor, Insert* insert) {
  if (!cursor.at(TokenKind::LeftParenthesis) || at_query(cursor)) return;
  cursor.take();
  bool nested = false;
  if (cursor.accept(TokenKind::Asterisk)) {
    insert->columns_except = cursor.accept("EXCEPT");
    nested = insert->columns_except && cursor.accept(TokenKind::LeftParenthesis);
  }
  const bool everything = cursor.at(TokenKind::RightParenthesis) && !insert->columns_except;
  if (!everything) {
    do {
      insert->columns.push_back(parse_column_name(cursor));
    } while (cursor.accept(TokenKind::Comma));
  }
  if (nested) cursor.expect(TokenKind::RightParenthesis);
  cursor.expect(TokenKind::RightParenthesis);
}

void parse_target(TokenCursor& cursor, Insert* insert) {
  cursor.accept("INTO");
  const bool table_is_name = cursor.at("VALUES", 1) || cursor.at("FORMAT", 1) || !cursor.at_name(1);
  if (cursor.at("TABLE") && !table_is_name) cursor.take();
  if (cursor.at("FUNCTION") && cursor.at_name(1) && cursor.at(TokenKind::LeftParenthesis, 2)) {
    cursor.take();
    insert->target = TableFunction{parse_call(cursor)};
    return;
  }
  insert->target = parse_table_name(cursor);
}

void parse_infile(TokenCursor& cursor, Insert* insert) {
  insert->source = InsertSource::File;
  insert->infile = cursor.take_string("name of a file");
  if (cursor.accept("COMPRESSION")) insert->compression = cursor.take_string();
}

}  // namespace

Insert parse_insert(TokenCursor& cursor) {
  Insert insert;
  cursor.expect("INSERT");
  parse_target(cursor, &insert);
  parse_columns(cursor, &insert);
  if (cursor.accept("FROM INFILE")) parse_infile(cursor, &insert);
  if (cursor.accept("SETTINGS")) insert.settings = parse_settings(cursor);
  if (cursor.at("VALUES")) {
    cursor.take();
    insert.format = "Values";
    insert.data_offset = cursor.last_end();
  } else if (cursor.at("FORMAT")) {
    cursor.take();
    parse_format(cursor, &insert);
  } else if (insert.source == InsertSource::Data) {
    if (!at_query(cursor)) {
      for (const std::string_view word : {"(", "SETTINGS", "FORMAT", "VALUES", "SELECT", "WITH"}) {
        cursor.accept(word);
      }
      cursor.fail();
    }
    insert.source = InsertSource::Select;
    insert.query = parse_query(cursor);
    // Rows for the table function input().
    if (cursor.accept("FORMAT")) parse_format(cursor, &insert);
  }
  return insert;
}

}  // namespace freshet
