#include "query/expression/index_condition.h"

#include <algorithm>
#include <utility>

#include "query/expression/value_conversion.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

using Hashes = std::vector<uint64_t>;

// Values of an IN list that are looked for in every group.
constexpr size_t kIndexValuesMax = 10'000;

bool is_constant(const BoundExpression& e) {
  return e.kind == BoundExpression::Kind::Constant && !e.value.is_null();
}

// Part of a text that is known; more may stand where it is open.
struct TextPiece {
  std::string text;
  bool open_left = false;
  bool open_right = false;
};

std::vector<TextPiece> like_pieces(const std::string& pattern) {
  std::vector<TextPiece> pieces(1);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' || pattern[i] == '_') {
      pieces.back().open_right = true;
      pieces.emplace_back().open_left = true;
      continue;
    }
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] == '\\' && (next == '%' || next == '_' || next == '\\')) ++i;
    pieces.back().text += pattern[i];
  }
  return pieces;
}

// Hashes that the index has of every text with these pieces.
Hashes piece_hashes(const SkipIndexSpec& spec, const std::vector<TextPiece>& pieces) {
  Hashes hashes;
  for (const TextPiece& piece : pieces) {
    if (spec.kind == SkipIndexKind::Ngrams) {
      append_ngram_hashes(piece.text, spec.ngram_bytes, hashes);
      continue;
    }
    // A token that touches an open end may be a part of a longer one.
    std::string_view text = piece.text;
    const auto is_inside = [](char c) {
      Hashes token;
      append_token_hashes(std::string_view(&c, 1), token);
      return !token.empty();
    };
    while (piece.open_left && !text.empty() && is_inside(text.front())) text.remove_prefix(1);
    while (piece.open_right && !text.empty() && is_inside(text.back())) text.remove_suffix(1);
    append_token_hashes(text, hashes);
  }
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

class Compiler {
 public:
  Compiler(const std::vector<IndexTarget>& targets, const FunctionContext& functions)
      : targets_(targets), functions_(functions) {}

  std::optional<IndexCondition> compile(const BoundExpression& e) const {
    if (is_call(e, "and") || is_call(e, "or")) return compile_combination(e);
    IndexCondition tests;
    tests.kind = IndexCondition::Kind::All;
    for (size_t i = 0; i < targets_.size(); ++i) {
      auto alternatives = alternatives_of(e, targets_[i]);
      if (!alternatives) continue;
      IndexCondition& test = tests.children.emplace_back();
      test.index = i;
      test.alternatives = std::move(*alternatives);
    }
    if (tests.children.empty()) return std::nullopt;
    return tests;
  }

 private:
  std::optional<IndexCondition> compile_combination(const BoundExpression& e) const {
    IndexCondition result;
    const bool any = is_call(e, "or");
    result.kind = any ? IndexCondition::Kind::Any : IndexCondition::Kind::All;
    for (const auto& argument : e.arguments) {
      auto child = compile(*argument);
      if (child) {
        result.children.push_back(std::move(*child));
      } else if (any) {
        return std::nullopt;
      }
    }
    if (result.children.empty()) return std::nullopt;
    return result;
  }

  std::optional<std::vector<Hashes>> alternatives_of(const BoundExpression& e,
                                                     const IndexTarget& target) const {
    if (e.arguments.empty()) return std::nullopt;
    const auto is_target = [&](const BoundExpressionPtr& side) {
      return same_expression(*side, *target.expression);
    };
    if (e.kind == BoundExpression::Kind::InSet) {
      if (e.negated || !is_target(e.arguments[0]) || e.set->size() > kIndexValuesMax) {
        return std::nullopt;
      }
      return of_values(e.set->values(), e.set->type(), target);
    }
    if (e.kind != BoundExpression::Kind::Function || e.arguments.size() < 2) return std::nullopt;
    const BoundExpressionPtr& first = e.arguments[0];
    const BoundExpressionPtr& second = e.arguments[1];
    if (is_call(e, "equals")) {
      const bool swapped = is_target(second);
      if (!swapped && !is_target(first)) return std::nullopt;
      const BoundExpression& constant = swapped ? *first : *second;
      if (!is_constant(constant)) return std::nullopt;
      return of_values({constant.value}, constant.type, target);
    }
    if (e.arguments.size() != 2 || !is_target(first) || !is_constant(*second)) return std::nullopt;
    const bool is_array = target.spec.value_type->id() == TypeId::Array;
    if (is_array) {
      if (is_call(e, "has")) return of_values({second->value}, second->type, target);
      const bool any = is_call(e, "hasAny");
      if (!any && !is_call(e, "hasAll")) return std::nullopt;
      const auto* list = std::get_if<ValueList>(&second->value.cell);
      if (list == nullptr || second->type->id() != TypeId::Array) return std::nullopt;
      auto found = of_values(*list, second->type->argument(0), target);
      if (!found || any) return found;
      // An element that no cell can be makes hasAll false, but that is left to the query.
      Hashes all;
      for (const Hashes& hashes : *found) all.insert(all.end(), hashes.begin(), hashes.end());
      return std::vector<Hashes>{std::move(all)};
    }
    const auto* text = std::get_if<std::string>(&second->value.cell);
    if (text == nullptr) return std::nullopt;
    if (is_call(e, "like")) return of_pieces(like_pieces(*text), target);
    if (is_call(e, "startsWith")) return of_pieces({{*text, false, true}}, target);
    if (is_call(e, "endsWith")) return of_pieces({{*text, true, false}}, target);
    if (is_call(e, "hasToken")) {
      const bool ngrams = target.spec.kind == SkipIndexKind::Ngrams;
      return of_pieces({{*text, ngrams, ngrams}}, target);
    }
    return std::nullopt;
  }

  static std::optional<std::vector<Hashes>> of_pieces(const std::vector<TextPiece>& pieces,
                                                      const IndexTarget& target) {
    if (target.spec.kind != SkipIndexKind::Tokens && target.spec.kind != SkipIndexKind::Ngrams) {
      return std::nullopt;
    }
    Hashes hashes = piece_hashes(target.spec, pieces);
    if (hashes.empty()) return std::nullopt;
    return std::vector<Hashes>{std::move(hashes)};
  }

  std::optional<std::vector<Hashes>> of_values(const std::vector<Value>& values,
                                               const DataTypePtr& type,
                                               const IndexTarget& target) const {
    const DataTypePtr indexed = target.spec.value_type;
    const DataTypePtr cell =
        without_nullable(indexed->id() == TypeId::Array ? indexed->argument(0) : indexed);
    const DataTypePtr given = without_nullable(type);
    std::vector<Hashes> alternatives;
    for (const Value& value : values) {
      if (value.is_null()) return std::nullopt;
      Hashes hashes;
      if (target.spec.kind == SkipIndexKind::Tokens || target.spec.kind == SkipIndexKind::Ngrams) {
        const auto* text = std::get_if<std::string>(&value.cell);
        if (text == nullptr || given->id() != TypeId::String) return std::nullopt;
        hashes = piece_hashes(target.spec, {{*text, false, false}});
        if (hashes.empty()) return std::nullopt;
      } else {
        if (cell->id() == TypeId::FixedString || given->id() == TypeId::FixedString) {
          if (*cell != *given) return std::nullopt;
        }
        std::optional<Value> converted;
        try {
          converted = convert_exactly(value, given, cell, functions_);
        } catch (const Error&) {
          return std::nullopt;  // not comparable cell by cell
        }
        if (!converted) continue;  // no cell is equal to it
        append_cell_hashes(*flat(make_constant_column(*cell, *converted, 1)), hashes);
      }
      alternatives.push_back(std::move(hashes));
    }
    return alternatives;
  }

  const std::vector<IndexTarget>& targets_;
  const FunctionContext& functions_;
};

// The condition without tests of other indexes; nothing when none is left.
std::optional<IndexCondition> part_of_index(const IndexCondition& condition, size_t index) {
  if (condition.kind == IndexCondition::Kind::Test) {
    return condition.index == index ? std::optional(condition) : std::nullopt;
  }
  IndexCondition part;
  part.kind = condition.kind;
  for (const IndexCondition& child : condition.children) {
    if (auto found = part_of_index(child, index)) {
      part.children.push_back(std::move(*found));
    } else if (condition.kind == IndexCondition::Kind::Any) {
      return std::nullopt;
    }
  }
  if (part.children.empty()) return std::nullopt;
  return part;
}

}  // namespace

std::optional<IndexCondition> make_index_condition(const BoundExpression& condition,
                                                   const std::vector<IndexTarget>& targets,
                                                   const FunctionContext& functions) {
  return Compiler(targets, functions).compile(condition);
}

IndexFilter filter_of_index(const IndexFilter& filter, size_t index) {
  IndexFilter one;
  one.targets = filter.targets;
  for (const IndexCondition& condition : filter.conditions) {
    if (auto part = part_of_index(condition, index)) one.conditions.push_back(std::move(*part));
  }
  return one;
}

}  // namespace freshet
