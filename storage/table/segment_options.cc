#include "storage/table/segment_options.h"

#include <algorithm>
#include <charconv>

namespace freshet {

namespace {

constexpr int kZstdLevelMax = 22;

// The number in `ZSTD(3)`; `otherwise` when there is none.
int argument_of(std::string_view codec, int otherwise) {
  const size_t open = codec.find('(');
  if (open == std::string_view::npos) return otherwise;
  int number = otherwise;
  std::from_chars(codec.data() + open + 1, codec.data() + codec.size(), number);
  return number;
}

}  // namespace

CompressionLevel compression_level_of(std::string_view codec) {
  CompressionLevel level = SegmentOptions().compression_level;
  while (!codec.empty()) {
    const size_t end = std::min(codec.find(", "), codec.size());
    const std::string_view method = codec.substr(0, end);
    codec.remove_prefix(std::min(end + 2, codec.size()));
    if (method == "NONE") level = 0;
    if (method.starts_with("LZ4")) level = 1;
    if (method.starts_with("ZSTD"))
      level = 1 + std::clamp(argument_of(method, 1), 1, kZstdLevelMax);
  }
  return level;
}

SegmentOptions segment_options(const TableDefinition& definition, const TableKeys& keys) {
  SegmentOptions options;
  options.skip_indexes = keys.skip_indexes();
  for (const ColumnDefinition& column : definition.columns) {
    if (column.is_stored()) options.column_levels.push_back(compression_level_of(column.codec));
  }
  return options;
}

}  // namespace freshet
