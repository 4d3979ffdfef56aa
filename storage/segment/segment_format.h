// Segment files: the constants of the layout and the places in it.
//
// Layout:    header | runs of blocks and dictionaries | footer | trailer docs/formats/segment.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet {

inline constexpr std::string_view kSegmentMagic = "FRESHSEG";
inline constexpr std::string_view kSegmentEndMagic = "FRESHEND";
inline constexpr uint32_t kSegmentVersion = 1;
// With skip indexes, which the footer names after the columns.
inline constexpr uint32_t kSegmentVersionWithIndexes = 2;
// Magic, version (u32), block rows (u32).
inline constexpr size_t kSegmentHeaderBytes = 16;
// Footer offset (u64), footer bytes (u64), footer checksum (u64), magic.
inline constexpr size_t kSegmentTrailerBytes = 32;

// Where something is in the file, and the checksum of its bytes.
struct StoredPlace {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;
};

}  // namespace freshet
