// HttpClient: one keep-alive connection to a Freshet server.
//
// Path:      shell_command, ingest_command -> HttpClient -> server/http
// Threads:   one request at a time; a second HttpClient cancels what runs on the first.
// Errors:    NetworkError when the server cannot be reached or leaves; an answer with an error
//            status is not an error here: the caller reads Answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/byte_source.h"

namespace freshet {

struct ServerAddress {
  std::string host = "127.0.0.1";
  std::string port = "8123";
  std::string user = "default";
  std::string password;
};

// "127.0.0.1:8123", "http://host:8123/" or "host".
ServerAddress parse_server_address(std::string_view text);
std::string encode_url(std::string_view text);

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // unless it went to `on_body`
  bool complete = true;                        // false: the server cut the answer off
  std::string header(const std::string& lower_name) const;
};

class HttpClient {
 public:
  using Parameters = std::map<std::string, std::string>;
  using OnBody = std::function<void(std::string_view)>;

  explicit HttpClient(ServerAddress address);
  ~HttpClient();

  HttpAnswer get(std::string_view path, const Parameters& parameters);
  // POST with `body` whole; pieces of a 200 answer go to `on_body` as they come when it is set.
  HttpAnswer post(const Parameters& parameters, const Parameters& headers, std::string_view body,
                  const OnBody& on_body = {});
  // POST with a body streamed in chunks until `body` ends. An error that comes before the end stops
  // the stream.
  HttpAnswer post_stream(const Parameters& parameters, const Parameters& headers, ByteSource& body);

 private:
  struct Connection;
  ServerAddress address_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace freshet
