#include "storage/table/manifest_edit.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// One function per struct lists its fields in stored order; `Fields` writes or reads them.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : writer_(out) {}

  void operator()(const std::string& text) { writer_.put_string(text); }
  void operator()(const uint64_t& number) { writer_.put_varint(number); }
  void operator()(const uint32_t& number) { writer_.put_varint(number); }
  template <class Tag, class T>
  void operator()(const StrongId<Tag, T>& id) {
    writer_.put_varint(id.value);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(const Enum& value) { writer_.put_u8(static_cast<uint8_t>(value)); }
  void operator()(const DataTypePtr& type) { writer_.put_string(type->name()); }
  void operator()(const RowSet& rows) { put_row_set(rows, writer_); }
  template <class T>
  void operator()(const std::vector<T>& list) {
    writer_.put_varint(list.size());
    for (const T& element : list) put(element);
  }
  void operator()(const std::map<std::string, std::string>& map) {
    writer_.put_varint(map.size());
    for (const auto& [key, value] : map) {
      writer_.put_string(key);
      writer_.put_string(value);
    }
  }
  void operator()(const TableDefinition& definition);

 private:
  void put(const std::string& text) { writer_.put_string(text); }
  void put(const ColumnDefinition& column);
  void put(const TtlRule& rule);
  void put(const TtlRule::Assignment& assignment);
  void put(const PastColumn& column);
  void put(const NamedType& column);
  void put(const RollupDefinition& rollup);

  ByteWriter writer_;
};

class FieldReader {
 public:
  explicit FieldReader(ByteReader& reader) : reader_(&reader) {}

  void operator()(std::string& text) { text = reader_->get_string(); }
  void operator()(uint64_t& number) { number = reader_->get_varint(); }
  void operator()(uint32_t& number) { number = static_cast<uint32_t>(reader_->get_varint()); }
  template <class Tag, class T>
  void operator()(StrongId<Tag, T>& id) {
    id.value = reader_->get_varint();
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum& value) { value = static_cast<Enum>(reader_->get_u8()); }
  void operator()(DataTypePtr& type) { type = parse_data_type(reader_->get_string()); }
  void operator()(RowSet& rows) { rows = get_row_set(*reader_); }
  template <class T>
  void operator()(std::vector<T>& list) {
    const uint64_t count = reader_->get_varint();
    reader_->require_elements(count, 1);
    list.resize(count);
    for (T& element : list) get(element);
  }
  void operator()(std::map<std::string, std::string>& map) {
    const uint64_t count = reader_->get_varint();
    for (uint64_t index = 0; index < count; ++index) {
      std::string key(reader_->get_string());
      map[std::move(key)] = reader_->get_string();
    }
  }
  void operator()(TableDefinition& definition);

 private:
  void get(std::string& text) { text = reader_->get_string(); }
  void get(ColumnDefinition& column);
  void get(TtlRule& rule);
  void get(TtlRule::Assignment& assignment);
  void get(PastColumn& column);
  void get(NamedType& column);
  void get(RollupDefinition& rollup);

  ByteReader* reader_;
};

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutDatabase>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.name);
  fields(edit.comment);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, RemoveDatabase>
void visit_fields(Edit& edit, Fields& fields) { fields(edit.name); }

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutTable>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.definition);
  fields(edit.definition.ttl_rules);
  fields(edit.definition.next_column_id);
  for (auto& column : edit.definition.columns) {
    fields(column.stored_as);
    fields(column.past);
  }
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutFixedTable>
void visit_fields(Edit& edit, Fields& fields) { fields(edit.definition); }

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, KeepLayout>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.checksum);
  fields(edit.lsn);
  fields(edit.columns);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, RemoveTable> ||
    std::is_same_v<std::remove_const_t<Edit>, TruncateTable>
void visit_fields(Edit& edit, Fields& fields) { fields(edit.table); }

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, AddSegment>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
  fields(edit.partition);
  fields(edit.level);
  fields(edit.max_lsn);
  fields(edit.newest_id);
  fields(edit.row_count);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, RemoveSegment> ||
    std::is_same_v<std::remove_const_t<Edit>, DetachSegment> ||
    std::is_same_v<std::remove_const_t<Edit>, NextIds>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, FlushedThrough> ||
    std::is_same_v<std::remove_const_t<Edit>, ForgetInsertKeys>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.lsn);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, AbsorbSegment>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
  fields(edit.lsn);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutSourcePosition>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.source);
  fields(edit.position);
  fields(edit.lsn);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutIdempotencyKey>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.key);
  fields(edit.lsn);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, Checkpoint>
