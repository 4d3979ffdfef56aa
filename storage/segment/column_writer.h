// ColumnWriter encodes one column of a segment, block by block.
//
// A column of any type is a few streams of numbers, strings or fixed-width bytes, in this order:
//
//   numbers             their cells
//   String              its strings; NULL may be one of them
//   FixedString         its bytes
//   Nullable(T)         flags (uint8_t), then the streams of T; Nullable(String) is one stream
//   Array(T), Map       lengths (uint32_t), then the streams of the elements
//   Tuple               the streams of each element
//
// Array(Tuple(UInt32, String)) has three: lengths, numbers, strings. One block of the column is the
// encoded block of each of its streams in a row.
//
// Path:      segment_writer -> ColumnWriter -> storage/codec
// Threads:   one.
// Layout:    docs/formats/segment.md
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/column/column.h"
#include "storage/segment/stored_column.h"
#include "storage/segment/string_dictionary.h"

namespace freshet {

class ColumnWriter {
 public:
  ColumnWriter(DataTypePtr type, CompressionLevel level);

  // Adds cells to the open block. Requires: it has room for them.
  void append(const ColumnPtr& cells, size_t offset, size_t count);
  // Encodes the open block.
  void close_block();

  // Bytes held that write() would let go of.
  size_t writable_bytes() const;
  // Hands every encoded block to `store`, in order, which puts it in the file. Blocks whose strings
  // wait for their dictionary to be complete are left for later.
  using Store = std::function<StoredPlace(std::string_view bytes)>;
  void write(const Store& store);
  // Completes the dictionaries and writes what is left. Requires: called once, last.
  StoredColumn finish(const Store& store);

 private:
  // The encoded blocks of one stream.
  struct Stream {
    std::string bytes;
    std::vector<size_t> ends;                       // of each block in `bytes`
    std::unique_ptr<DictionaryBuilder> dictionary;  // has the blocks instead, while it may pay
    bool nullable = false;                          // of strings

    std::string_view block(size_t index) const {
      const size_t start = index == 0 ? 0 : ends[index - 1];
      return std::string_view(bytes).substr(start, ends[index] - start);
    }
    void close_block() { ends.push_back(bytes.size()); }
  };

  void add_streams(const DataType& type);
  // Encodes a flat column into the streams from `stream` on, which it leaves behind its last.
  void encode(const DataType& type, const Column& cells, size_t& stream);
  void encode_strings(const DataType& type, const Column& cells, Stream& stream);
  void put_plain_strings(const StringColumn& cells, std::span<const uint8_t> nulls, Stream& stream);
  // Encodes the blocks again, without a dictionary.
  void give_up_dictionary(Stream& stream);
  void use_dictionary(Stream& stream);
  bool is_writable() const;

  DataTypePtr type_;
  CompressionLevel level_;
  MutableColumnPtr open_;  // cells of the open block,
  ColumnPtr whole_block_;  // or the one column that has them all
  std::vector<Stream> streams_;
  StoredColumn stored_;
};

}  // namespace freshet
