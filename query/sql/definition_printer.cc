#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

void write_codecs(SqlWriter& writer, const std::vector<ExpressionPtr>& codecs) {
  writer.add("CODEC(");
  writer.inline_list(codecs,
                     [&](const ExpressionPtr& codec) { write_call_or_name(writer, codec); });
  writer.add(')');
}

std::string_view default_words(ColumnDefaultKind kind) {
  switch (kind) {
    case ColumnDefaultKind::None:
      return "";
    case ColumnDefaultKind::Default:
      return " DEFAULT";
    case ColumnDefaultKind::Materialized:
      return " MATERIALIZED";
    case ColumnDefaultKind::Alias:
      return " ALIAS";
    case ColumnDefaultKind::Ephemeral:
      return " EPHEMERAL";
  }
  return "";
}

void write_clause(SqlWriter& writer, std::string_view words, const ExpressionPtr& expression) {
  if (!expression) return;
  writer.new_line();
  writer.add(words);
  writer.add(' ');
  write_expression(writer, expression);
}

// One element of the parentheses, after a comma if it is not the first.
class ElementList {
 public:
  explicit ElementList(SqlWriter& writer) : writer_(writer) {}

  void begin_element() {
    if (!first_) {
      writer_.add(',');
      writer_.new_line();
    }
    first_ = false;
  }

 private:
  SqlWriter& writer_;
  bool first_ = true;
};

}  // namespace

void write_column(SqlWriter& writer, const ColumnDeclaration& column) {
  writer.add(always_quote_name(column.name));
  if (!column.type.empty()) writer.add(" " + column.type);
  writer.add(default_words(column.default_kind));
  if (column.default_expression) {
    writer.add(' ');
    write_expression(writer, column.default_expression);
  }
  if (!column.comment.empty()) writer.add(" COMMENT " + quote_string(column.comment));
  if (!column.codecs.empty()) {
    writer.add(' ');
    write_codecs(writer, column.codecs);
  }
  if (column.ttl) {
    writer.add(" TTL ");
    write_expression(writer, column.ttl);
  }
  if (column.primary_key) writer.add(" PRIMARY KEY");
  if (column.settings.empty()) return;
  writer.add(" SETTINGS (");
  writer.inline_list(column.settings,
                     [&](const SettingChange& each) { write_setting(writer, each); });
  writer.add(')');
}

void write_index(SqlWriter& writer, const IndexDefinition& index) {
  writer.add(quote_name(index.name) + " ");
  write_expression(writer, index.expression);
  writer.add(" TYPE ");
  write_call_or_name(writer, index.type);
  if (!index.granularity) return;
  writer.add(" GRANULARITY ");
  write_expression(writer, index.granularity);
}

void write_constraint(SqlWriter& writer, const ConstraintDefinition& constraint) {
  writer.add(quote_name(constraint.name));
  writer.add(constraint.assume ? " ASSUME " : " CHECK ");
  write_expression(writer, constraint.expression);
}

void write_projection(SqlWriter& writer, const ProjectionDefinition& projection) {
  writer.add(quote_name(projection.name));
  writer.new_line();
  write_subquery(writer, *projection.query);
}

void write_elements(SqlWriter& writer, const TableElements& elements) {
  if (elements == TableElements{}) return;
  writer.new_line();
  writer.open('(');
  ElementList list(writer);
  for (const auto& column : elements.columns) {
    list.begin_element();
    write_column(writer, column);
  }
  for (const auto& index : elements.indexes) {
    list.begin_element();
    writer.add("INDEX ");
    write_index(writer, index);
  }
  for (const auto& constraint : elements.constraints) {
    list.begin_element();
    writer.add("CONSTRAINT ");
    write_constraint(writer, constraint);
  }
  for (const auto& projection : elements.projections) {
    list.begin_element();
    writer.add("PROJECTION ");
    write_projection(writer, projection);
  }
  if (elements.primary_key) {
    list.begin_element();
    writer.add("PRIMARY KEY ");
    write_expression(writer, elements.primary_key);
  }
  writer.close(')');
}

void write_assignment(SqlWriter& writer, const Assignment& assignment) {
  writer.add(quote_name(assignment.column) + " = ");
  write_expression(writer, assignment.value);
}

void write_ttl_item(SqlWriter& writer, const TtlItem& item) {
  write_expression(writer, item.expression);
  switch (item.action) {
    case TtlAction::Delete:
      break;
    case TtlAction::ToDisk:
      writer.add(" TO DISK " + quote_string(item.destination));
      break;
    case TtlAction::ToVolume:
      writer.add(" TO VOLUME " + quote_string(item.destination));
      break;
    case TtlAction::Recompress:
      writer.add(" RECOMPRESS ");
      write_codecs(writer, item.codecs);
      break;
    case TtlAction::GroupBy:
      writer.add(" GROUP BY ");
      writer.inline_list(item.keys, [&](const ExpressionPtr& key) { write_aliased(writer, key); });
      if (item.assignments.empty()) break;
      writer.add(" SET ");
      writer.inline_list(item.assignments,
                         [&](const Assignment& each) { write_assignment(writer, each); });
  }
  if (!item.where) return;
  writer.add(" WHERE ");
  write_expression(writer, item.where);
}

void write_engine(SqlWriter& writer, const Engine& engine) {
  writer.add(quote_name(engine.name));
  if (!engine.has_parentheses) return;
  writer.add('(');
  writer.inline_list(engine.arguments,
                     [&](const ExpressionPtr& each) { write_aliased(writer, each); });
  writer.add(')');
}

void write_storage(SqlWriter& writer, const StorageClause& storage) {
  if (storage.engine) {
    writer.new_line();
    writer.add("ENGINE = ");
    write_engine(writer, *storage.engine);
  }
  write_clause(writer, "PARTITION BY", storage.partition_by);
  write_clause(writer, "PRIMARY KEY", storage.primary_key);
  write_clause(writer, "ORDER BY", storage.order_by);
  write_clause(writer, "SAMPLE BY", storage.sample_by);
  write_clause(writer, "UNIQUE KEY", storage.unique_key);
  if (!storage.ttl.empty()) {
    writer.new_line();
    writer.add("TTL");
    writer.list(storage.ttl, [&](const TtlItem& item) { write_ttl_item(writer, item); });
  }
  if (storage.settings.empty()) return;
  writer.new_line();
  writer.add("SETTINGS ");
  writer.inline_list(storage.settings,
                     [&](const SettingChange& each) { write_setting(writer, each); });
}

void write_partition(SqlWriter& writer, const Partition& partition) {
  if (partition.part) {
    writer.add("PART " + quote_string(partition.id));
    return;
  }
  writer.add("PARTITION ");
  if (partition.all) {
    writer.add("ALL");
  } else if (partition.value) {
    write_expression(writer, partition.value);
  } else {
    writer.add("ID " + quote_string(partition.id));
  }
}

std::string to_sql(const StorageClause& storage) {
  if (!storage.engine) return "";
  SqlWriter writer(PrintStyle::OneLine);
  write_storage(writer, storage);
  return writer.take().substr(std::string_view(" ENGINE = ").size());
}

}  // namespace freshet
