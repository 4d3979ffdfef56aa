// Distinct integer types, so that a table's id cannot be passed where a log position is wanted.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace freshet {

template <class Tag, class T>
struct StrongId {
  T value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(T v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
};

// Position of a commit: byte offset in the log just past its record. 0: before every commit.
using Lsn = StrongId<struct LsnTag, uint64_t>;
using TableId = StrongId<struct TableIdTag, uint64_t>;
using SegmentId = StrongId<struct SegmentIdTag, uint64_t>;

// Position of a row in a chunk or block; also the element of selections.
using RowIndex = uint32_t;
// Position of a column in a schema or chunk.
using ColumnIndex = std::size_t;

}  // namespace freshet

template <class Tag, class T>
struct std::hash<freshet::StrongId<Tag, T>> {
  std::size_t operator()(const freshet::StrongId<Tag, T>& id) const noexcept {
    return std::hash<T>{}(id.value);
  }
};
