// SegmentHookFileSystem does something while a flush or a merge writes: when the file of the next
// new segment is synced, and the manifest does not know it yet.
//
//   files.at_next_segment([&] { remove({3}); });
//   store->flush_all();
//   EXPECT_FALSE(files.is_due());   // it happened
//
// Threads: one that sets the hook and flushes or merges.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/fault_file_system.h"

namespace freshet {

class SegmentHookFileSystem : public FaultFileSystem {
 public:
  using FaultFileSystem::FaultFileSystem;

  void at_next_segment(std::function<void()> change) { change_ = std::move(change); }
  bool is_due() const { return change_ != nullptr; }

  std::unique_ptr<AppendFile> open_append(const std::string& path, AppendMode mode) override {
    std::unique_ptr<AppendFile> file = FaultFileSystem::open_append(path, mode);
    if (!path.ends_with(".seg")) return file;
    return std::make_unique<Hooked>(std::move(file), change_);
  }

 private:
  class Hooked final : public AppendFile {
   public:
    Hooked(std::unique_ptr<AppendFile> file, std::function<void()>& change)
        : file_(std::move(file)), change_(&change) {}
    void append(std::string_view bytes) override { file_->append(bytes); }
    void sync() override {
      if (const auto change = std::exchange(*change_, nullptr)) change();
      file_->sync();
    }
    void truncate(uint64_t bytes) override { file_->truncate(bytes); }
    uint64_t bytes() const override { return file_->bytes(); }

   private:
    std::unique_ptr<AppendFile> file_;
    std::function<void()>* change_;
  };

  std::function<void()> change_;
};

}  // namespace freshet
