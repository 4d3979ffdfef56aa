#include "query/sql/keywords.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

std::string_view command_words(AlterKind kind) {
  switch (kind) {
    case AlterKind::AddColumn:
      return "ADD COLUMN";
    case AlterKind::DropColumn:
      return "DROP COLUMN";
    case AlterKind::ClearColumn:
      return "CLEAR COLUMN";
    case AlterKind::RenameColumn:
      return "RENAME COLUMN";
    case AlterKind::ModifyColumn:
      return "MODIFY COLUMN";
    case AlterKind::CommentColumn:
      return "COMMENT COLUMN";
    case AlterKind::ModifyComment:
      return "MODIFY COMMENT";
    case AlterKind::Delete:
      return "DELETE";
    case AlterKind::Update:
      return "UPDATE";
    case AlterKind::DropPartition:
      return "DROP";
    case AlterKind::DetachPartition:
      return "DETACH";
    case AlterKind::AttachPartition:
      return "ATTACH";
    case AlterKind::ReplacePartition:
      return "REPLACE";
    case AlterKind::MovePartition:
      return "MOVE";
    case AlterKind::ModifyTtl:
      return "MODIFY TTL";
    case AlterKind::RemoveTtl:
      return "REMOVE TTL";
    case AlterKind::ModifySetting:
      return "MODIFY SETTING";
    case AlterKind::ResetSetting:
      return "RESET SETTING";
    case AlterKind::ModifyOrderBy:
      return "MODIFY ORDER BY";
    case AlterKind::ModifyQuery:
      return "MODIFY QUERY";
    case AlterKind::AddIndex:
      return "ADD INDEX";
    case AlterKind::DropIndex:
      return "DROP INDEX";
    case AlterKind::MaterializeIndex:
      return "MATERIALIZE INDEX";
    case AlterKind::AddConstraint:
      return "ADD CONSTRAINT";
    case AlterKind::DropConstraint:
      return "DROP CONSTRAINT";
    case AlterKind::AddProjection:
      return "ADD PROJECTION";
    case AlterKind::DropProjection:
      return "DROP PROJECTION";
    case AlterKind::MaterializeProjection:
      return "MATERIALIZE PROJECTION";
    case AlterKind::ClearProjection:
      return "CLEAR PROJECTION";
    case AlterKind::MaterializeColumn:
      return "MATERIALIZE COLUMN";
    case AlterKind::DropDetachedPartition:
      return "DROP DETACHED";
    case AlterKind::MaterializeTtl:
      return "MATERIALIZE TTL";
  }
  return "";
}

void write_in_partition(SqlWriter& writer, const AlterCommand& command) {
  if (!command.partition) return;
  writer.add(" IN ");
  write_partition(writer, *command.partition);
}

void write_place(SqlWriter& writer, const AlterCommand& command) {
  if (command.first) writer.add(" FIRST");
  if (!command.after.empty()) writer.add(" AFTER " + always_quote_name(command.after));
}

void write_partition_command(SqlWriter& writer, const AlterCommand& command) {
  write_partition(writer, *command.partition);
  if (!command.other_table) return;
  writer.add(command.kind == AlterKind::MovePartition ? " TO TABLE " : " FROM ");
  write_table_name(writer, *command.other_table);
}

void write_update(SqlWriter& writer, const AlterCommand& command) {
  writer.inline_list(command.assignments,
                     [&](const Assignment& each) { write_assignment(writer, each); });
  write_in_partition(writer, command);
  writer.add(" WHERE ");
  write_expression(writer, command.expression);
}

// What follows the words and IF [NOT] EXISTS.
void write_subject(SqlWriter& writer, const AlterCommand& command) {
  switch (command.kind) {
    case AlterKind::AddColumn:
    case AlterKind::ModifyColumn:
      write_column(writer, command.column);
      if (!command.remove.empty()) writer.add(" REMOVE " + command.remove);
      break;
    case AlterKind::RenameColumn:
      writer.add(always_quote_name(command.name) + " TO " + always_quote_name(command.new_name));
      break;
    case AlterKind::CommentColumn:
      writer.add(always_quote_name(command.name) + " " + quote_string(command.comment));
      break;
    case AlterKind::ModifyComment:
      writer.add(quote_string(command.comment));
      break;
    case AlterKind::Delete:
      if (command.partition) {
        writer.add("IN ");
        write_partition(writer, *command.partition);
        writer.add(' ');
      }
      writer.add("WHERE ");
      write_expression(writer, command.expression);
      break;
    case AlterKind::Update:
      write_update(writer, command);
      break;
    case AlterKind::DropPartition:
    case AlterKind::DetachPartition:
    case AlterKind::AttachPartition:
    case AlterKind::ReplacePartition:
    case AlterKind::MovePartition:
    case AlterKind::DropDetachedPartition:
      write_partition_command(writer, command);
      break;
    case AlterKind::ModifyTtl:
      writer.inline_list(command.ttl, [&](const TtlItem& item) { write_ttl_item(writer, item); });
      break;
    case AlterKind::ModifySetting:
      writer.inline_list(command.settings,
                         [&](const SettingChange& each) { write_setting(writer, each); });
      break;
    case AlterKind::ResetSetting:
      writer.inline_list(command.setting_names,
                         [&](const std::string& name) { writer.add(quote_name(name)); });
      break;
    case AlterKind::ModifyOrderBy:
      write_expression(writer, command.expression);
      break;
    case AlterKind::ModifyQuery:
      write_last_query(writer, *command.query);
      break;
    case AlterKind::AddIndex:
      write_index(writer, command.index);
      break;
    case AlterKind::AddConstraint:
      write_constraint(writer, command.constraint);
      break;
    case AlterKind::AddProjection:
      write_projection(writer, command.projection);
      break;
    case AlterKind::RemoveTtl:
      break;
    case AlterKind::MaterializeTtl:
      write_in_partition(writer, command);
      break;
    default:
      writer.add(always_quote_name(command.name));
      write_in_partition(writer, command);
  }
}

void write_command(SqlWriter& writer, const AlterCommand& command) {
  writer.add(command_words(command.kind));
  const bool ends_here =
      command.kind == AlterKind::RemoveTtl || command.kind == AlterKind::MaterializeTtl;
  if (!ends_here) writer.add(' ');
  if (command.if_exists) writer.add("IF EXISTS ");
  if (command.if_not_exists) writer.add("IF NOT EXISTS ");
  write_subject(writer, command);
  write_place(writer, command);
}

}  // namespace

void write_alter(SqlWriter& writer, const Alter& alter) {
  writer.add("ALTER TABLE ");
  write_table_name(writer, alter.name);
  writer.list(alter.commands, [&](const AlterCommand& command) { write_command(writer, command); });
}

}  // namespace freshet
