#include "client/http_client.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

ServerAddress parse_server_address(std::string_view text) {
  ServerAddress address;
  if (text.starts_with("http://")) text.remove_prefix(7);
  while (text.ends_with('/')) text.remove_suffix(1);
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == text.npos;
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) address.host = host;
  if (has_port) address.port = text.substr(colon + 1);
  return address;
}

std::string encode_url(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string HttpAnswer::header(const std::string& lower_name) const {
  const auto it = headers.find(lower_name);
  return it == headers.end() ? std::string() : it->second;
}

struct HttpClient::Connection {
  explicit Connection(const ServerAddress& address) : socket(io) {
    beast::error_code error;
    asio::ip::tcp::resolver resolver(io);
    const auto endpoints = resolver.resolve(address.host, address.port, error);
    if (!error) asio::connect(socket, endpoints, error);
    if (error) {
      throw Error(ErrorCode::NetworkError, "Cannot connect to " + address.host + ":" +
                                               address.port + ": " + error.message());
    }
    socket.set_option(asio::ip::tcp::no_delay(true), error);
  }

  asio::io_context io{1};
  asio::ip::tcp::socket socket;
  beast::flat_buffer buffer;
};

namespace {

using EmptyRequest = http::request<http::empty_body>;

std::string base64(std::string_view text) {
  std::string out(beast::detail::base64::encoded_size(text.size()), '\0');
  out.resize(beast::detail::base64::encode(out.data(), text.data(), text.size()));
  return out;
}

std::string make_target(std::string_view path, const HttpClient::Parameters& parameters) {
  std::string target(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    target += separator + encode_url(name) + '=' + encode_url(value);
    separator = '&';
  }
  return target;
}

template <class Request>
void set_headers(Request& request, const ServerAddress& address,
                 const HttpClient::Parameters& headers) {
  request.set(http::field::host, address.host + ":" + address.port);
  request.set(http::field::user_agent, "freshet");
  if (address.user != "default" || !address.password.empty()) {
    request.set(http::field::authorization,
                "Basic " + base64(address.user + ":" + address.password));
  }
  for (const auto& [name, value] : headers) request.set(name, value);
}

// Reads one answer; pieces of its body go to `on_body` when its status is 200.
template <class Stream>
HttpAnswer read_answer(Stream& socket, beast::flat_buffer& buffer,
                       const HttpClient::OnBody& on_body) {
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  parser.header_limit(static_cast<std::uint32_t>(kMiB));
  beast::error_code error;
  http::read_header(socket, buffer, parser, error);
  if (error) throw Error(ErrorCode::NetworkError, "The server left: " + error.message());
  HttpAnswer answer;
  answer.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get().base()) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers[name] = std::string(field.value());
  }
  std::vector<char> space(256 * kKiB);
  while (!parser.is_done()) {
    parser.get().body().data = space.data();
    parser.get().body().size = space.size();
    http::read_some(socket, buffer, parser, error);
    const std::string_view piece(space.data(), space.size() - parser.get().body().size);
    if (on_body && answer.status == 200) {
      on_body(piece);
    } else {
      answer.body += piece;
    }
    if (error == http::error::need_buffer) error = {};
    if (error) {
      answer.complete = false;
      break;
    }
  }
  return answer;
}

}  // namespace

HttpClient::HttpClient(ServerAddress address) : address_(std::move(address)) {}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::get(std::string_view path, const Parameters& parameters) {
  http::request<http::empty_body> request(http::verb::get, make_target(path, parameters), 11);
  set_headers(request, address_, {});
  connection_ = std::make_unique<Connection>(address_);
  beast::error_code error;
  http::write(connection_->socket, request, error);
  if (error) throw Error(ErrorCode::NetworkError, "The server left: " + error.message());
  return read_answer(connection_->socket, connection_->buffer, {});
}

HttpAnswer HttpClient::post(const Parameters& parameters, const Parameters& headers,
                            std::string_view body, const OnBody& on_body) {
  http::request<http::span_body<const char>> request(http::verb::post, make_target("/", parameters),
                                                     11);
  set_headers(request, address_, headers);
  request.body() = beast::span<const char>(body.data(), body.size());
  request.prepare_payload();
  // A kept connection that the server has closed meanwhile is replaced, once.
  for (bool fresh = false;; fresh = true) {
    if (connection_ == nullptr || fresh) connection_ = std::make_unique<Connection>(address_);
    beast::error_code error;
    http::write(connection_->socket, request, error);
    std::array<char, 1> peeked{};
    if (!error) {
      connection_->socket.receive(asio::buffer(peeked), asio::socket_base::message_peek, error);
    }
    if (!error) break;
    if (fresh) throw Error(ErrorCode::NetworkError, "The server left: " + error.message());
  }
  HttpAnswer answer = read_answer(connection_->socket, connection_->buffer, on_body);
  if (!answer.complete || answer.header("connection") == "close") connection_.reset();
  return answer;
}

HttpAnswer HttpClient::post_stream(const Parameters& parameters, const Parameters& headers,
                                   ByteSource& body) {
  http::request<http::empty_body> request(http::verb::post, make_target("/", parameters), 11);
  set_headers(request, address_, headers);
  request.chunked(true);
  connection_ = std::make_unique<Connection>(address_);
  beast::error_code error;
  http::request_serializer<http::empty_body> serializer(request);
  http::write_header(connection_->socket, serializer, error);
  std::vector<char> space(kMiB);
  while (!error) {
    const size_t bytes = body.read(space);
    if (bytes == 0) {
      asio::write(connection_->socket, http::make_chunk_last(), error);
      break;
    }
    asio::write(connection_->socket, http::make_chunk(asio::buffer(space.data(), bytes)), error);
    // An answer before the end can only be an error: no need to send the rest.
    if (!error && connection_->socket.available(error) != 0) break;
  }
  return read_answer(connection_->socket, connection_->buffer, {});
}

}  // namespace freshet
