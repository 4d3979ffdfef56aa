// The two forms that repeat cells without repeating bytes: ConstantColumn and DictionaryColumn.
//
// Their kind() is the kind of the cells they stand for.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/column.h"

namespace freshet {

class ConstantColumn final : public Column {
 public:
  // Requires: cell->size() == 1 and `cell` is flat.
  ConstantColumn(ColumnPtr cell, size_t size);

  const ColumnPtr& cell() const { return cell_; }

  size_t size() const override { return size_; }
  size_t memory_bytes() const override { return cell_->memory_bytes(); }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  ColumnPtr cell_;
  size_t size_;
};

// Distinct entries shared by many columns: those of one segment's column, say.
struct Dictionary {
  ColumnPtr entries;             // flat, no two equal; NULL may be one of them
  std::vector<uint64_t> hashes;  // hash_cell() of each entry, or empty when not kept
  bool sorted = false;           // entries ascend by compare_cells, so codes compare like cells
};

class DictionaryColumn final : public Column {
 public:
  // Requires: every code < dictionary->entries->size().
  DictionaryColumn(std::shared_ptr<const Dictionary> dictionary, Buffer<uint32_t> codes);

  const std::shared_ptr<const Dictionary>& dictionary() const { return dictionary_; }
  std::span<const uint32_t> codes() const { return codes_; }

  size_t size() const override { return codes_.size(); }
  size_t memory_bytes() const override { return codes_.capacity() * sizeof(uint32_t); }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  std::shared_ptr<const Dictionary> dictionary_;
  Buffer<uint32_t> codes_;
};

}  // namespace freshet
