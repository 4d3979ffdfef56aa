#include "query/sql/alter_parser.h"

#include <algorithm>
#include <array>

#include "query/sql/definition_parser.h"
#include "query/sql/expression_parser.h"
#include "query/sql/select_parser.h"

namespace freshet {

namespace {

// Some command's words are `ahead` tokens from here.
bool at_command(TokenCursor& cursor, std::size_t ahead);

void parse_place(TokenCursor& cursor, AlterCommand* command) {
  if (cursor.accept("FIRST")) {
    command->first = true;
  } else if (cursor.accept("AFTER")) {
    command->after = cursor.take_name("column name");
  }
}

void parse_add_column(TokenCursor& cursor, AlterCommand* command) {
  command->if_not_exists = accept_if_not_exists(cursor);
  command->column = parse_column_declaration(cursor);
  command->name = command->column.name;
  parse_place(cursor, command);
}

void parse_existing_name(TokenCursor& cursor, AlterCommand* command) {
  command->if_exists = accept_if_exists(cursor);
  command->name = cursor.take_name();
  while (cursor.accept(TokenKind::Dot)) command->name += "." + cursor.take_name();
}

void parse_in_partition(TokenCursor& cursor, AlterCommand* command) {
  if (cursor.accept("IN PARTITION")) command->partition = parse_partition(cursor);
}

void parse_name_in_partition(TokenCursor& cursor, AlterCommand* command) {
  parse_existing_name(cursor, command);
  parse_in_partition(cursor, command);
}

void parse_rename_column(TokenCursor& cursor, AlterCommand* command) {
  parse_existing_name(cursor, command);
  cursor.expect("TO");
  command->new_name = cursor.take_name("column name");
}

void parse_modify_column(TokenCursor& cursor, AlterCommand* command) {
  command->if_exists = accept_if_exists(cursor);
  command->column = parse_column_declaration(cursor);
  command->name = command->column.name;
  if (cursor.accept("REMOVE")) {
    for (const std::string_view word :
         {"DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "COMMENT", "CODEC", "TTL", "SETTINGS"}) {
      if (cursor.accept(word)) command->remove = word;
    }
    if (command->remove.empty()) cursor.fail();
  }
  parse_place(cursor, command);
}

void parse_comment_column(TokenCursor& cursor, AlterCommand* command) {
  parse_existing_name(cursor, command);
  command->comment = cursor.take_string();
}

void parse_comment(TokenCursor& cursor, AlterCommand* command) {
  command->comment = cursor.take_string();
}

void parse_delete(TokenCursor& cursor, AlterCommand* command) {
  parse_in_partition(cursor, command);
  cursor.expect("WHERE");
  command->expression = parse_expression(cursor);
}

void parse_update(TokenCursor& cursor, AlterCommand* command) {
  command->assignments = parse_assignments(cursor);
  parse_delete(cursor, command);
}

void parse_part(TokenCursor& cursor, AlterCommand* command) {
  Partition part;
  part.part = true;
  part.id = cursor.take_string("name of a part");
  command->partition = std::move(part);
}

void parse_plain_partition(TokenCursor& cursor, AlterCommand* command) {
  command->partition = parse_partition(cursor);
}

void parse_attach_partition(TokenCursor& cursor, AlterCommand* command) {
  command->partition = parse_partition(cursor);
  if (cursor.accept("FROM")) command->other_table = parse_table_name(cursor);
}

void parse_replace_partition(TokenCursor& cursor, AlterCommand* command) {
  command->partition = parse_partition(cursor);
  cursor.expect("FROM");
  command->other_table = parse_table_name(cursor);
}

void parse_move_partition(TokenCursor& cursor, AlterCommand* command) {
  command->partition = parse_partition(cursor);
  if (cursor.at("TO DISK") || cursor.at("TO VOLUME")) cursor.refuse("MOVE PARTITION to a disk");
  cursor.expect("TO TABLE");
  command->other_table = parse_table_name(cursor);
}

void parse_order_by(TokenCursor& cursor, AlterCommand* command) {
  command->expression = parse_expression(cursor);
}

void parse_query_command(TokenCursor& cursor, AlterCommand* command) {
  command->query = parse_query(cursor);
}

// A list inside a command goes on after a comma unless the next command begins there.
bool accept_comma_in_list(TokenCursor& cursor) {
  return !at_command(cursor, 1) && cursor.accept(TokenKind::Comma);
}

void parse_reset_setting(TokenCursor& cursor, AlterCommand* command) {
  do {
    command->setting_names.push_back(cursor.take_name("name of a setting"));
  } while (accept_comma_in_list(cursor));
}

void parse_setting_list(TokenCursor& cursor, AlterCommand* command) {
  do {
    command->settings.push_back(parse_setting(cursor));
  } while (accept_comma_in_list(cursor));
}

void parse_ttl(TokenCursor& cursor, AlterCommand* command) {
  do {
    command->ttl.push_back(parse_ttl_item(cursor));
  } while (accept_comma_in_list(cursor));
}

void parse_add_index(TokenCursor& cursor, AlterCommand* command) {
  command->if_not_exists = accept_if_not_exists(cursor);
  command->index = parse_index_definition(cursor);
  command->name = command->index.name;
  parse_place(cursor, command);
}

void parse_add_constraint(TokenCursor& cursor, AlterCommand* command) {
  command->if_not_exists = accept_if_not_exists(cursor);
  command->constraint = parse_constraint_definition(cursor);
  command->name = command->constraint.name;
}

void parse_add_projection(TokenCursor& cursor, AlterCommand* command) {
  command->if_not_exists = accept_if_not_exists(cursor);
  command->projection = parse_projection_definition(cursor);
  command->name = command->projection.name;
  parse_place(cursor, command);
}

void parse_materialize_ttl(TokenCursor& cursor, AlterCommand* command) {
  parse_in_partition(cursor, command);
}

void parse_nothing(TokenCursor&, AlterCommand*) {}

struct CommandRow {
  std::string_view words;
  AlterKind kind;
  void (*parse)(TokenCursor&, AlterCommand*);
};

// Where words begin another row's words, the longer row comes first.
constexpr std::array<CommandRow, 37> kCommands = {{
    {"ADD COLUMN", AlterKind::AddColumn, parse_add_column},
    {"ADD INDEX", AlterKind::AddIndex, parse_add_index},
    {"ADD CONSTRAINT", AlterKind::AddConstraint, parse_add_constraint},
    {"ADD PROJECTION", AlterKind::AddProjection, parse_add_projection},
    {"DROP COLUMN", AlterKind::DropColumn, parse_existing_name},
    {"DROP INDEX", AlterKind::DropIndex, parse_existing_name},
    {"DROP CONSTRAINT", AlterKind::DropConstraint, parse_existing_name},
    {"DROP PROJECTION", AlterKind::DropProjection, parse_existing_name},
    {"DROP PARTITION", AlterKind::DropPartition, parse_plain_partition},
    {"DROP DETACHED PARTITION", AlterKind::DropDetachedPartition, parse_plain_partition},
    {"DROP DETACHED PART", AlterKind::DropDetachedPartition, parse_part},
    {"DROP PART", AlterKind::DropPartition, parse_part},
    {"CLEAR COLUMN", AlterKind::ClearColumn, parse_name_in_partition},
    {"CLEAR PROJECTION", AlterKind::ClearProjection, parse_name_in_partition},
    {"RENAME COLUMN", AlterKind::RenameColumn, parse_rename_column},
    {"MODIFY COLUMN", AlterKind::ModifyColumn, parse_modify_column},
    {"MODIFY COMMENT", AlterKind::ModifyComment, parse_comment},
    {"MODIFY TTL", AlterKind::ModifyTtl, parse_ttl},
    {"MODIFY SETTING", AlterKind::ModifySetting, parse_setting_list},
    {"MODIFY ORDER BY", AlterKind::ModifyOrderBy, parse_order_by},
    {"MODIFY QUERY", AlterKind::ModifyQuery, parse_query_command},
    {"ALTER COLUMN", AlterKind::ModifyColumn, parse_modify_column},
    {"COMMENT COLUMN", AlterKind::CommentColumn, parse_comment_column},
    {"RESET SETTING", AlterKind::ResetSetting, parse_reset_setting},
    {"REMOVE TTL", AlterKind::RemoveTtl, parse_nothing},
    {"DELETE", AlterKind::Delete, parse_delete},
    {"UPDATE", AlterKind::Update, parse_update},
    {"DETACH PARTITION", AlterKind::DetachPartition, parse_plain_partition},
    {"DETACH PART", AlterKind::DetachPartition, parse_part},
    {"ATTACH PARTITION", AlterKind::AttachPartition, parse_attach_partition},
    {"ATTACH PART", AlterKind::AttachPartition, parse_part},
    {"REPLACE PARTITION", AlterKind::ReplacePartition, parse_replace_partition},
    {"MOVE PARTITION", AlterKind::MovePartition, parse_move_partition},
    {"MATERIALIZE COLUMN", AlterKind::MaterializeColumn, parse_name_in_partition},
    {"MATERIALIZE TTL", AlterKind::MaterializeTtl, parse_materialize_ttl},
    {"MATERIALIZE INDEX", AlterKind::MaterializeIndex, parse_name_in_partition},
    {"MATERIALIZE PROJECTION", AlterKind::MaterializeProjection, parse_name_in_partition},
}};

bool at_command(TokenCursor& cursor, std::size_t ahead) {
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const CommandRow& row) { return cursor.at(row.words, ahead); });
}

AlterCommand parse_command(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const bool parenthesised = cursor.accept(TokenKind::LeftParenthesis);
  AlterCommand command;
  for (const CommandRow& row : kCommands) {
    if (!cursor.accept(row.words)) continue;
    command.kind = row.kind;
    row.parse(cursor, &command);
    if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
    command.range = cursor.since(begin);
    return command;
  }
  cursor.fail();
}

}  // namespace

Partition parse_partition(TokenCursor& cursor) {
  Partition partition;
  if (cursor.at("ID") && cursor.at(TokenKind::String, 1)) {
    cursor.take();
    partition.id = cursor.take_string();
  } else if (cursor.accept("ALL")) {
    partition.all = true;
  } else {
    partition.value = parse_primary(cursor);
  }
  return partition;
}

Alter parse_alter(TokenCursor& cursor) {
  cursor.expect("ALTER");
  cursor.accept("TEMPORARY");
  cursor.expect("TABLE");
  Alter alter;
  alter.name = parse_table_name(cursor);
  refuse_on_cluster(cursor);
  do {
    alter.commands.push_back(parse_command(cursor));
  } while (cursor.accept(TokenKind::Comma));
  return alter;
}

}  // namespace freshet
