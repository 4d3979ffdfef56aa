#include "query/engine/statement_cache.h"

#include <iterator>
#include <utility>
#include <variant>

#include "query/sql/parser.h"
#include "storage/base/hash.h"

namespace freshet {

namespace {

// Longer texts are rare, and parsing is a small part of what they cost.
constexpr size_t kTextBytesMax = 4096;

}  // namespace

std::shared_ptr<const Statement> StatementCache::parse(std::string_view text) {
  if (text.size() > kTextBytesMax) return std::make_shared<const Statement>(parse_statement(text));
  if (auto known = find(text)) return known;
  auto statement = std::make_shared<const Statement>(parse_statement(text));
  // Of the other statements hardly one is run twice, and INSERTs have data in their texts.
  if (std::holds_alternative<QueryPtr>(statement->body) && see(text)) add(text, statement);
  return statement;
}

size_t StatementCache::count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const Statement> StatementCache::find(std::string_view text) {
  MutexLock lock(mutex_);
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement;
}

void StatementCache::add(std::string_view text, std::shared_ptr<const Statement> statement) {
  Entries made;
  made.push_back({std::string(text), std::move(statement)});
  Entries left;  // freed without the lock
  MutexLock lock(mutex_);
  const auto [place, is_new] = by_text_.try_emplace(made.front().text, made.begin());
  if (!is_new) return;
  bytes_ += made.front().text.size();
  entries_.splice(entries_.begin(), made);
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().text.size();
    by_text_.erase(entries_.back().text);
    left.splice(left.end(), entries_, std::prev(entries_.end()));
  }
}

bool StatementCache::see(std::string_view text) {
  const uint64_t hash = hash_bytes(text);
  return seen_[hash % seen_.size()].exchange(hash, std::memory_order_relaxed) == hash;
}

}  // namespace freshet
