// sort_rows: column by column. Each column, or several packed into one 64-bit key, sorts the runs
// of rows that the columns before left equal:
//
//   ORDER BY a, b         a: 2 1 2 1      rows 0 1 2 3
//   sort by a                             rows 1 3 | 0 2         two runs of equal a
//   sort each run by b    b: 9 7 8 7      rows 1 3 | 2 0         only run (1 3) is still equal
//
// Cells become unsigned keys that order like them, minus the column's least key, so that small
// domains take few bits: a counter, a day and an hour fit one key, and one radix sort.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "storage/base/buffer.h"
#include "storage/base/check.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/row_order.h"
#include "storage/column/sorted_cells.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

struct Run {
  size_t begin;
  size_t end;
};

// A run's rows with their keys side by side: gathered once, so that sorting and finding equal
// neighbours touch no other memory. Keys of 32 bits share one word with the row.
struct NarrowItem {
  uint64_t word;

  static NarrowItem of(uint64_t key, RowIndex row) { return {key << 32 | row}; }
  uint64_t key() const { return word >> 32; }
  RowIndex row() const { return static_cast<RowIndex>(word); }
  bool operator<(const NarrowItem& other) const { return word < other.word; }
};

struct WideItem {
  uint64_t key_bits;
  RowIndex row_index;

  static WideItem of(uint64_t key, RowIndex row) { return {key, row}; }
  uint64_t key() const { return key_bits; }
  RowIndex row() const { return row_index; }
  bool operator<(const WideItem& other) const {
    return key_bits != other.key_bits ? key_bits < other.key_bits : row_index < other.row_index;
  }
};

// Exact keys of every row; `bits` are used.
struct Keys {
  Buffer<uint64_t> values;
  uint32_t bits = 0;
};

uint32_t bits_of(uint64_t value) { return static_cast<uint32_t>(std::bit_width(value)); }

template <class T>
uint64_t ordered_key(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    // The two zeros are equal, and so are all NaN.
    auto wide = static_cast<double>(value);
    if (wide == 0 || std::isnan(wide)) wide = 0;
    uint64_t bits;
    std::memcpy(&bits, &wide, sizeof(bits));
    const uint64_t sign = uint64_t{1} << 63;
    return (bits & sign) != 0 ? ~bits : bits | sign;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ (uint64_t{1} << 63);
  } else {
    return value;
  }
}

class RowSorter {
 public:
  explicit RowSorter(size_t row_count) : rows_(row_count), tied_count_(row_count) {
    std::iota(rows_.begin(), rows_.end(), RowIndex{0});
    if (row_count > 1) runs_.push_back({0, row_count});
  }

  void sort_by(const ColumnPtr& column, const SortColumn& by) {
    if (is_done()) return;
    switch (column->form()) {
      case ColumnForm::Constant:
        return;
      case ColumnForm::Dictionary:
        return sort_by_codes(static_cast<const DictionaryColumn&>(*column), by);
      case ColumnForm::Flat:
        return sort_by_flat(*column, {}, by);
    }
  }

  std::vector<RowIndex> take_rows() {
    flush_pending();
    return std::move(rows_);
  }

 private:
  bool is_done() const { return runs_.empty(); }

  using Nulls = std::span<const uint8_t>;  // empty: no cell is NULL

  // Calls function(row) for the rows still tied: for all, in memory order, unless they are few.
  template <class Function>
  void for_tied_rows(const Function& function) const {
    if (tied_count_ >= rows_.size() / 4) {
      for (size_t row = 0; row < rows_.size(); ++row) function(row);
      return;
    }
    for (const Run& run : runs_) {
      for (size_t i = run.begin; i < run.end; ++i) function(size_t{rows_[i]});
    }
  }
  void set_runs(std::vector<Run> runs) {
    runs_ = std::move(runs);
    tied_count_ = 0;
    for (const Run& run : runs_) tied_count_ += run.end - run.begin;
  }
  // Room for a key of every row; reuses memory that was touched before.
  Buffer<uint64_t> take_key_buffer() {
    Buffer<uint64_t> keys = std::move(spare_keys_);
    keys.resize(rows_.size());
    return keys;
  }

