// Manifest: the durable list of databases, tables and live segments, as a file of edits.
//
// An edit is appended and synced as one frame; when the file has grown, it is replaced by one that
// holds the sum of all edits.
//
// Path:      storage/table DDL, flush, compaction -> Manifest -> disk; storage/table/recovery reads
// Owns:      the open file; `files` must outlive the manifest.
// Threads:   one at a time.
// Errors:    CorruptedData naming file and offset for damage; a torn last frame is cut off.
// Layout:    docs/formats/manifest.md
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/table/manifest_edit.h"

namespace freshet {

class Manifest {
 public:
  // Reads the file, or makes one with the `initial` edits when it is missing.
  Manifest(FileSystem& files, std::string path, const std::vector<ManifestEdit>& initial);

  const ManifestState& state() const { return state_; }

  // All edits at once: durable and part of state() on return. When it throws, state() is as before
  // and later commits work once the disk does. Unless settled(), a crash before the next successful
  // commit may still bring the refused edits to light: files that they add must stay.
  void commit(const std::vector<ManifestEdit>& edits);
  // Whether the file is known to hold exactly state().
  bool settled() const { return !needs_rewrite_; }

  uint64_t file_bytes() const { return file_->bytes(); }

 private:
  void read(const std::string& bytes);
  void rewrite();
  void append(const std::string& frame);

  FileSystem* const files_;
  const std::string path_;
  ManifestState state_;
  std::unique_ptr<AppendFile> file_;
  uint64_t bytes_after_rewrite_ = 0;
  // The file's end is unknown after a failure: it is replaced before the next edit.
  bool needs_rewrite_ = false;
};

}  // namespace freshet
