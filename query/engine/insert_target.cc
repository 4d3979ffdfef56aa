#include "query/engine/insert_target.h"

#include <optional>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/insert_fingerprint.h"
#include "query/engine/row_completion.h"
#include "query/engine/select_runner.h"
#include "query/engine/view_feed.h"
#include "storage/base/error.h"
#include "storage/table/insert_keys.h"

namespace freshet {

namespace {

constexpr std::string_view kQuarantineSuffix = "_quarantine";
// The time when a bad row came differs from try to try, its text does not.
constexpr ColumnIndex kQuarantineRawColumn = 4;

TableDefinition define_quarantine(const TableDefinition& table) {
  TableDefinition quarantine;
  quarantine.database = table.database;
  quarantine.name = table.name + std::string(kQuarantineSuffix);
  quarantine.engine = "MergeTree";
  quarantine.order_by = {"time"};
  quarantine.comment = "Input rows that could not be read";
  const std::pair<std::string, std::string> columns[] = {
      {"time", "DateTime64(3)"}, {"row", "UInt64"}, {"column", "String"},
      {"reason", "String"},      {"raw", "String"}, {"source", "String"}};
  std::string list;
  for (const auto& [name, type] : columns) {
    ColumnDefinition column;
    column.name = name;
    column.type = parse_data_type(type);
    quarantine.columns.push_back(std::move(column));
    list += (list.empty() ? "`" : ", `") + name + "` " + type;
  }
  quarantine.create_sql = "CREATE TABLE " + display_name(quarantine) + " (" + list +
                          ") ENGINE = MergeTree ORDER BY time COMMENT '" + quarantine.comment + "'";
  return quarantine;
}

TableDefinitionPtr find_target(const Snapshot& snapshot, const std::string& database,
                               const std::string& table) {
  TableName name;
  name.database = database;
  name.table = table;
  const TableDefinitionPtr& definition = require_table(snapshot, name).definition;
  switch (definition->kind) {
    case TableKind::Table:
      return definition;
    case TableKind::View:
      throw Error(ErrorCode::NotImplemented,
                  "Rows cannot be inserted into a view: " + display_name(*definition));
    case TableKind::MaterializedView:
      break;
  }
  // As in ClickHouse, rows given to a materialized view are rows of its target.
  const TableVersion* target = snapshot.find(definition->target);
  if (target == nullptr) {
    throw Error(ErrorCode::UnknownTable, "The target table of materialized view " +
                                             display_name(*definition) + " does not exist");
  }
  return target->definition;
}

class CatalogHold {
 public:
  // Null: the caller holds the lock.
  explicit CatalogHold(SharedMutex* lock) : lock_(lock) { acquire(); }
  ~CatalogHold() { release(); }
  CatalogHold(const CatalogHold&) = delete;
  CatalogHold& operator=(const CatalogHold&) = delete;

 private:
  void acquire() NO_THREAD_SAFETY_ANALYSIS {
    if (lock_ != nullptr) lock_->lock_shared();
  }
  void release() NO_THREAD_SAFETY_ANALYSIS {
    if (lock_ != nullptr) lock_->unlock_shared();
  }

  SharedMutex* lock_;
};

class TableInsertTarget final : public InsertTarget {
 public:
  TableInsertTarget(EngineServices& services, std::shared_ptr<QueryContext> context,
                    const std::string& database, const std::string& table,
                    const std::vector<std::string>& columns, bool hold_catalog, bool rows_are_sent)
      : services_(services),
        context_(std::move(context)),
        hold_(hold_catalog ? &services.catalog_lock : nullptr),
        table_(find_table(database, table)),
        completion_(table_, columns, bind_context()),
        transaction_(services.store.begin_insert()),
        views_(services, *context_, *transaction_) {
    services.store.require_room(table_->id);
    if (!context_->settings.flag("insert_deduplicate")) return;
    const std::string token(context_->settings.text("insert_deduplication_token"));
    if (!token.empty()) {
      transaction_->set_idempotency_key(token, table_->id);
    } else if (rows_are_sent && deduplicates_blocks(*table_)) {
      fingerprint_.emplace(completion_.input_schema());
    }
  }

