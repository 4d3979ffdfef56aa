// HttpRequest is the head of one request as a handler sees it.
//
// Path:  socket -> RequestReader -> HttpRequest -> Router -> handler
// Owns:  its path and parameters; method_name, target and headers are views that stay valid until
//        the exchange ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

enum class HttpMethod : uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

HttpMethod parse_method(std::string_view name);

struct HttpHeader {
  std::string_view name;  // as the client spelled it
  std::string_view value;
};

struct HttpParameter {
  std::string name;
  std::string value;
};

struct HttpRequest {
  HttpMethod method = HttpMethod::Get;
  std::string_view method_name;
  std::string_view target;                // as sent, still encoded
  std::string path;                       // decoded, without the query string
  std::vector<HttpParameter> parameters;  // decoded, in order; names may repeat
  std::vector<HttpHeader> headers;        // in order; names may repeat
  std::string remote_address;             // "127.0.0.1:50312"
  int version = 11;                       // 10 or 11
  bool keep_alive = true;                 // what the client asked for

  // The first of that name; letter case does not matter.
  std::optional<std::string_view> header(std::string_view name) const;
  // The first of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Sets target, path and parameters. Accepts "/path?query", "http://host/path?query" and "*".
// Errors: HttpError 400.
void parse_target(std::string_view target, HttpRequest& request);
// Appends the pairs of "a=1&b=x%20y+z". Errors: HttpError 400 for a broken % escape.
void parse_parameters(std::string_view encoded, std::vector<HttpParameter>& parameters);

bool equals_ignoring_case(std::string_view a, std::string_view b);
// "a, b ;q=1" -> calls visit("a", ""), visit("b", "q=1"): the elements of a header that is a list.
template <class Visit>
void for_each_list_element(std::string_view list, Visit visit);

std::string_view trim_blanks(std::string_view text);

template <class Visit>
void for_each_list_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view element = trim_blanks(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (element.empty()) continue;
    const std::size_t semicolon = element.find(';');
    std::string_view attributes;
    if (semicolon != std::string_view::npos) {
      attributes = trim_blanks(element.substr(semicolon + 1));
      element = trim_blanks(element.substr(0, semicolon));
    }
    visit(element, attributes);
  }
}

}  // namespace freshet
