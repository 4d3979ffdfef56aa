// Bodies of type multipart/form-data, in which clients send long queries and parameters:
//
//   --BOUNDARY
//   Content-Disposition: form-data; name="param_ids"
//
//   [1,2,3]
//   --BOUNDARY--
//
// Errors: HttpError 400 for a body that is not like that.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_request.h"
#include "storage/base/limits.h"

namespace freshet {

// Longest body: room for the lists of long INs, which is what such forms are used for.
inline constexpr size_t kFormBytesMax = 64 * kMiB;

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // set for uploaded files
  std::string content;
};

// Nothing when the request's body is no such form.
std::optional<std::string> multipart_boundary(const HttpRequest& request);
std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace freshet
