#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

std::string_view object_word(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::Table:
      return "TABLE ";
    case ObjectKind::View:
      return "VIEW ";
    case ObjectKind::Database:
      return "DATABASE ";
    case ObjectKind::Dictionary:
      return "DICTIONARY ";
  }
  return "";
}

void write_settings(SqlWriter& writer, const std::vector<SettingChange>& settings) {
  writer.inline_list(settings, [&](const SettingChange& each) { write_setting(writer, each); });
}

void write_settings_clause(SqlWriter& writer, const std::vector<SettingChange>& settings) {
  if (settings.empty()) return;
  writer.new_line();
  writer.add("SETTINGS ");
  write_settings(writer, settings);
}

void write_comment_clause(SqlWriter& writer, const std::string& comment) {
  if (comment.empty()) return;
  writer.new_line();
  writer.add("COMMENT " + quote_string(comment));
}

void write_body(SqlWriter& writer, const StatementBody& body);

void write(SqlWriter& writer, const QueryPtr& query) { write_last_query(writer, *query); }

void write(SqlWriter& writer, const CreateDatabase& create) {
  writer.add("CREATE DATABASE ");
  if (create.if_not_exists) writer.add("IF NOT EXISTS ");
  writer.add(quote_name(create.name));
  if (create.engine) {
    writer.new_line();
    writer.add("ENGINE = ");
    write_engine(writer, *create.engine);
  }
  write_comment_clause(writer, create.comment);
}

void write(SqlWriter& writer, const CreateTable& create) {
  writer.add(create.replace_only ? "REPLACE "
             : create.or_replace ? "CREATE OR REPLACE "
                                 : "CREATE ");
  if (create.temporary) writer.add("TEMPORARY ");
  writer.add("TABLE ");
  if (create.if_not_exists) writer.add("IF NOT EXISTS ");
  write_table_name(writer, create.name);
  write_elements(writer, create.elements);
  if (create.as_table) {
    writer.new_line();
    writer.add(create.clone ? "CLONE AS " : "AS ");
    write_table_name(writer, *create.as_table);
  }
  write_storage(writer, create.storage);
  write_comment_clause(writer, create.comment);
  if (!create.as_query && !create.as_function) return;
  writer.new_line();
  writer.add(create.empty ? "EMPTY AS " : "AS ");
  if (create.as_query) {
    write_last_query(writer, *create.as_query);
  } else {
    write_expression(writer, create.as_function->call);
  }
}

void write(SqlWriter& writer, const CreateView& create) {
  writer.add(create.or_replace ? "CREATE OR REPLACE " : "CREATE ");
  writer.add(create.materialized ? "MATERIALIZED VIEW " : "VIEW ");
  if (create.if_not_exists) writer.add("IF NOT EXISTS ");
  write_table_name(writer, create.name);
  if (create.to) {
    writer.add(" TO ");
    write_table_name(writer, *create.to);
  }
  write_elements(writer, create.elements);
  if (!create.column_aliases.empty()) {
    writer.add(" (");
    writer.inline_list(create.column_aliases,
                       [&](const std::string& name) { writer.add(always_quote_name(name)); });
    writer.add(')');
  }
  write_storage(writer, create.storage);
  write_comment_clause(writer, create.comment);
  if (create.populate) writer.add(" POPULATE");
  if (create.empty) writer.add(" EMPTY");
  writer.new_line();
  writer.add("AS ");
  write_last_query(writer, *create.query);
}

void write(SqlWriter& writer, const Drop& drop) {
  writer.add("DROP ");
  if (drop.temporary) writer.add("TEMPORARY ");
  writer.add(object_word(drop.kind));
  if (drop.if_exists) writer.add("IF EXISTS ");
  if (drop.if_empty) writer.add("IF EMPTY ");
  writer.inline_list(drop.names, [&](const TableName& name) { write_table_name(writer, name); });
  if (drop.sync) writer.add(" SYNC");
}

void write(SqlWriter& writer, const Truncate& truncate) {
  writer.add("TRUNCATE ");
  writer.add(object_word(truncate.kind));
  if (truncate.if_exists) writer.add("IF EXISTS ");
  write_table_name(writer, truncate.name);
}

void write(SqlWriter& writer, const Rename& rename) {
  writer.add(rename.exchange ? "EXCHANGE TABLES " : "RENAME ");
  if (!rename.exchange) writer.add(object_word(rename.kind));
  writer.inline_list(rename.pairs, [&](const RenamePair& pair) {
    if (pair.if_exists) writer.add("IF EXISTS ");
    write_table_name(writer, pair.from);
    writer.add(rename.exchange ? " AND " : " TO ");
    write_table_name(writer, pair.to);
  });
}

void write(SqlWriter& writer, const Exists& exists) {
  writer.add("EXISTS ");
  if (exists.temporary) writer.add("TEMPORARY ");
  writer.add(object_word(exists.kind));
  write_table_name(writer, exists.name);
}

