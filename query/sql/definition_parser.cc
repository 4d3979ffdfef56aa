#include "query/sql/definition_parser.h"

#include "query/sql/call_parser.h"
#include "query/sql/expression_parser.h"
#include "query/sql/select_parser.h"
#include "query/sql/type_parser.h"

namespace freshet {

namespace {

// A call or, as in `TYPE minmax` and `CODEC(LZ4)`, a name that is a call without parentheses.
ExpressionPtr parse_call_or_name(TokenCursor& cursor) {
  if (cursor.at_name() && cursor.at(TokenKind::LeftParenthesis, 1)) return parse_call(cursor);
  const uint32_t begin = cursor.begin();
  std::string name = cursor.take_name();
  FunctionCall call;
  call.name = std::move(name);
  call.operator_syntax = true;
  return make_expression(std::move(call), cursor.since(begin));
}

// `(Delta(4), ZSTD(1))`.
std::vector<ExpressionPtr> parse_codecs(TokenCursor& cursor) {
  std::vector<ExpressionPtr> codecs;
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    codecs.push_back(parse_call_or_name(cursor));
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
  return codecs;
}

bool at_column_clause(TokenCursor& cursor) {
  for (const std::string_view words :
       {"NOT NULL", "NULL", "DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "COMMENT", "CODEC",
        "TTL", "PRIMARY KEY", "SETTINGS", "FIRST", "AFTER", "REMOVE"}) {
    if (cursor.at(words)) return true;
  }
  return false;
}

bool at_column_end(TokenCursor& cursor) {
  return cursor.at(TokenKind::Comma) || cursor.at(TokenKind::RightParenthesis) ||
         cursor.at(TokenKind::Semicolon) || cursor.at(TokenKind::End) || at_column_clause(cursor);
}

void parse_column_default(TokenCursor& cursor, ColumnDeclaration* column) {
  struct Row {
    std::string_view word;
    ColumnDefaultKind kind;
  };
  for (const Row& row :
       {Row{"DEFAULT", ColumnDefaultKind::Default},
        Row{"MATERIALIZED", ColumnDefaultKind::Materialized},
        Row{"ALIAS", ColumnDefaultKind::Alias}, Row{"EPHEMERAL", ColumnDefaultKind::Ephemeral}}) {
    if (!cursor.accept(row.word)) continue;
    column->default_kind = row.kind;
    if (row.kind == ColumnDefaultKind::Ephemeral && at_column_end(cursor)) return;
    column->default_expression = parse_expression(cursor);
    return;
  }
}

struct TtlWord {
  std::string_view words;
  TtlAction action;
};

constexpr TtlWord kTtlWords[] = {{"DELETE", TtlAction::Delete},
                                 {"TO DISK", TtlAction::ToDisk},
                                 {"TO VOLUME", TtlAction::ToVolume},
                                 {"RECOMPRESS CODEC", TtlAction::Recompress},
                                 {"GROUP BY", TtlAction::GroupBy}};

}  // namespace

bool accept_if_exists(TokenCursor& cursor) { return cursor.accept("IF EXISTS"); }

bool accept_if_not_exists(TokenCursor& cursor) { return cursor.accept("IF NOT EXISTS"); }

void refuse_on_cluster(TokenCursor& cursor) {
  if (cursor.at("ON CLUSTER")) cursor.refuse("ON CLUSTER");
}

ColumnDeclaration parse_column_declaration(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  ColumnDeclaration column;
  column.name = cursor.take_name("column name");
  while (cursor.accept(TokenKind::Dot)) column.name += "." + cursor.take_name("column name");
  if (cursor.at("TYPE") && cursor.at(TokenKind::Word, 1)) cursor.take();  // ALTER COLUMN a TYPE T
  if (!at_column_end(cursor)) column.type = parse_type(cursor);
  if (!column.type.empty() && cursor.accept("NULL")) {
    column.type = "Nullable(" + column.type + ")";
  } else {
    cursor.accept("NOT NULL");
  }
  parse_column_default(cursor, &column);
  while (true) {
    if (cursor.accept("COMMENT")) {
      column.comment = cursor.take_string();
    } else if (cursor.accept("CODEC")) {
      column.codecs = parse_codecs(cursor);
    } else if (cursor.accept("TTL")) {
      column.ttl = parse_expression(cursor);
    } else if (cursor.accept("PRIMARY KEY")) {
      column.primary_key = true;
    } else if (cursor.at("SETTINGS") && cursor.at(TokenKind::LeftParenthesis, 1)) {
      cursor.take();
      cursor.take();
      column.settings = parse_settings(cursor);
      cursor.expect(TokenKind::RightParenthesis);
    } else {
      break;
    }
  }
  column.range = cursor.since(begin);
  return column;
}

IndexDefinition parse_index_definition(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  IndexDefinition index;
  index.name = cursor.take_name("index name");
  index.expression = parse_expression(cursor);
  cursor.expect("TYPE");
  index.type = parse_call_or_name(cursor);
  if (cursor.accept("GRANULARITY")) index.granularity = parse_primary(cursor);
  index.range = cursor.since(begin);
  return index;
}

ConstraintDefinition parse_constraint_definition(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  ConstraintDefinition constraint;
  constraint.name = cursor.take_name("constraint name");
  constraint.assume = cursor.accept("ASSUME");
  if (!constraint.assume) cursor.expect("CHECK");
  constraint.expression = parse_expression(cursor);
  constraint.range = cursor.since(begin);
  return constraint;
}

ProjectionDefinition parse_projection_definition(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  ProjectionDefinition projection;
  projection.name = cursor.take_name("projection name");
  cursor.expect(TokenKind::LeftParenthesis);
  projection.query = parse_query(cursor);
  cursor.expect(TokenKind::RightParenthesis);
  projection.range = cursor.since(begin);
  return projection;
}

TableElements parse_table_elements(TokenCursor& cursor) {
  TableElements elements;
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    const bool named = cursor.at_name(1);
    // `index UInt8` is a column.
    const bool is_index = cursor.at("INDEX") && named && !cursor.at(TokenKind::Comma, 2) &&
                          !cursor.at(TokenKind::RightParenthesis, 2);
    if (is_index) {
      cursor.take();
      elements.indexes.push_back(parse_index_definition(cursor));
    } else if (cursor.at("CONSTRAINT") && named) {
      cursor.take();
      elements.constraints.push_back(parse_constraint_definition(cursor));
    } else if (cursor.at("PROJECTION") && named && cursor.at(TokenKind::LeftParenthesis, 2)) {
      cursor.take();
      elements.projections.push_back(parse_projection_definition(cursor));
    } else if (cursor.accept("PRIMARY KEY")) {
      elements.primary_key = parse_expression(cursor);
    } else {
      elements.columns.push_back(parse_column_declaration(cursor));
      const ColumnDeclaration& column = elements.columns.back();
      const bool typed = !column.type.empty() || column.default_kind != ColumnDefaultKind::None;
      if (!typed) cursor.fail("data type");
    }
  } while (cursor.accept(TokenKind::Comma) && !cursor.at(TokenKind::RightParenthesis));
  cursor.expect(TokenKind::RightParenthesis);
  return elements;
}

