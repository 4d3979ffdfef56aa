#include "query/sql/statement_parser.h"

#include <array>
#include <optional>

#include "query/sql/alter_parser.h"
#include "query/sql/backup_parser.h"
#include "query/sql/create_parser.h"
#include "query/sql/definition_parser.h"
#include "query/sql/expression_parser.h"
#include "query/sql/insert_parser.h"
#include "query/sql/keywords.h"
#include "query/sql/select_parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

StatementBody parse_body(TokenCursor& cursor);

TableName parse_database_name(TokenCursor& cursor) {
  TableName name;
  const uint32_t begin = cursor.begin();
  name.table = cursor.take_name("database");
  name.range = cursor.since(begin);
  return name;
}

TableName parse_object_name(TokenCursor& cursor, ObjectKind kind) {
  return kind == ObjectKind::Database ? parse_database_name(cursor) : parse_table_name(cursor);
}

// TABLE, VIEW, DATABASE or DICTIONARY; a table when nothing is said.
ObjectKind parse_object_kind(TokenCursor& cursor) {
  if (cursor.at("DATABASE") && cursor.at_name(1)) {
    cursor.take();
    return ObjectKind::Database;
  }
  if (cursor.at("VIEW") && cursor.at_name(1)) {
    cursor.take();
    return ObjectKind::View;
  }
  if (cursor.at("DICTIONARY") && cursor.at_name(1)) {
    cursor.take();
    return ObjectKind::Dictionary;
  }
  if (cursor.at("TABLE") && cursor.at_name(1)) cursor.take();
  return ObjectKind::Table;
}

void skip_sync(TokenCursor& cursor, bool* sync) {
  *sync = cursor.accept("SYNC") || cursor.accept("NO DELAY");
}

DropRollup parse_drop_rollup(TokenCursor& cursor) {
  DropRollup drop;
  drop.if_exists = accept_if_exists(cursor);
  drop.name = cursor.take_name("name of a rollup");
  cursor.expect("ON");
  drop.table = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  return drop;
}

StatementBody parse_drop(TokenCursor& cursor) {
  cursor.expect("DROP");
  Drop drop;
  drop.temporary = cursor.accept("TEMPORARY");
  if (cursor.accept("DATABASE")) {
    drop.kind = ObjectKind::Database;
  } else if (cursor.accept("VIEW")) {
    drop.kind = ObjectKind::View;
  } else if (cursor.accept("DICTIONARY")) {
    drop.kind = ObjectKind::Dictionary;
  } else if (!cursor.accept("TABLE")) {
    if (!drop.temporary && cursor.accept("ROLLUP")) return parse_drop_rollup(cursor);
    for (const std::string_view word :
         {"FUNCTION", "USER", "ROLE", "QUOTA", "ROW POLICY", "POLICY", "SETTINGS PROFILE",
          "PROFILE", "NAMED COLLECTION", "INDEX"}) {
      if (cursor.at(word)) cursor.refuse("DROP");
    }
    cursor.fail();
  }
  drop.if_exists = accept_if_exists(cursor);
  drop.if_empty = cursor.accept("IF EMPTY");
  do {
    drop.names.push_back(parse_object_name(cursor, drop.kind));
  } while (drop.kind != ObjectKind::Database && cursor.accept(TokenKind::Comma));
  refuse_on_cluster(cursor);
  skip_sync(cursor, &drop.sync);
  return drop;
}

StatementBody parse_truncate(TokenCursor& cursor) {
  cursor.expect("TRUNCATE");
  Truncate truncate;
  cursor.accept("TEMPORARY");
  truncate.kind = parse_object_kind(cursor);
  truncate.if_exists = accept_if_exists(cursor);
  truncate.name = parse_object_name(cursor, truncate.kind);
  refuse_on_cluster(cursor);
  bool sync = false;
  skip_sync(cursor, &sync);
  return truncate;
}

StatementBody parse_rename(TokenCursor& cursor) {
  Rename rename;
  rename.exchange = cursor.accept("EXCHANGE");
  if (!rename.exchange) cursor.expect("RENAME");
  if (rename.exchange) {
    cursor.expect("TABLES");
  } else if (cursor.accept("DATABASE")) {
    rename.kind = ObjectKind::Database;
  } else if (cursor.at("TABLE") && !cursor.at("TO", 1)) {
    cursor.take();
  }
  do {
    RenamePair pair;
    pair.if_exists = accept_if_exists(cursor);
    pair.from = parse_object_name(cursor, rename.kind);
    cursor.expect(rename.exchange ? "AND" : "TO");
    pair.to = parse_object_name(cursor, rename.kind);
    rename.pairs.push_back(std::move(pair));
  } while (cursor.accept(TokenKind::Comma));
  refuse_on_cluster(cursor);
  return rename;
}

