#include "query/engine/alter_columns.h"

#include <algorithm>

#include "query/engine/catalog_names.h"
#include "query/engine/column_defaults.h"
#include "query/engine/expression_columns.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_engine.h"
#include "query/engine/table_indexes.h"
#include "query/plan/name_scope.h"
#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/table/column_edit.h"

namespace freshet {

namespace {

bool reads(const ExpressionPtr& expression, const std::string& column) {
  return columns_in(expression).contains(column);
}

bool reads(const std::string& expression, const std::string& column) {
  return reads_column(expression, column);
}

bool in_sort_key(const TableDefinition& definition, const std::string& column) {
  return std::ranges::any_of(definition.order_by,
                             [&](const std::string& key) { return reads(key, column); });
}

// The keys that read the column are the column itself: what a function makes of another type may
// have another order, or be nothing.
bool is_bare_key(const std::vector<std::string>& keys, const std::string& column) {
  return std::ranges::all_of(keys, [&](const std::string& key) {
    return !reads(key, column) || as<Identifier>(parse_expression_text(key)) != nullptr;
  });
}

// `a` and `(a, b)` as their fields.
std::vector<std::string> key_fields(const std::string& key) {
  if (key.empty()) return {};
  const ExpressionPtr expression = parse_expression_text(key);
  const auto* call = as<FunctionCall>(expression);
  if (call == nullptr || call->name != "tuple") return {key};
  std::vector<std::string> fields;
  for (const ExpressionPtr& field : call->arguments) fields.push_back(to_sql(*field));
  return fields;
}

bool in_unique_key(const TableDefinition& definition, const std::string& column) {
  return std::ranges::find(definition.unique_key, column) != definition.unique_key.end();
}

// Rows have been told apart by the cells that they have.
[[noreturn]] void throw_unique_key_column(const std::string& change, const std::string& column) {
  throw Error(ErrorCode::AlterOfColumnIsForbidden,
              "Trying to ALTER " + change + " UNIQUE KEY column " + column);
}

// "version", "sign", "columns to sum": what the engine does with the column; empty: nothing.
std::string engine_role(const TableDefinition& definition, const std::string& column) {
  const auto& arguments = definition.engine_arguments;
  const auto found = std::ranges::find(arguments, column);
  if (found == arguments.end()) return {};
  switch (definition.merge_mode) {
    case MergeMode::Replacing:
      return found == arguments.begin() ? "version" : "is_deleted";
    case MergeMode::Summing:
      return "columns to sum";
    case MergeMode::Collapsing:
      return "sign";
    case MergeMode::VersionedCollapsing:
      return found == arguments.begin() ? "sign" : "version";
    default:
      return {};
  }
}

[[noreturn]] void throw_missing(const TableDefinition& definition, const std::string& what,
                                const std::string& name, const std::string& purpose) {
  std::vector<std::string> names;
  for (const ColumnDefinition& column : definition.columns) names.push_back(column.name);
  throw Error(ErrorCode::NotFoundColumnInBlock, what + ". Cannot find column `" + name + "` to " +
                                                    purpose +
                                                    maybe_you_meant(similar_names(name, names)));
}

[[noreturn]] void throw_duplicate(const std::string& action, const std::string& name) {
  throw Error(ErrorCode::DuplicateColumn,
              "Cannot " + action + " `" + name + "`: column with this name already exists");
}

void refuse_partition(const AlterCommand& command, const std::string& what) {
  if (!command.partition) return;
  throw Error(ErrorCode::NotImplemented, what + " IN PARTITION is not supported: " + command.name);
}

// Values keep their order and the partition its text.
bool keeps_key(const DataType& from, const DataType& to, bool in_partition) {
  if (from == to) return true;
  const bool is_enum = from.id() == TypeId::Enum8 || from.id() == TypeId::Enum16;
  if (is_enum && to.id() == from.id()) {
    return std::ranges::all_of(from.enum_entries(), [&](const EnumEntry& entry) {
      return std::ranges::any_of(to.enum_entries(), [&](const EnumEntry& other) {
        return other.name == entry.name && other.value == entry.value;
      });
    });
  }
  if (in_partition) return false;
  const std::pair<TypeId, TypeId> kSameCells[] = {
      {TypeId::Enum8, TypeId::Int8},      {TypeId::Enum16, TypeId::Int16},
      {TypeId::DateTime, TypeId::UInt32}, {TypeId::UInt32, TypeId::DateTime},
      {TypeId::Date, TypeId::UInt16},     {TypeId::UInt16, TypeId::Date}};
  return std::ranges::find(kSameCells, std::pair(from.id(), to.id())) != std::end(kSameCells);
}

}  // namespace

bool ColumnChanges::apply(const AlterCommand& command) {
  switch (command.kind) {
    case AlterKind::AddColumn:
      add(command);
      return true;
    case AlterKind::DropColumn:
      drop(command);
      return true;
    case AlterKind::ClearColumn:
      clear(command);
      return true;
    case AlterKind::RenameColumn:
      rename(command);
      return true;
    case AlterKind::ModifyColumn:
      modify(command);
      return true;
    case AlterKind::MaterializeColumn:
      materialize(command);
      return true;
    case AlterKind::CommentColumn:
      comment(command);
      return true;
    default:
      return false;
  }
}

void ColumnChanges::finish() {
  check_columns(columns(), *context_);
  check_ttl(*definition_, *context_);
  check_indexes(create_->elements.indexes, definition_->stored_schema(), *context_);
  // The engine's columns may have got types that it cannot work with.
  if (create_->storage.engine) {
    TableDefinition checked = *definition_;
    apply_engine(*create_->storage.engine, checked);
  }
  create_->elements.columns.clear();
  for (const ColumnDefinition& column : columns()) {
    create_->elements.columns.push_back(declare_column(column));
  }
}

size_t ColumnChanges::find(const std::string& name) const {
  const auto& columns = definition_->columns;
  return static_cast<size_t>(std::ranges::find(columns, name, &ColumnDefinition::name) -
                             columns.begin());
}

size_t ColumnChanges::place(const AlterCommand& command, size_t otherwise) const {
  if (command.first) return 0;
  if (command.after.empty()) return otherwise;
  const size_t after = find(command.after);
  if (after < definition_->columns.size()) return after + 1;
  throw Error(ErrorCode::NoSuchColumnInTable,
              "Wrong column name. Cannot find column " + command.after + " to insert after");
}

void ColumnChanges::add(const AlterCommand& command) {
  std::vector<ColumnDefinition> added = define_declared(command.column);
  if (std::ranges::any_of(added, [&](const auto& c) { return find(c.name) < columns().size(); })) {
    if (command.if_not_exists) return;
    throw_duplicate("add column", added[0].name);
  }
  size_t position = place(command, columns().size());
  for (ColumnDefinition& column : added) {
    if (column.type == nullptr) {
      throw Error(ErrorCode::BadArguments,
                  "Data type have to be specified for column `" + column.name + "` to add");
    }
    add_column(*definition_, std::move(column), position++);
  }
}

void ColumnChanges::drop(const AlterCommand& command) {
  std::vector<std::string> names;
  if (find(command.name) < columns().size()) {
    names.push_back(command.name);
  } else {
    // All of a Nested.
    for (const ColumnDefinition& column : columns()) {
      if (column.name.starts_with(command.name + ".")) names.push_back(column.name);
    }
  }
  if (names.empty()) {
    if (command.if_exists) return;
    throw_missing(*definition_, "Wrong column name", command.name, "drop");
  }
  for (const std::string& name : names) {
    refuse_needed(name, "DROP");
    refuse_dependents(name);
    if (columns().size() == 1) {
      throw Error(ErrorCode::BadArguments, "Cannot DROP or CLEAR all columns");
    }
    columns().erase(columns().begin() + static_cast<std::ptrdiff_t>(find(name)));
    gone_.emplace_back(name, "DROP");
  }
}

void ColumnChanges::clear(const AlterCommand& command) {
  refuse_partition(command, "CLEAR COLUMN");
  const size_t position = find(command.name);
  if (position == columns().size()) {
    if (command.if_exists) return;
    throw_missing(*definition_, "Wrong column name", command.name, "drop");
  }
  refuse_needed(command.name, "DROP");
  if (!columns()[position].is_stored()) return;
  clear_column(*definition_, position);
}

void ColumnChanges::rename(const AlterCommand& command) {
  const size_t position = find(command.name);
  if (position == columns().size()) {
    if (command.if_exists) return;
    throw_missing(*definition_, "Wrong column name", command.name, "rename");
  }
  if (renamed_.contains(command.name)) {
    throw Error(ErrorCode::NotImplemented,
                "Transitive renames in a single ALTER query are not allowed (don't make sense): " +
                    command.name);
  }
  if (find(command.new_name) < columns().size()) throw_duplicate("rename to", command.new_name);
  refuse_needed(command.name, "RENAME");
  renamed_.insert(command.new_name);
  gone_.emplace_back(command.name, "RENAME");
  rename_in_expressions(command.name, command.new_name);
  rename_column(*definition_, position, command.new_name);
}

void ColumnChanges::modify(const AlterCommand& command) {
  size_t position = find(command.name);
  if (position == columns().size()) {
    if (command.if_exists) return;
    throw_missing(*definition_, "Wrong column", command.name, "modify");
  }
  const ColumnDefinition old = columns()[position];
  ColumnDefinition changed = old;
  if (!command.remove.empty()) {
    remove_property(changed, command.remove);
  } else {
    ColumnDeclaration declaration = command.column;
    if (declaration.type.starts_with("Nested(")) {
      throw Error(ErrorCode::NotImplemented, "A column cannot become a Nested: " + command.name);
    }
    const ColumnDefinition said = define_declared(declaration)[0];
    if (said.type != nullptr) changed.type = said.type;
    if (said.default_kind != DefaultKind::None) {
      changed.default_kind = said.default_kind;
      changed.default_expression = said.default_expression;
    }
    if (!said.comment.empty()) changed.comment = said.comment;
    if (!said.codec.empty()) changed.codec = said.codec;
    if (!said.ttl.empty()) changed.ttl = said.ttl;
  }
  const bool keys_need_it = in_sort_key(*definition_, old.name) ||
                            reads(definition_->partition_by, old.name) ||
                            in_unique_key(*definition_, old.name);
  if (keys_need_it && !changed.is_stored()) refuse_needed(old.name, "MODIFY");
  if (old.type->name() != changed.type->name()) change_type(old, changed);
  replace_column(*definition_, position, std::move(changed));
  move(command, old.name);
}

void ColumnChanges::move(const AlterCommand& command, const std::string& name) {
  if (!command.first && (command.after.empty() || command.after == name)) return;
  const size_t from = find(name);
  const size_t to = place(command, from);
  const auto begin = columns().begin();
  const auto at = [&](size_t index) { return begin + static_cast<std::ptrdiff_t>(index); };
  if (to > from) {
    std::rotate(at(from), at(from + 1), at(to));
  } else {
    std::rotate(at(to), at(from), at(from + 1));
  }
}

void ColumnChanges::remove_property(ColumnDefinition& column, const std::string& property) const {
  const auto refuse_if = [&](bool missing) {
    if (!missing) return;
    throw Error(ErrorCode::BadArguments,
                "Column `" + column.name + "` doesn't have " + property + ", cannot remove it");
  };
  const std::pair<std::string_view, DefaultKind> kKinds[] = {
      {"DEFAULT", DefaultKind::Default},
      {"MATERIALIZED", DefaultKind::Materialized},
      {"ALIAS", DefaultKind::Alias},
      {"EPHEMERAL", DefaultKind::Ephemeral}};
  for (const auto& [word, kind] : kKinds) {
    if (property != word) continue;
    refuse_if(column.default_kind != kind);
    column.default_kind = DefaultKind::None;
    column.default_expression.clear();
    return;
  }
  std::string* text = property == "COMMENT" ? &column.comment
                      : property == "CODEC" ? &column.codec
                      : property == "TTL"   ? &column.ttl
                                            : nullptr;
  refuse_if(text == nullptr || text->empty());
  text->clear();
}

void ColumnChanges::change_type(const ColumnDefinition& old,
                                const ColumnDefinition& changed) const {
  const std::string change = " from type " + old.type->name() + " to type " + changed.type->name();
  const bool in_partition = reads(definition_->partition_by, old.name);
  const bool keeps_partition = is_bare_key(key_fields(definition_->partition_by), old.name) &&
                               keeps_key(*old.type, *changed.type, true);
  if (in_partition && !keeps_partition) {
    throw Error(ErrorCode::AlterOfColumnIsForbidden,
                "ALTER of partition key column " + old.name + change +
                    " is not safe because it can change the representation of partition key");
  }
  const bool keeps_order =
      is_bare_key(definition_->order_by, old.name) && keeps_key(*old.type, *changed.type, false);
  if (in_sort_key(*definition_, old.name) && !keeps_order) {
    throw Error(ErrorCode::AlterOfColumnIsForbidden,
                "ALTER of key column " + old.name + change +
                    " is not safe because it can change the representation of primary key");
  }
  if (in_unique_key(*definition_, old.name)) throw_unique_key_column("type of", old.name);
  if (!old.is_stored() || !changed.is_stored()) return;
  if (can_be_null(*old.type) && !can_be_null(*changed.type) &&
      changed.default_kind == DefaultKind::None) {
    throw Error(ErrorCode::BadArguments,
                "Cannot convert column '" + old.name + "' from nullable type " + old.type->name() +
                    " to non-nullable type " + changed.type->name() +
                    ". Please specify `DEFAULT` expression in ALTER MODIFY COLUMN statement");
  }
  check_castable(*column_expression(0, old.type, old.name), changed.type, *context_->functions);
}

void ColumnChanges::materialize(const AlterCommand& command) {
  refuse_partition(command, "MATERIALIZE COLUMN");
  const size_t position = find(command.name);
  if (position == columns().size()) {
    throw Error(ErrorCode::NoSuchColumnInTable, "There is no column " + command.name + " in table");
  }
  const ColumnDefinition& column = columns()[position];
  if (column.default_kind == DefaultKind::None) {
    throw Error(ErrorCode::BadArguments, "Cannot materialize column `" + command.name +
                                             "` because it doesn't have default expression");
  }
  if (in_unique_key(*definition_, command.name)) {
    throw_unique_key_column("MATERIALIZE", command.name);
  }
  // Rows that were given another value, or computed by an older expression, are computed anew;
  // those of a DEFAULT column may have been given theirs.
  if (column.default_kind == DefaultKind::Materialized) clear_column(*definition_, position);
}

void ColumnChanges::comment(const AlterCommand& command) {
  const size_t position = find(command.name);
  if (position < columns().size()) {
    columns()[position].comment = command.comment;
  } else if (!command.if_exists) {
    throw Error(ErrorCode::NoSuchColumnInTable,
                "There is no column " + command.name + " in table " + display_name(*definition_));
  }
}

void ColumnChanges::refuse_needed(const std::string& name, const std::string& verb) const {
  const bool is_key = in_sort_key(*definition_, name) || reads(definition_->partition_by, name) ||
                      (create_->storage.sample_by && reads(create_->storage.sample_by, name));
  if (is_key) {
    throw Error(
        ErrorCode::AlterOfColumnIsForbidden,
        "Trying to ALTER " + verb + " key " + name + " column which is a part of key expression");
  }
  if (in_unique_key(*definition_, name)) throw_unique_key_column(verb, name);
  const std::string role = engine_role(*definition_, name);
  if (!role.empty()) {
    throw Error(ErrorCode::AlterOfColumnIsForbidden,
                "Trying to ALTER " + verb + " " + role + " (" + name + ") column");
  }
  // Others are rewritten to the new name.
  if (verb == "RENAME") return;
  for (const IndexDefinition& index : create_->elements.indexes) {
    if (!reads(index.expression, name)) continue;
    throw Error(ErrorCode::UnknownIdentifier, "Cannot apply ALTER because it breaks skip index " +
                                                  index.name + ": Missing columns: '" + name + "'");
  }
  if (verb != "DROP") return;
  for (const TtlItem& item : create_->storage.ttl) {
    const bool is_read = reads(item.expression, name) || reads(item.where, name) ||
                         std::ranges::any_of(item.assignments, [&](const Assignment& each) {
                           return each.column == name || reads(each.value, name);
                         });
    if (!is_read) continue;
    throw Error(
        ErrorCode::UnknownIdentifier,
        "Missing columns: '" + name + "' while processing TTL: " + to_sql(*item.expression));
  }
}

void ColumnChanges::refuse_dependents(const std::string& name) const {
  for (const ColumnDefinition& column : definition_->columns) {
    if (column.name == name) continue;
    if (!reads(column.default_expression, name) && !reads(column.ttl, name)) continue;
    throw Error(ErrorCode::IllegalColumn, "Cannot drop column `" + name + "`, because column `" +
                                              column.name + "` depends on it");
  }
}

void ColumnChanges::rename_in_expressions(const std::string& from, const std::string& to) {
  const auto rename_text = [&](std::string& text) {
    if (reads(text, from)) text = to_sql(*rename_column_in(parse_expression_text(text), from, to));
  };
  for (ColumnDefinition& column : columns()) {
    rename_text(column.default_expression);
    rename_text(column.ttl);
  }
  for (IndexDefinition& index : create_->elements.indexes) {
    index.expression = rename_column_in(index.expression, from, to);
  }
  for (TtlItem& item : create_->storage.ttl) {
    item.expression = rename_column_in(item.expression, from, to);
    item.where = rename_column_in(item.where, from, to);
    for (Assignment& each : item.assignments) {
      if (each.column == from) each.column = to;
      each.value = rename_column_in(each.value, from, to);
    }
  }
  set_ttl(create_->storage.ttl, *definition_);
}

}  // namespace freshet
