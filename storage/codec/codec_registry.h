// The one table of number codecs, and the choice among them.
#pragma once

#include <span>

#include "storage/codec/codec.h"

namespace freshet {

// Every codec of cells of U's width, in the order of preference among equals.
template <class U>
std::span<const NumberCodec<U>> number_codecs();

// Throws CorruptedData when there is none with that id.
template <class U>
const NumberCodec<U>& find_number_codec(CodecId id);

// The codec with the fewest weighed bytes for a block. May fill `statistics.distinct`
// and `statistics.decimal`.
template <class U>
const NumberCodec<U>& choose_number_codec(std::span<const U> cells, CellKind kind,
                                          CellStatistics<U>& statistics);

}  // namespace freshet
