#include "storage/codec/string_set.h"

#include "storage/base/hash.h"
#include "storage/base/short_bytes.h"

namespace freshet {

namespace {

constexpr size_t kSlotsAtFirst = 256;

}  // namespace

StringSet::StringSet() : slots_(kSlotsAtFirst), offsets_(1, 0) {}

uint32_t StringSet::find_or_add(std::string_view text) {
  const uint64_t hash64 = hash_bytes(text);
  const auto hash = static_cast<uint32_t>(hash64 >> 32);
  const size_t mask = slots_.size() - 1;
  size_t slot = static_cast<size_t>(hash64) & mask;
  for (; slots_[slot].number_plus_one != 0; slot = (slot + 1) & mask) {
    if (slots_[slot].hash != hash) continue;
    const uint32_t number = slots_[slot].number_plus_one - 1;
    if (at(number) == text) return number;
  }
  const auto number = static_cast<uint32_t>(size());
  slots_[slot] = {hash, number + 1};
  append_bytes(bytes_, text);
  offsets_.push_back(static_cast<uint32_t>(bytes_.size()));
  if (2 * size() > slots_.size()) grow();
  return number;
}

size_t StringSet::memory_bytes() const {
  return slots_.capacity() * sizeof(Slot) + offsets_.capacity() * sizeof(uint32_t) +
         bytes_.capacity();
}

void StringSet::grow() {
  slots_.assign(slots_.size() * 4, Slot());
  const size_t mask = slots_.size() - 1;
  for (uint32_t number = 0; number < size(); ++number) {
    const uint64_t hash64 = hash_bytes(at(number));
    size_t slot = static_cast<size_t>(hash64) & mask;
    while (slots_[slot].number_plus_one != 0) slot = (slot + 1) & mask;
    slots_[slot] = {static_cast<uint32_t>(hash64 >> 32), number + 1};
  }
}

}  // namespace freshet
