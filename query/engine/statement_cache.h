// StatementCache: syntax trees of the queries that come again and again, such as a dashboard's, so
// that each of their texts is parsed once.
//
// What a text means is up to each query that runs it: names, types and settings are looked up in
// the tree every time. A text enters the cache when it is seen a second time, so that texts that
// never come again cost no more than a hash; the one that was not used for longest leaves it.
//
// Path:      query_engine -> StatementCache -> query/sql/parser
// Threads:   any.
// Errors:    SyntaxError and what else parsing throws; nothing is kept of a text that throws.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "query/sql/ast.h"
#include "storage/base/mutex.h"

namespace freshet {

class StatementCache {
 public:
  // A tree takes some fifty times the bytes of its text.
  static constexpr size_t kBytesMax = 256 * 1024;

  // `bytes_max`: length of all texts in it.
  explicit StatementCache(size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // The text parsed without parameters.
  std::shared_ptr<const Statement> parse(std::string_view text) EXCLUDES(mutex_);
  size_t count() const EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const Statement> statement;
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<const Statement> find(std::string_view text) EXCLUDES(mutex_);
  void add(std::string_view text, std::shared_ptr<const Statement> statement) EXCLUDES(mutex_);
  // Whether the text was seen not long ago; it is from now on.
  bool see(std::string_view text);

  const size_t bytes_max_;
  std::array<std::atomic<uint64_t>, 4096> seen_{};  // hashes of texts, by their low bits
  mutable Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);  // used last first
  std::unordered_map<std::string_view, Entries::iterator> by_text_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
