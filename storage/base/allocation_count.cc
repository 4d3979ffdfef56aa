#include "storage/base/allocation_count.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace freshet {

namespace {

thread_local int64_t allocated_bytes = 0;

void* counted(void* block) noexcept {
  if (block != nullptr) allocated_bytes += static_cast<int64_t>(::malloc_usable_size(block));
  return block;
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  allocated_bytes -= static_cast<int64_t>(::malloc_usable_size(block));
  std::free(block);
}

void* try_allocate(std::size_t bytes, std::size_t alignment) noexcept {
  bytes = std::max<std::size_t>(bytes, 1);
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return counted(std::malloc(bytes));
  void* block = nullptr;
  return ::posix_memalign(&block, alignment, bytes) == 0 ? counted(block) : nullptr;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  for (;;) {
    if (void* block = try_allocate(bytes, alignment)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* allocate_or_null(std::size_t bytes, std::size_t alignment) noexcept {
  try {
    return allocate(bytes, alignment);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace

int64_t thread_allocated_bytes() { return allocated_bytes; }

void* allocate_zeroed(std::size_t count, std::size_t element_bytes) {
  void* block = counted(std::calloc(count, element_bytes));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void free_zeroed(void* block) { release(block); }

}  // namespace freshet

// All forms that a program may replace ([new.delete]).
void* operator new(std::size_t bytes) { return freshet::allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return freshet::allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return freshet::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return freshet::allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return freshet::allocate_or_null(bytes, 1);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return freshet::allocate_or_null(bytes, 1);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return freshet::allocate_or_null(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return freshet::allocate_or_null(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { freshet::release(block); }
void operator delete[](void* block) noexcept { freshet::release(block); }
void operator delete(void* block, std::size_t) noexcept { freshet::release(block); }
void operator delete[](void* block, std::size_t) noexcept { freshet::release(block); }
void operator delete(void* block, std::align_val_t) noexcept { freshet::release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { freshet::release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  freshet::release(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  freshet::release(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept { freshet::release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { freshet::release(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  freshet::release(block);
}
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  freshet::release(block);
}
