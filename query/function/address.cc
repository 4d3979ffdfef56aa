// IP addresses as text and numbers.
#include <array>
#include <string>
#include <vector>

#include "query/function/function_family.h"
#include "query/function/text_map.h"
#include "storage/column/address_text.h"

namespace freshet {

namespace {

// An address or an integer as 32 bits.
void check_ipv4_number(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  if (arguments[0].type->id() != TypeId::Ipv4) check_integer(name, arguments, 0);
}

template <class Write>
BoundFunction bind_ipv4_text(std::string_view name, FunctionArguments arguments, Write write) {
  check_ipv4_number(name, arguments);
  return {string_type(), [write](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells cells(*columns[0]);
            return make_strings(row_count, row_count * 15, [&](size_t i, Buffer<char>& out) {
              std::string text;
              append_ipv4(text, static_cast<uint32_t>(cells[i]));
              write(text, out);
            });
          }};
}

BoundFunction bind_ipv4_to_text(const FunctionContext&, FunctionArguments arguments) {
  return bind_ipv4_text(
      "IPv4NumToString", arguments,
      [](const std::string& text, Buffer<char>& out) { append_bytes(out, text); });
}

BoundFunction bind_ipv4_class_c(const FunctionContext&, FunctionArguments arguments) {
  return bind_ipv4_text("IPv4NumToStringClassC", arguments,
                        [](const std::string& text, Buffer<char>& out) {
                          append_bytes(out, std::string_view(text).substr(0, text.rfind('.')));
                          append_bytes(out, ".xxx");
                        });
}

enum class Failure : uint8_t { Throw, Zero, Null };

template <Failure kFailure>
BoundFunction bind_ipv4_to_number(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  const DataTypePtr number = simple_type(TypeId::UInt32);
  return {kFailure == Failure::Null ? nullable_type(number) : number,
          [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            Buffer<uint8_t> nulls(row_count, 0);
            ColumnPtr numbers = make_numbers<uint32_t>(row_count, [&](size_t i) -> uint32_t {
              uint32_t value = 0;
              if (parse_ipv4(cells[i], value)) return value;
              if (kFailure == Failure::Throw) {
                throw Error(ErrorCode::CannotParseIpv4,
                            "Invalid IPv4 value: '" + std::string(cells[i]) + "'");
              }
              nulls[i] = 1;
              return 0;
            });
            return kFailure == Failure::Null ? make_nullable(numbers, std::move(nulls)) : numbers;
          }};
}

constexpr UInt128 kMappedPrefix = UInt128{0xFFFF} << 32;  // ::ffff:0:0

BoundFunction bind_ipv4_to_ipv6(const FunctionContext&, FunctionArguments arguments) {
  check_ipv4_number("IPv4ToIPv6", arguments);
  return {simple_type(TypeId::Ipv6), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells cells(*columns[0]);
            return make_numbers<UInt128>(row_count, [&](size_t i) {
              return kMappedPrefix | static_cast<uint32_t>(cells[i]);
            });
          }};
}

// Of an IPv6, or of sixteen bytes.
BoundFunction bind_ipv6_to_text(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "IPv6NumToString";
  check_argument_count(kName, arguments, 1, 1);
  const DataType& type = *arguments[0].type;
  const bool is_bytes = type.id() == TypeId::FixedString;
  if (!is_bytes && type.id() != TypeId::Ipv6) throw_illegal_type(kName, arguments, 0);
  return {string_type(),
          [is_bytes](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            auto texts = std::make_shared<StringColumn>();
            std::string text;
            const auto write = [&](UInt128 value) {
              text.clear();
              append_ipv6(text, value);
              texts->append_string(text);
            };
            if (is_bytes) {
              const StringCells cells(*columns[0]);
              for (size_t i = 0; i < row_count; ++i) {
                UInt128 value = 0;
                for (const char c : cells[i]) value = value << 8 | static_cast<uint8_t>(c);
                write(value);
              }
            } else {
              const NumberCells<UInt128> cells(*columns[0]);
              for (size_t i = 0; i < row_count; ++i) write(cells[i]);
            }
            return texts;
          }};
}

bool is_ipv4(std::string_view text) {
  uint32_t value;
  return parse_ipv4(text, value);
}

bool is_ipv6(std::string_view text) {
  UInt128 value;
  return text.find(':') != std::string_view::npos && parse_ipv6(text, value);
}

template <bool (*kTest)(std::string_view)>
BoundFunction bind_test(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<uint8_t>(row_count, [&](size_t i) { return kTest(cells[i]); });
          }};
}

// An address of either kind; the bits of an IPv4 are the first ones.
struct AnyAddress {
  bool is_v4;
  UInt128 bits;
};

AnyAddress parse_address(std::string_view text) {
  uint32_t narrow;
  if (parse_ipv4(text, narrow)) return {true, UInt128{narrow} << 96};
  UInt128 wide;
  if (text.find(':') != std::string_view::npos && parse_ipv6(text, wide)) return {false, wide};
  throw Error(ErrorCode::CannotParseText,
              "Neither IPv4 nor IPv6 address: '" + std::string(text) + "'");
}

