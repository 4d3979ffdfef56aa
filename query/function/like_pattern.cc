#include "query/function/like_pattern.h"

#include <algorithm>
#include <cwctype>

#include "query/function/letter_case.h"
#include "query/function/utf8.h"
#include "storage/base/error.h"

namespace freshet {

std::string fold_case(std::string_view text) {
  Buffer<char> folded;
  folded.reserve(text.size());
  append_lower_utf8(text, folded);
  return {folded.begin(), folded.end()};
}

LikePattern::LikePattern(std::string_view pattern, bool any_case) : any_case_(any_case) {
  const std::string folded = any_case ? fold_case(pattern) : std::string(pattern);
  Piece piece;
  bool after_percent = false;
  const auto end_piece = [&] {
    if (!piece.text.empty()) pieces_.push_back(std::move(piece));
    piece = {};
  };
  for (size_t i = 0; i < folded.size(); ++i) {
    char c = folded[i];
    if (c == '%') {
      if (i == 0) anchored_front_ = false;
      end_piece();
      after_percent = true;
      continue;
    }
    after_percent = false;
    bool wild = c == '_';
    if (c == '\\') {
      if (i + 1 == folded.size()) {
        throw Error(
            ErrorCode::CannotParseEscapeSequence,
            "Invalid escape sequence at the end of LIKE pattern '" + std::string(pattern) + "'");
      }
      const char next = folded[i + 1];
      // A backslash in front of anything else stands for itself.
      if (next == '%' || next == '_' || next == '\\') {
        c = next;
        ++i;
      }
      wild = false;
    }
    if (wild && piece.wild.empty()) piece.wild.assign(piece.text.size(), false);
    piece.text.push_back(c);
    if (wild || !piece.wild.empty()) piece.wild.push_back(wild);
    has_wild_ |= wild;
  }
  end_piece();
  anchored_back_ = !after_percent;
  if (!has_wild_) {
    for (const Piece& p : pieces_) searchers_.emplace_back(p.text);
  }
}

size_t LikePattern::match_piece(const Piece& piece, std::string_view text, size_t offset) {
  if (piece.wild.empty()) {
    return text.substr(std::min(offset, text.size())).starts_with(piece.text)
               ? offset + piece.text.size()
               : kNone;
  }
  for (size_t i = 0; i < piece.text.size(); ++i) {
    if (offset >= text.size()) return kNone;
    if (piece.wild[i]) {
      offset = std::min(text.size(), offset + utf8_sequence_bytes(text[offset]));
    } else {
      if (text[offset] != piece.text[i]) return kNone;
      ++offset;
    }
  }
  return offset;
}

bool LikePattern::matches(std::string_view text) const {
  return any_case_ ? matches_folded(fold_case(text)) : matches_folded(text);
}

bool LikePattern::matches_folded(std::string_view text) const {
  size_t first = 0;
  size_t last = pieces_.size();
  size_t offset = 0;
  if (anchored_front_) {
    if (pieces_.empty()) return text.empty();
    offset = match_piece(pieces_[0], text, 0);
    if (offset == kNone) return false;
    if (last == 1 && anchored_back_) return offset == text.size();
    first = 1;
  }
  if (anchored_back_ && last > first) {
    // The last piece takes the end; wild characters may be of any width, so try the places.
    const Piece& piece = pieces_[--last];
    size_t place = text.size() >= piece.text.size() ? text.size() - piece.text.size() : 0;
    if (!piece.wild.empty()) place = offset;
    while (place < text.size() && match_piece(piece, text, place) != text.size()) ++place;
    if (place >= text.size() || place < offset) return false;
    if (!piece.wild.empty()) {
      // The furthest such place leaves most room to the pieces before.
      for (size_t later = place + 1; later < text.size(); ++later) {
        if (match_piece(piece, text, later) == text.size()) place = later;
      }
    }
    text = text.substr(0, place);
  }
  for (size_t i = first; i < last; ++i) {
    if (!has_wild_) {
      const size_t found = searchers_[i].find(text, offset);
      if (found == kNone) return false;
      offset = found + pieces_[i].text.size();
      continue;
    }
    size_t end = kNone;
    for (; offset <= text.size() && end == kNone; ++offset) {
      end = match_piece(pieces_[i], text, offset);
    }
    if (end == kNone) return false;
    offset = end;
  }
  return true;
}

void LikePattern::match_cells(const StringColumn& cells, bool negated, uint8_t* out) const {
  const bool is_substring =
      !any_case_ && !has_wild_ && !anchored_front_ && !anchored_back_ && pieces_.size() == 1;
  if (is_substring) return match_substring(cells, negated, out);
  for (size_t i = 0; i < cells.size(); ++i) out[i] = matches(cells.at(i)) != negated;
}

// Searches all cells' bytes at once: cells are short, and starting anew for each costs more than
// sorting out the few matches that reach across the end of a cell.
void LikePattern::match_substring(const StringColumn& cells, bool negated, uint8_t* out) const {
  const std::string_view bytes = cells.bytes();
  const std::span<const uint32_t> offsets = cells.offsets();
  const size_t size = pieces_[0].text.size();
  std::fill_n(out, cells.size(), static_cast<uint8_t>(negated));
  size_t row = 0;
  size_t from = 0;
  for (;;) {
    const size_t found = searchers_[0].find(bytes, from);
    if (found == kNone) return;
    while (offsets[row + 1] <= found) ++row;
    if (found + size <= offsets[row + 1]) {
      out[row] = !negated;
      from = offsets[row + 1];
    } else {
      from = found + 1;
    }
  }
}

}  // namespace freshet
