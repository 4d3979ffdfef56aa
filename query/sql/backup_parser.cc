#include "query/sql/backup_parser.h"

#include "query/sql/alter_parser.h"
#include "query/sql/definition_parser.h"
#include "query/sql/expression_parser.h"
#include "query/sql/select_parser.h"

namespace freshet {

namespace {

// `Disk('name', 'path')`, `File('path')`.
BackupPlace parse_place(TokenCursor& cursor) {
  BackupPlace place;
  place.engine = cursor.take_word("Disk or File");
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    place.arguments.push_back(cursor.take_string());
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
  return place;
}

BackupElement parse_element(TokenCursor& cursor) {
  BackupElement element;
  if (cursor.at("TEMPORARY") || cursor.at("DICTIONARY") || cursor.at("FUNCTION")) {
    cursor.refuse("BACKUP of");
  }
  if (cursor.accept("ALL")) {
    element.kind = BackupElementKind::All;
    if (cursor.at("EXCEPT")) cursor.refuse("BACKUP ALL");
    return element;
  }
  if (cursor.accept("DATABASE")) {
    element.kind = BackupElementKind::Database;
    element.name.database = cursor.take_name("database");
    if (cursor.accept("AS")) {
      element.new_name.emplace();
      element.new_name->database = cursor.take_name("database");
    }
    if (cursor.at("EXCEPT")) cursor.refuse("BACKUP DATABASE");
    return element;
  }
  if (!cursor.accept("VIEW")) cursor.expect("TABLE");
  element.name = parse_table_name(cursor);
  if (cursor.accept("AS")) element.new_name = parse_table_name(cursor);
  if (cursor.at("PARTITION") || cursor.at("PARTITIONS")) cursor.refuse("BACKUP TABLE");
  return element;
}

void parse_backup_settings(TokenCursor& cursor, Backup& backup) {
  do {
    if (cursor.accept("BASE_BACKUP")) {
      cursor.expect(TokenKind::Equals);
      backup.base = parse_place(cursor);
      continue;
    }
    SettingChange change;
    const uint32_t begin = cursor.begin();
    change.name = cursor.take_name("setting");
    cursor.expect(TokenKind::Equals);
    change.value = parse_literal(cursor);
    change.range = cursor.since(begin);
    backup.settings.push_back(std::move(change));
  } while (cursor.accept(TokenKind::Comma));
}

}  // namespace

Backup parse_backup(TokenCursor& cursor) {
  Backup backup;
  backup.restore = cursor.accept("RESTORE");
  if (!backup.restore) cursor.expect("BACKUP");
  do {
    backup.elements.push_back(parse_element(cursor));
  } while (cursor.accept(TokenKind::Comma));
  refuse_on_cluster(cursor);
  cursor.expect(backup.restore ? "FROM" : "TO");
  backup.place = parse_place(cursor);
  if (cursor.accept("SETTINGS")) parse_backup_settings(cursor, backup);
  if (cursor.at("ASYNC")) cursor.refuse("BACKUP");
  cursor.accept("SYNC");
  return backup;
}

CheckTable parse_check_table(TokenCursor& cursor) {
  cursor.expect("CHECK");
  if (cursor.at("ALL") || cursor.at("GRANT")) cursor.refuse("CHECK");
  cursor.expect("TABLE");
  CheckTable check;
  check.name = parse_table_name(cursor);
  if (cursor.at("PARTITION")) {
    cursor.expect("PARTITION");
    check.partition = parse_partition(cursor);
  } else if (cursor.at("PART")) {
    cursor.refuse("CHECK TABLE");
  }
  return check;
}

}  // namespace freshet