  void sort_by_flat(const Column& column, Nulls nulls, const SortColumn& by);
  template <class T>
  void sort_by_numbers(std::span<const T> values, Nulls nulls, const SortColumn& by);
  void sort_by_codes(const DictionaryColumn& column, const SortColumn& by);
  void sort_by_nullable(const NullableColumn& column, const SortColumn& by);
  template <class Strings>
  void sort_by_strings(const Strings& column, Nulls nulls, bool descending);
  template <class Strings>
  void sort_run_by_strings(const Strings& column, Run run, size_t depth, bool descending,
                           std::vector<Run>& equal_runs);
  template <class Compare>
  void sort_by_comparing(const Compare& compare);

  template <class FlagOf>
  void add_flags(const FlagOf& flag_of, bool ones_first);
  template <class KeyOf>
  void add_keys(const KeyOf& key_of, Nulls nulls, bool descending);
  void pack(Keys keys);
  void flush_pending();
  template <class Item>
  void sort_items(Run run, uint32_t shift, uint32_t bits, Buffer<Item>& items,
                  std::vector<Run>& equal_runs);
  void sort_run(Run run, uint32_t bits, std::vector<Run>& equal_runs);

  std::vector<RowIndex> rows_;
  std::vector<Run> runs_;  // equal so far, two rows or more each
  size_t tied_count_;      // rows in runs_
  Keys pending_;           // packed and not yet sorted by
  Buffer<uint64_t> spare_keys_;
  Buffer<NarrowItem> narrow_, narrow_spare_;
  Buffer<WideItem> wide_;
};

constexpr size_t kRadixRowsMin = 4096;

// Least significant digit first: stable, so rows keep their order among equal keys.
void radix_sort(Buffer<NarrowItem>& items, Buffer<NarrowItem>& spare, uint32_t bits) {
  constexpr uint32_t kDigitBits = 11;
  constexpr size_t kDigits = size_t{1} << kDigitBits;
  spare.resize(items.size());
  for (uint32_t shift = 0; shift < bits; shift += kDigitBits) {
    const auto digit_of = [shift](NarrowItem item) {
      return (item.key() >> shift) & (kDigits - 1);
    };
    std::array<uint32_t, kDigits> ends{};
    for (const NarrowItem item : items) ++ends[digit_of(item)];
    uint32_t start = 0;
    for (uint32_t& slot : ends) start += std::exchange(slot, start);
    for (const NarrowItem item : items) spare[ends[digit_of(item)]++] = item;
    items.swap(spare);
  }
}

// Sorts a run by the pending keys from bit `shift` up, of which the lowest `bits` may differ.
template <class Item>
void RowSorter::sort_items(Run run, uint32_t shift, uint32_t bits, Buffer<Item>& items,
                           std::vector<Run>& equal_runs) {
  const uint64_t* keys = pending_.values.data();
  const uint64_t mask = ~uint64_t{0} >> (64 - bits);
  const size_t count = run.end - run.begin;
  items.resize(count);
  bool sorted = true;
  for (size_t i = 0; i < count; ++i) {
    const RowIndex row = rows_[run.begin + i];
    items[i] = Item::of((keys[row] >> shift) & mask, row);
    if (i > 0) sorted &= items[i - 1].key() <= items[i].key();
  }
  if (!sorted) {
    if constexpr (std::is_same_v<Item, NarrowItem>) {
      if (count >= kRadixRowsMin) {
        radix_sort(items, narrow_spare_, bits);
      } else {
        std::sort(items.begin(), items.end());
      }
    } else {
      std::sort(items.begin(), items.end());
    }
    for (size_t i = 0; i < count; ++i) rows_[run.begin + i] = items[i].row();
  }
  size_t begin = 0;
  for (size_t i = 1; i <= count; ++i) {
    if (i < count && items[i].key() == items[begin].key()) continue;
    if (i - begin > 1) equal_runs.push_back({run.begin + begin, run.begin + i});
    begin = i;
  }
}

