// TopCounters: the keys met most often, with a bounded number of counters.
//
// Filtered space-saving (Homem, Carvalho: Finding top-k elements in data streams, 2010, after
// Metwally, Agrawal, El Abbadi 2005). A key without a counter only adds to the filter, an array of
// counts by hash; when it has gathered more there than the smallest counter has, it takes that one
// over. Counts are exact until there are more keys than counters, and never too small after that.
//
// Owns:      its counters.
// Threads:   one at a time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/hash.h"

namespace freshet {

struct CounterKeyHash {
  using is_transparent = void;
  size_t operator()(uint64_t key) const { return hash_u64(key); }
  size_t operator()(std::string_view key) const { return hash_bytes(key); }
};

template <class Key>
class TopCounters {
 public:
  struct Counter {
    Key key;
    uint64_t count = 0;
    uint64_t error = 0;  // the count may be too large by so much
  };

  // `counters_max` > 0 is the same for all that are merged. `View` is what Key is made of.
  template <class View>
  void add(const View& key, uint64_t times, size_t counters_max) {
    if (const auto found = ids_.find(key); found != ids_.end()) {
      entries_[found->second].counter.count += times;
      sink(entries_[found->second].place);
      return;
    }
    if (entries_.size() < counters_max) {
      insert({Key(key), times, 0});
      return;
    }
    if (filter_.empty()) filter_.resize(std::bit_ceil(counters_max * kFilterRatio));
    uint64_t& filtered = gathered(key);
    const uint32_t least = heap_.front();
    if (filtered + times < entries_[least].counter.count) {
      filtered += times;
      return;
    }
    const uint64_t before = filtered;
    Entry& entry = entries_[least];
    gathered(entry.counter.key) = entry.counter.count;
    ids_.erase(entry.counter.key);
    entry.counter = {Key(key), before + times, before};
    ids_.emplace(entry.counter.key, least);
    sink(0);
  }

  // As Agarwal et al., Mergeable summaries, 2012: a key that one side has no counter for may have
  // been met as often there as that side's least.
  void merge(const TopCounters& other, size_t counters_max) {
    const uint64_t least = least_when_full(counters_max);
    const uint64_t other_least = other.least_when_full(counters_max);
    std::vector<Entry> merged;
    for (const Entry& entry : entries_) {
      merged.push_back(entry);
      uint64_t count = other_least;
      uint64_t error = other_least;
      if (const auto found = other.ids_.find(entry.counter.key); found != other.ids_.end()) {
        count = other.entries_[found->second].counter.count;
        error = other.entries_[found->second].counter.error;
      }
      merged.back().counter.count += count;
      merged.back().counter.error += error;
    }
    for (const Entry& entry : other.entries_) {
      if (ids_.contains(entry.counter.key)) continue;
      merged.push_back(entry);
      merged.back().counter.count += least;
      merged.back().counter.error += least;
    }
    if (merged.size() > counters_max) {
      const auto end = merged.begin() + static_cast<std::ptrdiff_t>(counters_max);
      std::nth_element(merged.begin(), end, merged.end(), [](const Entry& a, const Entry& b) {
        return a.counter.count > b.counter.count;
      });
      merged.erase(end, merged.end());
    }
    if (filter_.empty()) {
      filter_ = other.filter_;
    } else if (!other.filter_.empty()) {
      for (size_t i = 0; i < filter_.size(); ++i) filter_[i] += other.filter_[i];
    }
    entries_.clear();
    heap_.clear();
    ids_.clear();
    for (Entry& entry : merged) insert(std::move(entry.counter));
  }

  size_t size() const { return entries_.size(); }
  // In no order.
  std::vector<const Counter*> counters() const {
    std::vector<const Counter*> counters;
    for (const Entry& entry : entries_) counters.push_back(&entry.counter);
    return counters;
  }

 private:
  static constexpr size_t kFilterRatio = 6;

  struct Entry {
    Counter counter;
    uint32_t place = 0;  // in heap_
  };

  uint64_t least_when_full(size_t counters_max) const {
    return entries_.size() < counters_max ? 0 : entries_[heap_.front()].counter.count;
  }

  // What the filter has of keys like this one.
  template <class View>
  uint64_t& gathered(const View& key) {
    return filter_[CounterKeyHash()(key) & (filter_.size() - 1)];
  }

  void insert(Counter counter) {
    const auto id = static_cast<uint32_t>(entries_.size());
    ids_.emplace(counter.key, id);
    entries_.push_back({std::move(counter), id});
    heap_.push_back(id);
    for (uint32_t at = id; at > 0;) {
      const uint32_t parent = (at - 1) / 2;
      if (count_at(parent) <= count_at(at)) break;
      swap_places(parent, at);
      at = parent;
    }
  }

  uint64_t count_at(uint32_t place) const { return entries_[heap_[place]].counter.count; }

  // Restores the heap, least first, after the count at `place` has grown.
  void sink(uint32_t place) {
    const auto size = static_cast<uint32_t>(heap_.size());
    for (uint32_t child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && count_at(child + 1) < count_at(child)) ++child;
      if (count_at(place) <= count_at(child)) return;
      swap_places(place, child);
      place = child;
    }
  }

  void swap_places(uint32_t a, uint32_t b) {
    std::swap(heap_[a], heap_[b]);
    entries_[heap_[a]].place = a;
    entries_[heap_[b]].place = b;
  }

  std::vector<Entry> entries_;
  std::vector<uint32_t> heap_;  // positions in entries_; the least count is first
  absl::flat_hash_map<Key, uint32_t, CounterKeyHash, std::equal_to<>> ids_;
  std::vector<uint64_t> filter_;  // empty until there are more keys than counters
};

}  // namespace freshet
