#include "query/aggregate/combinator.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "storage/base/error.h"
#include "storage/column/chunk.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/string_column.h"
#include "storage/column/value_bytes.h"

namespace freshet {

namespace {

// Forwards everything to the nested function; the state is the nested state, then `extra_bytes`.
class Wrapper : public AggregateFunction {
 public:
  void create(char* state) const override {
    nested_->create(state);
    std::memset(state + nested_->state_bytes(), 0, state_bytes() - nested_->state_bytes());
  }
  void destroy(char* state) const override { nested_->destroy(state); }
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    nested_->add(arguments, row_count, states);
  }
  bool grows_with_rows() const override { return nested_->grows_with_rows(); }
  void merge(char* into, char* from) const override { nested_->merge(into, from); }
  void serialize(const char* state, ByteWriter& out) const override {
    nested_->serialize(state, out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    nested_->merge_serialized(state, in);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    nested_->finish(rows, offset, row_count, out);
  }

 protected:
  Wrapper(AggregateFunctionPtr nested, DataTypePtr result_type, size_t extra_bytes)
      : AggregateFunction(std::move(result_type), nested->state_bytes() + extra_bytes,
                          nested->state_alignment(), nested->owns_memory(),
                          nested->zero_is_empty()),
        nested_(std::move(nested)) {}

  // Adds the selected rows of the arguments to the nested function.
  void add_selected(std::span<const ColumnPtr> arguments, std::span<const RowIndex> rows,
                    size_t row_count, StateRows states) const {
    if (rows.size() == row_count) {
      nested_->add(arguments, row_count, states);
      return;
    }
    std::vector<ColumnPtr> selected;
    for (const ColumnPtr& argument : arguments) selected.push_back(argument->select(rows));
    if (states.one != nullptr) {
      nested_->add(selected, rows.size(), states);
      return;
    }
    std::vector<char*> selected_states(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) selected_states[i] = states.rows[rows[i]];
    nested_->add(selected, rows.size(), StateRows::of(selected_states.data(), states.offset));
  }

  const AggregateFunction& nested() const { return *nested_; }

 private:
  AggregateFunctionPtr nested_;
};

// A Wrapper that remembers in one byte whether the group had any row.
class Flagged : public Wrapper {
 public:
  void merge(char* into, char* from) const override {
    flag(into) = static_cast<char>(flag(into) | flag(from));
    nested().merge(into, from);
  }
  void serialize(const char* state, ByteWriter& out) const override {
    out.put_u8(static_cast<uint8_t>(state[nested().state_bytes()]));
    nested().serialize(state, out);
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint8_t had_rows = in.get_u8();
    flag(state) = static_cast<char>(flag(state) | (had_rows != 0 ? 1 : 0));
    nested().merge_serialized(state, in);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    if (out.kind() != PhysicalKind::Nullable) {
      for (size_t i = 0; i < row_count; ++i) {
        if (flag(rows[i] + offset) != 0) {
          nested().finish(rows + i, offset, 1, out);
        } else {
          out.append_default(1);
        }
      }
      return;
    }
    auto& cells = static_cast<NullableColumn&>(out);
    const bool nested_nullable = nested().result_type()->is_nullable();
    for (size_t i = 0; i < row_count; ++i) {
      if (flag(rows[i] + offset) == 0) {
        out.append_default(1);
      } else if (nested_nullable) {
        nested().finish(rows + i, offset, 1, out);
      } else {
        nested().finish(rows + i, offset, 1, cells.mutable_nested());
        cells.mutable_nulls().push_back(0);
      }
    }
  }

 protected:
  Flagged(AggregateFunctionPtr nested, DataTypePtr result_type)
      : Wrapper(std::move(nested), std::move(result_type), 1) {}

