#include "query/function/cast.h"

#include <algorithm>

#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

CellCast make_plain_cast(const CellCastRequest& request);

ColumnPtr identity(const ColumnPtr& cells, FailedRows&) { return cells; }

// Entries keep their names.
CellCast make_enum_to_enum(const CellCastRequest& request) {
  const DataTypePtr text = simple_type(TypeId::String);
  CellCast to_name = make_text_cast({request.context, request.from, text, {}});
  CellCast to_entry = make_text_cast({request.context, text, request.to, request.options});
  return [=](const ColumnPtr& cells, FailedRows& failed) {
    return to_entry(to_name(cells, failed), failed);
  };
}

constexpr UInt128 kMappedIpv4 = UInt128{0xFFFF} << 32;  // ::ffff:0.0.0.0

CellCast make_address_cast(TypeId from, TypeId to) {
  if (from == TypeId::Ipv4 && to == TypeId::Ipv6) {
    return [](const ColumnPtr& cells, FailedRows&) {
      const std::span<const uint32_t> values = values_of<uint32_t>(*cells);
      return make_numbers<UInt128>(values.size(),
                                   [&](size_t i) { return kMappedIpv4 | values[i]; });
    };
  }
  if (from == TypeId::Ipv6 && to == TypeId::Ipv4) {
    return [](const ColumnPtr& cells, FailedRows& failed) {
      const std::span<const UInt128> values = values_of<UInt128>(*cells);
      return make_numbers<uint32_t>(values.size(), [&](size_t i) {
        if (values[i] >> 32 == kMappedIpv4 >> 32) return static_cast<uint32_t>(values[i]);
        failed.add(i, values.size());
        return uint32_t{0};
      });
    };
  }
  return {};
}

// The elements' conversion; its failures are the whole list's, thrown at once.
ColumnCast make_element_cast(const CellCastRequest& request, const DataTypePtr& from,
                             const DataTypePtr& to) {
  CastOptions options;
  options.accurate = request.options.accurate;
  return make_cast(request.context, from, to, options).cast;
}

Buffer<uint32_t> copy_offsets(const ArrayColumn& array) {
  return {array.offsets().begin(), array.offsets().end()};
}

CellCast make_array_cast(const CellCastRequest& request) {
  ColumnCast cast = make_element_cast(request, request.from->argument(0), request.to->argument(0));
  return [cast](const ColumnPtr& cells, FailedRows&) -> ColumnPtr {
    const auto& array = static_cast<const ArrayColumn&>(*cells);
    return std::make_shared<ArrayColumn>(cast(array.elements()), copy_offsets(array));
  };
}

CellCast make_tuple_cast(const CellCastRequest& request) {
  const auto& from = request.from->arguments();
  const auto& to = request.to->arguments();
  if (from.size() != to.size()) return {};
  std::vector<ColumnCast> casts;
  for (size_t i = 0; i < from.size(); ++i) {
    casts.push_back(make_element_cast(request, from[i], to[i]));
  }
  return [casts](const ColumnPtr& cells, FailedRows&) -> ColumnPtr {
    const auto& tuple = static_cast<const TupleColumn&>(*cells);
    std::vector<ColumnPtr> elements;
    for (size_t i = 0; i < casts.size(); ++i) elements.push_back(casts[i](tuple.element(i)));
    return std::make_shared<TupleColumn>(std::move(elements), tuple.size());
  };
}

// The type of the elements of an Array or Map.
DataTypePtr element_type(const DataType& type) {
  return type.id() == TypeId::Map ? tuple_type(type.arguments()) : type.argument(0);
}

CellCast make_nested_cast(const CellCastRequest& request) {
  const PhysicalKind from = request.from->kind();
  if (from != request.to->kind()) return {};
  if (from == PhysicalKind::Tuple) return make_tuple_cast(request);
  if (from != PhysicalKind::Array) return {};
  return make_array_cast({request.context, array_type(element_type(*request.from)),
                          array_type(element_type(*request.to)), request.options});
}

bool only_zone_differs(const DataType& a, const DataType& b) {
  return a.id() == b.id() &&
         (a.id() == TypeId::DateTime || (a.id() == TypeId::DateTime64 && a.scale() == b.scale()));
}

// Null when there is no conversion.
CellCast make_plain_cast(const CellCastRequest& request) {
  const DataType& from = *request.from;
  const DataType& to = *request.to;
  if (from == to || only_zone_differs(from, to)) return identity;
  if (from.id() == TypeId::Nothing) {
    return [type = request.to](const ColumnPtr& cells, FailedRows&) {
      return flat(make_default_column(*type, cells->size()));
    };
  }
  if (is_enum(from) && is_enum(to)) return make_enum_to_enum(request);
  if (to.id() == TypeId::String || is_string_like(from)) return make_text_cast(request);
  if (is_date_or_time(from) || is_date_or_time(to)) return make_time_cast(request);
  if (CellCast cast = make_number_cast(request)) return cast;
  if (CellCast cast = make_address_cast(from.id(), to.id())) return cast;
  return make_nested_cast(request);
}

