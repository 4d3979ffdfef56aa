#include "server/http/body_source.h"

#include <algorithm>

#include "server/http/http_error.h"
#include "storage/base/limits.h"

namespace freshet {

std::string read_all(BodySource& body, std::size_t bytes_max) {
  std::string text;
  std::size_t step = 4 * kKiB;
  while (true) {
    const std::size_t old_bytes = text.size();
    text.resize(old_bytes + step);
    const std::size_t got = body.read(std::span(text).subspan(old_bytes));
    text.resize(old_bytes + got);
    if (got == 0) return text;
    if (text.size() > bytes_max) {
      throw HttpError(
          413, ErrorCode::QueryIsTooLarge,
          "The request body is longer than the limit of bytes: " + std::to_string(bytes_max));
    }
    if (got == step) step = std::min(step * 2, kMiB);
  }
}

}  // namespace freshet
