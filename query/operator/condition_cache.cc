#include "query/operator/condition_cache.h"

#include <algorithm>
#include <utility>

#include "storage/base/hash.h"

namespace freshet {

namespace {

// A node of an expression with its type and name, roughly.
constexpr uint64_t kNodeBytes = 256;
// Longer lists of IN are not worth keeping and comparing.
constexpr size_t kSetSizeMax = 1000;

bool has_large_set(const BoundExpression& expression) {
  if (expression.set != nullptr && expression.set->size() > kSetSizeMax) return true;
  return std::ranges::any_of(expression.arguments,
                             [](const auto& argument) { return has_large_set(*argument); });
}

uint64_t bytes_of(const BoundExpression& expression) {
  constexpr uint64_t kSetCellBytes = 32;
  uint64_t bytes = kNodeBytes;
  if (expression.set != nullptr) bytes += expression.set->size() * kSetCellBytes;
  for (const auto& argument : expression.arguments) bytes += bytes_of(*argument);
  return bytes;
}

bool same_condition(const ScanCondition& a, const ScanCondition& b) {
  return a.hash == b.hash && a.definition == b.definition && a.time_zone == b.time_zone &&
         std::ranges::equal(a.conjuncts, b.conjuncts,
                            [](const auto& x, const auto& y) { return same_expression(*x, *y); });
}

}  // namespace

ConditionCache::ConditionCache(uint64_t bytes_max, MetricsRegistry& metrics)
    : bytes_max_(bytes_max),
      hits_(metrics.counter("query_condition_cache_hits_total",
                            "Segments of which a scan was told blocks without rows of use")),
      misses_(metrics.counter("query_condition_cache_misses_total",
                              "Segments of which a scan with conditions was told nothing")) {
  metrics.computed_gauge("query_condition_cache_bytes", "Memory of the query condition cache",
                         [this] { return static_cast<double>(memory_bytes()); });
}

ScanConditionPtr ConditionCache::condition(const std::vector<BoundExpressionPtr>& conjuncts,
                                           const std::vector<ColumnIndex>& columns,
                                           TableDefinitionPtr definition, std::string time_zone) {
  auto condition = std::make_shared<ScanCondition>();
  for (const BoundExpressionPtr& conjunct : conjuncts) {
    if (!is_deterministic(*conjunct) || has_large_set(*conjunct)) return nullptr;
    condition->conjuncts.push_back(remap_columns(conjunct, columns));
  }
  // In whichever order they were asked for.
  std::ranges::stable_sort(condition->conjuncts, {}, [](const auto& c) { return c->hash; });
  condition->hash = hash_bytes(time_zone);
  for (const auto& conjunct : condition->conjuncts) {
    condition->hash = hash_combine(condition->hash, conjunct->hash);
  }
  condition->definition = std::move(definition);
  condition->time_zone = std::move(time_zone);
  return condition;
}

uint64_t ConditionCache::hash_of(const ScanCondition& condition, const SegmentReader& segment) {
  return hash_combine(condition.hash, reinterpret_cast<uintptr_t>(&segment));
}

ConditionCache::Answer* ConditionCache::find(const ScanCondition& condition,
                                             const std::shared_ptr<const SegmentReader>& segment) {
  const auto [first, last] = by_hash_.equal_range(hash_of(condition, *segment));
  for (auto it = first; it != last; ++it) {
    const Answers::iterator answer = it->second;
    // Another segment may have lain at the same address before.
    if (answer->segment.lock() != segment || !same_condition(*answer->condition, condition)) {
      continue;
    }
    answers_.splice(answers_.begin(), answers_, answer);
    return &*answer;
  }
  return nullptr;
}

void ConditionCache::take_out_empty(const ScanCondition& condition,
                                    const std::shared_ptr<const SegmentReader>& segment,
                                    std::vector<uint32_t>& blocks) {
  MutexLock lock(mutex_);
  const Answer* answer = find(condition, segment);
  if (answer == nullptr) {
    misses_.add();
    return;
  }
  hits_.add();
  std::erase_if(blocks, [&](uint32_t block) { return answer->empty[block]; });
}

void ConditionCache::add_empty(const ScanConditionPtr& condition,
                               const std::shared_ptr<const SegmentReader>& segment, size_t block) {
  MutexLock lock(mutex_);
  Answer* answer = find(*condition, segment);
  if (answer == nullptr) {
    const uint64_t hash = hash_of(*condition, *segment);
    uint64_t bytes = sizeof(Answer) + segment->block_count() / 8;
    for (const auto& conjunct : condition->conjuncts) bytes += bytes_of(*conjunct);
    if (bytes > bytes_max_) return;
    answers_.push_front(
        {segment, condition, std::vector<bool>(segment->block_count()), hash, bytes});
    by_hash_.emplace(hash, answers_.begin());
    bytes_ += bytes;
    while (bytes_ > bytes_max_) drop_oldest();
    answer = &answers_.front();
  }
  answer->empty[block] = true;
}

void ConditionCache::drop_oldest() {
  const auto oldest = std::prev(answers_.end());
  const auto [first, last] = by_hash_.equal_range(oldest->hash);
  by_hash_.erase(std::find_if(first, last, [&](const auto& e) { return e.second == oldest; }));
  bytes_ -= oldest->bytes;
  answers_.erase(oldest);
}

void ConditionCache::clear() {
  MutexLock lock(mutex_);
  answers_.clear();
  by_hash_.clear();
  bytes_ = 0;
}

uint64_t ConditionCache::memory_bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace freshet
