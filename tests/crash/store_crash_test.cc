// Stops the store at every operation that writes, loses what was not synced, reopens, and compares
// with a model: every acknowledged step is there exactly once, the step under way is there wholly
// or not at all.

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "storage/base/log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

constexpr const char* kHeader = "id:UInt64 name:String";

struct Model {
  std::map<std::string, std::multiset<std::string>> tables;
  std::string position;
  bool key_used = false;
  // Names of tables whose key "named" was used.
  std::set<std::string> named;

  bool operator==(const Model&) const = default;
};

struct Step {
  std::string name;
  std::function<void(TestStore&)> run;
  std::function<void(Model&)> apply;
};

using Rows = std::map<std::string, std::vector<int>>;

Chunk chunk_of(const std::vector<int>& ids) {
  std::string text = std::string(kHeader) + "\n";
  for (const int id : ids) text += std::to_string(id) + "\tn" + std::to_string(id) + "\n";
  return chunk_from_text(text);
}

std::vector<int> range(int begin, int end) {
  std::vector<int> ids;
  for (int id = begin; id < end; ++id) ids.push_back(id);
  return ids;
}

void add_rows(Model& model, const Rows& rows) {
  for (const auto& [table, ids] : rows) {
    for (const int id : ids) {
      model.tables[table].insert(std::to_string(id) + ",n" + std::to_string(id));
    }
  }
}

void append_rows(TestStore& store, InsertTransaction& insert, const Rows& rows) {
  for (const auto& [table, ids] : rows) {
    // In pieces, so that large ones are staged on the way.
    for (size_t begin = 0; begin < ids.size(); begin += 10) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto count = std::min<size_t>(10, ids.size() - begin);
      insert.append(store.id(table),
                    chunk_of(std::vector<int>(first, first + static_cast<std::ptrdiff_t>(count))));
    }
  }
}

Step insert(const Rows& rows) {
  return {"insert",
          [rows](TestStore& store) {
            const auto transaction = store->begin_insert();
            append_rows(store, *transaction, rows);
            transaction->commit();
          },
          [rows](Model& model) { add_rows(model, rows); }};
}

Step insert_once(const Rows& rows) {
  return {"insert with a key",
          [rows](TestStore& store) {
            const auto transaction = store->begin_insert();
            append_rows(store, *transaction, rows);
            transaction->set_idempotency_key("once");
            transaction->commit();
          },
          [rows](Model& model) {
            if (!model.key_used) add_rows(model, rows);
            model.key_used = true;
          }};
}

Step insert_named(const std::string& table, const std::vector<int>& ids) {
  return {"insert with a key of the table",
          [=](TestStore& store) {
            const auto transaction = store->begin_insert();
            append_rows(store, *transaction, {{table, ids}});
            transaction->set_idempotency_key("named", store.id(table));
            transaction->commit();
          },
          [=](Model& model) {
            if (model.named.insert(table).second) add_rows(model, {{table, ids}});
          }};
}

Step insert_from_source(const Rows& rows, const std::string& position) {
  return {"insert with a position",
          [rows, position](TestStore& store) {
            const auto transaction = store->begin_insert();
            append_rows(store, *transaction, rows);
            transaction->set_source_position({"file", position});
            transaction->commit();
          },
          [rows, position](Model& model) {
            add_rows(model, rows);
            model.position = position;
          }};
}

std::vector<uint64_t> numbers(const std::vector<int>& ids) { return {ids.begin(), ids.end()}; }

// How many rows of this id went.
size_t remove_id(Model& model, const std::string& table, int id) {
  return std::erase_if(model.tables[table], [&](const std::string& row) {
    return row.starts_with(std::to_string(id) + ",");
  });
}

Step remove(const std::string& table, const std::vector<int>& ids) {
  return {
      "delete from " + table,
      [=](TestStore& store) { mutate_rows(*store, store.id(table), first_cell_in(numbers(ids))); },
      [=](Model& model) {
        for (const int id : ids) remove_id(model, table, id);
      }};
}

// Names "n7" become "u7".
Step update(const std::string& table, const std::vector<int>& ids) {
  const auto replace = [](const Chunk& removed) {
    std::string text = std::string(kHeader) + "\n";
    for (size_t row = 0; row < removed.row_count; ++row) {
      const std::string id = std::to_string(value_at(*removed.columns[0], row).as<uint64_t>());
      text += id + "\tu" + id + "\n";
    }
    return chunk_from_text(text);
  };
  return {"update " + table,
          [=](TestStore& store) {
            mutate_rows(*store, store.id(table), first_cell_in(numbers(ids)), replace);
          },
          [=](Model& model) {
            for (const int id : ids) {
              const std::string row = std::to_string(id) + ",u" + std::to_string(id);
              for (size_t left = remove_id(model, table, id); left > 0; --left) {
                model.tables[table].insert(row);
              }
            }
          }};
}

Step create(const std::string& table, const std::string& partition_by = "") {
  return {"create " + table,
          [=](TestStore& store) {
            store->create_table(table_from_text(table, kHeader, {"id"}, partition_by));
          },
          [=](Model& model) { model.tables[table]; }};
}

