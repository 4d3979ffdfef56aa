// The database describing itself: system.*, information_schema.*.
//
// Path:      query/plan/binder, query/engine/physical_planner -> EngineSystemTables
#pragma once

#include <string>
#include <vector>

#include "query/engine/engine_services.h"
#include "query/plan/system_tables.h"

namespace freshet {

class EngineSystemTables final : public SystemTables {
 public:
  // `services` and `engine` outlive it; `engine` is asked for running queries.
  EngineSystemTables(EngineServices& services, const QueryEngine& engine)
      : services_(services), engine_(engine) {}
  std::optional<Schema> find(std::string_view database, std::string_view table) const override;
  Chunk read(std::string_view database, std::string_view table,
             std::span<const ColumnIndex> columns) const override;
  std::vector<std::string> table_names(std::string_view database) const override;

 private:
  EngineServices& services_;
  const QueryEngine& engine_;
};

}  // namespace freshet
