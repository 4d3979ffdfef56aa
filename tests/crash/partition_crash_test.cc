// Stops the store at every operation that writes while partitions are dropped, detached, attached,
// copied and moved between two tables, and rows of theirs deleted, loses what was not synced,
// reopens, and compares with a model: rows in logs, memtables and segments alike are where the last
// acknowledged statement left them, each in one place, and no deleted row comes back. A rollup of
// both says of every segment that it covers what the segment's rows say.

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "storage/base/log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/rollup_rows.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

constexpr const char* kHeader = "id:UInt64 name:String";

// Rows by table; "a detached" are those that ATTACH would bring back.
struct Model {
  std::map<std::string, std::multiset<int>> rows = {{"a", {}}, {"b", {}}, {"a detached", {}}};
  bool operator==(const Model&) const = default;

  std::multiset<int> take(const std::string& table, int partition) {
    std::multiset<int> taken;
    for (const int id : rows[table]) {
      if (id / 100 == partition) taken.insert(id);
    }
    std::erase_if(rows[table], [&](int id) { return id / 100 == partition; });
    return taken;
  }
  void put(const std::string& table, const std::multiset<int>& ids) {
    rows[table].insert(ids.begin(), ids.end());
  }
};

struct Step {
  std::string name;
  std::function<void(TestStore&)> run;
  std::function<void(Model&)> apply;
};

TableStore::PartTest only(int partition) {
  return [text = std::to_string(partition)](const std::string& found, SegmentId) {
    return found == text;
  };
}

Step create() {
  return {"create",
          [](TestStore& store) {
            std::vector<TableDefinition> tables;
            for (const char* name : {"a", "b"}) {
              tables.push_back(table_from_text(name, kHeader, {"id"}, "div(id, 100)"));
              tables.back().rollups = {counting_rollup(1)};
            }
            store->create_tables(std::move(tables));
          },
          [](Model&) {}};
}

Step insert(const std::string& table, const std::vector<int>& ids) {
  return {"insert into " + table,
          [=](TestStore& store) {
            const auto transaction = store->begin_insert();
            for (size_t begin = 0; begin < ids.size(); begin += 10) {
              std::string text = std::string(kHeader) + "\n";
              for (size_t i = begin; i < std::min(begin + 10, ids.size()); ++i) {
                text += std::to_string(ids[i]) + "\tn\n";
              }
              transaction->append(store.id(table), chunk_from_text(text));
            }
            transaction->commit();
          },
          [=](Model& model) {
            model.put(table, {ids.begin(), ids.end()});
          }};
}

Step remove(const std::string& table, const std::vector<int>& ids) {
  return {"delete from " + table,
          [=](TestStore& store) {
            mutate_rows(*store, store.id(table), first_cell_in({ids.begin(), ids.end()}));
          },
          [=](Model& model) {
            for (const int id : ids) model.rows[table].erase(id);
          }};
}

std::vector<int> range(int begin, int end) {
  std::vector<int> ids;
  for (int id = begin; id < end; ++id) ids.push_back(id);
  return ids;
}

Step drop(const std::string& table, int partition) {
  return {"drop partition " + std::to_string(partition),
          [=](TestStore& store) { store->drop_partitions(store.id(table), only(partition)); },
          [=](Model& model) { model.take(table, partition); }};
}

Step detach(int partition) {
  return {"detach partition " + std::to_string(partition),
          [=](TestStore& store) { store->detach_partitions(store.id("a"), only(partition)); },
          [=](Model& model) { model.put("a detached", model.take("a", partition)); }};
}

Step attach(int partition) {
  return {"attach partition " + std::to_string(partition),
          [=](TestStore& store) { store->attach_partitions(store.id("a"), only(partition)); },
          [=](Model& model) { model.put("a", model.take("a detached", partition)); }};
}

Step drop_detached(int partition) {
  return {"drop detached partition " + std::to_string(partition),
          [=](TestStore& store) { store->drop_detached(store.id("a"), only(partition)); },
          [=](Model& model) { model.take("a detached", partition); }};
}

Step copy(const std::string& from, const std::string& to, int partition, bool replace) {
  return {(replace ? "replace partition " : "attach from partition ") + std::to_string(partition),
          [=](TestStore& store) {
            store->copy_partitions(store.id(from), store.id(to), only(partition), replace);
          },
          [=](Model& model) {
            const std::multiset<int> copied = model.take(from, partition);
            model.put(from, copied);
            if (replace) model.take(to, partition);
            model.put(to, copied);
          }};
}

Step move(const std::string& from, const std::string& to, int partition) {
  return {"move partition " + std::to_string(partition),
          [=](TestStore& store) {
            store->move_partitions(store.id(from), store.id(to), only(partition));
          },
          [=](Model& model) { model.put(to, model.take(from, partition)); }};
}

Step flush() {
  return {"flush", [](TestStore& store) { store->flush_all(); }, [](Model&) {}};
}

Step optimize(const std::string& table) {
  return {"optimize", [=](TestStore& store) { store->optimize_table(store.id(table)); },
          [](Model&) {}};
}

Step build_rollups(const std::string& table) {
  return {"build rollups", [=](TestStore& store) { store->build_rollups(store.id(table)); },
          [](Model&) {}};
}

Step reopen() {
  return {"reopen", [](TestStore& store) { store.open(); }, [](Model&) {}};
}

