// Schema: named, typed columns in order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/strong_id.h"
#include "storage/column/data_type.h"

namespace freshet {

struct NamedType {
  std::string name;
  DataTypePtr type;

  bool operator==(const NamedType& other) const {
    return name == other.name && *type == *other.type;
  }
};

class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<NamedType> columns) : columns_(std::move(columns)) {}

  size_t size() const { return columns_.size(); }
  const NamedType& operator[](ColumnIndex index) const { return columns_[index]; }
  const std::vector<NamedType>& columns() const { return columns_; }
  // Position of the column of that name (case matters).
  std::optional<ColumnIndex> find(std::string_view name) const;
  void add(std::string name, DataTypePtr type) { columns_.push_back({std::move(name), std::move(type)}); }

  bool operator==(const Schema&) const = default;

 private:
  std::vector<NamedType> columns_;
};

}  // namespace freshet