std::string_view show_words(ShowKind kind) {
  switch (kind) {
    case ShowKind::Databases:
      return "DATABASES";
    case ShowKind::Tables:
      return "TABLES";
    case ShowKind::Columns:
      return "COLUMNS FROM ";
    case ShowKind::CreateTable:
      return "CREATE TABLE ";
    case ShowKind::CreateView:
      return "CREATE VIEW ";
    case ShowKind::CreateDatabase:
      return "CREATE DATABASE ";
    case ShowKind::ProcessList:
      return "PROCESSLIST";
    case ShowKind::Settings:
      return "SETTINGS";
    case ShowKind::Functions:
      return "FUNCTIONS";
    case ShowKind::Engines:
      return "ENGINES";
    case ShowKind::Rollups:
      return "ROLLUPS";
  }
  return "";
}

void write(SqlWriter& writer, const Show& show) {
  writer.add("SHOW ");
  if (show.extended) writer.add("EXTENDED ");
  if (show.full) writer.add("FULL ");
  if (show.temporary) writer.add("TEMPORARY ");
  if (show.changed) writer.add("CHANGED ");
  writer.add(show_words(show.kind));
  if (show.kind == ShowKind::Rollups && !show.name.table.empty()) writer.add(" FROM ");
  if (!show.name.table.empty()) write_table_name(writer, show.name);
  if (!show.database.empty()) writer.add(" FROM " + quote_name(show.database));
  if (show.like) {
    writer.add(show.not_like ? " NOT" : "");
    writer.add(show.case_insensitive ? " ILIKE " : " LIKE ");
    writer.add(quote_string(*show.like));
  }
  if (show.where) {
    writer.add(" WHERE ");
    write_expression(writer, show.where);
  }
  if (!show.limit) return;
  writer.add(" LIMIT ");
  write_expression(writer, show.limit);
}

void write(SqlWriter& writer, const Describe& describe) {
  writer.add("DESCRIBE TABLE ");
  write_table_expression(writer, describe.table);
}

void write(SqlWriter& writer, const Use& use) { writer.add("USE " + quote_name(use.database)); }

void write(SqlWriter& writer, const SetSettings& set) {
  writer.add("SET ");
  write_settings(writer, set.changes);
}

void write(SqlWriter& writer, const SetRole& set) {
  writer.add("SET ROLE ");
  writer.inline_list(set.roles, [&](const std::string& role) {
    const bool word = role == "DEFAULT" || role == "NONE" || role == "ALL";
    writer.add(word ? role : always_quote_name(role));
  });
}

std::string_view explain_words(ExplainKind kind) {
  switch (kind) {
    case ExplainKind::Plan:
      return "PLAN ";
    case ExplainKind::Ast:
      return "AST ";
    case ExplainKind::Syntax:
      return "SYNTAX ";
    case ExplainKind::QueryTree:
      return "QUERY TREE ";
    case ExplainKind::Pipeline:
      return "PIPELINE ";
    case ExplainKind::Estimate:
      return "ESTIMATE ";
    case ExplainKind::Analyze:
      return "ANALYZE ";
  }
  return "";
}

void write(SqlWriter& writer, const Explain& explain) {
  writer.add("EXPLAIN ");
  writer.add(explain_words(explain.kind));
  write_settings(writer, explain.settings);
  if (!explain.settings.empty()) writer.new_line();
  write_body(writer, explain.statement->body);
}

void write_insert_columns(SqlWriter& writer, const Insert& insert) {
  if (insert.columns.empty()) return;
  writer.add(insert.columns_except ? " (* EXCEPT(" : " (");
  writer.inline_list(insert.columns,
                     [&](const std::string& name) { writer.add(quote_name(name)); });
  writer.add(insert.columns_except ? "))" : ")");
}

void write(SqlWriter& writer, const Insert& insert) {
  writer.add("INSERT INTO ");
  if (const auto* table = std::get_if<TableName>(&insert.target)) {
    write_table_name(writer, *table);
  } else {
    writer.add("FUNCTION ");
    write_expression(writer, std::get<TableFunction>(insert.target).call);
  }
  write_insert_columns(writer, insert);
  if (insert.source == InsertSource::File) {
    writer.add(" FROM INFILE " + quote_string(insert.infile));
    if (!insert.compression.empty()) writer.add(" COMPRESSION " + quote_string(insert.compression));
  }
  write_settings_clause(writer, insert.settings);
  if (insert.query) {
    writer.new_line();
    write_last_query(writer, *insert.query);
  }
  if (!insert.format.empty()) writer.add(" FORMAT " + insert.format);
}

void write(SqlWriter& writer, const Kill& kill) {
  writer.add(kill.kind == KillKind::Query ? "KILL QUERY WHERE " : "KILL MUTATION WHERE ");
  write_expression(writer, kill.where);
  if (kill.mode == KillMode::Async) writer.add(" ASYNC");
  if (kill.mode == KillMode::Sync) writer.add(" SYNC");
  if (kill.mode == KillMode::Test) writer.add(" TEST");
}

