#include <gtest/gtest.h>

#include "storage/table/column_edit.h"
#include "storage/table/manifest_edit.h"
#include "tests/support/segment_hook.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

StoreOptions options() {
  StoreOptions result;
  result.directory = "/data";
  result.background_work = false;
  result.stage_rows_min = 20;
  return result;
}

ColumnDefinition column(const std::string& name, const std::string& type,
                        const std::string& default_expression = {}) {
  ColumnDefinition result;
  result.name = name;
  result.type = parse_data_type(type);
  if (!default_expression.empty()) result.default_kind = DefaultKind::Default;
  result.default_expression = default_expression;
  return result;
}

TableDefinitionPtr definition_of(TestStore& store) {
  return store->snapshot()->find("default", "t")->definition;
}

void change_type(TestStore& store, size_t position, const std::string& type) {
  const TableDefinitionPtr old = definition_of(store);
  TableDefinition altered = *old;
  ColumnDefinition changed = altered.columns[position];
  changed.type = parse_data_type(type);
  replace_column(altered, position, changed);
  ASSERT_TRUE(store->alter_table(old, altered));
}

std::string ids(const std::string& header, int begin, int end, const std::string& suffix) {
  std::string text = header + "\n";
  for (int id = begin; id < end; ++id) text += std::to_string(id) + "\t" + suffix + "\n";
  return text;
}

class AlterTable : public testing::Test {
 protected:
  AlterTable() { store_->create_table(table_from_text("t", "id:UInt64 s:String", {"id"})); }

  SegmentHookFileSystem files_;
  TestStore store_{files_, options()};
};

TEST_F(AlterTable, ConvertsRowsOfAnInsertThatBeganBefore) {
  auto insert = store_->begin_insert();
  insert->append(store_.id("t"), chunk_from_text("id:UInt64 s:String\n1\ta\n"));
  const TableDefinitionPtr old = definition_of(store_);
  TableDefinition altered = *old;
  add_column(altered, column("n", "UInt64", "add(id, 5)"), 0);
  rename_column(altered, 2, "text");
  ASSERT_TRUE(store_->alter_table(old, altered));
  // Rows that are laid out for the old definition, and for the newest.
  insert->append(old, chunk_from_text("id:UInt64 s:String\n2\tb\n"));
  insert->append(definition_of(store_),
                 chunk_from_text("n:UInt64 id:UInt64 text:String\n9\t3\tc\n"));
  insert->commit();
  insert.reset();  // before the store that it is of
  EXPECT_EQ(store_.rows("t"), "6,1,a 7,2,b 9,3,c");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "6,1,a 7,2,b 9,3,c");
}

// What a flush or a merge that began before wrote down of the old DEFAULT is not the answer after.
TEST_F(AlterTable, OutrunsFlushesAndMerges) {
  const auto change_default = [&](const std::string& expression) {
    const TableDefinitionPtr old = definition_of(store_);
    TableDefinition altered = *old;
    replace_column(altered, 2, column("n", "UInt64", expression));
    ASSERT_TRUE(store_->alter_table(old, altered));
  };
  store_.insert("t", "id:UInt64 s:String\n1\ta\n");
  const TableDefinitionPtr old = definition_of(store_);
  TableDefinition altered = *old;
  add_column(altered, column("n", "UInt64", "add(id, 1)"), 2);
  ASSERT_TRUE(store_->alter_table(old, altered));
  EXPECT_EQ(store_.rows("t"), "1,a,2");

  files_.at_next_segment([&] {
    change_default("add(id, 10)");
    EXPECT_EQ(store_.rows("t"), "1,a,11");
  });
  store_->flush_all();
  EXPECT_FALSE(files_.is_due());
  EXPECT_EQ(store_.rows("t"), "1,a,11");
  // Now it is written down.
  change_default("add(id, 20)");
  EXPECT_EQ(store_.rows("t"), "1,a,11");

  TableDefinition cleared = *definition_of(store_);
  clear_column(cleared, 2);
  ASSERT_TRUE(store_->alter_table(definition_of(store_), cleared));
  EXPECT_EQ(store_.rows("t"), "1,a,21");
  files_.at_next_segment([&] { change_default("add(id, 30)"); });
  store_->rewrite_outdated_segments(store_.id("t"));
  EXPECT_FALSE(files_.is_due());
  EXPECT_EQ(store_.rows("t"), "1,a,31");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a,31");
}

