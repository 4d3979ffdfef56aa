// Hashes of values, equal to ClickHouse's: cityHash64, sipHash64, xxHash64, ...
//
//   cityHash64(a, b, c)  = fold(fold(hash(a), hash(b)), hash(c))
//   cityHash64([x, y])   = fold(fold(hash_number(2), hash(x)), hash(y))    the count comes first
//   cityHash64((x, y))   = cityHash64(x, y)                                tuples are laid flat
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "query/function/city_hash.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/sip_hash.h"
#include "storage/base/hash.h"

namespace freshet {

namespace {

// What a hash of nothing is: no arguments, or an empty tuple.
constexpr uint64_t kHashOfNothing = 0xE28DBDE7FE22E41CULL;
// A NULL in a list or a tuple, whatever its type; a NULL argument makes the whole hash NULL.
constexpr uint64_t kHashOfNull = 0xC58AD2DA03D9A871ULL;

// Bijections of 64 bits, the second one cut to 32; their first constants are ClickHouse's salts.
uint64_t int_hash64(uint64_t value) {
  value ^= 0x4CF2D2BAAE6DA887ULL;
  value ^= value >> 33;
  value *= 0xFF51AFD7ED558CCDULL;
  value ^= value >> 33;
  value *= 0xC4CEB9FE1A85EC53ULL;
  return value ^ (value >> 33);
}

uint32_t int_hash32(uint64_t value) {
  value ^= 0x75D9543DE018BF45ULL;
  value = ~value + (value << 18);
  value ^= std::rotr(value, 31);
  value *= 21;
  value ^= std::rotr(value, 11);
  value += value << 6;
  value ^= std::rotr(value, 22);
  return static_cast<uint32_t>(value);
}

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

uint64_t xx_hash64(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }
uint32_t xx_hash32(std::string_view bytes) { return XXH32(bytes.data(), bytes.size(), 0); }
uint64_t xx_hash3(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// How two hashes become one.
uint64_t fold_sip(uint64_t before, uint64_t next) {
  const uint64_t both[2] = {before, next};
  return sip_hash64(bytes_of(both));
}
uint32_t fold_mixed(uint32_t before, uint32_t next) { return int_hash32(before) ^ next; }

// An algorithm: bytes to a hash, two hashes to one, and whether plain numbers go through
// int_hash64 instead of their bytes.
template <class R, R (*kHash)(std::string_view), R (*kFold)(R, R), bool kMixes>
struct Algorithm {
  using Result = R;
  static constexpr bool kMixesNumbers = kMixes;
  static R of_bytes(std::string_view bytes) { return kHash(bytes); }
  static R fold(R before, R next) { return kFold(before, next); }
};

using CityHash64 = Algorithm<uint64_t, city_hash64, city_hash_pair, true>;
using SipHash64 = Algorithm<uint64_t, sip_hash64, fold_sip, false>;
using XxHash64 = Algorithm<uint64_t, xx_hash64, city_hash_pair, false>;
using XxHash32 = Algorithm<uint32_t, xx_hash32, fold_mixed, false>;
using XxHash3 = Algorithm<uint64_t, xx_hash3, city_hash_pair, false>;

// Numbers in a wider sense than their logical type says: dates, enums, addresses of 32 bits.
bool is_hashed_as_number(const DataType& type) {
  switch (type.id()) {
    case TypeId::Decimal:
    case TypeId::DateTime64:
    case TypeId::Interval:
      return false;
    default:
      return cell_bytes(type) <= sizeof(uint64_t);
  }
}

// Hashes of flat columns' cells, folded into what the rows have so far.
template <class Hash>
class RowHasher {
 public:
  using Result = typename Hash::Result;

  explicit RowHasher(size_t row_count) : rows_(row_count) {}

  // Requires: `column` is flat and has a cell for each row.
  void add(const DataType& type, const Column& column) {
    const auto& arguments = type.arguments();
    switch (type.id()) {
      case TypeId::LowCardinality:
        return add(*arguments[0], column);
      case TypeId::Nullable:
        return add_nullable(*arguments[0], static_cast<const NullableColumn&>(column));
      case TypeId::Tuple: {
        const auto& tuple = static_cast<const TupleColumn&>(column);
        for (size_t i = 0; i < arguments.size(); ++i) add(*arguments[i], *tuple.element(i));
        return;
      }
      case TypeId::Array:
        return add_lists(*arguments[0], static_cast<const ArrayColumn&>(column));
      case TypeId::Map:
        return add_lists(*tuple_type(arguments), static_cast<const ArrayColumn&>(column));
      case TypeId::Ipv6:
      case TypeId::Uuid:
        return add_wide(type, column);
      default:
        return add_plain(type, column);
    }
  }

  Buffer<Result> take() {
    if (is_first_) std::fill(rows_.begin(), rows_.end(), static_cast<Result>(kHashOfNothing));
    return std::move(rows_);
  }

 private:
  template <class CellHash>
  void fold(CellHash&& hash) {
    for (size_t row = 0; row < rows_.size(); ++row) {
      rows_[row] = is_first_ ? hash(row) : Hash::fold(rows_[row], hash(row));
    }
    is_first_ = false;
  }

  static Result hash_number(uint64_t bits) {
    if constexpr (sizeof(Result) == sizeof(uint32_t)) return int_hash32(bits);
    return static_cast<Result>(int_hash64(bits));
  }

  void add_plain(const DataType& type, const Column& column) {
    if (!is_number_kind(type.kind())) {
      const StringCells cells(column);
      return fold([&](size_t row) { return Hash::of_bytes(cells[row]); });
    }
    const bool mixes = Hash::kMixesNumbers && is_hashed_as_number(type);
    dispatch_number(type.kind(), [&]<class T>() {
      const std::span<const T> cells = values_of<T>(column);
      if constexpr (sizeof(T) <= sizeof(uint64_t)) {
        if (mixes) {
          return fold([&](size_t row) {
            uint64_t bits = 0;
            std::memcpy(&bits, &cells[row], sizeof(T));
            return hash_number(bits);
          });
        }
      }
      fold([&](size_t row) { return Hash::of_bytes(bytes_of(cells[row])); });
    });
  }

  // As ClickHouse has their bytes: a UUID's first half first, an address as on the wire.
  void add_wide(const DataType& type, const Column& column) {
    const std::span<const UInt128> cells = values_of<UInt128>(column);
    const bool is_address = type.id() == TypeId::Ipv6;
    fold([&](size_t row) {
      const auto high = static_cast<uint64_t>(cells[row] >> 64);
      const auto low = static_cast<uint64_t>(cells[row]);
      const uint64_t words[2] = {is_address ? __builtin_bswap64(high) : high,
                                 is_address ? __builtin_bswap64(low) : low};
      return Hash::of_bytes(bytes_of(words));
    });
  }

  void add_nullable(const DataType& inner, const NullableColumn& column) {
    RowHasher cells(rows_.size());
    cells.add(inner, *column.nested());
    const Buffer<Result> hashes = cells.take();
    fold([&](size_t row) {
      return column.nulls()[row] != 0 ? static_cast<Result>(kHashOfNull) : hashes[row];
    });
  }

  void add_lists(const DataType& element, const ArrayColumn& column) {
    RowHasher cells(column.elements()->size());
    cells.add(element, *column.elements());
    const Buffer<Result> hashes = cells.take();
    const std::span<const uint32_t> offsets = column.offsets();
    fold([&](size_t row) { return hash_number(offsets[row + 1] - offsets[row]); });
    for (size_t row = 0; row < rows_.size(); ++row) {
      for (uint32_t i = offsets[row]; i < offsets[row + 1]; ++i) {
        rows_[row] = Hash::fold(rows_[row], hashes[i]);
      }
    }
  }

  Buffer<Result> rows_;
  bool is_first_ = true;
};

template <class Hash>
BoundFunction bind_hash(const FunctionContext&, FunctionArguments arguments,
                        std::string_view name) {
  std::vector<DataTypePtr> types;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].is_lambda) throw_illegal_type(name, arguments, i);
    types.push_back(arguments[i].type);
  }
  using Result = typename Hash::Result;
  const TypeId id = sizeof(Result) == sizeof(uint32_t) ? TypeId::UInt32 : TypeId::UInt64;
  return {simple_type(id), [types](std::span<const ColumnPtr> columns, size_t row_count) {
            RowHasher<Hash> hasher(row_count);
            for (size_t i = 0; i < columns.size(); ++i) hasher.add(*types[i], *flat(columns[i]));
            return make_number_column<Result>(hasher.take());
          }};
}

