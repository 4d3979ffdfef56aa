#include "query/function/dictionary_results.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/row_order.h"

namespace freshet {

namespace {

bool holds_strings(const Column& cells) {
  if (cells.kind() == PhysicalKind::Nullable) {
    return holds_strings(*static_cast<const NullableColumn&>(cells).nested());
  }
  return cells.kind() == PhysicalKind::String || cells.kind() == PhysicalKind::FixedString;
}

struct Distinct {
  Buffer<uint32_t> codes;       // cell -> its place in `first_rows`
  Buffer<RowIndex> first_rows;  // the first row of each distinct cell
};

Distinct find_distinct(const ColumnPtr& cells) {
  constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();
  const size_t count = cells->size();
  Buffer<uint64_t> hashes;
  hash_rows(std::span(&cells, 1), count, hashes);
  const size_t slot_mask = std::bit_ceil(count * 2 + 1) - 1;
  std::vector<uint32_t> slots(slot_mask + 1, kFree);
  Distinct distinct;
  distinct.codes.resize(count);
  for (size_t row = 0; row < count; ++row) {
    size_t slot = hashes[row] & slot_mask;
    while (slots[slot] != kFree) {
      const RowIndex first = distinct.first_rows[slots[slot]];
      if (hashes[first] == hashes[row] && compare_cells(*cells, first, *cells, row) == 0) break;
      slot = (slot + 1) & slot_mask;
    }
    if (slots[slot] == kFree) {
      slots[slot] = static_cast<uint32_t>(distinct.first_rows.size());
      distinct.first_rows.push_back(static_cast<RowIndex>(row));
    }
    distinct.codes[row] = slots[slot];
  }
  return distinct;
}

}  // namespace

DictionaryResult::DictionaryResult(const ColumnPtr& cells) {
  const ColumnPtr flat_cells = flat(cells);
  if (!holds_strings(*flat_cells)) {
    cells_ = flat_cells;
    return;
  }
  Distinct distinct = find_distinct(flat_cells);
  auto dictionary = std::make_shared<Dictionary>();
  if (distinct.first_rows.size() == flat_cells->size()) {
    dictionary->entries = flat_cells;
  } else {
    dictionary->entries = flat_cells->select(distinct.first_rows);
    codes_ = std::move(distinct.codes);
  }
  dictionary_ = std::move(dictionary);
}

ColumnPtr DictionaryResult::select(std::span<const uint32_t> codes) const {
  if (cells_) return cells_->select(codes);
  Buffer<uint32_t> result(codes.begin(), codes.end());
  if (!codes_.empty()) {
    for (uint32_t& code : result) code = codes_[code];
  }
  return std::make_shared<DictionaryColumn>(dictionary_, std::move(result));
}

DictionaryResults::Known& DictionaryResults::known(
    const std::shared_ptr<const Dictionary>& dictionary) {
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& k) { return k.dictionary == dictionary; });
  if (found != known_.end()) {
    std::rotate(found, found + 1, known_.end());
  } else {
    if (known_.size() == kDictionariesMax) known_.erase(known_.begin());
    known_.push_back({dictionary, nullptr, 0, false});
  }
  return known_.back();
}

std::shared_ptr<const DictionaryResult> DictionaryResults::find(
    const std::shared_ptr<const Dictionary>& dictionary, size_t row_count,
    const std::function<ColumnPtr()>& compute) {
  {
    const MutexLock lock(mutex_);
    Known& entry = known(dictionary);
    entry.row_count += row_count;
    if (entry.result) return entry.result;
    if (entry.failed || entry.row_count < dictionary->entries->size()) return nullptr;
  }
  // Outside the lock: two workers that meet a dictionary at once both compute, neither waits.
  std::shared_ptr<const DictionaryResult> result;
  try {
    result = std::make_shared<DictionaryResult>(compute());
  } catch (const Error&) {
    // The cell that it throws on may be in no row.
  }
  const MutexLock lock(mutex_);
  Known& entry = known(dictionary);
  entry.result = result;
  entry.failed = result == nullptr;
  return result;
}

}  // namespace freshet
