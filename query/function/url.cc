// Parts of URLs: domain, path, queryString, extractURLParameter, ...
//
//   https://user@www.example.com:8080/a/b?x=1&y=2#top
//   protocol     domain               path query   fragment
//
// They look for the characters that end a part and never fail: a part that is not there is empty.
#include <algorithm>
#include <cctype>
#include <string>

#include "query/function/function_family.h"
#include "query/function/text_map.h"

namespace freshet {

namespace {

constexpr std::string_view kNotInHosts = " \t<>%{}|\\^~[];=&";

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// --- scheme and host

// What stands before the first colon, when it is made as a scheme is.
std::string_view protocol_of(std::string_view url) {
  if (url.empty() || std::isalpha(static_cast<unsigned char>(url[0])) == 0) return {};
  const std::string_view scheme = url.substr(0, url.find(':'));
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '+'; };
  return scheme.size() < url.size() && std::ranges::all_of(scheme, fits) ? scheme
                                                                         : std::string_view();
}

// The bytes of "https://", when the URL begins so.
size_t scheme_bytes(std::string_view url) {
  const std::string_view scheme = protocol_of(url);
  return !scheme.empty() && url.substr(scheme.size(), 3) == "://" ? scheme.size() + 3 : 0;
}

// Where the host, or the user before it, begins. A scheme has 13 characters at most.
size_t authority_begin(std::string_view url) {
  constexpr size_t kSchemeBytesMax = 16;
  if (url.starts_with("//")) return 2;
  const size_t bytes = scheme_bytes(url);
  return bytes > kSchemeBytesMax ? 0 : bytes;
}

// The host has a dot, and none at its end; else it is none.
std::string_view domain_of(std::string_view url) {
  if (url.empty() || url.back() == '.') return {};
  size_t begin = authority_begin(url);
  size_t last_dot = std::string_view::npos;
  size_t end = begin;
  for (; end < url.size(); ++end) {
    const char c = url[end];
    if (c == ':' || c == '/' || c == '?' || c == '#') break;
    if (c == '@') {
      begin = end + 1;
    } else if (c == '.') {
      last_dot = end;
    } else if (kNotInHosts.find(c) != std::string_view::npos) {
      return {};
    }
  }
  if (last_dot == std::string_view::npos || begin >= end || last_dot + 1 == end) return {};
  return url.substr(begin, end - begin);
}

std::string_view without_www(std::string_view domain) {
  if (domain.starts_with("www.")) domain.remove_prefix(4);
  return domain;
}

std::string_view domain_without_www(std::string_view url) { return without_www(domain_of(url)); }

std::string_view top_level_domain(std::string_view url) {
  const std::string_view domain = domain_of(url);
  const size_t dot = domain.rfind('.');
  // An IPv4 address has none.
  if (dot == std::string_view::npos || domain[dot + 1] <= '9') return {};
  return domain.substr(dot + 1);
}

// The second label from the right, or the third when the second is one of "co.uk"'s kind; from its
// start to the domain's end.
std::string_view cut_to_significant(std::string_view url) {
  const std::string_view domain = domain_without_www(url);
  const size_t last = domain.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const size_t second = domain.rfind('.', last - 1);
  if (second == std::string_view::npos) return domain;
  const std::string_view label = domain.substr(second + 1, last - second - 1);
  if (label.empty()) return {};
  const bool is_general =
      label == "com" || label == "net" || label == "org" || label == "co" || label == "biz";
  if (!is_general) return domain.substr(second + 1);
  if (second == 0) return domain;
  const size_t third = domain.rfind('.', second - 1);
  return third == std::string_view::npos ? domain : domain.substr(third + 1);
}

std::string_view first_significant(std::string_view url) {
  const std::string_view cut = cut_to_significant(url);
  return cut.substr(0, cut.find('.'));
}

// --- path, query, fragment

// Where the path begins: at the first slash, or the one after "//host".
size_t path_begin(std::string_view url) {
  size_t slash = url.find('/');
  if (slash != std::string_view::npos && url.substr(slash, 2) == "//") {
    slash = url.find('/', slash + 2);
  }
  return std::min(slash, url.size());
}

std::string_view path_of(std::string_view url) {
  const size_t begin = path_begin(url);
  return url.substr(begin, url.find_first_of("?#", begin) - begin);
}

std::string_view full_path_of(std::string_view url) { return url.substr(path_begin(url)); }

// Of the text between two places.
struct Span {
  size_t begin;
  size_t end;
};

Span query_span(std::string_view url) {
  const size_t begin = std::min(url.find('?'), url.size());
  return {begin, std::min(url.find('#', begin), url.size())};
}

Span fragment_span(std::string_view url) {
  return {std::min(url.find('#'), url.size()), url.size()};
}

Span query_and_fragment_span(std::string_view url) {
  const size_t query = url.find('?');
  return {std::min(query == std::string_view::npos ? url.find('#') : query, url.size()),
          url.size()};
}

// Without the mark that leads it; the hash sign stays when there is no query before it.
template <Span (*kSpan)(std::string_view)>
std::string_view part_of(std::string_view url) {
  const Span span = kSpan(url);
  if (span.begin == span.end) return {};
  const bool keeps_mark = kSpan == query_and_fragment_span && url[span.begin] == '#';
  const size_t begin = span.begin + (keeps_mark ? 0 : 1);
  return url.substr(begin, span.end - begin);
}

void append_without(std::string_view text, Span span, Buffer<char>& out) {
  append_bytes(out, text.substr(0, span.begin));
  append_bytes(out, text.substr(span.end));
}

Span www_span(std::string_view url) {
  const size_t begin = authority_begin(url);
  if (begin == 0 || url.substr(begin, 4) != "www.") return {0, 0};
  return {begin, begin + 4};
}

// --- parameters

// "name=value" of a parameter of the query, or of a query in the fragment.
Span find_parameter(std::string_view url, std::string_view name) {
  const size_t query = url.find_first_of("?#");
  std::string pattern(name);
  pattern += '=';
  for (size_t at = query; at < url.size();) {
    at = url.find(pattern, at + 1);
    if (at == std::string_view::npos) break;
    if (std::string_view("?&;#").find(url[at - 1]) == std::string_view::npos) continue;
    return {at, std::min(url.find_first_of("&;#", at + pattern.size()), url.size())};
  }
  return {0, 0};
}

std::string_view parameter_value(std::string_view url, std::string_view name) {
  const Span span = find_parameter(url, name);
  if (span.end == 0) return {};
  return url.substr(span.begin + name.size() + 1, span.end - span.begin - name.size() - 1);
}

// With the "&" that would be left over.
Span cut_parameter(std::string_view url, std::string_view name) {
  Span span = find_parameter(url, name);
  if (span.end == 0) return span;
  if (span.end < url.size() && url[span.end] == '&') {
    ++span.end;
  } else if (url[span.begin - 1] == '&') {
    --span.begin;
  }
  return span;
}

// Calls add(name and value, length of the name) for the parameters that have a "=", and those
// before an "&".
template <class Add>
void for_each_parameter(std::string_view url, Add add) {
  size_t at = url.find_first_of("?#");
  if (at == std::string_view::npos) return;
  ++at;
  while (at < url.size()) {
    const size_t mark = url.find_first_of("=&#?", at);
    if (mark == std::string_view::npos) return;
    if (url[mark] == '?') {
      at = mark + 1;
      continue;
    }
    const size_t end =
        url[mark] == '=' ? std::min(url.find_first_of("&#", mark + 1), url.size()) : mark;
    add(url.substr(at, end - at), mark - at);
    at = end + 1;
  }
}

// --- percent encoding

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `form`: a blank is a "+".
template <bool kForm>
void append_decoded(std::string_view text, Buffer<char>& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(kForm && text[i] == '+' ? ' ' : text[i]);
  }
}