StatementBody parse_exists(TokenCursor& cursor) {
  cursor.expect("EXISTS");
  Exists exists;
  exists.temporary = cursor.accept("TEMPORARY");
  exists.kind = parse_object_kind(cursor);
  exists.name = parse_object_name(cursor, exists.kind);
  return exists;
}

void parse_show_filter(TokenCursor& cursor, Show* show) {
  show->not_like = cursor.at("NOT LIKE") || cursor.at("NOT ILIKE");
  if (show->not_like) cursor.take();
  show->case_insensitive = cursor.accept("ILIKE");
  if (show->case_insensitive || cursor.accept("LIKE")) {
    show->like = cursor.take_string();
  } else if (cursor.accept("WHERE")) {
    show->where = parse_expression(cursor);
  }
  if (cursor.accept("LIMIT")) show->limit = parse_expression(cursor);
}

// After SHOW CREATE.
void parse_show_create(TokenCursor& cursor, Show* show) {
  if (cursor.at("TEMPORARY") && cursor.at("TABLE", 1)) cursor.take();
  switch (parse_object_kind(cursor)) {
    case ObjectKind::Database:
      show->kind = ShowKind::CreateDatabase;
      show->name = parse_database_name(cursor);
      return;
    case ObjectKind::View:
      show->kind = ShowKind::CreateView;
      break;
    default:
      show->kind = ShowKind::CreateTable;
  }
  show->name = parse_table_name(cursor);
}

// After SHOW COLUMNS.
void parse_show_columns(TokenCursor& cursor, Show* show) {
  if (!cursor.accept("FROM")) cursor.expect("IN");
  show->name = parse_table_name(cursor);
  if (cursor.accept("FROM") || cursor.accept("IN")) show->database = cursor.take_name("database");
  parse_show_filter(cursor, show);
}

StatementBody parse_show(TokenCursor& cursor) {
  cursor.expect("SHOW");
  Show show;
  if (cursor.accept("CREATE")) {
    parse_show_create(cursor, &show);
    return show;
  }
  show.extended = cursor.accept("EXTENDED");
  show.full = cursor.accept("FULL");
  show.temporary = cursor.accept("TEMPORARY");
  show.changed = cursor.accept("CHANGED");
  if (cursor.accept("DATABASES")) {
    show.kind = ShowKind::Databases;
  } else if (cursor.accept("TABLES")) {
    show.kind = ShowKind::Tables;
    if (cursor.accept("FROM") || cursor.accept("IN")) show.database = cursor.take_name("database");
  } else if (cursor.accept("COLUMNS") || cursor.accept("FIELDS")) {
    show.kind = ShowKind::Columns;
    parse_show_columns(cursor, &show);
    return show;
  } else if (cursor.accept("PROCESSLIST")) {
    show.kind = ShowKind::ProcessList;
  } else if (cursor.accept("SETTINGS")) {
    show.kind = ShowKind::Settings;
  } else if (cursor.accept("FUNCTIONS")) {
    show.kind = ShowKind::Functions;
  } else if (cursor.accept("ENGINES")) {
    show.kind = ShowKind::Engines;
  } else if (cursor.accept("ROLLUPS")) {
    show.kind = ShowKind::Rollups;
    if (cursor.accept("FROM") || cursor.accept("IN")) show.name = parse_table_name(cursor);
  } else {
    cursor.fail("CREATE");
  }
  parse_show_filter(cursor, &show);
  return show;
}

StatementBody parse_describe(TokenCursor& cursor) {
  if (!cursor.accept("DESCRIBE")) cursor.expect("DESC");
  if (cursor.at("TABLE") && (cursor.at_name(1) || cursor.at(TokenKind::LeftParenthesis, 1)) &&
      !cursor.at("FORMAT", 1)) {
    cursor.take();
  }
  if (cursor.at("SELECT") || cursor.at("WITH")) {
    Describe describe;
    const uint32_t begin = cursor.begin();
    describe.table.source = parse_query(cursor);
    describe.table.range = cursor.since(begin);
    return describe;
  }
  return Describe{parse_table_expression(cursor)};
}

