#include "server/handler/multipart_form.h"

#include "server/http/http_error.h"

namespace freshet {

namespace {

[[noreturn]] void fail(const std::string& message) {
  throw HttpError(400, ErrorCode::BadArguments, "Broken multipart/form-data body: " + message);
}

// The value of `name` among `; name=value; name="va\"lue"`.
std::optional<std::string> attribute(std::string_view text, std::string_view name) {
  while (true) {
    const size_t semicolon = text.find(';');
    if (semicolon == std::string_view::npos) return std::nullopt;
    text.remove_prefix(semicolon + 1);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const bool wanted = equals_ignoring_case(trim_blanks(text.substr(0, equals)), name);
    text.remove_prefix(equals + 1);
    std::string value;
    if (text.starts_with('"')) {
      size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      text.remove_prefix(std::min(at + 1, text.size()));
    } else {
      value = trim_blanks(text.substr(0, text.find(';')));
    }
    if (wanted) return value;
  }
}

// Reads the headers at the start of `text` and takes them off.
FormPart take_part_headers(std::string_view& text) {
  FormPart part;
  bool named = false;
  while (true) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) fail("headers of a part have no end");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) fail("no header: " + std::string(line.substr(0, 100)));
    if (!equals_ignoring_case(line.substr(0, colon), "Content-Disposition")) continue;
    const std::string_view value = line.substr(colon + 1);
    const std::optional<std::string> name = attribute(value, "name");
    if (!name) fail("a part has no name: " + std::string(line.substr(0, 100)));
    part.name = *name;
    part.file_name = attribute(value, "filename");
    named = true;
  }
  if (!named) fail("a part has no Content-Disposition");
  return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(const HttpRequest& request) {
  const auto type = request.header("Content-Type");
  if (!type) return std::nullopt;
  if (!equals_ignoring_case(trim_blanks(type->substr(0, type->find(';'))), "multipart/form-data")) {
    return std::nullopt;
  }
  const std::optional<std::string> boundary = attribute(*type, "boundary");
  if (!boundary || boundary->empty()) fail("no boundary in " + std::string(*type));
  return boundary;
}

std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  // The first delimiter may stand at the very start.
  const std::string_view first = std::string_view(delimiter).substr(2);
  size_t at = body.starts_with(first) ? first.size() : body.find(delimiter);
  if (at == std::string_view::npos) fail("no boundary " + std::string(boundary));
  if (!body.starts_with(first)) at += delimiter.size();
  body.remove_prefix(at);

  std::vector<FormPart> parts;
  while (!body.starts_with("--")) {
    const size_t line_end = body.find("\r\n");
    if (line_end == std::string_view::npos || !trim_blanks(body.substr(0, line_end)).empty()) {
      fail("text behind a boundary: " + std::string(body.substr(0, 100)));
    }
    body.remove_prefix(line_end + 2);
    FormPart part = take_part_headers(body);
    // An empty part's line end belongs to the headers.
    const bool empty = body.starts_with(first);
    const size_t end = empty ? 0 : body.find(delimiter);
    if (end == std::string_view::npos) fail("no boundary after part " + part.name);
    part.content = body.substr(0, end);
    body.remove_prefix(end + (empty ? first.size() : delimiter.size()));
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace freshet