void visit_fields(Edit& edit, Fields& fields) { fields(edit.lsn); }

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, DropPartitionRows>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.partition);
  fields(edit.lsn);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutInsertKey>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.key);
  fields(edit.lsn);
  fields(edit.time_us);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, AttachSegment>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
  fields(edit.max_lsn);
  fields(edit.newest_id);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutDeletedRows>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
  fields(edit.rows);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, FirstRow>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.ordinal);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutUniqueKey>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.columns);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, PutRollups>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.rollups);
}

template <class Edit, class Fields>
requires std::is_same_v<std::remove_const_t<Edit>, AddRollupRows>
void visit_fields(Edit& edit, Fields& fields) {
  fields(edit.table);
  fields(edit.segment);
  fields(edit.rollup);
  fields(edit.rows);
  fields(edit.row_count);
  fields(edit.deleted_count);
}

template <class Rollup, class Fields>
void visit_rollup(Rollup& rollup, Fields& fields) {
  fields(rollup.id);
  fields(rollup.name);
  fields(rollup.select);
  fields(rollup.columns);
  fields(rollup.key_count);
  fields(rollup.inputs);
}

template <class Column, class Fields>
void visit_column(Column& column, Fields& fields) {
  fields(column.name);
  fields(column.type);
  fields(column.default_kind);
  fields(column.default_expression);
  fields(column.comment);
  fields(column.codec);
  fields(column.ttl);
}

template <class Definition, class Fields>
void visit_definition(Definition& definition, Fields& fields) {
  fields(definition.id);
  fields(definition.database);
  fields(definition.name);
  fields(definition.uuid);
  fields(definition.kind);
  fields(definition.engine);
  fields(definition.engine_arguments);
  fields(definition.merge_mode);
  fields(definition.columns);
  fields(definition.order_by);
  fields(definition.primary_key);
  fields(definition.partition_by);
  fields(definition.ttl);
  fields(definition.settings);
  fields(definition.comment);
  fields(definition.select);
  fields(definition.source);
  fields(definition.target);
  fields(definition.create_sql);
}

void FieldWriter::put(const ColumnDefinition& column) { visit_column(column, *this); }
void FieldReader::get(ColumnDefinition& column) { visit_column(column, *this); }
template <class Rule, class Fields>
void visit_rule(Rule& rule, Fields& fields) {
  fields(rule.expression);
  fields(rule.where);
  fields(rule.group_by);
  fields(rule.set);
}

void FieldWriter::put(const TtlRule& rule) { visit_rule(rule, *this); }
void FieldReader::get(TtlRule& rule) { visit_rule(rule, *this); }
void FieldWriter::put(const TtlRule::Assignment& assignment) {
  (*this)(assignment.column);
  (*this)(assignment.value);
}
void FieldReader::get(TtlRule::Assignment& assignment) {
  (*this)(assignment.column);
  (*this)(assignment.value);
}
void FieldWriter::put(const PastColumn& column) {
  (*this)(column.stored_as);
  (*this)(column.type);
}
void FieldReader::get(PastColumn& column) {
  (*this)(column.stored_as);
  (*this)(column.type);
}
void FieldWriter::put(const NamedType& column) {
  (*this)(column.name);
  (*this)(column.type);
}
void FieldReader::get(NamedType& column) {
  (*this)(column.name);
  (*this)(column.type);
}
void FieldWriter::put(const RollupDefinition& rollup) { visit_rollup(rollup, *this); }
void FieldReader::get(RollupDefinition& rollup) { visit_rollup(rollup, *this); }
void FieldWriter::operator()(const TableDefinition& definition) {
  visit_definition(definition, *this);
}
void FieldReader::operator()(TableDefinition& definition) { visit_definition(definition, *this); }

template <size_t kIndex = 0>
ManifestEdit make_edit(size_t index) {
  if constexpr (kIndex < std::variant_size_v<ManifestEdit>) {
    if (index == kIndex) return ManifestEdit(std::in_place_index<kIndex>);
    return make_edit<kIndex + 1>(index);
  } else {
    throw Error(ErrorCode::CorruptedData,
                "Unknown kind of manifest edit: " + std::to_string(index + 1));
  }
}

[[noreturn]] void throw_missing(const char* what, uint64_t id) {
  throw Error(ErrorCode::CorruptedData,
              std::string("Manifest edit of a missing ") + what + ": " + std::to_string(id));
}

// Applies one edit; the overloads are picked by std::visit.
class EditApplier {
 public:
  explicit EditApplier(ManifestState& state) : state_(&state) {}

