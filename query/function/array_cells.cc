#include "query/function/array_cells.h"

#include "query/function/truth.h"

namespace freshet {

ColumnPtr join_cells(const ColumnPtr& first, const ColumnPtr& second) {
  MutableColumnPtr joined = first->make_empty();
  joined->append(*first, 0, first->size());
  joined->append(*second, 0, second->size());
  return joined;
}

const DataTypePtr& element_of(std::string_view function, FunctionArguments arguments,
                              size_t index) {
  if (arguments[index].type->id() != TypeId::Array) throw_illegal_type(function, arguments, index);
  return arguments[index].type->argument(0);
}

Buffer<uint8_t> element_truth(const Column& elements) {
  return read_condition(elements, elements.size());
}

}  // namespace freshet
