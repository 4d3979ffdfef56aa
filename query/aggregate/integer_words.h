// Cells of whole numbers of up to 64 bits as words, and back: keys of sets and counters.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "storage/base/buffer.h"
#include "storage/column/number_column.h"

namespace freshet {

inline bool is_integer_word(PhysicalKind kind) {
  return is_number_kind(kind) && kind != PhysicalKind::I128 && kind != PhysicalKind::U128 &&
         kind != PhysicalKind::F32 && kind != PhysicalKind::F64;
}

// Requires: is_integer_word(column.kind()), here and below; `column` is flat.
inline Buffer<uint64_t> integer_words(const Column& column) {
  Buffer<uint64_t> words(column.size());
  dispatch_number(column.kind(), [&]<class T>() {
    const std::span<const T> cells = values_of<T>(column);
    for (size_t i = 0; i < words.size(); ++i) words[i] = static_cast<uint64_t>(cells[i]);
  });
  return words;
}

inline void append_integer_word(uint64_t word, Column& column) {
  dispatch_number(column.kind(), [&]<class T>() {
    static_cast<NumberColumn<T>&>(column).mutable_values().push_back(static_cast<T>(word));
  });
}

}  // namespace freshet
