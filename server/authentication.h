// Authenticator finds out who sends a request. Users and hashed passwords come from the
// configuration.
//
// Path:    handler -> Authenticator -> name of the user
// Threads: any.
// Errors:  AuthenticationFailed for a wrong name or password, and for two kinds of credentials in
//          one request.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_request.h"

namespace freshet {

struct User {
  std::string name;
  std::string password_sha256_hex;  // 64 lower-case digits
};

// 64 lower-case digits.
std::string sha256_hex(std::string_view text);

class Authenticator {
 public:
  explicit Authenticator(const std::vector<User>& users);

  // The user of the one kind of credentials that the request has: X-ClickHouse-User and -Key,
  // Authorization: Basic, or the parameters user and password. Without any: "default" with an
  // empty password.
  std::string authenticate(const HttpRequest& request) const;
  // Throws unless `password` is the one of `user`.
  void check(std::string_view user, std::string_view password) const;

 private:
  struct Known {
    std::string password_sha256_hex;
    bool has_password = true;
  };
  std::map<std::string, Known, std::less<>> users_;  // by name
};

}  // namespace freshet
