#include "server/http/connection.h"

#include <new>

#include "server/http/http_error.h"
#include "storage/base/log.h"

namespace freshet {

Connection::Connection(SocketStream& stream, std::string remote_address,
                       const ConnectionContext& context)
    : context_(&context), stream_(&stream), reader_(stream, context.limits), response_(*this) {
  request_.remote_address = std::move(remote_address);
}

bool Connection::serve(bool peer_ended) {
  try {
    if (serve_requests(peer_ended)) return true;
    if (!lingers_) return false;
    const HttpLimits& limits = context_->limits;
    stream_->end_writing();
    if (reader_.body_finished()) {
      reader_.drain_until_closed(limits.drain_bytes_max, limits.linger_timeout);
    } else {
      reader_.drain_until_closed(limits.drain_bytes_max, limits.drain_timeout);
    }
  } catch (const std::exception& error) {
    log_warning("http_connection_failed",
                {{"remote", request_.remote_address}, {"error", error.what()}});
  }
  return false;
}

bool Connection::serve_requests(bool peer_ended) {
  // The first time something has come; afterwards the kernel tells of what comes to a stream that
  // was read empty.
  bool look = true;
  while (true) {
    if (!reader_.has_buffered()) {
      if (!look && !peer_ended && stream_->drained()) return true;
      const ReadOutcome outcome = reader_.receive_now();
      if (outcome == ReadOutcome::TimedOut) return true;
      if (outcome != ReadOutcome::Bytes) return false;
    }
    look = false;
    if (!serve_request()) return false;
  }
}

bool Connection::serve_request() {
  const HttpLimits& limits = context_->limits;
  try {
    if (!reader_.read_head(request_)) return false;
  } catch (const HttpError& error) {
    return answer_broken_request(error);
  }

  const auto start = std::chrono::steady_clock::now();
  response_.begin(
      {.version = request_.version,
       .head_only = request_.method == HttpMethod::Head,
       .buffer_bytes = limits.response_buffer_bytes,
       .keep_alive_seconds =
           std::chrono::floor<std::chrono::seconds>(limits.keep_alive_timeout).count()});
  run_handler();
  context_->requests->add();
  context_->request_ns->record(
      static_cast<uint64_t>((std::chrono::steady_clock::now() - start).count()));

  if (response_.broken()) return false;
  if (response_.keeps_connection() && reader_.skip_body()) return true;
  lingers_ = true;
  return false;
}

bool Connection::answer_broken_request(const Error& error) {
  response_.begin({.buffer_bytes = context_->limits.response_buffer_bytes});
  response_.close_after();
  try {
    answer_error(response_, error, context_->version);
    lingers_ = true;
  } catch (const Error&) {
    // The client did not wait for the answer.
  }
  return false;
}

void Connection::run_handler() {
  HttpExchange exchange(request_, reader_, response_, *this);
  try {
    context_->router->handle(exchange);
    response_.finish();
  } catch (const Error& error) {
    answer_failure(error);
  } catch (const std::bad_alloc&) {
    answer_failure(Error(ErrorCode::CannotAllocateMemory, "The system gives no more memory"));
  } catch (const std::exception& error) {
    log_error("http_handler_failed", {{"target", request_.target}, {"error", error.what()}});
    answer_failure(Error(ErrorCode::LogicalError, error.what()));
  }
}

void Connection::answer_failure(const Error& error) {
  if (response_.broken()) {
    log_debug("http_client_left",
              {{"remote", request_.remote_address}, {"error", error.message()}});
    return;
  }
  if (response_.finished()) {
    log_error("http_handler_failed_after_answer",
              {{"target", request_.target}, {"error", error.message()}});
    return;
  }
  try {
    answer_error(response_, error, context_->version);
  } catch (const Error& send_error) {
    log_debug("http_client_left",
              {{"remote", request_.remote_address}, {"error", send_error.message()}});
  }
}

void Connection::send(std::span<const std::string_view> parts) {
  stream_->write_all(parts, context_->limits.write_timeout);
}

bool Connection::can_keep_alive() {
  return request_.keep_alive && !server_stopping() && reader_.can_skip_body();
}

}  // namespace freshet