  void operator()(const PutDatabase& edit) { state_->databases[edit.name] = edit.comment; }
  void operator()(const RemoveDatabase& edit) { state_->databases.erase(edit.name); }
  void operator()(const PutTable& edit) { put_table(edit.definition); }
  void operator()(const PutFixedTable& edit) { put_table(edit.definition); }
  void operator()(const DropPartitionRows& edit) {
    table(edit.table).dropped_rows[edit.partition] = edit.lsn;
  }
  void operator()(const DetachSegment& edit) {
    ManifestState::Table& entry = table(edit.table);
    auto segment = entry.segments.extract(edit.segment);
    if (segment.empty()) throw_missing("segment", edit.segment.value);
    remove_rollups(entry, edit.segment);
    entry.detached.insert(std::move(segment));
  }
  void operator()(const AttachSegment& edit) {
    ManifestState::Table& entry = table(edit.table);
    auto segment = entry.detached.extract(edit.segment);
    if (segment.empty()) throw_missing("detached segment", edit.segment.value);
    segment.mapped().max_lsn = edit.max_lsn;
    segment.mapped().newest_id = edit.newest_id;
    entry.segments.insert(std::move(segment));
    state_->next_segment = std::max(state_->next_segment, SegmentId(edit.newest_id.value + 1));
  }
  void operator()(const KeepLayout& edit) {
    table(edit.table).layouts[edit.checksum] = {edit.lsn, Schema(edit.columns)};
  }
  void operator()(const RemoveTable& edit) {
    if (state_->tables.erase(edit.table) == 0) throw_missing("table", edit.table.value);
    forget_keys(edit.table);
  }
  void operator()(const TruncateTable& edit) {
    ManifestState::Table& entry = table(edit.table);
    for (const auto& [segment, added] : entry.segments) entry.deleted.erase(segment);
    entry.segments.clear();
    entry.rollups.clear();
  }
  void operator()(const AddSegment& edit) {
    table(edit.table).segments[edit.segment] = edit;
    state_->next_segment = std::max(state_->next_segment, SegmentId(edit.segment.value + 1));
  }
  void operator()(const RemoveSegment& edit) {
    ManifestState::Table& entry = table(edit.table);
    if (entry.segments.erase(edit.segment) == 0) throw_missing("segment", edit.segment.value);
    entry.deleted.erase(edit.segment);
    remove_rollups(entry, edit.segment);
  }
  void operator()(const FlushedThrough& edit) {
    ManifestState::Table& entry = table(edit.table);
    entry.flushed_through = edit.lsn;
    std::erase_if(entry.absorbed, [&](const auto& item) { return item.second <= edit.lsn; });
    std::erase_if(entry.layouts, [&](const auto& item) { return item.second.lsn <= edit.lsn; });
    std::erase_if(entry.dropped_rows, [&](const auto& item) { return item.second <= edit.lsn; });
  }
  void operator()(const AbsorbSegment& edit) {
    table(edit.table).absorbed[edit.segment] = edit.lsn;
  }
  void operator()(const PutSourcePosition& edit) { state_->positions[edit.source] = edit; }
  void operator()(const PutIdempotencyKey& edit) {
    (*this)(PutInsertKey{TableId(), edit.key, edit.lsn, 0});
  }
  void operator()(const PutInsertKey& edit) {
    state_->keys.push_back(edit);
    if (state_->keys.size() > kInsertKeysMax) state_->keys.pop_front();
  }
  void operator()(const ForgetInsertKeys& edit) {
    table(edit.table).keys_after = edit.lsn;
    forget_keys(edit.table);
  }
  void operator()(const Checkpoint& edit) { state_->checkpoint = edit.lsn; }
  void operator()(const PutDeletedRows& edit) {
    ManifestState::Table& entry = table(edit.table);
    if (!entry.segments.contains(edit.segment)) throw_missing("segment", edit.segment.value);
    entry.deleted[edit.segment] = edit.rows;
  }
  void operator()(const FirstRow& edit) { table(edit.table).first_row = edit.ordinal; }
  void operator()(const PutUniqueKey& edit) {
    table(edit.table).definition.unique_key = edit.columns;
  }
  void operator()(const PutRollups& edit) {
    ManifestState::Table& entry = table(edit.table);
    entry.definition.rollups = edit.rollups;
    std::erase_if(entry.rollups, [&](const auto& rows) {
      return std::ranges::find(edit.rollups, rows.first.second, &RollupDefinition::id) ==
             edit.rollups.end();
    });
  }
  void operator()(const AddRollupRows& edit) {
    ManifestState::Table& entry = table(edit.table);
    if (!entry.segments.contains(edit.segment)) throw_missing("segment", edit.segment.value);
    entry.rollups[{edit.segment, edit.rollup}] = edit;
    state_->next_segment = std::max(state_->next_segment, SegmentId(edit.rows.value + 1));
  }
  void operator()(const NextIds& edit) {
    state_->next_table = std::max(state_->next_table, edit.table);
    state_->next_segment = std::max(state_->next_segment, edit.segment);
  }