BoundFunction bind_city64(const FunctionContext& context, FunctionArguments arguments) {
  return bind_hash<CityHash64>(context, arguments, "cityHash64");
}
BoundFunction bind_sip64(const FunctionContext& context, FunctionArguments arguments) {
  return bind_hash<SipHash64>(context, arguments, "sipHash64");
}
BoundFunction bind_xx64(const FunctionContext& context, FunctionArguments arguments) {
  return bind_hash<XxHash64>(context, arguments, "xxHash64");
}
BoundFunction bind_xx32(const FunctionContext& context, FunctionArguments arguments) {
  return bind_hash<XxHash32>(context, arguments, "xxHash32");
}
BoundFunction bind_xx3(const FunctionContext& context, FunctionArguments arguments) {
  return bind_hash<XxHash3>(context, arguments, "xxh3");
}

// What uniqExact keeps of a string.
BoundFunction bind_xx3_128(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("xxh3_128", arguments, 1, 1);
  check_string("xxh3_128", arguments, 0);
  return {simple_type(TypeId::Uuid), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<UInt128>(row_count, [&](size_t i) {
              const Hash128 hash = hash128_bytes(cells[i]);
              return static_cast<UInt128>(hash.high) << 64 | hash.low;
            });
          }};
}

template <class Result, class Mix>
BoundFunction bind_int_hash(std::string_view name, FunctionArguments arguments, TypeId result,
                            Mix mix) {
  check_argument_count(name, arguments, 1, 1);
  const TypeId id = arguments[0].type->id();
  const bool fits = is_integer(*arguments[0].type) || id == TypeId::Date ||
                    id == TypeId::DateTime || id == TypeId::Ipv4;
  if (!fits) throw_illegal_type(name, arguments, 0);
  return {simple_type(result), [mix](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells cells(*columns[0]);
            return make_numbers<Result>(
                row_count, [&](size_t i) { return mix(static_cast<uint64_t>(cells[i])); });
          }};
}

