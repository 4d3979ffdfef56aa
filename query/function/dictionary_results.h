// DictionaryResults remembers what a function gave for the entries of dictionaries, so that a
// segment's distinct strings are matched, parsed or cut once and not once per chunk.
//
// Running a function on all entries pays only when the chunks that share the dictionary have at
// least as many rows; until that many rows were seen, chunks are computed row by row.
//
// Path:      evaluate() -> DictionaryResults
// Owns:      the last few dictionaries it met, with their results.
// Threads:   any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/column/coded_column.h"

namespace freshet {

// What a function gave for each entry of one dictionary.
class DictionaryResult {
 public:
  // `cells`: one per entry, of any form.
  explicit DictionaryResult(const ColumnPtr& cells);
  // The results of rows with these codes: Dictionary for strings, Flat for the rest.
  ColumnPtr select(std::span<const uint32_t> codes) const;

 private:
  ColumnPtr cells_;                               // set when not strings
  std::shared_ptr<const Dictionary> dictionary_;  // distinct results
  Buffer<uint32_t> codes_;                        // entry -> code in dictionary_; empty: the same
};

class DictionaryResults {
 public:
  // The result for `dictionary`, computed by `compute` when `row_count` more rows make it pay; null
  // when it does not pay yet, or when `compute` throws.
  std::shared_ptr<const DictionaryResult> find(const std::shared_ptr<const Dictionary>& dictionary,
                                               size_t row_count,
                                               const std::function<ColumnPtr()>& compute);

 private:
  // Workers are on different segments; each has its own dictionary.
  static constexpr size_t kDictionariesMax = 8;
  struct Known {
    std::shared_ptr<const Dictionary> dictionary;
    std::shared_ptr<const DictionaryResult> result;
    size_t row_count = 0;
    bool failed = false;
  };
  Known& known(const std::shared_ptr<const Dictionary>& dictionary) REQUIRES(mutex_);

  Mutex mutex_;
  std::vector<Known> known_ GUARDED_BY(mutex_);  // last met at the end
};

}  // namespace freshet
