#include "query/engine/table_indexes.h"

#include <algorithm>
#include <array>

#include "query/sql/ast_printer.h"
#include "storage/base/error.h"
#include "storage/segment/skip_index.h"

namespace freshet {

namespace {

struct IndexType {
  std::string_view name;
  size_t argument_count;
  // False: accepted, so that definitions written for ClickHouse work, but nothing is kept.
  bool is_kept;
};

constexpr std::array<IndexType, 8> kIndexTypes = {{{"minmax", 0, false},
                                                   {"set", 1, true},
                                                   {"bloom_filter", 1, true},
                                                   {"tokenbf_v1", 3, true},
                                                   {"ngrambf_v1", 4, true},
                                                   {"text", 0, false},
                                                   {"hypothesis", 0, false},
                                                   {"vector_similarity", 0, false}}};

std::string of_index(const IndexDefinition& index) {
  return ": When validating secondary index `" + index.name + "`";
}

}  // namespace

std::string index_type_name(const IndexDefinition& index) {
  if (const auto* call = as<FunctionCall>(index.type)) return call->name;
  return to_sql(*index.type);
}

std::string index_type_text(const IndexDefinition& index) {
  const auto* call = as<FunctionCall>(index.type);
  return call != nullptr && call->arguments.empty() ? call->name : to_sql(*index.type);
}

void check_index(const IndexDefinition& index, const Schema& schema, const BindContext& context) {
  const auto bound = bind_expression(schema, *index.expression, context);
  const std::string name = index_type_name(index);
  const auto type = std::ranges::find(kIndexTypes, name, &IndexType::name);
  if (type == kIndexTypes.end()) {
    std::string names;
    for (const IndexType& known : kIndexTypes) {
      names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    throw Error(
        ErrorCode::IncorrectQuery,
        "Unknown Index type '" + name + "'. Available index types: " + names + of_index(index));
  }
  if (!type->is_kept) return;
  const auto* call = as<FunctionCall>(index.type);
  const size_t count = call == nullptr ? 0 : call->arguments.size();
  const bool optional = name == "bloom_filter" && count == 0;
  if (name == "set" && count != 1) {
    throw Error(ErrorCode::IncorrectQuery,
                "Set index must have exactly one argument" + of_index(index));
  }
  if (count != type->argument_count && !optional) {
    throw Error(ErrorCode::BadArguments, "`" + name + "` index must have exactly " +
                                             std::to_string(type->argument_count) + " arguments" +
                                             of_index(index));
  }
  const auto spec = parse_skip_index({index.name, {}, to_sql(*index.type)});
  if (!spec) {
    throw Error(ErrorCode::BadArguments, "The arguments of the index are not valid: " +
                                             to_sql(*index.type) + of_index(index));
  }
  // Several columns in one index: accepted, nothing is kept.
  if (bound->type->id() == TypeId::Tuple || is_indexable(spec->kind, *bound->type)) return;
  if (spec->kind == SkipIndexKind::Tokens || spec->kind == SkipIndexKind::Ngrams) {
    throw Error(ErrorCode::BadArguments,
                "Ngram and token bloom filter indexes can only be used with column types `String`, "
                "`LowCardinality(String)` or `Array(String)`" +
                    of_index(index));
  }
  throw Error(ErrorCode::IllegalColumn,
              "Unexpected type " + bound->type->name() + " of index" + of_index(index));
}

void check_indexes(const std::vector<IndexDefinition>& indexes, const Schema& schema,
                   const BindContext& context) {
  for (auto index = indexes.begin(); index != indexes.end(); ++index) {
    check_index(*index, schema, context);
    if (std::ranges::find(indexes.begin(), index, index->name, &IndexDefinition::name) != index) {
      throw Error(ErrorCode::IncorrectQuery,
                  "Duplicated index name " + index->name +
                      " is not allowed. Please use a different index name");
    }
  }
}

bool alter_indexes(const AlterCommand& command, std::vector<IndexDefinition>& indexes) {
  const auto find = [&](const std::string& name) {
    return std::ranges::find(indexes, name, &IndexDefinition::name);
  };
  if (command.kind == AlterKind::AddIndex) {
    if (find(command.index.name) != indexes.end()) {
      if (command.if_not_exists) return true;
      throw Error(ErrorCode::IllegalColumn, "Cannot add index " + command.index.name +
                                                ": index with this name already exists");
    }
    auto place = command.first ? indexes.begin() : indexes.end();
    if (!command.after.empty()) {
      place = find(command.after);
      if (place == indexes.end()) {
        throw Error(ErrorCode::BadArguments,
                    "Wrong index name. Cannot find index `" + command.after + "` to insert after");
      }
      ++place;
    }
    indexes.insert(place, command.index);
    return true;
  }
  if (command.kind == AlterKind::DropIndex) {
    const auto place = find(command.name);
    if (place != indexes.end()) {
      indexes.erase(place);
    } else if (!command.if_exists) {
      throw Error(ErrorCode::BadArguments,
                  "Wrong index name. Cannot find index `" + command.name + "` to drop");
    }
    return true;
  }
  return false;
}

}  // namespace freshet
