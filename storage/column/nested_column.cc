#include "storage/column/nested_column.h"

#include <cstring>
#include <limits>

#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

uint32_t require_fits(uint64_t elements) {
  if (elements > std::numeric_limits<uint32_t>::max()) {
    throw Error(ErrorCode::TooLargeArraySize,
                "Arrays of one column chunk exceed 4 G elements: " + std::to_string(elements));
  }
  return static_cast<uint32_t>(elements);
}

}  // namespace

Column& ChildColumn::mutate() {
  DCHECK(column_->form() == ColumnForm::Flat);
  if (column_.use_count() > 1) {
    MutableColumnPtr copy = column_->make_empty();
    copy->append(*column_, 0, column_->size());
    column_ = std::move(copy);
  }
  // Columns are never made const: only sharing makes them read-only, and nobody shares this one.
  return const_cast<Column&>(*column_);
}

NullableColumn::NullableColumn(ColumnPtr nested, Buffer<uint8_t> nulls)
    : Column(PhysicalKind::Nullable, ColumnForm::Flat),
      nested_(std::move(nested)),
      nulls_(std::move(nulls)) {
  CHECK(nested_->form() == ColumnForm::Flat && nested_->size() == nulls_.size());
}

bool NullableColumn::has_nulls() const {
  return !nulls_.empty() && std::memchr(nulls_.data(), 1, nulls_.size()) != nullptr;
}

void NullableColumn::truncate(size_t size) {
  nulls_.resize(size);
  if (nested_->size() > size) freshet::truncate(nested_.mutate(), size);
}

ColumnPtr NullableColumn::select(std::span<const RowIndex> rows) const {
  Buffer<uint8_t> nulls(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) nulls[i] = nulls_[rows[i]];
  return std::make_shared<NullableColumn>(nested_->select(rows), std::move(nulls));
}

ColumnPtr NullableColumn::slice(size_t offset, size_t count) const {
  Buffer<uint8_t> nulls(nulls_.begin() + static_cast<ptrdiff_t>(offset),
                        nulls_.begin() + static_cast<ptrdiff_t>(offset + count));
  return std::make_shared<NullableColumn>(nested_->slice(offset, count), std::move(nulls));
}

MutableColumnPtr NullableColumn::make_empty() const {
  return std::make_unique<NullableColumn>(nested_->make_empty(), Buffer<uint8_t>());
}

void NullableColumn::append(const Column& source, size_t offset, size_t count) {
  if (count == 0) return;
  if (source.kind() != PhysicalKind::Nullable) {
    nested_.mutate().append(source, offset, count);
    nulls_.resize(nulls_.size() + count, 0);
    return;
  }
  if (source.form() != ColumnForm::Flat) {
    append(*flat_slice(source, offset, count), 0, count);
    return;
  }
  const auto& from = static_cast<const NullableColumn&>(source);
  nested_.mutate().append(*from.nested_, offset, count);
  const size_t before = nulls_.size();
  nulls_.resize(before + count);
  std::memcpy(nulls_.data() + before, from.nulls_.data() + offset, count);
}

void NullableColumn::append_default(size_t count) {
  nested_.mutate().append_default(count);
  nulls_.resize(nulls_.size() + count, 1);
}

ArrayColumn::ArrayColumn(ColumnPtr elements, Buffer<uint32_t> offsets)
    : Column(PhysicalKind::Array, ColumnForm::Flat),
      elements_(flat(elements)),
      offsets_(std::move(offsets)) {
  CHECK(!offsets_.empty() && offsets_[0] == 0 && offsets_.back() == elements_->size());
}

void ArrayColumn::close_list() { offsets_.push_back(require_fits(elements_->size())); }

void ArrayColumn::truncate(size_t size) {
  offsets_.resize(size + 1);
  freshet::truncate(elements_.mutate(), offsets_[size]);
}

ColumnPtr ArrayColumn::select(std::span<const RowIndex> rows) const {
  Buffer<uint32_t> offsets(rows.size() + 1);
  offsets[0] = 0;
  uint64_t total = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    total += offsets_[rows[i] + 1] - offsets_[rows[i]];
    offsets[i + 1] = static_cast<uint32_t>(total);
  }
  Buffer<RowIndex> element_rows;
  element_rows.reserve(require_fits(total));
  for (const RowIndex row : rows) {
    for (uint32_t element = offsets_[row]; element < offsets_[row + 1]; ++element) {
      element_rows.push_back(element);
    }
  }
  return std::make_shared<ArrayColumn>(elements_->select(element_rows), std::move(offsets));
}

