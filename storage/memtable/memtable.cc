#include "storage/memtable/memtable.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/base/limits.h"

namespace freshet {

void Memtable::append(ChunkPtr chunk, const std::vector<ColumnIndex>& defaulted) {
  CHECK(chunk->columns.size() == schema_.size());
  if (chunk->row_count <= kBlockRows) {
    if (chunk->row_count > 0) append_block(std::move(chunk), defaulted);
    return;
  }
  for (size_t offset = 0; offset < chunk->row_count; offset += kBlockRows) {
    const size_t count = std::min(kBlockRows, chunk->row_count - offset);
    append_block(std::make_shared<const Chunk>(chunk->slice(offset, count)), defaulted);
  }
}

void Memtable::append_block(ChunkPtr chunk, const std::vector<ColumnIndex>& defaulted) {
  row_count_ += chunk->row_count;
  // All that will merge is found first and concatenated once.
  size_t rows = chunk->row_count;
  size_t first = chunks_.size();
  while (first > frozen_count_ && defaulted.empty()) {
    if (defaulted_.contains(chunks_[first - 1])) break;
    const size_t neighbour = chunks_[first - 1]->row_count;
    if (neighbour > 2 * rows || neighbour + rows > kBlockRows) break;
    rows += neighbour;
    --first;
  }
  if (first < chunks_.size()) {
    std::vector<Chunk> parts;
    for (size_t index = first; index < chunks_.size(); ++index) {
      parts.push_back(*chunks_[index]);
      bytes_ -= chunk_bytes_[index];
    }
    parts.push_back(*chunk);
    chunk = std::make_shared<const Chunk>(concat_chunks(schema_, parts));
    chunks_.resize(first);
    chunk_bytes_.resize(first);
  }
  chunk_bytes_.push_back(chunk->memory_bytes());
  bytes_ += chunk_bytes_.back();
  if (!defaulted.empty()) defaulted_.emplace(chunk, defaulted);
  chunks_.push_back(std::move(chunk));
}

std::vector<ColumnIndex> Memtable::defaulted(const ChunkPtr& chunk) const {
  const auto found = defaulted_.find(chunk);
  return found == defaulted_.end() ? std::vector<ColumnIndex>() : found->second;
}

void Memtable::drop_frozen() {
  for (size_t index = 0; index < frozen_count_; ++index) {
    row_count_ -= chunks_[index]->row_count;
    bytes_ -= chunk_bytes_[index];
    defaulted_.erase(chunks_[index]);
  }
  const auto count = static_cast<std::ptrdiff_t>(frozen_count_);
  chunks_.erase(chunks_.begin(), chunks_.begin() + count);
  chunk_bytes_.erase(chunk_bytes_.begin(), chunk_bytes_.begin() + count);
  frozen_count_ = 0;
}

void Memtable::replace(std::vector<ChunkPtr> chunks) {
  clear();
  for (ChunkPtr& chunk : chunks) append(std::move(chunk));
}

void Memtable::relayout(Schema schema, std::vector<Rows> chunks) {
  CHECK(chunks.size() == chunks_.size());
  bytes_ = 0;
  defaulted_.clear();
  for (size_t index = 0; index < chunks.size(); ++index) {
    Rows& relaid = chunks[index];
    CHECK(relaid.chunk->row_count == chunks_[index]->row_count);
    chunk_bytes_[index] = relaid.chunk->memory_bytes();
    bytes_ += chunk_bytes_[index];
    if (!relaid.defaulted.empty()) defaulted_.emplace(relaid.chunk, std::move(relaid.defaulted));
    chunks_[index] = std::move(relaid.chunk);
  }
  schema_ = std::move(schema);
}

void Memtable::clear() {
  freeze();
  drop_frozen();
}

}  // namespace freshet