ErrorCode failure_code(const DataType& from, const DataType& to, std::string_view text) {
  if (is_enum(to)) return ErrorCode::UnknownElementOfEnum;
  if (!is_string_like(from)) {
    const bool decimal = from.id() == TypeId::Decimal || to.id() == TypeId::Decimal;
    return decimal ? ErrorCode::DecimalOverflow : ErrorCode::CannotConvertType;
  }
  switch (to.id()) {
    case TypeId::Date:
    case TypeId::Date32:
      return ErrorCode::CannotParseDate;
    case TypeId::DateTime:
    case TypeId::DateTime64:
      return ErrorCode::CannotParseDatetime;
    case TypeId::Uuid:
      return ErrorCode::CannotParseUuid;
    case TypeId::Ipv4:
      return ErrorCode::CannotParseIpv4;
    case TypeId::Ipv6:
      return ErrorCode::CannotParseIpv6;
    case TypeId::Bool:
      return ErrorCode::CannotParseBool;
    case TypeId::FixedString:
      return ErrorCode::TooLargeStringSize;
    case TypeId::Float32:
    case TypeId::Float64:
      return ErrorCode::CannotParseNumber;
    case TypeId::Array:
    case TypeId::Map:
    case TypeId::Tuple:
      return ErrorCode::CannotReadArrayFromText;
    default:
      if (text.empty()) return ErrorCode::AttemptToReadAfterEof;
      if (is_unsigned_integer(to) && text.front() == '-') return ErrorCode::CannotParseNumber;
      return ErrorCode::CannotParseText;
  }
}

[[noreturn]] void throw_failure(const DataTypePtr& from, const DataTypePtr& to, const Column& cells,
                                size_t row) {
  const bool is_text = is_string_like(*from);
  const std::string text = value_text(*from, value_at(cells, row));
  throw Error(failure_code(*from, *to, text),
              (is_text ? "Cannot parse " + to->name() + " from text: '"
                       : "Cannot convert " + from->name() + " to " + to->name() + ": '") +
                  text + "'");
}

[[noreturn]] void throw_null(const DataType& to) {
  throw Error(ErrorCode::CannotInsertNullInOrdinaryColumn,
              "Cannot convert NULL to a type that is not Nullable: " + to.name());
}

// A cast between types of which either may be Nullable, without LowCardinality.
struct NullableCast {
  CellCast cell_cast;
  DataTypePtr bare_from;
  DataTypePtr bare_to;
  CastFailure on_failure;
  bool result_nullable;

  ColumnPtr operator()(const ColumnPtr& column) const {
    if (is_constant(*column)) {
      const ColumnPtr& cell = static_cast<const ConstantColumn&>(*column).cell();
      return std::make_shared<ConstantColumn>((*this)(cell), column->size());
    }
    ColumnPtr cells = flat(column);
    Buffer<uint8_t> nulls;
    if (cells->kind() == PhysicalKind::Nullable) {
      const auto& nullable = static_cast<const NullableColumn&>(*cells);
      merge_nulls(nullable, nulls);
      cells = nullable.nested();
    }
    FailedRows failed;
    const ColumnPtr result = cell_cast(cells, failed);
    if (failed.any() && on_failure == CastFailure::Throw) {
      for (size_t row = 0; row < cells->size(); ++row) {
        const bool is_null = !nulls.empty() && nulls[row] != 0;
        if (failed.contains(row) && !is_null) throw_failure(bare_from, bare_to, *cells, row);
      }
    }
    if (!result_nullable) {
      if (nulls.empty()) return result;
      if (on_failure == CastFailure::Throw) throw_null(*bare_to);
      return clear_rows(result, nulls);
    }
    if (failed.any() && on_failure == CastFailure::Null) {
      if (nulls.empty()) nulls.assign(cells->size(), 0);
      for (size_t row = 0; row < nulls.size(); ++row) nulls[row] |= failed.contains(row);
    }
    return make_nullable(result, std::move(nulls));
  }
};

}  // namespace

BoundCast make_cast(const FunctionContext& context, const DataTypePtr& from, const DataTypePtr& to,
                    const CastOptions& options) {
  const DataTypePtr plain_from = without_low_cardinality(from);
  const DataTypePtr plain_to = without_low_cardinality(to);
  NullableCast cast;
  cast.bare_from = without_nullable(plain_from);
  cast.bare_to = without_nullable(plain_to);
  cast.on_failure = options.on_failure;
  cast.result_nullable = plain_to->is_nullable() || options.on_failure == CastFailure::Null ||
                         (options.keep_nulls && plain_from->is_nullable());
  const DataTypePtr type = cast.result_nullable && !can_be_null(*to) ? nullable_type(to) : to;
  if (*plain_from == *type) return {type, [](const ColumnPtr& column) { return column; }};
  cast.cell_cast = make_plain_cast({context, cast.bare_from, cast.bare_to, options});
  if (!cast.cell_cast) {
    throw Error(ErrorCode::CannotConvertType,
                "There is no conversion from " + from->name() + " to " + to->name());
  }
  return {type, std::move(cast)};
}

ColumnPtr parse_cell(const FunctionContext& context, std::string_view text, const DataTypePtr& to) {
  if (is_date_or_time(*to)) {
    TextOptions options;
    options.time_zone = context.time_zone;
    options.best_effort_dates = true;
    MutableColumnPtr cell = make_column(*to);
    if (!make_cell_text(to, options)->parse(text, *cell)) return nullptr;
    return cell;
  }
  auto source = std::make_shared<StringColumn>();
  source->append_string(text);
  CastOptions options;
  options.on_failure = CastFailure::Default;
  options.accurate = true;
  const CellCast cast = make_plain_cast({context, simple_type(TypeId::String), to, options});
  if (!cast) return nullptr;
  FailedRows failed;
  ColumnPtr cell = cast(source, failed);
  return failed.any() ? nullptr : cell;
}

ColumnPtr cast_column(const FunctionContext& context, const ColumnPtr& column,
                      const DataTypePtr& from, const DataTypePtr& to, bool null_on_error) {
  CastOptions options;
  if (null_on_error) options.on_failure = CastFailure::Null;
  return make_cast(context, from, to, options).cast(column);
}

}  // namespace freshet
