// Stops the store at every operation that writes while columns of a table are added, dropped,
// renamed, cleared and given other types, and rows of it deleted and replaced, loses what was not
// synced, reopens, and compares with a model: an acknowledged ALTER holds, rows logged before it
// are read as it says, the statement under way happened wholly or not at all.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "storage/base/log.h"
#include "storage/table/column_edit.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

// Columns with names in `s` are Strings of their own, others are numbers (or their text).
std::string cell_of(const std::string& column, int id) {
  if (column == "id") return std::to_string(id);
  return column[0] == 's' ? column + std::to_string(id) : std::to_string(2 * id);
}

struct Model {
  std::vector<std::string> columns;
  std::vector<std::map<std::string, std::string>> rows;

  // "id,s1: 1,s11 2,s12"
  std::string text() const {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
      std::string line;
      for (size_t i = 0; i < columns.size(); ++i) {
        line += (i == 0 ? "" : ",") + row.at(columns[i]);
      }
      lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& column : columns) all += (all.empty() ? "" : ",") + column;
    all += ":";
    for (const std::string& line : lines) all += " " + line;
    return all;
  }
};

std::string observe(TestStore& store) {
  const SnapshotPtr snapshot = store->snapshot();
  const TableVersion* version = snapshot->find("default", "t");
  if (version == nullptr) return ":";
  std::string names;
  for (const NamedType& column : version->schema.columns()) {
    names += (names.empty() ? "" : ",") + column.name;
  }
  const std::string rows = TestStore::rows_text(*version);
  return names + ":" + (rows.empty() ? "" : " " + rows);
}

struct Step {
  std::string name;
  std::function<void(TestStore&)> run;
  std::function<void(Model&)> apply;
};

void append_rows(TestStore& store, InsertTransaction& insert, int begin, int end) {
  const Schema schema = store->snapshot()->find("default", "t")->schema;
  std::string header;
  for (const NamedType& column : schema.columns()) {
    header += (header.empty() ? "" : " ") + column.name + ":" + column.type->name();
  }
  // In pieces, so that large ones are staged on the way.
  for (int first = begin; first < end; first += 10) {
    std::string text = header + "\n";
    for (int id = first; id < std::min(first + 10, end); ++id) {
      std::string line;
      for (const NamedType& column : schema.columns()) {
        line += (line.empty() ? "" : "\t") + cell_of(column.name, id);
      }
      text += line + "\n";
    }
    insert.append(store.id("t"), chunk_from_text(text));
  }
}

Step insert(int begin, int end) {
  return {"insert " + std::to_string(begin),
          [=](TestStore& store) {
            const auto transaction = store->begin_insert();
            append_rows(store, *transaction, begin, end);
            transaction->commit();
          },
          [=](Model& model) {
            for (int id = begin; id < end; ++id) {
              auto& row = model.rows.emplace_back();
              for (const std::string& column : model.columns) row[column] = cell_of(column, id);
            }
          }};
}

// Whether the row's id, wherever that column is, is one of these.
RowCondition with_ids(const Schema& schema, const std::vector<int>& ids) {
  const ColumnIndex column = *schema.find("id");
  return [=](const Chunk& rows, size_t row) {
    const auto id = static_cast<int>(value_at(*rows.columns[column], row).as<uint64_t>());
    return std::ranges::find(ids, id) != ids.end();
  };
}

Step remove(const std::vector<int>& ids) {
  return {"delete",
          [=](TestStore& store) {
            const Schema schema = store->snapshot()->find("default", "t")->schema;
            mutate_rows(*store, store.id("t"), with_ids(schema, ids));
          },
          [=](Model& model) {
            std::erase_if(model.rows, [&](const auto& row) {
              return std::ranges::find(ids, std::stoi(row.at("id"))) != ids.end();
            });
          }};
}