ColumnPtr ArrayColumn::slice(size_t offset, size_t count) const {
  const uint32_t first = offsets_[offset];
  Buffer<uint32_t> offsets(count + 1);
  for (size_t i = 0; i <= count; ++i) offsets[i] = offsets_[offset + i] - first;
  const size_t element_count = offsets[count];
  return std::make_shared<ArrayColumn>(elements_->slice(first, element_count), std::move(offsets));
}

MutableColumnPtr ArrayColumn::make_empty() const {
  return std::make_unique<ArrayColumn>(elements_->make_empty(), Buffer<uint32_t>(1, 0));
}

void ArrayColumn::append(const Column& source, size_t offset, size_t count) {
  CHECK(source.kind() == PhysicalKind::Array);
  if (count == 0) return;
  if (source.form() != ColumnForm::Flat) {
    append(*flat_slice(source, offset, count), 0, count);
    return;
  }
  const auto& from = static_cast<const ArrayColumn&>(source);
  const uint32_t first = from.offsets_[offset];
  const uint32_t element_count = from.offsets_[offset + count] - first;
  require_fits(uint64_t{offsets_.back()} + element_count);
  elements_.mutate().append(*from.elements_, first, element_count);
  const uint32_t shift = offsets_.back() - first;
  const size_t before = offsets_.size();
  offsets_.resize(before + count);
  for (size_t i = 0; i < count; ++i) {
    offsets_[before + i] = from.offsets_[offset + 1 + i] + shift;
  }
}

void ArrayColumn::append_default(size_t count) {
  const uint32_t end = offsets_.back();
  offsets_.resize(offsets_.size() + count, end);
}

TupleColumn::TupleColumn(std::vector<ColumnPtr> elements, size_t size)
    : Column(PhysicalKind::Tuple, ColumnForm::Flat), size_(size) {
  CHECK(!elements.empty());
  elements_.reserve(elements.size());
  for (const ColumnPtr& element : elements) {
    CHECK(element->size() == size);
    elements_.emplace_back(flat(element));
  }
}

size_t TupleColumn::memory_bytes() const {
  size_t bytes = 0;
  for (const ChildColumn& element : elements_) bytes += element->memory_bytes();
  return bytes;
}

void TupleColumn::truncate(size_t size) {
  for (ChildColumn& element : elements_) {
    if (element->size() > size) freshet::truncate(element.mutate(), size);
  }
  size_ = size;
}

ColumnPtr TupleColumn::select(std::span<const RowIndex> rows) const {
  std::vector<ColumnPtr> elements;
  for (const ChildColumn& element : elements_) elements.push_back(element->select(rows));
  return std::make_shared<TupleColumn>(std::move(elements), rows.size());
}

ColumnPtr TupleColumn::slice(size_t offset, size_t count) const {
  std::vector<ColumnPtr> elements;
  for (const ChildColumn& element : elements_) elements.push_back(element->slice(offset, count));
  return std::make_shared<TupleColumn>(std::move(elements), count);
}

MutableColumnPtr TupleColumn::make_empty() const {
  std::vector<ColumnPtr> elements;
  for (const ChildColumn& element : elements_) elements.push_back(element->make_empty());
  return std::make_unique<TupleColumn>(std::move(elements), 0);
}

void TupleColumn::append(const Column& source, size_t offset, size_t count) {
  CHECK(source.kind() == PhysicalKind::Tuple);
  if (count == 0) return;
  if (source.form() != ColumnForm::Flat) {
    append(*flat_slice(source, offset, count), 0, count);
    return;
  }
  const auto& from = static_cast<const TupleColumn&>(source);
  CHECK(from.elements_.size() == elements_.size());
  for (size_t i = 0; i < elements_.size(); ++i) {
    elements_[i].mutate().append(*from.elements_[i], offset, count);
  }
  size_ += count;
}

void TupleColumn::append_default(size_t count) {
  for (ChildColumn& element : elements_) element.mutate().append_default(count);
  size_ += count;
}

}  // namespace freshet
