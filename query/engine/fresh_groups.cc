#include "query/engine/fresh_groups.h"

#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"

namespace freshet {

FreshGroups::~FreshGroups() {
  MutexLock lock(mutex_);
  for (const auto& [chunk, entry] : entries_) memory_.shrink(entry.bytes);
}

FreshGroups::ChunkPtr FreshGroups::groups(const TableVersion& version, size_t index,
                                          const RollupDefinition& rollup) {
  const ChunkPtr& chunk = version.memtable[index];
  const bool has_deleted =
      !version.memtable_deleted.empty() && version.memtable_deleted[index] != nullptr;
  if (build_ == nullptr || chunk->row_count < kRowsMin || has_deleted) return nullptr;
  if (ChunkPtr found = find(chunk, rollup.id)) return found;
  MutexLock making(making_);
  if (ChunkPtr found = find(chunk, rollup.id)) return found;
  TableVersion rows;
  rows.definition = version.definition;
  rows.schema = version.schema;
  rows.memtable = {chunk};
  std::vector<Chunk> made;
  try {
    made = build_(rows, rollup, [] { return false; });
  } catch (const Error& error) {
    // The query reads the rows themselves, and meets what is wrong with them if it wants it.
    log_debug("fresh_groups_not_made",
              {{"table", version.definition->name}, {"error", error.message()}});
    return nullptr;
  }
  Schema layout;
  for (const NamedType& column : rollup.columns) layout.add(column.name, column.type);
  const auto groups = std::make_shared<const Chunk>(concat_chunks(layout, made));
  keep(chunk, rollup.id, groups);
  return groups;
}

FreshGroups::ChunkPtr FreshGroups::find(const ChunkPtr& chunk, uint64_t rollup) {
  MutexLock lock(mutex_);
  const auto entry = entries_.find(chunk.get());
  // Another chunk may have been at the address.
  if (entry == entries_.end() || entry->second.chunk.lock() != chunk) return nullptr;
  const auto groups = entry->second.groups.find(rollup);
  return groups == entry->second.groups.end() ? nullptr : groups->second;
}

void FreshGroups::keep(const ChunkPtr& chunk, uint64_t rollup, const ChunkPtr& groups) {
  MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    if (!item.second.chunk.expired()) return false;
    memory_.shrink(item.second.bytes);
    return true;
  });
  const uint64_t bytes = groups->memory_bytes();
  if (!memory_.try_grow(bytes)) return;
  Entry& entry = entries_[chunk.get()];
  entry.chunk = chunk;
  entry.groups[rollup] = groups;
  entry.bytes += bytes;
}

}  // namespace freshet
