#include "query/operator/spilled_groups.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "query/operator/column_bytes.h"
#include "storage/base/allocation_count.h"
#include "storage/base/check.h"
#include "storage/base/hash.h"
#include "storage/base/limits.h"
#include "storage/column/row_hash.h"

namespace freshet {

namespace {

// Bytes of a block before compression, about: what a merge reads at once.
constexpr uint64_t kBlockBytes = 1 * kMiB;
// Parts of a partition that is too large, of those, of those: 64 * 16 * 16 * 16 in all.
constexpr unsigned kLevelMax = 3;
constexpr size_t kPartCount = 16;

// Other levels need other bits, and none of those that the levels before have used.
size_t part_of_hash(uint64_t hash, unsigned level) { return hash_u64(hash + level) % kPartCount; }

// Where a state from a file lies while it is merged.
class StateRoom {
 public:
  explicit StateRoom(size_t bytes) : words_(bytes / sizeof(words_[0]) + 1) {}
  char* state() { return reinterpret_cast<char*>(words_.data()); }

 private:
  struct alignas(16) Word {
    char bytes[16];
  };
  std::vector<Word> words_;
};

}  // namespace

GroupSpill::GroupSpill(TemporaryData& data, const StateLayout& layout, unsigned level)
    : layout_(layout),
      level_(level),
      file_(data.create(SpillPurpose::Aggregation)),
      blocks_(level == 0 ? kPartitionCount : kPartCount) {}

void GroupSpill::write(const ExecutionContext& context, AggregateTable& table, uint64_t bytes) {
  const uint64_t group_count = table.group_count();
  if (group_count == 0) return;
  if (level_ == 0) table.split();
  const size_t count =
      std::clamp<uint64_t>(kBlockBytes / std::max<uint64_t>(1, bytes / group_count), 1, kBlockRows);
  std::vector<char*> rows;
  for (size_t partition = 0; partition < table.partition_count(); ++partition) {
    size_t cursor = 0;
    do {
      context.check_running();
      const std::vector<ColumnPtr> keys = table.read_partition(partition, cursor, count, rows);
      if (rows.empty()) break;
      if (level_ == 0) {
        write_block(partition, keys, rows);
      } else {
        write_mixed(keys, rows);
      }
    } while (rows.size() == count);
  }
  if (raw_.capacity() > 2 * kBlockBytes) raw_ = std::string();
  context.temporary->count_part(SpillPurpose::Aggregation);
}

void GroupSpill::write_mixed(const std::vector<ColumnPtr>& keys, std::span<char* const> rows) {
  Buffer<uint64_t> hashes;
  hash_rows(keys, rows.size(), hashes);
  std::vector<std::vector<RowIndex>> of_part(kPartCount);
  for (size_t i = 0; i < rows.size(); ++i) {
    of_part[part_of_hash(hashes[i], level_)].push_back(static_cast<RowIndex>(i));
  }
  for (size_t part = 0; part < kPartCount; ++part) {
    if (of_part[part].empty()) continue;
    std::vector<ColumnPtr> part_keys;
    for (const ColumnPtr& key : keys) part_keys.push_back(key->select(of_part[part]));
    std::vector<char*> part_rows;
    for (const RowIndex row : of_part[part]) part_rows.push_back(rows[row]);
    write_block(part, part_keys, part_rows);
  }
}

void GroupSpill::write_block(size_t partition, std::span<const ColumnPtr> keys,
                             std::span<char* const> rows) {
  raw_.clear();
  ByteWriter out(raw_);
  out.put_varint(rows.size());
  write_columns(keys, rows.size(), raw_);
  for (size_t i = 0; i < layout_.count(); ++i) {
    const AggregateFunction& function = layout_.function(i);
    const size_t offset = layout_.offset(i);
    if (function.owns_memory()) {
      for (const char* row : rows) function.serialize(row + offset, out);
    } else {
      // Such a state is its bytes.
      for (const char* row : rows) out.put_bytes({row + offset, function.state_bytes()});
    }
  }
  blocks_[partition].push_back(file_->append(raw_));
}

int64_t GroupSpill::read(const TemporaryBlock& block, AggregateTable& table) const {
  std::string raw;
  file_->read(block, raw);
  ByteReader in(raw);
  const uint64_t row_count = in.get_varint();
  in.require_elements(row_count, 1);
  const std::vector<ColumnPtr> keys = read_columns(row_count, in);
  std::vector<char*> rows(row_count);
  table.find_or_insert(keys, row_count, rows.data());
  const int64_t before = thread_allocated_bytes();
  for (size_t i = 0; i < layout_.count(); ++i) {
    const AggregateFunction& function = layout_.function(i);
    const size_t offset = layout_.offset(i);
    if (function.owns_memory()) {
      for (char* row : rows) function.merge_serialized(row + offset, in);
      continue;
    }
    StateRoom room(function.state_bytes());
    for (char* row : rows) {
      const std::string_view state = in.get_bytes(function.state_bytes());
      std::memcpy(room.state(), state.data(), state.size());
      function.merge(row + offset, room.state());
    }
  }
  return thread_allocated_bytes() - before;
}

void SpilledGroupMerge::start(std::vector<const GroupSpill*> spills, size_t partition) {
  parts_.push_back({std::move(spills), partition, nullptr});
}

bool SpilledGroupMerge::next(const ExecutionContext& context, std::vector<ColumnPtr>& keys,
                             std::vector<char*>& rows) {
  for (;;) {
    if (table_ != nullptr) {
      keys = table_->read_partition(0, cursor_, kBlockRows, rows);
      if (!rows.empty()) return true;
      drop_table();
    }
    if (parts_.empty()) return false;
    const Part part = std::move(parts_.back());
    parts_.pop_back();
    merge(context, part);
  }
}

void SpilledGroupMerge::merge(const ExecutionContext& context, const Part& part) {
  table_ = make_aggregate_table(key_, layout_);
  cursor_ = 0;
  state_bytes_ = 0;
  if (!memory_) memory_.emplace(context.memory);
  const unsigned level = part.spills[0]->level();
  std::shared_ptr<GroupSpill> parts;
  const auto spill = [&] {
    if (parts == nullptr) {
      parts = std::make_shared<GroupSpill>(*context.temporary, layout_, level + 1);
    }
    parts->write(context, *table_, table_bytes());
    drop_table();
    table_ = make_aggregate_table(key_, layout_);
  };
  for (const GroupSpill* from : part.spills) {
    for (const TemporaryBlock& block : from->blocks(part.partition)) {
      context.check_running();
      state_bytes_ += from->read(block, *table_);
      if (!fits(context, level < kLevelMax)) spill();
    }
  }
  context.temporary->count_merge(SpillPurpose::Aggregation);
  if (parts == nullptr) return;
  spill();
  drop_table();
  for (size_t i = 0; i < parts->partition_count(); ++i) {
    if (!parts->blocks(i).empty()) parts_.push_back({{parts.get()}, i, parts});
  }
}

uint64_t SpilledGroupMerge::table_bytes() const {
  return table_->memory_bytes() + static_cast<uint64_t>(std::max<int64_t>(0, state_bytes_));
}

bool SpilledGroupMerge::fits(const ExecutionContext& context, bool can_part) {
  const uint64_t bytes = table_bytes();
  // One group is in one part, whatever the hash.
  if (can_part && table_->group_count() > 1) {
    return context.hold_or_spill(*memory_, bytes, context.spill.aggregation);
  }
  memory_->resize(bytes);
  return true;
}

void SpilledGroupMerge::drop_table() {
  table_.reset();
  state_bytes_ = 0;
  cursor_ = 0;
  memory_->resize(0);
}

}  // namespace freshet
