// RollupWriter makes the rows of rollups beside segments.
//
//   flush, merge      write():          over the segment that is about to be part of the table
//   background        write_missing():  over those that are without, or whose rows were deleted
//   since
//
// A rollup's rows over one segment are a segment file of their own. Queries read the table's rows
// where there are none, so nothing waits for them.
//
// Path:      storage/table/flush, compaction, background -> RollupWriter -> RollupBuild,
//            SegmentWriter, manifest
// Threads:   any; write_missing() of a table one at a time.
// Errors:    write() logs them, as the background tries again; write_missing() throws what building
//            does.
#pragma once

#include "storage/base/file.h"
#include "storage/table/flush.h"

namespace freshet {

class RollupWriter {
 public:
  RollupWriter(FileSystem& files, std::string store_directory, SegmentIds& ids,
               SharedManifest& manifest, LiveTables& live, const SegmentBuilder& builder,
               const ChunkFunctionCompiler& compiler, const RollupBuild& build)
      : files_(&files),
        directory_(std::move(store_directory)),
        ids_(&ids),
        manifest_(&manifest),
        live_(&live),
        builder_(&builder),
        compiler_(&compiler),
        build_(&build) {}

  // Fills segment.rollups. Requires: no row of the segment is deleted, nobody else has it.
  void write(const TableDefinitionPtr& definition, Segment& segment, const StopTest& stop) const;

  // Of one segment. False: there was nothing to do, or `stop` said so. With Turn::IfFree also when
  // somebody else is at it; and rows that deletes have made outdated are made again only in a tenth
  // of the time.
  bool write_missing(TableHandle& table, const StopTest& stop, Turn turn = Turn::Wait);

 private:
  std::vector<RollupPart> make(const TableVersion& rows,
                               const std::vector<const RollupDefinition*>& rollups,
                               const StopTest& stop) const;
  // False: the segment, or a rollup, is not there any more.
  bool install(TableHandle& table, const Segment& segment, const std::vector<RollupPart>& made);

  FileSystem* const files_;
  const std::string directory_;
  SegmentIds* const ids_;
  SharedManifest* const manifest_;
  LiveTables* const live_;
  const SegmentBuilder* const builder_;
  const ChunkFunctionCompiler* const compiler_;
  const RollupBuild* const build_;
};

}  // namespace freshet
