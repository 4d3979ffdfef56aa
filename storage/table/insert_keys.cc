#include "storage/table/insert_keys.h"

#include <algorithm>
#include <charconv>

#include "storage/base/limits.h"

namespace freshet {

namespace {

std::optional<uint64_t> number_setting(const TableDefinition& table, const char* name) {
  const auto found = table.settings.find(name);
  if (found == table.settings.end()) return std::nullopt;
  const std::string& text = found->second;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

constexpr const char* kBlockWindow = "non_replicated_deduplication_window";
constexpr const char* kWindowSeconds = "replicated_deduplication_window_seconds";

}  // namespace

KeyWindow key_window(const TableDefinition& table) {
  KeyWindow window;
  if (const auto count = number_setting(table, kBlockWindow).value_or(0); count != 0) {
    window.count_max = std::min<uint64_t>(count, kInsertKeysMax);
  }
  if (const auto seconds = number_setting(table, kWindowSeconds)) {
    constexpr uint64_t kSecondsMax = ~uint64_t{0} / 1'000'000;
    window.age_max_us = std::min(*seconds, kSecondsMax) * 1'000'000;
  }
  return window;
}

bool deduplicates_blocks(const TableDefinition& table) {
  return number_setting(table, kBlockWindow).value_or(0) != 0;
}

void InsertKeys::drop_oldest(Table& table) {
  const PutInsertKey& oldest = table.oldest_first.front();
  const auto found = table.lsn_of_key.find(oldest.key);
  if (found != table.lsn_of_key.end() && found->second == oldest.lsn) table.lsn_of_key.erase(found);
  table.oldest_first.pop_front();
  --count_;
}

std::optional<Lsn> InsertKeys::find(TableId id, const std::string& key, KeyWindow window,
                                    uint64_t now_us) {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  if (found == tables_.end()) return std::nullopt;
  Table& table = found->second;
  const auto is_over = [&] {
    if (table.oldest_first.empty()) return false;
    // Records of the first version say no time: those keys are bounded by their count only.
    const uint64_t time_us = table.oldest_first.front().time_us;
    const bool is_old = time_us != 0 && now_us > time_us && now_us - time_us > window.age_max_us;
    return is_old || table.oldest_first.size() > window.count_max;
  };
  while (is_over()) drop_oldest(table);
  const auto known = table.lsn_of_key.find(key);
  if (known == table.lsn_of_key.end()) return std::nullopt;
  return known->second;
}

void InsertKeys::add(PutInsertKey key) {
  MutexLock lock(mutex_);
  Table& table = tables_[key.table];
  table.lsn_of_key[key.key] = key.lsn;
  added_.emplace_back(key.lsn, key.table);
  table.oldest_first.push_back(std::move(key));
  ++count_;
  // Entries of keys that are gone go, too, or the list would grow for ever.
  while (count_ > kInsertKeysMax || added_.size() > 2 * kInsertKeysMax) {
    const auto [lsn, id] = added_.front();
    added_.pop_front();
    const auto found = tables_.find(id);
    if (found == tables_.end() || found->second.oldest_first.empty()) continue;
    if (found->second.oldest_first.front().lsn <= lsn) drop_oldest(found->second);
  }
}

void InsertKeys::forget(TableId id) {
  MutexLock lock(mutex_);
  const auto found = tables_.find(id);
  if (found == tables_.end()) return;
  count_ -= found->second.oldest_first.size();
  tables_.erase(found);
}

std::vector<PutInsertKey> InsertKeys::between(Lsn after, Lsn through) const {
  MutexLock lock(mutex_);
  std::vector<PutInsertKey> result;
  for (const auto& [id, table] : tables_) {
    const auto first = std::ranges::upper_bound(table.oldest_first, after, {}, &PutInsertKey::lsn);
    for (auto key = first; key != table.oldest_first.end() && key->lsn <= through; ++key) {
      result.push_back(*key);
    }
  }
  std::ranges::sort(result, {}, &PutInsertKey::lsn);
  return result;
}

size_t InsertKeys::size() const {
  MutexLock lock(mutex_);
  return count_;
}

}  // namespace freshet
