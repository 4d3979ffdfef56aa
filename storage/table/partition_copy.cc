#include "storage/table/partition_copy.h"

#include <algorithm>
#include <utility>

#include "storage/base/error.h"
#include "storage/segment/segment_writer.h"
#include "storage/table/segment_merge.h"
#include "storage/table/segment_options.h"

namespace freshet {

namespace {

const auto kNeverStop = [] { return false; };

}  // namespace

PartitionCopy::PartitionCopy(TableStore::State& store, TableColumnsPtr from, TableColumnsPtr to)
    : store_(&store), from_(std::move(from)), to_(std::move(to)) {}

PartitionCopy::~PartitionCopy() {
  const TableId table = to_->definition()->id;
  for (const SegmentId id : unused_) store_->builder.discard(table, id);
  if (released_) return;
  for (const auto& [original, copy] : copies_) {
    if (copy != nullptr) store_->builder.discard(table, copy->id);
  }
  for (const auto& copy : of_chunks_) store_->builder.discard(table, copy->id);
}

void PartitionCopy::add(const SegmentPtr& segment) {
  if (copies_.contains(segment->id)) return;
  const TableId table = to_->definition()->id;
  const std::string directory = segment_directory(store_->options.directory, table);
  auto copy = std::make_shared<Segment>();
  copy->id = store_->segment_ids.next();
  copy->newest_id = copy->id;
  copy->partition = segment->partition;
  copy->level = segment->level;
  const std::string path = segment_path(store_->options.directory, table, copy->id);
  try {
    store_->files.create_directories(directory);
    const auto keys = store_->require_handle(from_->definition()->id)
                          ->keys(from_->definition(), store_->compiler);
    const auto to_keys = store_->require_handle(table)->keys(to_->definition(), store_->compiler);
    SegmentWriter writer(store_->files, path, to_->file_schema(),
                         segment_options(*to_->definition(), *to_keys));
    merge_segments({segment}, *from_, *keys, store_->merger, writer, kNeverStop);
    const bool has_rows = writer.row_count() > 0;
    writer.finish();
    if (has_rows) {
      copy->reader = SegmentReader::open(store_->files, path);
      store_->files.sync_directory(directory);
    } else {
      store_->builder.discard(table, copy->id);
      copy = nullptr;
    }
  } catch (const Error&) {
    store_->builder.discard(table, copy->id);
    throw;
  }
  copies_[segment->id] = std::move(copy);
}

void PartitionCopy::add(const std::vector<std::shared_ptr<const Chunk>>& chunks) {
  if (chunks.empty()) return;
  const auto keys =
      store_->require_handle(to_->definition()->id)->keys(to_->definition(), store_->compiler);
  for (auto& segment : store_->builder.build_parts(
           *to_->definition(), *keys, SegmentBuilder::split(*keys, chunks), kNeverStop)) {
    of_chunks_.push_back(std::move(segment));
  }
}

std::vector<SegmentPtr> PartitionCopy::take(const std::vector<SegmentPtr>& wanted, Lsn lsn) const {
  std::vector<SegmentPtr> taken;
  const auto add = [&](const std::shared_ptr<Segment>& copy) {
    if (copy == nullptr) return;
    copy->max_lsn = lsn;
    taken.push_back(copy);
  };
  for (const auto& [original, copy] : copies_) {
    const bool is_wanted = std::any_of(
        wanted.begin(), wanted.end(), [&](const SegmentPtr& each) { return each->id == original; });
    if (is_wanted) {
      add(copy);
    } else if (copy != nullptr) {
      unused_.push_back(copy->id);
    }
  }
  for (const auto& copy : of_chunks_) add(copy);
  return taken;
}

}  // namespace freshet