template <bool kForm>
void append_encoded(std::string_view text, Buffer<char>& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out.push_back(c);
    } else if (kForm && c == ' ') {
      out.push_back('+');
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
}

// --- binding

template <std::string_view (*kPart)(std::string_view)>
BoundFunction bind_part(std::string_view name, FunctionArguments arguments) {
  return bind_text_map(name, arguments, [](std::string_view url, Buffer<char>& out) {
    append_bytes(out, kPart(url));
  });
}

template <Span (*kSpan)(std::string_view)>
BoundFunction bind_cut(std::string_view name, FunctionArguments arguments) {
  return bind_text_map(name, arguments, [](std::string_view url, Buffer<char>& out) {
    append_without(url, kSpan(url), out);
  });
}

template <void (*kAppend)(std::string_view, Buffer<char>&)>
BoundFunction bind_code(std::string_view name, FunctionArguments arguments) {
  return bind_text_map(name, arguments, kAppend);
}

// f(url, name of a parameter).
template <class Write>
BoundFunction bind_of_parameter(std::string_view name, FunctionArguments arguments, Write write) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  check_string(name, arguments, 1);
  return {string_type(), [write](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells urls(*columns[0]);
            const StringCells names(*columns[1]);
            return make_strings(
                row_count, string_bytes(*columns[0], row_count),
                [&](size_t i, Buffer<char>& out) { write(urls[i], names[i], out); });
          }};
}

