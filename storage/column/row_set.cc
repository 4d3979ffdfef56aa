#include "storage/column/row_set.h"

#include <bit>
#include <limits>
#include <memory>
#include <utility>

#include "storage/base/error.h"

namespace freshet {

namespace {

// Rows of a segment are counted in 32 bits.
constexpr uint64_t kSegmentRowsLimit = std::numeric_limits<uint32_t>::max();
// Runs in memory before they are written, so that their count can come first.
struct RowRun {
  uint64_t begin;
  uint64_t end;
};

void extend(std::vector<RowRun>& runs, uint64_t row) {
  if (!runs.empty() && runs.back().end == row) {
    ++runs.back().end;
  } else {
    runs.push_back({row, row + 1});
  }
}

void put_runs(const std::vector<RowRun>& runs, ByteWriter& writer) {
  writer.put_varint(runs.size());
  uint64_t end = 0;
  for (const RowRun& run : runs) {
    writer.put_varint(run.begin - end);
    writer.put_varint(run.end - run.begin);
    end = run.end;
  }
}

template <class Function>
void get_runs(ByteReader& reader, uint64_t row_limit, Function&& function) {
  const uint64_t count = reader.get_varint();
  reader.require_elements(count, 2);
  uint64_t end = 0;
  for (uint64_t index = 0; index < count; ++index) {
    const uint64_t gap = reader.get_varint();
    const uint64_t length = reader.get_varint();
    if (gap > row_limit - end || length > row_limit - end - gap) {
      throw Error(ErrorCode::CorruptedData,
                  "A run of rows ends beyond all rows: " + std::to_string(length));
    }
    const uint64_t begin = end + gap;
    end = begin + length;
    for (uint64_t row = begin; row < end; ++row) function(row);
  }
}

}  // namespace

bool RowBitmap::add(size_t row) {
  const uint64_t bit = uint64_t{1} << (row % 64);
  uint64_t& word = words_[row / 64];
  if ((word & bit) != 0) return false;
  word |= bit;
  ++count_;
  return true;
}

void RowBitmap::add_all(const RowBitmap& other) {
  count_ = 0;
  for (size_t word = 0; word < words_.size(); ++word) {
    words_[word] |= other.words_[word];
    count_ += static_cast<uint32_t>(std::popcount(words_[word]));
  }
}

void RowBitmap::append_others(size_t row_count, std::vector<RowIndex>& rows) const {
  const size_t first = rows.size();
  rows.resize(first + row_count);
  RowIndex* out = rows.data() + first;
  for (size_t begin = 0; begin < row_count; begin += 64) {
    uint64_t bits = ~words_[begin / 64];
    if (row_count - begin < 64) bits &= (uint64_t{1} << (row_count - begin)) - 1;
    if (bits == ~uint64_t{0}) {
      for (size_t row = 0; row < 64; ++row) out[row] = static_cast<RowIndex>(begin + row);
      out += 64;
      continue;
    }
    for (; bits != 0; bits &= bits - 1) {
      *out++ = static_cast<RowIndex>(begin + static_cast<size_t>(std::countr_zero(bits)));
    }
  }
  rows.resize(static_cast<size_t>(out - rows.data()));
}

bool RowSet::contains(uint64_t row) const {
  const RowBitmap* bitmap = block(static_cast<size_t>(row / kBlockRows));
  return bitmap != nullptr && bitmap->contains(static_cast<size_t>(row % kBlockRows));
}

uint64_t RowSet::memory_bytes() const {
  uint64_t bytes = blocks_.capacity() * sizeof(RowBitmapPtr);
  for (const RowBitmapPtr& bitmap : blocks_) {
    if (bitmap != nullptr) bytes += sizeof(RowBitmap);
  }
  return bytes;
}

RowBitmap& RowSetBuilder::own_block(size_t block) {
  if (block >= base_.blocks_.size()) base_.blocks_.resize(block + 1);
  if (block >= owned_.size()) owned_.resize(base_.blocks_.size(), nullptr);
  if (owned_[block] == nullptr) {
    const RowBitmapPtr& shared = base_.blocks_[block];
    auto copy =
        shared != nullptr ? std::make_shared<RowBitmap>(*shared) : std::make_shared<RowBitmap>();
    owned_[block] = copy.get();
    base_.blocks_[block] = std::move(copy);
  }
  return *owned_[block];
}

bool RowSetBuilder::add(uint64_t row) {
  const bool added =
      own_block(static_cast<size_t>(row / kBlockRows)).add(static_cast<size_t>(row % kBlockRows));
  if (added) ++base_.count_;
  return added;
}

void RowSetBuilder::add_all(const RowSet& rows) {
  for (size_t block = 0; block < rows.blocks_.size(); ++block) {
    if (rows.blocks_[block] == nullptr) continue;
    if (base_.block(block) == nullptr) {
      if (block >= base_.blocks_.size()) base_.blocks_.resize(rows.blocks_.size());
      base_.blocks_[block] = rows.blocks_[block];
      base_.count_ += rows.blocks_[block]->count();
      continue;
    }
    RowBitmap& bitmap = own_block(block);
    base_.count_ -= bitmap.count();
    bitmap.add_all(*rows.blocks_[block]);
    base_.count_ += bitmap.count();
  }
}

RowSet RowSetBuilder::take() {
  owned_.clear();
  return std::exchange(base_, {});
}

void put_row_runs(std::span<const uint64_t> rows, ByteWriter& writer) {
  std::vector<RowRun> runs;
  for (const uint64_t row : rows) extend(runs, row);
  put_runs(runs, writer);
}

std::vector<uint64_t> get_row_runs(ByteReader& reader) {
  std::vector<uint64_t> rows;
  get_runs(reader, std::numeric_limits<uint64_t>::max(),
           [&](uint64_t row) { rows.push_back(row); });
  return rows;
}

void put_row_set(const RowSet& rows, ByteWriter& writer) {
  std::vector<RowRun> runs;
  rows.for_each([&](uint64_t row) { extend(runs, row); });
  put_runs(runs, writer);
}

RowSet get_row_set(ByteReader& reader) {
  RowSetBuilder rows;
  get_runs(reader, kSegmentRowsLimit, [&](uint64_t row) { rows.add(row); });
  return rows.take();
}

}  // namespace freshet