// Sorts a run by the lowest `bits` of the pending keys.
void RowSorter::sort_run(Run run, uint32_t bits, std::vector<Run>& equal_runs) {
  if (bits <= 32) {
    sort_items(run, 0, bits, narrow_, equal_runs);
  } else if (run.end - run.begin < kRadixRowsMin) {
    sort_items(run, 0, bits, wide_, equal_runs);
  } else {
    // By the high half first: few rows, mostly, are still tied then.
    std::vector<Run> tied;
    sort_items(run, bits - 32, 32, narrow_, tied);
    for (const Run& each : tied) sort_run(each, bits - 32, equal_runs);
  }
}

void RowSorter::flush_pending() {
  if (pending_.bits == 0) return;
  std::vector<Run> equal_runs;
  for (const Run& run : runs_) sort_run(run, pending_.bits, equal_runs);
  set_runs(std::move(equal_runs));
  pending_.bits = 0;
  spare_keys_ = std::move(pending_.values);
}

// Appends keys to the pending ones, which are sorted by first when there is no room.
void RowSorter::pack(Keys keys) {
  if (keys.bits == 0) {
    spare_keys_ = std::move(keys.values);
    return;
  }
  if (pending_.bits + keys.bits > 64) flush_pending();
  if (is_done()) return;
  if (pending_.bits == 0) {
    pending_ = std::move(keys);
    return;
  }
  uint64_t* packed = pending_.values.data();
  for_tied_rows([&](size_t row) { packed[row] = packed[row] << keys.bits | keys.values[row]; });
  pending_.bits += keys.bits;
  spare_keys_ = std::move(keys.values);
}

// Rows with a flag after those without, or before. `flag_of(row)` is 0 or 1.
template <class FlagOf>
void RowSorter::add_flags(const FlagOf& flag_of, bool ones_first) {
  Buffer<uint64_t> flags = take_key_buffer();
  for_tied_rows([&](size_t row) { flags[row] = flag_of(row) ^ uint64_t { ones_first }; });
  pack({std::move(flags), 1});
}

// Rows by key_of(row), any 64 bits.
template <class KeyOf>
void RowSorter::add_keys(const KeyOf& key_of, Nulls nulls, bool descending) {
  // A wide key waits for no other; and the fewer rows are tied after it, the less is left to do.
  if (pending_.bits > 32) flush_pending();
  if (is_done()) return;
  Buffer<uint64_t> buffer = take_key_buffer();
  uint64_t* keys = buffer.data();
  uint64_t min = std::numeric_limits<uint64_t>::max();
  uint64_t max = 0;
  const auto add = [&](size_t row) {
    const uint64_t key = key_of(row);
    keys[row] = key;
    min = std::min(min, key);
    max = std::max(max, key);
  };
  if (nulls.empty()) {
    for_tied_rows(add);
  } else {
    for_tied_rows([&](size_t row) {
      if (nulls[row] == 0) add(row);
    });
    if (min > max) return;  // all NULL
    // NULL cells are alike, whatever lies below them.
    for_tied_rows([&](size_t row) {
      if (nulls[row] != 0) keys[row] = min;
    });
  }
  if (descending) {
    for_tied_rows([&](size_t row) { keys[row] = max - keys[row]; });
  } else if (min > 0) {
    for_tied_rows([&](size_t row) { keys[row] -= min; });
  }
  pack({std::move(buffer), bits_of(max - min)});
}

void RowSorter::sort_by_flat(const Column& column, Nulls nulls, const SortColumn& by) {
  switch (column.kind()) {
    case PhysicalKind::String:
      return sort_by_strings(static_cast<const StringColumn&>(column), nulls, by.descending);
    case PhysicalKind::FixedString:
      return sort_by_strings(static_cast<const FixedStringColumn&>(column), nulls, by.descending);
    case PhysicalKind::Nullable:
      return sort_by_nullable(static_cast<const NullableColumn&>(column), by);
    case PhysicalKind::Array:
    case PhysicalKind::Tuple:
      return sort_by_comparing(
          [&](RowIndex a, RowIndex b) { return compare_sorted_cells(column, a, column, b, by); });
    default:
      dispatch_number(column.kind(),
                      [&]<class T>() { sort_by_numbers(values_of<T>(column), nulls, by); });
  }
}