TEST_F(AlterTable, ReadsStagedSegmentsOfAnInsertThatBeganBefore) {
  const auto insert = store_->begin_insert();
  insert->append(store_.id("t"), chunk_from_text(ids("id:UInt64 s:String", 0, 25, "7")));
  change_type(store_, 1, "UInt64");
  insert->append(store_.id("t"), chunk_from_text("id:UInt64 s:String\n25\t8\n"));
  insert->commit();
  EXPECT_EQ(store_->snapshot()->find("default", "t")->row_count(), 26u);
  EXPECT_NE(store_.rows("t").find("25,8"), std::string::npos);
  EXPECT_NE(store_.rows("t").find("24,7"), std::string::npos);
}

TEST_F(AlterTable, RefusesAnInsertWhoseValuesCannotBeConverted) {
  for (const int count : {3, 30}) {
    const auto insert = store_->begin_insert();
    insert->append(store_.id("t"), chunk_from_text(ids("id:UInt64 s:String", 0, count, "words")));
    change_type(store_, 1, "UInt64");
    EXPECT_THROW(insert->commit(), Error) << count;
    EXPECT_EQ(store_.rows("t"), "");
    change_type(store_, 1, "String");
  }
}

TEST_F(AlterTable, RefusesATypeThatAValueDoesNotFit) {
  store_.insert("t", "id:UInt64 s:String\n1\t10\n2\tx\n");
  const auto refuse = [&] {
    const TableDefinitionPtr old = definition_of(store_);
    TableDefinition altered = *old;
    replace_column(altered, 1, column("s", "UInt64"));
    EXPECT_THROW(store_->alter_table(old, altered), Error);
    EXPECT_EQ(definition_of(store_), old);
    EXPECT_EQ(store_.rows("t"), "1,10 2,x");
  };
  refuse();
  store_->flush_all();
  refuse();
}

TEST_F(AlterTable, DeclinesADefinitionMadeOfAnOldOne) {
  const TableDefinitionPtr old = definition_of(store_);
  TableDefinition altered = *old;
  add_column(altered, column("n", "UInt64"), 2);
  ASSERT_TRUE(store_->alter_table(old, altered));
  EXPECT_FALSE(store_->alter_table(old, altered));
  EXPECT_EQ(definition_of(store_)->columns.size(), 3u);
}

TEST_F(AlterTable, ForgetsOldLayoutsOnceTheirRowsAreFlushed) {
  store_.insert("t", "id:UInt64 s:String\n1\ta\n");
  for (const char* name : {"n1", "n2"}) {
    const TableDefinitionPtr old = definition_of(store_);
    TableDefinition altered = *old;
    add_column(altered, column(name, "UInt64"), 0);
    ASSERT_TRUE(store_->alter_table(old, altered));
  }
  store_->flush_all();
  EXPECT_EQ(store_.rows("t"), "0,0,1,a");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "0,0,1,a");
}

TEST(ColumnNames, AreNeverUsedTwice) {
  TableDefinition definition = table_from_text("t", "id:UInt64 x#1:String");
  name_new_columns(definition);
  add_column(definition, column("x", "UInt64"), 2);
  definition.columns.erase(definition.columns.begin() + 1);
  add_column(definition, column("x#1", "UInt64"), 2);
  clear_column(definition, 1);
  EXPECT_EQ(definition.file_schema()[0].name, "id");
  EXPECT_EQ(definition.file_schema()[1].name, "x#4");
  EXPECT_EQ(definition.file_schema()[2].name, "x#1#3");
}

TEST(ManifestEdits, ReadTablesOfStoresWhoseColumnsWereFixed) {
  const TableDefinition definition = table_from_text("t", "id:UInt64 s:String", {"id"});
  const std::string bytes = encode_manifest_edits({PutFixedTable{definition}});
  ManifestState state;
  for (const ManifestEdit& edit : decode_manifest_edits(bytes)) state.apply(edit);
  ASSERT_EQ(state.tables.size(), 1u);
  EXPECT_EQ(state.tables.begin()->second.definition.file_schema(), definition.stored_schema());
  EXPECT_EQ(bytes[1], 3);  // the kind that such stores have on disk
}

}  // namespace
}  // namespace freshet
