#include "server/handler/query_handler.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "server/handler/multipart_form.h"
#include "server/http/body_source.h"
#include "server/http/http_error.h"
#include "storage/base/limits.h"
#include "storage/format/format.h"

namespace freshet {

namespace {

// Text that was read together with the statement, then the rest of the body.
class PrefixedSource final : public ByteSource {
 public:
  PrefixedSource(std::string_view prefix, ByteSource* rest) : prefix_(prefix), rest_(rest) {}
  size_t read(std::span<char> buffer) override {
    if (!prefix_.empty()) {
      const size_t bytes = std::min(buffer.size(), prefix_.size());
      std::memcpy(buffer.data(), prefix_.data(), bytes);
      prefix_.remove_prefix(bytes);
      return bytes;
    }
    return rest_ == nullptr ? 0 : rest_->read(buffer);
  }

 private:
  std::string_view prefix_;
  ByteSource* rest_;
};

// What a query is likely to fit in; longer ones are read in pieces that double.
constexpr size_t kFirstReadBytes = 4 * kKiB;

// Room for the first piece of the body: all of a short one, and a byte to find its end.
size_t first_read_bytes(const HttpRequest& request) {
  uint64_t length = kFirstReadBytes;
  if (const auto text = request.header("Content-Length")) {
    std::from_chars(text->data(), text->data() + text->size(), length);
  }
  return static_cast<size_t>(std::min<uint64_t>(length, kFirstReadBytes - 1)) + 1;
}

// Reads up to `bytes_max` bytes onto the end of `text`; true when the body ended.
bool read_up_to(ByteSource& body, size_t first_bytes, size_t bytes_max, std::string& text) {
  const size_t old_size = text.size();
  size_t filled = 0;
  bool ended = false;
  while (filled < bytes_max && !ended) {
    const size_t room = std::min(std::max(filled, first_bytes), bytes_max - filled);
    text.resize(old_size + filled + room);
    const size_t bytes = body.read({text.data() + old_size + filled, room});
    filled += bytes;
    ended = bytes == 0;
  }
  text.resize(old_size + filled);
  return ended;
}

void read_form(ByteSource& body, std::string_view boundary, RequestSettings& settings) {
  for (const FormPart& part : parse_multipart(read_all(body, kFormBytesMax), boundary)) {
    if (part.file_name) {
      throw Error(ErrorCode::NotImplemented,
                  "External tables are not supported, but this file was sent: " + part.name);
    }
    apply_request_parameter(part.name, part.content, settings);
  }
}

std::string summary(const QueryReport& report) {
  std::string text;
  text.reserve(320);
  const auto field = [&text](std::string_view name, uint64_t value) {
    text += text.empty() ? "{\"" : ",\"";
    text += name;
    text += "\":\"";
    std::array<char, 20> digits;
    text.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    text += '"';
  };
  field("read_rows", report.rows_read);
  field("read_bytes", report.bytes_read);
  field("written_rows", report.rows_written);
  field("written_bytes", report.bytes_written);
  field("total_rows_to_read", report.total_rows_to_read);
  field("result_rows", report.result_rows);
  field("result_bytes", report.result_bytes);
  field("elapsed_ns", report.elapsed_ns);
  field("memory_usage", report.memory_peak_bytes);
  field("temporary_bytes_written", report.temporary_bytes_written);
  text += '}';
  return text;
}

// Result rows to response bytes in the asked format.
class ResponseSink final : public ResultSink {
 public:
  // `needs_open_peer`: a client that has closed its sending side waits for nothing more.
  ResponseSink(HttpExchange& exchange, const FormatEntry& format, const FormatOptions& options,
               bool needs_open_peer)
      : exchange_(exchange),
        format_(format),
        writer_(format.make_writer(options)),
        needs_open_peer_(needs_open_peer) {}

  void begin(const Schema& schema) override {
    HttpResponse& response = exchange_.response();
    response.set_header("Content-Type", format_.content_type);
    response.set_header("X-ClickHouse-Format", format_.name);
    writer_->begin(schema, text_);
    began_ = true;
    give();
  }
  void put(Chunk chunk) override {
    writer_->write(chunk, text_);
    give();
  }
  bool wanted() override {
    const PeerState peer = exchange_.peer_state();
    return peer == PeerState::Open || (peer == PeerState::HalfClosed && !needs_open_peer_);
  }

