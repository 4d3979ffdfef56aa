#include "storage/column/coded_column.h"

#include "storage/base/check.h"

namespace freshet {

ConstantColumn::ConstantColumn(ColumnPtr cell, size_t size)
    : Column(cell->kind(), ColumnForm::Constant), cell_(std::move(cell)), size_(size) {
  CHECK(cell_->form() == ColumnForm::Flat && cell_->size() == 1);
}

ColumnPtr ConstantColumn::select(std::span<const RowIndex> rows) const {
  return std::make_shared<ConstantColumn>(cell_, rows.size());
}

ColumnPtr ConstantColumn::slice(size_t, size_t count) const {
  return std::make_shared<ConstantColumn>(cell_, count);
}

MutableColumnPtr ConstantColumn::make_empty() const { return cell_->make_empty(); }

void ConstantColumn::append(const Column&, size_t, size_t) { CHECK(form() == ColumnForm::Flat); }
void ConstantColumn::append_default(size_t) { CHECK(form() == ColumnForm::Flat); }

DictionaryColumn::DictionaryColumn(std::shared_ptr<const Dictionary> dictionary,
                                   Buffer<uint32_t> codes)
    : Column(dictionary->entries->kind(), ColumnForm::Dictionary),
      dictionary_(std::move(dictionary)),
      codes_(std::move(codes)) {
  DCHECK(dictionary_->entries->form() == ColumnForm::Flat);
}

ColumnPtr DictionaryColumn::select(std::span<const RowIndex> rows) const {
  Buffer<uint32_t> codes(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) codes[i] = codes_[rows[i]];
  return std::make_shared<DictionaryColumn>(dictionary_, std::move(codes));
}

ColumnPtr DictionaryColumn::slice(size_t offset, size_t count) const {
  const auto begin = codes_.begin() + static_cast<ptrdiff_t>(offset);
  return std::make_shared<DictionaryColumn>(
      dictionary_, Buffer<uint32_t>(begin, begin + static_cast<ptrdiff_t>(count)));
}

MutableColumnPtr DictionaryColumn::make_empty() const { return dictionary_->entries->make_empty(); }

void DictionaryColumn::append(const Column&, size_t, size_t) { CHECK(form() == ColumnForm::Flat); }
void DictionaryColumn::append_default(size_t) { CHECK(form() == ColumnForm::Flat); }

}  // namespace freshet
