#include "storage/segment/zone_map.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

enum Flag : uint8_t { kHasBounds = 1, kExact = 2 };

// The kind of the cells that bounds are of; nothing when the type has no bounds.
std::optional<PhysicalKind> bound_kind(const DataType& type) {
  const DataType* inner = &type;
  while (inner->id() == TypeId::LowCardinality || inner->id() == TypeId::Nullable) {
    inner = inner->argument(0).get();
  }
  if (inner->id() == TypeId::AggregateFunction) return std::nullopt;
  const PhysicalKind kind = inner->kind();
  if (is_number_kind(kind) || kind == PhysicalKind::String || kind == PhysicalKind::FixedString) {
    return kind;
  }
  return std::nullopt;
}

template <class T>
Value boxed(T cell) {
  if constexpr (sizeof(T) == 16) {
    return Value(cell);
  } else if constexpr (std::is_floating_point_v<T>) {
    return Value(static_cast<double>(cell));
  } else if constexpr (std::is_unsigned_v<T>) {
    return Value(static_cast<uint64_t>(cell));
  } else {
    return Value(static_cast<int64_t>(cell));
  }
}

template <class T>
T unboxed(const Value& value) {
  if constexpr (sizeof(T) == 16) {
    return value.as<T>();
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value.as<double>());
  } else if constexpr (std::is_unsigned_v<T>) {
    return static_cast<T>(value.as<uint64_t>());
  } else {
    return static_cast<T>(value.as<int64_t>());
  }
}

// `nulls` is empty or as long as `cells`.
template <class T>
void bound_numbers(std::span<const T> cells, std::span<const uint8_t> nulls, ZoneMap& zone) {
  bool found = false;
  T min{};
  T max{};
  const auto add = [&](T cell) {
    if (!found) {
      min = max = cell;
      found = true;
    }
    min = std::min(min, cell);
    max = std::max(max, cell);
  };
  if constexpr (std::is_floating_point_v<T>) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!nulls.empty() && nulls[i] != 0) continue;
      if (std::isnan(cells[i])) {
        ++zone.nan_count;
      } else {
        add(cells[i]);
      }
    }
  } else if (!nulls.empty()) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (nulls[i] == 0) add(cells[i]);
    }
  } else if (!cells.empty()) {
    found = true;
    min = max = cells[0];
    for (const T cell : cells) {
      min = std::min(min, cell);
      max = std::max(max, cell);
    }
  }
  if (!found) return;
  zone.min = boxed(min);
  zone.max = boxed(max);
}

// The first eight bytes as a number that orders like them.
uint64_t order_prefix(std::string_view text) {
  uint64_t prefix = 0;
  if (text.empty()) return prefix;  // a column of empty strings has no bytes to point at
  std::memcpy(&prefix, text.data(), std::min<size_t>(text.size(), sizeof(prefix)));
  return __builtin_bswap64(prefix);
}

// `Cells` has at(row) and size().
template <class Cells>
void bound_strings(const Cells& cells, std::span<const uint8_t> nulls, ZoneMap& zone) {
  bool found = false;
  std::string_view min;
  std::string_view max;
  uint64_t min_prefix = 0;
  uint64_t max_prefix = 0;
  for (size_t row = 0; row < cells.size(); ++row) {
    if (!nulls.empty() && nulls[row] != 0) continue;
    const std::string_view text = cells.at(row);
    const uint64_t prefix = order_prefix(text);
    if (!found) {
      min = max = text;
      min_prefix = max_prefix = prefix;
      found = true;
      continue;
    }
    if (prefix < min_prefix || (prefix == min_prefix && text < min)) {
      min = text;
      min_prefix = prefix;
    }
    if (prefix > max_prefix || (prefix == max_prefix && text > max)) {
      max = text;
      max_prefix = prefix;
    }
  }
  if (!found) return;
  std::string low(min.substr(0, kZoneStringBytesMax));
  std::string high(max.substr(0, kZoneStringBytesMax));
  zone.exact = low.size() == min.size() && high.size() == max.size();
  if (high.size() < max.size()) {
    // The least string above all with this prefix: drop bytes that cannot grow, add one to the
    // last.
    while (!high.empty() && high.back() == '\xFF') high.pop_back();
    if (high.empty()) {
      high = max;
    } else {
      high.back() = static_cast<char>(static_cast<uint8_t>(high.back()) + 1);
    }
  }
  zone.min = Value(std::move(low));
  zone.max = Value(std::move(high));
}

}  // namespace

ZoneMap compute_zone_map(const DataType& type, const Column& cells) {
  ZoneMap zone;
  const std::optional<PhysicalKind> kind = bound_kind(type);
  const Column* bounded = &cells;
  std::span<const uint8_t> nulls;
  if (cells.kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(cells);
    for (const uint8_t null : nullable.nulls()) zone.null_count += null;
    bounded = nullable.nested().get();
    if (zone.null_count != 0) nulls = nullable.nulls();
  }
  if (!kind) {
    zone.exact = false;
  } else if (*kind == PhysicalKind::String) {
    bound_strings(static_cast<const StringColumn&>(*bounded), nulls, zone);
  } else if (*kind == PhysicalKind::FixedString) {
    bound_strings(static_cast<const FixedStringColumn&>(*bounded), nulls, zone);
  } else {
    dispatch_number(*kind,
                    [&]<class T>() { bound_numbers<T>(values_of<T>(*bounded), nulls, zone); });
  }
  return zone;
}

void put_zone_map(const DataType& type, const ZoneMap& zone, std::string& out) {
  ByteWriter writer(out);
  const bool has_bounds = !zone.min.is_null();
  writer.put_u8(static_cast<uint8_t>((has_bounds ? kHasBounds : 0) | (zone.exact ? kExact : 0)));
  writer.put_varint(zone.null_count);
  writer.put_varint(zone.nan_count);
  if (!has_bounds) return;
  const PhysicalKind kind = *bound_kind(type);
  for (const Value* bound : {&zone.min, &zone.max}) {
    if (!is_number_kind(kind)) {
      writer.put_string(bound->as<std::string>());
      continue;
    }
    dispatch_number(kind, [&]<class T>() {
      const T cell = unboxed<T>(*bound);
      writer.put_bytes({reinterpret_cast<const char*>(&cell), sizeof(T)});
    });
  }
}

ZoneMap get_zone_map(const DataType& type, ByteReader& reader) {
  ZoneMap zone;
  const uint8_t flags = reader.get_u8();
  zone.exact = (flags & kExact) != 0;
  zone.null_count = static_cast<uint32_t>(reader.get_varint());
  zone.nan_count = static_cast<uint32_t>(reader.get_varint());
  if ((flags & kHasBounds) == 0) return zone;
  const std::optional<PhysicalKind> kind = bound_kind(type);
  if (!kind) {
    throw Error(ErrorCode::CorruptedData, "A zone map cannot have bounds of type " + type.name());
  }
  for (Value* bound : {&zone.min, &zone.max}) {
    if (!is_number_kind(*kind)) {
      *bound = Value(std::string(reader.get_string()));
      continue;
    }
    dispatch_number(*kind, [&]<class T>() {
      T cell;
      std::memcpy(&cell, reader.get_bytes(sizeof(T)).data(), sizeof(T));
      *bound = boxed(cell);
    });
  }
  return zone;
}

}  // namespace freshet
