#include "query/operator/probe_filter.h"

#include <utility>

#include "query/expression/evaluator.h"
#include "storage/base/limits.h"
#include "storage/column/coded_column.h"
#include "storage/table/scan.h"

namespace freshet {

namespace {

// Whether the cells of `e` are those of its argument, of another type: bounds of these are bounds
// of those.
bool keeps_integers(const BoundExpression& e) {
  if (!is_call(e, "CAST")) return false;
  const DataTypePtr from = without_nullable(without_low_cardinality(e.arguments[0]->type));
  const DataTypePtr to = without_nullable(without_low_cardinality(e.type));
  return *from == *to || (is_integer(*from) && is_integer(*to));
}

std::optional<ColumnIndex> column_behind(const BoundExpression& key) {
  if (key.kind == BoundExpression::Kind::Column) return key.column;
  return keeps_integers(key) ? column_behind(*key.arguments[0]) : std::nullopt;
}

}  // namespace

ProbeFilter::ProbeFilter(std::shared_ptr<const JoinFilter> filter, BoundExpressionPtr key,
                         const std::vector<ColumnIndex>& columns)
    : filter_(std::move(filter)), key_(std::move(key)), reads_(columns_of(*key_)) {
  if (const auto column = column_behind(*key_)) bounded_ = columns[*column];
}

void ProbeFilter::prune(const TableVersion& table, const Segment& segment,
                        std::vector<uint32_t>& blocks) const {
  if (!bounded_ || !filter_->is_known()) return;
  std::erase_if(blocks, [&](uint32_t block) {
    const ZoneMap* zone = find_zone_map(table, *segment.reader, *bounded_, block);
    return zone != nullptr && !filter_->may_contain(zone->min, zone->max);
  });
}

bool ProbeFilter::wants_rows() const {
  constexpr uint64_t kRowsToLearn = 4 * kBlockRows;
  constexpr uint64_t kBlocksBetween = 32;
  if (!filter_->is_known()) return false;
  const uint64_t asked = rows_asked_.load(std::memory_order_relaxed);
  const uint64_t kept = rows_kept_.load(std::memory_order_relaxed);
  // A fifth must go.
  if (asked < kRowsToLearn || kept <= asked / 5 * 4) return true;
  return blocks_passed_.fetch_add(1, std::memory_order_relaxed) % kBlocksBetween ==
         kBlocksBetween - 1;
}

void ProbeFilter::select(const Chunk& rows, std::vector<RowIndex>& kept) const {
  const ColumnPtr cells = evaluate_expression(*key_, rows);
  const bool is_coded = cells->form() == ColumnForm::Dictionary;
  const auto* coded = is_coded ? static_cast<const DictionaryColumn*>(cells.get()) : nullptr;
  if (is_coded && coded->dictionary()->entries->size() <= 2 * rows.row_count) {
    std::vector<RowIndex> entries;
    filter_->select(coded->dictionary()->entries, entries);
    Buffer<uint8_t> passes(coded->dictionary()->entries->size(), uint8_t{0});
    for (const RowIndex entry : entries) passes[entry] = 1;
    const std::span<const uint32_t> codes = coded->codes();
    kept.resize(codes.size());
    size_t count = 0;
    for (size_t i = 0; i < codes.size(); ++i) {
      kept[count] = static_cast<RowIndex>(i);
      count += passes[codes[i]];
    }
    kept.resize(count);
  } else {
    filter_->select(cells, kept);
  }
  rows_dropped_.fetch_add(rows.row_count - kept.size(), std::memory_order_relaxed);
  // Half of what was learned is forgotten now and then, so that what follows counts.
  constexpr uint64_t kRowsKnown = 64 * kBlockRows;
  const uint64_t asked =
      rows_asked_.fetch_add(rows.row_count, std::memory_order_relaxed) + rows.row_count;
  const uint64_t passed =
      rows_kept_.fetch_add(kept.size(), std::memory_order_relaxed) + kept.size();
  if (asked > kRowsKnown) {
    rows_asked_.store(asked / 2, std::memory_order_relaxed);
    rows_kept_.store(passed / 2, std::memory_order_relaxed);
  }
}

}  // namespace freshet
