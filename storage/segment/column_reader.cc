#include "storage/segment/column_reader.h"

#include <algorithm>
#include <utility>

#include "storage/base/error.h"
#include "storage/codec/cell_statistics.h"
#include "storage/codec/number_stream.h"
#include "storage/codec/string_stream.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "storage/column/string_lengths.h"

namespace freshet {

namespace {

using Rows = std::optional<std::span<const RowIndex>>;

// Calls `visit(nullable)` for each stream of strings and `visit(nothing)` for each other stream.
template <class Visit>
void visit_streams(const DataType& type, const Visit& visit) {
  if (type.id() == TypeId::LowCardinality) return visit_streams(*type.argument(0), visit);
  switch (type.kind()) {
    case PhysicalKind::String:
      visit(std::optional<bool>(false));
      return;
    case PhysicalKind::Nullable:
      if (type.argument(0)->kind() == PhysicalKind::String) {
        visit(std::optional<bool>(true));
        return;
      }
      visit(std::optional<bool>());
      return visit_streams(*type.argument(0), visit);
    case PhysicalKind::Array:
      visit(std::optional<bool>());
      [[fallthrough]];
    case PhysicalKind::Tuple:
      for (const DataTypePtr& argument : type.arguments()) visit_streams(*argument, visit);
      return;
    default:
      visit(std::optional<bool>());
  }
}

class BlockDecoder {
 public:
  // `encodings` is told of each stream; may be null.
  BlockDecoder(std::string_view bytes, const StreamDictionaries& dictionaries,
               std::vector<std::string>* encodings = nullptr)
      : reader_(bytes), dictionaries_(dictionaries), encodings_(encodings) {}

  ColumnPtr decode(const DataType& type, size_t count, Rows rows) {
    if (type.id() == TypeId::LowCardinality) return decode(*type.argument(0), count, rows);
    switch (type.kind()) {
      case PhysicalKind::String:
        return decode_strings(count, rows, false);
      case PhysicalKind::Nullable:
        if (type.argument(0)->kind() == PhysicalKind::String) {
          return decode_strings(count, rows, true);
        }
        return decode_nullable(type, count, rows);
      case PhysicalKind::FixedString:
        return decode_fixed_strings(cell_bytes(type), count, rows);
      case PhysicalKind::Array:
        return decode_array(type, count, rows);
      case PhysicalKind::Tuple: {
        std::vector<ColumnPtr> elements;
        for (const DataTypePtr& argument : type.arguments()) {
          elements.push_back(flat(decode(*argument, count, rows)));
        }
        return std::make_shared<TupleColumn>(std::move(elements), row_count(count, rows));
      }
      default:
        return dispatch_number(type.kind(),
                               [&]<class T>() { return decode_numbers<T>(count, rows); });
    }
  }

  // Of a column of type String.
  ColumnPtr decode_lengths(size_t count, Rows rows) {
    const std::shared_ptr<const Dictionary>& dictionary = dictionaries_[stream_++];
    if (dictionary != nullptr) return string_lengths(*decode_codes(dictionary, count, rows));
    StringStream stream = StringStream::get(reader_, count);
    if (stream.is_constant() && row_count(count, rows) > 0) {
      auto cell = make_number_column(stream.decode_lengths(first_row()));
      return std::make_shared<ConstantColumn>(std::move(cell), row_count(count, rows));
    }
    return make_number_column(stream.decode_lengths(rows));
  }

  void expect_end() const {
    if (reader_.at_end()) return;
    throw Error(ErrorCode::CorruptedData,
                "Bytes are left over: " + std::to_string(reader_.remaining()));
  }

 private:
  static size_t row_count(size_t count, Rows rows) { return rows ? rows->size() : count; }

  void note_encoding(std::string name, Compression method) {
    if (encodings_ == nullptr) return;
    if (method == Compression::Lz4) name += " LZ4";
    if (method == Compression::Zstd) name += " ZSTD";
    encodings_->push_back(std::move(name));
  }

  template <class U>
  NumberStream<U> get_numbers(size_t count, const char* of = "") {
    auto stream = NumberStream<U>::get(reader_, count);
    note_encoding(of + std::string(stream.codec_name()), stream.method());
    return stream;
  }

