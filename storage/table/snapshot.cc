#include "storage/table/snapshot.h"

#include <algorithm>

namespace freshet {

std::shared_ptr<const Segment> Segment::rollup_rows(uint64_t rollup) const {
  for (const RollupPart& part : rollups) {
    if (part.rollup == rollup && part.deleted_count == deleted.count()) return part.rows;
  }
  return nullptr;
}

uint64_t TableVersion::row_count() const {
  uint64_t rows = 0;
  for (const auto& segment : segments) rows += segment->row_count();
  for (const auto& chunk : memtable) rows += chunk->row_count;
  for (const RowBitmapPtr& deleted : memtable_deleted) {
    if (deleted != nullptr) rows -= deleted->count();
  }
  return rows;
}

bool Snapshot::has_database(std::string_view name) const { return databases_->contains(name); }

std::vector<std::string> Snapshot::databases() const {
  std::vector<std::string> names;
  for (const auto& [name, comment] : *databases_) names.push_back(name);
  return names;
}

std::string Snapshot::database_comment(std::string_view name) const {
  const auto found = databases_->find(name);
  return found == databases_->end() ? std::string() : found->second;
}

const TableVersion* Snapshot::find(std::string_view database, std::string_view table) const {
  const auto found = names_->find(Key(database, table));
  return found == names_->end() ? nullptr : find(found->second);
}

const TableVersion* Snapshot::find(TableId id) const {
  const auto found = std::lower_bound(
      versions_.begin(), versions_.end(), id,
      [](const auto& version, TableId wanted) { return version->definition->id < wanted; });
  if (found == versions_.end() || (*found)->definition->id != id) return nullptr;
  return found->get();
}

std::vector<const TableVersion*> Snapshot::tables() const {
  std::vector<const TableVersion*> tables;
  for (const auto& [key, id] : *names_) tables.push_back(find(id));
  return tables;
}

}  // namespace freshet
