// A bit of any file of a store is flipped while the store is closed: when it is opened and read
// again, either every row is there as it was, or an error names the file. Nothing is answered
// wrong.
//
// FRESHET_FLIPS sets how many bits are tried, one at a time (the default keeps the test run short).

#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "tests/support/environment.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

constexpr const char* kHeader = "id:UInt64 name:String";
constexpr uint64_t kRows = 600;

int flip_count() { return static_cast<int>(number_from_environment("FRESHET_FLIPS", 1500)); }

std::string rows_from(uint64_t first, uint64_t count, const std::string& name) {
  std::string text = std::string(kHeader) + "\n";
  for (uint64_t id = first; id < first + count; ++id) {
    text += std::to_string(id) + "\t" + name + std::to_string(id * 7919) + "\n";
  }
  return text;
}

using Contents = std::map<std::string, std::string>;  // by path

void collect(FaultFileSystem& files, const std::string& directory, Contents& contents) {
  for (const DirectoryEntry& entry : files.list(directory)) {
    const std::string path = directory + "/" + entry.name;
    if (entry.is_directory) {
      collect(files, path, contents);
    } else {
      contents[path] = files.contents(path);
    }
  }
}

void restore(const Contents& contents, FaultFileSystem& files) {
  for (const auto& [path, bytes] : contents) {
    files.create_directories(path.substr(0, path.rfind('/')));
    files.set_contents(path, bytes);
  }
}

std::string all_rows(const TestStore& store) {
  return "plain: " + store.rows("plain") + "\nkeyed: " + store.rows("keyed");
}

// Segments of several partitions, some staged, some merged, with deleted rows; rows in the log;
// deletes of both kinds in the log; unique keys.
Contents make_store(std::string& rows) {
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.background_work = false;
  options.stage_rows_min = 400;
  TestStore store(files, options);
  store->create_table(table_from_text("plain", kHeader, {"id"}, "div(id, 250)"));
  TableDefinition keyed = table_from_text("keyed", kHeader, {"id"});
  keyed.unique_key = {"id"};
  store->create_table(keyed);
  const auto id_is = [](uint64_t divisor, uint64_t rest) {
    return [=](const Chunk& rows, size_t row) {
      return value_at(*rows.columns[0], row).as<uint64_t>() % divisor == rest;
    };
  };
  store.insert("plain", rows_from(0, 200, "a"));
  store.insert("keyed", rows_from(0, 100, "a"));
  store->flush_all();
  store.insert("plain", rows_from(200, kRows - 200, "b"));  // staged
  store.insert("plain", rows_from(kRows, 50, "c"));
  store->flush_table(store.id("plain"));
  mutate_rows(*store, store.id("plain"), id_is(9, 1));
  store->optimize_table(store.id("plain"));
  mutate_rows(*store, store.id("plain"), id_is(11, 2));
  store->flush_all();
  store.insert("keyed", rows_from(50, 100, "d"));
  store.insert("plain", rows_from(1000, 30, "e"));
  mutate_rows(*store, store.id("plain"), id_is(13, 3));
  store.insert("plain", rows_from(2000, 5, "f"));
  rows = all_rows(store);
  store.close();
  Contents contents;
  collect(files, "/data", contents);
  return contents;
}

TEST(BitFlip, IsNamedOrChangesNothing) {
  std::string expected;
  const Contents closed = make_store(expected);
  std::vector<std::string> paths;
  uint64_t bytes = 0;
  for (const auto& [path, contents] : closed) {
    if (contents.empty()) continue;
    paths.push_back(path);
    bytes += contents.size();
  }
  ASSERT_GT(paths.size(), 5u);
  Random random(42);
  int named = 0;
  int unharmed = 0;
  for (int flip = 0; flip < flip_count(); ++flip) {
    // Every file is hit as often, however small.
    const std::string& path = paths[random.below(paths.size())];
    Contents contents = closed;
    const uint64_t at = random.below(contents[path].size());
    const auto bit = static_cast<unsigned>(random.below(8));
    contents[path][at] = static_cast<char>(contents[path][at] ^ (1 << bit));
    SCOPED_TRACE(path + ", byte " + std::to_string(at) + ", bit " + std::to_string(bit));
    FaultFileSystem files;
    restore(contents, files);
    try {
      StoreOptions options;
      options.directory = "/data";
      options.background_work = false;
      TestStore store(files, options);
      EXPECT_TRUE(all_rows(store) == expected);
      ++unharmed;
    } catch (const Error& error) {
      const std::string name = path.substr(path.rfind('/') + 1);
      EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
      ++named;
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(named, 0);
  std::printf("%d bits flipped in %zu files of %llu bytes: %d named, %d changed nothing\n",
              flip_count(), paths.size(), static_cast<unsigned long long>(bytes), named, unharmed);
}

}  // namespace
}  // namespace freshet