std::vector<Assignment> parse_assignments(TokenCursor& cursor) {
  std::vector<Assignment> assignments;
  do {
    const uint32_t begin = cursor.begin();
    Assignment assignment;
    assignment.column = cursor.take_name("column name");
    while (cursor.accept(TokenKind::Dot))
      assignment.column += "." + cursor.take_name("column name");
    cursor.expect(TokenKind::Equals);
    assignment.value = parse_expression(cursor);
    assignment.range = cursor.since(begin);
    assignments.push_back(std::move(assignment));
  } while (cursor.accept(TokenKind::Comma));
  return assignments;
}

TtlItem parse_ttl_item(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  TtlItem item;
  item.expression = parse_expression(cursor);
  for (const TtlWord& row : kTtlWords) {
    if (!cursor.accept(row.words)) continue;
    item.action = row.action;
    if (row.action == TtlAction::ToDisk || row.action == TtlAction::ToVolume) {
      item.destination = cursor.take_string();
    } else if (row.action == TtlAction::Recompress) {
      item.codecs = parse_codecs(cursor);
    } else if (row.action == TtlAction::GroupBy) {
      item.keys = parse_expression_list(cursor, AliasStyle::Explicit);
      if (cursor.accept("SET")) item.assignments = parse_assignments(cursor);
    }
    break;
  }
  if (cursor.accept("WHERE")) item.where = parse_expression(cursor);
  item.range = cursor.since(begin);
  return item;
}

Engine parse_engine(TokenCursor& cursor) {
  cursor.accept(TokenKind::Equals);
  const uint32_t begin = cursor.begin();
  Engine engine;
  engine.name = cursor.take_name("table engine");
  if (cursor.accept(TokenKind::LeftParenthesis)) {
    engine.has_parentheses = true;
    if (!cursor.at(TokenKind::RightParenthesis)) {
      engine.arguments = parse_expression_list(cursor, AliasStyle::Explicit);
    }
    cursor.expect(TokenKind::RightParenthesis);
  }
  engine.range = cursor.since(begin);
  return engine;
}

void parse_storage_clauses(TokenCursor& cursor, StorageClause* storage, std::string* comment) {
  while (true) {
    if (cursor.accept("ENGINE")) {
      storage->engine = parse_engine(cursor);
    } else if (cursor.accept("PARTITION BY")) {
      storage->partition_by = parse_expression(cursor);
    } else if (cursor.accept("PRIMARY KEY")) {
      storage->primary_key = parse_expression(cursor);
    } else if (cursor.accept("ORDER BY")) {
      storage->order_by = parse_expression(cursor);
    } else if (cursor.accept("SAMPLE BY")) {
      storage->sample_by = parse_expression(cursor);
    } else if (cursor.accept("UNIQUE KEY")) {
      storage->unique_key = parse_expression(cursor);
    } else if (cursor.accept("TTL")) {
      do {
        storage->ttl.push_back(parse_ttl_item(cursor));
      } while (cursor.accept(TokenKind::Comma));
    } else if (cursor.accept("SETTINGS")) {
      storage->settings = parse_settings(cursor);
    } else if (cursor.accept("COMMENT")) {
      *comment = cursor.take_string();
    } else {
      return;
    }
  }
}

}  // namespace freshet
