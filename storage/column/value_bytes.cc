#include "storage/column/value_bytes.h"

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr int kDepthMax = 64;

template <class T>
Value read_number(ByteReader& in) {
  T number;
  std::memcpy(&number, in.get_bytes(sizeof(T)).data(), sizeof(T));
  return Value(number);
}

Value read_nested(ByteReader& in, int depth) {
  if (depth > kDepthMax) throw Error(ErrorCode::CorruptedData, "A stored value is nested too deep");
  const uint8_t tag = in.get_u8();
  switch (tag) {
    case 0:
      return Value();
    case 1:
      return read_number<uint64_t>(in);
    case 2:
      return read_number<int64_t>(in);
    case 3:
      return read_number<double>(in);
    case 4:
      return read_number<Int128>(in);
    case 5:
      return read_number<UInt128>(in);
    case 6:
      return Value(std::string(in.get_string()));
    case 7: {
      const uint64_t count = in.get_varint();
      in.require_elements(count, 1);
      ValueList list;
      list.reserve(count);
      for (uint64_t i = 0; i < count; ++i) list.push_back(read_nested(in, depth + 1));
      return Value(std::move(list));
    }
    default:
      throw Error(ErrorCode::CorruptedData,
                  "A stored value has unknown tag " + std::to_string(tag));
  }
}

}  // namespace

void write_value(const Value& value, ByteWriter& out) {
  out.put_u8(static_cast<uint8_t>(value.cell.index()));
  std::visit(
      [&](const auto& cell) {
        using T = std::decay_t<decltype(cell)>;
        if constexpr (std::is_same_v<T, std::string>) {
          out.put_string(cell);
        } else if constexpr (std::is_same_v<T, ValueList>) {
          out.put_varint(cell.size());
          for (const Value& element : cell) write_value(element, out);
        } else if constexpr (!std::is_same_v<T, Null>) {
          out.put_bytes({reinterpret_cast<const char*>(&cell), sizeof(T)});
        }
      },
      value.cell);
}

Value read_value(ByteReader& in) { return read_nested(in, 0); }

}  // namespace freshet
