// Arena hands out memory that lives until the arena dies: aggregation states, interned strings.
//
// Owns:    its blocks; destructors of what is placed in them are the caller's business.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/check.h"

namespace freshet {

class Arena {
 public:
  // Blocks double from `first_block_bytes` up to kBlockBytesMax.
  explicit Arena(std::size_t first_block_bytes = 4096) : next_block_bytes_(first_block_bytes) {}
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(next_block_bytes_, other.next_block_bytes_);
    std::swap(bytes_reserved_, other.bytes_reserved_);
    return *this;
  }

  // Requires: `alignment` is a power of two, at most alignof(std::max_align_t).
  char* allocate(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
    DCHECK(alignment <= alignof(std::max_align_t));
    const std::size_t padding = (~reinterpret_cast<uintptr_t>(begin_) + 1) & (alignment - 1);
    if (bytes + padding > static_cast<std::size_t>(end_ - begin_)) [[unlikely]] {
      return allocate_from_new_block(bytes);
    }
    char* result = begin_ + padding;
    begin_ = result + bytes;
    return result;
  }

  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* target = allocate(bytes.size(), 1);
    std::memcpy(target, bytes.data(), bytes.size());
    return {target, bytes.size()};
  }

  // Forgets all that was handed out, and keeps the newest block for what comes.
  void rewind() {
    if (blocks_.empty()) return;
    blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    begin_ = blocks_.back().bytes.get();
    end_ = begin_ + blocks_.back().size;
    bytes_reserved_ = blocks_.back().size;
  }

  std::size_t bytes_reserved() const { return bytes_reserved_; }

 private:
  static constexpr std::size_t kBlockBytesMax = std::size_t{4} << 20;

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  char* allocate_from_new_block(std::size_t bytes) {
    const std::size_t block_bytes = std::max(bytes, next_block_bytes_);
    blocks_.push_back({std::unique_ptr<char[]>(new char[block_bytes]), block_bytes});
    bytes_reserved_ += block_bytes;
    char* block = blocks_.back().bytes.get();
    // A block made for one large allocation does not displace the one with room left.
    if (bytes > next_block_bytes_ / 2 && end_ - begin_ > 0) {
      if (block_bytes - bytes <= static_cast<std::size_t>(end_ - begin_)) return block;
    }
    begin_ = block + bytes;
    end_ = block + block_bytes;
    next_block_bytes_ = std::min(next_block_bytes_ * 2, kBlockBytesMax);
    return block;
  }

  std::vector<Block> blocks_;
  char* begin_ = nullptr;
  char* end_ = nullptr;
  std::size_t next_block_bytes_ = 4096;
  std::size_t bytes_reserved_ = 0;
};

}  // namespace freshet
