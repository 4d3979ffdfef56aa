#include "storage/column/time_zone.h"

#include <absl/time/time.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <unordered_map>

#include "storage/base/error.h"
#include "storage/base/mutex.h"
#include "storage/column/calendar.h"

namespace freshet {

namespace {

// Loaded zones by name. Zones never change, so one table serves the process.
struct ZoneTable {
  Mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const TimeZone>> zones GUARDED_BY(mutex);
};

ZoneTable& zone_table() {
  static ZoneTable table;
  return table;
}

// Names become paths below the zone directory, so nothing may lead out of it.
bool is_plausible_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name == "localtime") return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '+' || c == '/';
  });
}

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::find(std::string_view name) {
  if (name == "UTC") return utc();
  const std::string key(name);
  ZoneTable& table = zone_table();
  const MutexLock lock(table.mutex);
  auto [entry, is_new] = table.zones.try_emplace(key);
  if (is_new) {
    try {
      entry->second = load(key);
    } catch (...) {
      table.zones.erase(entry);
      throw;
    }
  }
  return entry->second;
}

const std::shared_ptr<const TimeZone>& TimeZone::utc() {
  static const std::shared_ptr<const TimeZone> zone = [] {
    std::shared_ptr<TimeZone> made(new TimeZone);
    made->name_ = "UTC";
    made->starts_ = {std::numeric_limits<int64_t>::min()};
    made->offsets_ = {0};
    return made;
  }();
  return zone;
}

std::shared_ptr<const TimeZone> TimeZone::load(const std::string& name) {
  absl::TimeZone source;
  if (!is_plausible_name(name) || !absl::LoadTimeZone(name, &source)) {
    throw Error(ErrorCode::BadArguments, "Cannot load time zone " + name);
  }
  std::shared_ptr<TimeZone> zone(new TimeZone);
  zone->name_ = name;
  const absl::Time end = absl::FromCivil(absl::CivilDay(2300, 1, 2), absl::UTCTimeZone());
  absl::Time at = absl::FromCivil(absl::CivilDay(1899, 12, 30), absl::UTCTimeZone());
  zone->starts_ = {std::numeric_limits<int64_t>::min()};
  zone->offsets_ = {source.At(at).offset};
  absl::TimeZone::CivilTransition transition;
  while (source.NextTransition(at, &transition)) {
    at = source.At(transition.to).trans;
    if (at >= end) break;
    const int32_t offset = source.At(at).offset;
    if (offset == zone->offsets_.back()) continue;
    zone->starts_.push_back(absl::ToUnixSeconds(at));
    zone->offsets_.push_back(offset);
  }
  zone->build_buckets();
  return zone;
}

bool TimeZone::has_whole_days() const {
  constexpr int64_t kDay = 86400;
  for (size_t i = range_of(0) + 1; i < starts_.size(); ++i) {
    const int64_t before = starts_[i] + offsets_[i - 1];
    const int64_t after = starts_[i] + offsets_[i];
    // Clocks skip [before, after), or show [after, before) twice.
    const int64_t midnight = floor_divide(std::max(before, after) - 1, kDay) * kDay;
    if (before < after ? midnight >= before : midnight > after) return false;
  }
  return true;
}

bool TimeZone::is_aligned_to(int64_t seconds) const {
  const size_t first = range_of(0);
  for (size_t i = first; i < starts_.size(); ++i) {
    if (offsets_[i] % seconds != 0 || (i > first && starts_[i] % seconds != 0)) return false;
  }
  return true;
}

void TimeZone::build_buckets() {
  if (is_fixed()) return;
  bucket_origin_ = starts_[1];
  const auto count = static_cast<size_t>((starts_.back() - bucket_origin_) >> kBucketShift) + 1;
  buckets_.resize(count);
  size_t range = 1;
  for (size_t bucket = 0; bucket < count; ++bucket) {
    const int64_t start = bucket_origin_ + (static_cast<int64_t>(bucket) << kBucketShift);
    while (range + 1 < starts_.size() && starts_[range + 1] <= start) ++range;
    buckets_[bucket] = static_cast<uint16_t>(range);
  }
}

int64_t TimeZone::to_utc_slow(int64_t local_seconds) const {
  // Offsets are below 26 hours, so the answer lies in this range or in one soon after it.
  constexpr int64_t kOffsetSecondsMax = 26 * 3600;
  size_t range = range_of(local_seconds - kOffsetSecondsMax);
  for (;; ++range) {
    const int64_t utc_seconds = local_seconds - offsets_[range];
    const bool is_last = range + 1 == starts_.size();
    if (is_last || utc_seconds < starts_[range + 1]) return utc_seconds;
  }
}

}  // namespace freshet
