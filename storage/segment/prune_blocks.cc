#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/segment/segment_reader.h"

namespace freshet {

namespace {

using Operator = ColumnCondition::Operator;

// Integers up to 64 bits as one type that has them all.
std::optional<Int128> integer_of(const Value& value) {
  if (const auto* cell = std::get_if<uint64_t>(&value.cell)) return Int128{*cell};
  if (const auto* cell = std::get_if<int64_t>(&value.cell)) return Int128{*cell};
  return std::nullopt;
}

bool is_nan(const Value& value) {
  const auto* cell = std::get_if<double>(&value.cell);
  return cell != nullptr && std::isnan(*cell);
}

// One condition, prepared once to be tested against every block.
class Test {
 public:
  Test(const ColumnCondition& condition, const DataTypePtr& type) : condition_(condition) {
    CHECK(is_null_test() || condition.op == Operator::In || !condition.values.empty());
    const DataTypePtr cells = without_nullable(type);
    if (cells->kind() == PhysicalKind::FixedString) {
      for (Value& value : condition_.values) {
        auto* text = std::get_if<std::string>(&value.cell);
        if (text != nullptr && text->size() < cell_bytes(*cells)) text->resize(cell_bytes(*cells));
      }
    }
    has_nan_ = std::any_of(condition_.values.begin(), condition_.values.end(), is_nan);
    for (const Value& value : condition_.values) {
      if (value.is_null()) continue;
      const std::optional<Int128> integer = integer_of(value);
      if (!integer) {
        integers_.clear();
        return;
      }
      integers_.push_back(*integer);
    }
    std::sort(integers_.begin(), integers_.end());
  }

  // The blocks [first, second) that may match, of bounds that ascend; nothing is said of others
  // than comparisons with integers.
  std::pair<size_t, size_t> range_of(std::span<const ZoneMap> zones) const {
    if (integers_.empty() || condition_.op == Operator::NotEqual || is_null_test()) {
      return {0, zones.size()};
    }
    const bool from = condition_.op != Operator::Less && condition_.op != Operator::LessOrEqual;
    const bool to = condition_.op != Operator::Greater && condition_.op != Operator::GreaterOrEqual;
    const Int128 least = integers_.front();
    const Int128 greatest = condition_.op == Operator::In ? integers_.back() : least;
    const auto begin =
        !from ? zones.begin() : std::ranges::partition_point(zones, [&](const ZoneMap& zone) {
          return *integer_of(zone.max) < least;
        });
    const auto end =
        !to ? zones.end() : std::ranges::partition_point(zones, [&](const ZoneMap& zone) {
          return *integer_of(zone.min) <= greatest;
        });
    return {static_cast<size_t>(begin - zones.begin()), static_cast<size_t>(end - zones.begin())};
  }

  bool may_match(const ZoneMap& zone, size_t block_rows) const {
    if (condition_.op == Operator::IsNull) return zone.null_count > 0 || is_unknown(zone);
    if (condition_.op == Operator::IsNotNull) return zone.null_count < block_rows;
    if (is_unknown(zone)) return true;
    // NaN is unequal to everything; whether it is in a list that has it is left to the query.
    if (zone.nan_count > 0 && (condition_.op == Operator::NotEqual || has_nan_)) return true;
    if (zone.min.is_null()) return false;
    if (!integers_.empty()) {
      const std::optional<Int128> min = integer_of(zone.min);
      const std::optional<Int128> max = integer_of(zone.max);
      if (min && max) return may_match_integers(*min, *max);
    }
    return may_match_range(condition_, zone.min, zone.max);
  }

 private:
  static bool is_unknown(const ZoneMap& zone) { return zone.min.is_null() && !zone.exact; }
  bool is_null_test() const {
    return condition_.op == Operator::IsNull || condition_.op == Operator::IsNotNull;
  }

  bool may_match_integers(Int128 min, Int128 max) const {
    const Int128 value = integers_.front();
    switch (condition_.op) {
      case Operator::Equal:
        return min <= value && value <= max;
      case Operator::NotEqual:
        return min != value || max != value;
      case Operator::Less:
        return min < value;
      case Operator::LessOrEqual:
        return min <= value;
      case Operator::Greater:
        return max > value;
      case Operator::GreaterOrEqual:
        return max >= value;
      case Operator::In: {
        const auto first = std::lower_bound(integers_.begin(), integers_.end(), min);
        return first != integers_.end() && *first <= max;
      }
      default:
        return true;
    }
  }

  ColumnCondition condition_;
  std::vector<Int128> integers_;  // the values, ascending, when all are integers
  bool has_nan_ = false;
};

}  // namespace

std::vector<uint32_t> prune_blocks(const SegmentReader& reader, const ColumnFilter& filter) {
  std::vector<Test> tests;
  size_t first = 0;
  size_t last = reader.block_count();
  for (const ColumnCondition& condition : filter.conditions) {
    const Test& test = tests.emplace_back(condition, reader.schema()[condition.column].type);
    if (!reader.ascends(condition.column)) continue;
    const auto [from, to] = test.range_of(reader.zone_maps(condition.column));
    first = std::max(first, from);
    last = std::min(last, to);
  }
  std::vector<uint32_t> blocks;
  for (size_t block = first; block < last; ++block) blocks.push_back(static_cast<uint32_t>(block));
  for (size_t i = 0; i < tests.size() && !blocks.empty(); ++i) {
    const std::span<const ZoneMap> zones = reader.zone_maps(filter.conditions[i].column);
    std::erase_if(blocks, [&](uint32_t block) {
      return !tests[i].may_match(zones[block], reader.block_rows(block));
    });
  }
  return blocks;
}

}  // namespace freshet