  char& flag(char* state) const { return state[nested().state_bytes()]; }
  void set_flags(std::span<const RowIndex> rows, StateRows states) const {
    for (const RowIndex row : rows) flag(states[row]) = 1;
  }
};

// Arguments without their Nullable wrappers, and the rows in which none is NULL.
std::vector<ColumnPtr> without_nulls(std::span<const ColumnPtr> arguments, size_t row_count,
                                     std::vector<RowIndex>& rows) {
  std::vector<ColumnPtr> bare;
  Buffer<uint8_t> is_null(row_count, 0);
  for (const ColumnPtr& argument : arguments) {
    if (argument->kind() != PhysicalKind::Nullable) {
      bare.push_back(argument);
      continue;
    }
    const ColumnPtr cells = flat(argument);
    const auto& nullable = static_cast<const NullableColumn&>(*cells);
    const std::span<const uint8_t> nulls = nullable.nulls();
    for (size_t i = 0; i < row_count; ++i) is_null[i] = static_cast<uint8_t>(is_null[i] | nulls[i]);
    bare.push_back(nullable.nested());
  }
  for (size_t i = 0; i < row_count; ++i) {
    if (is_null[i] == 0) rows.push_back(static_cast<RowIndex>(i));
  }
  return bare;
}

class SkipNulls final : public Wrapper {
 public:
  explicit SkipNulls(AggregateFunctionPtr nested) : Wrapper(nested, nested->result_type(), 0) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    std::vector<RowIndex> rows;
    const std::vector<ColumnPtr> bare = without_nulls(arguments, row_count, rows);
    add_selected(bare, rows, row_count, states);
  }
};

class SkipNullsOrNull final : public Flagged {
 public:
  explicit SkipNullsOrNull(AggregateFunctionPtr nested)
      : Flagged(nested, nullable_type(nested->result_type())) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    std::vector<RowIndex> rows;
    const std::vector<ColumnPtr> bare = without_nulls(arguments, row_count, rows);
    set_flags(rows, states);
    add_selected(bare, rows, row_count, states);
  }
};

class OnlyNull final : public AggregateFunction {
 public:
  OnlyNull() : AggregateFunction(nullable_type(simple_type(TypeId::Nothing)), 1, 1, false, true) {}
  void create(char* state) const override { *state = 0; }
  void destroy(char*) const override {}
  void add(std::span<const ColumnPtr>, size_t, StateRows) const override {}
  void merge(char*, char*) const override {}
  void serialize(const char*, ByteWriter&) const override {}
  void merge_serialized(char*, ByteReader&) const override {}
  void finish(char* const*, size_t, size_t row_count, Column& out) const override {
    out.append_default(row_count);
  }
};

class OrEmpty final : public Flagged {
 public:
  OrEmpty(AggregateFunctionPtr nested, DataTypePtr result_type)
      : Flagged(std::move(nested), std::move(result_type)) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    for (size_t i = 0; i < row_count; ++i) flag(states[i]) = 1;
    nested().add(arguments, row_count, states);
  }
};

// The rows in which a condition, which may be Nullable, is true.
std::vector<RowIndex> true_rows(const ColumnPtr& condition, size_t row_count) {
  const ColumnPtr cells = flat(condition);
  const Column* truths = cells.get();
  std::span<const uint8_t> nulls;
  if (cells->kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(*cells);
    truths = nullable.nested().get();
    nulls = nullable.nulls();
  }
  std::vector<RowIndex> rows;
  dispatch_number(truths->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*truths);
    for (size_t i = 0; i < row_count; ++i) {
      if (values[i] != T{0} && (nulls.empty() || nulls[i] == 0)) {
        rows.push_back(static_cast<RowIndex>(i));
      }
    }
  });
  return rows;
}

class OnlyIf final : public Wrapper {
 public:
  explicit OnlyIf(AggregateFunctionPtr nested) : Wrapper(nested, nested->result_type(), 0) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const std::vector<RowIndex> rows = true_rows(arguments.back(), row_count);
    add_selected(arguments.first(arguments.size() - 1), rows, row_count, states);
  }
};

