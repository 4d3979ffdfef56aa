#include "query/sql/create_parser.h"

#include "query/sql/call_parser.h"
#include "query/sql/definition_parser.h"
#include "query/sql/select_parser.h"

namespace freshet {

namespace {

CreateDatabase parse_create_database(TokenCursor& cursor) {
  CreateDatabase create;
  create.if_not_exists = accept_if_not_exists(cursor);
  create.name = cursor.take_name("database");
  refuse_on_cluster(cursor);
  if (cursor.accept("ENGINE")) create.engine = parse_engine(cursor);
  if (cursor.accept("COMMENT")) create.comment = cursor.take_string();
  return create;
}

// AS SELECT .., AS other_table, AS numbers(10), CLONE AS other_table, EMPTY AS SELECT ..
void parse_table_source(TokenCursor& cursor, CreateTable* create) {
  create->empty = cursor.accept("EMPTY");
  if (!create->empty) create->clone = cursor.accept("CLONE");
  if (!cursor.accept("AS")) {
    if (create->empty || create->clone) cursor.fail();
    return;
  }
  if (create->empty || (!create->clone && at_query(cursor))) {
    create->as_query = parse_query(cursor);
  } else if (!create->clone && cursor.at_name() && cursor.at(TokenKind::LeftParenthesis, 1)) {
    create->as_function = TableFunction{parse_call(cursor)};
  } else {
    create->as_table = parse_table_name(cursor);
  }
}

CreateTable parse_create_table(TokenCursor& cursor) {
  CreateTable create;
  create.if_not_exists = accept_if_not_exists(cursor);
  create.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  if (cursor.at(TokenKind::LeftParenthesis)) create.elements = parse_table_elements(cursor);
  parse_storage_clauses(cursor, &create.storage, &create.comment);
  parse_table_source(cursor, &create);
  if (create.as_table) parse_storage_clauses(cursor, &create.storage, &create.comment);
  if (cursor.accept("COMMENT")) create.comment = cursor.take_string();
  const bool nothing = create.elements.columns.empty() && !create.as_query && !create.as_table &&
                       !create.as_function && !create.storage.engine;
  if (nothing) cursor.fail("list of columns");
  return create;
}

// `(a, b)`: names without types.
bool at_name_list(TokenCursor& cursor) {
  return cursor.at(TokenKind::LeftParenthesis) && cursor.at_name(1) &&
         (cursor.at(TokenKind::Comma, 2) || cursor.at(TokenKind::RightParenthesis, 2));
}

void parse_view_columns(TokenCursor& cursor, CreateView* create) {
  if (!at_name_list(cursor)) {
    if (cursor.at(TokenKind::LeftParenthesis)) create->elements = parse_table_elements(cursor);
    return;
  }
  cursor.take();
  do {
    create->column_aliases.push_back(cursor.take_name());
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
}

CreateView parse_create_view(TokenCursor& cursor, bool materialized) {
  CreateView create;
  create.materialized = materialized;
  create.if_not_exists = accept_if_not_exists(cursor);
  create.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  if (cursor.at("REFRESH")) cursor.refuse("Refreshable materialized view");
  if (cursor.at("DEFINER") || cursor.at("SQL SECURITY")) cursor.refuse("DEFINER and SQL SECURITY");
  if (materialized && cursor.accept("TO")) create.to = parse_table_name(cursor);
  parse_view_columns(cursor, &create);
  if (materialized) {
    parse_storage_clauses(cursor, &create.storage, &create.comment);
    create.populate = cursor.accept("POPULATE");
    if (!create.populate) create.empty = cursor.accept("EMPTY");
  } else if (cursor.accept("COMMENT")) {
    create.comment = cursor.take_string();
  }
  cursor.expect("AS");
  create.query = parse_query(cursor);
  if (cursor.accept("COMMENT")) create.comment = cursor.take_string();
  return create;
}

CreateRollup parse_create_rollup(TokenCursor& cursor) {
  CreateRollup create;
  create.if_not_exists = accept_if_not_exists(cursor);
  const uint32_t begin = cursor.begin();
  create.definition.name = cursor.take_name("name of a rollup");
  cursor.expect("ON");
  create.table = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  const bool parenthesised = !cursor.accept("AS");
  if (parenthesised) cursor.expect(TokenKind::LeftParenthesis);
  create.definition.query = parse_query(cursor);
  if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
  create.definition.range = cursor.since(begin);
  return create;
}

}  // namespace

StatementBody parse_create(TokenCursor& cursor) {
  const bool replace_only = cursor.accept("REPLACE");
  if (!replace_only) cursor.expect("CREATE");
  const bool or_replace = !replace_only && cursor.accept("OR REPLACE");
  if (!or_replace && !replace_only && cursor.accept("DATABASE"))
    return parse_create_database(cursor);
  const bool materialized = cursor.accept("MATERIALIZED VIEW");
  if (materialized || cursor.accept("VIEW")) {
    CreateView create = parse_create_view(cursor, materialized);
    create.or_replace = or_replace || replace_only;
    return create;
  }
  if (!or_replace && !replace_only && cursor.accept("ROLLUP")) return parse_create_rollup(cursor);
  const bool temporary = cursor.accept("TEMPORARY");
  if (cursor.accept("TABLE")) {
    CreateTable create = parse_create_table(cursor);
    create.temporary = temporary;
    create.or_replace = or_replace;
    create.replace_only = replace_only;
    return create;
  }
  for (const std::string_view word :
       {"FUNCTION", "DICTIONARY", "USER", "ROLE", "QUOTA", "ROW POLICY", "POLICY",
        "SETTINGS PROFILE", "PROFILE", "NAMED COLLECTION", "INDEX", "LIVE VIEW", "WINDOW VIEW"}) {
    if (cursor.at(word)) cursor.refuse("CREATE");
  }
  cursor.fail();
}

}  // namespace freshet
