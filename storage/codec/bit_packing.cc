#include "storage/codec/bit_packing.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "storage/base/check.h"
#include "storage/base/vector_clones.h"

namespace freshet {

namespace {

template <class U>
constexpr unsigned kBits = 8 * sizeof(U);
template <class U>
constexpr size_t kLanes = kPackGroupCells / kBits<U>;

// Stored words lie at any address.
template <class U>
struct [[gnu::packed, gnu::may_alias]] StoredWord {
  U value;
};

template <class U>
constexpr U low_bits(unsigned width) {
  return width == kBits<U> ? static_cast<U>(~U{0}) : static_cast<U>((uint64_t{1} << width) - 1);
}

template <class U>
FRESHET_VECTOR_CLONES void pack_group(const U* __restrict values, U base, unsigned width,
                                      U* __restrict words) {
  std::fill_n(words, kLanes<U> * width, U{0});
  for (unsigned row = 0; row < kBits<U>; ++row) {
    const unsigned bit = row * width;
    const unsigned shift = bit % kBits<U>;
    U* low = words + bit / kBits<U> * kLanes<U>;
    const U* cells = values + row * kLanes<U>;
    for (size_t lane = 0; lane < kLanes<U>; ++lane) {
      low[lane] |= static_cast<U>(static_cast<U>(cells[lane] - base) << shift);
    }
    if (shift + width <= kBits<U>) continue;
    U* high = low + kLanes<U>;
    for (size_t lane = 0; lane < kLanes<U>; ++lane) {
      high[lane] |= static_cast<U>(static_cast<U>(cells[lane] - base) >> (kBits<U> - shift));
    }
  }
}

template <class U>
FRESHET_VECTOR_CLONES void unpack_group(const char* packed, unsigned width, U base,
                                        U* __restrict out) {
  const auto* __restrict words = reinterpret_cast<const StoredWord<U>*>(packed);
  const U mask = low_bits<U>(width);
  for (unsigned row = 0; row < kBits<U>; ++row) {
    const unsigned bit = row * width;
    const unsigned shift = bit % kBits<U>;
    const auto* low = words + bit / kBits<U> * kLanes<U>;
    U* cells = out + row * kLanes<U>;
    if (shift + width <= kBits<U>) {
      for (size_t lane = 0; lane < kLanes<U>; ++lane) {
        cells[lane] = static_cast<U>(base + ((low[lane].value >> shift) & mask));
      }
    } else {
      const auto* high = low + kLanes<U>;
      const unsigned high_shift = kBits<U> - shift;
      for (size_t lane = 0; lane < kLanes<U>; ++lane) {
        const U joined = static_cast<U>(static_cast<U>(low[lane].value >> shift) |
                                        static_cast<U>(high[lane].value << high_shift));
        cells[lane] = static_cast<U>(base + (joined & mask));
      }
    }
  }
}

// Bits [bit, bit + width) of `bytes`, low bit first.
uint64_t load_bits(std::string_view bytes, size_t bit, unsigned width) {
  const size_t first = bit / 8;
  const unsigned shift = bit % 8;
  std::array<char, 16> window{};
  const size_t available = std::min<size_t>(9, bytes.size() - first);
  std::memcpy(window.data(), bytes.data() + first, available);
  uint64_t low;
  std::memcpy(&low, window.data(), sizeof(low));
  uint64_t value = low >> shift;
  if (shift != 0) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(window[8])) << (64 - shift);
  }
  return width == 64 ? value : value & ((uint64_t{1} << width) - 1);
}

template <class U>
void pack_rest(std::span<const U> values, U base, unsigned width, std::string& out) {
  uint64_t pending = 0;
  unsigned pending_bits = 0;
  for (const U cell : values) {
    const auto value = static_cast<uint64_t>(static_cast<U>(cell - base));
    pending |= value << pending_bits;
    const unsigned room = 64 - pending_bits;
    pending_bits += width;
    if (pending_bits < 64) continue;
    char word[8];
    std::memcpy(word, &pending, sizeof(word));
    out.append(word, sizeof(word));
    pending_bits -= 64;
    pending = room < 64 && pending_bits > 0 ? value >> room : 0;
  }
  for (; pending_bits > 0; pending_bits -= std::min(8U, pending_bits)) {
    out.push_back(static_cast<char>(pending));
    pending >>= 8;
  }
}

