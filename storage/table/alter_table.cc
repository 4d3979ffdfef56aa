// ALTER of a table's columns. No segment is written anew: what changes is how segments are read.
//
//   without locks   rows that are there are tried with the new types; a large memtable is flushed
//   alone           rows that came since are tried, the memtable's rows are laid out anew, the
//                   manifest gets the definition and, for the log's records, the old layout

#include <set>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/table/scan.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

// Rows of a memtable that are laid out anew while commits wait.
constexpr uint64_t kRelayoutRowsMax = 4 * kBlockRows;
// Times that segments which came meanwhile are tried before commits have to wait for it.
constexpr int kTrialsMax = 3;

// Tries casts of values that may refuse, each segment once.
class CastTrial {
 public:
  CastTrial(const TableColumns& before, const TableColumns& after)
      : before_(&before), after_(&after) {}

  // False: every segment had been tried already. Throws what the first bad value throws.
  bool run(const std::vector<SegmentPtr>& segments) {
    bool any = false;
    for (const SegmentPtr& segment : segments) {
      if (!tried_.insert(segment->id).second) continue;
      any = true;
      try_segment(*segment->reader);
    }
    return any;
  }

 private:
  void try_segment(const SegmentReader& reader) const {
    const std::vector<ColumnIndex> doubtful = after_->doubtful_casts(reader.schema());
    const Schema& known = before_->file_schema();
    for (const ColumnIndex column : doubtful) {
      // Columns that keep their type were tried when they got it.
      if (known.find(after_->file_schema()[column].name)) continue;
      for (size_t block = 0; block < reader.block_count(); ++block) {
        read_segment_column(reader, *after_, column, block);
      }
    }
  }

  const TableColumns* before_;
  const TableColumns* after_;
  std::set<SegmentId> tried_;
};

Memtable::Rows relay(const Memtable::Rows& rows, const TableColumns& before,
                     const TableColumns& after) {
  Schema written;
  Chunk cells;
  cells.row_count = rows.chunk->row_count;
  auto defaulted = rows.defaulted.begin();
  for (ColumnIndex column = 0; column < before.file_schema().size(); ++column) {
    if (defaulted != rows.defaulted.end() && *defaulted == column) {
      ++defaulted;
      continue;
    }
    const NamedType& stored = before.file_schema()[column];
    written.add(stored.name, stored.type);
    cells.columns.push_back(rows.chunk->columns[column]);
  }
  return {.chunk = std::make_shared<const Chunk>(after.convert(cells, written)),
          .defaulted = after.missing(written)};
}

}  // namespace

bool TableStore::alter_table(const TableDefinitionPtr& old, TableDefinition altered) {
  State& state = *state_;
  const TableId id = old->id;
  const TableColumnsPtr before = state.live.columns(id);
  if (before == nullptr) throw_unknown_table(id);
  if (before->definition() != old) return false;
  const auto after = std::make_shared<const TableColumns>(
      std::make_shared<const TableDefinition>(std::move(altered)), &state.compiler);
  const bool same_layout = after->layout() == before->layout();

  CastTrial trial(*before, *after);
  if (!same_layout) {
    const auto load = state.live.load(id);
    if (load && load->memtable_rows > kRelayoutRowsMax) flush_table(id);
    for (int round = 0; round < kTrialsMax; ++round) {
      const SnapshotPtr snapshot = state.live.snapshot();
      const TableVersion* version = snapshot->find(id);
      if (version == nullptr || !trial.run(version->segments)) break;
    }
  }

  bool is_current = false;
  std::vector<Memtable::Rows> memtable;
  std::vector<RollupPart> dropped;
  state.change_catalog(
      [&](const ManifestState&) -> std::vector<ManifestEdit> {
        const TableColumnsPtr newest = state.live.columns(id);
        if (newest == nullptr) throw_unknown_table(id);
        is_current = newest->definition() == old;
        if (!is_current) return {};
        trial.run(state.live.snapshot()->find(id)->segments);
        for (Memtable::Rows& rows : state.live.memtable(id)) {
          if (same_layout && rows.defaulted.empty()) {
            memtable.push_back({std::move(rows.chunk), {}});
          } else {
            memtable.push_back(relay(rows, *before, *after));
          }
        }
        std::vector<ManifestEdit> edits = {PutTable{*after->definition()}};
        if (after->definition()->rollups != old->rollups) {
          edits.push_back(PutRollups{id, after->definition()->rollups});
        }
        if (same_layout) return edits;
        const Lsn newest_lsn = state.live.lsn();
        if (state.live.load(id)->flushed_through < newest_lsn) {
          edits.push_back(
              KeepLayout{id, before->layout(), newest_lsn, before->file_schema().columns()});
        }
        return edits;
      },
      [&] {
        state.live.change_columns(after, std::move(memtable));
        dropped = state.live.drop_rollups(id);
      });
  for (const RollupPart& part : dropped) state.builder.discard(id, part.rows->id);
  if (is_current && !after->definition()->rollups.empty() && state.background) {
    state.background->wake_rollups();
  }
  return is_current;
}

}  // namespace freshet
