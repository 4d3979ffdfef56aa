#include "storage/segment/stored_column.h"

#include "storage/base/error.h"

namespace freshet {

namespace {

template <class Integer>
bool bounds_ascend_as(const std::vector<ZoneMap>& zones) {
  const auto get = [](const Value& value) { return std::get_if<Integer>(&value.cell); };
  const Integer* min = nullptr;
  const Integer* max = nullptr;
  for (const ZoneMap& zone : zones) {
    const Integer* next_min = get(zone.min);
    const Integer* next_max = get(zone.max);
    if (next_min == nullptr || next_max == nullptr) return false;
    if (min != nullptr && (*next_min < *min || *next_max < *max)) return false;
    min = next_min;
    max = next_max;
  }
  return true;
}

bool bounds_ascend(const std::vector<ZoneMap>& zones) {
  return bounds_ascend_as<uint64_t>(zones) || bounds_ascend_as<int64_t>(zones);
}

}  // namespace

void put_place(const StoredPlace& place, ByteWriter& writer) {
  writer.put_u64(place.offset);
  writer.put_varint(place.bytes);
  writer.put_u64(place.checksum);
}

StoredPlace get_place(ByteReader& reader, uint64_t data_end) {
  StoredPlace place;
  place.offset = reader.get_u64();
  place.bytes = reader.get_varint();
  place.checksum = reader.get_u64();
  if (place.offset < kSegmentHeaderBytes || place.offset > data_end ||
      place.bytes > data_end - place.offset) {
    throw Error(ErrorCode::CorruptedData, "The footer names " + std::to_string(place.bytes) +
                                              " bytes outside of the file's data, at offset " +
                                              std::to_string(place.offset));
  }
  return place;
}

uint64_t StoredColumn::encoded_bytes() const {
  uint64_t bytes = 0;
  for (const StoredPlace& block : blocks) bytes += block.bytes;
  for (const DictionaryPlace& dictionary : dictionaries) bytes += dictionary.place.bytes;
  return bytes;
}

void put_stored_column(const DataType& type, const StoredColumn& column, std::string& out) {
  ByteWriter writer(out);
  for (size_t block = 0; block < column.blocks.size(); ++block) {
    put_place(column.blocks[block], writer);
    put_zone_map(type, column.zones[block], out);
  }
  writer.put_varint(column.dictionaries.size());
  for (const DictionaryPlace& dictionary : column.dictionaries) {
    writer.put_varint(dictionary.stream);
    put_place(dictionary.place, writer);
  }
}

StoredColumn get_stored_column(const DataType& type, std::string_view bytes, size_t block_count,
                               uint64_t data_end) {
  ByteReader reader(bytes);
  StoredColumn column;
  reader.require_elements(block_count, 17);
  column.blocks.reserve(block_count);
  column.zones.reserve(block_count);
  for (size_t block = 0; block < block_count; ++block) {
    column.blocks.push_back(get_place(reader, data_end));
    column.zones.push_back(get_zone_map(type, reader));
  }
  column.ascends = bounds_ascend(column.zones);
  const uint64_t dictionary_count = reader.get_varint();
  for (uint64_t i = 0; i < dictionary_count; ++i) {
    DictionaryPlace& dictionary = column.dictionaries.emplace_back();
    dictionary.stream = static_cast<uint32_t>(reader.get_varint());
    dictionary.place = get_place(reader, data_end);
  }
  if (!reader.at_end()) {
    throw Error(ErrorCode::CorruptedData, "The footer's part about a column has left-over bytes: " +
                                              std::to_string(reader.remaining()));
  }
  return column;
}

}  // namespace freshet