template <class T>
void RowSorter::sort_by_numbers(std::span<const T> values, Nulls nulls, const SortColumn& by) {
  if constexpr (std::is_floating_point_v<T>) {
    // NaN stands with NULL, on the side of the numbers.
    if (std::any_of(values.begin(), values.end(), [](T v) { return std::isnan(v); })) {
      add_flags(
          [&](size_t row) -> uint64_t {
            return std::isnan(values[row]) && (nulls.empty() || nulls[row] == 0);
          },
          by.nulls_first);
    }
  }
  if constexpr (sizeof(T) == 16) {
    const uint64_t sign = std::is_same_v<T, Int128> ? uint64_t{1} << 63 : 0;
    add_keys(
        [&](size_t row) {
          return static_cast<uint64_t>(static_cast<UInt128>(values[row]) >> 64) ^ sign;
        },
        nulls, by.descending);
    add_keys([&](size_t row) { return static_cast<uint64_t>(values[row]); }, nulls, by.descending);
  } else {
    add_keys([&](size_t row) { return ordered_key(values[row]); }, nulls, by.descending);
  }
}

// One bit says NULL or not, then the nested column decides among the others.
void RowSorter::sort_by_nullable(const NullableColumn& column, const SortColumn& by) {
  if (!column.has_nulls()) return sort_by_flat(*column.nested(), {}, by);
  const Nulls nulls = column.nulls();
  add_flags([&](size_t row) -> uint64_t { return nulls[row]; }, by.nulls_first);
  sort_by_flat(*column.nested(), nulls, by);
}

void RowSorter::sort_by_codes(const DictionaryColumn& column, const SortColumn& by) {
  const Dictionary& dictionary = *column.dictionary();
  const std::span<const uint32_t> codes = column.codes();
  const bool has_null_entry = dictionary.entries->kind() == PhysicalKind::Nullable &&
                              static_cast<const NullableColumn&>(*dictionary.entries).has_nulls();
  const bool codes_are_ranks = dictionary.sorted && !has_null_entry;
  if (!codes_are_ranks && dictionary.entries->size() > codes.size()) {
    sort_by_flat(*dictionary.entries->select(codes), {}, by);
    return;
  }
  if (codes_are_ranks) {
    add_keys([&](size_t row) { return uint64_t{codes[row]}; }, {}, by.descending);
    return;
  }
  // Entries are distinct, so their positions in the wanted order are exact keys.
  const size_t entry_count = dictionary.entries->size();
  const SortColumn entry_order{0, by.descending, by.nulls_first};
  const std::vector<RowIndex> order =
      sort_rows(Chunk{{dictionary.entries}, entry_count}, {&entry_order, 1});
  Buffer<uint32_t> ranks(entry_count);
  for (size_t rank = 0; rank < entry_count; ++rank)
    ranks[order[rank]] = static_cast<uint32_t>(rank);
  add_keys([&](size_t row) { return uint64_t{ranks[codes[row]]}; }, {}, false);
}

constexpr size_t kPrefixBytes = 7;

// Bytes [depth, depth + 7) of `text`, first byte highest, then how many there were: 8 means that
// more follow. So keys order like texts, and equal keys below 8 mean equal texts.
uint64_t prefix_key(std::string_view text, size_t depth) {
  const size_t left = text.size() - std::min(depth, text.size());
  unsigned char bytes[8] = {};
  if (left > 0) std::memcpy(bytes, text.data() + depth, std::min(left, kPrefixBytes));
  bytes[7] = static_cast<unsigned char>(std::min<size_t>(left, 8));
  uint64_t key;
  std::memcpy(&key, bytes, sizeof(key));
  return __builtin_bswap64(key);
}

bool has_more(uint64_t key) { return (key & 0xFF) == 8; }

