// ColumnChanges: ADD, DROP, CLEAR, RENAME, MODIFY and COMMENT COLUMN applied to a definition, with
// ClickHouse's rules about what depends on what.
//
// Path:      alter -> ColumnChanges -> storage/table/column_edit
// Errors:    ClickHouse's codes; the definition is then half changed and must be thrown away.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "query/plan/binder.h"
#include "query/sql/ast.h"
#include "storage/table/table_definition.h"

namespace freshet {

class ColumnChanges {
 public:
  // `create` is the definition's statement; both are changed together. All outlive the object.
  ColumnChanges(TableDefinition& definition, CreateTable& create, const BindContext& context)
      : definition_(&definition), create_(&create), context_(&context) {}

  // False: not a command about columns.
  bool apply(const AlterCommand& command);
  // Checks that the columns fit each other, and writes them into the statement.
  void finish();

  // Columns of the table before the statement that went, by drop or rename, each with its verb.
  const std::vector<std::pair<std::string, std::string>>& gone() const { return gone_; }

 private:
  void add(const AlterCommand& command);
  void drop(const AlterCommand& command);
  void clear(const AlterCommand& command);
  void rename(const AlterCommand& command);
  void modify(const AlterCommand& command);
  void materialize(const AlterCommand& command);
  void comment(const AlterCommand& command);

  std::vector<ColumnDefinition>& columns() { return definition_->columns; }
  // columns().size() when there is none.
  size_t find(const std::string& name) const;
  size_t place(const AlterCommand& command, size_t otherwise) const;
  void move(const AlterCommand& command, const std::string& name);
  void remove_property(ColumnDefinition& column, const std::string& property) const;
  void change_type(const ColumnDefinition& old, const ColumnDefinition& changed) const;
  // Throws when keys, indexes, TTLs or the engine read the column.
  void refuse_needed(const std::string& name, const std::string& verb) const;
  void refuse_dependents(const std::string& name) const;
  void rename_in_expressions(const std::string& from, const std::string& to);

  TableDefinition* definition_;
  CreateTable* create_;
  const BindContext* context_;
  std::vector<std::pair<std::string, std::string>> gone_;
  std::set<std::string> renamed_;
};

}  // namespace freshet