// An OnlyIf whose states have a byte that says whether there was a row, as stored ones do.
class OnlyIfFlagged final : public Flagged {
 public:
  explicit OnlyIfFlagged(AggregateFunctionPtr nested) : Flagged(nested, nested->result_type()) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const std::vector<RowIndex> rows = true_rows(arguments.back(), row_count);
    set_flags(rows, states);
    add_selected(arguments.first(arguments.size() - 1), rows, row_count, states);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    nested().finish(rows, offset, row_count, out);
  }
};

class OfArrays final : public Wrapper {
 public:
  explicit OfArrays(AggregateFunctionPtr nested) : Wrapper(nested, nested->result_type(), 0) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    std::vector<ColumnPtr> lists;
    for (const ColumnPtr& argument : arguments) lists.push_back(flat(argument));
    const auto offsets = static_cast<const ArrayColumn&>(*lists[0]).offsets();
    std::vector<ColumnPtr> elements;
    for (const ColumnPtr& list : lists) {
      const auto& array = static_cast<const ArrayColumn&>(*list);
      if (!std::equal(offsets.begin(), offsets.end(), array.offsets().begin())) {
        throw Error(ErrorCode::BadArguments,
                    "Lengths of all arrays passed to an -Array aggregate function must be equal");
      }
      elements.push_back(array.elements());
    }
    const size_t element_count = elements[0]->size();
    if (states.one != nullptr) {
      nested().add(elements, element_count, states);
      return;
    }
    std::vector<char*> element_states(element_count);
    for (size_t i = 0; i < row_count; ++i) {
      for (uint32_t k = offsets[i]; k < offsets[i + 1]; ++k) element_states[k] = states.rows[i];
    }
    nested().add(elements, element_count, StateRows::of(element_states.data(), states.offset));
  }
};

// Keeps the distinct argument rows, and feeds them to a fresh nested state at the end.
struct DistinctRows {
  std::vector<MutableColumnPtr> columns;
  std::unordered_map<uint64_t, bool> seen;
};

class OfDistinct final : public AggregateFunction {
 public:
  OfDistinct(AggregateFunctionPtr nested, std::vector<DataTypePtr> types)
      : AggregateFunction(nested->result_type(), sizeof(DistinctRows), alignof(DistinctRows), true,
                          false),
        nested_(std::move(nested)),
        types_(std::move(types)) {}

  void create(char* state) const override {
    auto* rows = ::new (static_cast<void*>(state)) DistinctRows();
    for (const DataTypePtr& type : types_) rows->columns.push_back(make_column(*type));
  }
  void destroy(char* state) const override { at(state).~DistinctRows(); }
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    Buffer<uint64_t> hashes;
    hash_rows(arguments, row_count, hashes);
    for (size_t i = 0; i < row_count; ++i) {
      DistinctRows& rows = at(states[i]);
      if (!rows.seen.emplace(hashes[i], true).second) continue;
      for (size_t c = 0; c < arguments.size(); ++c) rows.columns[c]->append(*arguments[c], i, 1);
    }
  }
  void merge(char* into, char* from) const override { add_rows(into, shared_columns(at(from))); }
  void serialize(const char* state, ByteWriter& out) const override {
    const DistinctRows& rows = at(state);
    const size_t count = rows.columns[0]->size();
    out.put_varint(count);
    for (const auto& column : rows.columns) {
      for (size_t i = 0; i < count; ++i) write_value(value_at(*column, i), out);
    }
  }
  void merge_serialized(char* state, ByteReader& in) const override {
    const uint64_t count = in.get_varint();
    in.require_elements(count, 1);
    std::vector<ColumnPtr> columns;
    for (const DataTypePtr& type : types_) {
      MutableColumnPtr column = make_column(*type);
      for (uint64_t i = 0; i < count; ++i) append_value(*column, read_value(in));
      columns.push_back(std::move(column));
    }
    add_rows(state, columns);
  }
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    std::vector<uint64_t> memory(nested_->state_bytes() / sizeof(uint64_t) + 2);
    char* state = reinterpret_cast<char*>(memory.data());
    for (size_t i = 0; i < row_count; ++i) {
      const std::vector<ColumnPtr> columns = shared_columns(at(rows[i] + offset));
      nested_->create(state);
      nested_->add(columns, columns[0]->size(), StateRows::single(state));
      nested_->finish(&state, 0, 1, out);
      nested_->destroy(state);
    }
  }

 private:
  static DistinctRows& at(char* state) { return *reinterpret_cast<DistinctRows*>(state); }
  static const DistinctRows& at(const char* state) {
    return *reinterpret_cast<const DistinctRows*>(state);
  }
  std::vector<ColumnPtr> shared_columns(const DistinctRows& rows) const {
    std::vector<ColumnPtr> columns;
    for (const auto& column : rows.columns) columns.push_back(column->slice(0, column->size()));
    return columns;
  }
  void add_rows(char* state, const std::vector<ColumnPtr>& columns) const {
    add(columns, columns[0]->size(), StateRows::single(state));
  }

  AggregateFunctionPtr nested_;
  std::vector<DataTypePtr> types_;
};

