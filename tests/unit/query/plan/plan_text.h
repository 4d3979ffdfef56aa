// SQL to plans as text, over tables in memory, rule by rule.
#pragma once

#include <string>
#include <vector>

#include "query/plan/binder.h"
#include "query/plan/explain.h"
#include "query/plan/optimizer.h"
#include "query/plan/optimizer_rules.h"
#include "query/sql/parser.h"
#include "storage/column/time_zone.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {

using Rule = void (*)(PlanNodePtr& plan, const RuleContext& context);

class PlanHarness {
 public:
  PlanHarness() {
    functions_.time_zone = TimeZone::utc();
    functions_.now_ns = 1'710'498'030'123'456'789;
    functions_.database = "default";
  }

  // "id:UInt64 name:String"
  void create_table(const std::string& name, std::string_view columns) {
    store_->create_table(table_from_text(name, columns));
  }
  void insert(const std::string& table, std::string_view rows) { store_.insert(table, rows); }

  LogicalPlan bind(std::string_view sql) {
    context_.snapshot = store_->snapshot();
    context_.database = "default";
    context_.functions = &functions_;
    return bind_select(*parse_query_text(sql), context_);
  }
  BindContext& context() { return context_; }

  // The plan as the binder made it.
  std::string bound(std::string_view sql) { return explain_plan(bind(sql)); }
  std::string optimized(std::string_view sql, const OptimizerOptions& options = {}) {
    LogicalPlan plan = bind(sql);
    optimize(plan, functions_, options);
    return explain_plan(plan);
  }
  // What `rules` make of it, one after the other.
  std::string after(const std::vector<Rule>& rules, std::string_view sql) {
    LogicalPlan plan = bind(sql);
    const RuleContext context{functions_};
    for (const Rule rule : rules) {
      rule(plan.root, context);
      check_plan(*plan.root);
      if (!plan.totals) continue;
      rule(plan.totals, context);
      check_plan(*plan.totals);
    }
    return explain_plan(plan);
  }
  // "CODE_NAME: message", or the plan.
  std::string bound_or_error(std::string_view sql) {
    try {
      return bound(sql);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
  }

 private:
  FaultFileSystem files_;
  FunctionContext functions_;
  BindContext context_;
  TestStore store_{files_};
};

}  // namespace freshet
