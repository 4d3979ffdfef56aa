// FileSystem is the only way to the disk, so that tests can stop, fail and lose writes.
//
// Path:    storage/wal, storage/segment, storage/table -> FileSystem -> the disk
// Owns:    open files own their descriptors; closing never syncs.
// Threads: FileSystem and ReadFile from any thread; an AppendFile from one at a time, except that
//          sync() may run beside append() and covers at least the appends that returned before.
// Errors:  a missing file throws FileDoesntExist, a full disk NotEnoughSpace, other failures the
//          code of what was tried (CannotOpenFile, CannotReadFromFileDescriptor,
//          CannotWriteToFileDescriptor, CannotFsync); all name the path.
// Units:   offsets and sizes in bytes.
//
// Durability: appended bytes survive a crash after AppendFile::sync(); names (created, renamed,
// removed) survive after sync_directory() of the folder that holds them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

class AppendFile {
 public:
  virtual ~AppendFile() = default;

  // After a failure an unknown prefix of `bytes` may be in the file; bytes() tells.
  virtual void append(std::string_view bytes) = 0;
  virtual void sync() = 0;
  // Cuts the file back to its first `bytes` bytes; the next append continues there.
  virtual void truncate(uint64_t bytes) = 0;
  virtual uint64_t bytes() const = 0;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;

  // Fills `out`; throws CannotReadAllData when the file ends earlier.
  virtual void read(uint64_t offset, std::span<char> out) const = 0;
  // Size when the file was opened.
  virtual uint64_t bytes() const = 0;
  // The whole file mapped into memory, valid while this object lives; empty optional when this
  // file system cannot map, so callers fall back on read().
  virtual std::optional<std::string_view> view() const = 0;
};

enum class AppendMode {
  Continue,   // append after what the file holds; create it when missing
  Overwrite,  // start with an empty file
  Lock,       // like Continue, and hold the file against every other opener in this mode
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  uint64_t bytes = 0;  // 0 for directories
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual std::unique_ptr<AppendFile> open_append(const std::string& path, AppendMode mode) = 0;
  virtual std::unique_ptr<ReadFile> open_read(const std::string& path) = 0;
  // Sorted by name, without "." and "..".
  virtual std::vector<DirectoryEntry> list(const std::string& directory) = 0;
  // Removes a file or an empty directory.
  virtual void remove(const std::string& path) = 0;
  // Replaces `to` in one step if it exists.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  // Creates the directory and its missing parents, durably; existing ones are fine.
  virtual void create_directories(const std::string& path) = 0;
  virtual void sync_directory(const std::string& path) = 0;
};

// Stateless: every path goes to the operating system.
class PosixFileSystem : public FileSystem {
 public:
  std::unique_ptr<AppendFile> open_append(const std::string& path, AppendMode mode) override;
  std::unique_ptr<ReadFile> open_read(const std::string& path) override;
  std::vector<DirectoryEntry> list(const std::string& directory) override;
  void remove(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void create_directories(const std::string& path) override;
  void sync_directory(const std::string& path) override;
};

// Conveniences on top of any file system.

bool exists(FileSystem& files, const std::string& path);
// The folder of "a/b/c" is "a/b", of "c" is ".".
std::string parent_directory(const std::string& path);
std::string read_file(FileSystem& files, const std::string& path);
// After a crash the file holds either its old bytes or all of `bytes`. Durable on return. A
// leftover "<path>.tmp" of a crash is replaced by the next call.
void write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);
// Removes a file or a directory with everything in it; a missing path is fine.
void remove_recursively(FileSystem& files, const std::string& path);
// Holds `directory` for this process until the result dies. Throws CannotOpenFile, naming the
// process that holds it, when another does.
std::unique_ptr<AppendFile> lock_directory(FileSystem& files, const std::string& directory);

}  // namespace freshet
