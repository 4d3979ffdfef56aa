// parse_data_type: ClickHouse's type names and their SQL aliases to DataTypes.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "storage/base/error.h"
#include "storage/column/data_type.h"
#include "storage/column/quoted_text.h"

namespace freshet {

namespace {

enum class Family : uint8_t {
  Simple,  // arguments, as in INT(11) and VARCHAR(255), mean nothing
  Decimal,
  DecimalOfWidth,
  FixedString,
  DateTime,
  DateTime64,
  Enum,
  Enum8,
  Enum16,
  Interval,
  Array,
  Tuple,
  Map,
  Nested,
  Nullable,
  LowCardinality,
  AggregateFunction,
  SimpleAggregateFunction,
  Unsupported,
};

struct FamilyName {
  std::string_view name;
  bool any_case;
  Family family;
  TypeId id = TypeId::Nothing;  // of Simple
  uint32_t precision = 0;       // of DecimalOfWidth
};

constexpr FamilyName kFamilies[] = {
    {"UInt8", false, Family::Simple, TypeId::UInt8},
    {"UInt16", false, Family::Simple, TypeId::UInt16},
    {"UInt32", false, Family::Simple, TypeId::UInt32},
    {"UInt64", false, Family::Simple, TypeId::UInt64},
    {"Int8", false, Family::Simple, TypeId::Int8},
    {"Int16", false, Family::Simple, TypeId::Int16},
    {"Int32", false, Family::Simple, TypeId::Int32},
    {"Int64", false, Family::Simple, TypeId::Int64},
    {"Float32", false, Family::Simple, TypeId::Float32},
    {"Float64", false, Family::Simple, TypeId::Float64},
    {"String", false, Family::Simple, TypeId::String},
    {"Date", true, Family::Simple, TypeId::Date},
    {"Date32", true, Family::Simple, TypeId::Date32},
    {"Bool", true, Family::Simple, TypeId::Bool},
    {"UUID", false, Family::Simple, TypeId::Uuid},
    {"IPv4", false, Family::Simple, TypeId::Ipv4},
    {"IPv6", false, Family::Simple, TypeId::Ipv6},
    {"Nothing", false, Family::Simple, TypeId::Nothing},
    {"FixedString", false, Family::FixedString},
    {"DateTime", true, Family::DateTime},
    {"DateTime32", true, Family::DateTime},
    {"DateTime64", true, Family::DateTime64},
    {"Decimal", true, Family::Decimal},
    {"Decimal32", true, Family::DecimalOfWidth, TypeId::Nothing, 9},
    {"Decimal64", true, Family::DecimalOfWidth, TypeId::Nothing, 18},
    {"Decimal128", true, Family::DecimalOfWidth, TypeId::Nothing, 38},
    {"Decimal256", true, Family::DecimalOfWidth, TypeId::Nothing, 76},
    {"Enum", true, Family::Enum},
    {"Enum8", false, Family::Enum8},
    {"Enum16", false, Family::Enum16},
    {"Array", false, Family::Array},
    {"Tuple", false, Family::Tuple},
    {"Map", false, Family::Map},
    {"Nested", false, Family::Nested},
    {"Nullable", false, Family::Nullable},
    {"LowCardinality", false, Family::LowCardinality},
    {"AggregateFunction", false, Family::AggregateFunction},
    {"SimpleAggregateFunction", false, Family::SimpleAggregateFunction},

    {"BOOLEAN", true, Family::Simple, TypeId::Bool},
    {"TINYINT", true, Family::Simple, TypeId::Int8},
    {"TINYINT SIGNED", true, Family::Simple, TypeId::Int8},
    {"TINYINT UNSIGNED", true, Family::Simple, TypeId::UInt8},
    {"INT1", true, Family::Simple, TypeId::Int8},
    {"INT1 SIGNED", true, Family::Simple, TypeId::Int8},
    {"INT1 UNSIGNED", true, Family::Simple, TypeId::UInt8},
    {"BYTE", true, Family::Simple, TypeId::Int8},
    {"SMALLINT", true, Family::Simple, TypeId::Int16},
    {"SMALLINT SIGNED", true, Family::Simple, TypeId::Int16},
    {"SMALLINT UNSIGNED", true, Family::Simple, TypeId::UInt16},
    {"YEAR", true, Family::Simple, TypeId::UInt16},
    {"INT", true, Family::Simple, TypeId::Int32},
    {"INT SIGNED", true, Family::Simple, TypeId::Int32},
    {"INT UNSIGNED", true, Family::Simple, TypeId::UInt32},
    {"INTEGER", true, Family::Simple, TypeId::Int32},
    {"INTEGER SIGNED", true, Family::Simple, TypeId::Int32},
    {"INTEGER UNSIGNED", true, Family::Simple, TypeId::UInt32},
    {"MEDIUMINT", true, Family::Simple, TypeId::Int32},
    {"MEDIUMINT SIGNED", true, Family::Simple, TypeId::Int32},
    {"MEDIUMINT UNSIGNED", true, Family::Simple, TypeId::UInt32},
    {"BIGINT", true, Family::Simple, TypeId::Int64},
    {"BIGINT SIGNED", true, Family::Simple, TypeId::Int64},
    {"BIGINT UNSIGNED", true, Family::Simple, TypeId::UInt64},
    {"SIGNED", true, Family::Simple, TypeId::Int64},
    {"UNSIGNED", true, Family::Simple, TypeId::UInt64},
    {"BIT", true, Family::Simple, TypeId::UInt64},
    {"SET", true, Family::Simple, TypeId::UInt64},
    {"FLOAT", true, Family::Simple, TypeId::Float32},
    {"REAL", true, Family::Simple, TypeId::Float32},
    {"SINGLE", true, Family::Simple, TypeId::Float32},
    {"DOUBLE", true, Family::Simple, TypeId::Float64},
    {"DOUBLE PRECISION", true, Family::Simple, TypeId::Float64},
    {"DEC", true, Family::Decimal},
    {"NUMERIC", true, Family::Decimal},
    {"FIXED", true, Family::Decimal},
    {"TIMESTAMP", true, Family::DateTime},
    {"BINARY", true, Family::FixedString},
    {"INET4", true, Family::Simple, TypeId::Ipv4},
    {"INET6", true, Family::Simple, TypeId::Ipv6},
    {"BINARY LARGE OBJECT", true, Family::Simple, TypeId::String},
    {"BINARY VARYING", true, Family::Simple, TypeId::String},
    {"BLOB", true, Family::Simple, TypeId::String},
    {"BYTEA", true, Family::Simple, TypeId::String},
    {"CHAR", true, Family::Simple, TypeId::String},
    {"CHAR LARGE OBJECT", true, Family::Simple, TypeId::String},
    {"CHAR VARYING", true, Family::Simple, TypeId::String},
    {"CHARACTER", true, Family::Simple, TypeId::String},
    {"CHARACTER LARGE OBJECT", true, Family::Simple, TypeId::String},
    {"CHARACTER VARYING", true, Family::Simple, TypeId::String},
    {"CLOB", true, Family::Simple, TypeId::String},
    {"LONGBLOB", true, Family::Simple, TypeId::String},
    {"LONGTEXT", true, Family::Simple, TypeId::String},
    {"MEDIUMBLOB", true, Family::Simple, TypeId::String},
    {"MEDIUMTEXT", true, Family::Simple, TypeId::String},
    {"NATIONAL CHAR", true, Family::Simple, TypeId::String},
    {"NATIONAL CHAR VARYING", true, Family::Simple, TypeId::String},
    {"NATIONAL CHARACTER", true, Family::Simple, TypeId::String},
    {"NATIONAL CHARACTER LARGE OBJECT", true, Family::Simple, TypeId::String},
    {"NATIONAL CHARACTER VARYING", true, Family::Simple, TypeId::String},
    {"NCHAR", true, Family::Simple, TypeId::String},
    {"NCHAR LARGE OBJECT", true, Family::Simple, TypeId::String},
    {"NCHAR VARYING", true, Family::Simple, TypeId::String},
    {"NVARCHAR", true, Family::Simple, TypeId::String},
    {"TEXT", true, Family::Simple, TypeId::String},
    {"TINYBLOB", true, Family::Simple, TypeId::String},
    {"TINYTEXT", true, Family::Simple, TypeId::String},
    {"VARBINARY", true, Family::Simple, TypeId::String},
    {"VARCHAR", true, Family::Simple, TypeId::String},
    {"VARCHAR2", true, Family::Simple, TypeId::String},

    {"IntervalNanosecond", false, Family::Interval},
    {"IntervalMicrosecond", false, Family::Interval},
    {"IntervalMillisecond", false, Family::Interval},
    {"IntervalSecond", false, Family::Interval},
    {"IntervalMinute", false, Family::Interval},
    {"IntervalHour", false, Family::Interval},
    {"IntervalDay", false, Family::Interval},
    {"IntervalWeek", false, Family::Interval},
    {"IntervalMonth", false, Family::Interval},
    {"IntervalQuarter", false, Family::Interval},
    {"IntervalYear", false, Family::Interval},

    {"Int128", false, Family::Unsupported},
    {"Int256", false, Family::Unsupported},
    {"UInt128", false, Family::Unsupported},
    {"UInt256", false, Family::Unsupported},
    {"BFloat16", false, Family::Unsupported},
    {"Time", true, Family::Unsupported},
    {"Time64", true, Family::Unsupported},
    {"JSON", true, Family::Unsupported},
    {"Object", true, Family::Unsupported},
    {"Variant", false, Family::Unsupported},
    {"Dynamic", false, Family::Unsupported},
    {"QBit", false, Family::Unsupported},
    {"Point", false, Family::Unsupported},
    {"Ring", false, Family::Unsupported},
    {"Polygon", false, Family::Unsupported},
    {"MultiPolygon", false, Family::Unsupported},
    {"LineString", false, Family::Unsupported},
    {"MultiLineString", false, Family::Unsupported},
    {"Geometry", true, Family::Unsupported},
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

const FamilyName* find_family(std::string_view name) {
  for (const FamilyName& family : kFamilies) {
    if (family.any_case ? equals_ignoring_case(family.name, name) : family.name == name) {
      return &family;
    }
  }
  return nullptr;
}

enum class TokenKind : uint8_t { End, Word, QuotedWord, Text, Number, Mark };

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;  // unquoted
  size_t offset = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { tokenize(); }

  DataTypePtr parse_all() {
    DataTypePtr type = parse_type();
    if (peek().kind != TokenKind::End) fail();
    return type;
  }

 private:
  static constexpr size_t kDepthMax = 100;

  [[noreturn]] void fail() const {
    throw Error(ErrorCode::SyntaxError, "Syntax error in data type: failed at position " +
                                            std::to_string(peek().offset + 1) + ": " +
                                            std::string(text_));
  }
  [[noreturn]] void fail_arguments(std::string_view what) const {
    throw Error(ErrorCode::BadArguments, std::string(what) + ": " + std::string(text_));
  }

  void tokenize();
  std::string read_quoted_at(size_t& at);

  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  Token take() {
    Token token = peek();
    ++next_;
    return token;
  }
  bool is_mark(char mark, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::Mark && peek(ahead).text[0] == mark;
  }
  bool take_mark(char mark) {
    if (!is_mark(mark)) return false;
    ++next_;
    return true;
  }
  void expect_mark(char mark) {
    if (!take_mark(mark)) fail();
  }
  uint32_t take_number();
  int64_t take_signed_number();
  std::string take_text();

  const FamilyName& take_family();
  size_t count_family_words() const;
  DataTypePtr parse_type();
  DataTypePtr parse_family(const FamilyName& family);
  void skip_arguments();
  DataTypePtr with_sign(TypeId id);
  DataTypePtr parse_decimal();
  DataTypePtr parse_datetime();
  DataTypePtr parse_datetime64();
  DataTypePtr parse_enum(Family family);
  DataTypePtr parse_interval(std::string_view name);
  DataTypePtr parse_tuple();
  DataTypePtr parse_one_argument();
  DataTypePtr parse_map();
  DataTypePtr parse_aggregate(bool simple);
  std::string parse_aggregate_name();

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  size_t depth_ = 0;
};

void Parser::tokenize() {
  size_t at = 0;
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  while (at < text_.size()) {
    const char c = text_[at];
    const size_t begin = at;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else if (c == '\'') {
      std::string text = read_quoted_at(at);
      tokens_.push_back({TokenKind::Text, std::move(text), begin});
    } else if (c == '`' || c == '"') {
      std::string text = read_quoted_at(at);
      tokens_.push_back({TokenKind::QuotedWord, std::move(text), begin});
    } else if (std::isdigit(static_cast<unsigned char>(c))) {
      while (at < text_.size() && (is_word(text_[at]) || text_[at] == '.')) ++at;
      tokens_.push_back({TokenKind::Number, std::string(text_.substr(begin, at - begin)), begin});
    } else if (is_word(c)) {
      while (at < text_.size() && is_word(text_[at])) ++at;
      tokens_.push_back({TokenKind::Word, std::string(text_.substr(begin, at - begin)), begin});
    } else {
      tokens_.push_back({TokenKind::Mark, std::string(1, c), begin});
      ++at;
    }
  }
  tokens_.push_back({TokenKind::End, "", text_.size()});
}

std::string Parser::read_quoted_at(size_t& at) {
  std::string_view rest = text_.substr(at);
  std::string out;
  if (!read_quoted(rest, text_[at], out)) {
    throw Error(ErrorCode::SyntaxError,
                "Syntax error in data type: quote is not closed: " + std::string(text_));
  }
  at = text_.size() - rest.size();
  return out;
}

uint32_t Parser::take_number() {
  if (peek().kind != TokenKind::Number) fail();
  const Token token = peek();
  uint32_t number = 0;
  const char* end = token.text.data() + token.text.size();
  const auto [stop, error] = std::from_chars(token.text.data(), end, number);
  if (error != std::errc() || stop != end) fail();
  ++next_;
  return number;
}

int64_t Parser::take_signed_number() {
  const bool negative = take_mark('-');
  const int64_t number = take_number();
  return negative ? -number : number;
}

std::string Parser::take_text() {
  if (peek().kind != TokenKind::Text) fail();
  return take().text;
}

// How many of the next words make up a family name ("DOUBLE PRECISION": 2); 0 when none does.
size_t Parser::count_family_words() const {
  size_t best = 0;
  std::string name;
  for (size_t count = 0; count < 4 && peek(count).kind == TokenKind::Word; ++count) {
    if (count > 0) name += ' ';
    name += peek(count).text;
    if (find_family(name) != nullptr) best = count + 1;
  }
  return best;
}

const FamilyName& Parser::take_family() {
  if (peek().kind != TokenKind::Word) fail();
  const size_t count = count_family_words();
  if (count == 0) {
    throw Error(ErrorCode::UnknownType, "Unknown data type family: " + peek().text);
  }
  std::string name = take().text;
  for (size_t i = 1; i < count; ++i) name += ' ' + take().text;
  return *find_family(name);
}

DataTypePtr Parser::parse_type() {
  if (++depth_ > kDepthMax) {
    throw Error(ErrorCode::SyntaxError, "Data type is nested too deeply: " + std::string(text_));
  }
  DataTypePtr type = parse_family(take_family());
  --depth_;
  return type;
}

DataTypePtr Parser::parse_family(const FamilyName& family) {
  switch (family.family) {
    case Family::Simple:
      skip_arguments();
      return with_sign(family.id);
    case Family::Decimal:
      return parse_decimal();
    case Family::DecimalOfWidth: {
      expect_mark('(');
      const uint32_t scale = take_number();
      expect_mark(')');
      return decimal_type(family.precision, scale);
    }
    case Family::FixedString: {
      expect_mark('(');
      const uint32_t bytes = take_number();
      expect_mark(')');
      return fixed_string_type(bytes);
    }
    case Family::DateTime:
      return parse_datetime();
    case Family::DateTime64:
      return parse_datetime64();
    case Family::Enum:
    case Family::Enum8:
    case Family::Enum16:
      return parse_enum(family.family);
    case Family::Interval:
      return parse_interval(family.name);
    case Family::Array:
      return array_type(parse_one_argument());
    case Family::Tuple:
      return parse_tuple();
    case Family::Map:
      return parse_map();
    case Family::Nested:
      return array_type(parse_tuple());
    case Family::Nullable:
      return nullable_type(parse_one_argument());
    case Family::LowCardinality:
      return low_cardinality_type(parse_one_argument());
    case Family::AggregateFunction:
      return parse_aggregate(false);
    case Family::SimpleAggregateFunction:
      return parse_aggregate(true);
    case Family::Unsupported:
      break;
  }
  throw Error(ErrorCode::NotImplemented, "Data type is not supported: " + std::string(family.name));
}

void Parser::skip_arguments() {
  if (!take_mark('(')) return;
  if (take_mark(')')) return;
  do {
    take_number();
  } while (take_mark(','));
  expect_mark(')');
}

// INT(11) UNSIGNED: the sign may follow the width.
DataTypePtr Parser::with_sign(TypeId id) {
  if (peek().kind != TokenKind::Word || id < TypeId::Int8 || id > TypeId::Int64) {
    return simple_type(id);
  }
  const bool is_unsigned = equals_ignoring_case(peek().text, "UNSIGNED");
  if (!is_unsigned && !equals_ignoring_case(peek().text, "SIGNED")) return simple_type(id);
  take();
  if (!is_unsigned) return simple_type(id);
  constexpr int kToUnsigned = static_cast<int>(TypeId::Int8) - static_cast<int>(TypeId::UInt8);
  return simple_type(static_cast<TypeId>(static_cast<int>(id) - kToUnsigned));
}

DataTypePtr Parser::parse_decimal() {
  if (!take_mark('(')) return decimal_type(10, 0);
  const uint32_t precision = take_number();
  const uint32_t scale = take_mark(',') ? take_number() : 0;
  expect_mark(')');
  return decimal_type(precision, scale);
}

DataTypePtr Parser::parse_datetime() {
  if (!take_mark('(')) return datetime_type("");
  if (take_mark(')')) return datetime_type("");
  if (peek().kind == TokenKind::Text) {
    const std::string zone = take_text();
    expect_mark(')');
    return datetime_type(zone);
  }
  const uint32_t scale = take_number();
  const std::string zone = take_mark(',') ? take_text() : "";
  expect_mark(')');
  return datetime64_type(scale, zone);
}

DataTypePtr Parser::parse_datetime64() {
  constexpr uint32_t kDefaultScale = 3;
  if (!take_mark('(')) return datetime64_type(kDefaultScale, "");
  const uint32_t scale = take_number();
  const std::string zone = take_mark(',') ? take_text() : "";
  expect_mark(')');
  return datetime64_type(scale, zone);
}

DataTypePtr Parser::parse_enum(Family family) {
  expect_mark('(');
  std::vector<EnumEntry> entries;
  int64_t next_value = 1;
  bool is_wide = family == Family::Enum16;
  do {
    std::string name = take_text();
    const int64_t value = take_mark('=') ? take_signed_number() : next_value;
    if (value < INT16_MIN || value > INT16_MAX) {
      throw Error(
          ErrorCode::ArgumentOutOfBound,
          "Value for element '" + name + "' exceeds range of Enum16: " + std::to_string(value));
    }
    is_wide |= family == Family::Enum && (value < INT8_MIN || value > INT8_MAX);
    entries.push_back({std::move(name), static_cast<int16_t>(value)});
    next_value = value + 1;
  } while (take_mark(','));
  expect_mark(')');
  return enum_type(is_wide ? TypeId::Enum16 : TypeId::Enum8, std::move(entries));
}

DataTypePtr Parser::parse_interval(std::string_view name) {
  const std::string_view unit_name = name.substr(std::string_view("Interval").size());
  auto unit = IntervalUnit::Nanosecond;
  while (interval_unit_name(unit) != unit_name) {
    unit = static_cast<IntervalUnit>(static_cast<int>(unit) + 1);
  }
  return interval_type(unit);
}

DataTypePtr Parser::parse_one_argument() {
  expect_mark('(');
  DataTypePtr type = parse_type();
  expect_mark(')');
  return type;
}

DataTypePtr Parser::parse_map() {
  expect_mark('(');
  DataTypePtr key = parse_type();
  expect_mark(',');
  DataTypePtr value = parse_type();
  expect_mark(')');
  return map_type(std::move(key), std::move(value));
}

DataTypePtr Parser::parse_tuple() {
  expect_mark('(');
  std::vector<DataTypePtr> elements;
  std::vector<std::string> names;
  if (!is_mark(')')) {
    do {
      const bool has_name = peek().kind == TokenKind::QuotedWord ||
                            (peek().kind == TokenKind::Word && peek(1).kind == TokenKind::Word &&
                             count_family_words() < 2);
      if (has_name) names.push_back(take().text);
      elements.push_back(parse_type());
    } while (take_mark(','));
  }
  expect_mark(')');
  if (!names.empty() && names.size() != elements.size()) {
    fail_arguments("Names are specified not for all elements of Tuple type");
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    fail_arguments("Tuple names must be unique");
  }
  return tuple_type(std::move(elements), std::move(names));
}

// "quantile(0.5)": the name and, when there are any, its parameters.
std::string Parser::parse_aggregate_name() {
  if (peek().kind == TokenKind::Number && is_mark(',', 1)) next_ += 2;  // a state version
  if (peek().kind != TokenKind::Word) fail();
  std::string name = take().text;
  if (!take_mark('(')) return name;
  name += '(';
  size_t open = 1;
  while (true) {
    const Token token = take();
    if (token.kind == TokenKind::End) fail();
    if (token.kind == TokenKind::Text) {
      append_quoted(name, token.text);
      continue;
    }
    name += token.text;
    if (token.kind != TokenKind::Mark) continue;
    if (token.text == ",") name += ' ';
    if (token.text == "(") ++open;
    if (token.text == ")" && --open == 0) return name;
  }
}

DataTypePtr Parser::parse_aggregate(bool simple) {
  expect_mark('(');
  std::string function = parse_aggregate_name();
  std::vector<DataTypePtr> arguments;
  while (take_mark(',')) arguments.push_back(parse_type());
  expect_mark(')');
  if (!simple) return aggregate_state_type(std::move(function), std::move(arguments));
  if (arguments.size() != 1) {
    fail_arguments("SimpleAggregateFunction takes a function and one type");
  }
  return simple_aggregate_type(std::move(function), arguments[0]);
}

}  // namespace

DataTypePtr parse_data_type(std::string_view text) { return Parser(text).parse_all(); }

}  // namespace freshet