StatementBody parse_use(TokenCursor& cursor) {
  cursor.expect("USE");
  if (cursor.at("DATABASE") && cursor.at_name(1)) cursor.take();
  return Use{cursor.take_name("database")};
}

StatementBody parse_set(TokenCursor& cursor) {
  cursor.expect("SET");
  const bool is_role = cursor.at("ROLE") && cursor.at_name(1);
  if (!is_role) return SetSettings{parse_settings(cursor)};
  cursor.take();
  SetRole set;
  for (const std::string_view word : {"DEFAULT", "NONE", "ALL"}) {
    if (!cursor.accept(word)) continue;
    set.roles.emplace_back(word);
    return set;
  }
  do {
    set.roles.push_back(cursor.take_name("role"));
  } while (cursor.accept(TokenKind::Comma));
  return set;
}

struct ExplainWord {
  std::string_view words;
  ExplainKind kind;
};

constexpr ExplainWord kExplainWords[] = {
    {"AST", ExplainKind::Ast},
    {"SYNTAX", ExplainKind::Syntax},
    {"QUERY TREE", ExplainKind::QueryTree},
    {"PLAN", ExplainKind::Plan},
    {"PIPELINE", ExplainKind::Pipeline},
    {"ESTIMATE", ExplainKind::Estimate},
    {"ANALYZE", ExplainKind::Analyze},
};

StatementBody parse_explain(TokenCursor& cursor) {
  cursor.expect("EXPLAIN");
  Explain explain;
  for (const ExplainWord& row : kExplainWords) {
    if (cursor.accept(row.words)) {
      explain.kind = row.kind;
      break;
    }
  }
  if (cursor.at_name() && cursor.at(TokenKind::Equals, 1))
    explain.settings = parse_settings(cursor);
  if (cursor.at("EXPLAIN")) cursor.fail();
  const uint32_t begin = cursor.begin();
  Statement explained;
  explained.body = parse_body(cursor);
  explained.range = cursor.since(begin);
  explain.statement = std::make_shared<const Statement>(std::move(explained));
  return explain;
}

StatementBody parse_kill(TokenCursor& cursor) {
  cursor.expect("KILL");
  Kill kill;
  if (cursor.accept("MUTATION")) {
    kill.kind = KillKind::Mutation;
  } else {
    cursor.expect("QUERY");
  }
  refuse_on_cluster(cursor);
  cursor.expect("WHERE");
  kill.where = parse_expression(cursor);
  if (cursor.accept("SYNC")) {
    kill.mode = KillMode::Sync;
  } else if (cursor.accept("TEST")) {
    kill.mode = KillMode::Test;
  } else {
    cursor.accept("ASYNC");
  }
  return kill;
}

StatementBody parse_optimize(TokenCursor& cursor) {
  cursor.expect("OPTIMIZE");
  cursor.expect("TABLE");
  Optimize optimize;
  optimize.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  if (cursor.accept("PARTITION")) optimize.partition = parse_partition(cursor);
  optimize.final = cursor.accept("FINAL") || cursor.accept("FORCE");
  optimize.deduplicate = cursor.accept("DEDUPLICATE");
  if (cursor.at("BY")) cursor.refuse("DEDUPLICATE BY");
  return optimize;
}

// The last of the words may be a table: SYSTEM FLUSH LOGS, SYSTEM STOP MERGES db.t.
StatementBody parse_system(TokenCursor& cursor) {
  cursor.expect("SYSTEM");
  System system;
  auto at_more = [&] { return cursor.at(TokenKind::Word) && !cursor.at("FORMAT"); };
  // What follows these is a table, with or without its database.
  auto names_table = [&] {
    const size_t count = system.words.size();
    return count == 2 && system.words[1] == "MERGES" &&
           (system.words[0] == "STOP" || system.words[0] == "START");
  };
  do {
    system.words.push_back(to_upper(cursor.take_word("command")));
  } while (at_more() && !names_table() && !cursor.at(TokenKind::Dot, 1));
  if (cursor.at_name() && !cursor.at("FORMAT")) system.name = parse_table_name(cursor);
  return system;
}

