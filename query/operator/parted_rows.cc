#include "query/operator/parted_rows.h"

#include <utility>

#include "query/operator/column_bytes.h"
#include "query/operator/gathered_rows.h"
#include "storage/base/hash.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// Bytes of a block before compression, about. A worker that parts rows holds one for each
// partition.
constexpr size_t kBlockBytes = 128 * kKiB;
// 32 partitions, of which each may have 16 parts, of which each ...
constexpr size_t kPartitions = 32;
constexpr size_t kPartsOfPartition = 16;

}  // namespace

struct PartedRows::Worker {
  struct Partition {
    std::string raw;  // pieces of rows that are not on disk yet
    std::vector<TemporaryBlock> blocks;
    uint64_t row_count = 0;
    uint64_t bytes = 0;
  };
  TemporaryData* data;
  SpillPurpose purpose;
  std::unique_ptr<TemporaryFile> file;  // made by the first block
  std::vector<Partition> partitions;

  void write(Partition& partition) {
    if (partition.raw.empty()) return;
    if (file == nullptr) file = data->create(purpose);
    partition.blocks.push_back(file->append(partition.raw));
    partition.raw.clear();
  }
};

PartedRows::PartedRows(TemporaryData& data, SpillPurpose purpose, unsigned level,
                       size_t worker_count)
    : level_(level) {
  for (size_t i = 0; i < worker_count; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->data = &data;
    workers_.back()->purpose = purpose;
    workers_.back()->partitions.resize(partition_count(level));
  }
}

PartedRows::~PartedRows() = default;

size_t PartedRows::partition_count(unsigned level) {
  return level == 0 ? kPartitions : kPartsOfPartition;
}

void PartedRows::put(WorkerIndex worker_index, const Chunk& rows,
                     std::span<const uint64_t> hashes) {
  Worker& worker = *workers_[worker_index];
  const size_t count = partition_count(level_);
  std::vector<std::vector<RowIndex>> rows_of(count);
  for (size_t i = 0; i < rows.row_count; ++i) {
    // Other bits than those that choose a slot of a hash table, and other ones at each level.
    rows_of[hash_combine(hashes[i], level_) % count].push_back(static_cast<RowIndex>(i));
  }
  for (size_t p = 0; p < rows_of.size(); ++p) {
    if (rows_of[p].empty()) continue;
    Worker::Partition& partition = worker.partitions[p];
    const Chunk piece = rows.select(rows_of[p]);
    ByteWriter(partition.raw).put_varint(piece.row_count);
    write_columns(piece.columns, piece.row_count, partition.raw);
    partition.row_count += piece.row_count;
    partition.bytes += flat_bytes(piece);
    if (partition.raw.size() >= kBlockBytes) worker.write(partition);
  }
}

void PartedRows::flush(WorkerIndex worker_index) {
  Worker& worker = *workers_[worker_index];
  for (Worker::Partition& partition : worker.partitions) {
    worker.write(partition);
    partition.raw = std::string();
  }
}

void PartedRows::flush_all() {
  for (WorkerIndex worker = 0; worker < workers_.size(); ++worker) flush(worker);
}

uint64_t PartedRows::row_count(size_t partition) const {
  uint64_t count = 0;
  for (const auto& worker : workers_) count += worker->partitions[partition].row_count;
  return count;
}

uint64_t PartedRows::bytes(size_t partition) const {
  uint64_t bytes = 0;
  for (const auto& worker : workers_) bytes += worker->partitions[partition].bytes;
  return bytes;
}

bool PartedRows::read(size_t partition, Position& position, Chunk& rows) const {
  while (position.offset == position.raw.size()) {
    if (position.worker == workers_.size()) return false;
    const Worker& worker = *workers_[position.worker];
    const std::vector<TemporaryBlock>& blocks = worker.partitions[partition].blocks;
    if (position.block == blocks.size()) {
      ++position.worker;
      position.block = 0;
      continue;
    }
    worker.file->read(blocks[position.block++], position.raw);
    position.offset = 0;
  }
  ByteReader in(std::string_view(position.raw).substr(position.offset));
  rows.row_count = in.get_varint();
  rows.columns = read_columns(rows.row_count, in);
  position.offset += in.offset();
  return true;
}

void PartedRows::read(size_t partition, const std::function<void(Chunk)>& take) const {
  Position position;
  for (Chunk rows; read(partition, position, rows);) take(std::move(rows));
}

}  // namespace freshet
