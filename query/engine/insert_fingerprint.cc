#include "query/engine/insert_fingerprint.h"

#include <array>
#include <cstdio>

#include "storage/base/hash.h"
#include "storage/column/row_hash.h"

namespace freshet {

InsertFingerprint::InsertFingerprint(const Schema& columns) {
  for (const NamedType& column : columns.columns()) add_hash(hash_bytes(column.name));
}

void InsertFingerprint::add_hash(uint64_t hash) {
  low_ = hash_combine(low_, hash);
  high_ = hash_combine(high_, ~hash);
}

void InsertFingerprint::add(const Chunk& rows, const std::vector<Buffer<uint8_t>>& defaults) {
  Buffer<uint64_t> hashes;
  hash_rows(rows.columns, rows.row_count, hashes);
  for (size_t column = 0; column < defaults.size(); ++column) {
    for (size_t row = 0; row < defaults[column].size(); ++row) {
      if (defaults[column][row] != 0) hashes[row] = hash_combine(hashes[row], column + 1);
    }
  }
  for (const uint64_t hash : hashes) add_hash(hash);
  row_count_ += rows.row_count;
}

void InsertFingerprint::add_bad(const Column& texts) {
  for (size_t row = 0; row < texts.size(); ++row) add_hash(~hash_cell(texts, row));
  row_count_ += texts.size();
}

std::string InsertFingerprint::text() const {
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "block_%016llx%016llx",
                                   static_cast<unsigned long long>(hash_combine(high_, row_count_)),
                                   static_cast<unsigned long long>(hash_combine(low_, row_count_)));
  return std::string(text.data(), static_cast<size_t>(length));
}

}  // namespace freshet
