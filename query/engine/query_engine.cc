#include "query/engine/query_engine.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "query/engine/backup_log.h"
#include "query/engine/catalog_names.h"
#include "query/engine/ddl.h"
#include "query/engine/engine_services.h"
#include "query/engine/fresh_groups.h"
#include "query/engine/insert_target.h"
#include "query/engine/maintenance.h"
#include "query/engine/run_explain.h"
#include "query/engine/running_queries.h"
#include "query/engine/select_runner.h"
#include "query/engine/setting_text.h"
#include "query/engine/show.h"
#include "query/engine/statement_cache.h"
#include "query/engine/system_table_entry.h"
#include "query/engine/system_tables.h"
#include "query/engine/view_links.h"
#include "query/engine/wait_for_commit.h"
#include "query/plan/rollup_shape.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/column/string_column.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

void apply_changes(const std::vector<SettingChange>& changes, Settings& settings) {
  for (const SettingChange& change : changes) settings.set(change.name, setting_text(change));
}

// SETTINGS of a query's first SELECT hold for the whole query.
const std::vector<SettingChange>* settings_of(const Query& query) {
  if (const auto* select = std::get_if<Select>(&query.body)) return &select->settings;
  return settings_of(*std::get<SetOperation>(query.body).operands.back());
}

// Every SETTINGS clause that a statement has, in order.
std::vector<SettingChange> settings_of(const Statement& statement) {
  std::vector<SettingChange> all;
  const auto add = [&](const std::vector<SettingChange>& changes) {
    all.insert(all.end(), changes.begin(), changes.end());
  };
  if (const auto* query = std::get_if<QueryPtr>(&statement.body)) add(*settings_of(**query));
  if (const auto* insert = std::get_if<Insert>(&statement.body)) {
    add(insert->settings);
    if (insert->query != nullptr) add(*settings_of(*insert->query));
  }
  if (const auto* explain = std::get_if<Explain>(&statement.body)) {
    add(settings_of(*explain->statement));
  }
  add(statement.settings);
  return all;
}

bool writes(const Statement& statement) {
  return !(std::holds_alternative<QueryPtr>(statement.body) ||
           std::holds_alternative<Show>(statement.body) ||
           std::holds_alternative<Describe>(statement.body) ||
           std::holds_alternative<Exists>(statement.body) ||
           std::holds_alternative<Use>(statement.body) ||
           std::holds_alternative<SetSettings>(statement.body) ||
           std::holds_alternative<SetRole>(statement.body) ||
           std::holds_alternative<Kill>(statement.body) ||
           std::holds_alternative<CheckTable>(statement.body) ||
           std::holds_alternative<Explain>(statement.body));
}

