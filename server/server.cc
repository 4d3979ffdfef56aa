#include "server/server.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <thread>
#include <utility>

#include "ingest/insert_pipeline.h"
#include "ingest/source/socket_source.h"
#include "query/engine/query_engine.h"
#include "query/engine/rollup_build.h"
#include "query/engine/row_merger.h"
#include "query/engine/row_rollup.h"
#include "query/plan/binder.h"
#include "server/handler/admin_handler.h"
#include "server/handler/query_handler.h"
#include "server/http/http_listener.h"
#include "server/version.h"
#include "storage/base/clock.h"
#include "storage/base/error.h"
#include "storage/base/file.h"
#include "storage/base/log.h"
#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/column/time_zone.h"
#include "storage/table/table_store.h"

namespace freshet {

namespace {

// What ClickHouse clients compare with when they choose what to send.
constexpr const char* kClickHouseVersion = "26.7.2.1";

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

FunctionContext key_functions() {
  FunctionContext functions;
  functions.time_zone = TimeZone::utc();
  functions.database = "default";
  return functions;
}

StoreOptions store_options(const ServerConfig& config, const ChunkFunctionCompiler& compiler,
                           const FunctionContext& functions, MemoryBudget& memory) {
  StoreOptions options;
  options.directory = config.data;
  // Memtables may take a quarter of the memory, one INSERT's rows before they go to disk an eighth.
  options.flush_bytes_max = std::min<uint64_t>(options.flush_bytes_max, config.memory_bytes / 4);
  options.stage_bytes_min = std::min<uint64_t>(options.stage_bytes_min, config.memory_bytes / 8);
  options.roll_up = make_row_rollup(compiler);
  options.build_rollup = make_rollup_build(functions, memory);
  return options;
}

EngineOptions engine_options(const ServerConfig& config) {
  EngineOptions options;
  options.worker_count = config.threads;
  options.server_version = kClickHouseVersion;
  options.host_name = host_name();
  options.backup_directory = config.backups;
  options.temporary_bytes_max = config.temporary_data_bytes;
  options.condition_cache_bytes = config.query_condition_cache_bytes;
  return options;
}

}  // namespace

struct Server::State {
  explicit State(const ServerConfig& config)
      : config(config),
        memory(config.memory_bytes),
        functions(key_functions()),
        keys(functions, &clock),
        store(store_options(config, keys, functions, memory), files, clock, memory, metrics, keys,
              make_row_merger(keys)),
        engine(engine_options(config), store, clock, memory, metrics),
        inserts(engine, config.threads),
        users(config.users),
        queries(engine, inserts, users, clock, {kClickHouseVersion, host_name(), "UTC"}),
        admin(store, metrics, users),
        router({
            {{HttpMethod::Get}, "/ping", [this](HttpExchange& e) { admin.ping(e); }},
            {{HttpMethod::Get}, "/replicas_status", [this](HttpExchange& e) { admin.ping(e); }},
            {{HttpMethod::Get}, "/metrics", [this](HttpExchange& e) { admin.metrics(e); }},
            {{HttpMethod::Get},
             "/source_position",
             [this](HttpExchange& e) { admin.source_position(e); }},
            {{HttpMethod::Get, HttpMethod::Post},
             "/",
             [this](HttpExchange& e) { queries.handle(e); }},
        }),
        http(config.http_listen, router, config.http_limits(), kClickHouseVersion, metrics) {
    for (const SocketListenerOptions& listener : config.socket_listeners()) {
      row_sources.push_back(std::make_unique<SocketSource>(listener, config.socket_limits(), engine,
                                                           inserts, memory, metrics));
    }
  }

  ServerConfig config;
  PosixFileSystem files;
  SystemClock clock;
  MetricsRegistry metrics;
  MemoryBudget memory;
  FunctionContext functions;
  SqlChunkFunctionCompiler keys;
  TableStore store;
  QueryEngine engine;
  InsertPipeline inserts;
  Authenticator users;
  QueryHandler queries;
  AdminHandler admin;
  Router router;
  HttpListener http;
  std::vector<std::unique_ptr<SocketSource>> row_sources;
};

Server::Server(const ServerConfig& config) : state_(std::make_unique<State>(config)) {}

Server::~Server() = default;

void Server::start() {
  state_->http.start();
  for (const auto& source : state_->row_sources) {
    source->start();
    log_info("row_listener_started", {{"source", source->name()}, {"port", source->port()}});
  }
  log_info("server_started", {{"version", kFreshetVersion},
                              {"http", state_->config.http_listen},
                              {"data", state_->config.data}});
}

void Server::stop() {
  log_info("server_stopping", {{"grace_ms", std::to_string(state_->config.shutdown_grace_ms)}});
  const auto grace = std::chrono::milliseconds(state_->config.shutdown_grace_ms);
  std::promise<void> closed;
  // What still runs after the grace period is cancelled, so that its connection can close.
  std::thread canceller([this, grace, signal = closed.get_future()] {
    if (signal.wait_for(grace) == std::future_status::timeout) state_->engine.cancel_all();
  });
  // Connections for rows only have to commit what they hold; what then is left of the grace period
  // is for queries.
  const auto deadline = std::chrono::steady_clock::now() + grace;
  const auto grace_left = [&] {
    return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(
                                                      deadline - std::chrono::steady_clock::now()));
  };
  for (const auto& source : state_->row_sources) source->stop(grace_left());
  state_->http.stop(grace_left());
  closed.set_value();
  canceller.join();
  state_->store.flush_all();
  log_info("server_stopped", {});
}

uint16_t Server::http_port() const { return state_->http.port(); }

std::vector<uint16_t> Server::row_ports() const {
  std::vector<uint16_t> ports;
  for (const auto& source : state_->row_sources) ports.push_back(source->port());
  return ports;
}

int run_server(int argc, const char* const* argv) {
  CLI::App app("Freshet server: takes events in and answers SQL over HTTP", "freshet server");
  ServerFlags flags;
  flags.add_to(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Blocked before any thread starts, so that only sigwait() below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const ServerConfig config = load_config(flags);
    if (const auto level = parse_log_level(config.log_level)) set_log_level(*level);
    Server server(config);
    server.start();
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "freshet server: %s\n", error.message().c_str());
    return 1;
  }
}

}  // namespace freshet
