#include "server/http/http_error.h"

#include <algorithm>
#include <array>
#include <random>
#include <span>

#include "storage/base/overloaded_error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

struct StatusRow {
  int status;
  std::span<const int> codes;  // sorted
};

constexpr int k401[] = {194};
constexpr int k403[] = {192, 193, 497, 512, 516};
constexpr int k400[] = {6,  8,   15,  25,  26,  27,  36,  37,  38,  41,  44,  53,  62,
                        72, 117, 123, 167, 168, 223, 271, 321, 376, 427, 441, 675, 676};
constexpr int k404[] = {46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511};
constexpr int k408[] = {159};
constexpr int k411[] = {381};
constexpr int k413[] = {229};
constexpr int k415[] = {779};
constexpr int k501[] = {48};
constexpr int k503[] = {76, 203, 209, 439};

constexpr StatusRow kStatusRows[] = {
    {400, k400}, {404, k404}, {403, k403}, {401, k401}, {408, k408},
    {411, k411}, {413, k413}, {415, k415}, {501, k501}, {503, k503},
};

}  // namespace

int http_status_of(ErrorCode code) {
  const int number = static_cast<int>(code);
  for (const StatusRow& row : kStatusRows) {
    if (std::binary_search(row.codes.begin(), row.codes.end(), number)) return row.status;
  }
  return 500;
}

int http_status_of(const Error& error) {
  if (const auto* http_error = dynamic_cast<const HttpError*>(&error)) return http_error->status();
  if (dynamic_cast<const OverloadedError*>(&error) != nullptr) return 429;
  return http_status_of(error.code());
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Request Entity Too Large";
    case 414:
      return "Request-URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Time-out";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

std::string error_body(const Error& error, std::string_view version) {
  std::string text = error.display();
  if (!version.empty()) {
    text += " (version ";
    text += version;
    text += " (official build))";
  }
  text += '\n';
  return text;
}

std::string make_exception_tag() {
  thread_local Random random(uint64_t{std::random_device{}()} << 32 | std::random_device{}());
  std::string tag(16, ' ');
  for (char& place : tag) place = static_cast<char>('a' + random.below(26));
  return tag;
}

std::string exception_block(std::string_view tag, std::string_view message) {
  std::string block = "\r\n__exception__\r\n";
  block += tag;
  block += "\r\n";
  block += message;
  block += std::to_string(message.size());
  block += ' ';
  block += tag;
  block += "\r\n__exception__\r\n";
  return block;
}

}  // namespace freshet
