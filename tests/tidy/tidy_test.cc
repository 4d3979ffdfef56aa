// The house rules that a machine can check: include order, file sizes, names, dead files, and that
// every path named in the docs exists.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr size_t kSourceLinesMax = 800;

// Folder -> line of the include order. A folder includes itself and folders of lower lines.
const std::map<std::string, int>& include_lines() {
  static const std::map<std::string, int> lines = {
      {"storage/base", 0},   {"storage/column", 1},    {"storage/format", 2},
      {"storage/codec", 2},  {"storage/wal", 3},       {"storage/memtable", 3},
      {"storage/segment", 3}, {"storage/table", 4},    {"query/sql", 5},
      {"query/function", 5}, {"query/aggregate", 5},   {"query/expression", 6},
      {"query/plan", 7},     {"query/operator", 7},    {"query/engine", 8},
      {"ingest", 9},         {"server", 10},           {"client", 10},
  };
  return lines;
}

const std::set<std::string>& client_may_include() {
  static const std::set<std::string> folders = {"client", "storage/base", "storage/column",
                                                "storage/format"};
  return folders;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> files_below(const std::vector<std::string>& roots,
                                  const std::set<std::string>& extensions) {
  std::vector<fs::path> files;
  for (const auto& root : roots) {
    if (!fs::exists(root)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().string().find("node_modules") != std::string::npos) continue;
      if (entry.is_regular_file() && extensions.contains(entry.path().extension().string())) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> sources() {
  return files_below({"storage", "query", "ingest", "server", "client"}, {".h", ".cc"});
}

// "query/plan" of "query/plan/binder.h"; "server" of "server/http/listener.h".
std::string folder_of(const std::string& path) {
  for (const auto& [folder, line] : include_lines()) {
    if (path.starts_with(folder + "/")) return folder;
  }
  return {};
}

std::vector<std::string> project_includes(const std::string& text) {
  static const std::regex pattern("#include \"([^\"]+)\"");
  std::vector<std::string> includes;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    includes.push_back((*it)[1]);
  }
  return includes;
}

TEST(Tidy, IncludesOnlyGoDown) {
  for (const auto& path : sources()) {
    const std::string from = folder_of(path.string());
    ASSERT_FALSE(from.empty()) << path << " is in no known folder";
    for (const auto& include : project_includes(read_file(path))) {
      const std::string to = folder_of(include);
      if (include == "server/version.h") continue;  // made by the build
      ASSERT_FALSE(to.empty()) << path << " includes " << include << ", which is in no known folder";
      if (from == to) continue;
      // The one place where all commands of the binary meet.
      if (path == fs::path("server/main.cc") && to == "client") continue;
      EXPECT_LT(include_lines().at(to), include_lines().at(from)) << path << " includes " << include;
      if (from == "client") {
        EXPECT_TRUE(client_may_include().contains(to)) << path << " includes " << include;
      }
    }
  }
}

TEST(Tidy, EveryIncludeExists) {
  for (const auto& path : sources()) {
    for (const auto& include : project_includes(read_file(path))) {
      EXPECT_TRUE(fs::exists(include) || fs::exists(include + ".in"))
          << path << " includes " << include;
    }
  }
}

TEST(Tidy, FilesStaySmall) {
  for (const auto& path : sources()) {
    const std::string text = read_file(path);
    const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_LE(lines, kSourceLinesMax) << path << ": split it by concept";
  }
}

TEST(Tidy, NamesSayWhatIsInside) {
  static const std::regex banned("(^|_)(utils?|helpers?|common|manager|base|impl|misc|stuff)($|_)");
  static const std::regex snake("[a-z0-9_]+");
  for (const auto& path : sources()) {
    const std::string stem = path.stem().string();
    EXPECT_TRUE(std::regex_match(stem, snake)) << path;
    EXPECT_FALSE(std::regex_search(stem, banned)) << path;
  }
}

TEST(Tidy, HeadersGuardAndDescribeThemselves) {
  for (const auto& path : sources()) {
    if (path.extension() != ".h") continue;
    const std::string text = read_file(path);
    EXPECT_TRUE(text.starts_with("//")) << path << ": begin with what it is";
    EXPECT_NE(text.find("#pragma once"), std::string::npos) << path;
    EXPECT_EQ(text.find("using namespace"), std::string::npos) << path;
  }
}

TEST(Tidy, EverySourceIsBuilt) {
  for (const auto& path : sources()) {
    if (path.extension() != ".cc") continue;
    bool listed = false;
    for (fs::path folder = path.parent_path(); !folder.empty() && !listed;
         folder = folder.parent_path()) {
      const fs::path list = folder / "CMakeLists.txt";
      if (!fs::exists(list)) continue;
      const std::string name = path.lexically_relative(folder).string();
      listed = read_file(list).find(name) != std::string::npos;
    }
    EXPECT_TRUE(listed) << path << " is in no CMakeLists.txt";
  }
}

TEST(Tidy, EveryHeaderIsUsed) {
  std::set<std::string> used;
  for (const auto& path : files_below({"storage", "query", "ingest", "server", "client", "tests"},
                                      {".h", ".cc"})) {
    for (const auto& include : project_includes(read_file(path))) {
      if (path != fs::path(include)) used.insert(include);
    }
  }
  for (const auto& path : sources()) {
    if (path.extension() != ".h") continue;
    EXPECT_TRUE(used.contains(path.string())) << path;
  }
}

TEST(Tidy, NoLeftOversInSources) {
  static const std::regex left_over("\\b(TODO|FIXME|XXX|HACK)\\b");
  for (const auto& path : sources()) {
    EXPECT_FALSE(std::regex_search(read_file(path), left_over)) << path;
  }
}

// Tests mirror the tree: tests/unit/storage/wal/wal_writer_test.cc is about storage/wal.
TEST(Tidy, UnitTestsMirrorTheTree) {
  for (const auto& path : files_below({"tests/unit"}, {".cc"})) {
    const fs::path folder = path.parent_path().lexically_relative("tests/unit");
    EXPECT_TRUE(fs::is_directory(folder)) << path;
    // A fixture that several tests of a folder share has a header.
    const bool is_fixture = fs::exists(fs::path(path).replace_extension(".h"));
    EXPECT_TRUE(is_fixture || path.stem().string().ends_with("_test")) << path;
  }
}

// A setting whose row says that it has an effect is named where it has it.
TEST(Tidy, SettingsInUseAreRead) {
  static const std::regex row("\\n    \\{\"([a-z0-9_]+)\", Type::");
  const fs::path table = "query/engine/settings.cc";
  const std::string rows = read_file(table);
  std::string others = rows.substr(rows.find("make_entries()"));
  for (const auto& path : sources()) {
    const bool lists_names = path == table || path == fs::path("query/engine/inert_settings.cc");
    if (!lists_names) others += read_file(path);
  }
  size_t count = 0;
  for (std::sregex_iterator it(rows.begin(), rows.end(), row), end; it != end; ++it, ++count) {
    const std::string name = (*it)[1];
    EXPECT_NE(others.find('"' + name + '"'), std::string::npos) << name;
  }
  EXPECT_GT(count, 20u);
}

TEST(Tidy, PathsNamedInDocsExist) {
  // In backquotes, starting with a top-level folder: `storage/wal/wal_writer.h`, `docs/sql.md`.
  static const std::regex pattern(
      "`((?:storage|query|ingest|server|client|tests|docs|cmake)/[A-Za-z0-9_./-]*)`");
  auto docs = files_below({"docs"}, {".md"});
  docs.emplace_back("README.md");
  for (const auto& doc : docs) {
    const std::string text = read_file(doc);
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      const std::string named = (*it)[1];
      const bool exists = fs::exists(named) || fs::exists(named + ".h") || fs::exists(named + ".cc");
      EXPECT_TRUE(exists) << doc << " names " << named;
    }
  }
}

TEST(Tidy, LinksInDocsLead) {
  static const std::regex pattern("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  static const std::regex code("`[^`]*`");  // `quantiles[(level)](x)` is no link
  auto docs = files_below({"docs"}, {".md"});
  docs.emplace_back("README.md");
  for (const auto& doc : docs) {
    const std::string text = std::regex_replace(read_file(doc), code, "");
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      EXPECT_TRUE(fs::exists(doc.parent_path() / (*it)[1].str())) << doc << " links " << (*it)[1];
    }
  }
}

}  // namespace
