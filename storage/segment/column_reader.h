// Decodes one block of one column from the bytes that ColumnWriter stored.
//
// Path:      segment_reader -> decode_block -> storage/codec
// Threads:   stateless, any thread.
// Errors:    damage throws CorruptedData or CannotDecompress, without the file's name.
// Layout:    docs/formats/segment.md
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column/coded_column.h"

namespace freshet {

// By stream of the column (column_writer.h); null for streams that have none.
using StreamDictionaries = std::vector<std::shared_ptr<const Dictionary>>;

// How many streams a column of `type` has.
size_t count_streams(const DataType& type);
// Whether the strings of stream `stream` may be NULL.
bool is_nullable_string_stream(const DataType& type, size_t stream);

// With `rows`, only those of the block's `row_count`, which ascend. The column comes in whichever
// form is cheapest; arrays, tuples and nullable columns are made of flat ones.
ColumnPtr decode_block(const DataType& type, std::string_view bytes, size_t row_count,
                       std::optional<std::span<const RowIndex>> rows,
                       const StreamDictionaries& dictionaries);

// Of a block of strings that are not NULL: how long each is, as uint64_t, without reading the
// strings. Requires: `type` is String.
ColumnPtr decode_block_lengths(std::string_view bytes, size_t row_count,
                               std::optional<std::span<const RowIndex>> rows,
                               const StreamDictionaries& dictionaries);

// How each stream of a block is encoded, outermost first: a codec's name (storage/codec/codec.h),
// `dictionary` before it for codes, or the form of strings, and the method of compression on top,
// as in `dictionary bit_packed`, `delta ZSTD`, `plain LZ4`.
std::vector<std::string> block_encodings(const DataType& type, std::string_view bytes,
                                         size_t row_count, const StreamDictionaries& dictionaries);

}  // namespace freshet
