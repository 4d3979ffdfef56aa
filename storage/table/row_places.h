// RowPlaces: some rows of one table, by where they are.
//
// A row in a segment has a place there. A row of the memtable is known by its ordinal: rows that
// come to a table's memtable are counted from the table's first one on, in the order of commits,
// and keep their number until a flush takes them. Replay counts the same.
//
// RowMove: where a flush or a merge took rows. A mutation finds its rows in a snapshot; those that
// were moved before it commits are followed through the moves.
//
// Path:      storage/table/mutation makes them -> commit record -> LiveTables leaves the rows out
// Threads:   immutable once made.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/base/fair_mutex.h"
#include "storage/column/row_set.h"

namespace freshet {

struct RowPlaces {
  std::map<SegmentId, RowSet> segments;
  std::vector<uint64_t> memtable;  // ordinals, ascending, each once

  uint64_t count() const;
  bool empty() const { return count() == 0; }
};

void put_row_places(const RowPlaces& places, ByteWriter& writer);
RowPlaces get_row_places(ByteReader& reader);

class RowMove {
 public:
  virtual ~RowMove() = default;
  // Where the rows are now. Rows that were left out on the way, because they had been deleted, are
  // nowhere; all that this move knows nothing of stays.
  virtual RowPlaces follow(const RowPlaces& places) const = 0;
};

// A flush: sorted rows of the memtable, cut into segments.
class FlushMove final : public RowMove {
 public:
  struct Output {
    SegmentId segment;
    std::vector<uint32_t> sources;  // of each row: its ordinal, less that of the first one
  };
  // Ordinals in [first, first + row_count) were flushed.
  FlushMove(uint64_t first, uint64_t row_count, std::vector<Output> outputs)
      : first_(first), row_count_(row_count), outputs_(std::move(outputs)) {}
  RowPlaces follow(const RowPlaces& places) const override;

 private:
  uint64_t first_;
  uint64_t row_count_;
  std::vector<Output> outputs_;
};

// A merge: rows of some segments, in one.
class MergeMove final : public RowMove {
 public:
  static constexpr uint32_t kNowhere = ~uint32_t{0};

  struct Input {
    SegmentId segment;
    Buffer<uint32_t> targets;  // of each row: where it is now, or kNowhere
  };
  MergeMove(std::vector<Input> inputs, SegmentId output)
      : inputs_(std::move(inputs)), output_(output) {}
  RowPlaces follow(const RowPlaces& places) const override;

 private:
  std::vector<Input> inputs_;
  SegmentId output_;
};

// What one table's mutations and the work that moves its rows agree on.
//
//   mutation   mutating ──find rows in a snapshot── placing ──follow moves, log, publish──
//   flush      ───────────────write segments──────── placing ──late deletes, manifest, publish──
//
// Order: `mutating`, `placing`, then the manifest's lock.
struct MutationGate {
  // Held by the one mutation at a time, from its snapshot to its commit.
  FairMutex mutating;
  // Held while rows must not move: from the last look at the places of rows until the change that
  // rests on them is published. Fair, so that neither flush nor merge waits for ever.
  FairMutex placing;
  // The members below are guarded by `placing`.
  // Whether a mutation with older places is under way: moves are kept for it.
  bool keep_moves = false;
  std::vector<std::shared_ptr<const RowMove>> moves;
  // The last mutation in the log, and the last one with staged segments; they may not be published
  // yet.
  Lsn logged_through;
  Lsn staged_through;
};

}  // namespace freshet