  const Schema& input_schema() const override { return completion_.input_schema(); }
  const std::string& database() const override { return table_->database; }
  const std::string& table() const override { return table_->name; }

  void put(Chunk rows, const std::vector<Buffer<uint8_t>>& defaults) override {
    if (rows.row_count == 0) return;
    if (fingerprint_) fingerprint_->add(rows, defaults);
    const Chunk stored = completion_.complete(rows, defaults);
    if (stores_rows(*table_)) transaction_->append(table_, stored);
    views_.feed(table_, stored);
  }

  void put_quarantine(Chunk rows) override {
    if (rows.row_count == 0) return;
    if (fingerprint_) fingerprint_->add_bad(*rows.columns[kQuarantineRawColumn]);
    if (quarantine_ == nullptr) quarantine_ = find_or_create_quarantine();
    transaction_->append(quarantine_, std::move(rows));
  }

  InsertTransaction& transaction() override { return *transaction_; }
  CommitReceipt commit() override {
    if (fingerprint_ && fingerprint_->row_count() > 0) {
      transaction_->set_idempotency_key(fingerprint_->text(), table_->id);
    }
    return transaction_->commit();
  }

 private:
  TableDefinitionPtr find_table(const std::string& database, const std::string& table) {
    // What the query has seen so far may be older than the catalog that is held from now on.
    context_->snapshot = services_.store.snapshot();
    return find_target(*context_->snapshot, database, table);
  }

  BindContext bind_context() {
    SelectRunner runner(*context_, services_.executor, services_.system_tables);
    BindContext bind = runner.bind_context();
    // Defaults hold no subqueries; the runner that would run them is gone when they are used.
    bind.run_subquery = nullptr;
    return bind;
  }

  // Only adds a name, so holding the catalog shared is enough.
  TableDefinitionPtr find_or_create_quarantine() {
    TableDefinition definition = define_quarantine(*table_);
    const auto find = [&]() -> TableDefinitionPtr {
      const SnapshotPtr snapshot = services_.store.snapshot();
      const TableVersion* version = snapshot->find(definition.database, definition.name);
      return version == nullptr ? nullptr : version->definition;
    };
    TableDefinitionPtr found = find();
    if (found == nullptr) {
      try {
        return services_.store.create_table(definition);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::TableAlreadyExists) throw;
      }
      // Another INSERT was faster.
      found = find();
    }
    const bool fits = found != nullptr && found->kind == TableKind::Table &&
                      found->stored_schema() == definition.stored_schema();
    if (fits) return found;
    throw Error(ErrorCode::TableAlreadyExists,
                "The table for bad rows cannot be used, its columns are not those of a "
                "quarantine: " +
                    display_name(definition));
  }

  EngineServices& services_;
  std::shared_ptr<QueryContext> context_;
  CatalogHold hold_;
  TableDefinitionPtr table_;
  RowCompletion completion_;
  std::unique_ptr<InsertTransaction> transaction_;
  ViewFeed views_;
  TableDefinitionPtr quarantine_;
  // Of an INSERT that its rows shall name.
  std::optional<InsertFingerprint> fingerprint_;
};

}  // namespace

std::unique_ptr<InsertTarget> open_insert_target(EngineServices& services,
                                                 std::shared_ptr<QueryContext> context,
                                                 const std::string& database,
                                                 const std::string& table,
                                                 const std::vector<std::string>& columns,
                                                 bool hold_catalog, bool rows_are_sent) {
  return std::make_unique<TableInsertTarget>(services, std::move(context), database, table, columns,
                                             hold_catalog, rows_are_sent);
}

}  // namespace freshet
