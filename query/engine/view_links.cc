#include "query/engine/view_links.h"

#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/view_query.h"
#include "query/sql/parser.h"

namespace freshet {

namespace {

TableId id_of(const Snapshot& snapshot, const TableName& name) {
  const TableVersion* version = snapshot.find(name.database, name.table);
  return version == nullptr ? TableId() : version->definition->id;
}

TableName target_name(const TableDefinition& view) {
  const Statement statement = create_statement(view);
  const auto& create = std::get<CreateView>(statement.body);
  if (create.to) return with_database(*create.to, view.database);
  TableName inner;
  inner.database = view.database;
  inner.table = std::string(kInnerTablePrefix) + view.name;
  return inner;
}

// Rows of another materialized view are those of its target.
TableId source_id(const Snapshot& snapshot, const TableDefinition& view) {
  const auto followed = followed_table(*parse_query_text(view.select));
  if (!followed) return {};
  const TableName name = with_database(*followed, view.database);
  const TableVersion* version = snapshot.find(name.database, name.table);
  if (version == nullptr) return {};
  const TableDefinition& source = *version->definition;
  if (source.kind == TableKind::View) return {};
  return source.kind == TableKind::MaterializedView ? id_of(snapshot, target_name(source))
                                                    : source.id;
}

}  // namespace

void relink_views(TableStore& store) {
  const SnapshotPtr snapshot = store.snapshot();
  for (const TableVersion* version : snapshot->tables()) {
    const TableDefinition& view = *version->definition;
    if (view.kind != TableKind::MaterializedView) continue;
    const TableId source = source_id(*snapshot, view);
    const TableId target = id_of(*snapshot, target_name(view));
    if (source == view.source && target == view.target) continue;
    TableDefinition linked = view;
    linked.source = source;
    linked.target = target;
    store.replace_definition(std::move(linked));
  }
}

void mend_catalog(TableStore& store) {
  const SnapshotPtr snapshot = store.snapshot();
  for (const TableVersion* version : snapshot->tables()) {
    if (version->definition->name.starts_with(kUnfinishedTablePrefix)) {
      store.drop_table(version->definition->id);
    }
  }
  relink_views(store);
}

}  // namespace freshet