  template <class T>
  ColumnPtr decode_numbers(size_t count, Rows rows) {
    ++stream_;
    auto stream = get_numbers<Word<T>>(count);
    if (stream.is_constant() && row_count(count, rows) > 0) {
      return std::make_shared<ConstantColumn>(decode_words<T>(stream, first_row()),
                                              row_count(count, rows));
    }
    return decode_words<T>(stream, rows);
  }

  template <class T>
  static ColumnPtr decode_words(NumberStream<Word<T>>& stream, Rows rows) {
    Buffer<T> cells(row_count(stream.count(), rows));
    auto* words = reinterpret_cast<Word<T>*>(cells.data());
    if (rows) {
      stream.decode_selected(*rows, words);
    } else {
      stream.decode({words, cells.size()});
    }
    return make_number_column<T>(std::move(cells));
  }

  static Rows first_row() {
    static constexpr RowIndex kFirst[] = {0};
    return kFirst;
  }

  ColumnPtr decode_nullable(const DataType& type, size_t count, Rows rows) {
    const ColumnPtr flags = decode_numbers<uint8_t>(count, rows);
    const ColumnPtr nested = decode(*type.argument(0), count, rows);
    if (flags->form() == ColumnForm::Constant && nested->form() == ColumnForm::Constant) {
      const auto& flag = static_cast<const ConstantColumn&>(*flags).cell();
      const auto& cell = static_cast<const ConstantColumn&>(*nested).cell();
      return std::make_shared<ConstantColumn>(join_nulls(cell, flag), flags->size());
    }
    return join_nulls(flat(nested), flat(flags));
  }

  static ColumnPtr join_nulls(ColumnPtr nested, const ColumnPtr& flags) {
    const std::span<const uint8_t> values = values_of<uint8_t>(*flags);
    return std::make_shared<NullableColumn>(std::move(nested),
                                            Buffer<uint8_t>(values.begin(), values.end()));
  }

  // The strings of a column, flat but for the outermost level.
  ColumnPtr decode_strings(size_t count, Rows rows, bool nullable) {
    const std::shared_ptr<const Dictionary>& dictionary = dictionaries_[stream_++];
    if (dictionary != nullptr) return decode_codes(dictionary, count, rows);
    if (!nullable) return decode_plain_strings(count, rows);
    auto flags = get_numbers<uint8_t>(count);
    const ColumnPtr nulls = decode_words<uint8_t>(flags, rows);
    return join_nulls(flat(decode_plain_strings(count, rows)), nulls);
  }

  ColumnPtr decode_codes(const std::shared_ptr<const Dictionary>& dictionary, size_t count,
                         Rows rows) {
    auto stream = get_numbers<uint32_t>(count, "dictionary ");
    const size_t cell_count = row_count(count, rows);
    if (stream.is_constant() && cell_count > 0) {
      uint32_t code;
      stream.decode_selected(*first_row(), &code);
      require_codes({&code, 1}, *dictionary);
      return std::make_shared<ConstantColumn>(dictionary->entries->select({&code, 1}), cell_count);
    }
    Buffer<uint32_t> codes(cell_count);
    if (rows) {
      stream.decode_selected(*rows, codes.data());
    } else {
      stream.decode(codes);
    }
    require_codes(codes, *dictionary);
    return std::make_shared<DictionaryColumn>(dictionary, std::move(codes));
  }

  static void require_codes(std::span<const uint32_t> codes, const Dictionary& dictionary) {
    // The sign of (count - 1 - code) shows a code that is too large, without a branch per row.
    // A dictionary has far fewer than 2^31 entries; a larger code shows by its own top bit.
    const auto count = static_cast<uint32_t>(dictionary.entries->size());
    uint32_t signs = 0;
    for (const uint32_t code : codes) signs |= (count - 1 - code) | code;
    if (signs >> 31 == 0) return;
    throw Error(ErrorCode::CorruptedData,
                "A code is not below the count of dictionary entries: " + std::to_string(count));
  }

  ColumnPtr decode_plain_strings(size_t count, Rows rows) {
    StringStream stream = StringStream::get(reader_, count);
    note_encoding(stream.form() == StringForm::Distinct ? "distinct" : "plain", stream.method());
    const size_t cell_count = row_count(count, rows);
    if (stream.is_constant() && cell_count > 0) {
      auto cell = std::make_shared<StringColumn>();
      cell->append_string(stream.constant());
      return std::make_shared<ConstantColumn>(std::move(cell), cell_count);
    }
    DecodedStrings strings = rows ? stream.decode_selected(*rows) : stream.decode();
    return std::make_shared<StringColumn>(std::move(strings.offsets), std::move(strings.bytes));
  }