StatementBody parse_delete(TokenCursor& cursor) {
  cursor.expect("DELETE");
  cursor.expect("FROM");
  Delete statement;
  statement.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  if (cursor.accept("IN PARTITION")) statement.partition = parse_partition(cursor);
  cursor.expect("WHERE");
  statement.where = parse_expression(cursor);
  return statement;
}

StatementBody parse_update(TokenCursor& cursor) {
  cursor.expect("UPDATE");
  Update statement;
  statement.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  cursor.expect("SET");
  statement.assignments = parse_assignments(cursor);
  cursor.expect("WHERE");
  statement.where = parse_expression(cursor);
  return statement;
}

struct StatementRow {
  std::string_view word;
  StatementBody (*parse)(TokenCursor&);
};

constexpr std::array<StatementRow, 23> kStatements = {{
    {"INSERT", [](TokenCursor& cursor) -> StatementBody { return parse_insert(cursor); }},
    {"CREATE", parse_create},
    {"REPLACE", parse_create},
    {"DROP", parse_drop},
    {"TRUNCATE", parse_truncate},
    {"RENAME", parse_rename},
    {"EXCHANGE", parse_rename},
    {"EXISTS", parse_exists},
    {"SHOW", parse_show},
    {"DESCRIBE", parse_describe},
    {"DESC", parse_describe},
    {"USE", parse_use},
    {"SET", parse_set},
    {"EXPLAIN", parse_explain},
    {"KILL", parse_kill},
    {"OPTIMIZE", parse_optimize},
    {"SYSTEM", parse_system},
    {"ALTER", [](TokenCursor& cursor) -> StatementBody { return parse_alter(cursor); }},
    {"DELETE", parse_delete},
    {"UPDATE", parse_update},
    {"BACKUP", [](TokenCursor& cursor) -> StatementBody { return parse_backup(cursor); }},
    {"RESTORE", [](TokenCursor& cursor) -> StatementBody { return parse_backup(cursor); }},
    {"CHECK", [](TokenCursor& cursor) -> StatementBody { return parse_check_table(cursor); }},
}};

constexpr std::array<std::string_view, 12> kRefusedStatements = {
    "ATTACH", "BEGIN",    "COMMIT",
    "DETACH", "GRANT",    "MOVE",
    "REVOKE", "ROLLBACK", "START TRANSACTION",
    "UNDROP", "WATCH",    "EXECUTE AS"};

StatementBody parse_body(TokenCursor& cursor) {
  if (at_query(cursor)) return parse_query(cursor);
  for (const StatementRow& row : kStatements) {
    if (cursor.at(row.word)) return row.parse(cursor);
  }
  for (const std::string_view word : kRefusedStatements) {
    if (cursor.at(word)) cursor.refuse("Statement");
  }
  cursor.accept("SELECT");
  cursor.accept("WITH");
  for (const StatementRow& row : kStatements) cursor.accept(row.word);
  cursor.fail();
}

Outfile parse_outfile(TokenCursor& cursor) {
  Outfile outfile;
  outfile.path = cursor.take_string("name of a file");
  outfile.append = cursor.accept("APPEND");
  if (!outfile.append) outfile.truncate = cursor.accept("TRUNCATE");
  if (cursor.accept("COMPRESSION")) outfile.compression = cursor.take_string();
  if (cursor.accept("LEVEL")) parse_literal(cursor);
  return outfile;
}

}  // namespace

bool has_inline_data(const StatementBody& body) {
  if (const auto* explain = std::get_if<Explain>(&body)) {
    return has_inline_data(explain->statement->body);
  }
  const auto* insert = std::get_if<Insert>(&body);
  return insert && insert->data_offset > 0;
}

Statement parse_whole_statement(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  Statement statement;
  statement.body = parse_body(cursor);
  if (has_inline_data(statement.body)) {
    statement.range = cursor.since(begin);
    return statement;
  }
  while (true) {
    if (!statement.outfile && cursor.accept("INTO OUTFILE")) {
      statement.outfile = parse_outfile(cursor);
    } else if (statement.format.empty() && cursor.accept("FORMAT")) {
      statement.format = cursor.take_word("name of a format");
    } else if (statement.settings.empty() && cursor.accept("SETTINGS")) {
      statement.settings = parse_settings(cursor);
    } else {
      break;
    }
  }
  statement.range = cursor.since(begin);
  return statement;
}

}  // namespace freshet