BoundFunction bind_parameter(const FunctionContext&, FunctionArguments arguments) {
  return bind_of_parameter("extractURLParameter", arguments,
                           [](std::string_view url, std::string_view name, Buffer<char>& out) {
                             append_bytes(out, parameter_value(url, name));
                           });
}

BoundFunction bind_cut_parameter(const FunctionContext&, FunctionArguments arguments) {
  return bind_of_parameter("cutURLParameter", arguments,
                           [](std::string_view url, std::string_view name, Buffer<char>& out) {
                             append_without(url, cut_parameter(url, name), out);
                           });
}

// f(url) -> texts; list(url, add) calls add(text).
template <class List>
BoundFunction bind_list(std::string_view name, FunctionArguments arguments, List list) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {array_type(string_type()),
          [list](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const StringCells cells(*columns[0]);
            auto texts = std::make_shared<StringColumn>();
            Buffer<uint32_t> offsets(1, 0);
            for (size_t row = 0; row < row_count; ++row) {
              list(cells[row], [&](std::string_view text) { texts->append_string(text); });
              offsets.push_back(static_cast<uint32_t>(texts->size()));
            }
            return std::make_shared<ArrayColumn>(std::move(texts), std::move(offsets));
          }};
}

BoundFunction bind_parameters(const FunctionContext&, FunctionArguments arguments) {
  return bind_list("extractURLParameters", arguments, [](std::string_view url, auto add) {
    for_each_parameter(url, [&](std::string_view parameter, size_t) { add(parameter); });
  });
}

BoundFunction bind_parameter_names(const FunctionContext&, FunctionArguments arguments) {
  return bind_list("extractURLParameterNames", arguments, [](std::string_view url, auto add) {
    for_each_parameter(url, [&](std::string_view parameter, size_t name_bytes) {
      add(parameter.substr(0, name_bytes));
    });
  });
}

BoundFunction bind_port(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("port", arguments, 1, 2);
  check_string("port", arguments, 0);
  const auto otherwise =
      static_cast<uint16_t>(arguments.size() == 2 ? constant_integer("port", arguments, 1) : 0);
  return {simple_type(TypeId::UInt16),
          [otherwise](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<uint16_t>(row_count, [&](size_t i) -> uint16_t {
              const std::string_view url = cells[i];
              const std::string_view domain = domain_of(url);
              if (domain.empty()) return otherwise;
              auto at = static_cast<size_t>(domain.data() + domain.size() - url.data());
              if (at >= url.size() || url[at] != ':') return otherwise;
              uint32_t port = 0;
              for (++at; at < url.size() && url[at] >= '0' && url[at] <= '9'; ++at) {
                port = port * 10 + static_cast<uint32_t>(url[at] - '0');
                if (port > 0xFFFF) return otherwise;
              }
              return port == 0 ? otherwise : static_cast<uint16_t>(port);
            });
          }};
}

#define URL(NAME, BINDER, DESCRIPTION, EXAMPLE, RESULT)                                            \
  {                                                                                                \
    .name = NAME,                                                                                  \
    .bind = [](const FunctionContext&,                                                             \
               FunctionArguments arguments) { return BINDER(NAME, arguments); },                   \
    .syntax = NAME "(url)", .description = DESCRIPTION, .example = "SELECT " NAME "(" EXAMPLE ")", \
    .example_result = RESULT, .category = "URLs"                                                   \
  }
#define OF_URL(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)              \
  {                                                                             \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION, \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "URLs"  \
  }