Step create_keyed(const std::string& table) {
  return {"create " + table,
          [=](TestStore& store) {
            TableDefinition definition = table_from_text(table, kHeader, {"name"});
            definition.unique_key = {"id"};
            store->create_table(std::move(definition));
          },
          [=](Model& model) { model.tables[table]; }};
}

// Into a table with a unique key: the rows of these ids get names that begin with `letter`.
Step upsert(const std::string& table, const std::vector<int>& ids, const std::string& letter) {
  return {"upsert into " + table,
          [=](TestStore& store) {
            const auto transaction = store->begin_insert();
            for (const int id : ids) {
              const std::string number = std::to_string(id);
              transaction->append(store.id(table),
                                  chunk_from_text(std::string(kHeader) + "\n" + number + "\t" +
                                                  letter + number + "\n"));
            }
            transaction->commit();
          },
          [=](Model& model) {
            for (const int id : ids) {
              remove_id(model, table, id);
              model.tables[table].insert(std::to_string(id) + "," + letter + std::to_string(id));
            }
          }};
}

Step drop(const std::string& table) {
  return {"drop " + table, [=](TestStore& store) { store->drop_table(store.id(table)); },
          [=](Model& model) {
            model.tables.erase(table);
            model.named.erase(table);
          }};
}

Step truncate(const std::string& table) {
  return {"truncate " + table, [=](TestStore& store) { store->truncate_table(store.id(table)); },
          [=](Model& model) {
            model.tables[table].clear();
            model.named.erase(table);
          }};
}

Step exchange(const std::string& one, const std::string& other) {
  return {"exchange " + one + " and " + other,
          [=](TestStore& store) {
            const TableStore::Rename renames[] = {{store.id(one), "default", other},
                                                  {store.id(other), "default", one}};
            store->rename_tables(renames);
          },
          [=](Model& model) {
            std::swap(model.tables[one], model.tables[other]);
            const bool had_one = model.named.erase(one) > 0;
            const bool had_other = model.named.erase(other) > 0;
            if (had_one) model.named.insert(other);
            if (had_other) model.named.insert(one);
          }};
}

Step flush(const std::string& table) {
  return {"flush " + table, [=](TestStore& store) { store->flush_table(store.id(table)); },
          [](Model&) {}};
}

Step flush_all() {
  return {"flush all", [](TestStore& store) { store->flush_all(); }, [](Model&) {}};
}

Step optimize(const std::string& table) {
  return {"optimize " + table, [=](TestStore& store) { store->optimize_table(store.id(table)); },
          [](Model&) {}};
}

Step reopen() {
  return {"reopen", [](TestStore& store) { store.open(); }, [](Model&) {}};
}

