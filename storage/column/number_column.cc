#include "storage/column/number_column.h"

#include <algorithm>
#include <cstring>

#include "storage/column/coded_column.h"

namespace freshet {

namespace {

template <class T>
void gather(std::span<const T> source, std::span<const RowIndex> rows, T* target) {
  const T* values = source.data();
  for (size_t i = 0; i < rows.size(); ++i) target[i] = values[rows[i]];
}

}  // namespace

template <class T>
ColumnPtr NumberColumn<T>::select(std::span<const RowIndex> rows) const {
  Buffer<T> out(rows.size());
  gather<T>(values_, rows, out.data());
  return make_number_column(std::move(out));
}

template <class T>
ColumnPtr NumberColumn<T>::slice(size_t offset, size_t count) const {
  DCHECK(offset + count <= values_.size());
  Buffer<T> out(count);
  if (count > 0) std::memcpy(out.data(), values_.data() + offset, count * sizeof(T));
  return make_number_column(std::move(out));
}

template <class T>
MutableColumnPtr NumberColumn<T>::make_empty() const {
  return std::make_unique<NumberColumn<T>>();
}

template <class T>
void NumberColumn<T>::append(const Column& source, size_t offset, size_t count) {
  CHECK(source.kind() == kKind);
  DCHECK(offset + count <= source.size());
  if (count == 0) return;
  const size_t before = values_.size();
  values_.resize(before + count);
  T* target = values_.data() + before;
  switch (source.form()) {
    case ColumnForm::Flat:
      std::memcpy(target, static_cast<const NumberColumn&>(source).values_.data() + offset,
                  count * sizeof(T));
      break;
    case ColumnForm::Constant: {
      const auto& constant = static_cast<const ConstantColumn&>(source);
      std::fill_n(target, count, values_of<T>(*constant.cell())[0]);
      break;
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(source);
      gather(values_of<T>(*coded.dictionary()->entries), coded.codes().subspan(offset, count),
             target);
      break;
    }
  }
}

template <class T>
void NumberColumn<T>::append_default(size_t count) {
  values_.resize(values_.size() + count, T{});
}

template class NumberColumn<uint8_t>;
template class NumberColumn<uint16_t>;
template class NumberColumn<uint32_t>;
template class NumberColumn<uint64_t>;
template class NumberColumn<int8_t>;
template class NumberColumn<int16_t>;
template class NumberColumn<int32_t>;
template class NumberColumn<int64_t>;
template class NumberColumn<Int128>;
template class NumberColumn<UInt128>;
template class NumberColumn<float>;
template class NumberColumn<double>;

}  // namespace freshet