// Version 4 UUID: "8c6976e5-b541-4415-bde9-08bd4dee15df".
std::string make_query_id(uint64_t high, uint64_t low) {
  high = (high & ~uint64_t{0xF000}) | 0x4000;
  low = (low & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(36, '-');
  size_t digit = 0;
  for (size_t place = 0; place < text.size(); ++place) {
    if (place == 8 || place == 13 || place == 18 || place == 23) continue;
    const uint64_t half = digit < 16 ? high : low;
    text[place] = kDigits[half >> (60 - digit % 16 * 4) & 15];
    ++digit;
  }
  return text;
}

// Settings `limit` and `offset` cut the whole result, on top of the query's own clauses.
void apply_limit_settings(const Settings& settings, LogicalPlan& plan) {
  LimitNode cut;
  cut.offset = settings.number("offset");
  const uint64_t limit = settings.number("limit");
  if (limit != 0) cut.limit = limit;
  if (!cut.limit && cut.offset == 0) return;
  Schema schema = plan.schema();
  plan.root = make_plan(std::move(cut), std::move(schema), std::move(plan.root));
}

std::shared_ptr<const Statement> parse(std::string_view text,
                                       const std::map<std::string, std::string>& parameters,
                                       StatementCache& statements) {
  if (parameters.empty()) return statements.parse(text);
  ParseOptions options;
  for (const auto& [name, value] : parameters) options.identifier_parameters.emplace(name, value);
  return std::make_shared<const Statement>(parse_statement(text, options));
}

std::pair<Schema, Chunk> text_rows(const std::string& column, const std::string& text) {
  auto lines = std::make_shared<StringColumn>();
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines->append_string(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
  Chunk chunk;
  chunk.row_count = lines->size();
  chunk.columns.push_back(std::move(lines));
  Schema schema;
  schema.add(column, simple_type(TypeId::String));
  return {std::move(schema), std::move(chunk)};
}

}  // namespace

struct QueryEngine::State {
  State(EngineOptions engine_options, TableStore& store, Clock& clock, MemoryBudget& memory,
        MetricsRegistry& metrics, const QueryEngine& engine)
      : worker_count(engine_options.worker_count != 0
                         ? engine_options.worker_count
                         : std::max<size_t>(1, std::thread::hardware_concurrency())),
        pool("query", worker_count),
        executor(&pool),
        services{store,    clock,   memory,       metrics,  std::move(engine_options),
                 executor, nullptr, catalog_lock, mutations},
        condition_cache(services.options.condition_cache_bytes, metrics),
        fresh_groups(store.rollup_build(), memory),
        server_time_zone(TimeZone::find(services.options.time_zone)),
        system_tables(services, engine),
        temporary(store.files(), store.directory() + "/tmp", metrics,
                  services.options.temporary_bytes_max),
        random(static_cast<uint64_t>(clock.wall_ns())),
        started_ns(clock.monotonic_ns()),
        queries_total(metrics.counter("queries_total", "Queries run, failed ones included")),
        queries_failed(metrics.counter("queries_failed_total", "Queries that ended in an error")),
        query_seconds(metrics.histogram("query_seconds", "Time of queries", 1e-9)) {
    // What queries of a process that has ended have left.
    temporary.clear();
    mend_catalog(store);
    services.system_tables = &system_tables;
    services.backups = &backups;
    services.condition_cache = &condition_cache;
    metrics.computed_gauge("queries_running", "Queries running now",
                           [this] { return static_cast<double>(running.list().size()); });
  }

  std::shared_ptr<QueryContext> make_context(QueryRequest request, Settings settings) {
    auto context =
        std::make_shared<QueryContext>(std::move(request), std::move(settings), services.memory);
    const RandomDraws draws = draw();
    if (context->query_id.empty()) context->query_id = make_query_id(draws.id_high, draws.id_low);
    context->snapshot = services.store.snapshot();
    context->store = &services.store;
    if (context->settings.flag("use_query_condition_cache")) {
      context->condition_cache = &condition_cache;
    }
    context->temporary.emplace(
        temporary, context->request.user,
        TemporaryLimits{context->settings.number("max_temporary_data_on_disk_size_for_query"),
                        context->settings.number("max_temporary_data_on_disk_size_for_user")});
    context->worker_count = worker_count;
    const uint64_t threads_max = context->settings.number("max_threads");
    if (threads_max != 0) context->worker_count = std::min<size_t>(worker_count, threads_max);
    FunctionContext& functions = context->functions;
    const std::string_view zone = context->settings.text("session_timezone");
    functions.time_zone = zone.empty() ? server_time_zone : TimeZone::find(zone);
    context->rollup_shapes = &rollup_shapes;
    context->fresh_groups = &fresh_groups;
    functions.now_ns = static_cast<int64_t>(services.clock.wall_ns());
    functions.database = context->database;
    functions.user = context->request.user;
    functions.query_id = context->query_id;
    functions.server_version = services.options.server_version;
    functions.host_name = services.options.host_name;
    functions.uptime_s =
        static_cast<uint64_t>(services.clock.monotonic_ns() - started_ns) / 1'000'000'000;
    functions.random_seed = draws.seed;
    return context;
  }

  struct RandomDraws {
    uint64_t id_high;
    uint64_t id_low;
    uint64_t seed;
  };
  RandomDraws draw() {
    MutexLock lock(random_mutex);
    return {random.next(), random.next(), random.next()};
  }

  QueryReport run(const Statement& statement, const std::shared_ptr<QueryContext>& context,
                  ResultSink& sink);
  void run_query(const Query& query, QueryContext& context, ResultSink& sink, QueryReport& report);
  void run_insert(const Insert& insert, const std::shared_ptr<QueryContext>& context,
                  ResultSink& sink, QueryReport& report);
  void run_explain(const Explain& explain, QueryContext& context, ResultSink& sink);
  void run_kill(const Kill& kill, const std::shared_ptr<QueryContext>& context, ResultSink& sink,
                QueryReport& report);

  size_t worker_count;
  ThreadPool pool;
  Executor executor;
  SharedMutex catalog_lock;
  MutationLog mutations;
  EngineServices services;
  ConditionCache condition_cache;
  RollupShapes rollup_shapes;
  FreshGroups fresh_groups;
  const std::shared_ptr<const TimeZone> server_time_zone;
  EngineSystemTables system_tables;
  RunningQueries running;
  StatementCache statements;
  BackupLog backups;
  TemporaryFolder temporary;
  Mutex random_mutex;
  Random random GUARDED_BY(random_mutex);
  int64_t started_ns;
  Counter& queries_total;
  Counter& queries_failed;
  Histogram& query_seconds;
};

QueryEngine::QueryEngine(EngineOptions options, TableStore& store, Clock& clock,
                         MemoryBudget& memory, MetricsRegistry& metrics)
    : state_(std::make_unique<State>(std::move(options), store, clock, memory, metrics, *this)) {}

QueryEngine::~QueryEngine() = default;

StatementHead QueryEngine::inspect(std::string_view text,
                                   const std::map<std::string, std::string>& parameters) const {
  StatementHead head;
  head.statement = parse(text, parameters, state_->statements);
  const Statement& statement = *head.statement;
  head.format = statement.format;
  head.writes = writes(statement);
  for (const SettingChange& change : settings_of(statement)) {
    head.settings.emplace_back(change.name, setting_text(change));
  }
  const auto* insert = std::get_if<Insert>(&statement.body);
  if (insert == nullptr || insert->source == InsertSource::Select) return head;
  if (insert->source == InsertSource::File) {
    throw Error(ErrorCode::NotImplemented,
                "INSERT FROM INFILE is the client's work: use `freshet ingest` or send the data");
  }
  const auto* name = std::get_if<TableName>(&insert->target);
  if (name == nullptr) {
    throw Error(ErrorCode::NotImplemented, "INSERT INTO a table function is not supported");
  }
  if (insert->columns_except) {
    throw Error(ErrorCode::NotImplemented, "INSERT INTO t (* EXCEPT(..)) is not supported");
  }
  head.kind = StatementHead::Kind::InsertData;
  head.format = insert->format;
  head.data_offset = insert->data_offset;
  head.database = name->database;
  head.table = name->table;
  head.columns = insert->columns;
  return head;
}

QueryReport QueryEngine::execute(QueryRequest request, ResultSink& sink) {
  state_->queries_total.add();
  const int64_t started_ns = state_->services.clock.monotonic_ns();
  const auto elapsed_ns = [&] {
    return static_cast<uint64_t>(state_->services.clock.monotonic_ns() - started_ns);
  };
  try {
    if (request.text.size() > kQueryBytesMax) {
      throw Error(ErrorCode::QueryIsTooLarge,
                  "Query is too large: " + std::to_string(request.text.size()) +
                      " bytes, the maximum is " + std::to_string(kQueryBytesMax));
    }
    const auto parsed = request.statement != nullptr
                            ? request.statement
                            : parse(request.text, request.parameters, state_->statements);
    const Statement& statement = *parsed;
    Settings settings = request.settings;
    apply_changes(settings_of(statement), settings);
    const uint64_t readonly = request.settings.number("readonly");
    if (readonly != 0 && writes(statement)) {
      throw Error(ErrorCode::Readonly, "Cannot execute query in readonly mode");
    }
    if (readonly == 1 && !(settings.changed() == request.settings.changed())) {
      throw Error(ErrorCode::Readonly, "Cannot modify settings in readonly mode");
    }
    const std::shared_ptr<QueryContext> context =
        state_->make_context(std::move(request), std::move(settings));
    const RunningQueries::Entry entry(state_->running, context);
    wait_for_commit(state_->services.store, *context);
    QueryReport report = state_->run(statement, context, sink);
    report.query_id = context->query_id;
    report.rows_read = context->progress.rows_read.load();
    report.bytes_read = context->progress.bytes_read.load();
    report.total_rows_to_read =
        std::max<uint64_t>(report.rows_read, context->progress.rows_to_read);
    report.memory_peak_bytes = context->memory.peak_bytes();
    report.temporary_bytes_written = context->temporary->written_bytes();
    report.elapsed_ns = elapsed_ns();
    state_->query_seconds.record(report.elapsed_ns);
    return report;
  } catch (...) {
    state_->queries_failed.add();
    throw;
  }
}

QueryReport QueryEngine::State::run(const Statement& statement,
                                    const std::shared_ptr<QueryContext>& context,
                                    ResultSink& sink) {
  QueryReport report;
  if (const auto* query = std::get_if<QueryPtr>(&statement.body)) {
    run_query(**query, *context, sink, report);
  } else if (const auto* insert = std::get_if<Insert>(&statement.body)) {
    run_insert(*insert, context, sink, report);
  } else if (const auto* explain = std::get_if<Explain>(&statement.body);
             explain != nullptr && explain->kind != ExplainKind::Ast &&
             explain->kind != ExplainKind::Syntax) {
    run_explain(*explain, *context, sink);
  } else if (const auto* kill = std::get_if<Kill>(&statement.body)) {
    run_kill(*kill, context, sink, report);
  } else if (const auto* use = std::get_if<Use>(&statement.body)) {
    if (!is_virtual_database(use->database)) {
      freshet::require_database(*context->snapshot, use->database);
    }
    report.new_database = use->database;
  } else if (const auto* set = std::get_if<SetSettings>(&statement.body)) {
    for (const SettingChange& change : set->changes) {
      context->settings.set(change.name, setting_text(change));
      report.new_settings.emplace_back(change.name, setting_text(change));
    }
  } else if (std::holds_alternative<SetRole>(statement.body)) {
    // Roles come with access control; until then every user has the one role there is.
  } else if (auto table = run_maintenance(services, *context, statement)) {
    sink.begin(table->first);
    report.result_rows = table->second.row_count;
    if (table->second.row_count != 0) sink.put(std::move(table->second));
  } else if (auto rows = run_show(services, *context, statement)) {
    sink.begin(rows->first);
    report.result_rows = rows->second.row_count;
    report.result_bytes = rows->second.memory_bytes();
    if (rows->second.row_count != 0) sink.put(std::move(rows->second));
  } else if (!run_ddl(services, *context, statement, report)) {
    throw Error(ErrorCode::NotImplemented, "This statement is not supported: " + to_sql(statement));
  }
  return report;
}

void QueryEngine::State::run_query(const Query& query, QueryContext& context, ResultSink& sink,
                                   QueryReport& report) {
  SelectRunner runner(context, executor, &system_tables);
  LogicalPlan plan = runner.plan(query);
  apply_limit_settings(context.settings, plan);
  if (plan.totals != nullptr) {
    LogicalPlan totals;
    totals.root = clone_plan(*plan.totals);
    report.totals = runner.collect(std::move(totals), std::nullopt);
  }
  sink.begin(plan.schema());
  report.result_rows = runner.run(
      plan,
      [&](Chunk chunk) {
        report.result_bytes += chunk.memory_bytes();
        sink.put(std::move(chunk));
      },
      [&] { return sink.wanted(); });
}

void QueryEngine::State::run_insert(const Insert& insert,
                                    const std::shared_ptr<QueryContext>& context, ResultSink& sink,
                                    QueryReport& report) {
  if (insert.source != InsertSource::Select) {
    throw Error(ErrorCode::NotImplemented,
                "INSERT with data goes through the insert pipeline, not through execute()");
  }
  const auto* name = std::get_if<TableName>(&insert.target);
  if (name == nullptr) {
    throw Error(ErrorCode::NotImplemented, "INSERT INTO a table function is not supported");
  }
  const std::string& database = name->database.empty() ? context->database : name->database;
  const std::unique_ptr<InsertTarget> target = open_insert_target(
      services, context, database, name->table, insert.columns, /*hold_catalog=*/true);
  SelectRunner runner(*context, executor, &system_tables);
  const LogicalPlan plan = runner.plan(*insert.query);
  const Schema& expected = target->input_schema();
  if (plan.schema().size() != expected.size()) {
    throw Error(ErrorCode::NumberOfColumnsDoesntMatch,
                "Number of columns doesn't match (source: " + std::to_string(plan.schema().size()) +
                    " and result: " + std::to_string(expected.size()) + ")");
  }
  runner.run(
      plan,
      [&](Chunk chunk) {
        for (ColumnIndex c = 0; c < expected.size(); ++c) {
          chunk.columns[c] = cast_column(context->functions, chunk.columns[c],
                                         plan.schema()[c].type, expected[c].type);
        }
        report.rows_written += chunk.row_count;
        report.bytes_written += chunk.memory_bytes();
        target->put(std::move(chunk), {});
      },
      [&] { return sink.wanted(); });
  const CommitReceipt receipt = target->commit();
  report.lsn = receipt.lsn;
  report.duplicate = receipt.duplicate;
  if (!receipt.duplicate) return;
  report.rows_written = 0;
  report.bytes_written = 0;
}

void QueryEngine::State::run_explain(const Explain& explain, QueryContext& context,
                                     ResultSink& sink) {
  auto [schema, rows] = text_rows("explain", explain_text(explain, services, context));
  sink.begin(schema);
  sink.put(std::move(rows));
}

void QueryEngine::State::run_kill(const Kill& kill, const std::shared_ptr<QueryContext>& context,
                                  ResultSink& sink, QueryReport& report) {
  if (kill.kind != KillKind::Query) {
    throw Error(ErrorCode::NotImplemented, "KILL MUTATION is not supported");
  }
  // The condition is a query's WHERE over the list of running queries.
  const QueryPtr query = parse_query_text(
      "SELECT '" + std::string(kill.mode == KillMode::Test ? "" : "waiting") +
      "' AS kill_status, query_id, user, query FROM system.processes WHERE " + to_sql(*kill.where));
  SelectRunner runner(*context, executor, &system_tables);
  LogicalPlan plan = runner.plan(*query);
  const Schema schema = plan.schema();
  Chunk rows = runner.collect(std::move(plan), std::nullopt);
  if (kill.mode != KillMode::Test) {
    for (size_t i = 0; i < rows.row_count; ++i) {
      const std::string query_id = value_at(*rows.columns[1], i).as<std::string>();
      if (query_id != context->query_id) running.cancel(query_id);
    }
  }
  sink.begin(schema);
  report.result_rows = rows.row_count;
  if (rows.row_count != 0) sink.put(std::move(rows));
}

std::unique_ptr<InsertTarget> QueryEngine::open_insert(const QueryRequest& request,
                                                       const std::string& database,
                                                       const std::string& table,
                                                       const std::vector<std::string>& columns) {
  if (request.settings.number("readonly") != 0) {
    throw Error(ErrorCode::Readonly, "Cannot execute query in readonly mode");
  }
  const std::shared_ptr<QueryContext> context = state_->make_context(request, request.settings);
  return open_insert_target(state_->services, context,
                            database.empty() ? context->database : database, table, columns,
                            /*hold_catalog=*/true, /*rows_are_sent=*/true);
}

void QueryEngine::require_database(const std::string& name) const {
  if (is_virtual_database(name)) return;
  freshet::require_database(*state_->services.store.snapshot(), name);
}

const std::string& QueryEngine::time_zone() const { return state_->services.options.time_zone; }

std::vector<RunningQuery> QueryEngine::running_queries() const { return state_->running.list(); }

bool QueryEngine::cancel(std::string_view query_id) { return state_->running.cancel(query_id); }

void QueryEngine::cancel_all() { state_->running.cancel_all(); }

}  // namespace freshet
