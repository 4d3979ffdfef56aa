// TimeZone: offsets of local time from UTC, as a table of transitions from 1900 to 2299.
//
//   i        starts_[i]            offsets_[i]
//   0        before everything     +00:53:28   (local mean time)
//   1        1893-04-01T00:06:32Z  +01:00
//   ...
//   n - 1    2299-10-29T01:00:00Z  +01:00
//
// Threads:   immutable, any thread.
// Units:     UTC and local seconds are counted from 1970-01-01 00:00:00 of that clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

class TimeZone {
 public:
  // The zone of an IANA name, such as "Europe/Berlin"; zones are loaded once. Throws BadArguments.
  static std::shared_ptr<const TimeZone> find(std::string_view name);
  static const std::shared_ptr<const TimeZone>& utc();

  const std::string& name() const { return name_; }
  bool is_utc() const { return is_fixed() && offsets_[0] == 0; }
  // Whether the offset never changes, so that loops may ask for it once.
  bool is_fixed() const { return offsets_.size() == 1; }

  // Since 1970:
  // Whether every day begins at its midnight, and is over when the next begins.
  bool has_whole_days() const;
  // Whether offsets, and the moments at which they change, are multiples of so many seconds.
  bool is_aligned_to(int64_t seconds) const;

  // Local minus UTC at a moment of UTC.
  int32_t utc_offset_seconds(int64_t utc_seconds) const {
    return is_fixed() ? offsets_[0] : offsets_[range_of(utc_seconds)];
  }
  int64_t to_local(int64_t utc_seconds) const {
    return utc_seconds + utc_offset_seconds(utc_seconds);
  }
  // The moment at which clocks show `local_seconds`: the first when they show it twice. A time
  // that clocks skip counts as one that the later offset was already used for.
  int64_t to_utc(int64_t local_seconds) const {
    return is_fixed() ? local_seconds - offsets_[0] : to_utc_slow(local_seconds);
  }

 private:
  TimeZone() = default;
  static std::shared_ptr<const TimeZone> load(const std::string& name);
  void build_buckets();
  int64_t to_utc_slow(int64_t local_seconds) const;

  // Buckets of 2^22 seconds (48 days) hold the range in force at their start; few have more than
  // one transition, so the search is one load and one or two comparisons.
  static constexpr int kBucketShift = 22;
  size_t range_of(int64_t utc_seconds) const {
    if (utc_seconds < bucket_origin_) return 0;
    const auto bucket = static_cast<size_t>((utc_seconds - bucket_origin_) >> kBucketShift);
    size_t range = bucket < buckets_.size() ? buckets_[bucket] : starts_.size() - 1;
    while (range + 1 < starts_.size() && starts_[range + 1] <= utc_seconds) ++range;
    return range;
  }

  std::string name_;
  std::vector<int64_t> starts_;
  std::vector<int32_t> offsets_;
  int64_t bucket_origin_ = 0;
  std::vector<uint16_t> buckets_;
};

}  // namespace freshet
