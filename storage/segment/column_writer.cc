#include "storage/segment/column_writer.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_stream.h"
#include "storage/codec/string_stream.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr unsigned kFixedStringSavingPercentMin = 10;

template <class T>
constexpr CellKind kCellKind = std::is_floating_point_v<T> ? CellKind::Float
                               : static_cast<T>(-1) < T{0} ? CellKind::Signed
                                                           : CellKind::Unsigned;

}  // namespace

ColumnWriter::ColumnWriter(DataTypePtr type, CompressionLevel level)
    : type_(std::move(type)), level_(level), open_(make_column(*type_)) {
  add_streams(*type_);
}

void ColumnWriter::add_streams(const DataType& type) {
  const bool is_low_cardinality = type.id() == TypeId::LowCardinality;
  const DataType& cells = is_low_cardinality ? *type.argument(0) : type;
  const bool nullable = cells.kind() == PhysicalKind::Nullable;
  const DataType& inner = nullable ? *cells.argument(0) : cells;
  if (inner.kind() == PhysicalKind::String) {
    Stream& stream = streams_.emplace_back();
    stream.nullable = nullable;
    // States of aggregate functions hardly repeat.
    if (inner.id() == TypeId::AggregateFunction) return;
    stream.dictionary = std::make_unique<DictionaryBuilder>(
        is_low_cardinality ? kLowCardinalityLimits : kStringDictionaryLimits, nullable);
    return;
  }
  switch (cells.kind()) {
    case PhysicalKind::Nullable:
      streams_.emplace_back();
      add_streams(inner);
      return;
    case PhysicalKind::Array:
      streams_.emplace_back();
      for (const DataTypePtr& argument : cells.arguments()) add_streams(*argument);
      return;
    case PhysicalKind::Tuple:
      for (const DataTypePtr& argument : cells.arguments()) add_streams(*argument);
      return;
    default:
      streams_.emplace_back();
  }
}

void ColumnWriter::append(const ColumnPtr& cells, size_t offset, size_t count) {
  CHECK(whole_block_ == nullptr && open_->size() + count <= kBlockRows);
  if (open_->size() == 0 && offset == 0 && count == kBlockRows && cells->size() == count &&
      cells->kind() == open_->kind()) {
    whole_block_ = cells;
    return;
  }
  open_->append(*cells, offset, count);
}

void ColumnWriter::close_block() {
  ColumnPtr block;
  if (whole_block_ != nullptr) {
    block = flat(std::exchange(whole_block_, nullptr));
  } else {
    MutableColumnPtr next = open_->make_empty();
    block = std::exchange(open_, std::move(next));
  }
  stored_.zones.push_back(compute_zone_map(*type_, *block));
  size_t stream = 0;
  encode(*type_, *block, stream);
  CHECK(stream == streams_.size());
}

void ColumnWriter::encode(const DataType& type, const Column& cells, size_t& next) {
  if (type.id() == TypeId::LowCardinality) return encode(*type.argument(0), cells, next);
  Stream& stream = streams_[next];
  switch (type.kind()) {
    case PhysicalKind::String:
      ++next;
      encode_strings(type, cells, stream);
      return;
    case PhysicalKind::Nullable: {
      ++next;
      if (type.argument(0)->kind() == PhysicalKind::String) {
        encode_strings(type, cells, stream);
        return;
      }
      const auto& nullable = static_cast<const NullableColumn&>(cells);
      put_number_stream<uint8_t>(nullable.nulls(), CellKind::Unsigned, level_, stream.bytes);
      stream.close_block();
      encode(*type.argument(0), *nullable.nested(), next);
      return;
    }
    case PhysicalKind::FixedString:
      ++next;
      put_byte_stream(static_cast<const FixedStringColumn&>(cells).bytes(), level_,
                      kFixedStringSavingPercentMin, stream.bytes);
      stream.close_block();
      return;
    case PhysicalKind::Array: {
      ++next;
      const auto& array = static_cast<const ArrayColumn&>(cells);
      Buffer<uint32_t> lengths(array.size());
      for (size_t i = 0; i < lengths.size(); ++i) {
        lengths[i] = array.offsets()[i + 1] - array.offsets()[i];
      }
      put_number_stream<uint32_t>(lengths, CellKind::Unsigned, level_, stream.bytes);
      stream.close_block();
      if (type.id() == TypeId::Array) {
        encode(*type.argument(0), *array.elements(), next);
        return;
      }
      const auto& pairs = static_cast<const TupleColumn&>(*array.elements());
      for (size_t i = 0; i < 2; ++i) encode(*type.argument(i), *flat(pairs.element(i)), next);
      return;
    }
    case PhysicalKind::Tuple: {
      const auto& tuple = static_cast<const TupleColumn&>(cells);
      for (size_t i = 0; i < tuple.element_count(); ++i) {
        encode(*type.argument(i), *flat(tuple.element(i)), next);
      }
      return;
    }
    default:
      ++next;
      dispatch_number(type.kind(), [&]<class T>() {
        const std::span<const T> values = values_of<T>(cells);
        const std::span words(reinterpret_cast<const Word<T>*>(values.data()), values.size());
        put_number_stream<Word<T>>(words, kCellKind<T>, level_, stream.bytes);
      });
      stream.close_block();
  }
}

