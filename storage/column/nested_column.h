// Columns made of columns: NullableColumn, ArrayColumn, TupleColumn. A Map is an Array of Tuple.
// Their children are always flat.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/column.h"

namespace freshet {

// A child column: shared while only read, copied at the first write if somebody else holds it.
class ChildColumn {
 public:
  explicit ChildColumn(ColumnPtr column) : column_(std::move(column)) {}
  const Column& operator*() const { return *column_; }
  const Column* operator->() const { return column_.get(); }
  const ColumnPtr& share() const { return column_; }
  // For the owner, while it fills the parent. Requires: the child is flat.
  Column& mutate();

 private:
  ColumnPtr column_;
};

// nulls[i] = 1: cell i is NULL and the nested cell is the default.
class NullableColumn final : public Column {
 public:
  // Requires: nested->size() == nulls.size(); `nested` is flat.
  NullableColumn(ColumnPtr nested, Buffer<uint8_t> nulls);

  const ColumnPtr& nested() const { return nested_.share(); }
  std::span<const uint8_t> nulls() const { return nulls_; }
  bool has_nulls() const;

  // For the owner: append a cell to mutable_nested(), then its flag here.
  Column& mutable_nested() { return nested_.mutate(); }
  Buffer<uint8_t>& mutable_nulls() { return nulls_; }
  // Drops the cells past the first `size`, also one without its flag.
  void truncate(size_t size);

  size_t size() const override { return nulls_.size(); }
  size_t memory_bytes() const override { return nested_->memory_bytes() + nulls_.capacity(); }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  // `source` may also be a column of the nested kind: its cells are not NULL.
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  ChildColumn nested_;
  Buffer<uint8_t> nulls_;
};

// List i is elements [offsets[i], offsets[i + 1]); one offset more than lists, the first is 0.
class ArrayColumn final : public Column {
 public:
  // Flattens `elements`. Requires: offsets.size() >= 1, offsets[0] == 0,
  // offsets.back() == elements->size().
  ArrayColumn(ColumnPtr elements, Buffer<uint32_t> offsets);

  const ColumnPtr& elements() const { return elements_.share(); }
  std::span<const uint32_t> offsets() const { return offsets_; }

  // For the owner: append elements, then close the list.
  Column& mutable_elements() { return elements_.mutate(); }
  void close_list();
  // Drops the lists past the first `size`, and elements of a list that was not closed.
  void truncate(size_t size);

  size_t size() const override { return offsets_.size() - 1; }
  size_t memory_bytes() const override {
    return elements_->memory_bytes() + offsets_.capacity() * sizeof(uint32_t);
  }
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  ChildColumn elements_;
  Buffer<uint32_t> offsets_;
};

class TupleColumn final : public Column {
 public:
  // Flattens `elements`. Requires: at least one element column; all of `size` rows.
  TupleColumn(std::vector<ColumnPtr> elements, size_t size);

  size_t element_count() const { return elements_.size(); }
  const ColumnPtr& element(size_t index) const { return elements_[index].share(); }

  // For the owner: append one cell to each element, then count the row.
  Column& mutable_element(size_t index) { return elements_[index].mutate(); }
  void close_row() { ++size_; }
  // Drops the rows past the first `size`, also one that was not closed.
  void truncate(size_t size);

  size_t size() const override { return size_; }
  size_t memory_bytes() const override;
  ColumnPtr select(std::span<const RowIndex> rows) const override;
  ColumnPtr slice(size_t offset, size_t count) const override;
  MutableColumnPtr make_empty() const override;
  void append(const Column& source, size_t offset, size_t count) override;
  void append_default(size_t count) override;

 private:
  std::vector<ChildColumn> elements_;
  size_t size_;
};

}  // namespace freshet