// The rows are put again as they are.
Step rewrite(const std::vector<int>& ids) {
  return {"update",
          [=](TestStore& store) {
            const Schema schema = store->snapshot()->find("default", "t")->schema;
            mutate_rows(*store, store.id("t"), with_ids(schema, ids),
                        [](Chunk rows) { return rows; });
          },
          [](Model&) {}};
}

Step alter(const std::string& name, const std::function<void(TableDefinition&)>& change,
           const std::function<void(Model&)>& apply) {
  return {name,
          [=](TestStore& store) {
            const TableDefinitionPtr old = store->snapshot()->find("default", "t")->definition;
            TableDefinition altered = *old;
            change(altered);
            EXPECT_TRUE(store->alter_table(old, std::move(altered)));
          },
          apply};
}

size_t position_of(const TableDefinition& definition, const std::string& column) {
  return static_cast<size_t>(
      std::ranges::find(definition.columns, column, &ColumnDefinition::name) -
      definition.columns.begin());
}

Step add(const std::string& column, const std::string& type, int added_to_id, size_t position) {
  return alter(
      "add " + column,
      [=](TableDefinition& definition) {
        ColumnDefinition added;
        added.name = column;
        added.type = parse_data_type(type);
        if (added_to_id > 0) {
          added.default_kind = DefaultKind::Default;
          added.default_expression = "add(id, " + std::to_string(added_to_id) + ")";
        }
        add_column(definition, added, position);
      },
      [=](Model& model) {
        model.columns.insert(model.columns.begin() + static_cast<std::ptrdiff_t>(position), column);
        for (auto& row : model.rows) {
          row[column] = added_to_id > 0    ? std::to_string(std::stoi(row["id"]) + added_to_id)
                        : type == "String" ? ""
                                           : "0";
        }
      });
}

Step drop(const std::string& column) {
  return alter(
      "drop " + column,
      [=](TableDefinition& definition) {
        definition.columns.erase(definition.columns.begin() +
                                 static_cast<std::ptrdiff_t>(position_of(definition, column)));
      },
      [=](Model& model) { std::erase(model.columns, column); });
}

Step rename(const std::string& from, const std::string& to) {
  return alter(
      "rename " + from,
      [=](TableDefinition& definition) {
        rename_column(definition, position_of(definition, from), to);
      },
      [=](Model& model) {
        *std::ranges::find(model.columns, from) = to;
        for (auto& row : model.rows) row[to] = row[from];
      });
}

Step change_type(const std::string& column, const std::string& type) {
  return alter(
      "change type of " + column,
      [=](TableDefinition& definition) {
        const size_t position = position_of(definition, column);
        ColumnDefinition changed = definition.columns[position];
        changed.type = parse_data_type(type);
        replace_column(definition, position, changed);
      },
      [](Model&) {});
}

Step clear(const std::string& column, int added_to_id) {
  return alter(
      "clear " + column,
      [=](TableDefinition& definition) {
        clear_column(definition, position_of(definition, column));
      },
      [=](Model& model) {
        for (auto& row : model.rows) {
          row[column] = std::to_string(std::stoi(row["id"]) + added_to_id);
        }
      });
}

Step create() {
  return {
      "create",
      [](TestStore& store) {
        store->create_table(table_from_text("t", "id:UInt64 s1:String", {"id"}, "div(id, 100)"));
      },
      [](Model& model) {
        model.columns = {"id", "s1"};
      }};
}

Step flush() {
  return {"flush", [](TestStore& store) { store->flush_all(); }, [](Model&) {}};
}

Step optimize() {
  return {"optimize", [](TestStore& store) { store->optimize_table(store.id("t")); },
          [](Model&) {}};
}

Step reopen() {
  return {"reopen", [](TestStore& store) { store.open(); }, [](Model&) {}};
}