void ColumnWriter::encode_strings(const DataType& type, const Column& cells, Stream& stream) {
  std::span<const uint8_t> nulls;
  const Column* strings = &cells;
  if (type.kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(cells);
    nulls = nullable.nulls();
    strings = nullable.nested().get();
  }
  const auto& text = static_cast<const StringColumn&>(*strings);
  if (stream.dictionary == nullptr) return put_plain_strings(text, nulls, stream);
  stream.dictionary->add_block(text, nulls);
  if (stream.dictionary->is_too_large()) give_up_dictionary(stream);
}

void ColumnWriter::put_plain_strings(const StringColumn& cells, std::span<const uint8_t> nulls,
                                     Stream& stream) {
  if (stream.nullable) put_number_stream<uint8_t>(nulls, CellKind::Unsigned, level_, stream.bytes);
  put_string_stream(cells.offsets(), cells.bytes(), level_, stream.bytes);
  stream.close_block();
}

void ColumnWriter::give_up_dictionary(Stream& stream) {
  const std::unique_ptr<DictionaryBuilder> dictionary = std::move(stream.dictionary);
  for (size_t block = 0; block < dictionary->block_count(); ++block) {
    StringColumn cells;
    Buffer<uint8_t> nulls;
    dictionary->restore_block(block, cells, nulls);
    put_plain_strings(cells, nulls, stream);
  }
}

void ColumnWriter::use_dictionary(Stream& stream) {
  stream.dictionary->sort();
  for (size_t block = 0; block < stream.dictionary->block_count(); ++block) {
    const Buffer<uint32_t> codes = stream.dictionary->sorted_codes(block);
    put_number_stream<uint32_t>(codes, CellKind::Unsigned, level_, stream.bytes);
    stream.close_block();
  }
}

bool ColumnWriter::is_writable() const {
  for (const Stream& stream : streams_) {
    if (stream.dictionary != nullptr && stream.dictionary->block_count() > 0) return false;
  }
  return true;
}

size_t ColumnWriter::writable_bytes() const {
  if (!is_writable()) return 0;
  size_t bytes = 0;
  for (const Stream& stream : streams_) bytes += stream.bytes.size();
  return bytes;
}

void ColumnWriter::write(const Store& store) {
  if (!is_writable()) return;
  std::string joined;
  for (size_t block = 0; block < streams_[0].ends.size(); ++block) {
    std::string_view bytes = streams_[0].block(block);
    if (streams_.size() > 1) {
      joined.clear();
      for (const Stream& stream : streams_) joined.append(stream.block(block));
      bytes = joined;
    }
    stored_.blocks.push_back(store(bytes));
  }
  for (Stream& stream : streams_) {
    stream.bytes = std::string();
    stream.ends.clear();
  }
}

StoredColumn ColumnWriter::finish(const Store& store) {
  std::vector<std::pair<uint32_t, std::string>> dictionaries;
  for (size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    if (stream.dictionary == nullptr) continue;
    if (!stream.dictionary->pays()) {
      give_up_dictionary(stream);
      continue;
    }
    use_dictionary(stream);
    dictionaries.emplace_back(static_cast<uint32_t>(i), stream.dictionary->encode(level_));
    stream.dictionary.reset();
  }
  write(store);
  for (const auto& [stream, bytes] : dictionaries) {
    stored_.dictionaries.push_back({stream, store(bytes)});
  }
  return std::move(stored_);
}

}  // namespace freshet