template <class Strings>
void RowSorter::sort_run_by_strings(const Strings& column, Run run, size_t depth, bool descending,
                                    std::vector<Run>& equal_runs) {
  // Comparing pays for few rows, and bounds the recursion for long common prefixes.
  constexpr size_t kCompareRowsMax = 16;
  constexpr size_t kKeyedDepthMax = 64 * kPrefixBytes;
  const auto rows = rows_.begin();
  if (run.end - run.begin <= kCompareRowsMax || depth > kKeyedDepthMax) {
    const auto compare = [&](RowIndex a, RowIndex b) {
      const int order = column.at(a).substr(depth).compare(column.at(b).substr(depth));
      return descending ? -order : order;
    };
    std::sort(rows + static_cast<ptrdiff_t>(run.begin), rows + static_cast<ptrdiff_t>(run.end),
              [&](RowIndex a, RowIndex b) {
                const int order = compare(a, b);
                return order != 0 ? order < 0 : a < b;
              });
    size_t begin = run.begin;
    for (size_t i = run.begin + 1; i <= run.end; ++i) {
      if (i < run.end && compare(rows_[begin], rows_[i]) == 0) continue;
      if (i - begin > 1) equal_runs.push_back({begin, i});
      begin = i;
    }
    return;
  }
  const size_t count = run.end - run.begin;
  Buffer<WideItem> items(count);
  const uint64_t flip = descending ? ~uint64_t{0} : 0;
  uint64_t differing = 0;
  for (size_t i = 0; i < count; ++i) {
    const RowIndex row = rows_[run.begin + i];
    items[i] = {prefix_key(column.at(row), depth) ^ flip, row};
    differing |= items[i].key() ^ items[0].key();
  }
  if (differing != 0) std::sort(items.begin(), items.end());
  for (size_t i = 0; i < count; ++i) rows_[run.begin + i] = items[i].row();
  size_t begin = 0;
  for (size_t i = 1; i <= count; ++i) {
    if (i < count && items[i].key() == items[begin].key()) continue;
    const Run equal{run.begin + begin, run.begin + i};
    if (i - begin > 1) {
      if (has_more(items[begin].key() ^ flip)) {
        sort_run_by_strings(column, equal, depth + kPrefixBytes, descending, equal_runs);
      } else {
        equal_runs.push_back(equal);
      }
    }
    begin = i;
  }
}

template <class Strings>
void RowSorter::sort_by_strings(const Strings& column, Nulls nulls, bool descending) {
  flush_pending();
  std::vector<Run> equal_runs;
  for (const Run& run : runs_) {
    // A run is all NULL or has none: the flags were sorted by before.
    if (!nulls.empty() && nulls[rows_[run.begin]] != 0) {
      equal_runs.push_back(run);
    } else {
      sort_run_by_strings(column, run, 0, descending, equal_runs);
    }
  }
  set_runs(std::move(equal_runs));
}

template <class Compare>
void RowSorter::sort_by_comparing(const Compare& compare) {
  flush_pending();
  std::vector<Run> equal_runs;
  for (const Run& run : runs_) {
    std::sort(rows_.begin() + static_cast<ptrdiff_t>(run.begin),
              rows_.begin() + static_cast<ptrdiff_t>(run.end), [&](RowIndex a, RowIndex b) {
                const int order = compare(a, b);
                return order != 0 ? order < 0 : a < b;
              });
    size_t begin = run.begin;
    for (size_t i = run.begin + 1; i <= run.end; ++i) {
      if (i < run.end && compare(rows_[begin], rows_[i]) == 0) continue;
      if (i - begin > 1) equal_runs.push_back({begin, i});
      begin = i;
    }
  }
  set_runs(std::move(equal_runs));
}

}  // namespace

std::vector<RowIndex> sort_rows(const Chunk& chunk, std::span<const SortColumn> order) {
  CHECK(chunk.row_count <= std::numeric_limits<RowIndex>::max());
  RowSorter sorter(chunk.row_count);
  for (const SortColumn& by : order) sorter.sort_by(chunk.columns[by.column], by);
  return sorter.take_rows();
}

}  // namespace freshet