void write(SqlWriter& writer, const Optimize& optimize) {
  writer.add("OPTIMIZE TABLE ");
  write_table_name(writer, optimize.name);
  if (optimize.partition) {
    writer.add(' ');
    write_partition(writer, *optimize.partition);
  }
  if (optimize.final) writer.add(" FINAL");
  if (optimize.deduplicate) writer.add(" DEDUPLICATE");
}

void write(SqlWriter& writer, const System& system) {
  writer.add("SYSTEM");
  for (const std::string& word : system.words) writer.add(" " + word);
  if (!system.name) return;
  writer.add(' ');
  write_table_name(writer, *system.name);
}

void write(SqlWriter& writer, const Alter& alter) { write_alter(writer, alter); }

void write(SqlWriter& writer, const CreateRollup& create) {
  writer.add("CREATE ROLLUP ");
  if (create.if_not_exists) writer.add("IF NOT EXISTS ");
  writer.add(quote_name(create.definition.name) + " ON ");
  write_table_name(writer, create.table);
  writer.new_line();
  write_subquery(writer, *create.definition.query);
}

void write(SqlWriter& writer, const DropRollup& drop) {
  writer.add("DROP ROLLUP ");
  if (drop.if_exists) writer.add("IF EXISTS ");
  writer.add(quote_name(drop.name) + " ON ");
  write_table_name(writer, drop.table);
}

void write(SqlWriter& writer, const Delete& statement) {
  writer.add("DELETE FROM ");
  write_table_name(writer, statement.name);
  if (statement.partition) {
    writer.add(" IN ");
    write_partition(writer, *statement.partition);
  }
  writer.add(" WHERE ");
  write_expression(writer, statement.where);
}

void write(SqlWriter& writer, const Update& statement) {
  writer.add("UPDATE ");
  write_table_name(writer, statement.name);
  writer.add(" SET ");
  writer.inline_list(statement.assignments,
                     [&](const Assignment& each) { write_assignment(writer, each); });
  writer.add(" WHERE ");
  write_expression(writer, statement.where);
}

void write_place(SqlWriter& writer, const BackupPlace& place) {
  writer.add(place.engine + "(");
  writer.inline_list(place.arguments,
                     [&](const std::string& argument) { writer.add(quote_string(argument)); });
  writer.add(")");
}

void write_backup_name(SqlWriter& writer, const BackupElement& element, const TableName& name) {
  if (element.kind == BackupElementKind::Database) {
    writer.add(quote_name(name.database));
  } else {
    write_table_name(writer, name);
  }
}

void write(SqlWriter& writer, const Backup& backup) {
  writer.add(backup.restore ? "RESTORE " : "BACKUP ");
  writer.inline_list(backup.elements, [&](const BackupElement& element) {
    if (element.kind == BackupElementKind::All) {
      writer.add("ALL");
      return;
    }
    writer.add(element.kind == BackupElementKind::Database ? "DATABASE " : "TABLE ");
    write_backup_name(writer, element, element.name);
    if (!element.new_name) return;
    writer.add(" AS ");
    write_backup_name(writer, element, *element.new_name);
  });
  writer.add(backup.restore ? " FROM " : " TO ");
  write_place(writer, backup.place);
  if (!backup.base && backup.settings.empty()) return;
  writer.add(" SETTINGS ");
  if (backup.base) {
    writer.add("base_backup = ");
    write_place(writer, *backup.base);
    if (!backup.settings.empty()) writer.add(", ");
  }
  write_settings(writer, backup.settings);
}

void write(SqlWriter& writer, const CheckTable& check) {
  writer.add("CHECK TABLE ");
  write_table_name(writer, check.name);
  if (!check.partition) return;
  writer.add(' ');
  write_partition(writer, *check.partition);
}

void write_body(SqlWriter& writer, const StatementBody& body) {
  std::visit([&](const auto& statement) { write(writer, statement); }, body);
}

}  // namespace

std::string to_sql(const Statement& statement, PrintStyle style) {
  SqlWriter writer(style);
  if (!statement.settings.empty() && !statement.outfile && statement.format.empty()) {
    writer.announce_settings();
  }
  write_body(writer, statement.body);
  if (const auto& outfile = statement.outfile) {
    writer.new_line();
    writer.add("INTO OUTFILE " + quote_string(outfile->path));
    if (outfile->append) writer.add(" APPEND");
    if (outfile->truncate) writer.add(" TRUNCATE");
    if (!outfile->compression.empty())
      writer.add(" COMPRESSION " + quote_string(outfile->compression));
  }
  if (!statement.format.empty()) {
    writer.new_line();
    writer.add("FORMAT " + statement.format);
  }
  write_settings_clause(writer, statement.settings);
  return writer.take();
}

}  // namespace freshet