const std::vector<Step>& script() {
  static const std::vector<Step> steps = {
      create(),
      insert(1, 4),
      flush(),
      insert(4, 6),
      remove({2, 4}),
      add("n1", "UInt64", 1000, 2),
      insert(6, 8),
      rewrite({1, 5, 6}),
      rename("s1", "s2"),
      insert(100, 140),  // staged
      change_type("n1", "String"),
      insert(8, 9),
      remove({6, 101, 102}),
      reopen(),
      rewrite({100, 8}),
      drop("s2"),
      add("s2", "String", 0, 0),
      insert(140, 170),  // staged
      change_type("n1", "UInt64"),
      flush(),
      clear("n1", 1000),
      insert(9, 11),
      remove({9, 150, 103}),
      add("n2", "UInt64", 5, 1),
      reopen(),
      rewrite({10, 151}),
      optimize(),
      rename("n2", "n3"),
      drop("n1"),
      insert(11, 12),
      flush(),
  };
  return steps;
}

StoreOptions options() {
  StoreOptions result;
  result.directory = "/data";
  result.background_work = false;
  result.stage_rows_min = 25;
  return result;
}

std::string text_after(size_t step_count) {
  Model model;
  for (size_t index = 0; index < step_count; ++index) script()[index].apply(model);
  return model.text();
}

class AlterCrash : public testing::Test {
 protected:
  AlterCrash() { set_log_level(LogLevel::Off); }
  ~AlterCrash() override { set_log_level(LogLevel::Info); }

  static uint64_t count_operations() {
    FaultFileSystem files;
    TestStore store(files, options());
    for (size_t index = 0; index < script().size(); ++index) {
      script()[index].run(store);
      EXPECT_EQ(observe(store), text_after(index + 1)) << script()[index].name;
    }
    return files.operation_count();
  }
};

TEST_F(AlterCrash, KeepsEveryAcknowledgedChangeAtAnyStop) {
  const uint64_t operation_count = count_operations();
  ASSERT_GT(operation_count, 60u);
  for (uint64_t stop = 1; stop <= operation_count; ++stop) {
    for (uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE("stop at operation " + std::to_string(stop) + ", seed " + std::to_string(seed));
      FaultFileSystem files(1000 * stop + seed);
      files.fail_at(stop, Fault::Stop);
      size_t acknowledged = 0;
      try {
        TestStore store(files, options());
        for (const Step& step : script()) {
          step.run(store);
          ++acknowledged;
        }
      } catch (const Error&) {
      }
      files.crash();
      TestStore store(files, options());
      const std::string found = observe(store);
      const bool is_before = found == text_after(acknowledged);
      const bool is_after = acknowledged < script().size() && found == text_after(acknowledged + 1);
      EXPECT_TRUE(is_before || is_after)
          << found << "\n"
          << text_after(acknowledged) << "\n"
          << (acknowledged < script().size() ? script()[acknowledged].name : "after the script");
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%llu stops\n", static_cast<unsigned long long>(2 * operation_count));
}

TEST_F(AlterCrash, GoesOnAfterAnErrorAtAnyPoint) {
  const uint64_t operation_count = count_operations();
  for (const Fault fault : {Fault::NoSpace, Fault::IoError}) {
    for (uint64_t at = 1; at <= operation_count; ++at) {
      SCOPED_TRACE("error at operation " + std::to_string(at));
      FaultFileSystem files(at);
      auto store = std::make_unique<TestStore>(files, options());
      files.fail_at(files.operation_count() + at, fault);
      for (size_t index = 0; index < script().size(); ++index) {
        const Step& step = script()[index];
        try {
          step.run(*store);
          continue;
        } catch (const Error& error) {
          SCOPED_TRACE(step.name + ": " + error.message());
          const bool in_doubt = error.code() == ErrorCode::CannotFsync || step.name == "reopen";
          if (in_doubt) {
            store->close();
            files.crash();
            store = std::make_unique<TestStore>(files, options());
            if (observe(*store) == text_after(index + 1)) continue;
          }
          EXPECT_EQ(observe(*store), text_after(index));
        }
        step.run(*store);
      }
      EXPECT_EQ(observe(*store), text_after(script().size()));
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%llu errors and full disks\n", static_cast<unsigned long long>(2 * operation_count));
}

}  // namespace
}  // namespace freshet