template <class U>
void unpack_rest(std::string_view packed, unsigned width, U base, std::span<U> out) {
  size_t bit = 0;
  for (U& cell : out) {
    cell = static_cast<U>(base + static_cast<U>(load_bits(packed, bit, width)));
    bit += width;
  }
}

}  // namespace

unsigned bit_width_of(uint64_t value) { return static_cast<unsigned>(std::bit_width(value)); }

template <class U>
void pack_bits(std::span<const U> values, U base, unsigned width, std::string& out) {
  DCHECK(width <= kBits<U>);
  if (width == 0) return;
  std::array<U, kPackGroupCells> words;
  size_t done = 0;
  for (; done + kPackGroupCells <= values.size(); done += kPackGroupCells) {
    pack_group<U>(values.data() + done, base, width, words.data());
    out.append(reinterpret_cast<const char*>(words.data()), kPackGroupCells / 8 * width);
  }
  pack_rest<U>(values.subspan(done), base, width, out);
}

template <class U>
void unpack_bits(std::string_view packed, unsigned width, U base, std::span<U> out) {
  DCHECK(width <= kBits<U> && packed.size() == packed_bytes(out.size(), width));
  if (width == 0) {
    std::fill(out.begin(), out.end(), base);
    return;
  }
  const size_t group_bytes = kPackGroupCells / 8 * width;
  size_t done = 0;
  for (; done + kPackGroupCells <= out.size(); done += kPackGroupCells) {
    unpack_group<U>(packed.data(), width, base, out.data() + done);
    packed.remove_prefix(group_bytes);
  }
  unpack_rest<U>(packed, width, base, out.subspan(done));
}

template <class U>
void unpack_bits_group(std::string_view packed, size_t count, unsigned width, U base, size_t first,
                       std::span<U> out) {
  DCHECK(first % kPackGroupCells == 0 && first + out.size() <= count);
  DCHECK(packed.size() == packed_bytes(count, width));
  const std::string_view rest = packed.substr(first / 8 * width);
  unpack_bits<U>(rest.substr(0, packed_bytes(out.size(), width)), width, base, out);
}

template <class U>
U unpack_one(std::string_view packed, size_t count, unsigned width, size_t index) {
  DCHECK(index < count && packed.size() == packed_bytes(count, width));
  if (width == 0) return 0;
  const size_t group = index / kPackGroupCells;
  const char* start = packed.data() + group * (kPackGroupCells / 8) * width;
  const size_t within = index % kPackGroupCells;
  if (group == count / kPackGroupCells) {
    const auto rest_bytes = static_cast<size_t>(packed.data() + packed.size() - start);
    return static_cast<U>(load_bits({start, rest_bytes}, within * width, width));
  }
  const size_t lane = within % kLanes<U>;
  const auto bit = static_cast<unsigned>(within / kLanes<U>) * width;
  const unsigned shift = bit % kBits<U>;
  const auto* low =
      reinterpret_cast<const StoredWord<U>*>(start) + bit / kBits<U> * kLanes<U> + lane;
  U value = static_cast<U>(low->value >> shift);
  if (shift + width > kBits<U>) {
    value = static_cast<U>(value | static_cast<U>(low[kLanes<U>].value << (kBits<U> - shift)));
  }
  return value & low_bits<U>(width);
}

#define FRESHET_INSTANTIATE(U)                                                                     \
  template void pack_bits<U>(std::span<const U>, U, unsigned, std::string&);                       \
  template void unpack_bits<U>(std::string_view, unsigned, U, std::span<U>);                       \
  template void unpack_bits_group<U>(std::string_view, size_t, unsigned, U, size_t, std::span<U>); \
  template U unpack_one<U>(std::string_view, size_t, unsigned, size_t);
FRESHET_INSTANTIATE(uint8_t)
FRESHET_INSTANTIATE(uint16_t)
FRESHET_INSTANTIATE(uint32_t)
FRESHET_INSTANTIATE(uint64_t)
#undef FRESHET_INSTANTIATE

}  // namespace freshet