BoundFunction bind_int64(const FunctionContext&, FunctionArguments arguments) {
  return bind_int_hash<uint64_t>("intHash64", arguments, TypeId::UInt64, int_hash64);
}
BoundFunction bind_int32(const FunctionContext&, FunctionArguments arguments) {
  return bind_int_hash<uint32_t>("intHash32", arguments, TypeId::UInt32, int_hash32);
}

#define HASH(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                \
  {                                                                             \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION, \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Hash"  \
  }

constexpr FunctionEntry kHashFunctions[] = {
    HASH("cityHash64", bind_city64, "cityHash64(a, ...)",
         "CityHash 1.0.2 of values of any types; fast, not for secrets.", "cityHash64(1, 'a')",
         "3281168119317583073"),
    HASH("sipHash64", bind_sip64, "sipHash64(a, ...)",
         "SipHash-2-4 of values of any types, with a key of zeros.", "sipHash64(1, 'a')",
         "14369802987963166986"),
    HASH("xxHash64", bind_xx64, "xxHash64(a, ...)", "XXH64 of values of any types.",
         "xxHash64('abc')", "4952883123889572249"),
    HASH("xxHash32", bind_xx32, "xxHash32(a, ...)", "XXH32 of values of any types.",
         "xxHash32('abc')", "852579327"),
    HASH("xxh3", bind_xx3, "xxh3(a, ...)", "XXH3 with 64 bits of values of any types.",
         "xxh3('abc')", "8696274497037089104"),
    HASH("xxh3_128", bind_xx3_128, "xxh3_128(s)",
         "XXH3 with 128 bits of a string, as a UUID: tells all strings apart that one will meet.",
         "xxh3_128('abc')", "06b05ab6-733a-6185-78af-5f94892f3950"),
    HASH("intHash64", bind_int64, "intHash64(n)", "An integer's bits, mixed; no two collide.",
         "intHash64(1)", "10577349846663553072"),
    HASH("intHash32", bind_int32, "intHash32(n)", "An integer's bits, mixed to 32.", "intHash32(1)",
         "1343103100"),
};
#undef HASH

}  // namespace

std::span<const FunctionEntry> hash_functions() { return kHashFunctions; }

}  // namespace freshet
