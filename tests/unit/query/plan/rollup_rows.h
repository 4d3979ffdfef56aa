// A table whose segments, and the rows of whose rollups beside them, a test makes one by one: what
// the store does, in states that it passes through only now and then.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "query/engine/query_context.h"
#include "query/engine/select_runner.h"
#include "query/plan/explain.h"
#include "query/plan/optimizer.h"
#include "query/plan/rollup_shape.h"
#include "query/sql/parser.h"
#include "storage/column/time_zone.h"
#include "storage/segment/segment_writer.h"
#include "storage/table/table_columns.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {

class RollupRows {
 public:
  // "id:UInt64 name:String"
  explicit RollupRows(std::string_view columns) {
    functions_.time_zone = TimeZone::utc();
    functions_.now_ns = 1'710'498'030'123'456'789;
    functions_.database = "default";
    store_->create_table(table_from_text("t", columns));
    definition_ = *store_->snapshot()->find("default", "t")->definition;
  }

  void add_rollup(const std::string& name, const std::string& select) {
    RollupDefinition rollup;
    rollup.id = definition_.rollups.size() + 1;
    rollup.name = name;
    rollup.select = select;
    BindContext context;
    context.functions = &functions_;
    const RollupShape shape = bind_rollup(*parse_query_text(select), definition_, context);
    rollup.columns = shape.columns();
    rollup.key_count = shape.keys.size();
    definition_.rollups.push_back(std::move(rollup));
    table_ = nullptr;
  }

  // A segment of the rows that a SELECT gives, with the rows of all rollups but `without`.
  void add_segment(const std::string& select, const std::set<std::string>& without = {}) {
    auto segment = std::make_shared<Segment>();
    segment->partition = "all";
    segment->reader = write(definition_.file_schema(), {compute(select)});
    segments_.push_back(segment);
    build(segments_.size() - 1, without);
    table_ = nullptr;
  }
  void add_newest(const std::string& select) {
    newest_.push_back(std::make_shared<const Chunk>(compute(select)));
    table_ = nullptr;
  }
  // What is beside the segment is good no more, unless it is built again.
  void delete_rows(size_t segment, const std::vector<uint64_t>& rows) {
    auto changed = std::make_shared<Segment>(*segments_[segment]);
    RowSetBuilder builder(changed->deleted);
    for (const uint64_t row : rows) builder.add(row);
    changed->deleted = builder.take();
    segments_[segment] = changed;
    table_ = nullptr;
  }
  void build(size_t segment, const std::set<std::string>& without = {}) {
    auto changed = std::make_shared<Segment>(*segments_[segment]);
    changed->rollups.clear();
    TableVersion rows = version_of({segments_[segment]}, {});
    BindContext context;
    context.functions = &functions_;
    for (const RollupDefinition& rollup : definition_.rollups) {
      if (without.contains(rollup.name)) continue;
      const RollupShape shape = bind_rollup(*parse_query_text(rollup.select), definition_, context);
      LogicalPlan plan = rollup_plan(shape, rows);
      optimize(plan, functions_);
      auto part = std::make_shared<Segment>();
      part->partition = "all";
      part->reader = write(Schema(rollup.columns), {run(std::move(plan), functions_)});
      changed->rollups.push_back({rollup.id, part, segments_[segment]->deleted.count()});
    }
    segments_[segment] = changed;
    table_ = nullptr;
  }

  LogicalPlan plan(const std::string& sql, const OptimizerOptions& options) {
    if (table_ == nullptr)
      table_ = std::make_shared<const TableVersion>(version_of(segments_, newest_));
    BindContext context;
    context.snapshot = store_->snapshot();
    context.database = "default";
    context.functions = &session_functions();
    context.inserted_rows = table_.get();
    LogicalPlan plan = bind_select(*parse_query_text(sql), context);
    optimize(plan, session_functions(), options);
    return plan;
  }
  std::string plan_text(const std::string& sql, const OptimizerOptions& options) {
    return explain_plan(plan(sql, options));
  }
  // Lines in order of their text.
  std::string answer(const std::string& sql, const OptimizerOptions& options) {
    LogicalPlan plan = this->plan(sql, options);
    const Schema schema = plan.schema();
    std::istringstream text(chunk_rows_text(schema, run(std::move(plan), session_functions())));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    std::ranges::sort(lines);
    std::string sorted;
    for (const NamedType& column : schema.columns()) {
      sorted += column.name + " " + column.type->name() + ", ";
    }
    sorted += "\n";
    for (const std::string& line : lines) sorted += line + "\n";
    return sorted;
  }

  // Of the session; rollups are made in UTC.
  void set_time_zone(const std::string& name) {
    session_ = functions_;
    session_->time_zone = TimeZone::find(name);
  }

 private:
  const FunctionContext& session_functions() const { return session_ ? *session_ : functions_; }

  TableVersion version_of(std::vector<std::shared_ptr<const Segment>> segments,
                          std::vector<std::shared_ptr<const Chunk>> newest) {
    TableVersion version;
    version.definition = std::make_shared<const TableDefinition>(definition_);
    version.schema = definition_.stored_schema();
    version.columns = std::make_shared<const TableColumns>(version.definition, nullptr);
    version.segments = std::move(segments);
    version.memtable = std::move(newest);
    return version;
  }

  std::shared_ptr<const SegmentReader> write(const Schema& schema, const std::vector<Chunk>& rows) {
    const std::string path = "/data/" + std::to_string(++files_written_) + ".seg";
    SegmentWriter writer(files_, path, schema, {});
    for (const Chunk& chunk : rows) writer.append(chunk);
    writer.finish();
    return SegmentReader::open(files_, path);
  }

  Chunk compute(const std::string& select) {
    BindContext context;
    context.functions = &functions_;
    LogicalPlan plan = bind_select(*parse_query_text(select), context);
    const Schema stored = definition_.stored_schema();
    const Schema given = plan.schema();
    optimize(plan, functions_);
    Chunk chunk = run(std::move(plan), functions_);
    for (ColumnIndex i = 0; i < stored.size(); ++i) {
      chunk.columns[i] =
          flat(cast_column(functions_, chunk.columns[i], given[i].type, stored[i].type));
    }
    return chunk;
  }

  Chunk run(LogicalPlan plan, const FunctionContext& functions) {
    QueryContext context(QueryRequest(), Settings(), memory_);
    context.functions = functions;
    Executor executor(nullptr);
    return SelectRunner(context, executor, nullptr).collect(std::move(plan), std::nullopt);
  }

  FaultFileSystem files_;
  MemoryBudget memory_{0};
  FunctionContext functions_;
  std::optional<FunctionContext> session_;
  TestStore store_{files_};
  TableDefinition definition_;
  std::vector<std::shared_ptr<const Segment>> segments_;
  std::vector<std::shared_ptr<const Chunk>> newest_;
  std::shared_ptr<const TableVersion> table_;
  size_t files_written_ = 0;
};

}  // namespace freshet