const FunctionEntry kUrlFunctions[] = {
    URL("protocol", bind_part<protocol_of>, "What stands before ://.", "'https://a.com/'", "https"),
    URL("domain", bind_part<domain_of>, "The host name.", "'https://www.a.com:80/b'", "www.a.com"),
    URL("domainWithoutWWW", bind_part<domain_without_www>, "The host name without a leading www.",
        "'https://www.a.com/b'", "a.com"),
    URL("topLevelDomain", bind_part<top_level_domain>, "The host name's last part.",
        "'https://www.a.com/b'", "com"),
    URL("firstSignificantSubdomain", bind_part<first_significant>,
        "The part of the host name before the top level, or before com, net, org, co or biz there.",
        "'https://news.a.co.uk/'", "a"),
    URL("cutToFirstSignificantSubdomain", bind_part<cut_to_significant>,
        "The end of the host name from its first significant part on.", "'https://news.a.co.uk/'",
        "a.co.uk"),
    OF_URL("port", bind_port, "port(url[, otherwise])",
           "The port; 0, or another number, when none.", "port('http://a.com:8080/')", "8080"),
    URL("path", bind_part<path_of>, "The path, without the query.", "'http://a.com/b/c?d=1'",
        "/b/c"),
    URL("pathFull", bind_part<full_path_of>, "Path, query and fragment.",
        "'http://a.com/b/c?d=1#e'", "/b/c?d=1#e"),
    URL("queryString", bind_part<part_of<query_span>>, "The query, without the question mark.",
        "'http://a.com/b?c=1#d'", "c=1"),
    URL("fragment", bind_part<part_of<fragment_span>>, "What stands behind the hash sign.",
        "'http://a.com/b?c=1#d'", "d"),
    URL("queryStringAndFragment", bind_part<part_of<query_and_fragment_span>>,
        "Query and fragment.", "'http://a.com/b?c=1#d'", "c=1#d"),
    URL("cutWWW", bind_cut<www_span>, "The URL without a leading www. of its host name.",
        "'http://www.a.com/'", "http://a.com/"),
    URL("cutQueryString", bind_cut<query_span>, "The URL without its query.",
        "'http://a.com/b?c=1#d'", "http://a.com/b#d"),
    URL("cutFragment", bind_cut<fragment_span>, "The URL without its fragment.",
        "'http://a.com/b?c=1#d'", "http://a.com/b?c=1"),
    URL("cutQueryStringAndFragment", bind_cut<query_and_fragment_span>,
        "The URL without query and fragment.", "'http://a.com/b?c=1#d'", "http://a.com/b"),
    OF_URL("extractURLParameter", bind_parameter, "extractURLParameter(url, name)",
           "The value of a parameter, as it is written.",
           "extractURLParameter('http://a.com/?b=1&c=2', 'c')", "2"),
    OF_URL("cutURLParameter", bind_cut_parameter, "cutURLParameter(url, name)",
           "The URL without a parameter.", "cutURLParameter('http://a.com/?b=1&c=2', 'b')",
           "http://a.com/?c=2"),
    OF_URL("extractURLParameters", bind_parameters, "extractURLParameters(url)",
           "All parameters with their values.", "extractURLParameters('http://a.com/?b=1&c=2')",
           "['b=1','c=2']"),
    OF_URL("extractURLParameterNames", bind_parameter_names, "extractURLParameterNames(url)",
           "The names of all parameters.", "extractURLParameterNames('http://a.com/?b=1&c=2')",
           "['b','c']"),
    URL("decodeURLComponent", bind_code<append_decoded<false>>, "Text with its %41 decoded.",
        "'a%20b'", "a b"),
    URL("decodeURLFormComponent", bind_code<append_decoded<true>>,
        "Text with its %41 decoded; plus signs are blanks.", "'a+b%2B'", "a b+"),
    URL("encodeURLComponent", bind_code<append_encoded<false>>,
        "Text with all that is special in URLs as %41.", "'a b/c'", "a%20b%2Fc"),
    URL("encodeURLFormComponent", bind_code<append_encoded<true>>,
        "Text with all that is special in URLs as %41; blanks are plus signs.", "'a b/c'",
        "a+b%2Fc"),
};
#undef OF_URL
#undef URL

}  // namespace

std::span<const FunctionEntry> url_functions() { return kUrlFunctions; }

}  // namespace freshet
