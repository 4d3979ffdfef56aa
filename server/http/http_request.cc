#include "server/http/http_request.h"

#include <algorithm>

#include "server/http/http_error.h"

namespace freshet {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { IsBlank, IsPlus };

void decode_percent(std::string_view encoded, Plus plus, std::string& decoded) {
  decoded.reserve(decoded.size() + encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const char c = encoded[i];
    if (c == '+' && plus == Plus::IsBlank) {
      decoded += ' ';
    } else if (c != '%') {
      decoded += c;
    } else {
      const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
      const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
      if (high < 0 || low < 0) {
        throw HttpError(400, ErrorCode::BadArguments,
                        "Broken percent escape in the address of the request: " +
                            std::string(encoded.substr(i, 3)));
      }
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
}

}  // namespace

HttpMethod parse_method(std::string_view name) {
  if (name == "GET") return HttpMethod::Get;
  if (name == "POST") return HttpMethod::Post;
  if (name == "HEAD") return HttpMethod::Head;
  if (name == "OPTIONS") return HttpMethod::Options;
  if (name == "PUT") return HttpMethod::Put;
  if (name == "PATCH") return HttpMethod::Patch;
  if (name == "DELETE") return HttpMethod::Delete;
  return HttpMethod::Other;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  for (const HttpParameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

void parse_parameters(std::string_view encoded, std::vector<HttpParameter>& parameters) {
  while (!encoded.empty()) {
    const std::size_t ampersand = encoded.find('&');
    const std::string_view pair = encoded.substr(0, ampersand);
    encoded =
        ampersand == std::string_view::npos ? std::string_view() : encoded.substr(ampersand + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    HttpParameter& parameter = parameters.emplace_back();
    decode_percent(pair.substr(0, equals), Plus::IsBlank, parameter.name);
    if (equals != std::string_view::npos) {
      decode_percent(pair.substr(equals + 1), Plus::IsBlank, parameter.value);
    }
  }
}

void parse_target(std::string_view target, HttpRequest& request) {
  request.target = target;
  request.path.clear();
  request.parameters.clear();
  if (target.empty() || (target.front() != '/' && target.front() != '*')) {
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) {
      throw HttpError(400, ErrorCode::BadArguments,
                      "The address of a request starts with /, but this one is " +
                          std::string(target.substr(0, 100)));
    }
    const std::size_t path_start = target.find_first_of("/?#", scheme_end + 3);
    target =
        path_start == std::string_view::npos ? std::string_view("/") : target.substr(path_start);
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question_mark = target.find('?');
  decode_percent(target.substr(0, question_mark), Plus::IsPlus, request.path);
  if (request.path.empty()) request.path = "/";
  if (question_mark != std::string_view::npos) {
    parse_parameters(target.substr(question_mark + 1), request.parameters);
  }
}

}  // namespace freshet
