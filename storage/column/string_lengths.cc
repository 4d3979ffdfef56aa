#include "storage/column/string_lengths.h"

#include <memory>
#include <utility>

#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

Buffer<uint64_t> lengths_of(const StringColumn& strings) {
  Buffer<uint64_t> lengths(strings.size());
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = strings.at(i).size();
  return lengths;
}

}  // namespace

ColumnPtr string_lengths(const Column& strings) {
  switch (strings.form()) {
    case ColumnForm::Constant: {
      const auto& constant = static_cast<const ConstantColumn&>(strings);
      return std::make_shared<ConstantColumn>(string_lengths(*constant.cell()), constant.size());
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(strings);
      const auto& entries = static_cast<const StringColumn&>(*coded.dictionary()->entries);
      const std::span<const uint32_t> codes = coded.codes();
      Buffer<uint64_t> lengths(codes.size());
      for (size_t i = 0; i < codes.size(); ++i) lengths[i] = entries.at(codes[i]).size();
      return make_number_column(std::move(lengths));
    }
    default:
      return make_number_column(lengths_of(static_cast<const StringColumn&>(strings)));
  }
}

}  // namespace freshet
