#include "query/function/branch.h"

#include <array>

#include "query/function/cast.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

template <class T>
ColumnPtr choose_numbers(std::span<const ColumnPtr> branches, std::span<const uint16_t> choice) {
  struct Cells {
    const T* values;
    size_t mask;
  };
  std::vector<Cells> cells;
  for (const ColumnPtr& branch : branches) {
    cells.push_back({values_of<T>(flat_cells(*branch)).data(), row_mask(*branch)});
  }
  if (cells.size() == 2) {
    const std::array<Cells, 2> both = {cells[0], cells[1]};
    return make_numbers<T>(choice.size(), [&](size_t i) {
      const T first = both[0].values[i & both[0].mask];
      const T second = both[1].values[i & both[1].mask];
      return choice[i] != 0 ? second : first;
    });
  }
  return make_numbers<T>(choice.size(), [&](size_t i) {
    const Cells& chosen = cells[choice[i]];
    return chosen.values[i & chosen.mask];
  });
}

ColumnPtr choose_strings(std::span<const ColumnPtr> branches, std::span<const uint16_t> choice) {
  std::vector<StringCells> cells;
  for (const ColumnPtr& branch : branches) cells.emplace_back(*branch);
  return make_strings(choice.size(), string_bytes(*branches[0], choice.size()),
                      [&](size_t i, Buffer<char>& out) { append_bytes(out, cells[choice[i]][i]); });
}

const NullableColumn& nullable_cells(const Column& column) {
  return static_cast<const NullableColumn&>(flat_cells(column));
}

ColumnPtr choose_nullable(const DataType& type, std::span<const ColumnPtr> branches,
                          std::span<const uint16_t> choice) {
  std::vector<ColumnPtr> nested;
  std::vector<std::span<const uint8_t>> nulls;
  std::vector<size_t> masks;
  for (const ColumnPtr& branch : branches) {
    const NullableColumn& cells = nullable_cells(*branch);
    nested.push_back(is_constant(*branch)
                         ? std::make_shared<ConstantColumn>(cells.nested(), branch->size())
                         : cells.nested());
    nulls.push_back(cells.nulls());
    masks.push_back(row_mask(*branch));
  }
  Buffer<uint8_t> flags(choice.size());
  for (size_t i = 0; i < flags.size(); ++i) flags[i] = nulls[choice[i]][i & masks[choice[i]]];
  return std::make_shared<NullableColumn>(choose_cells(*type.argument(0), nested, choice),
                                          std::move(flags));
}

}  // namespace

ColumnPtr choose_cells(const DataType& type, std::span<const ColumnPtr> branches,
                       std::span<const uint16_t> choice) {
  const PhysicalKind kind = branches[0]->kind();
  if (is_number_kind(kind)) {
    return dispatch_number(kind, [&]<class T>() { return choose_numbers<T>(branches, choice); });
  }
  if (kind == PhysicalKind::String) return choose_strings(branches, choice);
  if (kind == PhysicalKind::Nullable) return choose_nullable(type, branches, choice);
  MutableColumnPtr out = make_column(type);
  for (size_t i = 0; i < choice.size(); ++i) out->append(*branches[choice[i]], i, 1);
  return out;
}

BranchTypes unify_branches(const FunctionContext& context, const std::vector<DataTypePtr>& types) {
  BranchTypes branches;
  branches.type = require_common_type(types);
  for (const DataTypePtr& type : types) {
    branches.casts.push_back(make_cast(context, type, branches.type).cast);
  }
  return branches;
}

std::optional<DataTypePtr> common_branch_type(FunctionArguments arguments,
                                              std::span<const size_t> indexes) {
  std::vector<DataTypePtr> types;
  for (const size_t index : indexes) types.push_back(arguments[index].type);
  if (auto found = common_type(types)) return found;
  for (size_t i = 0; i < types.size(); ++i) {
    const ColumnPtr& constant = arguments[indexes[i]].constant;
    if (types[i]->id() != TypeId::UInt64 || !constant) continue;
    if (IntegerCells(*constant)[0] >= 0) types[i] = simple_type(TypeId::Int64);
  }
  return common_type(types);
}

BranchTypes unify_branches(const FunctionContext& context, FunctionArguments arguments,
                           std::span<const size_t> indexes) {
  std::vector<DataTypePtr> types;
  for (const size_t index : indexes) types.push_back(arguments[index].type);
  BranchTypes branches;
  const auto found = common_branch_type(arguments, indexes);
  branches.type = found ? *found : require_common_type(types);
  for (const DataTypePtr& type : types) {
    branches.casts.push_back(make_cast(context, type, branches.type).cast);
  }
  return branches;
}

}  // namespace freshet