  void end(const QueryReport& report) {
    if (!began_) return;
    ChunkWriter::Summary about;
    about.elapsed_s = static_cast<double>(report.elapsed_ns) / 1e9;
    about.rows_read = report.rows_read;
    about.bytes_read = report.bytes_read;
    about.rows_before_limit = report.rows_before_limit;
    about.totals = report.totals;
    writer_->end(about, text_);
    give();
  }

 private:
  void give() {
    exchange_.response().write(text_);
    text_.clear();
  }

  HttpExchange& exchange_;
  const FormatEntry& format_;
  std::unique_ptr<ChunkWriter> writer_;
  bool needs_open_peer_;
  std::string text_;
  bool began_ = false;
};

}  // namespace

QueryHandler::QueryHandler(QueryEngine& engine, InsertPipeline& inserts, const Authenticator& users,
                           const Clock& clock, QueryHandlerOptions options)
    : engine_(engine),
      inserts_(inserts),
      users_(users),
      sessions_(clock),
      options_(std::move(options)) {}

void QueryHandler::handle(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  const std::string user = users_.authenticate(request);
  SessionUse session = sessions_.open(user, read_session_request(request));
  RequestSettings settings = read_request_settings(request, session.session());
  settings.query.user = user;
  set_headers(exchange, settings);

  bool has_body = request.method != HttpMethod::Get && request.method != HttpMethod::Head;
  if (const auto boundary = has_body ? multipart_boundary(request) : std::nullopt) {
    read_form(exchange.body(), *boundary, settings);
    has_body = false;
  }
  if (settings.query.database != session.session().database) {
    engine_.require_database(settings.query.database);
  }
  std::string text = std::move(settings.query_text);
  if (text.empty() && !has_body) {
    session.release();
    exchange.response().set_header("Content-Type", "text/html; charset=UTF-8");
    exchange.response().write("Ok.\n");
    exchange.response().finish();
    return;
  }
  bool body_ended = !has_body;
  if (!text.empty() && has_body) {
    // An INSERT whose head is all in the URL: the body is data to its first byte.
    const StatementHead head = engine_.inspect(text, settings.query.parameters);
    if (head.kind == StatementHead::Kind::InsertData) {
      PrefixedSource data(std::string_view(text).substr(std::min(head.data_offset, text.size())),
                          &exchange.body());
      run_insert(exchange, settings, session, head, data);
      return;
    }
    text += '\n';
  }
  if (has_body) {
    body_ended = read_up_to(exchange.body(), first_read_bytes(request), kQueryBytesMax, text);
  }
  const StatementHead head = engine_.inspect(text, settings.query.parameters);
  if (head.kind == StatementHead::Kind::InsertData) {
    PrefixedSource data(std::string_view(text).substr(std::min(head.data_offset, text.size())),
                        body_ended ? nullptr : &exchange.body());
    run_insert(exchange, settings, session, head, data);
    return;
  }
  if (!body_ended) {
    std::string more;
    if (!read_up_to(exchange.body(), 1, 1, more)) {
      throw Error(ErrorCode::QueryIsTooLarge, "Query is too large: the maximum is " +
                                                  std::to_string(kQueryBytesMax) + " bytes");
    }
  }
  settings.query.text = std::move(text);
  settings.query.statement = head.statement;
  run_query(exchange, settings, session, head);
}

void QueryHandler::set_headers(HttpExchange& exchange, RequestSettings& settings) const {
  const HttpRequest& request = exchange.request();
  HttpResponse& response = exchange.response();
  if (settings.compress_response) {
    if (const auto accepted = request.header("Accept-Encoding")) {
      response.set_encoding(choose_encoding(*accepted), settings.compression_level);
    }
  }
  if (settings.buffer_bytes != 0) response.set_buffer_bytes(settings.buffer_bytes);
  if (settings.wait_end_of_query) {
    response.set_buffer_bytes(std::numeric_limits<size_t>::max());
  }
  const std::string_view zone = settings.query.settings.text("session_timezone");
  response.set_header("X-ClickHouse-Server-Display-Name", options_.display_name);
  response.set_header("X-ClickHouse-Timezone", zone.empty() ? options_.time_zone : zone);
  response.set_header("X-ClickHouse-Exception-Tag", make_exception_tag());
  if (!settings.query.query_id.empty()) {
    response.set_header("X-ClickHouse-Query-Id", settings.query.query_id);
  }
  response.set_header("Access-Control-Expose-Headers",
                      "X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,"
                      "X-ClickHouse-Format,X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,"
                      "X-ClickHouse-Exception-Tag,X-Freshet-LSN,X-Freshet-Duplicate");
  if (settings.allow_origin && request.header("Origin")) {
    response.set_header("Access-Control-Allow-Origin", "*");
  }
}

void QueryHandler::run_query(HttpExchange& exchange, RequestSettings& settings, SessionUse& session,
                             const StatementHead& head) {
  const std::string_view name = !head.format.empty() ? head.format
                                : !settings.default_format.empty()
                                    ? settings.default_format
                                    : std::string_view("TabSeparated");
  const FormatEntry& format = find_format(name);
  if (format.make_writer == nullptr) {
    throw Error(ErrorCode::UnknownFormat,
                "Format " + std::string(format.name) + " is not suitable for output");
  }
  Settings formatting = settings.query.settings;
  for (const auto& [setting, value] : head.settings) formatting.set(setting, value);
  const bool needs_open_peer =
      !head.writes && formatting.flag("cancel_http_readonly_queries_on_client_close");
  ResponseSink sink(exchange, format, format_options(formatting, options_.time_zone),
                    needs_open_peer);
  if (head.writes && !settings.idempotency_key.empty()) {
    settings.query.settings.set("insert_deduplication_token", settings.idempotency_key);
  }
  const QueryReport report = engine_.execute(std::move(settings.query), sink);
  sink.end(report);
  session.remember(report);
  session.release();
  HttpResponse& response = exchange.response();
  response.set_header("X-ClickHouse-Query-Id", report.query_id);
  response.set_header("X-ClickHouse-Summary", summary(report));
  if (report.lsn) response.set_header("X-Freshet-LSN", std::to_string(report.lsn->value));
  if (report.duplicate) response.set_header("X-Freshet-Duplicate", "1");
  if (!response.header("Content-Type")) {
    response.set_header("Content-Type", "text/plain; charset=UTF-8");
  }
  response.finish();
}

void QueryHandler::run_insert(HttpExchange& exchange, RequestSettings& settings,
                              SessionUse& session, const StatementHead& head, ByteSource& data) {
  InsertRequest insert;
  insert.query = std::move(settings.query);
  for (const auto& [name, value] : head.settings) insert.query.settings.set(name, value);
  insert.database = head.database;
  insert.table = head.table;
  insert.columns = head.columns;
  insert.format = !head.format.empty()               ? head.format
                  : !settings.default_format.empty() ? settings.default_format
                                                     : "Values";
  insert.idempotency_key = settings.idempotency_key;
  if (insert.idempotency_key.empty()) {
    insert.idempotency_key = insert.query.settings.text("insert_deduplication_token");
  }
  insert.source_name = "http";
  if (const auto source = exchange.request().header("X-Freshet-Source")) {
    const auto position = exchange.request().header("X-Freshet-Position");
    if (!position) {
      throw Error(ErrorCode::BadArguments,
                  "X-Freshet-Source needs X-Freshet-Position beside it: " + std::string(*source));
    }
    insert.source_name = *source;
    insert.source_position = SourcePosition{std::string(*source), std::string(*position)};
  }
  const InsertReport done = inserts_.run(insert, data);
  session.release();

  QueryReport report;
  report.rows_written = done.duplicate ? 0 : done.rows;
  report.bytes_written = done.duplicate ? 0 : done.bytes;
  report.result_rows = done.rows;
  report.result_bytes = done.bytes;
  report.elapsed_ns = done.elapsed_ns;
  report.rows_read = done.rows;
  report.bytes_read = done.bytes;
  HttpResponse& response = exchange.response();
  response.set_header("Content-Type", "text/plain; charset=UTF-8");
  response.set_header("X-ClickHouse-Summary", summary(report));
  response.set_header("X-Freshet-LSN", std::to_string(done.lsn.value));
  if (done.duplicate) response.set_header("X-Freshet-Duplicate", "1");
  if (done.quarantined_rows != 0) {
    response.set_header("X-Freshet-Quarantined-Rows", std::to_string(done.quarantined_rows));
  }
  response.finish();
}

}  // namespace freshet
