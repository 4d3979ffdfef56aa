// StringColumn: offsets into one run of bytes. FixedStringColumn: cells of equal width.
#pragma once

#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "storage/base/buffer.h"
#include "storage/base/short_bytes.h"
#include "storage/column/column.h"

namespace freshet {

// Throws TooLargeStringSize: so many bytes of one column's strings are too many.
[[noreturn]] void throw_too_large_strings(uint64_t bytes);
inline void require_strings_fit(uint64_t bytes) {
  if (bytes > std::numeric_limits<uint32_t>::max()) [[unlikely]]
    throw_too_large_strings(bytes);
}

// Cell i is bytes [offsets[i], offsets[i + 1]): there is one offset more than cells, and the first
// is 0. Bytes are arbitrary, not necessarily UTF-8. One column holds less than 4 GiB.
class StringColumn final : public Column {
 public:
  StringColumn();
  // Requires: offsets.size() >= 1, offsets[0] == 0, offsets.back() == bytes.size().
  StringColumn(Buffer<uint32_t> offsets, Buffer<char> bytes);

  std::string_view at(size_t row) const {
    return {bytes_.data() + offsets_[row], offsets_[row + 1] - offsets_[row]};
  }
  std::span<const uint32_t> offsets() const { return offsets_; }
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

  // For the owner, while it fills the column. Throws TooLargeStringSize past 4 GiB.
  void append_string(std::string_view text) {
    append_bytes(bytes_, text);
    close_cell();
  }
  // For writers that put bytes first: append to mutable_bytes(), then close the cell.
  Buffer<char>& mutable_bytes() { return bytes_; }
  void close_cell() {
    require_strings_fit(bytes_.size());
    offsets_.push_back(static_cast<uint32_t>(bytes_.size()));
  }
  void reserve(size_t cells, size_t bytes);
  // Drops the cells past the first `size`, and bytes of a cell that was not closed.
  void truncate(size_t size);

  size_t size() const override { return offsets_.size() - 1; }
  size_t memory_bytes() const override {
    return offsets_.capacity() * sizeof(uint32_t) + bytes_.capacity();
  }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  Buffer<uint32_t> offsets_;
  Buffer<char> bytes_;
};

class FixedStringColumn final : public Column {
 public:
  explicit FixedStringColumn(size_t cell_bytes);
  // Requires: bytes.size() is a multiple of cell_bytes.
  FixedStringColumn(size_t cell_bytes, Buffer<char> bytes);

  size_t cell_bytes() const { return cell_bytes_; }
  std::string_view at(size_t row) const { return {bytes_.data() + row * cell_bytes_, cell_bytes_}; }
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

  // Pads with zero bytes. Throws TooLargeStringSize when `text` is longer than a cell.
  void append_string(std::string_view text);
  // Drops the cells past the first `size`.
  void truncate(size_t size) { bytes_.resize(size * cell_bytes_); }

  size_t size() const override { return bytes_.size() / cell_bytes_; }
  size_t memory_bytes() const override { return bytes_.capacity(); }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  size_t cell_bytes_;
  Buffer<char> bytes_;
};

}  // namespace freshet