class StateOf final : public Wrapper {
 public:
  StateOf(AggregateFunctionPtr nested, DataTypePtr state_type)
      : Wrapper(std::move(nested), std::move(state_type), 0) {}
  void finish(char* const* rows, size_t offset, size_t row_count, Column& out) const override {
    auto& strings = static_cast<StringColumn&>(out);
    std::string bytes;
    for (size_t i = 0; i < row_count; ++i) {
      bytes.clear();
      ByteWriter writer(bytes);
      nested().serialize(rows[i] + offset, writer);
      strings.append_string(bytes);
    }
  }
};

class MergeOf final : public Wrapper {
 public:
  explicit MergeOf(AggregateFunctionPtr nested) : Wrapper(nested, nested->result_type(), 0) {}
  void add(std::span<const ColumnPtr> arguments, size_t row_count,
           StateRows states) const override {
    const ColumnPtr cells = flat(arguments[0]);
    const auto& strings = static_cast<const StringColumn&>(*cells);
    for (size_t i = 0; i < row_count; ++i) {
      // The default cell of a state column, as a missing value leaves it, is no rows at all.
      if (strings.at(i).empty()) continue;
      ByteReader reader(strings.at(i));
      nested().merge_serialized(states[i], reader);
    }
  }
};

}  // namespace

AggregateFunctionPtr skip_nulls(AggregateFunctionPtr nested, bool null_when_empty) {
  if (null_when_empty) return std::make_shared<SkipNullsOrNull>(std::move(nested));
  return std::make_shared<SkipNulls>(std::move(nested));
}

AggregateFunctionPtr only_null() { return std::make_shared<OnlyNull>(); }

AggregateFunctionPtr only_if(AggregateFunctionPtr nested, bool flagged) {
  if (flagged) return std::make_shared<OnlyIfFlagged>(std::move(nested));
  return std::make_shared<OnlyIf>(std::move(nested));
}

AggregateFunctionPtr of_arrays(AggregateFunctionPtr nested) {
  return std::make_shared<OfArrays>(std::move(nested));
}

AggregateFunctionPtr of_distinct(AggregateFunctionPtr nested, std::vector<DataTypePtr> types) {
  return std::make_shared<OfDistinct>(std::move(nested), std::move(types));
}

AggregateFunctionPtr or_null(AggregateFunctionPtr nested) {
  DataTypePtr type = nullable_type(nested->result_type());
  return std::make_shared<OrEmpty>(std::move(nested), std::move(type));
}

AggregateFunctionPtr or_default(AggregateFunctionPtr nested) {
  DataTypePtr type = nested->result_type();
  return std::make_shared<OrEmpty>(std::move(nested), std::move(type));
}

AggregateFunctionPtr state_of(AggregateFunctionPtr nested, DataTypePtr state_type) {
  return std::make_shared<StateOf>(std::move(nested), std::move(state_type));
}

AggregateFunctionPtr merge_of(AggregateFunctionPtr nested) {
  return std::make_shared<MergeOf>(std::move(nested));
}

}  // namespace freshet
