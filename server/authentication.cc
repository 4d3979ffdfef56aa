#include "server/authentication.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>

#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {
namespace {

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string decoded;
  unsigned bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFFF;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      decoded += static_cast<char>(bits >> bit_count & 0xFF);
    }
  }
  return decoded;
}

struct Credentials {
  std::string user;
  std::string password;
};

Credentials parse_authorization(std::string_view authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!equals_ignoring_case(authorization.substr(0, kBasic.size()), kBasic)) {
    throw Error(ErrorCode::AuthenticationFailed,
                "Invalid authentication: the only supported Authorization scheme is Basic, not " +
                    std::string(authorization.substr(0, authorization.find(' '))));
  }
  const auto pair = decode_base64(trim_blanks(authorization.substr(kBasic.size())));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    throw Error(ErrorCode::AuthenticationFailed,
                "Invalid authentication: the Authorization header is not user:password in base64");
  }
  return {pair->substr(0, colon), pair->substr(colon + 1)};
}

}  // namespace

// Each request hashes a password. Looking the algorithm up costs more than the hash, so that is
// done once, and a thread keeps its context.
std::string sha256_hex(std::string_view text) {
  static const EVP_MD* const algorithm = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
  struct Free {
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(::EVP_MD_CTX_new());
  constexpr size_t kDigestBytes = 32;
  std::array<unsigned char, kDigestBytes> digest;
  CHECK(algorithm != nullptr && context != nullptr &&
        ::EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1 &&
        ::EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
        ::EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(2 * kDigestBytes, '0');
  for (size_t i = 0; i < kDigestBytes; ++i) {
    hex[2 * i] = kDigits[digest[i] >> 4];
    hex[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return hex;
}

Authenticator::Authenticator(const std::vector<User>& users) {
  const std::string of_nothing = sha256_hex("");
  for (const User& user : users) {
    users_[user.name] = {user.password_sha256_hex, user.password_sha256_hex != of_nothing};
  }
}

std::string Authenticator::authenticate(const HttpRequest& request) const {
  const auto header_user = request.header("X-ClickHouse-User");
  const auto header_key = request.header("X-ClickHouse-Key");
  const auto authorization = request.header("Authorization");
  const auto parameter_user = request.parameter("user");
  const auto parameter_password = request.parameter("password");
  const bool has_headers = header_user || header_key;
  const bool has_authorization = authorization && !authorization->empty();
  const bool has_parameters = parameter_user || parameter_password;
  if (has_headers + has_authorization + has_parameters > 1) {
    throw Error(ErrorCode::AuthenticationFailed,
                "Invalid authentication: a request has credentials of one kind only, X-ClickHouse "
                "HTTP headers, Authorization HTTP header or URL parameters");
  }
  Credentials given;
  if (has_headers) {
    given = {std::string(header_user.value_or("")), std::string(header_key.value_or(""))};
  } else if (has_authorization) {
    given = parse_authorization(*authorization);
  } else if (has_parameters) {
    given = {std::string(parameter_user.value_or("")),
             std::string(parameter_password.value_or(""))};
  }
  if (given.user.empty()) given.user = "default";
  check(given.user, given.password);
  return given.user;
}

void Authenticator::check(std::string_view user, std::string_view password) const {
  const auto known = users_.find(user);
  // Nothing is to be kept secret about a password that is not there.
  if (password.empty() && known != users_.end() && !known->second.has_password) return;
  const std::string given = sha256_hex(password);
  // Constant time, so that answers do not tell how much of a hash was right.
  const bool right =
      known != users_.end() &&
      ::CRYPTO_memcmp(known->second.password_sha256_hex.data(), given.data(), given.size()) == 0;
  if (!right) {
    throw Error(ErrorCode::AuthenticationFailed,
                std::string(user) +
                    ": Authentication failed: password is incorrect, or there is no user with "
                    "such name.");
  }
}

}  // namespace freshet
