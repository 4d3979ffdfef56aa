#include "storage/base/file.h"

#include <unistd.h>

#include "storage/base/error.h"

namespace freshet {

bool exists(FileSystem& files, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  try {
    for (const DirectoryEntry& entry : files.list(parent_directory(path))) {
      if (entry.name == name) return true;
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::FileDoesntExist) throw;
  }
  return false;
}

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string read_file(FileSystem& files, const std::string& path) {
  const std::unique_ptr<ReadFile> file = files.open_read(path);
  std::string bytes(file->bytes(), '\0');
  file->read(0, bytes);
  return bytes;
}

void write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  {
    const std::unique_ptr<AppendFile> file = files.open_append(temporary, AppendMode::Overwrite);
    file->append(bytes);
    file->sync();
  }
  files.rename(temporary, path);
  files.sync_directory(parent_directory(path));
}

void remove_recursively(FileSystem& files, const std::string& path) {
  std::vector<DirectoryEntry> entries;
  try {
    entries = files.list(path);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::FileDoesntExist) return;
    // Not a directory: removed below like an empty one.
    if (error.code() != ErrorCode::CannotOpenFile) throw;
  }
  for (const DirectoryEntry& entry : entries) {
    const std::string child = path + "/" + entry.name;
    if (entry.is_directory) {
      remove_recursively(files, child);
    } else {
      files.remove(child);
    }
  }
  files.remove(path);
}

std::unique_ptr<AppendFile> lock_directory(FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/lock";
  std::unique_ptr<AppendFile> lock = files.open_append(path, AppendMode::Lock);
  lock->truncate(0);
  lock->append("process " + std::to_string(::getpid()) + "\n");
  return lock;
}

}  // namespace freshet