const std::vector<Step>& script() {
  static const std::vector<Step> steps = {
      create(),
      insert("a", {1, 2, 101, 201}),
      flush(),
      insert("a", {3, 102, 202}),
      remove("a", {2, 102, 202}),
      drop("a", 1),           // in a segment and in memory
      insert("a", {2, 202}),  // behind rows that are gone from memory
      remove("a", {2, 3}),
      insert("a", {103}),            // the partition goes on
      insert("a", range(301, 331)),  // staged
      reopen(),
      drop("a", 3),  // staged, and only the log names it
      insert("a", range(301, 326)),
      build_rollups("a"),
      remove("a", range(310, 315)),
      build_rollups("a"),
      detach(3),
      reopen(),
      insert("a", {399}),
      attach(3),
      remove("a", {301}),
      insert("a", {203, 204}),
      remove("a", {204}),
      detach(2),  // half of it in memory
      insert("b", {205, 5}),
      copy("a", "b", 0, true),
      copy("a", "b", 3, false),
      flush(),
      insert("a", {4, 7}),
      remove("a", {1, 7}),
      move("a", "b", 0),
      remove("b", {4}),
      reopen(),
      insert("a", {6}),
      move("b", "a", 2),
      attach(2),
      build_rollups("a"),
      optimize("a"),
      detach(1),
      drop_detached(1),
      remove("a", {302}),
      detach(3),
      flush(),
      reopen(),
      attach(3),
      remove("a", {303}),
  };
  return steps;
}

StoreOptions options() {
  StoreOptions result;
  result.directory = "/data";
  result.background_work = false;
  result.stage_rows_min = 20;
  result.build_rollup = counting_build();
  return result;
}

Model model_after(size_t step_count) {
  Model model;
  for (size_t index = 0; index < step_count; ++index) script()[index].apply(model);
  return model;
}

std::multiset<int> ids_of(const TableVersion& version) {
  check_rollup(version, 1);
  std::multiset<int> ids;
  const Chunk rows = scan(version);
  for (size_t row = 0; row < rows.row_count; ++row) {
    ids.insert(static_cast<int>(value_at(*rows.columns[0], row).as<uint64_t>()));
  }
  return ids;
}

// What is detached is found by attaching it, which changes the store.
Model observe(TestStore& store) {
  Model model;
  const SnapshotPtr snapshot = store->snapshot();
  for (const TableVersion* version : snapshot->tables()) {
    model.rows[version->definition->name] = ids_of(*version);
  }
  if (snapshot->find("default", "a") == nullptr) return model;
  store->attach_partitions(store.id("a"), [](const std::string&, SegmentId) { return true; });
  const SnapshotPtr after = store->snapshot();
  std::multiset<int> all = ids_of(*after->find("default", "a"));
  for (const int id : model.rows["a"]) all.erase(all.find(id));
  model.rows["a detached"] = all;
  return model;
}

class PartitionCrash : public testing::Test {
 protected:
  PartitionCrash() { set_log_level(LogLevel::Off); }
  ~PartitionCrash() override { set_log_level(LogLevel::Info); }
};

TEST_F(PartitionCrash, LeavesEveryRowInOnePlaceAtAnyStop) {
  FaultFileSystem counting;
  {
    TestStore store(counting, options());
    for (const Step& step : script()) step.run(store);
    ASSERT_EQ(observe(store), model_after(script().size()));
  }
  const uint64_t operation_count = counting.operation_count();
  ASSERT_GT(operation_count, 100u);
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
      const Model found = observe(store);
      const bool is_before = found == model_after(acknowledged);
      const bool is_after =
          acknowledged < script().size() && found == model_after(acknowledged + 1);
      EXPECT_TRUE(is_before || is_after)
          << (acknowledged < script().size() ? script()[acknowledged].name : "after the script");
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%llu stops\n", static_cast<unsigned long long>(2 * operation_count));
}

TEST_F(PartitionCrash, ChangesNothingWhenAnOperationFails) {
  FaultFileSystem counting;
  {
    TestStore store(counting, options());
    for (const Step& step : script()) step.run(store);
  }
  for (const Fault fault : {Fault::NoSpace, Fault::IoError}) {
    for (uint64_t at = 1; at <= counting.operation_count(); ++at) {
      SCOPED_TRACE("error at operation " + std::to_string(at));
      FaultFileSystem files(at);
      auto store = std::make_unique<TestStore>(files, options());
      files.fail_at(files.operation_count() + at, fault);
      for (size_t index = 0; index < script().size(); ++index) {
        const Step& step = script()[index];
        try {
          step.run(*store);
          continue;
        } catch (const Error&) {
          // A restart shows which of the two it was where the disk did not say.
          store->close();
          files.crash();
          store = std::make_unique<TestStore>(files, options());
          Model found;
          for (const TableVersion* version : (*store)->snapshot()->tables()) {
            found.rows[version->definition->name] = ids_of(*version);
          }
          Model after = model_after(index + 1);
          Model before = model_after(index);
          const auto same_tables = [&](Model& model) {
            return found.rows["a"] == model.rows["a"] && found.rows["b"] == model.rows["b"];
          };
          EXPECT_TRUE(same_tables(before) || same_tables(after)) << step.name;
          const bool is_ambiguous = same_tables(before) && same_tables(after);
          if (!same_tables(before) && same_tables(after)) continue;
          if (is_ambiguous && index == 0 && (*store)->snapshot()->find("default", "a") != nullptr) {
            continue;
          }
        }
        step.run(*store);
      }
      EXPECT_EQ(observe(*store), model_after(script().size()));
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%llu errors and full disks\n",
              static_cast<unsigned long long>(2 * counting.operation_count()));
}

}  // namespace
}  // namespace freshet
