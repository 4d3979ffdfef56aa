#include "query/function/regex_replacement.h"

#include <algorithm>

#include "query/function/utf8.h"
#include "storage/base/error.h"
#include "storage/base/short_bytes.h"

namespace freshet {

namespace {

constexpr size_t kGroupsMax = 10;

}  // namespace

RegexReplacement::RegexReplacement(std::string_view replacement, size_t group_count) {
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) pieces_.push_back({-1, std::move(literal)});
    literal.clear();
  };
  for (size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      literal.push_back(replacement[i]);
      continue;
    }
    const char next = replacement[++i];
    if (next < '0' || next > '9') {
      literal.push_back(next);
      continue;
    }
    const int group = next - '0';
    if (static_cast<size_t>(group) > group_count) {
      throw Error(ErrorCode::BadArguments,
                  "The regular expression has only " + std::to_string(group_count) +
                      " groups, not the one of the replacement '" + std::string(replacement) + "'");
    }
    end_literal();
    pieces_.push_back({group, {}});
    match_count_ = std::max(match_count_, static_cast<size_t>(group) + 1);
  }
  end_literal();
}

void RegexReplacement::append(const re2::StringPiece* groups, Buffer<char>& out) const {
  for (const Piece& piece : pieces_) {
    append_bytes(out,
                 piece.group < 0 ? std::string_view(piece.text) : as_view(groups[piece.group]));
  }
}

void replace_first(const Regex& regex, const RegexReplacement& replacement, std::string_view text,
                   Buffer<char>& out) {
  re2::StringPiece groups[kGroupsMax];
  if (!regex.find(text, std::span(groups, replacement.match_count()))) {
    append_bytes(out, text);
    return;
  }
  const auto begin = static_cast<size_t>(groups[0].data() - text.data());
  append_bytes(out, text.substr(0, begin));
  replacement.append(groups, out);
  append_bytes(out, text.substr(begin + groups[0].size()));
}

void replace_all(const Regex& regex, const RegexReplacement& replacement, std::string_view text,
                 Buffer<char>& out) {
  re2::StringPiece groups[kGroupsMax];
  size_t copied = 0;
  size_t from = 0;
  RegexSearch search(regex, text);
  while (from <= text.size() && search.find(from, std::span(groups, replacement.match_count()))) {
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    append_bytes(out, text.substr(copied, begin - copied));
    replacement.append(groups, out);
    copied = begin + groups[0].size();
    from = copied;
    if (groups[0].empty()) {
      if (copied == text.size()) break;
      // Past the character behind an empty match, or there would be no end of them.
      const size_t bytes = std::min(utf8_sequence_bytes(text[copied]), text.size() - copied);
      append_bytes(out, text.substr(copied, bytes));
      copied += bytes;
      from = copied;
    }
  }
  if (copied < text.size()) append_bytes(out, text.substr(copied));
}

}  // namespace freshet
