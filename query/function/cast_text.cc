#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "storage/column/calendar.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

TextOptions text_options(const FunctionContext& context) {
  TextOptions options;
  options.time_zone = context.time_zone;
  options.best_effort_dates = true;
  return options;
}

ColumnPtr make_string_column(const std::string& bytes, Buffer<uint32_t> offsets) {
  return std::make_shared<StringColumn>(std::move(offsets),
                                        Buffer<char>(bytes.begin(), bytes.end()));
}

template <class T>
ColumnPtr integers_to_text(const Column& cells) {
  const std::span<const T> values = values_of<T>(cells);
  constexpr size_t kDigitsMax = 20;
  return make_strings(values.size(), values.size() * 8, [&](size_t i, Buffer<char>& out) {
    char digits[kDigitsMax];
    const char* end = std::to_chars(digits, digits + kDigitsMax, values[i]).ptr;
    append_bytes(out, std::string_view(digits, end));
  });
}

// Optional sign and digits, all of the text. Unless `checked`, what does not fit wraps.
template <class T>
bool parse_integer(std::string_view text, bool checked, T& value) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || (negative && std::is_unsigned_v<T>)) return false;
  uint64_t magnitude = 0;
  bool overflow = false;
  for (const char c : text) {
    const auto digit = static_cast<uint64_t>(c) - '0';
    if (digit > 9) return false;
    overflow |= __builtin_mul_overflow(magnitude, uint64_t{10}, &magnitude);
    overflow |= __builtin_add_overflow(magnitude, digit, &magnitude);
  }
  const uint64_t bits = negative ? 0 - magnitude : magnitude;
  value = static_cast<T>(bits);
  if (!checked) return true;
  const auto max = static_cast<uint64_t>(std::numeric_limits<T>::max());
  return !overflow && magnitude <= max + (negative ? 1 : 0);
}

template <class T>
bool parse_float(std::string_view text, T& value) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || text.empty()) return false;
  if (error == std::errc::result_out_of_range) {
    // Infinity or zero; from_chars leaves the value alone.
    value = static_cast<T>(std::strtod(std::string(text).c_str(), nullptr));
    return true;
  }
  return error == std::errc();
}

template <class T, class Parse>
CellCast make_number_parser(Parse parse) {
  return [parse](const ColumnPtr& cells, FailedRows& failed) {
    const StringCells strings(*cells);
    const size_t count = cells->size();
    return make_numbers<T>(count, [&](size_t i) {
      T value{};
      if (parse(unpadded(strings[i]), value)) return value;
      failed.add(i, count);
      return T{};
    });
  };
}

CellCast make_integer_parser(const CellCastRequest& request) {
  // The OrNull and OrZero forms take a number that does not fit for an error.
  const bool checked = request.options.accurate || request.options.on_failure != CastFailure::Throw;
  return dispatch_native(request.to->kind(), [&]<class T>() -> CellCast {
    if constexpr (std::is_integral_v<T>) {
      return make_number_parser<T>([checked](std::string_view text, T& value) {
        return parse_integer<T>(text, checked, value);
      });
    } else {
      return make_number_parser<T>(
          [](std::string_view text, T& value) { return parse_float<T>(text, value); });
    }
  });
}

// Whether text after the first ten characters may follow a date: a time of day.
bool is_time_suffix(std::string_view text) {
  return text.size() > 10 && (text[10] == ' ' || text[10] == 'T');
}

CellCast make_text_parser(const CellCastRequest& request) {
  const bool is_day = request.to->id() == TypeId::Date || request.to->id() == TypeId::Date32;
  // What text that cannot be read gives when it is no error.
  const Value unreadable = request.to->id() == TypeId::Date32 ? Value(int64_t{kDate32DaysMin})
                                                              : default_value(*request.to);
  std::shared_ptr<const CellText> text = make_cell_text(request.to, text_options(request.context));
  return [=, to = request.to](const ColumnPtr& cells, FailedRows& failed) -> ColumnPtr {
    const StringCells strings(*cells);
    MutableColumnPtr out = make_column(*to);
    for (size_t i = 0; i < cells->size(); ++i) {
      const std::string_view cell = unpadded(strings[i]);
      if (text->parse(cell, *out)) continue;
      if (is_day && is_time_suffix(cell) && text->parse(cell.substr(0, 10), *out)) continue;
      failed.add(i, cells->size());
      append_value(*out, unreadable);
    }
    return out;
  };
}

CellCast make_string_to_fixed(const CellCastRequest& request) {
  return [to = request.to](const ColumnPtr& cells, FailedRows& failed) -> ColumnPtr {
    const StringCells strings(*cells);
    auto out = std::make_unique<FixedStringColumn>(to->fixed_bytes());
    for (size_t i = 0; i < cells->size(); ++i) {
      const bool fits = strings[i].size() <= to->fixed_bytes();
      if (!fits) failed.add(i, cells->size());
      out->append_string(fits ? strings[i] : std::string_view());
    }
    return out;
  };
}

CellCast make_text_writer(const CellCastRequest& request) {
  const DataType& from = *request.from;
  if (from.id() == TypeId::FixedString) {
    return [](const ColumnPtr& cells, FailedRows&) {
      const StringCells strings(*cells);
      return make_strings(cells->size(), string_bytes(*cells, 0), [&](size_t i, Buffer<char>& out) {
        append_bytes(out, unpadded(strings[i]));
      });
    };
  }
  if ((is_integer(from) && from.id() != TypeId::Bool) || from.id() == TypeId::Interval) {
    return [](const ColumnPtr& cells, FailedRows&) {
      return dispatch_native(cells->kind(), [&]<class T>() -> ColumnPtr {
        if constexpr (std::is_integral_v<T>) {
          return integers_to_text<T>(*cells);
        } else {
          return {};
        }
      });
    };
  }
  std::shared_ptr<const CellText> text =
      make_cell_text(request.from, text_options(request.context));
  return [text](const ColumnPtr& cells, FailedRows&) {
    std::string bytes;
    Buffer<uint32_t> offsets(1, 0);
    offsets.reserve(cells->size() + 1);
    for (size_t i = 0; i < cells->size(); ++i) {
      text->write(*cells, i, bytes);
      if (bytes.size() > std::numeric_limits<uint32_t>::max()) {
        throw Error(ErrorCode::TooLargeStringSize,
                    "Strings of one block are too large: " + std::to_string(bytes.size()));
      }
      offsets.push_back(static_cast<uint32_t>(bytes.size()));
    }
    return make_string_column(bytes, std::move(offsets));
  };
}

}  // namespace

CellCast make_text_cast(const CellCastRequest& request) {
  const DataType& from = *request.from;
  const DataType& to = *request.to;
  if (from.id() == TypeId::AggregateFunction || to.id() == TypeId::AggregateFunction) return {};
  if (to.id() == TypeId::String) {
    if (from.id() == TypeId::String)
      return [](const ColumnPtr& cells, FailedRows&) { return cells; };
    return make_text_writer(request);
  }
  if (!is_string_like(from)) return {};
  if (to.id() == TypeId::FixedString) return make_string_to_fixed(request);
  if ((is_integer(to) && to.id() != TypeId::Bool) || is_float(to)) {
    return make_integer_parser(request);
  }
  if (to.id() == TypeId::Interval) {
    return make_integer_parser(
        {request.context, request.from, simple_type(TypeId::Int64), request.options});
  }
  if (to.id() == TypeId::Nothing) return {};
  return make_text_parser(request);
}

}  // namespace freshet