  ColumnPtr decode_fixed_strings(size_t width, size_t count, Rows rows) {
    ++stream_;
    ByteStream stream = ByteStream::get(reader_);
    note_encoding("plain", stream.method());
    if (stream.raw_bytes() != count * width) {
      throw Error(ErrorCode::CorruptedData, std::to_string(count) + " cells of " +
                                                std::to_string(width) + " bytes cannot take " +
                                                std::to_string(stream.raw_bytes()));
    }
    Buffer<char> bytes(row_count(count, rows) * width);
    if (!rows) {
      stream.decode(bytes.data());
    } else {
      char* out = bytes.data();
      for (const RowIndex row : *rows) {
        const std::string_view cell = stream.range(row * width, width);
        out = std::copy(cell.begin(), cell.end(), out);
      }
    }
    return std::make_shared<FixedStringColumn>(width, std::move(bytes));
  }

  ColumnPtr decode_array(const DataType& type, size_t count, Rows rows) {
    ++stream_;
    Buffer<uint32_t> starts(count + 1);
    starts[0] = 0;
    get_numbers<uint32_t>(count).decode(std::span(starts).subspan(1));
    uint64_t element_count = 0;
    for (uint32_t& start : std::span(starts).subspan(1)) {
      element_count += start;
      start = static_cast<uint32_t>(element_count);
    }
    if (element_count > UINT32_MAX) {
      throw Error(ErrorCode::CorruptedData,
                  "Arrays have too many elements: " + std::to_string(element_count));
    }
    if (!rows) {
      ColumnPtr elements = decode_elements(type, element_count, std::nullopt);
      return std::make_shared<ArrayColumn>(std::move(elements), std::move(starts));
    }
    Buffer<uint32_t> offsets(1, 0);
    Buffer<RowIndex> element_rows;
    for (const RowIndex row : *rows) {
      for (uint32_t i = starts[row]; i < starts[row + 1]; ++i) element_rows.push_back(i);
      offsets.push_back(static_cast<uint32_t>(element_rows.size()));
    }
    ColumnPtr elements = decode_elements(type, element_count, element_rows);
    return std::make_shared<ArrayColumn>(std::move(elements), std::move(offsets));
  }

  ColumnPtr decode_elements(const DataType& type, size_t count, Rows rows) {
    if (type.id() == TypeId::Array) return flat(decode(*type.argument(0), count, rows));
    std::vector<ColumnPtr> pair;
    for (const DataTypePtr& argument : type.arguments()) {
      pair.push_back(flat(decode(*argument, count, rows)));
    }
    return std::make_shared<TupleColumn>(std::move(pair), row_count(count, rows));
  }

  ByteReader reader_;
  const StreamDictionaries& dictionaries_;
  std::vector<std::string>* encodings_;
  size_t stream_ = 0;
};

}  // namespace

size_t count_streams(const DataType& type) {
  size_t count = 0;
  visit_streams(type, [&](std::optional<bool>) { ++count; });
  return count;
}

bool is_nullable_string_stream(const DataType& type, size_t stream) {
  size_t index = 0;
  bool result = false;
  visit_streams(type, [&](std::optional<bool> nullable) {
    if (index++ == stream) result = nullable.value_or(false);
  });
  return result;
}

ColumnPtr decode_block(const DataType& type, std::string_view bytes, size_t row_count,
                       std::optional<std::span<const RowIndex>> rows,
                       const StreamDictionaries& dictionaries) {
  BlockDecoder decoder(bytes, dictionaries);
  ColumnPtr column = decoder.decode(type, row_count, rows);
  decoder.expect_end();
  return column;
}

ColumnPtr decode_block_lengths(std::string_view bytes, size_t row_count,
                               std::optional<std::span<const RowIndex>> rows,
                               const StreamDictionaries& dictionaries) {
  BlockDecoder decoder(bytes, dictionaries);
  ColumnPtr column = decoder.decode_lengths(row_count, rows);
  decoder.expect_end();
  return column;
}

std::vector<std::string> block_encodings(const DataType& type, std::string_view bytes,
                                         size_t row_count, const StreamDictionaries& dictionaries) {
  std::vector<std::string> encodings;
  BlockDecoder(bytes, dictionaries, &encodings).decode(type, row_count, std::nullopt);
  return encodings;
}

}  // namespace freshet