const std::vector<Step>& script() {
  static const std::vector<Step> steps = {
      create("a", "div(id, 100)"),
      create("b"),
      insert({{"a", {1, 2, 203}}, {"b", {1}}}),
      insert_once({{"a", {4}}}),
      insert_from_source({{"b", {5}}}, "100"),
      insert_named("b", {18}),
      flush("a"),
      insert({{"a", {6}}, {"b", {7}}}),
      insert({{"a", range(100, 150)}, {"b", {8}}}),  // staged
      insert({{"a", {9, 10}}}),
      insert_named("a", {19}),
      remove("a", {2, 9, 120}),  // in a segment, in the memtable, in a staged segment
      update("a", {1, 10, 130}),
      optimize("a"),
      remove("a", {3, 10}),
      insert_once({{"a", {4}}}),
      create("c"),
      create_keyed("k"),
      upsert("k", {1, 2, 3, 1}, "a"),
      flush("k"),
      upsert("k", {2, 9}, "b"),
      insert({{"c", range(300, 340)}, {"a", {11}}}),
      exchange("b", "c"),
      insert_from_source({{"b", {12}}, {"c", {13}}}, "200"),
      insert_named("b", {20}),
      insert_named("c", {21}),
      update("b", {12}),
      truncate("b"),
      insert_named("b", {22}),
      truncate("a"),
      insert({{"b", {14}}, {"a", {15}}}),
      update("b", {14}),
      reopen(),
      update("a", range(100, 150)),  // staged
      insert({{"a", range(150, 200)}}),
      upsert("k", range(2, 30), "c"),  // staged
      upsert("k", {3, 9}, "d"),
      flush_all(),
      remove("a", range(110, 140)),
      update("c", {13, 301}),
      drop("c"),
      insert({{"b", range(400, 430)}}),
      remove("b", {14, 401}),
      insert({{"b", range(430, 460)}}),
      optimize("b"),
      update("b", {402, 440}),
      flush("b"),
      remove("b", {402, 441}),
      insert_from_source({{"b", {16}}}, "300"),
      upsert("k", {4, 9}, "e"),
      optimize("k"),
      reopen(),
      upsert("k", {1, 4}, "f"),
      insert_once({{"b", {17}}}),
      insert_named("a", {23}),
      insert_named("a", {24}),
      insert_named("b", {25}),
      flush_all(),
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

Model model_after(size_t step_count) {
  Model model;
  for (size_t index = 0; index < step_count; ++index) script()[index].apply(model);
  return model;
}

// What the store shows, but for the key.
Model observe_rows(TestStore& store) {
  Model model;
  const SnapshotPtr snapshot = store->snapshot();
  for (const TableVersion* version : snapshot->tables()) {
    auto& rows = model.tables[version->definition->name];
    const std::string text = TestStore::rows_text(*version);
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(' ', begin), text.size());
      rows.insert(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  model.position = store->source_position("file").value_or("");
  return model;
}

// Whether the key was used is asked by trying it, which uses it.
Model observe(TestStore& store) {
  Model model = observe_rows(store);
  const auto probe = store->begin_insert();
  probe->set_idempotency_key("once");
  model.key_used = probe->commit().duplicate;
  for (const auto& [table, rows] : model.tables) {
    const auto probe_named = store->begin_insert();
    probe_named->set_idempotency_key("named", store.id(table));
    if (probe_named->commit().duplicate) model.named.insert(table);
  }
  return model;
}

void expect_usable(TestStore& store) {
  store->create_table(table_from_text("after", kHeader, {"id"}));
  const Step after = insert({{"after", range(0, 30)}});
  after.run(store);
  store->optimize_table(store.id("after"));
  insert({{"after", {99}}}).run(store);
  store.open();
  EXPECT_EQ(store->snapshot()->find("default", "after")->row_count(), 31u);
}

class StoreCrash : public testing::Test {
 protected:
  StoreCrash() { set_log_level(LogLevel::Off); }
  ~StoreCrash() override { set_log_level(LogLevel::Info); }

  static uint64_t count_operations() {
    FaultFileSystem files;
    TestStore store(files, options());
    for (const Step& step : script()) step.run(store);
    EXPECT_EQ(observe(store), model_after(script().size()));
    return files.operation_count();
  }
};

TEST_F(StoreCrash, LosesNothingAcknowledgedAtAnyStop) {
  const uint64_t operation_count = count_operations();
  ASSERT_GT(operation_count, 100u);
  for (uint64_t stop = 1; stop <= operation_count; ++stop) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
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
      // Recovery, too, is stopped now and then.
      if (seed == 3) {
        files.fail_at(1 + stop % 7, Fault::Stop);
        try {
          TestStore store(files, options());
        } catch (const Error&) {
        }
        files.crash();
      }
      TestStore store(files, options());
      const Model found = observe(store);
      const bool is_before = found == model_after(acknowledged);
      const bool is_after =
          acknowledged < script().size() && found == model_after(acknowledged + 1);
      EXPECT_TRUE(is_before || is_after)
          << (acknowledged < script().size() ? script()[acknowledged].name : "after the script");
      expect_usable(store);
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%llu stops\n", static_cast<unsigned long long>(3 * operation_count));
}

Model rows_after(size_t step_count) {
  Model model = model_after(step_count);
  model.key_used = false;
  model.named.clear();
  return model;
}

// A step that a fault refuses has no effect and works when tried again, after a restart if the log
// asks for one.
void run_through_fault(uint64_t at, Fault fault) {
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
      if (step.name == "reopen") {
        // Bytes whose sync failed are in the system's cache but maybe never on the disk: only a
        // restart of the machine shows what there is.
        store->close();
        files.crash();
      } else {
        EXPECT_EQ(observe_rows(*store), rows_after(index));
        if (error.code() == ErrorCode::CannotFsync) {
          store.reset();
          files.crash();
          store = std::make_unique<TestStore>(files, options());
          const Model found = observe_rows(*store);
          if (found == rows_after(index + 1)) continue;
          EXPECT_EQ(found, rows_after(index));
        } else if (fault == Fault::NoSpace) {
          EXPECT_EQ(error.code(), ErrorCode::NotEnoughSpace);
        }
      }
    }
    step.run(*store);
  }
  EXPECT_EQ(observe_rows(*store), rows_after(script().size()));
  store.reset();
  files.crash();
  store = std::make_unique<TestStore>(files, options());
  EXPECT_EQ(observe(*store), model_after(script().size()));
}

TEST_F(StoreCrash, GoesOnAfterTheDiskWasFullAtAnyPoint) {
  const uint64_t operation_count = count_operations();
  for (uint64_t at = 1; at <= operation_count; ++at) {
    SCOPED_TRACE("full at operation " + std::to_string(at));
    run_through_fault(at, Fault::NoSpace);
    if (testing::Test::HasFailure()) return;
  }
  std::printf("%llu full disks\n", static_cast<unsigned long long>(operation_count));
}

TEST_F(StoreCrash, GoesOnAfterAnInputOutputErrorAtAnyPoint) {
  const uint64_t operation_count = count_operations();
  for (uint64_t at = 1; at <= operation_count; ++at) {
    SCOPED_TRACE("error at operation " + std::to_string(at));
    run_through_fault(at, Fault::IoError);
    if (testing::Test::HasFailure()) return;
  }
  std::printf("%llu errors\n", static_cast<unsigned long long>(operation_count));
}

}  // namespace
}  // namespace freshet