 private:
  void forget_keys(TableId table) {
    std::erase_if(state_->keys, [&](const PutInsertKey& key) { return key.table == table; });
  }
  static void remove_rollups(ManifestState::Table& entry, SegmentId segment) {
    std::erase_if(entry.rollups, [&](const auto& rows) { return rows.first.first == segment; });
  }
  void put_table(const TableDefinition& definition) {
    TableDefinition& known = state_->tables[definition.id].definition;
    // Not among the stored fields of a definition: PutUniqueKey and PutRollups say them.
    std::vector<std::string> unique_key = std::move(known.unique_key);
    std::vector<RollupDefinition> rollups = std::move(known.rollups);
    known = definition;
    known.unique_key = std::move(unique_key);
    known.rollups = std::move(rollups);
    state_->next_table = std::max(state_->next_table, TableId(definition.id.value + 1));
  }
  ManifestState::Table& table(TableId id) {
    const auto found = state_->tables.find(id);
    if (found == state_->tables.end()) throw_missing("table", id.value);
    return found->second;
  }

  ManifestState* state_;
};

}  // namespace

std::string encode_manifest_edits(const std::vector<ManifestEdit>& edits) {
  std::string bytes;
  ByteWriter(bytes).put_varint(edits.size());
  for (const ManifestEdit& edit : edits) {
    ByteWriter(bytes).put_u8(static_cast<uint8_t>(edit.index() + 1));
    FieldWriter fields(bytes);
    std::visit([&](const auto& alternative) { visit_fields(alternative, fields); }, edit);
  }
  return bytes;
}

std::vector<ManifestEdit> decode_manifest_edits(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint64_t count = reader.get_varint();
  reader.require_elements(count, 2);
  std::vector<ManifestEdit> edits;
  FieldReader fields(reader);
  for (uint64_t index = 0; index < count; ++index) {
    // Kind 0 does not exist: it wraps around to an index that make_edit refuses.
    ManifestEdit edit = make_edit(static_cast<size_t>(reader.get_u8()) - 1);
    std::visit([&](auto& alternative) { visit_fields(alternative, fields); }, edit);
    edits.push_back(std::move(edit));
  }
  if (!reader.at_end()) {
    throw Error(ErrorCode::CorruptedData,
                "Bytes left over after manifest edits: " + std::to_string(reader.remaining()));
  }
  return edits;
}

void ManifestState::apply(const ManifestEdit& edit) { std::visit(EditApplier(*this), edit); }

std::vector<ManifestEdit> ManifestState::as_edits() const {
  std::vector<ManifestEdit> edits;
  edits.push_back(NextIds{next_table, next_segment});
  edits.push_back(Checkpoint{checkpoint});
  for (const auto& [name, comment] : databases) edits.push_back(PutDatabase{name, comment});
  for (const auto& [id, table] : tables) {
    edits.push_back(PutTable{table.definition});
    if (!table.definition.unique_key.empty()) {
      edits.push_back(PutUniqueKey{id, table.definition.unique_key});
    }
    if (!table.definition.rollups.empty()) {
      edits.push_back(PutRollups{id, table.definition.rollups});
    }
    edits.push_back(FlushedThrough{id, table.flushed_through});
    for (const auto& [segment, added] : table.segments) edits.push_back(added);
    for (const auto& [key, rows] : table.rollups) edits.push_back(rows);
    for (const auto& [segment, lsn] : table.absorbed) {
      edits.push_back(AbsorbSegment{id, segment, lsn});
    }
    for (const auto& [segment, added] : table.detached) edits.push_back(added);
    for (const auto& [segment, rows] : table.deleted) {
      edits.push_back(PutDeletedRows{id, segment, rows});
    }
    for (const auto& [segment, added] : table.detached) {
      edits.push_back(DetachSegment{id, segment});
    }
    if (table.first_row > 0) edits.push_back(FirstRow{id, table.first_row});
    if (table.keys_after > Lsn()) edits.push_back(ForgetInsertKeys{id, table.keys_after});
    for (const auto& [partition, lsn] : table.dropped_rows) {
      edits.push_back(DropPartitionRows{id, partition, lsn});
    }
    for (const auto& [checksum, layout] : table.layouts) {
      edits.push_back(KeepLayout{id, checksum, layout.lsn, layout.columns.columns()});
    }
  }
  for (const auto& [source, position] : positions) edits.push_back(position);
  for (const PutInsertKey& key : keys) edits.push_back(key);
  return edits;
}

}  // namespace freshet