// "10.0.0.0/8".
bool is_in_range(std::string_view address, std::string_view range) {
  const AnyAddress tested = parse_address(address);
  const size_t slash = range.find('/');
  if (slash == std::string_view::npos) {
    throw Error(ErrorCode::CannotParseText, "No prefix length in: '" + std::string(range) + "'");
  }
  const AnyAddress network = parse_address(range.substr(0, slash));
  uint32_t bits = 0;
  const std::string_view digits = range.substr(slash + 1);
  const uint32_t bits_max = network.is_v4 ? 32 : 128;
  for (const char c : digits) {
    if (c >= '0' && c <= '9' && bits <= bits_max) {
      bits = bits * 10 + static_cast<uint32_t>(c - '0');
    } else {
      bits = bits_max + 1;
    }
  }
  if (digits.empty() || bits > bits_max) {
    throw Error(ErrorCode::CannotParseText, "Not a prefix length: '" + std::string(range) + "'");
  }
  if (tested.is_v4 != network.is_v4) return false;
  return bits == 0 || (tested.bits ^ network.bits) >> (128 - bits) == 0;
}

// NULL is in no range.
BoundFunction bind_in_range(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "isIPAddressInRange";
  check_argument_count(kName, arguments, 2, 2);
  std::vector<FunctionArgument> bare(arguments.begin(), arguments.end());
  bool never = false;
  for (auto& argument : bare) {
    argument.type = without_nullable(argument.type);
    if (argument.type->id() != TypeId::Nothing) continue;
    argument.type = string_type();
    never = true;
  }
  check_string(kName, bare, 0);
  check_string(kName, bare, 1);
  if (never) {
    return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr>, size_t row_count) {
              return make_numbers<uint8_t>(row_count, [](size_t) { return 0; });
            }};
  }
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            std::array<ColumnPtr, 2> texts;
            Buffer<uint8_t> nulls;
            for (size_t i = 0; i < texts.size(); ++i) {
              texts[i] = columns[i];
              const ColumnPtr cells = flat(columns[i]);
              if (cells->kind() != PhysicalKind::Nullable) continue;
              const auto& nullable = static_cast<const NullableColumn&>(*cells);
              merge_nulls(nullable, nulls);
              texts[i] = nullable.nested();
            }
            const StringCells addresses(*texts[0]);
            const StringCells ranges(*texts[1]);
            return make_numbers<uint8_t>(row_count, [&](size_t i) {
              return (nulls.empty() || nulls[i] == 0) && is_in_range(addresses[i], ranges[i]);
            });
          }};
}

#define ADDRESS(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                              \
  {                                                                                              \
    .name = NAME, .bind = BINDER, .syntax = NAME "(" SYNTAX ")", .description = DESCRIPTION,     \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT, .category = "Addresses" \
  }
#define NAMED(NAME, BINDER) \
  [](const FunctionContext&, FunctionArguments arguments) { return BINDER(NAME, arguments); }

const FunctionEntry kAddressFunctions[] = {
    ADDRESS("IPv4NumToString", bind_ipv4_to_text, "n", "The text of an IPv4 address.", "167772161",
            "10.0.0.1"),
    function_alias("INET_NTOA", "IPv4NumToString", true),
    ADDRESS("IPv4NumToStringClassC", bind_ipv4_class_c, "n",
            "The text of an IPv4 address without its last byte.", "167772161", "10.0.0.xxx"),
    ADDRESS("IPv4StringToNum", NAMED("IPv4StringToNum", bind_ipv4_to_number<Failure::Throw>),
            "text", "An IPv4 address as a number; an error for other text.", "'10.0.0.1'",
            "167772161"),
    function_alias("INET_ATON", "IPv4StringToNum", true),
    ADDRESS("IPv4StringToNumOrDefault",
            NAMED("IPv4StringToNumOrDefault", bind_ipv4_to_number<Failure::Zero>), "text",
            "An IPv4 address as a number; 0 for other text.", "'x'", "0"),
    ADDRESS("IPv4StringToNumOrNull",
            NAMED("IPv4StringToNumOrNull", bind_ipv4_to_number<Failure::Null>), "text",
            "An IPv4 address as a number; NULL for other text.", "'x'", "\\N"),
    ADDRESS("IPv4ToIPv6", bind_ipv4_to_ipv6, "n", "An IPv4 address as an IPv6 one.",
            "toIPv4('10.0.0.1')", "::ffff:10.0.0.1"),
    ADDRESS("IPv6NumToString", bind_ipv6_to_text, "n",
            "The text of an IPv6 address, or of its sixteen bytes.", "toIPv6('2001:db8::1')",
            "2001:db8::1"),
    function_alias("INET6_NTOA", "IPv6NumToString", true),
    ADDRESS("isIPv4String", NAMED("isIPv4String", bind_test<is_ipv4>), "text",
            "1 when text is an IPv4 address.", "'10.0.0.1'", "1"),
    ADDRESS("isIPv6String", NAMED("isIPv6String", bind_test<is_ipv6>), "text",
            "1 when text is an IPv6 address.", "'10.0.0.1'", "0"),
    {.name = "isIPAddressInRange",
     .bind = bind_in_range,
     .syntax = "isIPAddressInRange(address, range)",
     .description = "1 when the address begins with the bits of the range; 0 for NULL.",
     .example = "SELECT isIPAddressInRange('10.1.2.3', '10.0.0.0/8')",
     .example_result = "1",
     .category = "Addresses",
     .nulls = NullPolicy::Handle},
};
#undef NAMED
#undef ADDRESS

}  // namespace

std::span<const FunctionEntry> address_functions() { return kAddressFunctions; }

}  // namespace freshet
